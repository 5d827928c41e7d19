"""Cosmos 3 as a transfer model: several controls at once, by diffusers' modular pipeline. For data-centre GPUs.

The networks are loaded one by one from the folder: its index names repositories, which would be downloaded. A chunk
begins with the last pictures of the one before, kept by the model itself.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from worldsim.errors import PretrainedError
from worldsim.render.pretrained.backend import DiffusersBackend, quiet, to_frames
from worldsim.render.pretrained.chunk import Frames, Lengths, fill
from worldsim.render.pretrained.control import Controls, pictures
from worldsim.render.pretrained.options import PretrainedOptions
from worldsim.render.pretrained.weights import check_part, folder_of, index_of
from worldsim.scene.look import Look

if TYPE_CHECKING:
    import torch

NAME = "cosmos-transfer"
FETCH = (
    "hf download nvidia/Cosmos3-Nano model_index.json transformer/ vae/ scheduler/ text_tokenizer/ "
    "--local-dir weights/cosmos-transfer"
)
STEPS = 50
GUIDANCE = 3.0
FLOW_SHIFT = 10.0
"""Steps, guidance, control guidance (`usual_scale`), shift and chunks as in NVIDIA's cookbook for Cosmos 3 transfer."""


class CosmosTransfer(DiffusersBackend):
    """Cosmos 3 Nano or Super by diffusers' `Cosmos3OmniModularPipeline`. A `Backend`."""

    name = NAME
    kinds = ("depth", "edge", "blur", "seg")
    usual = ("depth", "seg")
    usual_scale = 1.5
    lengths = Lengths(usual=93, overlap=5, step=4, most=189, fixed=True, side=16)

    def __init__(self, options: PretrainedOptions) -> None:
        """Load the weights.

        Raises:
            PretrainedError: they are not there or not whole, the guard is not installed, or an option can't be.
            MissingExtraError: the extra `pretrained` is not installed.
        """
        super().__init__(options, frozenset({"negative", "guidance", "guardrail"}))
        if len(set(self.scales)) > 1:
            raise PretrainedError(f"{NAME} weighs all its controls alike; found scale={self.scales}; give one number")
        folder = folder_of(options.weights, NAME, FETCH)
        index_of(folder, "model_index.json", ("Cosmos3OmniPipeline",), NAME, FETCH)
        for part in ("transformer", "vae"):
            check_part(folder, part, NAME, FETCH)
        for part in ("scheduler", "text_tokenizer"):
            check_part(folder, part, NAME, FETCH, model=False)
        guard = None
        if options.guardrail:
            if importlib.util.find_spec("cosmos_guardrail") is None:
                raise PretrainedError(
                    f"the licence of {NAME} asks for its guard, which is not installed: pip install cosmos_guardrail; "
                    "or take guardrail=no and answer for what is made yourself"
                )
            from cosmos_guardrail import CosmosSafetyChecker

            guard = CosmosSafetyChecker()
        if options.offload == "sequential":
            raise PretrainedError(f"{NAME} can't offload layer by layer; take offload=model")
        self._pipe = self.settle(_load(folder, self.dtype, guard))

    def settle(self, pipe: Any) -> Any:
        """Return the pipeline put where the options say: modular ones do it in another way."""
        _hush(pipe._blocks)
        if self.options.tiling:
            pipe.vae.enable_tiling()
        if self.options.offload == "model":
            pipe._components_manager.enable_auto_cpu_offload(device=self.device)
        else:
            pipe.to(self.device)
        return pipe

    def render_chunk(self, controls: Controls, history: Frames | None, look: Look) -> Frames:
        """Paint a chunk; see `Backend.render_chunk`."""
        import torch

        self.lengths.check_size(controls.size, NAME)
        width, height = controls.size
        count = self.lengths.filled(len(controls), max(self.options.chunk or self.lengths.usual, len(controls)))
        wanted, unwanted = self.prompt(controls, look)
        guidance = GUIDANCE if self.options.guidance is None else self.options.guidance
        steps = self.options.steps or STEPS
        passes = 1 + (guidance > 1) + (self.scales[0] != 1)
        calls = 0

        def count_call(*_: Any) -> None:
            nonlocal calls
            calls += 1
            if calls % passes == 0:
                self.tell(calls // passes, steps)

        told: dict[str, Any] = {}
        if history is not None:
            told["video"] = pictures(np.asarray(history, np.float32) / np.float32(255))
            told["num_first_chunk_conditional_frames"] = len(history)
        hook = self._pipe.transformer.register_forward_hook(count_call)
        try:
            with quiet():
                painted = self._pipe(
                    prompt=wanted,
                    negative_prompt=unwanted,
                    control_videos={kind: pictures(fill(controls.videos[kind], count)) for kind in self.controls},
                    height=height,
                    width=width,
                    num_frames=count,
                    num_video_frames_per_chunk=count,
                    num_inference_steps=steps,
                    guidance_scale=guidance,
                    control_guidance=self.scales[0],
                    generator=torch.Generator("cpu").manual_seed(self.options.seed + controls.start),
                    output_type="np",
                    output="videos",
                    **told,
                )
        finally:
            hook.remove()
        return to_frames(np.asarray(painted), len(controls), controls.size, NAME)


def _load(folder: Path, dtype: torch.dtype, guard: Any) -> Any:
    with quiet():
        from diffusers import (
            AutoencoderKLWan,
            ComponentsManager,
            Cosmos3OmniBlocks,
            Cosmos3OmniTransformer,
            UniPCMultistepScheduler,
        )
        from transformers import AutoTokenizer

        def network(kind: Any, name: str) -> Any:
            return kind.from_pretrained(folder / name, dtype=dtype, local_files_only=True, use_safetensors=True)

        scheduler = UniPCMultistepScheduler.from_pretrained(folder / "scheduler", local_files_only=True)
        blocks: Any = Cosmos3OmniBlocks()
        pipe = blocks.init_pipeline(components_manager=ComponentsManager())
        pipe.update_components(
            transformer=network(Cosmos3OmniTransformer, "transformer"),
            vae=network(AutoencoderKLWan, "vae"),
            scheduler=UniPCMultistepScheduler.from_config(scheduler.config, flow_shift=FLOW_SHIFT),
            text_tokenizer=AutoTokenizer.from_pretrained(folder / "text_tokenizer", local_files_only=True),
        )
        if guard is None:
            pipe.disable_safety_checker()
        else:
            pipe.enable_safety_checker(guard)
        return pipe


def _hush(block: Any) -> None:
    """Switch off the progress bars of a block and of those in it."""
    if hasattr(block, "set_progress_bar_config"):
        block.set_progress_bar_config(disable=True)
    for inner in block.sub_blocks.values():
        _hush(inner)
