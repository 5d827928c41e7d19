"""Ways to command a dog, what else it can feel, and dogs that differ from the breed's standard."""
