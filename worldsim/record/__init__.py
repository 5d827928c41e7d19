"""Files of footage: video with sound, GIF, pictures, layers; and the loop that films a world or a take."""
