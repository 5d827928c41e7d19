"""Music made while a world runs: seeded, in key, livelier when more happens. No recording, nothing downloaded."""
