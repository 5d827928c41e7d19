"""Sun and sky in Cycles: worldsim's own baked sky with the sun as a lamp, or a picture of one of Blender's skies.

Runs inside Blender's Python.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from nodes import Nodes

LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709


def float_image(name: str, pixels: Any) -> Any:
    """Return an image of (H, W, 3) float32 linear colours, row 0 at the bottom."""
    height, width, _ = pixels.shape
    image = bpy.data.images.new(name, width, height, alpha=False, float_buffer=True, is_data=True)
    full = np.ones((height, width, 4), np.float32)
    full[..., :3] = pixels
    image.pixels.foreach_set(full.ravel())
    image.update()
    return image


def byte_image(name: str, texels: Any) -> Any:
    """Return an image of (H, W, 4) uint8 numbers, the fourth as good as the others, row 0 at v = 0."""
    height, width, _ = texels.shape
    image = bpy.data.images.new(name, width, height, alpha=True, is_data=True)
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set((texels.astype(np.float32) / 255.0).ravel())
    image.update()
    return image


def set_sky(document: dict[str, Any], upper: Any, choice: str) -> None:
    """Light the scene: `upper` is the upper half of the sky, `choice` "look" or "hdri:NAME"."""
    scene = bpy.context.scene
    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    world.node_tree.nodes.clear()
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = 512
    nodes = Nodes(world.node_tree)
    direction = nodes.add("ShaderNodeTexCoord").outputs["Generated"]
    if choice == "look":
        _sun_lamp(document)
        colour = _baked(nodes, direction, document, upper)
        strength = 1.0
    else:
        path = Path(bpy.utils.resource_path("LOCAL")) / "datafiles" / "studiolights" / "world"
        image = bpy.data.images.load(str(path / f"{choice.split(':')[1]}.exr"))
        colour = _environment(nodes, image, direction)
        strength = document["level"] / max(_horizontal(image), 1e-9)
    background = nodes.add("ShaderNodeBackground")
    nodes.put(background.inputs["Color"], colour)
    nodes.put(background.inputs["Strength"], strength)
    nodes.put(nodes.add("ShaderNodeOutputWorld").inputs["Surface"], background.outputs[0])


def _environment(nodes: Nodes, image: Any, direction: Any) -> Any:
    node = nodes.add("ShaderNodeTexEnvironment", image=image, projection="EQUIRECTANGULAR")
    nodes.put(node.inputs[0], direction)
    return node.outputs[0]


def _baked(nodes: Nodes, direction: Any, document: dict[str, Any], upper: Any) -> Any:
    """Return the colour of the sky: what the camera sees below the horizon is the rim, what lights is the ground."""
    rim = np.repeat(upper[:1], len(upper), axis=0)
    colour = _environment(nodes, float_image("sky", np.concatenate([rim, upper])), direction)
    camera = nodes.add("ShaderNodeLightPath").outputs["Is Camera Ray"]
    below = nodes.math("LESS_THAN", nodes.parts(direction)[2], 0.0)
    colour = nodes.mix(nodes.math("MULTIPLY", below, nodes.math("SUBTRACT", 1.0, camera)), colour, document["ground"])
    if any(document["disc"]):
        cosine = nodes.vector("DOT_PRODUCT", direction, document["direction"])
        inside = nodes.math("GREATER_THAN", cosine, math.cos(0.5 * document["angle"]))
        colour = nodes.mix(nodes.math("MULTIPLY", inside, camera), colour, document["disc"])
    return colour


def _sun_lamp(document: dict[str, Any]) -> None:
    """Add the one lamp; its strength is the irradiance on a surface that faces it."""
    most = max(document["sun"])
    if most <= 0:
        return
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy = most
    lamp.color = [part / most for part in document["sun"]]
    lamp.angle = document["angle"]
    lamp_object = bpy.data.objects.new("sun", lamp)
    lamp_object.rotation_mode = "QUATERNION"
    lamp_object.rotation_quaternion = Vector(document["direction"]).to_track_quat("Z", "Y")
    bpy.context.scene.collection.objects.link(lamp_object)


def _horizontal(image: Any) -> float:
    """Return the luminance of the irradiance over π that a picture of a whole sky sheds on the ground."""
    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    luminance = pixels.reshape(height, width, image.channels)[height // 2 :, :, :3] @ np.array(LUMA)
    elevation = (np.arange(height - height // 2) + 0.5) / height * math.pi
    weight = np.sin(elevation) * np.cos(elevation) * (math.pi / height) * (2 * math.pi / width)
    return float((luminance * weight[:, None]).sum() / math.pi)
