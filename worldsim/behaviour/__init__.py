"""What a dog does for a film, by name and one after the other: sit, lie, sniff, scratch, run to, knock over."""
