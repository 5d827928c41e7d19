"""Takes: what happened in a world, in one file: scene, seed, inputs, and the state and contacts of every step."""

from __future__ import annotations

from worldsim.take.reader import Take
from worldsim.take.writer import TakeWriter

__all__ = ["Take", "TakeWriter"]
