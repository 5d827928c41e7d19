"""worldsim: a scene file becomes a physical world, its truth becomes footage; people, policies and scripts act in it."""

from __future__ import annotations

__version__ = "0.1.0"
