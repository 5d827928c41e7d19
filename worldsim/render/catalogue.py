"""The renderers there are, what each needs, and whether it works on this machine. It draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from worldsim.render import CLIP_RENDERERS


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


def _diffusion() -> Entry:
    from worldsim.errors import WeightsError
    from worldsim.render.diffusion.weights import find_weights, shipped

    missing = ""
    try:
        find_weights("small")
    except WeightsError as error:
        missing = str(error)
    facts = (
        ("needs", "what the raster needs; a graphics card that torch knows is used where there is one"),
        ("weights", ", ".join(shipped()) or "none"),
        ("options", "weights: a size or a folder; steps: 1 to 8; seed; threads; device; quality of the raster"),
        ("deterministic", "the same bytes on a CPU for the same frames, look, seed and number of threads"),
    )
    return Entry("diffusion", "footage from the raster and the truth by a network, frame after frame", facts, missing)


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


def _pretrained(name: str) -> Callable[[], Entry]:
    def describe() -> Entry:
        from worldsim.render.pretrained.models import MODELS

        model = MODELS[name]
        facts = (
            ("needs", "weights that you fetch: nothing is downloaded by itself; a GPU"),
            *model.facts,
            *(("fetch" if place == 0 else f"fetch {place + 1}", line) for place, line in enumerate(model.fetch)),
            ("use", f"worldsim render TAKE -o FILE --renderer {name} --weights {model.folder} --size {model.size}"),
            ("deterministic", "the same bytes for the same take, options and seed on the same machine"),
            ("seen", "its loading code runs in the tests with tiny random weights; nobody here saw what it paints"),
        )
        return Entry(name, model.about, facts, model.missing())

    return describe


DESCRIPTIONS: tuple[Callable[[], Entry], ...] = (
    _raster,
    _tiny,
    _diffusion,
    _pathtrace,
    *map(_pretrained, CLIP_RENDERERS),
)
