"""The patterns behind the procedural textures: one function each, from periodic noise, cells and strokes to a `Tile`.

Axis 0 of every array runs across the grain, axis 1 along it. Every pattern repeats without a seam and is the same on
every machine. It knows nothing of colours, OpenGL or scenes. It is long because it is a list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from worldsim.render.noise import spectral_noise

Floats = NDArray[np.float64]

SIDE = 512
"""Texels of a tile's edge."""


@dataclass(frozen=True)
class Tile:
    """One square of a texture; it repeats in both directions.

    Attributes:
        blend: (S, S) in [0, 1]: 0 is the material's first colour, 1 its second.
        height: (S, S) in texels: the relief that the light plays on.
        cavity: (S, S) in [0, 1]: 1 is open to the sky, 0 a deep crack.
    """

    blend: Floats
    height: Floats
    cavity: Floats


def noise(slope: float, seed: int, low: int = 1, high: int = 100_000, stretch: float = 1.0) -> Floats:
    """Return `spectral_noise` of a tile's size: mean 0, deviation 1."""
    return spectral_noise(SIDE, slope, seed, low, high, stretch)


def unit(field: Floats, width: float = 2.2) -> Floats:
    """Map a field of deviation 1 to [0, 1]: ±width deviations fill the range."""
    return np.clip(0.5 + field / (2 * width), 0.0, 1.0)


