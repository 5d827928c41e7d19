"""The other side of `worker.py`: a process's loop that answers for one object.

Questions come on standard input, each (method, arguments) pickled; each gets one answer on standard output, (True, what
was returned) or (False, the error), in the same order. The pipe's end is the process's. Nobody but the parent, which
started it, can write to that pipe; what comes from files or from outside is never unpickled.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import traceback
from typing import Any

from worldsim.errors import WorldsimError


def serve(served: Any, nice: int = 0) -> None:
    """Answer until the pipe ends, then close what was served if it can be closed.

    Args:
        served: whose methods are called.
        nice: how much less urgent than its parent the process is (see nice(2)), where the system knows that.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # drivers that print do not get between
    questions = os.fdopen(os.dup(0), "rb")
    if hasattr(os, "nice"):
        os.nice(nice)
    while True:
        try:
            method, arguments = pickle.load(questions)
        except EOFError:
            break
        answer: tuple[bool, Any]
        try:
            answer = True, getattr(served, method)(*arguments)
        except Exception as error:  # it is raised again where the answer is wanted
            if not isinstance(error, WorldsimError):  # a mistake of ours: where it happened goes with it
                error.add_note("".join(traceback.format_exception(error)))
            answer = False, error
        with contextlib.suppress(BrokenPipeError):  # nobody waits any more
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    if hasattr(served, "close"):
        served.close()
