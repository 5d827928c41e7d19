"""Making the learned renderer: clips of truth beside traced pictures, and what trains on them."""
