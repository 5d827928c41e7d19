"""Where the diffusion renderer's weights are, and reading them: safetensors only, never pickle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from worldsim.errors import WeightsError

if TYPE_CHECKING:
    from worldsim.render.diffusion.network import RendererUNet

SHIPPED = Path(__file__).parent / "weights"
"""One folder a size, each as `RendererUNet.save_pretrained` writes it, with a card README.md."""
NETWORK_FILES = ("config.json", "diffusion_pytorch_model.safetensors")
CARD = "README.md"
TRAINING = "training.json"
"""What the weights were made from, by which command, and what they reach."""

REMEDY = "train some with `worldsim renderer train`, or name a folder that it wrote"


def shipped() -> tuple[str, ...]:
    """Return the sizes that have weights here, by name."""
    if not SHIPPED.is_dir():
        return ()
    return tuple(sorted(folder.name for folder in SHIPPED.iterdir() if is_network(folder)))


def is_network(folder: Path) -> bool:
    """Return whether a folder holds a network."""
    return all((folder / name).is_file() for name in NETWORK_FILES)


def find_weights(name: str | Path) -> Path:
    """Return the folder of the weights of a shipped size, or of a path.

    A folder that `worldsim renderer train` wrote may be named too: its `weights/<size>` is taken.

    Raises:
        WeightsError: there are none.
    """
    path = Path(name)
    if is_network(path):
        return path
    for inner in sorted((path / "weights").glob("*")) if path.is_dir() else []:
        if is_network(inner):
            return inner
    if is_network(SHIPPED / str(name)):
        return SHIPPED / str(name)
    from worldsim.render.diffusion.network import SIZES

    known = ", ".join(shipped()) or "none"
    if str(name) in SIZES:
        raise WeightsError(f"no weights of the size {str(name)!r} come with worldsim; there are: {known}; {REMEDY}")
    wanted = " and ".join(NETWORK_FILES)
    raise WeightsError(f"{name} is no folder with {wanted}, and no size that comes with worldsim ({known}); {REMEDY}")


def load_network(name: str | Path) -> RendererUNet:
    """Return the network of a shipped size or a folder, on the CPU, in float32, not to be trained.

    Raises:
        WeightsError: there is none, it is damaged, or it was made for other conditions than this version gives.
    """
    from worldsim.render.diffusion import channels
    from worldsim.render.diffusion.network import RendererUNet

    folder = find_weights(name)
    try:
        config = json.loads((folder / "config.json").read_text())
        network = RendererUNet.from_pretrained(folder, low_cpu_mem_usage=False)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise WeightsError(f"{folder} can't be read as a network: {str(error).splitlines()[0]}; {REMEDY}") from error
    wanted = {
        "pixels": channels.PIXELS,
        "kinds": channels.KINDS,
        "buckets": channels.BUCKETS,
        "global_inputs": channels.GLOBALS,
    }
    for key, value in wanted.items():
        if config.get(key) != value:
            raise WeightsError(
                f"{folder} is a network for {config.get(key)} {key}, and this version gives {value}; {REMEDY}"
            )
    return network.eval().requires_grad_(False)


def make_or_load(name: str | Path | None) -> RendererUNet:
    """Return `load_network(name)`, or for None an untrained small network, whose picture is the raster's."""
    if name is not None:
        return load_network(name)
    from worldsim.render.diffusion.network import make_network

    return make_network("small").eval().requires_grad_(False)
