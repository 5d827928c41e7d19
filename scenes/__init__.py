"""Scene files shipped with the engine: one scene a file."""
