"""`worldsim record`."""

from __future__ import annotations

import click


@click.command()
def record() -> None:
    """X."""
