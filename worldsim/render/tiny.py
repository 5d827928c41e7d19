"""The renderer where there is no OpenGL: PyBullet's TinyRenderer draws the same meshes with flat colours.

Depth and ids come from it, normals and motion are derived from them, the sky is filled in. It knows PyBullet only
through `worldsim.physics.client`.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import ClosedError, WorldsimError
from worldsim.physics.client import Client
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.develop import develop, to_srgb
from worldsim.render.gbuffer import GBuffer
from worldsim.render.grade import Grade
from worldsim.render.instances import Instances, gather
from worldsim.render.mesh import Mesh
from worldsim.render.motion import to_previous
from worldsim.render.renderer import Moment
from worldsim.render.sky import bake_sky, ground_albedo, hemi_uv
from worldsim.render.stage import Stage
from worldsim.rotation import quat_from_matrix_xyzw

Floats = NDArray[np.float64]
Ids = NDArray[np.int32]


def warn_of_loss(error: WorldsimError) -> None:
    """Say in one line what is lost without OpenGL; the error says why and how to bring it back."""
    warnings.warn(
        f"drawing with TinyRenderer: no textures, sky light, reflections or anti-aliasing, and slower; {error}",
        RuntimeWarning,
        stacklevel=3,
    )


class TinyRenderer:
    """Draws a stage with PyBullet's software renderer.

    Attributes:
        name: "tiny". size: (width, height) in pixels. stage: what it draws.
    """

    name = "tiny"

    def __init__(self, stage: Stage, size: tuple[int, int]) -> None:
        """Build a world of shapes that are only drawn."""
        self.stage = stage
        self.size = (int(size[0]), int(size[1]))
        self.sky = bake_sky(stage.look, ground_albedo(stage))
        self._instances: Instances = gather(stage.without_skins())
        self._client: Client | None = Client()
        self._bodies: list[tuple[int, int]] = []  # (PyBullet's body, row of the instances)
        count = len(self._instances.part)
        self._albedo = np.zeros((1, 3))
        for batch in self._instances.batches:
            for row in batch.rows.tolist():
                self._add(batch.meshes[0], row)
        rows = np.array([row for _, row in self._bodies], np.int64).reshape(-1)
        look = self._instances.look
        self._part = np.concatenate([[0], self._instances.part[rows] + 1]).astype(np.int32)
        self._surface = np.concatenate([np.zeros((1, 2)), look[rows, 11:13]]).astype(np.float32)
        self._last = np.full((count, 3, 4), np.nan)

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return the picture alone, (H, W, 3) uint8 sRGB, row 0 at the top."""
        return self._draw(snapshot, camera)[0]

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        """Return all layers; `previous` is where everything was in the frame before."""
        color, depth, body = self._draw(snapshot, camera)
        part = self._part[body]
        motion = np.zeros((*depth.shape, 2), np.float32)
        if previous is not None:
            motion = motion_of(depth, part, to_previous(snapshot, camera, *previous, self.size), camera)
        return GBuffer(
            color=color,
            depth=depth,
            normal=normals_of(depth, body, camera),
            albedo=self._albedo[body].astype(np.float32),
            roughness_metallic=self._surface[body],
            motion=motion,
            instance=self.stage.instance_of[part],
            class_id=self.stage.class_of[part],
            class_names=self.stage.class_names,
            part=part,
        )

    def reset(self) -> None:
        """Nothing is kept from frame to frame."""

    def close(self) -> None:
        """Disconnect; a second call does nothing."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _add(self, mesh: Mesh, row: int) -> None:
        """Create the bodies of one instance: one for each colour of its mesh."""
        client = self._connected()
        look = self._instances.look[row].astype(float)
        position = mesh.position * look[:3]
        normal = mesh.normal / look[:3]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        colours = look[None, 3:6]
        chosen = np.zeros(len(mesh.faces), np.int64)
        if mesh.colour is not None:
            # The skin's colours in sixteenths: one body for each that occurs.
            coded = np.round(mesh.colour[mesh.faces[:, 0]] * 16) / 16
            colours, chosen = np.unique(coded, axis=0, return_inverse=True)
            colours = np.stack([mesh.colour[mesh.faces[chosen == k, 0]].mean(0) for k in range(len(colours))])
        for number, colour in enumerate(colours):
            faces = mesh.faces[chosen.ravel() == number]
            used, local = np.unique(faces, return_inverse=True)
            shape = client.createVisualShape(
                client.GEOM_MESH,
                vertices=position[used].tolist(),
                indices=local.ravel().tolist(),
                normals=normal[used].tolist(),
                rgbaColor=[*(to_srgb(colour) / 255.0).tolist(), 1.0],
            )
            self._bodies.append((client.createMultiBody(0, -1, shape), row))
            self._albedo = np.concatenate([self._albedo, colour[None]])

    def _connected(self) -> Client:
        if self._client is None:
            raise ClosedError("this renderer is closed; make a new one with make_renderer")
        return self._client

    def _draw(self, snapshot: Snapshot, camera: Camera) -> tuple[NDArray[np.uint8], NDArray[np.float32], Ids]:
        """Return the picture, the depth, and for every pixel 0 or 1 + the place in `_bodies`."""
        client = self._connected()
        width, height = self.size
        poses = self._instances.poses(snapshot)
        moved = (poses != self._last).any((1, 2))
        for number, row in self._bodies:
            if moved[row]:
                pose = poses[row]
                client.resetBasePositionAndOrientation(
                    number, pose[:, 3].tolist(), quat_from_matrix_xyzw(pose[:, :3]).tolist()
                )
        self._last = poses
        sky = self.sky
        image = client.getCameraImage(
            width,
            height,
            camera.view().T.ravel().tolist(),
            camera.projection(width, height).T.ravel().tolist(),
            lightDirection=list(sky.light.direction),
            shadow=1 if sky.sun.any() else 0,
            renderer=client.ER_TINY_RENDERER,
        )
        color = np.asarray(image[2], np.uint8).reshape(height, width, 4)[..., :3].copy()
        buffer = np.asarray(image[3], np.float64).reshape(height, width)
        # OpenGL's depth buffer back to metres along the view axis.
        near, far = camera.near, camera.far
        body = np.asarray(image[4], np.int32).reshape(height, width) + 1
        depth = np.where(body > 0, near * far / (far - (far - near) * np.minimum(buffer, 1.0)), np.inf)
        nothing = body == 0
        color[nothing] = self._background(camera)[nothing]
        return color, depth.astype(np.float32), body

    def _background(self, camera: Camera) -> NDArray[np.uint8]:
        """Return the sky, and the far ground where there is one."""
        sky = self.sky
        direction = rays(camera, self.size) @ camera.rotation.T
        direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
        side = len(sky.map)
        at = np.clip((hemi_uv(direction) * side).astype(int), 0, side - 1)
        radiance = sky.map[at[..., 1], at[..., 0]].astype(float)
        if self.stage.ground() is not None:
            radiance = np.where(direction[..., 2:] < 0, 0.5 * (sky.ground + sky.horizon), radiance)
        return develop(radiance, Grade.of(self.stage.look))


def rays(camera: Camera, size: tuple[int, int]) -> Floats:
    """Return (H, W, 3) directions through the pixels' centres in camera space, one metre along the view axis."""
    width, height = size
    half = np.tan(camera.fov / 2)
    x = ((np.arange(width) + 0.5) / width * 2 - 1) * half * width / height
    y = (1 - (np.arange(height) + 0.5) / height * 2) * half
    u, v = np.meshgrid(x, y)
    return np.stack([u, v, np.full_like(u, -1.0)], -1)


