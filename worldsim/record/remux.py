"""A fragmented mp4 into its final form: the index first, so that players start at once. Streams are copied, not coded.

`recover` does the same for what a crash left behind. Knows nothing of pictures.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import OutputError
from worldsim.output import PART, failed, part_of, publish
from worldsim.record.sound_track import BITRATE, SoundTrack


@dataclass(frozen=True)
class Recovered:
    """What was saved of a recording that was cut off: the file, its frames, its length in s."""

    path: Path
    frames: int
    seconds: float


def timescale(fps: Fraction, sample_rate: int | None) -> int:
    """Return the ticks a second in which frames and samples both last whole numbers: lengths are then exact."""
    return math.lcm(fps.numerator, sample_rate or 48_000)


def remux(
    part: Path, path: Path, ticks: int | None = None, sound: Iterator[NDArray[np.float32]] | None = None
) -> tuple[int, Fraction]:
    """Copy the whole fragments of `part` to `path`, index first; `path` appears complete or not at all.

    Args:
        part: a fragmented mp4, perhaps cut off.
        path: the file to make of it.
        ticks: a second of the file's clock, see `timescale`; found from the streams where it is not given.
        sound: that takes the place of the sound that is there, as blocks of (n, channels) float32 in [-1, 1].

    Returns:
        The number of video frames copied, and the length in s.

    Raises:
        OutputError: the copy can't be written, or nothing in `part` can be read; `part` is still there.
    """
    import av
    import av.error

    finishing = path.with_name(path.name + ".finishing")
    try:
        frames, seconds = _copy(part, finishing, ticks, sound)
        if frames == 0:
            raise OutputError(f"{part} holds no whole frame, so nothing can be saved of it: remove it")
        publish(finishing, path)
    except (av.error.InvalidDataError, av.error.EOFError):
        raise OutputError(f"{part} holds no readable video (cut off within its first second?): remove it") from None
    except OSError as error:
        raise failed(path, error, f"all frames are kept in {part}, which plays as it is") from None
    finally:
        finishing.unlink(missing_ok=True)
    part.unlink(missing_ok=True)
    return frames, seconds


def _copy(
    part: Path, goal: Path, ticks: int | None, sound: Iterator[NDArray[np.float32]] | None
) -> tuple[int, Fraction]:
    import av
    import av.error

    packet: Any
    frames, end = 0, Fraction(0)
    with ExitStack() as stack:
        file = stack.enter_context(_Beginning(part))
        source: Any = stack.enter_context(av.open(file, format="mp4"))
        if not source.streams.video or any(stream.codec_context is None for stream in source.streams):
            return 0, end  # cut off within the header
        if ticks is None:
            rates = [stream.rate for stream in source.streams.audio]
            ticks = timescale(Fraction(source.streams.video[0].average_rate or 30), rates[0] if rates else None)
        target = stack.enter_context(_output(goal, ticks))
        track: SoundTrack | None = None
        streams = {}
        for stream in source.streams:
            if stream.type == "audio" and sound is not None:

                def mux(stream: Any, frame: Any) -> None:
                    for packet in stream.encode(frame):
                        target.mux(packet)

                track = SoundTrack(target, stream.rate, stream.codec_context.channels, BITRATE, mux)
                continue
            streams[stream.index] = target.add_stream_from_template(stream)
            streams[stream.index].time_base = stream.time_base
        packets = source.demux([stream for stream in source.streams if stream.index in streams])
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:  # the last fragment is cut off: what came before is whole
                break
            if packet is None:
                break
            if packet.dts is None or packet.is_corrupt:
                continue
            if packet.stream.type == "video":
                frames += 1
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.stream.time_base)
            if track is not None and sound is not None:
                _sound_until(packet.pts * packet.stream.time_base, track, sound)
            packet.stream = streams[packet.stream.index]
            target.mux(packet)
        if track is not None and sound is not None:
            for block in sound:
                track.add(block)
            track.end()
    return frames, end


def _sound_until(time: Fraction, track: SoundTrack, sound: Iterator[NDArray[np.float32]]) -> None:
    """Write sound up to a time in s, so that it lies in the file where its picture does."""
    while track.encoded < time * track.sample_rate:
        block = next(sound, None)
        if block is None:
            return
        track.add(block)


class _Beginning(io.FileIO):
    """A fragmented mp4 up to its last usable byte: FFmpeg refuses the whole file for a box list that is cut off.

    Media data (`mdat`) may be cut off: the frames before are whole.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        size, place = path.stat().st_size, 0
        while place + 8 <= size:
            super().seek(place)
            head = super().read(16) or b""
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if length < 8 or (place + length > size and kind != b"mdat"):
                break
            place += length
        self._size = min(place, size)
        super().seek(0)

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._size - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left)) or b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return super().seek(self._size + offset) if whence == 2 else super().seek(offset, whence)


def _output(goal: Path, ticks: int) -> Any:
    import av

    options = {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": str(ticks)}
    return av.open(str(goal), "w", format="mp4", options=options)


def recover(path: Path | str) -> Recovered:
    """Finish a recording that was cut off by a crash.

    Args:
        path: NAME.part as it was left, or the NAME that it should have become.

    Raises:
        OutputError: there is no such file, or nothing in it can be saved.
    """
    path = Path(path)
    part = path if path.name.endswith(PART) else part_of(path)
    goal = part.with_name(part.name.removesuffix(PART))
    if not part.is_file():
        near = sorted(p.name for p in path.parent.glob(f"*{PART}")) if path.parent.is_dir() else []
        there = f"; there: {', '.join(near)}" if near else ""
        raise OutputError(f"{part} is not there: nothing to recover{there}")
    if goal.suffix.lower() == ".take":
        return _recover_take(part, goal)
    frames, seconds = remux(part, goal)
    return Recovered(goal, frames, float(seconds))


def _recover_take(part: Path, goal: Path) -> Recovered:
    from worldsim.take import Take

    with Take.open(part) as take:
        periods, seconds = len(take), take.seconds
    publish(part, goal)
    return Recovered(goal, periods, seconds)
