"""What there is to draw: parts, materials and a look. All that a renderer needs beside snapshots and a camera.

A stage never changes; what moves is in the snapshots. It knows nothing of PyBullet, OpenGL or time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import UnknownNameError
from worldsim.physics.part import Part
from worldsim.physics.skin import Skin
from worldsim.render.season import seasoned
from worldsim.scene.layout import Geom, Material
from worldsim.scene.look import Look

HORIZON = 40.0
"""m: a plane at least this wide in both directions is drawn as the ground that reaches the horizon."""


class Stage:
    """What exists, in the order of the snapshots' rows.

    Attributes:
        parts: `World.parts`, and materials: by name; both as the season and the weather of the look leave them.
        look: the light. name: the scene's.
        skins: over the parts of actors; what they replace has `Geom.skinned`.
        class_names: what `GBuffer.class_id` counts; "background" is the first, the others in alphabetical order.
        instance_of: (P + 1,) int32: part index + 1 to `Part.instance`; entry 0 is the background's 0.
        class_of: (P + 1,) int32: part index + 1 to class id.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        materials: Mapping[str, Material],
        look: Look | None = None,
        name: str = "",
        skins: Sequence[Skin] = (),
    ) -> None:
        """Check that the parts are in order and that every visible geom's material is there.

        Raises:
            ValueError: parts whose index is not their place.
            UnknownNameError: a geom's material is not among `materials`.
        """
        self.look = look if look is not None else Look()
        self.name = name
        self.skins = tuple(skins)
        self._authored = tuple(parts), dict(materials)
        self.parts, self.materials = seasoned(parts, materials, self.look)
        for place, part in enumerate(self.parts):
            if part.index != place:
                raise ValueError(f"part {part.name!r} has index {part.index} but is at place {place} of the stage")
            for geom in part.geoms:
                if geom.visible and geom.material not in self.materials:
                    raise UnknownNameError("material", geom.material, self.materials)
        self.class_names = ("background", *sorted({part.class_name for part in self.parts}))
        number = {word: place for place, word in enumerate(self.class_names)}
        self.instance_of: NDArray[np.int32] = np.array([0, *(p.instance for p in self.parts)], np.int32)
        self.class_of: NDArray[np.int32] = np.array([0, *(number[p.class_name] for p in self.parts)], np.int32)

    @classmethod
    def of(cls, world: Any, look: Look | None = None) -> Stage:
        """Return the stage of a `World`, in another look than its scene's if one is given."""
        return cls(world.parts, world.layout.materials, look or world.scene.look, world.scene.name, world.skins)

    def with_look(self, look: Look) -> Stage:
        """Return the same stage in another light."""
        return Stage(*self._authored, look, self.name, self.skins)

    def without_skins(self) -> Stage:
        """Return the same stage for a renderer that cannot bend skins: their parts' own shapes stand in."""
        return Stage(*self._authored, self.look, self.name)

    def index(self, name: str) -> int:
        """Return the index of the part of that name, or of the first part of the owner of that name.

        Raises:
            UnknownNameError: there is neither.
        """
        for part in self.parts:
            if part.name == name:
                return part.index
        for part in self.parts:
            if part.owner == name:
                return part.index
        raise UnknownNameError("part", name, [part.name for part in self.parts])

    def ground(self) -> tuple[int, Geom] | None:
        """Return the part and geom of the plane that reaches the horizon, or None where there is none."""
        for part in self.parts:
            for geom in part.geoms:
                if geom.visible and is_ground(part, geom):
                    return part.index, geom
        return None


def is_ground(part: Part, geom: Geom) -> bool:
    """Return whether this geom is drawn as a plane that reaches the horizon."""
    return part.static and geom.shape.kind == "plane" and min(geom.shape.size) >= HORIZON
