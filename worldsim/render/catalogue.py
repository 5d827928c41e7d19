"""The renderers there are, what each needs, and whether it works on this machine. It draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One renderer.

    Attributes:
        name: as `make_renderer` takes it; "tiny" is what stands in for "raster" without OpenGL.
        about: what it is, one line.
        facts: (word, text) pairs for `worldsim renderer info`: needs, layers, licence, memory …
        missing: what it lacks on this machine and how to bring it, or "" where it works.
    """

    name: str
    about: str
    facts: tuple[tuple[str, str], ...]
    missing: str = ""

    @property
    def ready(self) -> bool:
        """Whether it works on this machine."""
        return not self.missing

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"name": self.name, "about": self.about, "ready": self.ready, "missing": self.missing} | dict(self.facts)


def catalogue() -> tuple[Entry, ...]:
    """Return every renderer, the fastest first; asks the machine, which takes up to a second."""
    return tuple(describe() for describe in DESCRIPTIONS)


def _raster() -> Entry:
    from worldsim.errors import NoOpenGLError
    from worldsim.render.raster.context import make_context
    from worldsim.render.raster.renderer import QUALITIES

    missing = device = ""
    try:
        context = make_context()
    except NoOpenGLError as error:
        missing = str(error)
    else:
        device = str(context.info["GL_RENDERER"])
        context.release()
    facts = (
        ("needs", "OpenGL 3.3: a graphics card, or a software driver"),
        ("device", device or "none"),
        ("quality", ", ".join(QUALITIES)),
        ("deterministic", "the same bytes for the same snapshots, camera and look on the same driver"),
    )
    return Entry("raster", "sun, shadows, sky, textures and every layer of the truth, by OpenGL", facts, missing)


def _tiny() -> Entry:
    facts = (
        ("needs", "nothing beside PyBullet; the raster falls back to it where there is no OpenGL"),
        ("chosen by", "WORLDSIM_NO_GL=1"),
        ("lacks", "textures, anti-aliasing, sky; normals come from the depth"),
    )
    return Entry("tiny", "flat colours and the layers of the truth, by PyBullet's TinyRenderer", facts)


def _pathtrace() -> Entry:
    from worldsim.errors import PathTraceError
    from worldsim.render.pathtrace.options import HDRI, QUALITY
    from worldsim.render.pathtrace.process import reference_python

    missing = ""
    try:
        reference_python()
    except PathTraceError as error:
        missing = str(error)
    facts = (
        ("needs", "`make reference`: the wheel bpy (Blender's Cycles, GPL), 370 MB, in an environment of its own"),
        ("quality", ", ".join(f"{word}: {samples} samples" for word, samples in QUALITY.items())),
        ("skies", "the look's own, or with the option sky=: " + ", ".join(f"hdri:{name}" for name in HDRI)),
        ("speed", "about 0.8 s a frame of 192x128 with 16 samples on two cores"),
        ("deterministic", "the same bytes with one thread"),
    )
    return Entry(
        "pathtrace", "the reference: light, fur, grass and leaves by Cycles in a process of its own", facts, missing
    )


DESCRIPTIONS: tuple[Callable[[], Entry], ...] = (_raster, _tiny, _pathtrace)
