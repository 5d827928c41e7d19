"""How solid shapes ring: frequencies and shapes of the modes of plates, beams, blocks, balls, shells and tubes.

Closed forms only, from the shape's size and the material's elasticity; what a body weighs, how it is damped and how
loud it radiates is `bank.py`'s. Nothing here knows of contacts, samples or the rest of worldsim but `Material`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worldsim.scene.layout import Material

Floats = NDArray[np.float64]

AIR_SOUND_SPEED = 343.0  # m/s, dry air at 20 °C

# Roots βL of cosh x cos x = 1, the free-free beam (Rayleigh, Theory of Sound I, §170); later ones (2n + 1) π/2.
BEAM_ROOTS = np.concatenate([[4.7300407, 7.8532046, 10.9956078], (2 * np.arange(4, 25) + 1) * np.pi / 2])

# Free circular plate, ν = 0.33: (nodal diameters, nodal circles, λ²) (Leissa, Vibration of Plates, NASA SP-160, 1969).
DISC_ROOTS = (
    (2, 0, 5.253),
    (0, 1, 9.084),
    (3, 0, 12.23),
    (1, 1, 20.52),
    (4, 0, 21.6),
    (5, 0, 33.1),
    (2, 1, 35.25),
    (0, 2, 38.55),
    (3, 1, 52.91),
    (1, 2, 59.86),
)

# Solid elastic sphere, ν = 0.25: ω a / c_s of spheroidal modes of order n (Lamb, Proc. London Math. Soc. 13, 1882).
SPHERE_ROOTS = (
    (2, 0.840 * np.pi),
    (1, 1.090 * np.pi),
    (3, 1.246 * np.pi),
    (0, 0.816 * np.pi * np.sqrt(3.0)),
    (2, 1.549 * np.pi),
    (2, 2.651 * np.pi),
    (0, 1.9285 * np.pi * np.sqrt(3.0)),
)


@dataclass(frozen=True)
class Modes:
    """Modes of one shape, not sorted.

    Attributes:
        frequency: (M,) Hz, all > 0.
        wave: (M, 3) half waves along each axis of the shape: a strike at u ∈ [0, 1]³ of its bounding box moves mode k
            in proportion to Π cos(π wave_k u). All zero where every point of the surface is as good as another.
        facing: (M, 3) unit vector along which the surface moves, shape frame; zero where it moves every way.
        multipole: (M,) order of the radiator: 0 breathes, 1 shakes, 2 and more cancel themselves at low frequencies.
    """

    frequency: Floats
    wave: Floats
    facing: Floats
    multipole: Floats

    @staticmethod
    def joined(parts: Sequence[Modes]) -> Modes:
        """Return all modes of several sets as one."""
        return Modes(*(np.concatenate([getattr(p, name) for p in parts]) for name in Modes.__dataclass_fields__))


def _make(frequency: Sequence[float] | Floats, wave: object, facing: object, multipole: object) -> Modes:
    count = len(frequency)
    return Modes(
        np.asarray(frequency, np.float64),
        np.broadcast_to(np.asarray(wave, np.float64), (count, 3)).copy(),
        np.broadcast_to(np.asarray(facing, np.float64), (count, 3)).copy(),
        np.broadcast_to(np.asarray(multipole, np.float64), (count,)).copy(),
    )


def plate_stiffness(material: Material, thickness: float) -> float:
    """Return √(D/ρh), m²/s, of a plate of that thickness, m: D = E h³ / 12 (1 − ν²)."""
    e, nu, rho = material.youngs_modulus, material.poisson, material.density
    return float(np.sqrt(e / (12 * rho * (1 - nu * nu))) * thickness)


def shear_speed(material: Material) -> float:
    """Return the speed of shear waves, m/s: √(E / 2 ρ (1 + ν))."""
    return float(np.sqrt(material.youngs_modulus / (2 * material.density * (1 + material.poisson))))


def plate(size: Sequence[float] | Floats, thin: int, thickness: float, material: Material, count: int = 12) -> Modes:
    """Return the bending modes of a rectangular plate.

    Frequencies of the simply supported plate, f = (π/2) √(D/ρh) ((m/a)² + (n/b)²) (Leissa 1969, eq. 4.20); shapes of
    one whose edges are free, since a thing that was dropped lands on its edges.

    Args:
        size: (3,) m, extents of the bounding box.
        thin: axis across the plate.
        thickness: m, of the material.
        material: what it is made of.
        count: how many half waves at most along each side.
    """
    sides = [axis for axis in range(3) if axis != thin]
    m, n = (grid.ravel() for grid in np.meshgrid(np.arange(1, count + 1), np.arange(1, count + 1), indexing="ij"))
    square = (m / size[sides[0]]) ** 2 + (n / size[sides[1]]) ** 2
    wave = np.zeros((len(m), 3))
    wave[:, sides[0]], wave[:, sides[1]] = m, n
    facing = np.eye(3)[thin]
    frequency = np.pi / 2 * plate_stiffness(material, thickness) * square
    return _make(frequency.tolist(), wave, facing, np.where(m * n % 2 == 1, 0.5, 2.0))


def beam(length: float, axis: int, depth: float, facing: int, gyration: float, material: Material) -> Modes:
    """Return the bending modes of a free beam: f = (βL)²/(2π L²) κ √(E/ρ) (Rayleigh, Theory of Sound I, §162).

    Args:
        length: m.
        axis: along which it is long.
        depth: m, its thickness along `facing`.
        facing: the axis in which it bends.
        gyration: κ, m, radius of gyration of the section: depth/√12 of a rectangle, r/2 of a circle.
        material: what it is made of.
    """
    slender = BEAM_ROOTS**2 / (2 * np.pi * length**2) * gyration * np.sqrt(material.youngs_modulus / material.density)
    # A thick beam shears as well: Timoshenko's correction lowers the high modes (first order in (βκ/L)²).
    ratio = (BEAM_ROOTS * gyration / length) ** 2 * (1 + 2 * (1 + material.poisson) / 0.85) / 2
    frequency = slender / (1 + ratio)
    keep = ratio < 1.0  # above this the formula no longer describes bending
    keep[:2] = True
    wave = np.zeros((len(frequency), 3))
    wave[:, axis] = np.arange(2, len(frequency) + 2)
    return _make(frequency[keep].tolist(), wave[keep], np.eye(3)[facing], 1.5)


def block(size: Sequence[float] | Floats, material: Material, count: int = 4) -> Modes:
    """Return the modes of a chunky block: f = (c_s/2) √((l/a)² + (m/b)² + (n/c)²), two of l, m, n or more not zero.

    With l = m and n = 0 these are Lamé's equivoluminal modes of a cube, f = c_s/(√2 a), exact for any material (Lamé
    1852; Demarest, J. Acoust. Soc. Am. 49, 768, 1971).
    """
    grids = np.meshgrid(*[np.arange(count + 1)] * 3, indexing="ij")
    index = np.stack([grid.ravel() for grid in grids], axis=1)
    index = index[(index > 0).sum(axis=1) >= 2]
    frequency = shear_speed(material) / 2 * np.sqrt(((index / np.asarray(size)) ** 2).sum(axis=1))
    return _make(frequency.tolist(), index, 0.0, 1.5)


def ball(radius: float, material: Material) -> Modes:
    """Return the spheroidal modes of a solid sphere: f = x c_s/(2π a), x from `SPHERE_ROOTS`; radius in m."""
    order = [float(n) for n, _ in SPHERE_ROOTS]
    frequency = [x * shear_speed(material) / (2 * np.pi * radius) for _, x in SPHERE_ROOTS]
    return _make(frequency, 0.0, 0.0, order)


def ball_shell(radius: float, thickness: float, material: Material) -> Modes:
    """Return the modes of a thin spherical shell and of the air in it.

    f = Ω c_p/(2π a), c_p² = E/ρ(1 − ν²). Membrane modes, lower branch, n ≥ 2 (Baker, J. Acoust. Soc. Am. 33, 1749,
    1961); bending stiffens them by the flat plate's amount; breathing Ω² = 2 (1 + ν); the air's first modes x = 2.082,
    3.342, 4.493 of the rigid sphere (Rayleigh, Theory of Sound II, §331). Lengths in m.
    """
    nu = material.poisson
    speed = np.sqrt(material.youngs_modulus / (material.density * (1 - nu * nu)))
    n = np.arange(2, 12)
    b = n * n + n + 1 + 3 * nu
    membrane = (b - np.sqrt(b * b - 4 * (1 - nu * nu) * (n * n + n - 2))) / 2
    bending = (thickness / radius) ** 2 / 12 * (n - 1.0) * n * (n + 1.0) * (n + 2.0)
    squares = np.concatenate([[2 * (1 + nu)], membrane + bending])
    shell = np.sqrt(squares) * speed / (2 * np.pi * radius)
    air = np.array([2.082, 3.342, 4.493]) * AIR_SOUND_SPEED / (2 * np.pi * radius)
    return _make([*shell, *air], 0.0, 0.0, [0.0, *n.tolist(), 1.0, 2.0, 1.0])


def disc(radius: float, axis: int, thickness: float, material: Material) -> Modes:
    """Return the modes of a free circular plate: f = λ²/(2π r²) √(D/ρh), λ² from `DISC_ROOTS`; lengths in m."""
    scale = plate_stiffness(material, thickness) / (2 * np.pi * radius**2)
    across = [k for k in range(3) if k != axis]
    wave = np.zeros((len(DISC_ROOTS), 3))
    for row, (diameters, circles, _) in enumerate(DISC_ROOTS):
        wave[row, across[0]], wave[row, across[1]] = diameters + circles, circles
    return _make(
        [root * scale for _, _, root in DISC_ROOTS], wave, np.eye(3)[axis], [float(min(d, 2)) for d, _, _ in DISC_ROOTS]
    )


def tube(radius: float, length: float, axis: int, thickness: float, material: Material) -> Modes:
    """Return the bell-like modes of a thin tube and of the air in it.

    Rings: f = √(E h²/12 ρ (1 − ν²))/(2π r²) · n (n² − 1)/√(n² + 1), n ≥ 2 (Rayleigh, Theory of Sound I, §233), raised
    by the j half waves along the length as a plate's are; air: the open-open pipe, f = j c/2L. Lengths in m.
    """
    n, j = (grid.ravel() for grid in np.meshgrid(np.arange(2, 9), np.arange(0, 4), indexing="ij"))
    stiffness = plate_stiffness(material, thickness)
    ring = stiffness / (2 * np.pi * radius**2) * n * (n * n - 1) / np.sqrt(n * n + 1.0)
    along = np.pi / 2 * stiffness * (j / length) ** 2
    wave = np.zeros((len(n), 3))
    wave[:, axis] = j
    air = np.arange(1, 4) * AIR_SOUND_SPEED / (2 * length)
    ends = _make(air.tolist(), 0.0, 0.0, 1.0)
    return Modes.joined([_make((ring + along).tolist(), wave, 0.0, 2.0), ends])
