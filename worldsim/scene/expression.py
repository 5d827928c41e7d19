"""`${…}` in a prefab: names of parameters and plain arithmetic, evaluated without ever running code."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from worldsim.errors import did_you_mean
from worldsim.scene.limits import MAX_EXPRESSION
from worldsim.scene.mark import Mark, MarkedDict, MarkedList

HOLE = re.compile(r"\$\{([^{}]*)\}")
ONE: dict[str, Callable[[float], float]] = {  # functions of one number; angles in degrees, as everywhere in scene files
    "abs": abs,
    "sqrt": math.sqrt,
    "sin_deg": lambda angle: math.sin(math.radians(angle)),
    "cos_deg": lambda angle: math.cos(math.radians(angle)),
    "atan_deg": lambda slope: math.degrees(math.atan(slope)),
}
FUNCTIONS = ("min", "max", *ONE)
Value = Any  # number, text, bool, or a list of them


class ExpressionError(ValueError):
    """An expression that has no value; carries the place of the text it stands in."""

    def __init__(self, message: str, mark: Mark | None = None, hint: str = "") -> None:
        """Take message, place and hint."""
        super().__init__(message)
        self.mark = mark
        self.hint = hint


def evaluate(text: str, names: Mapping[str, Value]) -> Value:
    """Return the value of an expression: numbers, names, + - * /, brackets and `FUNCTIONS`.

    Raises:
        ExpressionError: anything else in it, an unknown name, a division by zero.
    """
    if len(text) > MAX_EXPRESSION:
        raise ExpressionError(f"an expression of {len(text)} characters; at most {MAX_EXPRESSION}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"${{{text}}} is no arithmetic") from None
    value = _value(tree.body, names, text)
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError(f"${{{text}}} is not a finite number")
    return value


def _value(node: ast.expr, names: Mapping[str, Value], text: str) -> Value:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in names:
            known = ", ".join(names) or "none"
            hint = did_you_mean(node.id, names)
            raise ExpressionError(f"${{{text}}}: no parameter {node.id!r}; known: {known}", hint=hint)
        return names[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _numeric(_value(node.operand, names, text), text)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = (_numeric(_value(side, names, text), text) for side in (node.left, node.right))
        try:
            if isinstance(node.op, ast.Add):
                return left + right
            if isinstance(node.op, ast.Sub):
                return left - right
            if isinstance(node.op, ast.Mult):
                return left * right
            if isinstance(node.op, ast.Div):
                return left / right
        except ZeroDivisionError:
            raise ExpressionError(f"${{{text}}} divides by zero") from None
        except OverflowError:
            raise ExpressionError(f"${{{text}}} is not a finite number") from None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        values = [float(_numeric(_value(one, names, text), text)) for one in node.args]
        if values and not node.keywords:
            return _called(node.func.id, values, text)
    raise ExpressionError(f"${{{text}}}: only numbers, parameters, + - * / ( ) and {', '.join(FUNCTIONS)} are allowed")


def _called(name: str, values: list[float], text: str) -> float:
    if name == "min":
        return min(values)
    if name == "max":
        return max(values)
    if len(values) != 1:
        raise ExpressionError(f"${{{text}}}: {name} takes one number, found {len(values)}")
    try:
        return float(ONE[name](values[0]))
    except (ValueError, OverflowError):
        raise ExpressionError(f"${{{text}}} has no value: {name} of {values[0]:g}") from None


def _numeric(value: Value, text: str) -> int | float:
    if type(value) not in (int, float):
        raise ExpressionError(f"${{{text}}} calculates with {value!r}, which is not a number")
    if isinstance(value, int) and abs(value) > 10**15:
        return float(value) if abs(value) < 10**300 else math.inf
    number: int | float = value
    return number


def substitute(data: Any, names: Mapping[str, Value], mark: Mark | None = None) -> Any:
    """Return marked data with every `${…}` replaced; text that is nothing but one hole becomes the value itself.

    Raises:
        ExpressionError: with the place of the text.
    """
    if isinstance(data, MarkedDict):
        out = MarkedDict(mark=data.mark, keys=data.key_marks, values=data.value_marks)
        for key, value in data.items():
            out[key] = substitute(value, names, data.value_marks.get(key))
        return out
    if isinstance(data, MarkedList):
        marks = data.value_marks or [data.mark] * len(data)
        return MarkedList((substitute(v, names, m) for v, m in zip(data, marks, strict=True)), data.mark, marks)
    if not isinstance(data, str) or "${" not in data:
        return data
    try:
        whole = HOLE.fullmatch(data)
        if whole:
            return evaluate(whole[1], names)
        return HOLE.sub(lambda hole: _text(evaluate(hole[1], names)), data)
    except ExpressionError as error:
        raise ExpressionError(str(error), mark, error.hint) from None


def _text(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
