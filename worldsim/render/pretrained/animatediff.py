"""Stable Diffusion 1.5 with AnimateDiff's motion and ControlNets for depth, normals and edges.

Small and old: about 8 GB, 16 frames at a time. A chunk knows of the one before by the noise of the frames they share
and, with `strength` below 1, by its last pictures; so neighbours are faded into each other over a quarter of a chunk.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from worldsim.render.pretrained.backend import DiffusersBackend, noise_of, quiet, to_frames
from worldsim.render.pretrained.chunk import Frames, Lengths, fill
from worldsim.render.pretrained.control import Controls, pictures
from worldsim.render.pretrained.options import PretrainedOptions
from worldsim.render.pretrained.weights import check_part, folder_of, index_of
from worldsim.scene.look import Look

if TYPE_CHECKING:
    import torch

NAME = "animatediff-controlnet"
ROOT = "weights/animatediff"
PARTS = {
    "base": "stable-diffusion-v1-5/stable-diffusion-v1-5",
    "motion": "guoyww/animatediff-motion-adapter-v1-5-3",
    "controlnet-depth": "lllyasviel/control_v11f1p_sd15_depth",
    "controlnet-normals": "lllyasviel/control_v11p_sd15_normalbae",
    "controlnet-edge": "lllyasviel/control_v11p_sd15_canny",
}
"""Folders within the weights, and the repositories that fill them."""
BASE = (
    "model_index.json scheduler/ tokenizer/ text_encoder/config.json text_encoder/model.safetensors "
    "unet/config.json unet/diffusion_pytorch_model.safetensors vae/config.json vae/diffusion_pytorch_model.safetensors"
)
STEPS = 25
GUIDANCE = 7.5


def fetch_of(part: str) -> str:
    """Return the command that fills one folder of the weights."""
    network = "config.json diffusion_pytorch_model.safetensors"
    wanted = BASE if part == "base" else network
    return f"hf download {PARTS[part]} {wanted} --local-dir {ROOT}/{part}"


class AnimateDiff(DiffusersBackend):
    """AnimateDiff with ControlNets by diffusers' `AnimateDiffControlNetPipeline`. A `Backend`.

    With `strength` below 1 it is the `AnimateDiffVideoToVideoControlNetPipeline`, which starts at the raster.
    """

    name = NAME
    kinds = ("depth", "normals", "edge")
    usual = ("depth", "normals")
    lengths = Lengths(usual=16, overlap=4, step=1, most=32, fixed=True, side=8)

    def __init__(self, options: PretrainedOptions) -> None:
        """Load the weights.

        Raises:
            PretrainedError: they are not there or not whole, or an option can't be.
            MissingExtraError: the extra `pretrained` is not installed.
        """
        super().__init__(options, frozenset({"negative", "guidance", "strength"}))
        folder = folder_of(options.weights, NAME, fetch_of("base"))
        parts = ("base", "motion", *(f"controlnet-{kind}" for kind in self.controls))
        for part in parts:
            check_part(folder, part, NAME, fetch_of(part), model=part != "base")
        base = folder / "base"
        index_of(base, "model_index.json", ("StableDiffusionPipeline",), NAME, fetch_of("base"))
        for part in ("unet", "vae", "text_encoder"):
            check_part(base, part, NAME, fetch_of("base"))
        for part in ("scheduler", "tokenizer"):
            check_part(base, part, NAME, fetch_of("base"), model=False)
        self._pipe = self.settle(_load(folder, self.controls, self.dtype, options.strength < 1))

    def render_chunk(self, controls: Controls, history: Frames | None, look: Look) -> Frames:
        """Paint a chunk; see `Backend.render_chunk`."""
        import torch

        self.lengths.check_size(controls.size, NAME)
        width, height = controls.size
        count = self.lengths.filled(len(controls), max(self.options.chunk or self.lengths.usual, len(controls)))
        frames = [pictures(fill(controls.videos[kind], count)) for kind in self.controls]
        single = len(frames) == 1
        wanted, unwanted = self.prompt(controls, look)
        steps = self.options.steps or STEPS
        told: dict[str, Any] = {
            "prompt": wanted,
            "negative_prompt": unwanted,
            "height": height,
            "width": width,
            "num_inference_steps": steps,
            "guidance_scale": GUIDANCE if self.options.guidance is None else self.options.guidance,
            "conditioning_frames": frames[0] if single else frames,
            "controlnet_conditioning_scale": float(self.scales[0]) if single else [float(each) for each in self.scales],
            "generator": torch.Generator("cpu").manual_seed(self.options.seed + controls.start),
            "output_type": "np",
        }
        if self.options.strength < 1:
            start = fill(np.asarray(controls.raster, np.float32) / np.float32(255), count)
            if history is not None:
                start[: len(history)] = np.asarray(history, np.float32) / 255
            steps = max(1, min(int(steps * self.options.strength), steps))
            told |= {"video": pictures(start), "strength": self.options.strength}
        else:
            shape = self._pipe.unet.config.in_channels, height // self.lengths.side, width // self.lengths.side
            noise = noise_of(self.options.seed, controls.start, count, shape)
            told |= {"num_frames": count, "latents": noise.to(self.dtype)}
        with quiet():
            painted = self._pipe(**told, callback_on_step_end=self.stepper(steps)).frames[0]
        return to_frames(painted, len(controls), controls.size, NAME)


def _load(folder: Path, controls: tuple[str, ...], dtype: torch.dtype, repaint: bool) -> Any:
    with quiet():
        from diffusers import (
            AnimateDiffControlNetPipeline,
            AnimateDiffVideoToVideoControlNetPipeline,
            ControlNetModel,
            DDIMScheduler,
            MotionAdapter,
        )

        def part(kind: Any, name: str) -> Any:
            return kind.from_pretrained(folder / name, dtype=dtype, local_files_only=True, use_safetensors=True)

        nets = [part(ControlNetModel, f"controlnet-{name}") for name in controls]
        pipe = (
            AnimateDiffVideoToVideoControlNetPipeline if repaint else AnimateDiffControlNetPipeline
        ).from_pretrained(
            folder / "base",
            motion_adapter=part(MotionAdapter, "motion"),
            controlnet=nets[0] if len(nets) == 1 else nets,
            feature_extractor=None,
            image_encoder=None,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
        )
        # As the motion modules were trained: a linear schedule, and latents that are not clipped.
        pipe.scheduler = DDIMScheduler.from_config(
            pipe.scheduler.config,
            beta_schedule="linear",
            clip_sample=False,
            timestep_spacing="linspace",
            steps_offset=1,
        )
        return pipe
