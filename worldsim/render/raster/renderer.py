"""The rasteriser: geometry into packed layers, light over them, anti-aliasing, and back to NumPy arrays.

It draws from snapshots alone; same inputs give the same bytes on the same driver. Everything is drawn upside down, so
that the first row read back is the top one. It knows nothing of PyBullet.
It is longer than other modules because all passes share one context's textures, and the order in which they are made,
drawn and given back is told in one place.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import ClosedError
from worldsim.physics.state import Snapshot
from worldsim.render.camera import Camera
from worldsim.render.develop import develop
from worldsim.render.gbuffer import GBuffer
from worldsim.render.grade import Grade
from worldsim.render.instances import gather
from worldsim.render.motion import to_previous
from worldsim.render.raster import shadow
from worldsim.render.raster.assets import (
    INSTANCE_WIDTH,
    POSE_WIDTH,
    Holder,
    by_level,
    load_batches,
    load_sky,
    load_tiles,
    packed,
)
from worldsim.render.raster.context import flusher, make_context, program, put
from worldsim.render.raster.skin import SkinDraw
from worldsim.render.raster.targets import Targets
from worldsim.render.raster.told import Told, Words
from worldsim.render.renderer import Moment
from worldsim.render.sky import bake_sky, ground_albedo
from worldsim.render.stage import Stage

QUALITIES = ("fast", "good", "film")
"""fast: no anti-aliasing, no ambient occlusion, one scale of texture on the ground. good: the default. film: the
picture is drawn at twice the size and halved, for recordings; its layers are those of good."""

SHADOW_SIDE = {"fast": 1.0, "good": 2.5, "film": 4.0}
"""Texels of the edge of each of the two squares of the shadow map, a row of the picture."""

SHADOW_LIMITS = (384, 2048)
"""Texels: the edge of a square is a multiple of 128 between these."""

HORIZON_FAR = 4000.0
"""m: the picture shows the ground at least this far, whatever the camera's far plane cuts from the layers."""

OPEN_WITHIN = 1.2
"""m: how far around a point things take the sky from it. Further is nearer to the path tracer under shelves, but four
looks around a point leave blotches below thin things that stand high."""

FORMS = (False, True)  # the picture alone, all layers


