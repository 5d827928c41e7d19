"""H.264 video with AAC sound in one mp4, written while it happens. Memory does not grow with its length.

Until `close`, the file is `NAME.part`: a fragmented mp4 that plays whatever happens, short of its last frames (at most
26 measured). On `close` its streams are copied into an mp4 with the index first, which takes the name at once.
Identical frames give identical bytes. Knows nothing of worlds.

Container flags and their effect on the alignment of sound and picture were measured with PyAV 18: `empty_moov` (the
usual advice) shifts the sound by 45 ms under B-frames, `delay_moov` by none.
"""

from __future__ import annotations

import contextlib
import platform
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worldsim.errors import ClosedError, OutputError
from worldsim.output import WholeFile, check_place, failed, part_of
from worldsim.record.remux import remux, timescale
from worldsim.record.sound_track import BITRATE, SoundTrack
from worldsim.record.writer import WholeSound

GOP = 15
"""Frames from one key frame, and so one fragment, to the next."""
THREADS = 1
"""Of the encoder. With two, 2 of some 800 files of the same frames had other bytes; with one, none of 210."""
STEADY = "asm=sse42" if platform.machine() in ("x86_64", "AMD64") else ""
"""x264's parameters: on x86, no AVX-512, whose macroblock tree (in PyAV 18) gives other bytes from run to run.

SSE 4.2, which every such processor since 2009 has, costs a tenth of the encoder's speed.
"""
BT709 = 1
"""The number of ITU-R BT.709 in ISO/IEC 23091-2, for primaries, transfer and matrix alike."""


