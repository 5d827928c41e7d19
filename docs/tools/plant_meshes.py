"""Make the meshes of crowns and hedges: lobes that grew into each other, with a surface that leaves have roughened.

    python docs/tools/plant_meshes.py            # writes scenes/meshes/*.obj

Shapes only: their colours, and the leaves that the path tracer adds, are the material's. Every file is the same on
every run. A crown reaches from −1 to 1 along every axis; a hedge is a metre long, deep and high.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FOLDER = Path(__file__).resolve().parents[2] / "scenes" / "meshes"


def rough(point: Floats, rng: np.random.Generator, waves: float, octaves: int, falls: float) -> Floats:
    """Return a smooth random field (N,) of deviation 1 at points (N, 3): plane waves of `octaves` octaves.

    Args:
        point: where.
        rng: draws directions and phases.
        waves: rad per unit of the first octave.
        octaves: each of twice the frequency.
        falls: amplitude of an octave over that of the one before.
    """
    total, power = np.zeros(len(point)), 0.0
    for octave in range(octaves):
        direction = rng.normal(size=(24, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        phase = rng.uniform(0, 2 * np.pi, 24)
        gain = falls**octave
        total += gain * np.sin(waves * 2**octave * point @ direction.T + phase).sum(1) / np.sqrt(12)
        power += gain**2
    return np.asarray(total / np.sqrt(power))


def geodesic(count: int) -> tuple[Floats, Ints]:
    """Return directions (10 n² + 2, 3) and triangles (20 n², 3) of an icosahedron whose edges are cut in `count`."""
    golden = (1 + 5**0.5) / 2
    corner = np.array([(0, s, t * golden) for s in (-1, 1) for t in (-1, 1)])
    corner = np.concatenate([np.roll(corner, k, 1) for k in range(3)])
    apart = np.linalg.norm(corner[:, None] - corner[None], axis=2)
    near = (apart > 0.1) & (apart < 2.1)
    triples = [(a, b, c) for a in range(12) for b in range(a + 1, 12) for c in range(b + 1, 12)
               if near[a, b] and near[b, c] and near[a, c]]  # fmt: skip
    points: list[Floats] = []
    faces: list[tuple[int, int, int]] = []
    for a, b, c in triples:
        if np.linalg.det(corner[[a, b, c]]) < 0:
            b, c = c, b
        at = {}
        for i in range(count + 1):
            for j in range(count + 1 - i):
                at[i, j] = len(points)
                points.append((corner[a] * (count - i - j) + corner[b] * i + corner[c] * j) / count)
        for i in range(count):
            for j in range(count - i):
                faces.append((at[i, j], at[i + 1, j], at[i, j + 1]))
                if i + j < count - 1:
                    faces.append((at[i + 1, j], at[i + 1, j + 1], at[i, j + 1]))
    return welded(np.array(points), np.array(faces))


def welded(point: Floats, faces: Ints) -> tuple[Floats, Ints]:
    """Return the mesh with every point once."""
    _, first, index = np.unique(np.round(point, 6), axis=0, return_index=True, return_inverse=True)
    return point[first], index.reshape(-1)[faces]


def crown(rng: np.random.Generator, lobes: int, spread: tuple[float, float], cut: int) -> tuple[Floats, Ints]:
    """Return a crown: the outline, from its middle, of lobes that lie round it.

    Args:
        rng: draws it.
        lobes: how many.
        spread: half the width and the height of the ellipsoid that their middles lie on.
        cut: see `geodesic`.
    """
    way, faces = geodesic(cut)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    turn = np.arange(lobes) * np.pi * (3 - 5**0.5)  # golden angle: evenly round
    height = 1 - 2 * (np.arange(lobes) + 0.5) / lobes
    wide = np.sqrt(1 - height**2)
    middle = np.stack([wide * np.cos(turn), wide * np.sin(turn), height], 1) * [spread[0], spread[0], spread[1]]
    middle *= rng.uniform(0.75, 1.15, (lobes, 1))
    radius = rng.uniform(0.30, 0.46, lobes)
    along = way @ middle.T
    inside = along**2 - (middle**2).sum(1) + radius**2
    reach = np.where(inside > 0, along + np.sqrt(np.maximum(inside, 0)), 0.0).max(1)
    reach = np.maximum(reach, 0.55 * spread[0])
    reach *= 1 + 0.07 * rough(way * reach[:, None], rng, 5.0, 3, 0.8)
    point = way * reach[:, None]
    low, high = point.min(0), point.max(0)
    return (2 * point - low - high) / (high - low), faces


def hedge(rng: np.random.Generator, cut: tuple[int, int, int]) -> tuple[Floats, Ints]:
    """Return a clipped hedge from the ground up, cut in so many squares along its three edges, and not quite even."""
    points: list[Floats] = []
    faces: list[tuple[int, int, int]] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (0.0, 1.0):
            start = len(points)
            for i in range(cut[u] + 1):
                for j in range(cut[v] + 1):
                    p = np.empty(3)
                    p[axis], p[u], p[v] = side, i / cut[u], j / cut[v]
                    points.append(p)
            row = cut[v] + 1
            for i in range(cut[u]):
                for j in range(cut[v]):
                    a, b = start + i * row + j, start + (i + 1) * row + j
                    quad = (a, b, b + 1, a + 1) if side else (a, a + 1, b + 1, b)
                    faces += [(quad[0], quad[1], quad[2]), (quad[0], quad[2], quad[3])]
    point, triangles = welded(np.array(points), np.array(faces))
    point -= [0.5, 0.5, 0.0]
    out = np.stack([np.zeros(len(point)), point[:, 1] * 2, point[:, 2] * 2 - 1], 1)
    out = np.sign(out) * np.maximum(np.abs(out) - 0.75, 0) * 4  # outward where it is near a side
    ends = np.abs(point[:, :1]) > 0.499  # meet their neighbours
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    bumps = rough(point * [2.0, 1.0, 1.0], rng, 9.0, 3, 0.8)[:, None]
    moved = point + out * (0.045 * bumps - 0.03) * ~ends
    moved[:, 2] = np.maximum(moved[:, 2], 0.0)
    moved[:, 1] -= (moved[:, 1].max() + moved[:, 1].min()) / 2
    return moved / [1.0, np.ptp(moved[:, 1]), moved[:, 2].max()], triangles


def write(name: str, mesh: tuple[Floats, Ints]) -> None:
    """Write an OBJ file."""
    point, faces = mesh
    lines = [f"# {name}: {len(point)} vertices, {len(faces)} triangles, by docs/tools/plant_meshes.py"]
    lines += ["s 1"]  # smooth throughout
    lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in point]
    lines += [f"f {a} {b} {c}" for a, b, c in faces + 1]
    path = FOLDER / f"{name}.obj"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(point)} vertices, {len(faces)} triangles, {path.stat().st_size / 1024:.0f} KiB")


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    write("crown_broad", crown(np.random.default_rng(1), 26, (0.72, 0.5), 8))
    write("crown_round", crown(np.random.default_rng(2), 24, (0.62, 0.66), 8))
    write("crown_tall", crown(np.random.default_rng(3), 30, (0.45, 1.0), 8))
    write("crown_far", crown(np.random.default_rng(5), 22, (0.66, 0.6), 4))
    write("hedge", hedge(np.random.default_rng(4), (12, 5, 9)))


if __name__ == "__main__":
    main()
