"""Commands that carry examples. It knows nothing of what they do."""

from __future__ import annotations

from typing import Any

import click


class _WithExamples(click.Command):
    """A command whose help ends with lines that can be copied and run."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, unwrapped."""
        if self.examples:
            with formatter.section("Examples" if len(self.examples) > 1 else "Example"):
                for line in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Command(_WithExamples):
    """A command with `examples`."""


class Group(_WithExamples, click.Group):
    """A group with `examples`; its commands and groups are of these classes too."""

    command_class = Command
    group_class = type  # click: the class of the group itself
