"""What makes one breed's figure differ from another's for the eye: shares and metres on top of its bones. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EarKind = Literal["floppy", "pricked", "rose"]


@dataclass(frozen=True)
class Figure:
    """Numbers of the drawn body; physics knows nothing of them. Shares are of the breed's own measures.

    Attributes:
        arch: how far the loin rises over the line from withers to croup, in loin depths. croup: how far the tail's
            root drops below it.
        tuck: how much higher than the rump's the belly is at the flank, in chest depths.
        stop: 0 a straight line from brow to nose, 1 a step. flews: how far the lips hang, in muzzle heights.
        cheek: 0 lean, 1 broad.
        fluff: m, how far long hair stands off at ruff, breeches and tail. wool: m, how far an even coat does all over.
        topknot: m, wool on the skull. cuff: m, hair round the lower legs. pompon: m, a ball of hair at the tail's end.
        brush: radius of the tail in its middle over that at its root. sweep: m, how far the tail's end curves up.
        head, throat: size of the drawn head and girth of the drawn neck over the physics'.
        bone: thickness of the legs over what the physics has.
        hair: m, length of the coat on the back; legs and face have less. curl: 0 smooth, 1 wool.
    """

    arch: float = 0.0
    croup: float = 0.1
    tuck: float = 0.1
    stop: float = 0.7
    flews: float = 0.12
    cheek: float = 0.6
    fluff: float = 0.0
    wool: float = 0.0
    topknot: float = 0.0
    cuff: float = 0.0
    pompon: float = 0.0
    brush: float = 1.0
    sweep: float = 0.02
    head: float = 1.0
    throat: float = 1.0
    bone: float = 1.0
    hair: float = 0.014
    curl: float = 0.0
