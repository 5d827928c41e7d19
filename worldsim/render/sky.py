"""The sky of a look: radiance in every direction, what it sheds on surfaces, and the exposure that suits it.

Clear air is single scattering through an exponential atmosphere (Rayleigh, aerosol, ozone; Nishita et al. 1993) with a
constant share for the higher orders; clouds are a noise field on a layer above. All of it is baked once a look into one
square map of the upper half, the hemi-octahedral map of Cigolle et al. 2014, so that a picture needs one look-up. It
knows nothing of OpenGL. Radiances are relative to `SOLAR` and already multiplied by the exposure.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from worldsim.render.noise import spectral_noise
from worldsim.render.stage import Stage
from worldsim.scene.look import MOON_FRACTION, OZONE_DEPTH, RAYLEIGH_DEPTH, SOLAR, Light, Look, aerosol_depth

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

EARTH = 6360.0  # km
RAYLEIGH_HEIGHT, AEROSOL_HEIGHT = 8.0, 1.2  # km, scale heights (Nishita et al. 1993)
TOP = 60.0  # km
HIGHER_ORDERS = 1.3
"""How much of the light that the direct beam has lost on its way to a point arrives there from elsewhere, evenly."""
CLEAR_GAIN = np.array([1.15, 1.25, 1.4])
"""What the even higher orders leave out of a clear sky, and some of the blue that people remember."""
LUMA = np.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709


@dataclass(frozen=True)
class Sky:
    """A baked sky; radiances are exposed: 0.18 is the middle grey of the picture.

    Attributes:
        map: (N, N, 3) float32 radiance of the upper half without the sun's disc, hemi-octahedral: see `hemi_uv`.
        harmonics: (5, 3) coefficients of the irradiance over π as a polynomial of the normal, see `irradiance`.
        zenith, horizon: (3,) mean radiance straight up and all round the horizon.
        ambient: (3,) irradiance over π on a horizontal surface, without the sun.
        ground: (3,) radiance of the sunlit ground far away.
        sun: (3,) irradiance of the light on a surface that faces it.
        disc: (3,) radiance of the light's disc as drawn (clipped: eyes and sensors are dazzled).
        exposure: what all of these were multiplied by.
        light: the direction and size of the light.
        air: (4, 3) square root of the radiance just above the horizon: a cubic of the cosine to the light's azimuth.
        air_axis: (2,) unit, x and y of the light's azimuth.
        haze_density: 1/m.
    """

    map: Floats32
    harmonics: Floats
    zenith: Floats
    horizon: Floats
    ambient: Floats
    ground: Floats
    sun: Floats
    disc: Floats
    exposure: float
    light: Light
    air: Floats
    air_axis: Floats
    haze_density: float


def hemi_uv(directions: NDArray) -> Floats:
    """Return map coordinates (…, 2) in [0, 1] of unit directions (…, 3); those below the horizon land on the rim."""
    d = np.asarray(directions, np.float64)
    p = d[..., :2] / (np.abs(d[..., :2]).sum(-1, keepdims=True) + np.maximum(d[..., 2:], 0.0) + 1e-12)
    return 0.5 + 0.5 * np.stack([p[..., 0] + p[..., 1], p[..., 0] - p[..., 1]], -1)


def hemi_directions(side: int) -> Floats:
    """Return the unit directions (side, side, 3) of a map's texel centres; axis 0 is v, axis 1 is u."""
    c = (np.arange(side) + 0.5) / side * 2 - 1
    v, u = np.meshgrid(c, c, indexing="ij")
    x, y = 0.5 * (u + v), 0.5 * (u - v)
    d = np.stack([x, y, 1 - np.abs(x) - np.abs(y)], -1)
    return d / np.linalg.norm(d, axis=-1, keepdims=True)


def irradiance(harmonics: NDArray, normal: NDArray) -> Floats:
    """Return the irradiance over π (…, 3) on surfaces of the unit normal (…, 3): a polynomial in 1, x, y, z and z²."""
    x, y, z = np.moveaxis(np.asarray(normal, np.float64), -1, 0)
    return np.asarray(np.stack([np.ones_like(x), x, y, z, z * z], -1) @ harmonics)


