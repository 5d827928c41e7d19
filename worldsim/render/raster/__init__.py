"""The OpenGL rasteriser: `renderer.RasterRenderer`."""
