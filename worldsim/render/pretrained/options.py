"""What can be said to a pretrained renderer, as one frozen value, and how words from a command line become one.

It knows nothing of the models; which of these each of them takes is in its `Backend.takes`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from worldsim.errors import PretrainedError, UnknownNameError

Device = Literal["auto", "cpu", "cuda"]
Number = Literal["auto", "bfloat16", "float16", "float32"]
Offload = Literal["none", "model", "sequential"]

ALWAYS = frozenset({"weights", "control", "scale", "prompt", "seed", "steps", "chunk", "overlap", "near"}) | frozenset(
    {"device", "dtype", "offload", "tiling"}
)
"""Options that every pretrained renderer takes."""


@dataclass(frozen=True)
class PretrainedOptions:
    """How a pretrained renderer works. None stands for what its model was trained with.

    Attributes:
        weights: the folder they lie in, as `hf download --local-dir` leaves it.
        control: which controls it gets, of those the renderer has; () for its first.
        scale: how much each control counts, one number for all or one each; 0 ignores it; () for what is usual.
        prompt: instead of the words that follow from the look.
        negative: what must not be seen, in words.
        reference: pictures of what things look like.
        steps: of denoising. guidance: weight of the prompt; 1 switches it off and is twice as fast.
        strength: share of the noise put on the raster's picture before it is painted over; 1 starts from noise alone.
        seed: of the noise.
        chunk: frames painted at a time. overlap: frames that neighbouring chunks share, blended into each other.
        near: m, what is this near or nearer is white in the depth control; None: what is nearer than 99 % of the first
            chunk.
        device: where it runs. dtype: of the weights; "auto" is bfloat16 on a GPU and float32 on a CPU.
        offload: "model" keeps only the network at work on the GPU, "sequential" only the layer: slow, least memory.
        tiling: decode pictures in tiles: less memory.
        guardrail: check prompt and pictures by the model's own guard, where its licence asks for one.
    """

    weights: Path | None = None
    control: tuple[str, ...] = ()
    scale: tuple[float, ...] = ()
    prompt: str | None = None
    negative: str | None = None
    reference: tuple[Path, ...] = ()
    steps: int | None = None
    guidance: float | None = None
    strength: float = 1.0
    seed: int = 0
    chunk: int | None = None
    overlap: int | None = None
    near: float | None = None
    device: Device = "auto"
    dtype: Number = "auto"
    offload: Offload = "none"
    tiling: bool = False
    guardrail: bool = True

    def __post_init__(self) -> None:
        """Check every number and word.

        Raises:
            PretrainedError: one of them can't be.
        """
        _at_least("steps", self.steps, 1)
        _at_least("chunk", self.chunk, 1)
        _at_least("overlap", self.overlap, 0)
        _at_least("seed", self.seed, 0)
        for name, value, low, high in (
            ("guidance", self.guidance, 0.0, 100.0),
            ("strength", self.strength, 0.01, 1.0),
            ("near", self.near, 0.01, 1e4),
            *(("scale", each, 0.0, 10.0) for each in self.scale),
        ):
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise PretrainedError(f"option {name}={value:g} is out of range; expected {low:g} to {high:g}")
        for name, word, known in (
            ("device", self.device, Device),
            ("dtype", self.dtype, Number),
            ("offload", self.offload, Offload),
        ):
            if word not in get_args(known):
                raise UnknownNameError(f"option {name}", word, get_args(known))

    def given(self) -> tuple[str, ...]:
        """Return the names of the options that are not as they are left out."""
        plain = PretrainedOptions()
        return tuple(each.name for each in fields(self) if getattr(self, each.name) != getattr(plain, each.name))

    def check_taken(self, renderer: str, takes: Iterable[str]) -> None:
        """Refuse options that a renderer would ignore.

        Raises:
            PretrainedError: one is given that is not in `takes` or `ALWAYS`.
        """
        known = ALWAYS | set(takes)
        for name in self.given():
            if name not in known:
                raise PretrainedError(
                    f"{renderer} has no use for the option {name!r}; it takes: {', '.join(sorted(known))}"
                )


def read_options(words: Mapping[str, str], base: PretrainedOptions | None = None) -> PretrainedOptions:
    """Return options of texts such as {"steps": "20", "control": "depth,edge", "tiling": "yes"}.

    Raises:
        UnknownNameError: there is no such option.
        PretrainedError: its text is no value of it.
    """
    known = {each.name for each in fields(PretrainedOptions)}
    values: dict[str, Any] = {}
    for name, text in words.items():
        if name not in known:
            raise UnknownNameError("option of pretrained renderers", name, known)
        values[name] = _value(name, text)
    return replace(base or PretrainedOptions(), **values)


def _value(name: str, text: str) -> Any:
    try:
        if name in ("steps", "seed", "chunk", "overlap"):
            return int(text)
        if name in ("guidance", "strength", "near"):
            return float(text)
        if name == "scale":
            return tuple(float(each) for each in text.split(","))
    except ValueError:
        raise PretrainedError(f"option {name}={text!r} is no number") from None
    if name == "control":
        return tuple(each.strip() for each in text.split(",") if each.strip())
    if name == "reference":
        return tuple(Path(each) for each in text.split(",") if each)
    if name == "weights":
        return Path(text)
    if name in ("tiling", "guardrail"):
        if text.lower() not in ("yes", "no"):
            raise PretrainedError(f"option {name}={text!r}; expected yes or no")
        return text.lower() == "yes"
    return text


def _at_least(name: str, value: int | None, low: int) -> None:
    if value is not None and value < low:
        raise PretrainedError(f"option {name}={value} is too small; expected {low} or more")
