"""The stage as a Blender scene: built once, then only moved. Runs inside Blender's Python."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from material import Palette
from mathutils import Matrix
from skin import BentThing
from sky import byte_image, set_sky

Arrays = Any
ASIDE = Matrix.Translation((0.0, 0.0, -100.0)) @ Matrix.Scale(1e-3, 4)
"""Where squares of grass wait that no picture needs."""


class TracedStage:
    """Everything of a stage that Cycles holds.

    `trace` moves what has moved and returns a picture.
    """

    def __init__(self, folder: Path) -> None:
        """Build the scene from the files of `worldsim.render.pathtrace.export`."""
        self._folder = folder
        document = json.loads((folder / "stage.json").read_text())
        with np.load(folder / "stage.npz", allow_pickle=False) as arrays:
            data = {name: arrays[name] for name in arrays.files}
        for block in (*bpy.data.objects, *bpy.data.meshes, *bpy.data.lights, *bpy.data.materials):
            block.user_clear()
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.options = document["options"]
        self.size = tuple(document["size"])
        self._prepare()
        tiles = {name[5:]: byte_image(name, array) for name, array in data.items() if name.startswith("tile_")}
        air = document["sky"] if self.options["sky"] == "look" else document["sky"] | {"haze_density": 0.0}
        palette = Palette(tiles, air)
        set_sky(document["sky"], data["sky"], self.options["sky"])
        self._geometry = self._load(document, data, palette)
        self._place_objects(document)
        self._place_lawn(document["lawn"])
        camera = bpy.data.cameras.new("camera")
        camera.sensor_fit = "VERTICAL"
        self._camera = bpy.data.objects.new("camera", camera)
        bpy.context.scene.collection.objects.link(self._camera)
        bpy.context.scene.camera = self._camera
        self._ids = self._identity_material()
        self._keyed: list[Any] = []
        self._flowing = False
        bpy.context.preferences.edit.keyframe_new_interpolation_type = "LINEAR"
        scene = bpy.context.scene
        scene.render.motion_blur_position = "END"
        scene.render.motion_blur_shutter = max(self.options["motion_blur"], 1e-3)
        self._picture: Any = None

    def _prepare(self) -> None:
        """Set what never changes about the renderer."""
        scene, options = bpy.context.scene, self.options
        scene.render.engine = "CYCLES"
        scene.render.use_persistent_data = True
        scene.render.use_compositing = False
        scene.render.use_sequencer = False
        scene.render.resolution_x, scene.render.resolution_y = self.size
        scene.render.resolution_percentage = 100
        scene.render.threads_mode = "FIXED"
        scene.render.threads = options["threads"]
        scene.render.image_settings.file_format = "OPEN_EXR"
        scene.render.image_settings.color_depth = "32"
        scene.render.image_settings.color_mode = "RGBA"
        scene.render.image_settings.exr_codec = "NONE"
        scene.render.filepath = str(self._folder / "frame.exr")
        scene.render.hair_type = "STRAND"
        scene.render.hair_subdiv = 2
        scene.view_settings.view_transform = "Raw"
        cycles = scene.cycles
        cycles.device = "CPU"
        cycles.use_adaptive_sampling = False
        cycles.use_auto_tile = False
        cycles.use_light_tree = False
        cycles.max_bounces = options["bounces"]
        cycles.diffuse_bounces = cycles.glossy_bounces = min(options["bounces"], 3)
        cycles.transmission_bounces = cycles.transparent_max_bounces = options["bounces"]
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 6.0
        cycles.debug_use_spatial_splits = False
        cycles.denoiser = "OPENIMAGEDENOISE"
        cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
        cycles.denoising_prefilter = "FAST"
        cycles.denoising_quality = "HIGH"
        scene.cycles_curves.shape = "RIBBONS"
        scene.cycles_curves.subdivisions = 2

    def _load(self, document: dict[str, Any], data: dict[str, Arrays], palette: Palette) -> list[Any]:
        """Return the geometry of every prototype, with its material."""
        kinds = {"mesh": "surface", "skin": "surface", "hair": "hair", "fur": "hair", "blades": "blades"}
        kinds["leaves"] = "leaves"
        self._bent: dict[int, tuple[Arrays, Arrays, Arrays]] = {}  # rest, normals and weights of what bends
        made: dict[tuple[int, str], Any] = {}
        blocks = []
        for number, prototype in enumerate(document["prototypes"]):
            key = prototype["material"], kinds[prototype["kind"]]
            if key not in made:
                made[key] = palette.material(document["materials"][key[0]], key[1])
            own = {name.split("_", 1)[1]: array for name, array in data.items() if name.split("_", 1)[0] == str(number)}
            weights = own.pop("weights", None)
            if prototype["kind"] in ("hair", "fur"):
                if weights is not None:
                    self._bent[number] = own["points"], None, weights
                block = _hairs(own, prototype["radius"])
            else:
                if weights is not None:
                    self._bent[number] = own["position"][:, None], own["normal"], weights
                block = _mesh(own)
            block.materials.append(made[key])
            blocks.append(block)
        return blocks

    def _place_objects(self, document: dict[str, Any]) -> None:
        """Make an object of every entry; all are moved at the first picture."""
        self._objects: list[tuple[int, Any]] = []
        for number, entry in enumerate(document["objects"]):
            made = bpy.data.objects.new(f"object {number}", self._geometry[entry["prototype"]])
            made.pass_index = entry["part"] + 1
            made.color = (entry["seed"] / 7.0, 0.0, 0.0, 1.0)
            bpy.context.scene.collection.objects.link(made)
            self._objects.append((entry["row"], made))
        self._poses: Arrays = None
        self._skins: list[tuple[int, list[BentThing]]] = []  # bones, what they bend
        for number, skin in enumerate(document["skins"]):
            bent = []
            for which in (skin["mesh"], skin["hair"]):
                if which is not None:
                    name, part = f"skin {number} {which}", skin["part"] + 1
                    bent.append(BentThing(name, self._geometry[which], *self._bent[which], part))
            self._skins.append((skin["bones"], bent))

    def _place_lawn(self, lawn: dict[str, Any] | None) -> None:
        """Make the squares of grass that will be laid round the camera."""
        self._squares: list[list[Any]] = []
        self._laid: list[int] = []
        if lawn is None:
            return
        for prototype in lawn["prototypes"]:
            pool = []
            for number in range(lawn["most"] // 2):
                made = bpy.data.objects.new(f"square {prototype} {number}", self._geometry[prototype])
                made.pass_index = 32767
                made.matrix_world = ASIDE
                bpy.context.scene.collection.objects.link(made)
                pool.append(made)
            self._squares.append(pool)
            self._laid.append(0)

    def move(self, poses: Arrays) -> None:
        """Bring every object to its pose, (G, 3, 4) m by geom."""
        last = self._poses
        for row, thing in self._objects:
            if last is None or not np.array_equal(last[row], poses[row]):
                thing.matrix_world = Matrix([*poses[row].tolist(), (0.0, 0.0, 0.0, 1.0)])
        self._poses = poses

    def bend(self, bones: Arrays, before: Arrays) -> None:
        """Bring the skins to where their bones' matrices (B, 3, 4) take them; `before`: where they were, or None."""
        start = 0
        for count, bent in self._skins:
            rows = slice(start, start + count)
            for thing in bent:
                thing.bend(bones[rows], None if before is None else before[rows], self.options["motion_blur"])
            start += count
        self._flowing = before is not None and bool(self._skins)

    def blur(self, poses: Arrays, view: Arrays) -> None:
        """Let everything move from where it was, poses (G, 3, 4) and camera (3, 4), to where it is now; see `still`."""
        pairs = [(thing, poses[row], self._poses[row]) for row, thing in self._objects]
        pairs.append((self._camera, view, np.array(self._camera.matrix_world)[:3]))
        for thing, before, now in pairs:
            if not np.allclose(before, now, rtol=0, atol=1e-7):
                _key(thing, before, now)
                self._keyed.append(thing)
        bpy.context.scene.render.use_motion_blur = bool(self._keyed) or self._flowing
        bpy.context.scene.frame_set(1)

    def still(self) -> None:
        """Forget the motion of the last picture."""
        bpy.context.scene.render.use_motion_blur = False
        for thing in self._keyed:
            pose = thing.matrix_world.copy()
            thing.animation_data_clear()
            thing.matrix_world = pose
        self._keyed.clear()

    def lay(self, variant: Arrays, squares: Arrays, height: float) -> None:
        """Lay the squares of grass: see `worldsim.render.pathtrace.grass.around`."""
        counts = [0] * len(self._squares)
        for which, (x, y, turn, stretch) in zip(variant.tolist(), squares.tolist(), strict=True):
            if counts[which] == len(self._squares[which]):
                continue
            pose = Matrix.Translation((x, y, height)) @ Matrix.Rotation(0.5 * math.pi * turn, 4, "Z")
            self._squares[which][counts[which]].matrix_world = pose @ Matrix.Scale(stretch, 4, (0.0, 0.0, 1.0))
            counts[which] += 1
        for which, count in enumerate(counts):
            for place in range(count, self._laid[which]):
                self._squares[which][place].matrix_world = ASIDE
        self._laid = counts

    def look(self, pose: Arrays, fov: float, near: float) -> None:
        """Put the camera at a pose (3, 4), with that vertical field of view in rad."""
        camera = self._camera.data
        self._camera.matrix_world = Matrix([*pose.tolist(), (0.0, 0.0, 0.0, 1.0)])
        camera.angle_y = fov
        camera.clip_start, camera.clip_end = near, 1e5

    def trace(self, seed: int) -> Arrays:
        """Return the picture (H, W, 3) float32, exposed linear RGB, row 0 at the top."""
        scene = bpy.context.scene
        scene.cycles.samples = self.options["samples"]
        scene.cycles.use_denoising = self.options["denoise"]
        scene.cycles.seed = seed
        return self._render()[..., :3]

    def identities(self) -> Arrays:
        """Return what is seen at the pixels' centres (H, W) int32: part index + 1, 32767 for grass, 0 for the sky."""
        scene, layer = bpy.context.scene, bpy.context.view_layer
        kept = scene.cycles.pixel_filter_type, scene.cycles.filter_width
        scene.cycles.samples, scene.cycles.use_denoising = 1, False
        scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
        scene.render.film_transparent, layer.material_override = True, self._ids
        try:
            found = self._render()
        finally:
            scene.cycles.pixel_filter_type, scene.cycles.filter_width = kept
            scene.render.film_transparent, layer.material_override = False, None
        return np.where(found[..., 3] > 0.5, np.round(found[..., 0]), 0).astype(np.int32)

    def _render(self) -> Arrays:
        """Render and return (H, W, 4) float32, row 0 at the top."""
        bpy.ops.render.render(write_still=True)
        if self._picture is None:
            self._picture = bpy.data.images.load(bpy.context.scene.render.filepath)
            self._picture.colorspace_settings.name = "Non-Color"
        else:
            self._picture.reload()
        width, height = self.size
        pixels = np.empty(width * height * 4, np.float32)
        self._picture.pixels.foreach_get(pixels)
        return np.ascontiguousarray(pixels.reshape(height, width, 4)[::-1])

    def _identity_material(self) -> Any:
        """Return a material that glows with the object's number."""
        made = bpy.data.materials.new("identity")
        made.use_nodes = True
        tree = made.node_tree
        tree.nodes.clear()
        thing = tree.nodes.new("ShaderNodeObjectInfo")
        part = tree.nodes.new("ShaderNodeAttribute")  # of a skin, whose parts are seen as such; 0 elsewhere
        part.attribute_name = "part"
        number = tree.nodes.new("ShaderNodeMix")
        known = tree.nodes.new("ShaderNodeMath")
        known.operation = "GREATER_THAN"
        known.inputs[1].default_value = 0.5
        tree.links.new(part.outputs["Fac"], known.inputs[0])
        tree.links.new(known.outputs[0], number.inputs["Factor"])
        tree.links.new(thing.outputs["Object Index"], number.inputs[2])
        tree.links.new(part.outputs["Fac"], number.inputs[3])
        glow = tree.nodes.new("ShaderNodeEmission")
        out = tree.nodes.new("ShaderNodeOutputMaterial")
        tree.links.new(number.outputs[0], glow.inputs["Color"])
        tree.links.new(glow.outputs[0], out.inputs["Surface"])
        return made


