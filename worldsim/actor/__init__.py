"""Bodies that can be driven."""