class RasterRenderer:
    """Draws a stage with OpenGL 3.3, on a graphics card or with a software driver.

    Attributes:
        name: "raster". size: (width, height) in pixels. stage: what it draws. sky: the baked sky.
        quality: one of `QUALITIES`.
    """

    name = "raster"

    def __init__(
        self, stage: Stage, size: tuple[int, int], *, quality: str = "good", shadow_side: int | None = None
    ) -> None:
        """Make a context, compile, upload meshes and textures.

        Args:
            stage: what there is to draw.
            size: (width, height) in pixels.
            quality: one of `QUALITIES`.
            shadow_side: texels of the edge of a shadow square; left out, it follows from the quality.

        Raises:
            NoOpenGLError: no context can be made.
            UnknownNameError: a material asks for a texture that does not exist.
            ValueError: the quality is not one of `QUALITIES`.
        """
        if quality not in QUALITIES:
            raise ValueError(f"quality {quality!r} is unknown; known: {', '.join(QUALITIES)}")
        self.stage = stage
        self.quality = quality
        self._wanted_side = shadow_side
        self._double: RasterRenderer | None = None
        self._told: Told | None = None
        self._instances = gather(stage)
        self.sky = bake_sky(stage.look, ground_albedo(stage))
        self._grade = Grade.of(stage.look)
        self._context: Any = make_context()
        self._process = os.getpid()
        self._flush = flusher()
        with self._context:
            self._hold, self._hold_targets = Holder(self._context), Holder(self._context)
            self._load_programs()
            self._load_stage()
            self._fit(size)
        if quality == "film":
            twice = (2 * self.size[0], 2 * self.size[1])
            self._double = RasterRenderer(stage, twice, shadow_side=self._shadow_side)

    def resize(self, size: tuple[int, int]) -> None:
        """Draw pictures of another size, (width, height) px: quicker than making another renderer."""
        with self._current():
            self._fit(size)
        if self._double is not None:
            self._double._wanted_side = self._shadow_side
            self._double.resize((2 * self.size[0], 2 * self.size[1]))

    def frame(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> NDArray[np.uint8]:
        """Return the picture alone, (H, W, 3) uint8 sRGB, row 0 at the top."""
        with self._current():
            if self._double is None:
                self._draw(snapshot, camera, None)
                return self._picture()
        return halved(self._double.frame(snapshot, camera))

    def render(self, snapshot: Snapshot, camera: Camera, previous: Moment | None = None) -> GBuffer:
        """Return all layers; `previous` is where everything was in the frame before."""
        with self._current():
            self._draw(snapshot, camera, previous if previous is not None else (snapshot, camera))
            layers = self._layers(self._picture(), camera, previous is not None)
        if self._double is not None:
            layers = replace(layers, color=halved(self._double.frame(snapshot, camera)))
        return layers

    def teach(self, table: NDArray[np.uint32], near: float, fast: float) -> None:
        """Make ready for `tell`; see `Told` for what it takes.

        Raises:
            ValueError: quality "film", whose picture is made by another renderer.
        """
        if self._double is not None:
            raise ValueError("the picture of quality 'film' is not there when the layers are drawn; choose another one")
        with self._current():
            self._told = Told(self._hold, table, near, fast, bool(self.stage.skins))
            self._told.fit(self._hold_targets, self.size)
            self._passes["told"], self._screens["told"] = self._told.item, self._told.screen

    def tell(
        self,
        snapshot: Snapshot,
        camera: Camera,
        previous: Moment | None,
        axes: tuple[NDArray[np.float32], NDArray[np.float32]],
        layers: bool = False,
    ) -> Words:
        """Return what a network is told of a frame, after `teach`.

        Args:
            snapshot: where everything is.
            camera: the camera.
            previous: the frame before, or None: nothing moves then.
            axes: towards the light and up, (3,) each, in camera space.
            layers: whether all layers are wanted, too.
        """
        told = self._told
        assert told is not None
        with self._current():
            self._draw(snapshot, camera, previous if previous is not None else (snapshot, camera), layers)
            told.use(self._finished.color_attachments[0], *axes, camera.far, previous is not None)
            self._targets.surfaces.use(0)
            self._screen("told", told.target)
            picture = self._picture()
            found = self._layers(picture, camera, previous is not None) if layers else None
            return told.read(self._targets.surfaces, picture, found)

    def _layers(self, color: NDArray[np.uint8], camera: Camera, moves: bool) -> GBuffer:
        """Read all layers; `moves` says whether there was a frame before."""
        width, height = self.size
        normal_depth, albedo, rest = (np.empty((height, width, 4), np.float32) for _ in range(3))
        for texture, layer in zip(self._targets.layers[1:], (normal_depth, albedo, rest), strict=True):
            texture.read_into(layer)
        part = rest[..., 3].astype(np.int32)
        if (normal_depth[..., 3] > camera.far).any():
            normal_depth, albedo, rest = self._within(camera.far, normal_depth, albedo, rest)
            part = rest[..., 3].astype(np.int32)
        moved = rest[..., :2] if moves else np.zeros((height, width, 2), np.float32)
        return GBuffer(
            color=color,
            depth=np.where(part == 0, np.float32(np.inf), normal_depth[..., 3]),
            normal=normal_depth[..., :3],
            albedo=albedo[..., :3],
            roughness_metallic=np.stack([albedo[..., 3], rest[..., 2]], -1),
            motion=moved,
            instance=self.stage.instance_of[part],
            class_id=self.stage.class_of[part],
            class_names=self.stage.class_names,
            part=part,
        )

    def reset(self) -> None:
        """Nothing is kept from frame to frame."""

    def close(self) -> None:
        """Release the context and all it holds; a second call, or one from a forked child, does nothing."""
        if self._context is not None and self._process == os.getpid():
            with self._context:
                self._hold_targets.release()
                self._hold.release()
            self._context.release()
            self._context = None
        if self._double is not None:
            self._double.close()

    def _current(self) -> Any:
        """Return the context, to be made current by `with`."""
        if self._context is None:
            raise ClosedError("this renderer is closed; make a new one with make_renderer")
        if self._process != os.getpid():
            raise ClosedError("this renderer belongs to the process that this one was forked from; make a new one")
        return self._context

    def _fit(self, size: tuple[int, int]) -> None:
        """Make what there is one of for each pixel."""
        self.size = (int(size[0]), int(size[1]))
        side = int(np.clip(128 * round(SHADOW_SIDE[self.quality] * self.size[1] / 128), *SHADOW_LIMITS))
        self._shadow_side = self._wanted_side or side
        self._hold_targets.release()
        stage = self.stage
        self._targets = Targets(self._hold_targets, self.size, self._shadow_side, len(stage.parts), bool(stage.skins))
        for item in (*self._geometry.values(), *self._skinned.values()):
            put(item, extent=self.size)
        for item in self._passes.values():
            put(item, size=self.size)
        if self._told is not None:
            self._told.fit(self._hold_targets, self.size)

    def _load_programs(self) -> None:
        """Compile every pass."""
        gl, hold = self._context, self._hold
        fast = ("FAST",) if self.quality == "fast" else ()
        skins = ("SKINS",) if self.stage.skins else ()
        words = {False: fast, True: (*fast, *skins, "FULL")}
        self._skinned = {
            full: hold(program(gl, "skin.vert", "geometry.frag", ("SKIN", *words[full]))) for full in FORMS if skins
        }
        self._skin_shadow = hold(program(gl, "shadow.vert", "shadow.frag", ("SKIN",)))
        self._geometry = {
            (form, full): hold(program(gl, "geometry.vert", "geometry.frag", (form, *words[full])))
            for form in ("FLAT", "ROUND", "GROUND")
            for full in FORMS
        }
        self._shadow = hold(program(gl, "shadow.vert", "shadow.frag"))
        self._passes: dict[str, Any] = {}
        self._screens: dict[str, Any] = {}
        graded = () if self._grade.neutral else ("GRADED",)
        for full in FORMS:
            for name in ("light", "sky"):
                key = f"{name} full" if full else name
                shared = ("motion", "sky") if full else ("sky",)
                self._passes[key] = program(gl, "screen.vert", f"{name}.frag", (*words[full], *graded), *shared)
        for name in ("visibility", "blur", "fxaa"):
            self._passes[name] = program(gl, "screen.vert", f"{name}.frag", fast)
        for name, item in self._passes.items():
            hold(item)
            self._screens[name] = hold(gl.vertex_array(item, []))

    def _load_stage(self) -> None:
        """Upload the stage and set the uniforms that never change."""
        sky = self.sky
        self._draws = load_batches(self._hold, self._instances, self._geometry, self._shadow)
        self._data = np.empty((len(self._instances.part), INSTANCE_WIDTH), np.float32)
        self._data[:, POSE_WIDTH:] = packed(self._instances.look)
        self._skins = [
            SkinDraw(self._hold, skin, look, self._skinned, self._skin_shadow)
            for skin, look in zip(self.stage.skins, packed(self._instances.skin_look), strict=True)
        ]
        self._tiles, self._noise = load_tiles(self._hold, self._instances.layers, self.quality == "fast")
        self._sky_map, self._blurred_sky, blur_levels = load_sky(self._hold, sky, self._grade)
        for item in (*self._geometry.values(), *self._skinned.values()):
            put(item, tiles=0, patches=1)
        for item in self._passes.values():
            put(
                item,
                **{"surfaces": 0, "shadow_map": 1, "shadow_depth": 2, "found": 0, "image": 0},
                **{"sky_map": 1, "blurred_sky": 2, "visible": 3, "truths": 4, "to_previous": 5},
                radius=OPEN_WITHIN,
                sun_direction=sky.light.direction,
                sun_irradiance=tuple(sky.sun),
                sun_disc=(
                    *(develop(sky.disc, self._grade) / 255.0),
                    float(np.cos(sky.light.angular_radius)) if sky.sun.any() else 2.0,
                ),
                harmonics=sky.harmonics.astype(np.float32).tobytes(),
                air_fit=sky.air.astype(np.float32).tobytes(),
                air_axis=tuple(sky.air_axis),
                ground_radiance=tuple(sky.ground),
                haze_density=sky.haze_density,
                grade=np.array(self._grade.matrix, np.float32).T.tobytes(),
                grade_exponent=self._grade.exponent,
                blur_levels=blur_levels,
            )

    def _draw(self, snapshot: Snapshot, camera: Camera, previous: Moment | None, layers: bool = True) -> None:
        """Draw the picture; where `previous` is given, also what all layers are made of and, with `layers`, those."""
        gl, full = self._context, previous is not None
        layers = layers and full
        turn, place = self._instances.placed(snapshot)
        data = self._data
        data[:, :4], data[:, 4:POSE_WIDTH] = turn, place - camera.position
        self._set_camera(camera)
        sizes = self._bend_skins(snapshot, camera, previous)
        gl.depth_func = "<"
        if self.sky.sun.any():
            self._draw_shadows(place, camera)
        gl.front_face = "cw"  # upside down

        target = self._targets.geometry[full]
        target.use()
        target.clear()
        gl.enable_only(gl.DEPTH_TEST | gl.CULL_FACE)
        self._tiles.use(0)
        self._noise.use(1)
        size = self._pixels_per_m(place, self._instances.radius, camera) * np.minimum(self._instances.bend, 1e6)
        for skin, seen in zip(self._skins, sizes, strict=True):
            if seen > 0:
                skin.render(snapshot.orientation[skin.skin.parts[0]], full)
        for draw in self._draws:
            for sheaf, rows in zip(draw.levels, by_level(draw.batch.rows, size, len(draw.levels)), strict=True):
                sheaf.render(data[rows], int(full))
        self._flush()

        gl.enable_only(gl.NOTHING)
        self._targets.surfaces.use(0)
        self._targets.shadow_map.use(1)
        self._targets.shadow_map.use(2)
        self._targets.plain_depth.use(2)
        self._screen("visibility", self._targets.visible[0])
        self._targets.plain_depth.clear(2)
        visible = self._targets.visible[0]
        if self.quality != "fast":
            visible.color_attachments[0].use(0)
            visible = self._targets.visible[1]
            self._screen("blur", visible)
        self._targets.surfaces.use(0)
        self._sky_map.use(1)
        self._blurred_sky.use(2)
        visible.color_attachments[0].use(3)
        if previous is not None:
            self._targets.truths.use(4)
            self._targets.motions.write(to_previous(snapshot, camera, *previous, self.size))
            self._targets.motions.use(5)
        gl.enable_only(gl.DEPTH_TEST)
        gl.depth_func = ">"  # where a surface is nearer than the far plane
        self._screen("light full" if layers else "light", self._targets.light[layers])
        gl.depth_func = "<="  # where nothing is
        self._screen("sky full" if layers else "sky", self._targets.light[layers])
        if self.quality != "fast":
            gl.enable_only(gl.NOTHING)
            self._targets.layers[0].use(0)
            self._screen("fxaa", self._targets.smooth)

    def _bend_skins(self, snapshot: Snapshot, camera: Camera, previous: Moment | None) -> list[float]:
        """Give the skins' buffers this moment and, for the motion, the one before; return their pixels a metre."""
        sizes = []
        for skin in self._skins:
            skin.place(snapshot)
            seen = float(self._pixels_per_m(skin.centre[None], np.array([skin.radius]), camera)[0])
            skin.bend(snapshot, camera.position, seen)
            if previous is not None:
                skin.bend_before(previous[0], previous[1].position)
            sizes.append(seen)
        if sizes and previous is not None:
            before = np.eye(4)
            before[:3, :3] = previous[1].rotation.T
            matrix = (previous[1].projection(*self.size) @ before).T.astype(np.float32)
            put(self._skinned[True], was_to_clip=matrix.tobytes())
        return sizes

    def _pixels_per_m(
        self, place: NDArray[np.float64], radius: NDArray[np.float64], camera: Camera
    ) -> NDArray[np.float64]:
        """Return (G,) how many pixels a metre covers at the near end of each sphere; 0 outside the picture."""
        local = (place - camera.position) @ camera.rotation
        half = np.tan(camera.fov / 2)
        slopes = np.array([half * self.size[0] / self.size[1], half])
        # Inside all four slanted planes of the view, or nearer to them than the radius.
        beside = np.abs(local[:, :2]) + local[:, 2:] * slopes - radius[:, None] * np.sqrt(1 + slopes**2)
        inside = (beside < 0).all(1) & (local[:, 2] < radius)
        away = np.linalg.norm(local, axis=1)
        return np.where(inside, 0.5 * self.size[1] / half / np.maximum(away - radius, 1e-3), 0.0)

    def _screen(self, name: str, target: Any) -> None:
        """Run a pass over the whole of a target."""
        target.use()
        self._screens[name].render(mode=self._context.TRIANGLES, vertices=3)
        if name != "light" and name != "light full":  # the sky follows on the same target
            self._flush()

    def _set_camera(self, camera: Camera) -> None:
        """Set the uniforms that follow from the camera."""
        width, height = self.size
        half = float(np.tan(camera.fov / 2))
        right, up, back = camera.rotation.T
        pixel = 2 * half / height
        flip = np.diag([1.0, -1.0, 1.0, 1.0])
        lens = replace(camera, far=max(camera.far, HORIZON_FAR))
        view = np.eye(4)
        view[:3, :3] = camera.rotation.T
        clip = (flip @ lens.projection(width, height) @ view).T.astype(np.float32)
        eye = tuple(camera.position)
        for item in (*self._geometry.values(), *self._skinned.values()):
            put(item, eye_to_clip=clip.tobytes(), pixel_angle=pixel)
        for item in self._passes.values():
            put(
                item,
                eye=eye,
                ray_corner=tuple(-back - right * half * width / height + up * half),
                ray_right=tuple(right * pixel),
                ray_down=tuple(-up * pixel),
                pixels_per_m=1 / pixel,
                right_axis=tuple(right),
                up_axis=tuple(up),
                back_axis=tuple(back),
                focal=(1 / pixel, 1 / pixel),
            )

    def _draw_shadows(self, centre: NDArray[np.float64], camera: Camera) -> None:
        """Draw both squares of the shadow map and tell the light pass where they are."""
        gl, skins, side = self._context, self._skins, self._shadow_side
        casters = [draw for draw in self._draws if draw.casts]
        if not casters and not skins:
            return
        rows = np.concatenate([*(draw.batch.rows for draw in casters), len(centre) + np.arange(len(skins))])
        centre = np.concatenate([centre, *(skin.centre[None] for skin in skins)])
        radius = np.concatenate([self._instances.radius, [skin.radius for skin in skins]])
        bend = np.concatenate([np.minimum(self._instances.bend, 1e6), np.ones(len(skins))])
        low = (centre[rows] - radius[rows, None]).min(0)
        high = (centre[rows] + radius[rows, None]).max(0)
        focus = shadow.focus(camera, self.size, centre[rows], radius[rows])
        direction = np.array(self.sky.light.direction)
        squares = shadow.fit(camera, direction, low, high, focus, side)
        seen = shadow.seen(camera, self.size, direction, centre, radius, low[2])
        self._targets.shadow.use()
        self._targets.shadow.clear()
        gl.enable_only(gl.DEPTH_TEST | gl.CULL_FACE)
        gl.front_face = "ccw"
        away = np.eye(4)
        away[:3, 3] = camera.position
        within = np.full(len(centre), np.inf)  # how far each reaches in the near square, in half edges
        for place, matrix in enumerate(squares.matrices):
            self._targets.shadow.viewport = (place * side, 0, side, side)
            world_to_light = (matrix @ away).T.astype(np.float32).tobytes()
            put(self._shadow, world_to_light=world_to_light)
            put(self._skin_shadow, world_to_light=world_to_light)
            at = np.abs(centre @ matrix[:2, :3].T + matrix[:2, 3]).max(1)
            share = radius / squares.radii[place]
            drawn = seen & (at - share < 1) & (within > shadow.INNER)
            within = at + share
            size = np.where(drawn, bend * shadow.DETAIL / squares.texels[place], 0.0)
            for draw in casters:
                sheaves = draw.casts[place]
                for sheaf, rows in zip(sheaves, by_level(draw.batch.rows, size, len(sheaves)), strict=True):
                    sheaf.render(self._data[rows])
            for skin, falls in zip(skins, drawn[len(self._instances.part) :], strict=True):
                if falls:
                    skin.cast()
        self._flush()
        put(
            self._passes["visibility"],
            world_to_shadow=squares.lookup.T.astype(np.float32).tobytes(),
            far_square=tuple(squares.to_far),
            shadow_texel=tuple(squares.texels),
            penumbra=2 * np.tan(self.sky.light.angular_radius) * squares.depth / squares.texels[0],
        )

    def _within(self, far: float, normal_depth: Any, albedo: Any, rest: Any) -> tuple[Any, Any, Any]:
        """Return copies of the layers with nothing beyond the far plane; the picture goes on to the horizon."""
        beyond = normal_depth[..., 3] > far
        normal_depth, albedo, rest = normal_depth.copy(), albedo.copy(), rest.copy()
        normal_depth[beyond] = 0
        albedo[beyond] = 0
        rest[beyond, 2:] = 0
        return normal_depth, albedo, rest

    def _picture(self) -> NDArray[np.uint8]:
        """Read the finished picture."""
        width, height = self.size
        picture = np.empty((height, width, 3), np.uint8)
        self._finished.read_into(picture, components=3, alignment=1)
        return picture

    @property
    def _finished(self) -> Any:
        """The framebuffer that holds the finished picture."""
        return self._targets.light[False] if self.quality == "fast" else self._targets.smooth


def halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture (2H, 2W, 3) at half its size: the mean of each 2 × 2 pixels, rounded."""
    wide = picture.astype(np.uint16)
    rows = wide[0::2] + wide[1::2]
    return ((rows[:, 0::2] + rows[:, 1::2] + 2) >> 2).astype(np.uint8)
