"""Skins and their fur in Cycles: bent anew for every picture. Runs inside Blender's Python."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

Arrays = Any


class BentThing:
    """A mesh, or hairs, whose points follow bones.

    Attributes:
        thing: the object, which stays at the origin.
    """

    def __init__(self, name: str, geometry: Any, rest: Arrays, normal: Arrays, weights: Arrays, part: int) -> None:
        """Take the geometry at rest.

        Args:
            name: of the object.
            geometry: a mesh, or curves.
            rest: (N, K, 3) m: K points that follow alike.
            normal: (N, 3) of a mesh, None of curves.
            weights: (N, B).
            part: pass index of the object.
        """
        self.thing = bpy.data.objects.new(name, geometry)
        self.thing.pass_index = part
        bpy.context.scene.collection.objects.link(self.thing)
        self._geometry, self._rest, self._normal, self._weights = geometry, rest, normal, weights
        self._moving = False

    def bend(self, matrices: Arrays, before: Arrays, shutter: float) -> None:
        """Bring every point to where the bones' matrices (B, 3, 4) take it.

        Where the matrices of the moment before are given, it moves: the shutter is open for that share of the time
        between both and closes now.
        """
        place = self._bent(matrices)
        moves = before is not None and not np.allclose(before, matrices, rtol=0, atol=1e-7)
        if moves:
            way = place - self._bent(before)
            # Cycles lets things move to both sides of where they are, in a shutter that it centres there; it takes m/s.
            place = place - 0.5 * shutter * way
            self._attribute("velocity", way * bpy.context.scene.render.fps)
        elif self._moving:
            attributes = self._geometry.attributes
            attributes.remove(attributes["velocity"])
        self._moving = moves
        if self._normal is None:
            self._geometry.points.foreach_set("position", place.astype(np.float32).ravel())
            self._geometry.update_tag()
            return
        self._geometry.vertices.foreach_set("co", place.astype(np.float32).ravel())
        self._geometry.update()
        blend = (self._weights @ matrices.reshape(-1, 12)).reshape(-1, 3, 4)
        normal = np.einsum("nij,nj->ni", blend[:, :, :3], self._normal)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        self._geometry.normals_split_custom_set_from_vertices(normal.astype(np.float32))
        self._geometry.update_tag()

    def _bent(self, matrices: Arrays) -> Arrays:
        """Return the points (N·K, 3) in the world."""
        blend = (self._weights @ matrices.reshape(-1, 12)).reshape(-1, 1, 3, 4)
        placed = np.einsum("nkij,nkj->nki", np.broadcast_to(blend[..., :3], (*self._rest.shape, 3)), self._rest)
        return (placed + blend[..., 3]).reshape(-1, 3)

    def _attribute(self, name: str, vectors: Arrays) -> None:
        """Store one vector a point."""
        attributes = self._geometry.attributes
        made = attributes.get(name) or attributes.new(name, "FLOAT_VECTOR", "POINT")
        made.data.foreach_set("vector", np.ascontiguousarray(vectors, np.float32).ravel())
