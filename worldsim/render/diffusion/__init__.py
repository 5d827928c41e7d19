"""The learned renderer: from the truth and the raster's picture to footage. Torch is imported by its modules only."""
