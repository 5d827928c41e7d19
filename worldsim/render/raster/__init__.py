"""The OpenGL rasteriser."""

from worldsim.render.raster.renderer import RasterRenderer

__all__ = ["RasterRenderer"]
