"""The command line: `worldsim play | record | render | sound | scene | env | policy | train | eval | renderer | bench`.

Each command is a thin skin over the package: it reads its options, calls one function and prints. What can go wrong by
a user's hand ends in one or two lines on stderr and exit code 2, without a traceback; Ctrl-C ends with 130. Modules
here import nothing heavy at the top, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from worldsim import __version__
from worldsim.cli.bench import bench
from worldsim.cli.command import Group
from worldsim.cli.env import env
from worldsim.cli.evaluate import evaluate
from worldsim.cli.play import play
from worldsim.cli.policy import policy
from worldsim.cli.record import record
from worldsim.cli.render import render
from worldsim.cli.renderer import renderer
from worldsim.cli.scene import scene
from worldsim.cli.sound import sound
from worldsim.cli.train import train
from worldsim.errors import WorldsimError

INTERRUPTED = 130  # 128 + SIGINT, as shells say it
BROKEN_PIPE = 141  # 128 + SIGPIPE
COMPLETE = "_WORLDSIM_COMPLETE"  # set by a shell that completes


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    cls=Group,
    examples=("worldsim play dog_agility", "worldsim record dominoes -o dominoes.mp4", "worldsim scene new yard"),
)
@click.version_option(__version__, prog_name="worldsim", message="%(prog)s %(version)s")
def cli() -> None:
    """Scene files become physical worlds you can play, record and train in."""


for command in (play, record, render, sound, scene, env, policy, train, evaluate, renderer, bench):
    cli.add_command(command)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; `args` default to the process's own."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, 2 for a user's mistake, 130 for Ctrl-C."""
    try:
        code = _call(args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has gone, `worldsim scene list | head -1`: nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)


def _call(args: Sequence[str] | None) -> int:
    asked = os.environ.get(COMPLETE)
    if asked:  # a shell wants completions, or the script that fetches them
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, "worldsim", COMPLETE, asked)
    try:
        with cli.make_context("worldsim", list(sys.argv[1:] if args is None else args)) as context:
            cli.invoke(context)
        return 0
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.Abort:
        return _say("interrupted", INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        usage = f"{error.ctx.command_path} --help" if error.ctx else "worldsim --help"
        message = error.format_message().rstrip()
        return _say(f"{message}{'' if message.endswith(('.', '?', '!')) else '.'} See: {usage}", 2)
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except WorldsimError as error:
        return _say(str(error), error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise
        return _say(_of_the_system(error), 2)


def _of_the_system(error: OSError) -> str:
    """Say what the operating system refused: a file, a folder, the disk."""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _say(message: str, code: int) -> int:
    click.echo(f"worldsim: {message}", err=True)
    return code
