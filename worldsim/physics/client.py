"""One PyBullet connection. The only module that imports pybullet; it knows nothing of scenes or actors.

PyBullet's functions take `physicsClientId`, 0 by default, so that forgetting it once corrupts another world. Here the
id is bound: `client.stepSimulation()` can't reach a foreign world. A client belongs to the process that made it: a
forked child must not disconnect its parent's.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from typing import Any

from worldsim.errors import ClosedError


@contextlib.contextmanager
def silence(descriptor: int = 1) -> Iterator[None]:
    """Send a file descriptor to nowhere: PyBullet's C code prints to 2 at import and to 1 while it loads files."""
    sys.stdout.flush()
    try:
        saved = os.dup(descriptor)
    except OSError:  # it is closed: nothing to silence
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, descriptor)
        yield
    finally:
        os.dup2(saved, descriptor)
        os.close(saved)
        os.close(nowhere)


@functools.cache
def bullet() -> Any:
    """Return the pybullet module, imported at the first call without its greeting."""
    with silence(1), silence(2):
        import pybullet

    return pybullet


class Client:
    """A headless PyBullet world whose functions are attributes: `client.getNumBodies()`; constants too."""

    def __init__(self) -> None:
        """Connect; raises RuntimeError where PyBullet has no connection left (1 024 a process)."""
        self._bullet = bullet()
        self._pid = os.getpid()
        self._id = self._bullet.connect(self._bullet.DIRECT)
        if self._id < 0:
            raise RuntimeError("PyBullet has no connection left: close() worlds that are no longer used")

    def __getattr__(self, name: str) -> Any:
        """Bind a PyBullet function to this connection; the bound function is kept for the next call."""
        if name.startswith("_"):
            raise AttributeError(name)
        if self._id < 0:
            raise ClosedError("this world is closed")
        value = getattr(self._bullet, name)
        if callable(value):
            value = functools.partial(value, physicsClientId=self._id)
        setattr(self, name, value)
        return value

    def close(self) -> None:
        """Disconnect; a second call, or one from a forked child, does nothing."""
        if self._id >= 0 and self._pid == os.getpid():
            self._bullet.disconnect(physicsClientId=self._id)
        for name in [name for name in self.__dict__ if not name.startswith("_")]:
            delattr(self, name)
        self._id = -1
