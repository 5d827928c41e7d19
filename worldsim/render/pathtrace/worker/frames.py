"""Messages between worldsim and the process that traces: a JSON object and raw bytes, one after the other on a pipe.

A message is two little-endian 32-bit lengths, the JSON text in UTF-8, the bytes. Both sides use this file: it knows
nothing of Blender and nothing of worldsim.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

HEAD = struct.Struct("<II")


class BrokenPipeline(EOFError):
    """The other side went away in the middle of a message, or before one."""


def send(pipe: IO[bytes], message: dict[str, Any], data: bytes = b"") -> None:
    """Write one message and flush it."""
    text = json.dumps(message).encode()
    pipe.write(HEAD.pack(len(text), len(data)) + text)
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Read one message.

    Raises:
        BrokenPipeline: the pipe ended.
    """
    lengths = HEAD.unpack(_exactly(pipe, HEAD.size))
    text = _exactly(pipe, lengths[0])
    message: dict[str, Any] = json.loads(text)
    return message, _exactly(pipe, lengths[1])


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    """Read that many bytes."""
    parts = []
    while count:
        part = pipe.read(count)
        if not part:
            raise BrokenPipeline("the pipe ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
