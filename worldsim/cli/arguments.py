"""Arguments of an env on the command line: `-a terrain=rough -a pushes=1.0`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Argument(click.ParamType[tuple[str, Any]]):
    """One argument of an env, "name=value"; the value is JSON, or else a word."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Return (name, value)."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.isidentifier():
            self.fail(f"{value!r} is no argument; expected name=value, such as terrain=rough", param, ctx)
        try:
            return name, json.loads(text)
        except ValueError:
            return name, text


def argument_option(function: F) -> F:
    """Add --argument, -a."""
    return click.option(
        "-a",
        "--argument",
        "arguments",
        type=Argument(),
        multiple=True,
        help="An argument of the env; several may be given.",
    )(function)


def arguments_for(policy: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the env's arguments: those a policy needs, such as a control mode, and those given on top.

    Raises:
        UnknownNameError: no such policy.
    """
    from worldsim.policy import load_policy

    return {**getattr(load_policy(policy), "arguments", {}), **given}
