"""Blur of things out of focus and of things that move, from a sharp picture and what is true at each pixel.

Both are approximations from one picture: what stood behind a soft edge was never seen and is made up from what is
beside it. All colours are linear. This module knows nothing of cameras or worlds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[np.float32]

TILE = 16
"""px, squares over which the quickest motion is looked up."""
TAPS = 17
"""Places along its way that a moving pixel is looked at."""
STEP = 1.6
"""Ratio of neighbouring radii between which a pixel out of focus is shared out."""
SHARP = 0.5
"""px of radius that count as sharp."""


def blur_motion(colour: Floats, depth: Floats, way: Floats, most: float) -> Floats:
    """Return a picture whose things are smeared along their way.

    A gather along the quickest motion nearby, as in McGuire, Hennessy, Bukowski and Osman, A Reconstruction Filter for
    Plausible Motion Blur, 2012, with weights that make a plain mean where all moves alike: what moves in front covers
    what is behind, and stays behind what is in front of it.

    Args:
        colour: (H, W, 3).
        depth: (H, W) m, inf for the sky.
        way: (H, W, 2) px moved while the shutter is open.
        most: px, longer ways are cut to this.
    """
    height, width = depth.shape
    length = np.linalg.norm(way, axis=2)
    way = way * np.minimum(1.0, most / np.maximum(length, 1e-6))[..., None]
    length = np.minimum(length, most)
    quick = _quickest(way, length, -(-int(np.ceil(most)) // TILE))
    rows, columns = np.nonzero(np.linalg.norm(quick, axis=2) > 1.0)
    if not len(rows):
        return colour
    near = np.float32(1.0) / np.maximum(depth, 1e-3)
    along, own = quick[rows, columns], colour[rows, columns]
    mine = near[rows, columns], length[rows, columns]
    total, weight = np.zeros_like(own), np.zeros(len(rows), np.float32)
    # Each pixel looks at places of its own within a tap's step: even smears, not copies.
    jitter = (52.9829189 * ((0.06711056 * columns + 0.00583715 * rows) % 1.0) % 1.0 - 0.5) / TAPS
    for tap in range(TAPS):
        at = (tap + 0.5) / TAPS - 0.5 + jitter
        y = np.clip(np.rint(rows + at * along[:, 1]).astype(np.intp), 0, height - 1)
        x = np.clip(np.rint(columns + at * along[:, 0]).astype(np.intp), 0, width - 1)
        far = np.abs(at) * np.linalg.norm(along, axis=1)  # px from here
        theirs = near[y, x], length[y, x]
        ahead = np.clip((theirs[0] / np.maximum(mine[0], 1e-6) - 1) * 20 + 0.5, 0, 1)  # 5 % nearer is in front
        # What is in front comes by if it moves that far; what is behind is uncovered if this pixel does.
        share = ahead * _within(far, 0.5 * theirs[1]) + (1 - ahead) * _within(far, 0.5 * mine[1])
        share = (share / TAPS).astype(np.float32)
        total += colour[y, x] * share[:, None]
        weight += share
    out = colour.copy()
    out[rows, columns] = total + (1 - weight)[:, None] * own
    return out


def _within(far: NDArray, reach: NDArray) -> NDArray:
    """Return 1 well within a reach and 0 beyond it, both in px."""
    return np.clip(reach - far + 0.5, 0, 1)


def _quickest(way: Floats, length: Floats, around: int) -> Floats:
    """Return for each pixel the longest way (H, W, 2) in its tile and in those `around` it."""
    height, width = length.shape
    pad = (0, -height % TILE), (0, -width % TILE)
    tiles = np.pad(length, pad), np.pad(way, (*pad, (0, 0)))
    down, across = tiles[0].shape[0] // TILE, tiles[0].shape[1] // TILE
    lengths = tiles[0].reshape(down, TILE, across, TILE).swapaxes(1, 2).reshape(down, across, -1)
    ways = tiles[1].reshape(down, TILE, across, TILE, 2).swapaxes(1, 2).reshape(down, across, -1, 2)
    first = lengths.argmax(2)[..., None]
    best, longest = (
        np.take_along_axis(ways, first[..., None], 2)[:, :, 0],
        np.take_along_axis(lengths, first, 2)[..., 0],
    )
    side = np.arange(-around, around + 1)
    y = np.clip(np.arange(down)[:, None] + np.repeat(side, len(side)), 0, down - 1)  # (down, K)
    x = np.clip(np.arange(across)[:, None] + np.tile(side, len(side)), 0, across - 1)
    choice = longest[y[:, None], x[None]].argmax(2)
    k = np.arange(down)[:, None], np.arange(across)[None]
    best = best[y[k[0], choice], x[k[1], choice]]
    return np.repeat(np.repeat(best, TILE, 0), TILE, 1)[:height, :width].astype(np.float32)


def blur_depth(colour: Floats, radius: Floats) -> Floats:
    """Return a picture whose things out of focus are discs of light.

    It is taken apart by how far each pixel is out of focus, and every sheet is spread by its disc. From the farthest to
    what is in focus each is laid over those behind it; what is behind an edge is made up from what is beside it. What
    is nearer goes over all of that, together: sheets of one surface that comes nearer must not show what is behind.

    Args:
        colour: (H, W, 3).
        radius: (H, W) px of the disc that a point becomes, below 0 where it is nearer than what is in focus.
    """
    largest = float(np.abs(radius).max())
    if largest <= SHARP:
        return colour
    count = int(np.ceil(np.log(largest / SHARP) / np.log(STEP)))
    sizes = np.concatenate(([0.0], SHARP * STEP ** np.arange(count), [largest]))
    place = np.sign(radius) * np.interp(np.abs(radius), sizes, np.arange(len(sizes)))
    margin = int(np.ceil(largest)) + 1
    shape = tuple(fft.next_fast_len(n + 2 * margin, real=True) for n in radius.shape)

    def sheet(number: int) -> Floats | None:
        share = np.clip(1 - np.abs(place - number), 0, 1).astype(np.float32)[..., None]
        if not share.any():
            return None
        whole = np.concatenate((colour * share, share), 2)
        return whole if abs(number) < 2 else _spread(whole, float(sizes[abs(number)]), margin, shape)

    done = np.zeros((*radius.shape, 4), np.float32)
    for number in range(len(sizes) - 1, -1, -1):
        over = sheet(number)
        if over is not None:
            done = over + (1 - np.clip(over[..., 3:], 0, 1)) * done
    near = [found for number in range(1, len(sizes)) if (found := sheet(-number)) is not None]
    if not near:
        return _whole(done)
    front = np.sum(near, 0)
    front /= np.maximum(front[..., 3:], 1.0)
    made_up = _whole(_spread(done, largest, margin, shape))
    known = np.clip(done[..., 3:], 0, 1)
    behind = np.where(known > 0.5, _whole(done), made_up)
    return np.asarray(front[..., :3] + (1 - front[..., 3:]) * behind, np.float32)


def _whole(sheet: Floats) -> Floats:
    """Return the colour (H, W, 3) of what a sheet (H, W, 4) has of it, as if it had all."""
    return np.asarray(np.maximum(sheet[..., :3], 0) / np.maximum(sheet[..., 3:], np.float32(1e-4)), np.float32)


def _spread(sheet: Floats, radius: float, margin: int, shape: tuple[int, ...]) -> Floats:
    """Return a sheet (H, W, 4) with every pixel spread over a disc; the picture's edge goes on outside it."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    kernel = np.zeros(shape, np.float32)
    kernel[: len(disc), : len(disc)] = disc / disc.sum()
    padded = np.pad(sheet, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    spectrum = fft.rfft2(padded, shape, axes=(0, 1)) * fft.rfft2(kernel)[..., None]
    whole = fft.irfft2(spectrum, shape, axes=(0, 1))
    at = margin + reach
    return np.asarray(whole[at : at + sheet.shape[0], at : at + sheet.shape[1]], np.float32)
