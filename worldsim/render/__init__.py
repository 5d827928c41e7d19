"""Pictures of the truth."""
