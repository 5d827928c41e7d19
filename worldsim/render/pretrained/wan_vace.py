"""Wan 2.1 VACE: a control video, reference pictures and a prompt become a clip; the first choice of the three.

What the model gets: `video` holds the end of the chunk before where `mask` is black, and the control where it is white;
it keeps the one and paints over the other. 4k + 1 frames at a time, sides in multiples of 16. The VAE stays in float32,
as it was released: in 16 bits its decoder bands.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from worldsim.errors import PretrainedError
from worldsim.render.pretrained.backend import DiffusersBackend, noise_of, quiet, to_frames
from worldsim.render.pretrained.chunk import Frames, Lengths, fill
from worldsim.render.pretrained.control import Controls, pictures
from worldsim.render.pretrained.options import PretrainedOptions
from worldsim.render.pretrained.weights import check_part, folder_of, index_of
from worldsim.scene.look import Look

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

NAME = "wan-vace"
FETCH = "hf download Wan-AI/Wan2.1-VACE-1.3B-diffusers --local-dir weights/wan-vace"
STEPS = 30
GUIDANCE = 5.0
SQUEEZE = 4
"""Frames in one place of the latent video, but for the first, which holds one."""


class WanVace(DiffusersBackend):
    """Wan 2.1 VACE, 1.3B or 14B, by diffusers' `WanVACEPipeline`. A `Backend`."""

    name = NAME
    kinds = ("depth", "colour", "grey", "edge")
    usual = ("depth",)
    lengths = Lengths(usual=81, overlap=9, step=SQUEEZE, most=161, fixed=False, side=16)

    def __init__(self, options: PretrainedOptions) -> None:
        """Load the weights.

        Raises:
            PretrainedError: they are not there or not whole, or an option can't be.
            MissingExtraError: the extra `pretrained` is not installed.
        """
        super().__init__(options, frozenset({"negative", "reference", "guidance"}))
        if len(self.controls) > 1:
            raise PretrainedError(f"{NAME} takes one control at a time; found {', '.join(self.controls)}")
        folder = folder_of(options.weights, NAME, FETCH)
        index_of(folder, "model_index.json", ("WanVACEPipeline",), NAME, FETCH)
        for part in ("transformer", "vae", "text_encoder"):
            check_part(folder, part, NAME, FETCH)
        for part in ("scheduler", "tokenizer"):
            check_part(folder, part, NAME, FETCH, model=False)
        self._references = [open_picture(path) for path in options.reference]
        self._pipe = self.settle(_load(folder, self.dtype))

    def render_chunk(self, controls: Controls, history: Frames | None, look: Look) -> Frames:
        """Paint a chunk; see `Backend.render_chunk`."""
        import torch

        self.lengths.check_size(controls.size, NAME)
        width, height = controls.size
        count = self.lengths.filled(len(controls), len(controls))
        video = pictures(fill(controls.videos[self.controls[0]], count))
        mask = [_plain(255, controls.size)] * count
        kept = 0 if history is None else len(history)
        if history is not None:
            if kept >= count or history.shape[1:] != (height, width, 3) or history.dtype != np.uint8:
                raise PretrainedError(
                    f"the end of the chunk before is {history.dtype} {history.shape}; expected uint8 and fewer than "
                    f"{count} frames of {width}x{height}"
                )
            video[:kept] = [_picture(frame) for frame in history]
            mask[:kept] = [_plain(0, controls.size)] * kept
        wanted, unwanted = self.prompt(controls, look)
        guidance = GUIDANCE if self.options.guidance is None else self.options.guidance
        steps = self.options.steps or STEPS
        with quiet():
            painted = self._pipe(
                prompt=wanted,
                negative_prompt=unwanted,
                video=video,
                mask=mask,
                reference_images=self._references or None,
                conditioning_scale=self.scales[0],
                height=height,
                width=width,
                num_frames=count,
                num_inference_steps=steps,
                guidance_scale=guidance,
                latents=self._noise(controls.start, count, height, width),
                generator=torch.Generator("cpu").manual_seed(self.options.seed),
                callback_on_step_end=self.stepper(steps),
                output_type="np",
            ).frames[0]
        return to_frames(painted, len(controls), controls.size, NAME)

    def _noise(self, start: int, count: int, height: int, width: int) -> torch.Tensor:
        """Return the noise a chunk starts from; that of reference pictures comes first."""
        import torch

        channels = self._pipe.transformer.config.in_channels
        shape = channels, height // self._pipe.vae_scale_factor_spatial, width // self._pipe.vae_scale_factor_spatial
        places = math.ceil((count - 1) / SQUEEZE) + 1
        noise = noise_of(self.options.seed, start // SQUEEZE, places, shape)
        if not self._references:
            return noise
        before = len(self._references)
        return torch.cat([noise_of(self.options.seed, -before, before, shape), noise], 2)


def open_picture(path: Path) -> Image:
    """Return a picture of RGB.

    Raises:
        PretrainedError: there is none.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise PretrainedError(f"the reference picture {path} can't be read: {error}") from error


def _load(folder: Path, dtype: torch.dtype) -> Any:
    import torch

    with quiet():
        from diffusers import WanVACEPipeline

        return WanVACEPipeline.from_pretrained(
            folder,
            dtype={"default": dtype, "vae": torch.float32},
            local_files_only=True,
            use_safetensors=True,
        )


def _picture(frame: Frames) -> Image:
    from PIL import Image

    return Image.fromarray(frame)


def _plain(level: int, size: tuple[int, int]) -> Image:
    from PIL import Image

    return Image.new("L", size, level)
