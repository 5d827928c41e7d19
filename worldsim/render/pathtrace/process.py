"""The tracing process seen from worldsim: start it, ask, wait, end it. It knows nothing of pictures."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path
from typing import Any

from worldsim.errors import PathTraceError
from worldsim.render.pathtrace.worker.frames import BrokenPipeline, receive, send

WORKER = Path(__file__).parent / "worker" / "main.py"
HOME = "WORLDSIM_REFERENCE"
"""Environment variable that names the path tracer's virtual environment where it is not in its usual place."""


def reference_python() -> Path:
    """Return the interpreter of the path tracer's environment.

    Raises:
        PathTraceError: it is not there; the message says how to get it.
    """
    named = os.environ.get(HOME)
    home = Path(named) if named else Path(__file__).resolve().parents[3] / ".venv-reference"
    python = home / "bin" / "python"
    if not python.exists():
        raise PathTraceError(
            f"the path tracer needs Blender's Cycles in an environment of its own, and {home} has none: "
            f"run `make reference` in worldsim's checkout (370 MB), or name such an environment in {HOME}"
        )
    return python


class ProcessLost(Exception):
    """The process crashed, hung or could not do what it was asked."""


class TraceProcess:
    """One running process. Not for use from two threads."""

    def __init__(self, folder: Path, timeout: float) -> None:
        """Start it on the files in a folder and wait until the stage is built.

        Args:
            folder: of `export.write_stage`; the process's log goes there too.
            timeout: s that any one answer may take.

        Raises:
            PathTraceError: the environment is not there.
            ProcessLost: it did not come up.
        """
        self._timeout = timeout
        self._log = folder / "log.txt"
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH") if name in os.environ}
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [str(reference_python()), "-s", "-E", str(WORKER), str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=kept | {"PYTHONDONTWRITEBYTECODE": "1"},
                cwd=folder,
            )
        try:
            self._answer()
        except ProcessLost:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def ask(self, message: dict[str, Any], data: bytes) -> bytes:
        """Send a message and return the bytes of the answer.

        Raises:
            ProcessLost: no answer, or an answer that is an error.
        """
        assert self._process.stdin is not None
        try:
            send(self._process.stdin, message, data)
        except OSError as error:
            raise ProcessLost(self._story("it went away")) from error
        return self._answer()

    def close(self) -> None:
        """End it; a second call does nothing."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was still to be sent is lost with the process
                    continue
        self._process.kill()
        self._process.wait()

    def _answer(self) -> bytes:
        """Wait for the answer; a process that takes too long is killed, which ends the wait."""
        assert self._process.stdout is not None
        late = threading.Timer(self._timeout, self._process.kill)
        late.start()
        try:
            message, data = receive(self._process.stdout)
        except BrokenPipeline as error:
            hung = late.finished.is_set()
            why = f"it gave no answer in {self._timeout:g} s and was ended" if hung else "it went away"
            raise ProcessLost(self._story(why)) from error
        finally:
            late.cancel()
        if "error" in message:
            raise ProcessLost(f"it said:\n{message['error']}")
        return data

    def _story(self, why: str) -> str:
        """Return what happened, with the end of what the process wrote."""
        code = self._process.poll()
        lines = self._log.read_text(errors="replace").strip().splitlines()[-4:]
        return "\n".join([why if code is None else f"{why} (exit code {code})", *lines])
