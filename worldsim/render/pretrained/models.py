"""The pretrained renderers there are: what each is, needs and costs to fetch, and how one is made. Imports no model.

Sizes are those of the files in the repositories named here; memory is the sum of the weights at the dtype they run in,
to which pictures of the size painted come on top. Nothing here was measured on such a machine.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any

from worldsim.errors import UnknownNameError
from worldsim.render.pretrained.animatediff import PARTS, fetch_of
from worldsim.render.pretrained.backend import Backend
from worldsim.render.pretrained.cosmos import FETCH as FETCH_COSMOS
from worldsim.render.pretrained.options import PretrainedOptions
from worldsim.render.pretrained.wan_vace import FETCH as FETCH_WAN

PACKAGES = ("transformers", "accelerate", "ftfy")
"""What the extra `pretrained` brings."""


@dataclass(frozen=True)
class Model:
    """One pretrained renderer.

    Attributes:
        name: as --renderer takes it. about: what it is, one line.
        module, maker: where its `Backend` is.
        fetch: the commands that fill its folder of weights.
        folder: which they fill. size: of a film that it was trained for.
        facts: (word, text) for `worldsim renderer info`.
    """

    name: str
    about: str
    module: str
    maker: str
    fetch: tuple[str, ...]
    folder: str
    size: str
    facts: tuple[tuple[str, str], ...]

    def missing(self) -> str:
        """Return what it lacks on this machine, and the remedy; always weights, as only --weights tells of them."""
        absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
        extra = f"{', '.join(absent)} not installed: pip install 'worldsim[pretrained]'; " * bool(absent)
        return f"{extra}needs weights, which are not shipped: fetch them, then --weights {self.folder}"


MODELS = {
    model.name: model
    for model in (
        Model(
            "wan-vace",
            "Wan 2.1 VACE paints clips over depth, colour, grey or edges, like reference pictures and a prompt",
            "worldsim.render.pretrained.wan_vace",
            "WanVace",
            (FETCH_WAN,),
            "weights/wan-vace",
            "832x480",
            (
                ("controls", "one of: depth (usual), colour, grey, edge"),
                ("chunks", "81 frames, 9 shared with the next; others of 4k + 1 up to 161"),
                ("size", "sides in multiples of 16; trained at 832x480; the 14B model at 1280x720 too"),
                ("download", "19 GB: transformer 7.2, text encoder 11.4, VAE 0.5; the 14B model about 80 GB"),
                ("memory", "weights 16 GB in bfloat16; with offload=model 12 GB, as the text encoder alone needs"),
                ("licence", "Apache-2.0 (Wan-AI/Wan2.1-VACE-1.3B-diffusers, -14B-diffusers)"),
                ("options", "control, scale, reference, prompt, negative, steps (30), guidance (5), seed, near …"),
            ),
        ),
        Model(
            "animatediff-controlnet",
            "Stable Diffusion 1.5 with AnimateDiff and ControlNets paints clips over depth, normals and edges",
            "worldsim.render.pretrained.animatediff",
            "AnimateDiff",
            tuple(fetch_of(part) for part in PARTS),
            "weights/animatediff",
            "512x512",
            (
                ("controls", "depth and normals (usual), edge; any of them together, with a scale each"),
                ("chunks", "16 frames, 4 shared with the next; up to 32"),
                ("size", "sides in multiples of 8; trained at 512x512"),
                ("download", "10.4 GB: base 4.3, motion 1.8, ControlNets 1.45 each; the one for edges only if used"),
                ("memory", "about 8 GB in bfloat16 with two ControlNets at 512x512, as others report"),
                (
                    "licence",
                    "base CreativeML OpenRAIL-M, ControlNets OpenRAIL, AnimateDiff Apache-2.0: see there",
                ),
                ("options", "control, scale, prompt, negative, steps (25), guidance (7.5), strength, seed, near …"),
            ),
        ),
        Model(
            "cosmos-transfer",
            "Cosmos 3 paints clips over several controls at once: depth, edge, blur, seg",
            "worldsim.render.pretrained.cosmos",
            "CosmosTransfer",
            (FETCH_COSMOS,),
            "weights/cosmos-transfer",
            "1280x720",
            (
                ("controls", "depth and seg (usual), edge, blur; any of them together, with one scale for all (1.5)"),
                ("chunks", "93 frames, 5 shared with the next; others of 4k + 1 up to 189"),
                ("size", "sides in multiples of 16; its tiers begin at 320x192 and end at 1280x720"),
                ("download", "about 32 GB of weights for Cosmos3-Nano; sign in first: hf auth login"),
                ("memory", "32 GB for the weights in bfloat16: an 80 GB card"),
                (
                    "licence",
                    "NVIDIA's, see nvidia/Cosmos3-Nano; the pipeline asks for a guard: cosmos_guardrail",
                ),
                ("prompt", "trained with long captions in JSON: give one with prompt=, the words of a look are short"),
                ("options", "control, scale, prompt, negative, steps (50), guidance (3), guardrail, seed, near …"),
            ),
        ),
    )
}


def make_backend(name: str, options: PretrainedOptions) -> Backend:
    """Load a pretrained renderer.

    Raises:
        UnknownNameError: there is none of that name.
        PretrainedError: its weights are not there or not whole, or it can't take an option.
        MissingExtraError: the extra `pretrained` is not installed.
    """
    if name not in MODELS:
        raise UnknownNameError("pretrained renderer", name, MODELS)
    backend: Backend = _maker(MODELS[name])(options)
    return backend


def check_film(name: str, options: PretrainedOptions, size: tuple[int, int]) -> None:
    """Refuse a film (width, height) that a pretrained renderer can't paint, before its weights are loaded.

    Raises:
        UnknownNameError: there is none of that name.
        PretrainedError: another size or length of chunks is needed; the message says which.
    """
    if name not in MODELS:
        raise UnknownNameError("pretrained renderer", name, MODELS)
    lengths = _maker(MODELS[name]).lengths
    lengths.check(options.chunk, options.overlap)
    lengths.check_size(size, name)


def _maker(model: Model) -> Any:
    return getattr(importlib.import_module(model.module), model.maker)
