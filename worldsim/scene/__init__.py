"""Scenes: what an author writes, validated, and made concrete."""