@functools.lru_cache(maxsize=8)
def bake_sky(look: Look, ground_albedo: tuple[float, float, float] = (0.2, 0.2, 0.2)) -> Sky:
    """Return the sky of a look over a ground of that linear RGB albedo. About 0.3 s with clouds, kept for the next."""
    light = look.light()
    clouded = look.sky == "partly_cloudy"
    side = 768 if clouded or look.sky == "storm" or look.is_night else 256
    directions = hemi_directions(side)
    radiance = _radiance(look, light, directions)
    if clouded:
        radiance = _with_clouds(radiance, directions, light, look)
    if look.is_night:
        radiance = radiance + _stars(directions)[..., None] * 0.35 * SOLAR * MOON_FRACTION
    sun = np.array(light.irradiance)
    albedo = np.array(ground_albedo)
    # Ground and sky light each other: first the ground under sun and sky, then the harmonics of both halves.
    weight = _solid_angles(directions)
    ambient = np.einsum("ij,ijk,ij->k", weight, radiance, directions[..., 2]) / np.pi
    level = max(0.0, light.direction[2])
    ground = albedo * (sun * level / np.pi + ambient)
    harmonics = _harmonics(radiance, directions, weight, ground)
    exposure = _exposure(look, sun, level, ambient)
    axis = np.array(light.direction[:2])
    axis = axis / np.linalg.norm(axis) if np.linalg.norm(axis) > 1e-6 else np.array([1.0, 0.0])
    rim = directions[..., 2] < 0.06
    high = directions[..., 2] > 0.9
    baked = (radiance * exposure).astype(np.float32)
    baked.flags.writeable = False
    glare = sun / max(float(sun @ LUMA), 1e-12)
    disc = glare * {"sun": 40.0, "moon": 6.0, "lamp": 4.0}[light.kind] * float(np.any(sun > 0))
    return Sky(
        map=baked,
        harmonics=harmonics * exposure,
        zenith=radiance[high].mean(0) * exposure,
        horizon=radiance[rim].mean(0) * exposure,
        ambient=ambient * exposure,
        ground=ground * exposure,
        sun=sun * exposure,
        disc=disc,
        exposure=exposure,
        light=light,
        air=_air_fit(radiance, directions, axis) * np.sqrt(exposure),
        air_axis=axis,
        haze_density=look.haze_density,
    )


def ground_albedo(stage: Stage) -> tuple[float, float, float]:
    """Return the mean linear RGB of a stage's ground, or that of a grey floor where it has none."""
    ground = stage.ground()
    if ground is None:
        return 0.2, 0.2, 0.2
    material = stage.materials[ground[1].material]
    colour = ground[1].colour
    pair = (material.colour, material.colour2) if colour is None else (colour, colour)
    red, green, blue = (0.5 * (first + second) for first, second in zip(*pair, strict=True))
    return red, green, blue


def _air_fit(radiance: Floats, directions: Floats, axis: Floats) -> Floats:
    """Return the cubic (4, 3) that fits the square root of the radiance of the band above the horizon best."""
    band = (directions[..., 2] > 0.02) & (directions[..., 2] < 0.09)
    flat = directions[band][:, :2]
    cosine = flat @ axis / np.linalg.norm(flat, axis=1)
    return np.asarray(np.linalg.lstsq(cosine[:, None] ** np.arange(4), np.sqrt(radiance[band]), rcond=None)[0])


def _exposure(look: Look, sun: Floats, level: float, ambient: Floats) -> float:
    """Return the factor that brings a horizontal grey card (18 %) to where a photographer would put it."""
    lit = float((sun * max(level, 0.25) / np.pi + ambient) @ LUMA)
    key = {"overcast": 0.85, "storm": 0.5, "studio": 1.0}.get(look.sky)
    if look.is_night:
        key = 0.24
    elif key is None:
        # The lower the sun, the darker the picture may be, so that the sky keeps its colours.
        degrees = float(np.degrees(look.sun_angles()[0]))
        key = float(np.interp(degrees, [-6.0, 0.0, 4.0, 12.0, 30.0], [0.28, 0.32, 0.42, 0.75, 1.0]))
    return key / max(lit, 1e-12) * 2.0**look.exposure


