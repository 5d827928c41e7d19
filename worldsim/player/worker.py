"""A helping process seen from the window: start it, ask, go on meanwhile, end it. It knows nothing of what is asked.

Pictures and sound are made in processes of their own because Python's lock can't be shared fairly: in threads of the
window's process they took turns with the physics and each other, and all were late.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from worldsim.errors import HelperError

PACKAGE_ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 5.0  # s that it may take to end by itself


class Worker:
    """One running process that serves one object's methods (see `serve.py`)."""

    def __init__(self, module: str, what: str, **environment: str) -> None:
        """Start it; it makes itself ready while the caller goes on.

        Args:
            module: that serves.
            what: it does, for messages: "draws".
            environment: variables for it, where they are not set already.

        Raises:
            HelperError: it can't be started.
        """
        self._what = what
        path = os.pathsep.join(filter(None, (str(PACKAGE_ROOT), os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment | os.environ | {"PYTHONPATH": path},
                process_group=0,  # Ctrl-C is the window's; a session of its own makes `nice` void (autogroup)
            )
        except OSError as error:
            raise HelperError(f"the process that {what} can't be started with {sys.executable}: {error}") from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions, self._answers = self._process.stdin, self._process.stdout
        self._waiting: deque[Future[Any]] = deque()
        self._lock = threading.Lock()
        self._lost = False
        self._reader = threading.Thread(target=self._read, name="worldsim-answers", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, verb: str, *arguments: Any) -> Future[Any]:
        """Call a method of the object served; the result raises what it raised.

        Arguments and results are copied. Where the process has gone, the result raises `HelperError`.
        """
        future: Future[Any] = Future()
        message = pickle.dumps((verb, arguments), pickle.HIGHEST_PROTOCOL)
        with self._lock:
            if self._lost:
                future.set_exception(self._gone())
                return future
            self._waiting.append(future)
        try:
            self._questions.write(message)
            self._questions.flush()
        except (OSError, ValueError):
            self._lose()
        return future

    def _read(self) -> None:
        """Hand answers to those who wait for them, until the pipe ends."""
        while True:
            try:
                done, found = pickle.load(self._answers)
            except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                self._lose()
                return
            with self._lock:
                future = self._waiting.popleft()
            if done:
                future.set_result(found)
            else:
                future.set_exception(found)

    def _lose(self) -> None:
        """Tell all who wait that no answer will come."""
        with self._lock:
            self._lost = True
            waiting, self._waiting = self._waiting, deque()
        for future in waiting:
            future.set_exception(self._gone())

    def _gone(self) -> HelperError:
        code = self._process.poll()
        how = "" if code is None else f" (exit code {code})"
        return HelperError(f"the process that {self._what} has ended{how}; what was recorded is kept: start again")

    def close(self) -> None:
        """End it; a second call does nothing."""
        try:
            self._questions.close()
        except OSError:  # what was still to be sent is lost with the process
            self._lost = True
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._answers.close()
