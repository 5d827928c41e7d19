"""The textures that the rasteriser draws into. It knows nothing of what is drawn."""

from __future__ import annotations

from typing import Any

from worldsim.render.raster.assets import Holder


class Targets:
    """Textures and framebuffers of one size.

    Attributes:
        surfaces: depth, normal, colour, part of each pixel, packed. truths: normal of the geometry, motion on skins.
        layers: the picture and the three layers that go with it.
        geometry, light: framebuffers by whether all layers are drawn. smooth: after anti-aliasing.
        visible: shares of sky and sun at half size, before and after the blur.
        shadow_map: depth from the light, two squares side by side. plain_depth: a sampler that reads it as numbers.
        shadow: its framebuffer. motions: matrices of the parts to the frame before.
    """

    def __init__(self, hold: Holder, size: tuple[int, int], shadow_side: int, parts: int, skins: bool) -> None:
        """Create them.

        Args:
            hold: makes and releases.
            size: (width, height) in pixels.
            shadow_side: texels of the edge of each of the two squares of the shadow map.
            parts: how many there are.
            skins: whether there are skins.
        """
        gl = hold.context
        nearest, linear = (gl.NEAREST, gl.NEAREST), (gl.LINEAR, gl.LINEAR)

        def texture(extent: tuple[int, int], components: int, dtype: str, filter_: tuple[int, int]) -> Any:
            made = hold(gl.texture(extent, components, dtype=dtype))
            made.filter = filter_
            made.repeat_x = made.repeat_y = False
            return made

        self.surfaces = texture(size, 4, "u4", nearest)
        self.truths = texture(size, 2 if skins else 1, "u4", nearest)
        depth = hold(gl.depth_renderbuffer(size))
        self.layers = [texture(size, 4, "f1", linear)] + [texture(size, 4, "f4", nearest) for _ in range(3)]
        self.geometry = {
            False: hold(gl.framebuffer([self.surfaces], depth)),
            True: hold(gl.framebuffer([self.surfaces, self.truths], depth)),
        }
        self.light = {
            False: hold(gl.framebuffer(self.layers[:1], depth)),
            True: hold(gl.framebuffer(self.layers, depth)),
        }
        for target in self.light.values():
            target.depth_mask = False
        self.smooth = hold(gl.framebuffer([texture(size, 4, "f1", linear)]))
        half = ((size[0] + 1) // 2, (size[1] + 1) // 2)
        self.visible = [hold(gl.framebuffer([texture(half, 4, "f4", nearest)])) for _ in range(2)]
        self.shadow_map = hold(gl.depth_texture((2 * shadow_side, shadow_side)))
        self.shadow_map.compare_func = "<="
        self.shadow_map.filter = linear
        self.shadow_map.repeat_x = self.shadow_map.repeat_y = False
        self.plain_depth = hold(gl.sampler(repeat_x=False, repeat_y=False, filter=nearest, compare_func=""))
        self.shadow = hold(gl.framebuffer(depth_attachment=self.shadow_map))
        self.shadow.clear()
        self.motions = texture((3, parts + 1), 4, "f4", nearest)
