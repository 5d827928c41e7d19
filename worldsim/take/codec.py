"""Tables of exact numbers into few bytes and back: nothing is rounded.

States change little from one physics step to the next and most columns (things at rest) not at all. So: the first row
as it is, the columns that ever change, their rows XORed with the row before, the bytes of equal significance side by
side, zlib level 1. Knows nothing of takes.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 1
"""zlib's quickest: level 6 made takes of falling dominoes 4 % smaller and took four times as long."""
SHAPE = struct.Struct("<III")


class CodecError(ValueError):
    """Bytes that this module did not write."""


def pack_rows(rows: NDArray[np.float64]) -> bytes:
    """Return (n, k) float64 as bytes; n >= 0, every bit kept, NaN and -0.0 too."""
    n, k = rows.shape
    bits = np.ascontiguousarray(rows).view(np.uint64)
    if n == 0:
        return SHAPE.pack(0, k, 0)
    changed = (bits[1:] != bits[:-1]).any(axis=0)
    moving = bits[:, changed]
    delta = moving[1:] ^ moving[:-1]
    head = bits[0].tobytes() + np.packbits(changed).tobytes()
    return SHAPE.pack(n, k, delta.shape[1]) + zlib.compress(head + _planes(delta), LEVEL)


def unpack_rows(data: bytes) -> NDArray[np.float64]:
    """Return what `pack_rows` took: (n, k) float64, not writeable.

    Raises:
        CodecError: these are not its bytes.
    """
    n, k, moving = _unpack(SHAPE, data)
    if n == 0:
        return _fixed(np.empty((0, k)))
    mask = (k + 7) // 8
    size = 8 * k + mask + 8 * moving * (n - 1)
    raw = _inflate(data[SHAPE.size :], size)
    first = np.frombuffer(raw, np.uint64, k)
    changed = np.unpackbits(np.frombuffer(raw, np.uint8, mask, 8 * k), count=k).astype(bool)
    if changed.sum() != moving:
        raise CodecError("the table of changes does not fit")
    bits = np.empty((n, k), np.uint64)
    bits[:] = first
    if moving:
        delta = _unplanes(raw[8 * k + mask :], n - 1, moving)
        table = np.concatenate([first[changed][None], delta])
        bits[:, changed] = np.bitwise_xor.accumulate(table, axis=0)
    return _fixed(bits.view(np.float64))


def pack_records(rows: NDArray[Any]) -> bytes:
    """Return a structured array (n,) as bytes: columns of bytes, zlib."""
    n = len(rows)
    if n == 0:
        return SHAPE.pack(0, rows.dtype.itemsize, 0)
    raw = np.ascontiguousarray(rows).view(np.uint8).reshape(n, rows.dtype.itemsize)
    return SHAPE.pack(n, rows.dtype.itemsize, 0) + zlib.compress(raw.T.tobytes(), LEVEL)


def unpack_records(data: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return what `pack_records` took: (n,) of that dtype, not writeable.

    Raises:
        CodecError: these are not its bytes, or were of another dtype.
    """
    n, width, _ = _unpack(SHAPE, data)
    if width != dtype.itemsize:
        raise CodecError(f"records of {width} bytes, expected {dtype.itemsize}")
    if n == 0:
        return _fixed(np.empty(0, dtype))
    raw = np.frombuffer(_inflate(data[SHAPE.size :], n * width), np.uint8)
    return _fixed(np.ascontiguousarray(raw.reshape(width, n).T).view(dtype).reshape(n))


def join(parts: list[bytes]) -> bytes:
    """Return several byte strings as one, each with its length."""
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def split(data: bytes, count: int) -> list[bytes]:
    """Return what `join` took.

    Raises:
        CodecError: these are not `count` parts.
    """
    parts, place = [], 0
    for _ in range(count):
        (size,) = _unpack(struct.Struct("<I"), data[place : place + 4])
        parts.append(data[place + 4 : place + 4 + size])
        place += 4 + size
    if place != len(data):
        raise CodecError("the parts do not fit")
    return parts


def _planes(values: NDArray[np.uint64]) -> bytes:
    """Return the most significant bytes of all, then the next ones …, each column's rows in a row."""
    return np.ascontiguousarray(values.T).view(np.uint8).reshape(-1, 8).T.tobytes()


def _unplanes(data: bytes, n: int, k: int) -> NDArray[np.uint64]:
    planes = np.frombuffer(data, np.uint8).reshape(8, n * k)
    return np.ascontiguousarray(planes.T).view(np.uint64).reshape(k, n).T


def _inflate(data: bytes, size: int) -> bytes:
    """Decompress to exactly `size` bytes, never to more."""
    worker = zlib.decompressobj()
    try:
        raw = worker.decompress(data, size + 1)
    except zlib.error as error:
        raise CodecError(str(error)) from None
    if len(raw) != size:
        raise CodecError(f"{len(raw)} bytes, expected {size}")
    return raw


def _unpack(shape: struct.Struct, data: bytes) -> tuple[int, ...]:
    try:
        return shape.unpack(data[: shape.size])
    except struct.error as error:
        raise CodecError(str(error)) from None


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
