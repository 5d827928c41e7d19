"""Pictures of the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldsim.render.renderer import Renderer
    from worldsim.render.stage import Stage

RENDERERS = ("raster", "diffusion", "pathtrace")
"""The names `make_renderer` takes."""

CLIP_RENDERERS = ("wan-vace", "animatediff-controlnet", "cosmos-transfer")
"""Pretrained models that paint whole clips: what films takes them, what shows one frame after the other can't."""

MAX_SIDE = 8192
"""Pixels: the widest and highest picture asked of a renderer."""


def make_renderer(name: str, stage: Stage, size: tuple[int, int] = (640, 360), **options: Any) -> Renderer:
    """Return the renderer of that name for a stage.

    "raster" draws with OpenGL; where no context can be made, or the environment variable WORLDSIM_NO_GL is 1, it falls
    back to PyBullet's own TinyRenderer and says so in one `RuntimeWarning`. "diffusion" makes footage of the raster's
    picture and the truth with a network (see docs/diffusion.md). "pathtrace" is the reference, by Blender's
    Cycles in a process of its own: seconds a frame (see docs/pathtrace.md).

    Args:
        name: one of `RENDERERS`.
        stage: what exists.
        size: (width, height) in pixels.
        options: the renderer's own; raster: `quality`, "fast", "good" or "film"; diffusion: `quality`
            too, `weights`, `steps`, `seed`, `threads` and `device`; pathtrace: `quality`, and the fields of
            `PathTraceOptions`.

    Raises:
        UnknownNameError: no such renderer, or the stage names a texture that does not exist.
        WeightsError: the network's weights are not there.
        PathTraceError: the path tracer is not set up.
        PretrainedError: it is one of `CLIP_RENDERERS`.
        ValueError: a size outside 1 … 8192, or an unknown option's value.
    """
    from worldsim.errors import NoOpenGLError, UnknownNameError

    width, height = size
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ValueError(f"a picture of {width}×{height} pixels was asked for; each side must be 1 to {MAX_SIDE}")
    if name in CLIP_RENDERERS:
        from worldsim.errors import PretrainedError

        raise PretrainedError(
            f"{name} paints whole clips, not frame after frame; film with it: worldsim render TAKE --renderer {name} …"
        )
    if name not in RENDERERS:
        raise UnknownNameError("renderer", name, RENDERERS)
    if name == "pathtrace":
        from worldsim.render.pathtrace.renderer import PathTracer

        return PathTracer(stage, (width, height), **options)
    if name == "diffusion":
        from worldsim.render.diffusion.stream import DiffusionRenderer

        return DiffusionRenderer(stage, (width, height), **options)
    from worldsim.render.raster.renderer import RasterRenderer

    try:
        return RasterRenderer(stage, (width, height), **options)
    except NoOpenGLError as error:
        from worldsim.render.tiny import TinyRenderer, warn_of_loss

        warn_of_loss(error)
        return TinyRenderer(stage, (width, height))
