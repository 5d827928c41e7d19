"""Teaching actors: PPO on any env, and trained policies that need nothing but NumPy to act."""
