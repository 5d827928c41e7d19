"""`worldsim render`."""

from __future__ import annotations

import click


@click.command()
def render() -> None:
    """X."""
