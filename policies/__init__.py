"""Policies: one a file; a folder of trained weights for each that has any."""
