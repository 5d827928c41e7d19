"""Sound: contacts and materials in, samples out. See docs/sound.md."""
