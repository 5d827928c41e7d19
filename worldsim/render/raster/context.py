"""The OpenGL context and the shader sources. It knows nothing of scenes."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from importlib import resources
from typing import Any

from worldsim.errors import NoOpenGLError

REMEDY = "apt-get install -y libegl1 libgl1 libgl1-mesa-dri"
"""What brings a software OpenGL driver to a Debian or Ubuntu machine."""


BACKEND: dict[str, Any] = {"backend": "egl"}
"""EGL makes contexts without a screen."""


@functools.cache
def _first_process() -> int:
    """Return the id of the process that asked first; a forked child inherits its parent's answer."""
    return os.getpid()


def make_context() -> Any:
    """Return a new moderngl context without a window.

    Raises:
        NoOpenGLError: the environment variable WORLDSIM_NO_GL is 1, this process was forked from one that drew, or no
            driver answers; the message has the remedy.
    """
    if os.environ.get("WORLDSIM_NO_GL", "") not in ("", "0"):
        raise NoOpenGLError("OpenGL is switched off by WORLDSIM_NO_GL; unset it to switch it on")
    if _first_process() != os.getpid():
        # The driver's threads do not survive a fork: the next call would wait for them for ever.
        raise NoOpenGLError(
            "this process was forked from one that had drawn with OpenGL already; start it with multiprocessing's "
            "'spawn', or draw in the parent only after the fork"
        )
    try:
        import moderngl

        context = moderngl.create_context(require=330, standalone=True, **BACKEND)
    except Exception as error:
        raise NoOpenGLError(f"no OpenGL 3.3 context could be made ({error}); on Debian or Ubuntu: {REMEDY}") from error
    context.gc_mode = "context_gc"
    return context


def flusher() -> Callable[[], object]:
    """Return a function that makes the driver of the current context work off what it was given.

    A software driver does all the work in that call, and ctypes gives Python's lock away meanwhile: other threads run.
    Where OpenGL's library can't be opened by name the function does nothing; the work is done in later calls then.
    """
    import ctypes
    import ctypes.util

    for name in ("libOpenGL.so.0", "libGL.so.1", ctypes.util.find_library("GL")):
        try:
            return ctypes.CDLL(name).glFlush if name else int
        except (OSError, AttributeError):
            continue
    return int


@functools.cache
def source(name: str) -> str:
    """Return the text of a shader file of this package."""
    return (resources.files("worldsim.render.raster") / "shaders" / name).read_text(encoding="utf-8")


def program(context: Any, vertex: str, fragment: str, defines: tuple[str, ...] = (), *shared: str) -> Any:
    """Return a program of two shader files, named without ".glsl".

    Args:
        context: the moderngl context.
        vertex: the vertex shader's file.
        fragment: the fragment shader's file.
        defines: words to define, with `frame.glsl` after them.
        shared: more files to put before the fragment shader.
    """
    head = "#version 330 core\n" + "".join(f"#define {word}\n" for word in defines) + source("frame.glsl")
    middle = "".join(source(f"{name}.glsl") for name in shared)
    return context.program(
        vertex_shader=head + source(f"{vertex}.glsl"), fragment_shader=head + middle + source(f"{fragment}.glsl")
    )


def put(target: Any, **values: Any) -> None:
    """Set those uniforms of a program that its compiler has kept; bytes are written as they are."""
    for name, value in values.items():
        member = target.get(name, None)
        if member is None:
            continue
        if isinstance(value, bytes):
            member.write(value)
        else:
            member.value = value


Columns = tuple[tuple[str, int], ...]


def vertex_array(context: Any, target: Any, buffers: tuple[tuple[Any, Columns, str], ...], index: Any) -> Any:
    """Return a vertex array of buffers of columns; columns that the program does not use are skipped.

    Args:
        context: the moderngl context.
        target: the program.
        buffers: (buffer, its columns, "" for vertices or "/i" for instances). A column is an attribute and how many
            numbers of 32 bits it has: floats, or unsigned integers where the count is negative.
        index: buffer of uint32 indices.
    """
    content = []
    for buffer, columns, per in buffers:
        used = [name for name, _ in columns if target.get(name, None) is not None]
        kinds = {True: "f", False: "u"}
        layout = " ".join(f"{abs(n)}{kinds[n > 0]}" if name in used else f"{4 * abs(n)}x" for name, n in columns)
        if used:
            content.append((buffer, layout + per, *used))
    return context.vertex_array(target, content, index)