def ramp(field: Floats, low: float, high: float) -> Floats:
    """Return 0 below `low`, 1 above `high`, smooth between (high may be below low)."""
    t = np.clip((field - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def blur(field: Floats, sigma: float) -> Floats:
    """Return a field blurred over the seams; sigma in texels."""
    return np.asarray(ndimage.gaussian_filter(field, sigma, mode="wrap"))


def axes() -> tuple[Floats, Floats]:
    """Return (v, u) in [0, 1): across and along, at the texels' centres."""
    c = (np.arange(SIDE) + 0.5) / SIDE
    v, u = np.meshgrid(c, c, indexing="ij")
    return v, u


def cells(count: int, seed: int, jitter: float = 0.9) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return the distances to the nearest and second nearest of about `count` scattered points, in cells, and which.

    The points lie on a jittered grid (Worley 1996); the number of a cell is in [0, count).
    """
    rng = np.random.default_rng([seed, count])
    n = max(2, round(count**0.5))
    grid = np.stack(np.meshgrid(np.arange(n), np.arange(n), indexing="ij"), -1).reshape(-1, 2)
    points = (grid + 0.5 + jitter * (rng.random(grid.shape) - 0.5)) / n % 1.0
    v, u = axes()
    near, which = cKDTree(points, boxsize=1.0).query(np.stack([v.ravel(), u.ravel()], 1), k=2)
    return near[:, 0].reshape(v.shape) * n, near[:, 1].reshape(v.shape) * n, which[:, 0].reshape(v.shape)


def strokes(count: int, length: float, width: float, seed: int, spread: float, bend: float) -> tuple[Floats, Floats]:
    """Return what `count` blades or hairs leave on a tile: height in [0, 1] and a random shade in [0, 1] of each.

    Args:
        count: how many.
        length: texels, mean.
        width: texels, mean.
        seed: of their places.
        spread: rad, deviation of their direction from the grain; 3 or more is every direction.
        bend: rad, how far a stroke curves over its length.
    """
    rng = np.random.default_rng([seed, count])
    steps = int(length * 1.6)
    start = rng.random((count, 2)) * SIDE
    heading = rng.normal(0, spread, count)
    curve = rng.normal(0, bend, count)
    size = length * rng.uniform(0.6, 1.4, count)
    shade = rng.random(count)
    top = rng.uniform(0.55, 1.0, count)
    t = np.linspace(0, 1, steps)[None]
    angle = heading[:, None] + curve[:, None] * t
    ds = size[:, None] / steps
    v = start[:, :1] + np.cumsum(np.sin(angle) * ds, 1)
    u = start[:, 1:] + np.cumsum(np.cos(angle) * ds, 1)
    height = np.zeros((SIDE, SIDE))
    tone = np.full((SIDE, SIDE), 0.5)
    rise = top[:, None] * np.sin(np.pi * np.clip(0.08 + 0.72 * t, 0, 1)) ** 0.7
    for offset in np.arange(-width / 2, width / 2 + 0.5, 0.7):
        # Across a stroke: a rounded back, and a tip that narrows.
        fall = 1 - (2 * offset / (width + 1)) ** 2
        keep = np.abs(offset) <= 0.5 * width * (1.15 - t) + 0.4
        keep = np.broadcast_to(keep, v.shape).ravel()
        i = np.floor(v + np.cos(angle) * offset).astype(np.int64).ravel()[keep] % SIDE
        j = np.floor(u - np.sin(angle) * offset).astype(np.int64).ravel()[keep] % SIDE
        h = np.broadcast_to(rise * (0.75 + 0.25 * fall), v.shape).ravel()[keep]
        s = np.broadcast_to(shade[:, None], v.shape).ravel()[keep]
        np.maximum.at(height, (i, j), h)
        on_top = height[i, j] == h
        tone[i[on_top], j[on_top]] = s[on_top]
    return height, tone


def plain() -> Tile:
    """Nothing at all: the first colour, even and smooth."""
    flat = np.zeros((SIDE, SIDE))
    return Tile(flat, flat, np.ones((SIDE, SIDE)))


def patches() -> Tile:
    """Slow noise that other textures are varied with."""
    flat = np.zeros((SIDE, SIDE))
    return Tile(unit(noise(-1.25, 1, low=2)), flat, np.ones((SIDE, SIDE)))


def grass() -> Tile:
    """A lawn from above: blades in every direction over dark roots."""
    height, tone = strokes(15000, 34.0, 3.0, 3, 4.0, 0.9)
    soft = blur(height, 0.6)
    depth = ramp(blur(height, 1.2), 0.15, 0.85)
    tufts = noise(-1.5, 4, low=3)
    blend = np.clip(0.18 + 0.55 * (tone - 0.4) + 0.28 * soft + 0.10 * tufts, 0, 1)
    return Tile(blend, 2.6 * soft, 0.22 + 0.78 * depth)


def leaves() -> Tile:
    """Foliage from outside: leaves of many tones in clusters, deep shade between the clusters."""
    near, second, which = cells(3600, 11, jitter=1.0)
    rng = np.random.default_rng(12)
    tone, leaf = rng.random(3600)[which], ramp(second - near, 0.0, 0.35)
    mass = 0.75 * noise(-1.2, 13, low=4, high=80) + 0.45 * noise(-0.6, 14, low=20) + 0.5 * (leaf - 0.6)
    cluster = ramp(mass, -1.0, 0.5)
    blend = np.clip(0.05 + 0.6 * cluster * (0.3 + tone) + 0.14 * np.maximum(mass, 0), 0, 1)
    return Tile(blend, 5.0 * blur(mass, 1.5) + 2.0 * leaf, 0.10 + 0.90 * cluster)


def fur() -> Tile:
    """Hair along the grain: fine strokes and streaks of tint."""
    height, tone = strokes(9000, 52.0, 2.2, 7, 0.16, 0.25)
    soft = blur(height, 0.6)
    streaks = noise(-1.2, 8, low=2, stretch=0.25)
    blend = np.clip(0.22 + 0.40 * (tone - 0.5) + 0.14 * streaks + 0.25 * (0.8 - soft), 0, 1)
    return Tile(blend, 1.4 * soft, 0.55 + 0.45 * ramp(soft, 0.2, 0.9))


def wool() -> Tile:
    """Curls every way: locks that turn round once or more, the outer over the inner."""
    height, tone = strokes(1300, 120.0, 13.0, 9, 3.2, 7.5)
    soft = blur(height, 1.6)
    tufts = noise(-1.5, 10, low=5, high=40)
    deep = ramp(soft + 0.08 * tufts, 0.30, 0.85)
    blend = np.clip(0.55 - 0.45 * deep + 0.25 * (blur(tone, 1.5) - 0.5), 0, 1)
    return Tile(blend, 9.0 * soft + 5.0 * tufts, 0.35 + 0.65 * deep)


def asphalt() -> Tile:
    """Stones of many greys in bitumen."""
    near, second, which = cells(4900, 21)
    rng = np.random.default_rng(22)
    stone = ramp(second - near, 0.04, 0.28)
    grey = rng.random(80 * 80)[which]
    blend = np.clip(stone * (0.10 + 0.75 * grey**2.2) + 0.12 * unit(noise(-1.4, 23)), 0, 1)
    height = 0.9 * blur(stone * (0.5 + 0.5 * grey), 0.7) + 0.5 * noise(-1.0, 24, low=40) * 0.25
    return Tile(blend, height, 0.55 + 0.45 * stone)


def concrete() -> Tile:
    """Cast concrete: clouds of grey, fine grain, pores."""
    clouds = noise(-1.7, 31, low=2)
    grain = noise(-0.4, 32, low=60)
    near, _, which = cells(1600, 33, jitter=1.0)
    rng = np.random.default_rng(34)
    size = np.where(rng.random(1600) < 0.18, rng.uniform(0.05, 0.16, 1600), 0.0)[which]
    pores = ramp(near - size, 0.05, 0.0) * (size > 0)
    blend = np.clip(unit(0.8 * clouds + 0.35 * grain, 2.5) + 0.4 * pores, 0, 1)
    return Tile(blend, 0.22 * grain - 2.0 * blur(pores, 0.8), 1 - 0.75 * blur(pores, 0.7))


def _rings(seed: int, bands: float) -> tuple[Floats, Floats]:
    """Return the ring pattern of sawn wood in [0, 1] and its fibres (deviation 1), grain along axis 1."""
    v, _ = axes()
    warp = 0.055 * noise(-2.2, seed, low=1, high=24, stretch=7.0) + 0.012 * noise(-1.6, seed + 1, low=4, stretch=9.0)
    phase = (v + warp) * bands
    ring = phase - np.floor(phase)
    profile = ring**2.2 * ramp(ring, 1.0, 0.93)
    fibres = noise(-0.55, seed + 2, low=8, stretch=26.0)
    return profile, fibres


def wood() -> Tile:
    """Planed wood: growth rings cut lengthwise, fibres, a few pores."""
    profile, fibres = _rings(41, 9.0)
    pores = ramp(noise(-0.2, 44, low=30, stretch=18.0), 1.7, 2.6)
    blend = np.clip(0.12 + 0.60 * profile + 0.11 * fibres + 0.35 * pores, 0, 1)
    return Tile(blend, 0.20 * fibres - 0.35 * profile - 0.9 * pores, 1 - 0.35 * pores - 0.12 * profile)


def planks() -> Tile:
    """Boards side by side with gaps, each cut from another place, a nail at each end."""
    boards = 4
    v, u = axes()
    row = np.floor(v * boards).astype(int)
    across = v * boards - row
    rng = np.random.default_rng(51)
    profile, fibres = _rings(52, 7.0)
    shifts = rng.integers(0, SIDE, (boards, 2))
    offset = rng.normal(0, 0.10, boards)
    ring, fibre = np.empty_like(v), np.empty_like(v)
    for board in range(boards):
        mine = row == board
        ring[mine] = np.roll(profile, shifts[board], (0, 1))[mine]
        fibre[mine] = np.roll(fibres, shifts[board], (0, 1))[mine]
    edge = np.minimum(across, 1 - across)
    gap = ramp(edge, 0.022, 0.008)
    round_ = ramp(edge, 0.0, 0.07)
    ends = np.abs((u + 0.25 * row) % 1.0 - 0.5)
    nails = np.zeros_like(v)
    for place in (0.25, 0.75):
        d = np.hypot((across - place) / boards, np.abs(ends - 0.46)) * SIDE
        nails = np.maximum(nails, ramp(d, 4.5, 3.0))
    blend = np.clip(0.16 + offset[row] + 0.50 * ring + 0.10 * fibre + 0.7 * gap + 0.8 * nails, 0, 1)
    height = 3.2 * round_ + 0.2 * fibre - 0.3 * ring - 0.8 * nails - 2.0 * gap
    return Tile(blend, height, np.clip(1 - 0.9 * gap - 0.5 * nails - 0.1 * ring, 0, 1))


def brick() -> Tile:
    """Running bond: eight courses of three bricks, mortar between them."""
    courses, bricks = 8, 3
    v, u = axes()
    wobble = 0.0016 * noise(-1.4, 61, low=6)
    course = np.floor((v + wobble) * courses).astype(int)
    shifted = ((u + wobble) * bricks + 0.5 * (course % 2)) % bricks
    which = np.floor(shifted).astype(int) % bricks + bricks * (course % courses)
    across = (v + wobble) * courses - course
    along = shifted - np.floor(shifted)
    # Distances to the joint in course heights: a brick is 8/3 courses long.
    edge = np.minimum(np.minimum(across, 1 - across), np.minimum(along, 1 - along) * courses / bricks)
    face = ramp(edge, 0.055, 0.11)
    rng = np.random.default_rng(62)
    tone = rng.normal(0, 1, courses * bricks)[which]
    grain = noise(-0.7, 63, low=20)
    clouds = noise(-1.5, 64, low=4)
    inner = np.clip(0.13 + 0.10 * tone + 0.05 * grain + 0.06 * clouds, 0, 0.5)
    blend = face * inner + (1 - face) * np.clip(0.93 + 0.05 * grain, 0, 1)
    height = 3.5 * blur(face, 1.0) + 0.35 * grain + 0.6 * face * clouds
    return Tile(blend, height, 0.45 + 0.55 * face)


def tiles() -> Tile:
    """Glazed squares with grout, four by four."""
    n = 4
    v, u = axes()
    a, b = v * n % 1.0, u * n % 1.0
    edge = np.minimum(np.minimum(a, 1 - a), np.minimum(b, 1 - b))
    face = ramp(edge, 0.012, 0.03)
    rng = np.random.default_rng(71)
    tone = rng.normal(0, 0.05, n * n)[np.floor(v * n).astype(int) * n + np.floor(u * n).astype(int)]
    blend = np.clip((1 - face) + face * (0.10 + tone + 0.04 * noise(-1.6, 72, low=3)), 0, 1)
    return Tile(blend, 3.0 * blur(face, 1.2), 0.5 + 0.5 * face)


def brushed() -> Tile:
    """Metal brushed along the grain."""
    lines = noise(-0.35, 81, low=4, stretch=40.0)
    return Tile(unit(lines, 2.5), 0.10 * lines, np.clip(0.95 + 0.03 * lines, 0, 1))


def rubber() -> Tile:
    """Moulded rubber: a fine grain."""
    grain = blur(noise(-0.2, 91, low=50), 0.8)
    return Tile(unit(noise(-1.4, 92, low=3)), 0.45 * grain, np.ones((SIDE, SIDE)))


def plastic() -> Tile:
    """Injection-moulded plastic: the faintest orange peel."""
    peel = noise(-1.0, 95, low=16, high=60)
    return Tile(0.25 * unit(noise(-1.6, 96, low=2)), 0.10 * peel, np.ones((SIDE, SIDE)))


def fabric() -> Tile:
    """Plain weave: threads over and under."""
    n = 24
    v, u = axes()
    a, b = v * n, u * n
    over = (np.floor(a) + np.floor(b)) % 2
    warp = np.sin(np.pi * (a % 1)) ** 0.7 * (0.6 + 0.4 * np.sin(np.pi * (b % 1)))
    weft = np.sin(np.pi * (b % 1)) ** 0.7 * (0.6 + 0.4 * np.sin(np.pi * (a % 1)))
    height = np.where(over > 0, warp, weft)
    slub = noise(-0.8, 101, low=8, stretch=6.0)
    blend = np.clip(0.30 + 0.25 * over - 0.25 * (height - 0.7) + 0.12 * slub, 0, 1)
    return Tile(blend, 2.2 * height, 0.55 + 0.45 * height)


def cardboard() -> Tile:
    """Kraft board: fibres, and the flutes inside showing through."""
    v, _ = axes()
    fibres = noise(-0.7, 111, low=12, stretch=2.5)
    flutes = np.sin(2 * np.pi * v * 32)
    blend = np.clip(0.35 + 0.16 * fibres + 0.05 * flutes + 0.12 * noise(-1.6, 112, low=2), 0, 1)
    return Tile(blend, 0.16 * fibres + 0.20 * flutes, np.ones((SIDE, SIDE)))


def stone() -> Tile:
    """Rough stone: layers of noise and dark veins."""
    relief = noise(-1.45, 121, low=2)
    veins = ramp(np.abs(noise(-1.7, 122, low=2)), 0.10, 0.0)
    grain = noise(-0.5, 123, low=40)
    blend = np.clip(unit(-0.7 * relief + 0.4 * grain) + 0.25 * veins, 0, 1)
    return Tile(blend, 3.0 * relief + 0.4 * grain - 1.2 * veins, np.clip(0.75 + 0.16 * relief - 0.3 * veins, 0.2, 1))


def marble() -> Tile:
    """Polished marble: soft veins."""
    warp = noise(-1.8, 131, low=2)
    veins = ramp(np.abs(noise(-1.9, 132, low=2) + 0.25 * warp), 0.16, 0.0) * unit(noise(-1.5, 133, low=2))
    flat = np.zeros((SIDE, SIDE))
    return Tile(np.clip(0.8 * veins + 0.18 * unit(warp), 0, 1), flat, np.ones((SIDE, SIDE)))


def ice() -> Tile:
    """Lake ice: clouds, cracks, scratches of skates."""
    near, second, _ = cells(36, 141, jitter=1.0)
    cracks = ramp(second - near + 0.02 * noise(-1.2, 142, low=8), 0.035, 0.0)
    scratches = ramp(noise(-0.3, 143, low=10, stretch=50.0), 2.3, 3.2)
    blend = np.clip(0.55 * unit(noise(-1.6, 144, low=2)) + 0.5 * cracks + 0.4 * scratches, 0, 1)
    return Tile(blend, 0.25 * noise(-1.8, 145, low=2, high=16) - 0.8 * cracks - 0.5 * scratches, 1 - 0.15 * cracks)


def sand() -> Tile:
    """Dry sand: grains and wind ripples."""
    v, _ = axes()
    drift = noise(-2.0, 151, low=1, high=12)
    ripples = np.sin(2 * np.pi * (v * 9 + 0.16 * drift))
    grains = noise(0.0, 152, low=60)
    blend = np.clip(0.38 - 0.16 * ripples + 0.13 * grains + 0.08 * drift, 0, 1)
    return Tile(blend, 2.2 * ripples + 0.35 * grains, np.clip(0.88 + 0.10 * ripples, 0, 1))


def snow() -> Tile:
    """Fresh snow: soft drifts and glitter."""
    drift = noise(-2.0, 155, low=2, high=30)
    return Tile(unit(drift, 3.0), 2.5 * drift + 0.25 * noise(-0.2, 156, low=70), np.clip(0.92 + 0.06 * drift, 0, 1))


def soil() -> Tile:
    """Earth: crumbs of all sizes, some pale stones."""
    near, second, which = cells(1600, 161)
    rng = np.random.default_rng(162)
    pale = (rng.random(1600) < 0.05)[which] * ramp(second - near, 0.12, 0.35)
    crumbs = noise(-1.0, 163, low=6)
    lumps = ramp(second - near, 0.0, 0.5)
    blend = np.clip(unit(-crumbs) * 0.9 * (1 - pale), 0, 1)
    return Tile(blend, 1.2 * crumbs + 1.6 * lumps + pale, np.clip(0.6 + 0.16 * crumbs + 0.2 * lumps, 0.1, 1))


def gravel() -> Tile:
    """Loose round stones."""
    near, second, which = cells(900, 171)
    rng = np.random.default_rng(172)
    body = ramp(second - near, 0.03, 0.55)
    tone = rng.random(900)[which]
    blend = np.clip(tone + 0.08 * noise(-0.8, 173, low=10), 0, 1)
    return Tile(blend, 7.0 * body**0.6, 0.15 + 0.85 * ramp(body, 0.0, 0.5))


def leather() -> Tile:
    """Grained leather."""
    near, second, which = cells(1600, 181)
    pads = ramp(second - near, 0.02, 0.35)
    tone = np.random.default_rng(182).normal(0, 0.06, 1600)[which]
    blend = np.clip(0.25 + 0.45 * (1 - pads) + tone + 0.10 * noise(-1.6, 183, low=2), 0, 1)
    return Tile(blend, 1.6 * blur(pads, 0.8), 0.6 + 0.4 * pads)


def checker() -> Tile:
    """Squares of the two colours, four by four."""
    v, u = axes()
    odd = (np.floor(v * 4) + np.floor(u * 4)) % 2
    flat = np.zeros((SIDE, SIDE))
    return Tile(odd, flat, np.ones((SIDE, SIDE)))


def stripes() -> Tile:
    """Bands of the two colours across the grain, four of each."""
    _, u = axes()
    flat = np.zeros((SIDE, SIDE))
    return Tile(np.floor(u * 8) % 2, flat, np.ones((SIDE, SIDE)))


def carpet() -> Tile:
    """Short loops, close together."""
    near, _, which = cells(6400, 191)
    tone = np.random.default_rng(192).random(6400)[which]
    loop = np.clip(1 - near / 0.75, 0, 1)
    return Tile(np.clip(0.2 + 0.6 * tone, 0, 1), 2.0 * blur(loop, 0.6), 0.45 + 0.55 * loop)


def rust() -> Tile:
    """Paint or steel that rusts from its edges and pores."""
    field = noise(-1.35, 195, low=3)
    eaten = ramp(field, 0.15, 0.75)
    grain = noise(-0.6, 196, low=20)
    blend = np.clip(eaten * (0.8 + 0.15 * grain) + 0.05, 0, 1)
    return Tile(blend, -1.5 * eaten + 0.5 * eaten * grain, np.clip(1 - 0.25 * eaten, 0, 1))
