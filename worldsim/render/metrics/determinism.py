"""Determinism: are two films of the same take the same to the byte? Near is not enough."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def fingerprint(frames: Iterable[NDArray]) -> str:
    """Return the SHA-256 (hexadecimal) of frames in order: their shapes, types and bytes."""
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(f"{frame.shape} {frame.dtype.str} ".encode())
        digest.update(np.ascontiguousarray(frame).tobytes())
    return digest.hexdigest()


def first_difference(frames: Iterable[NDArray], others: Iterable[NDArray]) -> int | None:
    """Return the number of the first frame that is not the same in both, or None where all are.

    A film that ends earlier differs at its end.
    """
    missing = object()
    for number, (a, b) in enumerate(_pairs(frames, others, missing)):
        if a is missing or b is missing or a.shape != b.shape or a.dtype != b.dtype or not np.array_equal(a, b):
            return number
    return None


def _pairs(frames: Iterable[NDArray], others: Iterable[NDArray], fill: object) -> Iterable[tuple]:
    from itertools import zip_longest

    return zip_longest(frames, others, fillvalue=fill)
