"""The base of every model of a scene file, and errors in an author's words instead of pydantic's."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from worldsim.errors import did_you_mean


def refuse(message: str) -> PydanticCustomError:
    """Return the error whose message reaches the author word for word."""
    return PydanticCustomError("scene", "{message}", {"message": message, "hint": ""})


def refuse_with(message: str, hint: str) -> PydanticCustomError:
    """Return the error with a hint: a "did you mean" or another remedy."""
    return PydanticCustomError("scene", "{message}", {"message": message, "hint": hint})


def shown(value: Any) -> str:
    """Return a value as a message shows it: short, and in the author's words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


class Spec(BaseModel):
    """What every model of a scene file is: frozen, unknown keys refused, errors in plain words."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="wrap")
    @classmethod
    def _in_plain_words(cls, data: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        try:
            return handler(data)
        except ValidationError as error:
            raise plain_error(error, cls) from None


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys an author may write for a model."""
    return [field.alias or name for name, field in model.model_fields.items()]


def plain_error(error: ValidationError, model: type[BaseModel]) -> ValidationError:
    """Return the error with every message in plain words; those that already are stay as they are."""
    lines = []
    for found in error.errors(include_url=False):
        if found["type"] == "too_short" and len(found["input"]) >= found["ctx"]["min_length"]:
            continue  # entries that are wrong themselves were not counted: they have errors of their own
        if found["type"] in ("scene", "scene_key"):
            kind, context = found["type"], found["ctx"]
        else:
            kind = "scene_key" if found["type"] == "extra_forbidden" else "scene"
            message, hint = explain(dict(found), model)
            context = {"message": message, "hint": hint}
        custom = PydanticCustomError(kind, "{message}", context)
        lines.append(InitErrorDetails(type=custom, loc=found["loc"], input=found["input"]))
    return ValidationError.from_exception_data(model.__name__, lines)


def explain(found: dict[str, Any], model: type[BaseModel]) -> tuple[str, str]:
    """Return message and hint of one of pydantic's errors.

    Args:
        found: an entry of `ValidationError.errors()`.
        model: whose keys are meant.
    """
    kind, value, context = found["type"], found["input"], found.get("ctx", {})
    last = str(found["loc"][-1]) if found["loc"] else ""
    if kind == "extra_forbidden":
        allowed = keys_of(model)
        return f"unknown key {last!r}; allowed here: {', '.join(allowed)}", did_you_mean(last, allowed)
    if kind == "missing":
        return f"the key {last!r} is missing", ""
    if kind in ("literal_error", "enum"):
        options = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
        guess = did_you_mean(value, options) if isinstance(value, str) else ""
        return f"expected {context['expected']}, found {shown(value)}", guess
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        expected = str(context.get("expected_tags", "")).replace("<", "").replace(">", "")
        chosen = value.get("random") if isinstance(value, dict) else value
        if chosen is None:
            return f"expected a number or {{random: …}}, found {shown(value)}", ""
        guess = did_you_mean(str(chosen), [word.strip(" '") for word in expected.split(",")])
        return f"unknown kind {shown(chosen)}; allowed: {expected}", guess
    bounds = {
        "greater_than": "more than {gt}",
        "greater_than_equal": "at least {ge}",
        "less_than": "less than {lt}",
        "less_than_equal": "at most {le}",
        "string_too_long": "at most {max_length} characters",
        "string_too_short": "at least {min_length} character",
        "too_long": "at most {max_length} values",
        "too_short": "at least {min_length} value",
        "multiple_of": "a multiple of {multiple_of}",
    }
    if kind in bounds:
        found_words = f"{len(value)}" if "long" in kind or "short" in kind else shown(value)
        return f"expected {bounds[kind].format(**context)}, found {found_words}", ""
    wanted = {
        "float": "a number",
        "int": "a whole number",
        "bool": "true or false",
        "string": "a word or text",
        "dict": "a map",
        "mapping": "a map",
        "model": "a map",
        "list": "a list",
        "tuple": "a list",
        "finite": "a finite number",
    }
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} has not the right form", ""
    if kind == "value_error":
        return str(found["msg"]).removeprefix("Value error, "), ""
    word = kind.split("_")[0]
    if word in wanted:
        return f"expected {wanted[word]}, found {shown(value)}", ""
    return str(found["msg"]), ""
