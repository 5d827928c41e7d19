"""What a camera sees of the truth: the layers every renderer, metric and data set builds on. Data without behaviour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class GBuffer:
    """One frame, H pixels high and W wide, row 0 at the top. Layers are not anti-aliased; `color` is.

    Layers are the caller's to keep and change; some are columns of a wider array, so not contiguous in memory.

    Attributes:
        color: (H, W, 3) uint8, sRGB: the shaded picture.
        depth: (H, W) float32, m along the view axis; +inf where nothing is.
        normal: (H, W, 3) float32, unit, camera space (x right, y up, z towards the camera); 0 where nothing is.
        albedo: (H, W, 3) float32, linear RGB in [0, 1], without light; 0 where nothing is.
        roughness_metallic: (H, W, 2) float32 in [0, 1]; 0 where nothing is.
        motion: (H, W, 2) float32, pixels (x right, y down) from this frame BACK to the previous one: the surface at
            pixel p was at p + motion. The sky moves with the camera's rotation. 0 without a previous frame.
        instance: (H, W) int32, `Part.instance`; 0 is the background.
        class_id: (H, W) int32, index into `class_names`; 0 is the background.
        class_names: class_id → name; class_names[0] == "background".
        part: (H, W) int32, index of the part + 1 (a row of the snapshot's arrays); 0 is the background.
    """

    color: NDArray[np.uint8]
    depth: NDArray[np.float32]
    normal: NDArray[np.float32]
    albedo: NDArray[np.float32]
    roughness_metallic: NDArray[np.float32]
    motion: NDArray[np.float32]
    instance: NDArray[np.int32]
    class_id: NDArray[np.int32]
    class_names: tuple[str, ...]
    part: NDArray[np.int32]