def _solid_angles(directions: Floats) -> Floats:
    """Return the solid angle in sr of every texel of a hemi-octahedral map: they add up to 2π."""
    plane = np.abs(directions).sum(-1)  # 1/|p| of the point p on the octahedron's face
    weight = plane**3
    return weight * (2 * np.pi / weight.sum())


def _harmonics(radiance: Floats, directions: Floats, weight: Floats, ground: Floats) -> Floats:
    """Return the polynomial (5, 3) of irradiance over π from a sky above and an even ground below.

    The spherical harmonics up to the second order (Ramamoorthi and Hanrahan 2001) without the four of the second order
    that depend on the azimuth: under a sky they are small, and the cosine lobe halves them again.
    """
    x, y, z = np.moveaxis(directions, -1, 0)
    upper = np.stack([np.ones_like(x), x, y, z, 3 * z * z - 1])
    moment = np.einsum("bij,ij,ijk->bk", upper, weight, radiance)
    # An even lower half has moments 2π of 1 and −π of z; 3z² − 1 integrates to 0 over it.
    moment[0] += 2 * np.pi * ground
    moment[3] -= np.pi * ground
    # (normalisation of each Y)² × the cosine lobe's A over π: 1, 2/3 and 1/4.
    y00, y1, y20 = 0.282095**2, 0.488603**2, 0.315392**2
    found = moment * np.array([y00, *[y1 * 2 / 3] * 3, y20 / 4])[:, None]
    found[0] -= found[4]
    found[4] *= 3
    return found


def _radiance(look: Look, light: Light, directions: Floats) -> Floats:
    """Return the radiance (…, 3) without clouds, not exposed."""
    z = np.maximum(directions[..., 2], 0.0)
    if look.sky == "studio":
        grey = np.array([0.34, 0.345, 0.36])
        facing = np.maximum(directions @ np.array(light.direction), 0.0)
        return grey * (0.55 + 0.45 * z[..., None] ** 0.7) + 1.6 * (facing**24)[..., None] * np.array([1, 0.97, 0.93])
    elevation, azimuth = look.sun_angles()
    source, brightness = light, SOLAR
    if light.kind == "moon":
        brightness *= MOON_FRACTION
    direction = np.array(source.direction)
    if light.kind == "sun":
        flat = np.cos(elevation)
        direction = np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])
    air = _air(directions, direction, brightness, look.haze)
    if look.sky == "overcast":
        # CIE standard overcast sky: three times brighter overhead than at the horizon; 35 % of the light comes through.
        down = brightness * max(np.sin(elevation), 0.05) * 0.35
        grey = down * 9 / (7 * np.pi) * (1 + 2 * z) / 3
        clouds = 1 + 0.10 * _cloud_field(directions, seed=5)[..., None]
        return grey[..., None] * np.array([0.97, 1.0, 1.05]) * clouds
    if look.sky == "storm":
        # Thick ragged clouds: 15 % of the light comes through, in patches, most of it under the edge of the cloud.
        down = brightness * max(np.sin(elevation), 0.05) * 0.15
        field = _cloud_field(directions, seed=17) * np.clip(z / 0.12, 0, 1)
        relief = field - _cloud_field(directions, seed=17, shift=(0.12, 0.05)) * np.clip(z / 0.12, 0, 1)
        body = np.exp(0.45 * field + 0.35 * relief) * (0.75 + 0.25 * z)
        gap = 1.1 * np.exp(-z / 0.07)
        tint = np.array([0.86, 0.97, 1.14]) + gap[..., None] * np.array([0.10, 0.03, -0.10])
        return (down / np.pi * (body + gap))[..., None] * tint
    if light.kind == "moon":
        glow = brightness * 0.006 * np.array([0.55, 0.75, 1.2])  # airglow, starlight
        return air * np.array([0.8, 0.95, 1.25]) * 0.8 + glow * (1.3 - z[..., None])
    return air * CLEAR_GAIN


