"""The rasteriser: geometry into packed layers, light over them, anti-aliasing, and back to NumPy arrays.

It draws from snapshots alone; same inputs give the same bytes on the same driver. It knows nothing of PyBullet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import ClosedError
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.gbuffer import GBuffer
from worldsim.render.motion import to_previous
from worldsim.render.raster.batch import Instances, gather
from worldsim.render.raster.context import make_context, program, put, vertex_array
from worldsim.render.raster.shadow import fit
from worldsim.render.raster.pattern import SIDE
from worldsim.render.raster.tiles import texels
from worldsim.render.renderer import Moment
from worldsim.render.sky import Sky, bake_sky
from worldsim.render.stage import Stage

QUALITIES = ("fast", "good", "film")
"""fast: no anti-aliasing of the picture. good: the default. film: drawn at twice the size, for recordings."""

SHADOW_SIDE = 1024
FORMS = (False, True)  # the picture alone, all layers
VERTEX = (("in_position", 3), ("in_normal", 3), ("in_angle", 1), ("in_colour", 3))
POSE = (("at_x", 3), ("at_y", 3), ("at_z", 3), ("at_origin", 3))
LOOK = (("at_size", 3), ("at_colour", 4), ("at_colour2", 4), ("at_surface", 4), ("at_detail", 4))


class RasterRenderer:
    """Draws a stage with OpenGL 3.3, on a graphics card or with a software driver.

    Attributes:
        name: "raster". size: (width, height) in pixels. stage: what it draws. sky: the baked sky.
    """

    name = "raster"

    def __init__(self, stage: Stage, size: tuple[int, int], *, quality: str = "good") -> None:
        """Make a context, compile, upload meshes and textures.

        Raises:
            NoOpenGLError: no context can be made.
            ValueError: the quality is not one of `QUALITIES`.
        """
        if quality not in QUALITIES:
            raise ValueError(f"quality {quality!r} is unknown; known: {', '.join(QUALITIES)}")
        self.stage = stage
        self.size = (int(size[0]), int(size[1]))
        self.quality = quality
        self._scale = 2 if quality == "film" else 1
        self._instances = gather(stage)
        self.sky = bake_sky(stage.look, _ground_albedo(stage))
        self._context: Any = make_context()
        with self._context:
            self._load()

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return the picture alone, (H, W, 3) uint8 sRGB, row 0 at the top."""
        with self._current():
            self._draw(snapshot, camera, None)
            return self._picture()

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        """Return all layers; `previous` is where everything was in the frame before."""
        with self._current():
            self._draw(snapshot, camera, previous if previous is not None else (snapshot, camera))
            color = self._picture()
            width, height = self.size
            layers = [
                np.frombuffer(texture.read(), np.float32).reshape(height, width, 4) for texture in self._layers[1:4]
            ]
        normal_depth, albedo, rest = layers
        part = rest[..., 3].astype(np.int32)
        nothing = part == 0
        depth = np.where(nothing, np.float32(np.inf), normal_depth[..., 3])
        return GBuffer(
            color=color,
            depth=depth,
            normal=np.ascontiguousarray(normal_depth[..., :3]),
            albedo=np.ascontiguousarray(albedo[..., :3]),
            roughness_metallic=np.ascontiguousarray(np.stack([albedo[..., 3], rest[..., 2]], -1)),
            motion=np.ascontiguousarray(rest[..., :2]) if previous is not None else np.zeros((height, width, 2), np.float32),
            instance=self.stage.instance_of[part],
            class_id=self.stage.class_of[part],
            class_names=self.stage.class_names,
        )

    def reset(self) -> None:
        """Nothing is kept from frame to frame."""

    def close(self) -> None:
        """Release the context and all it holds; a second call does nothing."""
        if self._context is not None:
            with self._context:
                for thing in self._held:
                    thing.release()
                self._context.gc()
            self._context.release()
            self._context = None

    def _current(self) -> Any:
        if self._context is None:
            raise ClosedError("this renderer is closed")
        return self._context

    def _load(self) -> None:
        """Create all OpenGL objects."""
        gl = self._context
        width, height = self.size
        wide, high = width * self._scale, height * self._scale
        self._held: list[Any] = []
        hold = self._hold
        self._geometry = {
            (form, full): hold(
                program(gl, "geometry.vert.glsl", "geometry.frag.glsl", (form, "FULL") if full else (form,))
            )
            for form in ("FLAT", "ROUND", "GROUND")
            for full in FORMS
        }
        self._light = {
            full: hold(program(gl, "screen.vert.glsl", "light.frag.glsl", ("FULL",) if full else ()))
            for full in FORMS
        }
        self._fxaa = hold(program(gl, "screen.vert.glsl", "fxaa.frag.glsl"))
        self._shadow = hold(program(gl, "shadow.vert.glsl", "shadow.frag.glsl"))
        self._screens = {key: hold(gl.vertex_array(p, [])) for key, p in self._light.items()}
        self._fxaa_screen = hold(gl.vertex_array(self._fxaa, []))

        packed = hold(gl.texture((width, height), 4, dtype="u4"))
        truth = hold(gl.texture((width, height), 1, dtype="u4"))
        packed.filter = truth.filter = (gl.NEAREST, gl.NEAREST)
        depth = hold(gl.depth_renderbuffer((width, height)))
        self._packed, self._truth = packed, truth
        self._geometry_target = {
            False: hold(gl.framebuffer([packed], depth)),
            True: hold(gl.framebuffer([packed, truth], depth)),
        }
        self._layers = [hold(gl.texture((width, height), 4, dtype="f1"))] + [
            hold(gl.texture((width, height), 4, dtype="f4")) for _ in range(3)
        ]
        self._layers[0].filter = (gl.LINEAR, gl.LINEAR)
        self._layers[0].repeat_x = self._layers[0].repeat_y = False
        self._light_target = {
            False: hold(gl.framebuffer([self._layers[0]])),
            True: hold(gl.framebuffer(self._layers)),
        }
        self._final = hold(gl.framebuffer([hold(gl.texture((width, height), 4, dtype="f1"))]))
        self._shadow_map = hold(gl.depth_texture((2 * SHADOW_SIDE, SHADOW_SIDE)))
        self._shadow_map.compare_func = "<="
        self._shadow_map.filter = (gl.LINEAR, gl.LINEAR)
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow_target = hold(gl.framebuffer(depth_attachment=self._shadow_map))
        self._occlusion = hold(gl.texture((width, height), 1, np.full(width * height, 255, np.uint8).tobytes(), alignment=1))
        self._load_sky()
        self._load_tiles()
        self._load_batches()
        parts = len(self.stage.parts) + 1
        self._previous = hold(gl.texture((3, parts), 4, dtype="f4"))
        self._previous.filter = (gl.NEAREST, gl.NEAREST)

    def _hold(self, thing: Any) -> Any:
        """Remember what `close` releases."""
        self._held.append(thing)
        return thing

    def _load_sky(self) -> None:
        gl, sky = self._context, self.sky
        side = sky.map.shape[0]
        self._sky_map = self._hold(gl.texture((side, side), 3, sky.map.astype(np.float16).tobytes(), dtype="f2", alignment=2))
        self._sky_map.build_mipmaps()
        self._sky_map.filter = (gl.LINEAR_MIPMAP_LINEAR, gl.LINEAR)
        self._sky_map.repeat_x = self._sky_map.repeat_y = False
        ground = self.stage.ground()
        self._ground = ground
        for target in self._light.values():
            put(
                target,
                surfaces=0,
                sky_map=1,
                shadow_map=2,
                occlusion=3,
                truths=4,
                to_previous=5,
                size=self.size,
                sun_direction=sky.light.direction,
                sun_irradiance=tuple(sky.sun),
                sun_disc=(*sky.disc, float(np.cos(sky.light.angular_radius))),
                harmonics=sky.harmonics.astype(np.float32).tobytes(),
                ground_radiance=tuple(sky.ground),
                has_ground=1.0 if ground is not None else 0.0,
                haze_density=sky.haze_density,
                stars=sky.stars,
                sky_levels=float(np.log2(side)),
            )
        put(self._fxaa, image=0, texel=(1 / self.size[0], 1 / self.size[1]))

    def _load_tiles(self) -> None:
        gl = self._context
        layers = self._instances.layers
        data = np.stack([texels(name) for name in layers])
        self._tiles = self._hold(gl.texture_array((SIDE, SIDE, len(layers)), 4, data.tobytes()))
        self._tiles.build_mipmaps()
        self._tiles.filter = (gl.LINEAR_MIPMAP_LINEAR, gl.LINEAR)
        self._tiles.repeat_x = self._tiles.repeat_y = True

    def _load_batches(self) -> None:
        gl, instances = self._context, self._instances
        self._draws = []
        for batch in instances.batches:
            mesh = batch.mesh
            count = len(mesh.position)
            colour = mesh.colour if mesh.colour is not None else np.full((count, 3), -1, np.float32)
            vertex = np.concatenate([mesh.position, mesh.normal, mesh.angle[:, None], colour], 1)
            vertices = self._hold(gl.buffer(np.ascontiguousarray(vertex, np.float32).tobytes()))
            index = self._hold(gl.buffer(mesh.faces.tobytes()))
            look = self._hold(gl.buffer(np.ascontiguousarray(instances.look[batch.rows]).tobytes()))
            pose = self._hold(gl.buffer(reserve=48 * len(batch.rows)))
            buffers = ((vertices, VERTEX, ""), (pose, POSE, "/i"), (look, LOOK, "/i"))
            drawn = {full: self._hold(vertex_array(gl, self._geometry[batch.form, full], buffers, index)) for full in FORMS}
            cast = self._hold(vertex_array(gl, self._shadow, buffers, index)) if batch.casts else None
            self._draws.append((batch, pose, drawn, cast))

    def _draw(self, snapshot: Snapshot, camera: Camera, previous: Moment | None) -> None:
        """Draw into the layers, all of them where `previous` is given."""
        gl = self._context
        full = previous is not None
        width, height = self.size
        poses = self._instances.poses(snapshot)
        columns = np.ascontiguousarray(poses.transpose(0, 2, 1), np.float32)
        for batch, pose, _, _ in self._draws:
            pose.write(columns[batch.rows].tobytes())
        view = camera.view()
        clip = camera.projection(width, height) @ view
        light = self._light[full]

        if self.sky.sun.any():
            self._draw_shadows(poses, camera, light)

        self._geometry_target[full].use()
        self._geometry_target[full].clear()
        gl.enable_only(gl.DEPTH_TEST | gl.CULL_FACE)
        for form in ("FLAT", "ROUND", "GROUND"):
            put(
                self._geometry[form, full],
                world_to_clip=clip.T.astype(np.float32).tobytes(),
                eye=tuple(camera.position),
                gaze=tuple(-camera.rotation[:, 2]),
                pixel_angle=float(2 * np.tan(camera.fov / 2) / height),
                tiles=0,
            )
        self._tiles.use(0)
        for batch, _, drawn, _ in self._draws:
            drawn[full].render(instances=len(batch.rows))

        gl.enable_only(gl.NOTHING)
        self._light_target[full].use()
        self._packed.use(0)
        self._sky_map.use(1)
        self._shadow_map.use(2)
        self._occlusion.use(3)
        half = np.tan(camera.fov / 2)
        right, up, back = camera.rotation.T
        pixel = 2 * half / height
        put(
            light,
            eye=tuple(camera.position),
            ray_corner=tuple(-back - right * half * width / height + up * half),
            ray_right=tuple(right * pixel),
            ray_down=tuple(-up * pixel),
        )
        if self._ground is not None:
            put(light, ground_height=float(snapshot.position[self._ground[0], 2]))
        if previous is not None:
            self._truth.use(4)
            self._previous.write(to_previous(snapshot, camera, *previous, self.size).tobytes())
            self._previous.use(5)
            focal = 0.5 * height / half
            put(light, right_axis=tuple(right), up_axis=tuple(up), back_axis=tuple(back), focal=(focal, focal))
        self._screens[full].render(mode=gl.TRIANGLES, vertices=3)
        if self.quality != "fast":
            self._final.use()
            self._layers[0].use(0)
            self._fxaa_screen.render(mode=gl.TRIANGLES, vertices=3)

    def _draw_shadows(self, poses: NDArray[np.float64], camera: Camera, light: Any) -> None:
        """Draw both halves of the shadow map and tell the light pass where they are."""
        gl = self._context
        width, height = self.size
        casters = [batch for batch, _, _, cast in self._draws if cast is not None]
        rows = np.concatenate([batch.rows for batch in casters]) if casters else np.zeros(0, np.int64)
        if len(rows):
            centre, radius = poses[rows, :, 3], self._instances.radius[rows, None]
            low, high = (centre - radius).min(0), (centre + radius).max(0)
            ahead = (centre - camera.position) @ -camera.rotation[:, 2]
            ahead = ahead[ahead > 0]
            focus = float(np.median(ahead)) if len(ahead) else 5.0
        else:
            low, high, focus = np.zeros(3), np.ones(3), 5.0
        direction = np.array(self.sky.light.direction)
        cascades = fit(camera, width / height, direction, low, high, focus, SHADOW_SIDE)
        self._shadow_target.use()
        self._shadow_target.clear()
        gl.enable_only(gl.DEPTH_TEST)
        matrices = []
        for place, cascade in enumerate(cascades):
            self._shadow_target.viewport = (place * SHADOW_SIDE, 0, SHADOW_SIDE, SHADOW_SIDE)
            put(self._shadow, world_to_light=cascade.matrix.T.astype(np.float32).tobytes())
            for batch, _, _, cast in self._draws:
                if cast is not None:
                    cast.render(instances=len(batch.rows))
            into = np.diag([0.25, 0.5, 0.5, 1.0])
            into[:3, 3] = (0.25 + 0.5 * place, 0.5, 0.5)
            matrices.append((into @ cascade.matrix).T.astype(np.float32))
        put(
            light,
            world_to_shadow=np.stack(matrices).tobytes(),
            shadow_texel=(cascades[0].texel, cascades[1].texel),
        )

    def _picture(self) -> NDArray[np.uint8]:
        """Read the finished picture."""
        width, height = self.size
        texture = self._layers[0] if self.quality == "fast" else self._final.color_attachments[0]
        data = np.frombuffer(texture.read(), np.uint8).reshape(height, width, 4)
        return np.ascontiguousarray(data[..., :3])


def _ground_albedo(stage: Stage) -> tuple[float, float, float]:
    """Return the mean colour of the ground, or that of a grey floor."""
    ground = stage.ground()
    if ground is None:
        return 0.2, 0.2, 0.2
    material = stage.materials[ground[1].material]
    first = ground[1].colour or material.colour
    mean = 0.5 * (np.array(first) + np.array(material.colour2 if ground[1].colour is None else first))
    return float(mean[0]), float(mean[1]), float(mean[2])