def _key(thing: Any, before: Arrays, now: Arrays) -> None:
    """Key an object's pose at frames 0 and 1."""
    thing.rotation_mode = "QUATERNION"
    last = None
    for frame, pose in enumerate((before, now)):
        place, turn, _ = Matrix([*pose.tolist(), (0.0, 0.0, 0.0, 1.0)]).decompose()
        if last is not None and last.dot(turn) < 0:
            turn.negate()
        thing.location, thing.rotation_quaternion, last = place, turn, turn
        thing.keyframe_insert("location", frame=frame)
        thing.keyframe_insert("rotation_quaternion", frame=frame)


def _mesh(data: dict[str, Arrays]) -> Any:
    """Return a mesh of triangles with its attributes and normals."""
    position, faces = data.pop("position"), data.pop("faces")
    normal = data.pop("normal")
    mesh = bpy.data.meshes.new("mesh")
    mesh.vertices.add(len(position))
    mesh.vertices.foreach_set("co", position.ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    part = data.pop("part", None)
    if part is not None:
        _attribute(mesh.attributes, "part", part, "FACE")
    for name, array in data.items():
        _attribute(mesh.attributes, name, array, "POINT")
    mesh.normals_split_custom_set_from_vertices(normal)
    return mesh


def _hairs(data: dict[str, Arrays], radius: float) -> Any:
    """Return curves of the hairs: thin towards the tip."""
    points = data["points"]
    count, each, _ = points.shape
    curves = bpy.data.hair_curves.new("hairs")
    curves.add_curves([each] * count)
    curves.points.foreach_set("position", points.ravel())
    thin = radius * np.linspace(1.0, 0.25, each, dtype=np.float32)
    _attribute(curves.attributes, "radius", np.tile(thin, count), "POINT")
    _attribute(curves.attributes, "colour", data["colour"], "CURVE")
    if "part" in data:
        _attribute(curves.attributes, "part", data["part"], "CURVE")
    return curves


def _attribute(attributes: Any, name: str, array: Arrays, domain: str) -> None:
    """Store numbers (N,), or vectors (N, 2) or (N, 3), or colours called "tint" or "colour"."""
    if array.ndim == 1:
        attribute, values, field = attributes.get(name) or attributes.new(name, "FLOAT", domain), array, "value"
    else:
        values = np.zeros((len(array), 3), np.float32)
        values[:, : array.shape[1]] = array
        attribute, field = attributes.get(name) or attributes.new(name, "FLOAT_VECTOR", domain), "vector"
    attribute.data.foreach_set(field, np.ascontiguousarray(values, np.float32).ravel())