def _air(directions: Floats, sun: Floats, brightness: float, haze: float) -> Floats:
    """Return the light (…, 3) that clear air scatters towards the ground from a source in direction `sun` (3,)."""
    # The sky depends on the elevation and the angle from the sun's azimuth only: fill a small table, then look up.
    rows, columns, steps = 48, 48, 28
    height = np.sin(np.linspace(0.0, 1.0, rows) ** 2 * np.pi / 2)  # denser near the horizon
    relative = np.linspace(0.0, np.pi, columns)
    flat = np.sqrt(1 - height**2)
    sun_flat = np.hypot(sun[0], sun[1])
    view = np.stack(np.broadcast_arrays(flat[:, None] * np.cos(relative), flat[:, None] * np.sin(relative)), -1)
    cosine = view[..., 0] * sun_flat + height[:, None] * sun[2]
    reach = -EARTH * height + np.sqrt((EARTH * height) ** 2 + TOP * (2 * EARTH + TOP))
    edges = np.linspace(0, 1, steps + 1)[None] ** 2.5 * reach[:, None]
    t = 0.5 * (edges[:, 1:] + edges[:, :-1])
    dt = np.diff(edges, axis=1)
    up = EARTH + t * height[:, None]
    altitude = np.sqrt(up**2 + (t * flat[:, None]) ** 2) - EARTH
    thin, dust = np.exp(-altitude / RAYLEIGH_HEIGHT), np.exp(-altitude / AEROSOL_HEIGHT)
    rayleigh, ozone = np.array(RAYLEIGH_DEPTH), np.array(OZONE_DEPTH)
    aerosol = aerosol_depth(haze) * (550.0 / np.array([660.0, 550.0, 445.0])) ** 1.3
    seen = (
        np.cumsum(thin * dt, 1)[..., None] * rayleigh / RAYLEIGH_HEIGHT
        + np.cumsum(dust * dt, 1)[..., None] * aerosol / AEROSOL_HEIGHT
    )
    # Elevation of the sun above the local horizon of each sample; what the earth hides is dark, softly.
    x = t * flat[:, None]
    local = (up[:, None] * sun[2] + x[:, None] * np.cos(relative)[None, :, None] * sun_flat) / (EARTH + altitude)[
        :, None
    ]
    dip = -np.sqrt(2 * altitude / EARTH)[:, None]
    clear = np.clip((local - dip) / 0.02 + 0.5, 0, 1)
    degrees = np.degrees(np.arcsin(np.clip(local - dip * 0.85, 0.0, 1.0)))
    mass = 1 / (np.sin(np.radians(degrees)) + 0.50572 * (degrees + 6.07995) ** -1.6364)
    through = np.exp(
        -mass[..., None] * (thin[:, None, :, None] * rayleigh + dust[:, None, :, None] * aerosol + ozone * 0.9)
        - seen[:, None]
    )
    reaching = through * clear[..., None]
    diffuse = 1 - np.exp(-mass[..., None] * (thin[:, None, :, None] * rayleigh + dust[:, None, :, None] * aerosol))
    dusk = np.clip((local - dip) / 0.3 + 0.5, 0, 1)[..., None]
    lost = np.exp(-seen[:, None]) * (HIGHER_ORDERS * diffuse * dusk + 0.45 * reaching)
    phase_r = 3 / (16 * np.pi) * (1 + cosine**2)
    g = 0.8
    phase_m = 3 / (8 * np.pi) * (1 - g * g) * (1 + cosine**2) / ((2 + g * g) * (1 + g * g - 2 * g * cosine) ** 1.5)
    scatter_r = (reaching * (thin * dt)[:, None, :, None]).sum(2) * rayleigh / RAYLEIGH_HEIGHT
    scatter_m = (reaching * (dust * dt)[:, None, :, None]).sum(2) * aerosol / AEROSOL_HEIGHT
    source = (thin * dt)[..., None] * rayleigh / RAYLEIGH_HEIGHT + (dust * dt)[..., None] * aerosol / AEROSOL_HEIGHT
    even = (lost * source[:, None]).sum(2) / (4 * np.pi) * 1.5
    table = brightness * (scatter_r * phase_r[..., None] + scatter_m * phase_m[..., None] + even)
    row = np.sqrt(np.arcsin(np.clip(directions[..., 2], 0, 1)) / (np.pi / 2)) * (rows - 1)
    length = np.maximum(np.hypot(directions[..., 0], directions[..., 1]), 1e-9) * max(sun_flat, 1e-9)
    along = np.clip((directions[..., 0] * sun[0] + directions[..., 1] * sun[1]) / length, -1, 1)
    column = np.arccos(along) / np.pi * (columns - 1)
    return np.stack([ndimage.map_coordinates(table[..., k], [row, column], order=1) for k in range(3)], -1)


