"""Mask mIoU and centroid error: can the things be found again in the picture alone, where they should be?

The picture is cut into regions by its pixels only (`segment.py`); then each region is given to the thing that it covers
most of, and the union of a thing's regions is compared with its true mask. So a boundary that the picture does not show
costs, and so does one in the wrong place. Published figures use a pretrained segmenter: theirs and these don't compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.render.metrics.segment import segments

SMALLEST = 40
"""px: a thing of less area in the picture is left out: anti-aliasing alone would decide."""


@dataclass(frozen=True)
class MaskScore:
    """How well things are found.

    Attributes:
        iou: intersection over union of each thing, by its number. centroid: px between true and found centre of each
            thing that was found. Things that take up no region have IoU 0 and no centroid.
    """

    iou: dict[int, float]
    centroid: dict[int, float]

    @property
    def mean_iou(self) -> float | None:
        """Mean over the things; None where there is none."""
        return float(np.mean([*self.iou.values()])) if self.iou else None

    @property
    def mean_centroid(self) -> float | None:
        """Mean over the things found, px; None where there is none."""
        return float(np.mean([*self.centroid.values()])) if self.centroid else None


def mask_score(picture: NDArray[np.uint8], labels: NDArray[np.integer], smallest: int = SMALLEST) -> MaskScore:
    """Return how well the things of a label map are found in a picture.

    Args:
        picture: (H, W, 3) uint8.
        labels: (H, W) which thing is where; every number counts, the background's too.
        smallest: px, least area of a thing that counts.
    """
    return region_score(segments(picture), labels, smallest)


def region_score(regions: NDArray[np.integer], labels: NDArray[np.integer], smallest: int = SMALLEST) -> MaskScore:
    """Return how well regions (H, W), numbered from 0, make up the things of a label map (H, W)."""
    numbers, dense = np.unique(labels, return_inverse=True)
    dense = dense.reshape(labels.shape)
    table = np.zeros((int(regions.max()) + 1, len(numbers)), np.int64)
    np.add.at(table, (regions.ravel(), dense.ravel()), 1)
    found = table.argmax(1)[regions]
    true_area, found_area = table.sum(0), np.bincount(found.ravel(), minlength=len(numbers))
    common = np.bincount(dense[found == dense], minlength=len(numbers))
    iou: dict[int, float] = {}
    centroid: dict[int, float] = {}
    for place, number in enumerate(numbers.tolist()):
        if true_area[place] < smallest:
            continue
        iou[number] = float(common[place] / (true_area[place] + found_area[place] - common[place]))
        if found_area[place]:
            apart = np.argwhere(dense == place).mean(0) - np.argwhere(found == place).mean(0)
            centroid[number] = float(np.hypot(*apart))
    return MaskScore(iou, centroid)