class VideoWriter:
    """An mp4 being written. Use it in a `with` block, which finishes the file even when the block is left by an error.

    Attributes:
        path: the finished file. part: where it is until then.
        size: (width, height) of the frames it takes. coded_size: what the file holds: odd sides are made even by
            repeating the last row or column.
        fps: frames a second. frames: how many there are so far. samples: of sound so far.
        takes_sound: whether there is a sound track.
    """

    def __init__(
        self,
        path: Path | str,
        size: tuple[int, int],
        fps: int | Fraction = 30,
        sample_rate: int | None = None,
        channels: int = 2,
        *,
        crf: float = 18.0,
        preset: str = "veryfast",
        bitrate: int = BITRATE,
    ) -> None:
        """Start a file.

        Args:
            path: NAME.mp4 (.m4v and .mov work too).
            size: (width, height) in pixels, each side at least 2.
            fps: frames a second; a fraction such as 30000/1001 is exact.
            sample_rate: Hz of the sound, or None for a file without sound.
            channels: 1 or 2.
            crf: x264's constant quality, 0 … 51; smaller is better, 18 is hard to tell from the original.
            preset: x264's, "ultrafast" … "veryslow": slower is smaller.
            bitrate: bit/s of the sound.

        Raises:
            OutputError: a file can't be written there, or PyAV's FFmpeg has no H.264 encoder.
            ValueError: a size, rate, quality or number of channels that makes no sense.
        """
        import av
        import av.error

        width, height = size
        if not (2 <= width <= 16384 and 2 <= height <= 16384):
            raise ValueError(f"a video of {width}×{height} pixels was asked for; each side must be 2 to 16384")
        if fps <= 0 or channels not in (1, 2) or not 0 <= crf <= 51:
            raise ValueError(f"fps {fps} must be > 0, channels {channels} 1 or 2, crf {crf} from 0 to 51")
        self.path = check_place(Path(path))
        self.part = part_of(self.path)
        self.size = (width, height)
        self.coded_size = (width + width % 2, height + height % 2)
        self.fps = Fraction(fps)
        self.frames = self.samples = 0
        self._sample_rate, self._channels = sample_rate, channels
        self._whole: WholeSound | None = None
        self._state = "open"
        try:
            self._file = WholeFile(self.part)
        except OSError as error:
            raise failed(self.path, error) from None
        try:
            self._container: Any = av.open(
                self._file,
                "w",
                format="mp4",
                options={
                    "movflags": "frag_keyframe+delay_moov+default_base_moof",
                    "flush_packets": "1",
                    "fflags": "+bitexact",
                    "movie_timescale": str(timescale(self.fps, sample_rate)),
                },
            )
            self._video = self._video_stream(crf, preset)
            self._audio = (
                SoundTrack(self._container, sample_rate, channels, bitrate, self._mux) if sample_rate else None
            )
        except (av.error.FFmpegError, ValueError) as error:
            self._discard()
            raise OutputError(f"{self.path}: the video encoder can't be set up: {error}") from None
        except BaseException:
            self._discard()
            raise

    @property
    def takes_sound(self) -> bool:
        """Whether there is a sound track."""
        return self._audio is not None

    def frame(self, pixels: ArrayLike) -> None:
        """Add a frame, (H, W, 3) uint8 sRGB; frame k is shown from k/fps to (k + 1)/fps.

        Raises:
            ValueError: another shape or dtype.
            OutputError: it can't be written; what came before is kept in `part`.
        """
        import av

        self._open()
        picture = np.asarray(pixels)
        if picture.shape != (self.size[1], self.size[0], 3) or picture.dtype != np.uint8:
            raise ValueError(
                f"a frame of {self.path.name} has shape {picture.shape} and dtype {picture.dtype}; "
                f"expected ({self.size[1]}, {self.size[0]}, 3) uint8"
            )
        if self.coded_size != self.size:
            missing = [(0, self.coded_size[k] - self.size[k]) for k in (1, 0)]
            picture = np.pad(picture, (*missing, (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=BT709, src_color_range=2, dst_color_range=1, threads=1)
        frame.pts, frame.time_base = self.frames, 1 / self.fps
        self._mux(self._video, frame)
        self.frames += 1

    def audio(self, samples: ArrayLike) -> None:
        """Add sound: (n, channels) float32 in [-1, 1]; sample k sounds at k/sample_rate.

        Raises:
            ValueError: the file has no sound track, another shape, or NaN.
            OutputError: as `frame`.
        """
        self._open()
        if self._audio is None:
            raise ValueError(f"{self.path.name} was opened without a sample rate: it has no sound track")
        block = np.asarray(samples, np.float32)
        if block.ndim != 2 or block.shape[1] != self._channels or not np.isfinite(block).all():
            raise ValueError(
                f"sound has shape {block.shape}; expected (samples, {self._channels}) of finite numbers in [-1, 1]"
            )
        self.samples += len(block)
        self._audio.add(block)

    def remaster(self, whole: WholeSound) -> None:
        """Have the sound replaced on `close` by what can be known at the end only, such as its loudness.

        Args:
            whole: from the number of samples of the film to blocks, (n, channels) float32 in [-1, 1].
        """
        if self._audio is not None:
            self._whole = whole

    def close(self) -> None:
        """Finish the file; a second call does nothing. Sound is padded with silence, or cut, to the picture's length.

        Raises:
            OutputError: no frame was given, or the disk is full; what could be written is kept in `part`.
        """
        if self._state != "open":
            return
        self._state = "closed"
        if self.frames == 0:
            self._discard()
            raise OutputError(f"{self.path}: nothing was recorded, so no file was written")
        samples = round(self.frames * (self._sample_rate or 0) / self.fps)
        if self._audio is not None:
            self._audio.finish(samples)
        for stream in (self._video, self._audio.stream if self._audio is not None else None):
            if stream is not None:
                self._mux(stream, None)
        try:
            self._container.close()
        except (OSError, RuntimeError) as error:
            raise self._cut_off(error) from None
        self._file.close()
        whole = self._whole(samples) if self._whole is not None else None
        remux(self.part, self.path, timescale(self.fps, self._sample_rate), whole)

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        if self._state == "open":
            self._state = "closed"
            self._discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.frames == 0 and kind is not None:
            self.abort()
        else:
            self.close()

    # ---- inside

    def _open(self) -> None:
        if self._state != "open":
            raise ClosedError(f"{self.path.name} is closed: start a new VideoWriter")

    def _video_stream(self, crf: float, preset: str) -> Any:
        stream = self._container.add_stream("libx264", rate=self.fps)
        stream.width, stream.height = self.coded_size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = 1 / self.fps
        context.gop_size = GOP
        context.thread_count = THREADS
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = 1  # limited: 16 … 235
        stream.options = {
            "crf": str(crf),
            "preset": preset,
            "sc_threshold": "0",
            "flags": "+bitexact",
            "x264-params": STEADY,
        }
        return stream

    def _mux(self, stream: Any, frame: Any) -> None:
        try:
            for packet in stream.encode(frame):
                self._container.mux(packet)
        except (OSError, RuntimeError) as error:  # PyAV's error for a failed write is either
            raise self._cut_off(error) from None

    def _cut_off(self, error: Exception) -> Exception:
        """Let go of the file, keep the part, and return what to say."""
        self._state = "closed"
        with contextlib.suppress(OSError, RuntimeError):
            self._container.close()
        self._file.close()
        cause = self._file.failure or error
        if not isinstance(cause, OSError):
            return error
        seconds = float(self.frames / self.fps)
        return failed(
            self.path,
            cause,
            f"of {self.frames} frames ({seconds:.1f} s) all but the last second are kept in {self.part}, which "
            f"plays as it is (finish it with: worldsim record --recover {self.part})",
        )

    def _discard(self) -> None:
        self._state = "closed"
        container = getattr(self, "_container", None)
        if container is not None:
            with contextlib.suppress(OSError, RuntimeError):
                container.close()
        self._file.close()
        self.part.unlink(missing_ok=True)


def read_frames(path: Path | str) -> NDArray[np.uint8]:
    """Return all frames of a short video, (F, H, W, 3) uint8: for looking at what was written."""
    import av

    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
