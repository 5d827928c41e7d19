"""Files: video with audio, layers."""
