"""Cycles materials from worldsim's surfaces: the same tiles at the same places as the raster lays them.

Runs inside Blender's Python. The formulas follow worldsim/render/raster/shaders/geometry.frag.glsl: what is said there
of blends, slopes and cavities holds here.
"""

from __future__ import annotations

from typing import Any

import bpy
from nodes import Nodes, Value

SHEEN = {"fabric": 0.06, "carpet": 0.1}
DULL = frozenset({"grass", "leaves", "soil", "sand", "snow", "carpet", "fabric", "gravel", "fur", "wool", "cardboard"})
"""Textures of what has no even surface to shine."""
COATED = {"plastic": 0.15, "ice": 0.5, "marble": 0.3}


class Palette:
    """Makes the materials of one stage."""

    def __init__(self, tiles: dict[str, Any], air: dict[str, Any]) -> None:
        """Take the tiles as images by name, and the sky's document for the haze."""
        self._tiles = tiles
        self._air = air

    def material(self, surface: dict[str, Any], form: str) -> Any:
        """Return the material of a surface for a mesh, or for "hair", "blades" or "leaves" on it."""
        made = bpy.data.materials.new(f"{surface['layer']} {form}")
        made.use_nodes = True
        made.node_tree.nodes.clear()
        nodes = Nodes(made.node_tree)
        if form == "hair":
            shader = self._hair(nodes)
        elif form == "blades":
            shader = self._leaf(nodes, self._blade_colour(nodes, surface))
        elif form == "leaves":
            shader = self._leaf(nodes, nodes.attribute("colour").outputs["Vector"])
        else:
            shader = self._surface(nodes, surface)
        out = nodes.add("ShaderNodeOutputMaterial")
        nodes.put(out.inputs["Surface"], self._hazy(nodes, shader))
        return made

    def _surface(self, nodes: Nodes, surface: dict[str, Any]) -> Any:
        """Return the shader of a surface."""
        coordinates = nodes.add("ShaderNodeTexCoord")
        face, position = coordinates.outputs["Normal"], coordinates.outputs["Object"]
        seed = nodes.parts(nodes.add("ShaderNodeObjectInfo").outputs["Color"])[0]
        seed = nodes.math("MULTIPLY", seed, 7.0)
        macro: Value = 0.0
        bends = surface["form"] == "SKIN"
        if bends:  # what is painted on it stays where it was at rest
            position, face = nodes.attribute("rest").outputs["Vector"], nodes.attribute("rest_normal").outputs["Vector"]
        if surface["form"] == "ROUND" or bends:
            texel, slope = self._projected(nodes, surface, position, face, seed)
            blend, cavity = texel
        else:
            ground = surface["form"] == "GROUND"
            along = (1.0, 0.0, 0.0) if ground else nodes.attribute("along").outputs["Vector"]
            metres = position if ground else nodes.attribute("place").outputs["Vector"]
            place = nodes.vector("MULTIPLY", metres, (*surface["tile"], 0.0))
            place = nodes.vector("ADD", place, nodes.scaled((1.0, 0.618, 0.0), seed))
            colour, cavity = nodes.image(self._tiles[surface["layer"]], place)
            blend, rise, aside = nodes.parts(colour)
            if ground:
                blend, cavity, macro = self._wide(nodes, surface, place, blend, cavity)
            elif surface["patches"] > 0:
                macro = self._patches(nodes, nodes.scaled(place, 0.23))
                blend = nodes.math("MULTIPLY_ADD", macro, surface["patches"], blend, clamp=True)
            across = nodes.vector("CROSS_PRODUCT", face, along)
            slope = nodes.vector(
                "ADD",
                nodes.scaled(along, nodes.math("SUBTRACT", rise, 0.5)),
                nodes.scaled(across, nodes.math("SUBTRACT", aside, 0.5)),
            )
        normal = None
        if surface["bump"] > 0 and not bends:
            flat = nodes.vector("SUBTRACT", slope, nodes.scaled(face, nodes.vector("DOT_PRODUCT", slope, face)))
            turned = nodes.add("ShaderNodeVectorTransform", vector_type="NORMAL", convert_from="OBJECT")
            turned.convert_to = "WORLD"
            nodes.put(turned.inputs[0], nodes.vector("SUBTRACT", face, nodes.scaled(flat, surface["bump"])))
            normal = nodes.vector("NORMALIZE", turned.outputs[0])
        base, other = self._colours(nodes, surface)
        albedo = self._albedo(nodes, surface, base, other, blend, macro)
        # The tile's cracks are not there as geometry: what would be shadow in them is painted.
        if surface["layer"] != "plain":
            albedo = nodes.scaled(albedo, nodes.math("MULTIPLY_ADD", cavity, 0.4, 0.6))
        rough: Value = surface["roughness"]
        if surface["layer"] != "plain":
            rough = nodes.math("MULTIPLY_ADD", cavity, -0.12, surface["roughness"] + 0.06, clamp=True)
            rough = nodes.math("MAXIMUM", rough, 0.03)
        shader = nodes.add("ShaderNodeBsdfPrincipled")
        nodes.put(shader.inputs["Base Color"], albedo)
        nodes.put(shader.inputs["Roughness"], rough)
        nodes.put(shader.inputs["Metallic"], surface["metallic"])
        nodes.put(shader.inputs["Normal"], normal)
        nodes.put(shader.inputs["Specular IOR Level"], 0.2 if surface["layer"] in DULL else 0.5)
        nodes.put(shader.inputs["Sheen Weight"], SHEEN.get(surface["layer"], 0.0))
        nodes.put(shader.inputs["Coat Weight"], COATED.get(surface["layer"], 0.0))
        return shader.outputs[0]

    def _colours(self, nodes: Nodes, surface: dict[str, Any]) -> tuple[Value, Value]:
        """Return both colours of a surface."""
        base, other = surface["colour"], surface["colour2"]
        if not surface["tinted"]:
            return base, other
        tint = nodes.attribute("tint").outputs["Color"]
        ratio = [second / max(first, 0.02) for first, second in zip(base, other, strict=True)]
        return tint, nodes.vector("MULTIPLY", tint, ratio)

    def _albedo(
        self, nodes: Nodes, surface: dict[str, Any], base: Value, other: Value, blend: Value, macro: Value
    ) -> Any:
        """Return the mixed colour with its slow patches."""
        albedo = nodes.mix(blend, base, other)
        if hasattr(macro, "is_output"):
            albedo = nodes.scaled(albedo, nodes.math("MULTIPLY_ADD", macro, 0.35 * surface["patches"], 1.0))
        return albedo

    def _patches(self, nodes: Nodes, place: Value) -> Any:
        """Return the slow noise there, −½ to ½."""
        return nodes.math("SUBTRACT", nodes.parts(nodes.image(self._tiles["noise"], place)[0])[0], 0.5)

    def _wide(
        self, nodes: Nodes, surface: dict[str, Any], place: Value, blend: Value, cavity: Value
    ) -> tuple[Any, Any, Any]:
        """Return blend, cavity and patches of the ground: the tile turned and enlarged hides its repetition."""
        x, y, _ = nodes.parts(place)
        swung_x = nodes.math("MULTIPLY_ADD", x, 0.83, nodes.math("MULTIPLY", y, -0.56))
        swung_y = nodes.math("MULTIPLY_ADD", x, 0.56, nodes.math("MULTIPLY", y, 0.83))
        wide = nodes.image(self._tiles[surface["layer"]], nodes.scaled(nodes.joined(swung_x, swung_y), 0.27))
        macro = self._patches(nodes, nodes.scaled(nodes.joined(swung_y, swung_x), 0.019))
        far = nodes.add("ShaderNodeCameraData").outputs["View Distance"]
        macro = nodes.math("MULTIPLY", macro, nodes.math("POWER", 2.0, nodes.math("MULTIPLY", far, -0.03)))
        blend = nodes.math("MULTIPLY_ADD", blend, 0.65, nodes.math("MULTIPLY", nodes.parts(wide[0])[0], 0.35))
        blend = nodes.math("MULTIPLY_ADD", macro, surface["patches"], blend, clamp=True)
        both = nodes.math("SQRT", nodes.math("MULTIPLY", cavity, wide[1]))
        return blend, nodes.math("MULTIPLY_ADD", cavity, 0.5, nodes.math("MULTIPLY", both, 0.5)), macro

    def _projected(
        self, nodes: Nodes, surface: dict[str, Any], position: Value, face: Value, seed: Value
    ) -> tuple[tuple[Any, Any], Any]:
        """Return (blend, cavity) and the slope of a tile projected along the axes the normal leans to."""
        p = nodes.vector("ADD", position, nodes.scaled((0.31, 0.17, 0.23), seed))
        x, y, z = nodes.parts(p)
        weights = []
        for part in nodes.parts(face):
            lean = nodes.math("MAXIMUM", nodes.math("SUBTRACT", nodes.math("ABSOLUTE", part), 0.25), 0.0)
            weights.append(nodes.math("MULTIPLY", lean, lean))
        total = nodes.math("ADD", nodes.math("ADD", weights[0], weights[1]), nodes.math("ADD", weights[2], 1e-5))
        blend: Value = 0.0
        cavity: Value = 0.0
        slope: Value = (0.0, 0.0, 0.0)
        for axis, (u, v) in enumerate(((z, y), (x, z), (x, y))):
            share = nodes.math("DIVIDE", weights[axis], total)
            place = nodes.vector("MULTIPLY", nodes.joined(u, v), (*surface["tile"], 0.0))
            colour, alpha = nodes.image(self._tiles[surface["layer"]], place)
            first, rise, aside = nodes.parts(colour)
            blend = nodes.math("MULTIPLY_ADD", first, share, blend)
            cavity = nodes.math("MULTIPLY_ADD", alpha, share, cavity)
            rise, aside = nodes.math("SUBTRACT", rise, 0.5), nodes.math("SUBTRACT", aside, 0.5)
            lean = ((0.0, aside, rise), (rise, 0.0, aside), (rise, aside, 0.0))[axis]
            slope = nodes.vector("ADD", slope, nodes.scaled(nodes.joined(*lean), share))
        return (blend, cavity), slope

    def _hair(self, nodes: Nodes) -> Any:
        """Return the shader of a hair: its own colour, a soft shine."""
        shader = nodes.add("ShaderNodeBsdfPrincipled")
        colour = nodes.attribute("colour").outputs["Color"]
        along = nodes.add("ShaderNodeHairInfo").outputs["Intercept"]
        nodes.put(shader.inputs["Base Color"], nodes.scaled(colour, nodes.math("MULTIPLY_ADD", along, 0.5, 0.85)))
        nodes.put(shader.inputs["Roughness"], 0.55)
        nodes.put(shader.inputs["Specular IOR Level"], 0.3)
        return shader.outputs[0]

    def _blade_colour(self, nodes: Nodes, surface: dict[str, Any]) -> Any:
        """Return the colour of blades of grass: the ground's where they stand, lighter towards the tip."""
        root = nodes.attribute("root").outputs["Vector"]
        x, y, share = nodes.parts(root)
        there = nodes.add("ShaderNodeVectorTransform", vector_type="POINT", convert_from="OBJECT", convert_to="WORLD")
        nodes.put(there.inputs[0], nodes.joined(x, y))
        place = nodes.vector("MULTIPLY", there.outputs[0], (*surface["tile"], 0.0))
        colour, cavity = nodes.image(self._tiles[surface["layer"]], place)
        blend, _, macro = self._wide(nodes, surface, place, nodes.parts(colour)[0], cavity)
        albedo = self._albedo(nodes, surface, surface["colour"], surface["colour2"], blend, macro)
        tone = nodes.math(
            "MULTIPLY", nodes.attribute("shade").outputs["Fac"], nodes.math("MULTIPLY_ADD", share, 0.7, 0.8)
        )
        return nodes.scaled(albedo, tone)

    def _leaf(self, nodes: Nodes, albedo: Value) -> Any:
        """Return the shader of a thin leaf or blade: a faint shine, and light that shines through."""
        shader = nodes.add("ShaderNodeBsdfPrincipled")
        nodes.put(shader.inputs["Base Color"], albedo)
        nodes.put(shader.inputs["Roughness"], 0.5)
        nodes.put(shader.inputs["Specular IOR Level"], 0.35)
        through = nodes.add("ShaderNodeBsdfTranslucent")
        nodes.put(through.inputs["Color"], nodes.vector("MULTIPLY", albedo, (1.15, 1.2, 0.7)))
        mixed = nodes.add("ShaderNodeMixShader")
        nodes.put(mixed.inputs[0], 0.4)
        nodes.put(mixed.inputs[1], shader.outputs[0])
        nodes.put(mixed.inputs[2], through.outputs[0])
        return mixed.outputs[0]

    def _hazy(self, nodes: Nodes, shader: Any) -> Any:
        """Return the shader behind the air between it and the camera."""
        air = self._air
        if air["haze_density"] <= 0:
            return shader
        path = nodes.add("ShaderNodeLightPath")
        clear = nodes.math("EXPONENT", nodes.math("MULTIPLY", path.outputs["Ray Length"], -air["haze_density"]))
        share = nodes.math("MULTIPLY", nodes.math("SUBTRACT", 1.0, clear), path.outputs["Is Camera Ray"])
        view = nodes.scaled(nodes.add("ShaderNodeNewGeometry").outputs["Incoming"], -1.0)
        level = nodes.vector("NORMALIZE", nodes.vector("MULTIPLY", view, (1.0, 1.0, 0.0)))
        cosine = nodes.vector("DOT_PRODUCT", level, (*air["air_axis"], 0.0))
        root: Value = air["air"][3]
        for place in (2, 1, 0):
            root = nodes.vector("ADD", nodes.scaled(root, cosine), air["air"][place])
        glow = nodes.add("ShaderNodeEmission")
        nodes.put(glow.inputs["Color"], nodes.vector("MULTIPLY", root, root))
        mixed = nodes.add("ShaderNodeMixShader")
        nodes.put(mixed.inputs[0], share)
        nodes.put(mixed.inputs[1], shader)
        nodes.put(mixed.inputs[2], glow.outputs[0])
        return mixed.outputs[0]
