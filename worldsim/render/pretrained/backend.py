"""What every pretrained renderer of clips can do, and what those of diffusers share. It knows no model by name.

Nothing is downloaded: weights come from a folder that the user filled, as safetensors, never as pickle.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import MissingExtraError, PretrainedError
from worldsim.render.pretrained.chunk import Frames, Lengths
from worldsim.render.pretrained.control import Controls
from worldsim.render.pretrained.options import PretrainedOptions
from worldsim.render.pretrained.prompt import NEGATIVE, prompt_of
from worldsim.scene.look import Look

if TYPE_CHECKING:
    import torch

Watch = Callable[[int, int], bool]
"""Called after each step of denoising with how many of how many are done; returns False to give the chunk up."""


class Cancelled(Exception):
    """A chunk that was given up half-way because its watcher said so."""


class Backend(Protocol):
    """A model that paints clips.

    Attributes:
        name: as --renderer takes it.
        lengths: of its chunks.
        controls: the kinds it gets, in its order.
        watch: is told of every step; see `Watch`.
    """

    name: str
    lengths: Lengths
    controls: tuple[str, ...]
    watch: Watch | None

    def render_chunk(self, controls: Controls, history: Frames | None, look: Look) -> Frames:
        """Paint a chunk, (T, H, W, 3) uint8 sRGB, a frame for each of the controls.

        The same controls, history, look and options give the same bytes on the same machine.

        Args:
            controls: of T frames, a length that `lengths` allows.
            history: (n, H, W, 3) uint8, what the chunk before made of the first n of them; None for the first chunk.
            look: the light, and the author's words.

        Raises:
            Cancelled: `watch` said so.
            PretrainedError: controls that the model can't take.
        """
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...


class DiffusersBackend:
    """What the backends on pipelines of diffusers share: options, noise, prompt, progress."""

    name: str
    kinds: tuple[str, ...]
    usual: tuple[str, ...]
    usual_scale: float = 1.0
    lengths: Lengths

    def __init__(self, options: PretrainedOptions, takes: frozenset[str]) -> None:
        """Check the options.

        Args:
            options: what is asked for.
            takes: options it knows beside those that all take.

        Raises:
            PretrainedError: options or controls that this model can't take.
            MissingExtraError: transformers or accelerate is not installed.
        """
        options.check_taken(self.name, takes)
        self.options = options
        self.watch: Watch | None = None
        self.controls = options.control or self.usual
        for kind in self.controls:
            if kind not in self.kinds:
                raise PretrainedError(f"{self.name} has no control {kind!r}; it takes: {', '.join(self.kinds)}")
        if len(set(self.controls)) < len(self.controls):
            raise PretrainedError(f"a control is named twice: {', '.join(self.controls)}")
        scales = options.scale or (self.usual_scale,)
        if len(scales) not in (1, len(self.controls)):
            raise PretrainedError(
                f"{len(scales)} scales were given for {len(self.controls)} controls; expected one, or one each"
            )
        self.lengths.check(options.chunk, options.overlap)
        self.scales = scales * (len(self.controls) // len(scales))
        for package in ("transformers", "accelerate", "ftfy"):
            if importlib.util.find_spec(package) is None:
                raise MissingExtraError(f"the renderer {self.name}", "pretrained")
        self.device, self.dtype = place_of(options)
        self._pipe: Any = None

    def prompt(self, controls: Controls, look: Look) -> tuple[str, str]:
        """Return what shall be seen and what must not."""
        wanted = prompt_of(look, controls.things) if self.options.prompt is None else self.options.prompt
        return wanted, NEGATIVE if self.options.negative is None else self.options.negative

    def settle(self, pipe: Any) -> Any:
        """Return a loaded pipeline put where the options say."""
        pipe.set_progress_bar_config(disable=True)
        if self.options.tiling:
            pipe.vae.enable_tiling()
        if self.options.offload == "model":
            pipe.enable_model_cpu_offload(device=self.device)
        elif self.options.offload == "sequential":
            pipe.enable_sequential_cpu_offload(device=self.device)
        else:
            pipe.to(self.device)
        return pipe

    def tell(self, done: int, total: int) -> None:
        """Report a step.

        Raises:
            Cancelled: the watcher has had enough.
        """
        if self.watch is not None and not self.watch(done, total):
            raise Cancelled

    def stepper(self, total: int) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
        """Return a `callback_on_step_end` that reports."""

        def after(_pipe: Any, index: int, _time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            self.tell(index + 1, total)
            return tensors

        return after

    def close(self) -> None:
        """Give the memory back; a second call does nothing."""
        self._pipe = None


def noise_of(seed: int, first: int, count: int, shape: tuple[int, int, int]) -> torch.Tensor:
    """Return noise (1, C, count, H, W) float32 that belongs to places in the film, not in the chunk.

    Place i has the same noise in every chunk that covers it, so neighbours agree where they overlap.

    Args:
        seed: of the film.
        first: place of the first; below 0 for what lies before the film, such as reference pictures.
        count: of places.
        shape: (C, H, W) of one.
    """
    import torch

    planes = []
    for place in range(first, first + count):
        state = np.random.SeedSequence([seed, place + 2**31]).generate_state(1, np.uint64)[0]
        generator = torch.Generator("cpu").manual_seed(int(state >> 1))
        planes.append(torch.randn(shape, generator=generator))
    return torch.stack(planes, 1)[None]


def place_of(options: PretrainedOptions) -> tuple[str, torch.dtype]:
    """Return the device and the dtype of weights that the options mean.

    Raises:
        PretrainedError: a GPU is asked for where there is none, or 16-bit floats that a CPU can't add up.
    """
    import torch

    there = torch.cuda.is_available()
    device = ("cuda" if there else "cpu") if options.device == "auto" else options.device
    if device == "cuda" and not there:
        raise PretrainedError("option device=cuda: PyTorch finds no GPU here; take device=cpu, which is very slow")
    if device == "cpu" and options.dtype == "float16":
        raise PretrainedError("option dtype=float16 needs a GPU; on a CPU take float32 or bfloat16")
    if device == "cpu" and options.offload != "none":
        raise PretrainedError(f"option offload={options.offload} needs a GPU to save the memory of")
    usual = "bfloat16" if device == "cuda" else "float32"
    return device, getattr(torch, usual if options.dtype == "auto" else options.dtype)


def to_frames(video: NDArray[np.floating], count: int, size: tuple[int, int], renderer: str) -> Frames:
    """Return a pipeline's result, (T, H, W, 3) floats in [0, 1], as `count` frames of uint8.

    Raises:
        PretrainedError: the model painted fewer, or another size, or numbers that are not finite.
    """
    width, height = size
    if len(video) < count or video.shape[1:] != (height, width, 3):
        raise PretrainedError(f"{renderer} painted {video.shape}; expected ({count}, {height}, {width}, 3)")
    if not np.isfinite(video[:count]).all():
        raise PretrainedError(f"{renderer} painted numbers that are not finite; try dtype=float32 or bfloat16")
    return np.round(np.clip(video[:count], 0, 1) * 255).astype(np.uint8)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep diffusers and transformers from printing bars and hints while they load."""
    from diffusers.utils import logging as ours
    from transformers.utils import logging as theirs

    before = [(module, module.get_verbosity()) for module in (ours, theirs)]
    for module, _ in before:
        module.set_verbosity_error()
        module.disable_progress_bar()
    try:
        yield
    finally:
        for module, level in before:
            module.set_verbosity(level)
            module.enable_progress_bar()
