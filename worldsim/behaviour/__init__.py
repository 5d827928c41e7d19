"""What a dog does for a film, by name: sit, lie, sniff, scratch, run to, knock over; one after the other, from a script."""
