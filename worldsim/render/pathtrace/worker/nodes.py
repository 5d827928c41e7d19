"""Shader graphs written as expressions: every method adds a node and returns its output. Runs inside Blender's Python.

An input is a socket, a number, a 3-vector or a colour.
"""

from __future__ import annotations

from typing import Any

Value = Any


class Nodes:
    """Builds into one node tree."""

    def __init__(self, tree: Any) -> None:
        """Take an empty node tree."""
        self.tree = tree

    def add(self, kind: str, **properties: Any) -> Any:
        """Add a node of that type, such as "ShaderNodeMath", and set its properties."""
        node = self.tree.nodes.new(kind)
        for name, value in properties.items():
            setattr(node, name, value)
        return node

    def put(self, socket: Any, value: Value) -> None:
        """Connect an output to an input, or set the input's constant."""
        if value is None:
            return
        if hasattr(value, "is_output"):
            self.tree.links.new(value, socket)
            return
        if isinstance(value, (int, float)):
            default = socket.default_value
            socket.default_value = [float(value)] * len(default) if hasattr(default, "__len__") else float(value)
            return
        values = [float(item) for item in value]
        socket.default_value = values + [1.0] * (len(socket.default_value) - len(values))

    def math(self, operation: str, a: Value, b: Value = None, c: Value = None, clamp: bool = False) -> Any:
        """Return a scalar operation, e.g. "MULTIPLY"."""
        node = self.add("ShaderNodeMath", operation=operation, use_clamp=clamp)
        for place, value in enumerate((a, b, c)):
            self.put(node.inputs[place], value)
        return node.outputs[0]

    def vector(self, operation: str, a: Value, b: Value = None, c: Value = None) -> Any:
        """Return a vector operation; "DOT_PRODUCT" and "LENGTH" give a number."""
        node = self.add("ShaderNodeVectorMath", operation=operation)
        for place, value in enumerate((a, b, c)):
            self.put(node.inputs[place], value)
        return node.outputs["Value" if operation in ("DOT_PRODUCT", "LENGTH") else "Vector"]

    def scaled(self, a: Value, factor: Value) -> Any:
        """Return a vector times a number."""
        node = self.add("ShaderNodeVectorMath", operation="SCALE")
        self.put(node.inputs[0], a)
        self.put(node.inputs["Scale"], factor)
        return node.outputs[0]

    def mix(self, factor: Value, a: Value, b: Value) -> Any:
        """Return a where the factor is 0, b where it is 1, as a vector."""
        node = self.add("ShaderNodeMix", data_type="VECTOR", factor_mode="UNIFORM", clamp_factor=True)
        self.put(node.inputs[0], factor)
        self.put(node.inputs[4], a)
        self.put(node.inputs[5], b)
        return node.outputs[1]

    def parts(self, vector: Value) -> tuple[Any, Any, Any]:
        """Return x, y and z of a vector."""
        node = self.add("ShaderNodeSeparateXYZ")
        self.put(node.inputs[0], vector)
        return node.outputs[0], node.outputs[1], node.outputs[2]

    def joined(self, x: Value, y: Value, z: Value = 0.0) -> Any:
        """Return the vector of three numbers."""
        node = self.add("ShaderNodeCombineXYZ")
        for place, value in enumerate((x, y, z)):
            self.put(node.inputs[place], value)
        return node.outputs[0]

    def image(self, image: Any, uv: Value, extension: str = "REPEAT") -> tuple[Any, Any]:
        """Return colour and alpha of an image at uv."""
        node = self.add("ShaderNodeTexImage", image=image, interpolation="Linear", extension=extension)
        self.put(node.inputs[0], uv)
        return node.outputs[0], node.outputs[1]

    def attribute(self, name: str) -> Any:
        """Return the attribute node of the geometry's attribute of that name."""
        return self.add("ShaderNodeAttribute", attribute_type="GEOMETRY", attribute_name=name)
