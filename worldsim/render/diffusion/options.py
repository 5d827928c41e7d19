"""What a user can choose of the diffusion renderer, read from words and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from worldsim.errors import OptionError, did_you_mean

MAX_STEPS = 8  # as worldsim.render.diffusion.scheduler.MAX_STEPS
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class DiffusionOptions:
    """How to make footage.

    Attributes:
        weights: a size that comes with worldsim, or a folder that `worldsim renderer train` wrote.
        steps: how often the network is asked for a picture, 1 … 8.
        seed: of the noise on surfaces.
        threads: on the CPU; None is torch's own choice.
        device: "cpu", "cuda", or "auto": a graphics card where there is one.
        history: whether the network is told what it made of the last frame.
    """

    weights: str = "small"
    steps: int = 1
    seed: int = 0
    threads: int | None = None
    device: str = "auto"
    history: bool = False

    def __post_init__(self) -> None:
        """Refuse values that can't be.

        Raises:
            OptionError: what was found and what is allowed.
        """
        if not 1 <= self.steps <= MAX_STEPS:
            raise OptionError(f"steps is {self.steps}; the diffusion renderer takes 1 to {MAX_STEPS}")
        if self.seed < 0:
            raise OptionError(f"seed is {self.seed}; a whole number from 0 is needed")
        if self.threads is not None and self.threads < 1:
            raise OptionError(f"threads is {self.threads}; at least 1 is needed")
        if self.device not in DEVICES:
            raise OptionError(f"device is {self.device!r}; known: {', '.join(DEVICES)}")

    def keywords(self) -> dict[str, Any]:
        """Return them as what `make_renderer("diffusion", …)` takes."""
        return asdict(self)


def read_options(words: Mapping[str, str]) -> DiffusionOptions:
    """Return options from words, such as {"steps": "2"}.

    Raises:
        OptionError: no such option, or a value that can't be.
    """
    known = [item.name for item in fields(DiffusionOptions)]
    found: dict[str, Any] = {}
    for key, text in words.items():
        if key not in known:
            guess = did_you_mean(key, known)
            raise OptionError(f"the diffusion renderer has no option {key!r}; {guess} known: {', '.join(known)}")
        if key in ("weights", "device"):
            found[key] = text
        elif key == "history":
            if text not in ("true", "false"):
                raise OptionError(f"history is {text!r}; true or false is needed")
            found[key] = text == "true"
        else:
            try:
                found[key] = int(text)
            except ValueError:
                raise OptionError(f"{key} is {text!r}; a whole number is needed") from None
    return DiffusionOptions(**found)