def normals_of(depth: NDArray[np.float32], ids: Ids, camera: Camera) -> NDArray[np.float32]:
    """Return unit normals (H, W, 3) in camera space from depth (H, W) and ids (H, W); 0 where id is 0.

    In each direction the nearer in depth of the two neighbours of the same id is taken, so that edges stay sharp.
    """
    height, width = depth.shape
    points = rays(camera, (width, height)) * np.where(ids > 0, depth, 0.0)[..., None].astype(float)
    tangents = []
    for axis in (1, 0):
        steps = []
        for sign in (1, -1):
            other = np.roll(points, -sign, axis)
            same = (np.roll(ids, -sign, axis) == ids) & (ids > 0)
            edge = [slice(None), slice(None)]
            edge[axis] = slice(-1, None) if sign > 0 else slice(0, 1)
            same[tuple(edge)] = False
            steps.append((sign * (other - points), np.where(same, np.abs(other[..., 2] - points[..., 2]), np.inf)))
        (ahead, far_ahead), (behind, far_behind) = steps
        tangent = np.where((far_ahead <= far_behind)[..., None], ahead, behind)
        tangents.append(np.where(np.isfinite(np.minimum(far_ahead, far_behind))[..., None], tangent, 0.0))
    normal = np.cross(tangents[1], tangents[0])
    length = np.linalg.norm(normal, axis=-1, keepdims=True)
    facing = np.zeros_like(normal)
    facing[..., 2] = 1.0
    normal = np.where(length > 1e-15, normal / np.maximum(length, 1e-30), facing)
    normal[ids == 0] = 0
    return normal.astype(np.float32)


def motion_of(
    depth: NDArray[np.float32], part: Ids, matrices: NDArray[np.float32], camera: Camera
) -> NDArray[np.float32]:
    """Return motion (H, W, 2) in pixels from depth, part index + 1 and the matrices of `to_previous`."""
    height, width = depth.shape
    direction = rays(camera, (width, height))
    seen = part > 0
    point = np.concatenate([direction * np.where(seen, depth, 1.0)[..., None], seen[..., None]], -1)
    clip = np.einsum("hwij,hwj->hwi", matrices[part], point)
    ahead = clip[..., 2] > 1e-6
    scale = np.where(ahead, clip[..., 2], 1.0)
    was = (clip[..., :2] / scale[..., None] * [1.0, -1.0] * 0.5 + 0.5) * [width, height]
    u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.where(ahead[..., None], was - np.stack([u, v], -1), 0.0).astype(np.float32)
