"""What the network is told, channel by channel. The layout of the tensors, and nothing that fills them."""

from __future__ import annotations

from typing import NamedTuple

from worldsim.scene.look_vector import LOOK_VECTOR_NAMES

STATE = slice(0, 3)
"""The picture on its way from raster to footage, in [−1, 1]."""
RASTER = slice(3, 6)
"""The raster's picture, in [−1, 1]."""
NEARNESS = slice(6, 7)
"""1 / (1 + depth / `NEAR`), 0 where nothing is."""
NORMAL = slice(7, 10)
"""Unit normal in camera space, 0 where nothing is."""
ALBEDO = slice(10, 13)
"""Square root of the linear albedo."""
SURFACE = slice(13, 15)
"""Roughness and metallic."""
MOTION = slice(15, 17)
"""Motion over `FAST` pixels a frame, clipped to ±1."""
HISTORY = slice(17, 20)
"""Own last picture less the raster it began at, carried along by the motion: 0 where there is none."""
HELD = slice(20, 21)
"""1 where the last picture has the same surface, 0 where it is newly seen."""
NOISE = slice(21, 22)
"""Noise that sticks to surfaces; see `object_noise.py`."""
LIT = slice(22, 23)
"""Cosine between the normal and the direction to the light, 0 where nothing is."""
UP = slice(23, 24)
"""Cosine between the normal and the world's up, 0 where nothing is."""
PIXELS = 24

NEAR = 4.0
"""m: the depth at which nearness is ½."""
FAST = 16.0
"""Pixels a frame: the motion that counts as 1."""

GROUPS = ("depth", "normal", "albedo", "surface", "motion", "history", "noise", "kind", "instance", "look")
"""What can be left out: a bit each tells the network, and its channels are then 0."""


class Span(NamedTuple):
    """Where a group lies in the pixels."""

    group: str
    channels: slice


SPANS = (
    Span("depth", NEARNESS),
    Span("normal", NORMAL),
    Span("albedo", ALBEDO),
    Span("surface", SURFACE),
    Span("motion", MOTION),
    Span("history", HISTORY),
    Span("history", HELD),
    Span("noise", NOISE),
    Span("normal", LIT),
    Span("normal", UP),
)
"""The groups that are pixels; kind and instance are indices, look is global."""

LOOK = slice(0, len(LOOK_VECTOR_NAMES))
AZIMUTH = slice(LOOK_VECTOR_NAMES.index("light_azimuth_cos"), LOOK_VECTOR_NAMES.index("light_azimuth_sin") + 1)
"""Entries of the look that say nothing as long as nobody says where the camera looks; `LIT` says it instead."""
KNOWN = slice(LOOK.stop, LOOK.stop + len(GROUPS))
LEVEL = slice(KNOWN.stop, KNOWN.stop + 1)
"""How much noise was put on the past, as a share of the full range."""
GLOBALS = LEVEL.stop

KIND_NAMES = (
    "background", "plain", "wood", "planks", "brushed", "rust", "stone", "marble", "concrete", "brick", "asphalt",
    "grass", "soil", "sand", "gravel", "snow", "ice", "rubber", "plastic", "cardboard", "fabric", "carpet", "leather",
    "fur", "tiles",
)  # fmt: skip
"""Kinds of surfaces: the texture of the main material of the part that is seen. Others count as "plain"."""
LIKE = {"leaves": "grass"}
"""Textures that the shipped weights have not seen, and the kind they are most like."""
KINDS = 32
"""Rows of the embedding: room for kinds to come."""
BUCKETS = 16
"""Instances are told apart by a bucket each: a hash of their number."""


def kind_number(texture: str) -> int:
    """Return the kind of a texture by name; that of "plain" where it has none."""
    texture = LIKE.get(texture, texture)
    return KIND_NAMES.index(texture) if texture in KIND_NAMES[1:] else 1


def bucket_number(instance: int) -> int:
    """Return the bucket of an instance id: 0 for the background, else 1 … BUCKETS − 1, neighbours far apart."""
    return 0 if instance <= 0 else 1 + (instance * 7) % (BUCKETS - 1)
