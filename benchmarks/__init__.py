"""What `worldsim bench` runs: one file a subject; each figure is measured beside its floor in the same run."""