def _stars(directions: Floats) -> Floats:
    """Return points of light (…) of random brightness, mostly faint, none in the thick air of the horizon."""
    rng = np.random.default_rng(29)
    bright = np.where(rng.random(directions.shape[:2]) < 0.0028, rng.random(directions.shape[:2]) ** 4, 0.0)
    return bright * np.clip((directions[..., 2] - 0.05) / 0.3, 0, 1)


def _cloud_field(directions: Floats, seed: int, shift: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """Return a noise of mean 0 and deviation 1 on a layer of clouds above, fading to 0 at the horizon."""
    z = np.maximum(directions[..., 2], 0.0)
    # A curved layer: rays near the horizon meet it at a finite distance.
    distance = 1.0 / (z + 0.09)
    u = directions[..., 0] * distance + shift[0]
    v = directions[..., 1] * distance + shift[1]
    total = np.zeros(z.shape)
    for octave, (tile, amplitude) in enumerate(((7.0, 1.0), (1.9, 0.38), (0.61, 0.15))):
        field = spectral_noise(256, -1.85, seed + octave, low=2)
        total += amplitude * ndimage.map_coordinates(field, [v / tile * 256, u / tile * 256], order=1, mode="grid-wrap")
    return total / 1.08


def _with_clouds(air: Floats, directions: Floats, light: Light, look: Look) -> Floats:
    """Return the sky with fair-weather clouds in front of the air."""
    sun = np.array(light.direction)
    z = np.maximum(directions[..., 2], 0.0)
    field = _cloud_field(directions, seed=11)
    # Towards the light the layer is a little thinner or thicker: the difference shades the clouds.
    step = 0.16 * sun[:2] / max(np.hypot(sun[0], sun[1]), 0.3)
    towards = _cloud_field(directions, seed=11, shift=(float(step[0]), float(step[1])))
    threshold = 0.28
    cover = np.clip((field - threshold) / 0.75, 0, 1)
    cover = cover * cover * (3 - 2 * cover)
    shade = np.clip(0.62 - 0.55 * (towards - threshold) * 0.6 + 0.25 * (field - towards), 0.18, 1.0)
    facing = directions @ sun
    silver = 0.35 * np.clip(facing, 0, 1) ** 12 * (1 - cover)
    strength = np.array(light.irradiance)
    mean = np.einsum("ij,ijk->k", _solid_angles(directions), air) / (2 * np.pi)
    lit = strength * (0.26 * shade + silver)[..., None] + mean * 0.95
    # Distant clouds drown in the air before them.
    near = np.exp(-0.16 / (z + 0.05))[..., None] * (1 - 0.5 * look.haze)
    body = lit * near + air * (1 - near)
    alpha = (cover * np.clip(z / 0.03, 0, 1) * 0.96)[..., None]
    return air * (1 - alpha) + body * alpha
