"""The PyBullet world and what is true in it."""
