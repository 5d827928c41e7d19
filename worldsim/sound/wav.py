"""WAV files, 16-bit PCM or 32-bit float."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import OutputError


def write_wav(path: str | Path, samples: NDArray[np.float32], sample_rate: int = 48_000, *, pcm: bool = True) -> None:
    """Write (n, channels) samples, 1 = full scale.

    Args:
        path: the file; replaced when it is whole.
        samples: float.
        sample_rate: Hz.
        pcm: 16-bit, what every player reads; else 32-bit float.

    Raises:
        OutputError: it can't be written.
    """
    from scipy.io import wavfile

    data = np.round(np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16) if pcm else samples.astype(np.float32)
    path = Path(path)
    part = path.with_name(path.name + ".part")
    try:
        wavfile.write(part, sample_rate, data)
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}; give a file in a folder that can be written") from error
