"""What the sounding process tells the window. Data without behaviour."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """How the window's sound went.

    Attributes:
        card: what played it, "" for none. underruns: how often the card wanted sound that was not there and there was
            silence. mended: how often so little was missing that it was made up.
        latency: s from what happens to when it is heard, on average; 0 where nothing was. seconds: played.
    """

    card: str = ""
    underruns: int = 0
    mended: int = 0
    latency: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Hearing:
    """What can be told of a control period once it is sound.

    Attributes:
        underruns: so far. loudest: who sounds, the loudest first, and how loud: dB below the loudest heard lately.
    """

    underruns: int = 0
    loudest: tuple[tuple[str, float], ...] = ()
