"""The window: input, a session, a picture, again. The only loop; everything it does is a method with a name."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import WorldsimError
from worldsim.physics.event import Event
from worldsim.physics.state import Snapshot
from worldsim.player.blend import blend
from worldsim.player.clock import StepClock
from worldsim.player.film import Film
from worldsim.player.hand import Grip, grab, pull, throw
from worldsim.player.hud import Hud, Status
from worldsim.player.keymap import HOTKEYS, MOUSE, PAD, Controls
from worldsim.player.options import LAYERS, PlayOptions, PlayResult
from worldsim.player.reload import Watcher
from worldsim.player.session import FLASH, Session
from worldsim.player.view_camera import ViewCamera, project
from worldsim.render import make_renderer
from worldsim.render.renderer import Renderer
from worldsim.render.stage import Stage
from worldsim.render.visualise import layer_picture
from worldsim.rotation import quat_rotate_xyzw
from worldsim.scene.load import load_scene
from worldsim.scene.model import Scene

QUALITY = "fast"  # of the raster: a steady picture before a finer one
FRAMES = 60  # pictures a second at most
OUT = Path("out")  # where hotkeys save
SHOWN = 2.5  # s a message stays


class Window:
    """One scene in one window."""

    def __init__(self, options: PlayOptions, scene: Scene, pygame: Any) -> None:
        """Open the window and build the session.

        Args:
            options: what to play.
            scene: loaded.
            pygame: the module, its display initialised.
        """
        self.options = options
        self._pg = pygame
        self._size = options.size
        self._screen = pygame.display.set_mode(self._size, pygame.RESIZABLE)
        pygame.display.set_caption(f"{scene.name} - worldsim")
        self._hud = Hud(pygame, self._size)
        self._layer = options.renderer
        self._show_hud, self._show_help = True, False
        self._message, self._message_until = "", 0.0
        self._error: str | None = None
        self._held: set[str] = set()
        self._grip: Grip | None = None
        self._drag: str | None = None
        self._viewing: Snapshot | None = None  # a moment of the past that is looked at while the bar is dragged
        self._events: list[Event] = []
        self._pads: dict[int, Any] = {}
        self._film: Film | None = None
        self._saved: list[Path] = []
        self._times: deque[float] = deque(maxlen=100_000)
        self._running, self._frames, self._simulated, self._ran = True, 0, 0.0, 0.0
        self._recent: deque[tuple[float, float]] = deque(maxlen=90)  # (s of wall clock, s simulated) a picture
        self._open(scene, options.seed)
        if options.record is not None:
            self._start_film(options.record)

    def _open(self, scene: Scene, seed: int) -> None:
        """Build all that depends on the scene; on an error the old session goes on."""
        fresh = Session(scene, seed, self.options.policy, driven=self.options.policy is not None)
        try:
            renderer = make_renderer("raster", Stage.of(fresh.world), size=self._size, quality=QUALITY)
            controls = Controls(scene, fresh.world.actors)
            camera = ViewCamera(scene, fresh.world.parts, self._size[0] / self._size[1])
        except BaseException:
            fresh.close()
            raise
        if self._frames:
            self.session.close()
            self._renderer.close()
        self.session: Session = fresh
        self._renderer: Renderer = renderer
        self._controls, self._view = controls, camera
        self._clock = StepClock(fresh.world.control_rate)
        self._watcher = Watcher(_files_of(scene, self.options.scene))
        self._previous: tuple[Snapshot, Any] | None = None
        self._camera = camera.look(fresh.now)
        self._grip = None

    # ---- the loop

    def run(self) -> PlayResult:
        """Play until the window is closed, Escape, Ctrl-C or `max_frames`; what was recorded is finished then."""
        began = last = time.perf_counter()
        outcome = None
        try:
            while self._running:
                now = time.perf_counter()
                elapsed, last = now - last, now
                self._take_input()
                self._simulate(min(elapsed, 0.25))
                self._draw()
                self._times.append(time.perf_counter() - now)
                self._frames += 1
                if self.options.max_frames is not None and self._frames >= self.options.max_frames:
                    break
                self._reload(elapsed)
                self._pace(now)
            outcome = self.session.world.outcome()
        finally:
            self._finish()
        seconds = time.perf_counter() - began
        frames = np.array(self._times) if self._times else np.zeros(1)
        return PlayResult(
            self._frames,
            seconds,
            self._simulated,
            round(self._simulated * self.session.world.step_rate),
            self._frames / seconds,
            float(np.percentile(frames, 50)),
            float(np.percentile(frames, 95)),
            self._simulated / self._ran if self._ran > 0 else 1.0,
            outcome,
            tuple(self._saved),
        )

    def _pace(self, started: float) -> None:
        """Wait for the next picture's time, and no longer."""
        left = 1 / FRAMES - (time.perf_counter() - started)
        if left > 0:
            time.sleep(left)

    def _simulate(self, elapsed: float) -> None:
        """Do the control periods that are due with what is held down now."""
        due = self._clock.due(elapsed)
        for _ in range(due):
            self._advance()
        simulated = due * self._clock.period
        self._simulated += simulated
        if not self._clock.paused:
            self._ran += elapsed * self._clock.speed
            self._recent.append((elapsed, simulated))

    def _advance(self) -> None:
        events, self._events = self._events, []
        if self._grip is not None:
            events.append(pull(self._grip, self._camera, self._size, self._pg.mouse.get_pos()))
        commands = self._controls.commands(self._held, self._pad())
        self.session.advance(commands, events)
        if self._film is not None:
            self._film.add(self.session.states, self._renderer, self._view)

    def _draw(self) -> None:
        """Make the picture between the last two control periods, and write over it."""
        if self._viewing is not None:
            state = self._viewing
        else:
            state = blend(self.session.before, self.session.now, self._clock.fraction)
        self._camera = self._view.look(state)
        frame = self._picture(state)
        self._pg.surfarray.blit_array(self._screen, frame.swapaxes(0, 1))
        self._draw_marks(state)
        if self._show_hud:
            self._hud.draw(self._screen, self._status())
            self._hud.hint(self._screen, "H: keys")
        if self._show_help:
            self._hud.help(self._screen, self._help())
        if self._error is not None:
            self._hud.error(
                self._screen, "The scene file has changed and can't be used; the last good one plays on:", self._error
            )
        self._pg.display.flip()

    def _picture(self, state: Snapshot) -> NDArray[np.uint8]:
        if self._layer == "raster":
            self._previous = None
            return self._renderer.frame(state, self._camera)
        buffer = self._renderer.render(state, self._camera, self._previous)
        self._previous = (state, self._camera)
        return layer_picture(buffer, self._layer)

    def _draw_marks(self, state: Snapshot) -> None:
        flashes = self.session.flashes if self._show_hud and self._viewing is None else []
        if flashes:
            pixels, depth = project(self._camera, self._size, np.array([flash.position for flash in flashes]))
            age = np.array([self.session.world.time - flash.time for flash in flashes]) / FLASH
            power = np.clip(np.log10(1 + np.array([flash.impulse for flash in flashes]) * 3), 0.2, 1.0)
            seen = depth > 0
            self._hud.flashes(self._screen, pixels[seen], (power * np.clip(1 - age, 0, 1))[seen])
        if self._grip is not None:
            row = self._grip.part
            point = state.position[row] + quat_rotate_xyzw(state.orientation[row], self._grip.local)
            pixels, depth = project(self._camera, self._size, point[None])
            if depth[0] > 0:
                self._hud.spring(self._screen, pixels[0], self._pg.mouse.get_pos())

    def _status(self) -> Status:
        session, world = self.session, self.session.world
        wall = sum(e for e, _ in self._recent) or 1.0
        factor = sum(s for _, s in self._recent) / wall
        shown = self._viewing or session.now
        past = session.past
        span = max(past[-1].step - past[0].step, 1)
        driver = f"{session.policy}" if session.driven else "you" if world.actors else "nobody"
        lines = (
            ("scene", f"{session.scene.name}, seed {world.seed}"),
            ("time", f"{shown.time:.2f} s"),
            ("speed", f"{self._clock.speed:g}x, real time x{factor:.2f}"),
            ("frames", f"{len(self._recent) / wall:.0f} a second"),
            ("camera", self._view.name),
            ("shows", "picture" if self._layer == "raster" else self._layer),
            ("drives", driver),
        )
        badge = self._message if time.perf_counter() < self._message_until else world.outcome() or ""
        return Status(
            lines,
            badge.replace("_", " "),
            self._clock.paused,
            self._film is not None,
            (shown.step - past[0].step) / span if len(past) > 1 else 1.0,
            span / world.step_rate,
        )

    def _help(self) -> list[list[tuple[str, str]]]:
        drive = [
            (key, ", ".join(f"{c} {v:+.1f}" for who in self._controls.wanted(key) for c, v in who.items()))
            for key in self._controls.keys
        ]
        return [
            [("keys", "")]
            + [(key, meaning) for key, (_, meaning) in HOTKEYS.items() if not self._controls.claims(key)],
            [("mouse", ""), *MOUSE, ("", ""), ("gamepad", ""), *PAD, ("", ""), ("drive", ""), *drive[:12]],
        ]

    # ---- input

    def _take_input(self) -> None:
        pg = self._pg
        for event in pg.event.get():
            if event.type == pg.QUIT:
                self._running = False
            elif event.type == pg.KEYDOWN:
                self._press(pg.key.name(event.key))
            elif event.type == pg.KEYUP:
                self._held.discard(pg.key.name(event.key))
            elif event.type == pg.WINDOWFOCUSLOST:
                self._held.clear()
                self._drag = self._grip = None
            elif event.type == pg.VIDEORESIZE:
                self._resize((max(event.w, 160), max(event.h, 120)))
            elif event.type == pg.JOYDEVICEADDED:
                stick = pg.joystick.Joystick(event.device_index)
                self._pads[stick.get_instance_id()] = stick
            elif event.type == pg.JOYDEVICEREMOVED:
                self._pads.pop(event.instance_id, None)
            elif event.type == pg.MOUSEBUTTONDOWN:
                self._mouse_down(event.button, event.pos)
            elif event.type == pg.MOUSEBUTTONUP:
                self._mouse_up(event.button)
            elif event.type == pg.MOUSEMOTION:
                self._mouse_move(event.rel, event.pos)
            elif event.type == pg.MOUSEWHEEL:
                self._view.release(self._shown()).zoom(1.12**event.y)

    def _press(self, key: str) -> None:
        if self._controls.claims(key):
            self._held.add(key)
        elif key in HOTKEYS:
            try:
                getattr(self, f"_do_{HOTKEYS[key][0]}")()
            except WorldsimError as error:
                self._say(str(error))

    def _pad(self) -> tuple[float, float, float] | None:
        for stick in self._pads.values():
            if stick.get_numaxes() >= 2:
                button = float(stick.get_button(0)) if stick.get_numbuttons() else 0.0
                return -stick.get_axis(1), -stick.get_axis(0), button
        return None

    def _shown(self) -> Snapshot:
        return self._viewing or self.session.now

    def _mouse_down(self, button: int, at: tuple[int, int]) -> None:
        x, y, w, h = self._hud.bar()
        if button == 1 and self._show_hud and y - 8 <= at[1] <= y + h + 8 and x <= at[0] <= x + w:
            self._drag = "bar"
            self._clock.paused = True
            self._scrub(at[0])
        elif button == 1:
            self._grip = grab(self.session.world, self._camera, self._size, at) if self._viewing is None else None
            self._drag = None if self._grip else "orbit"
        elif button in (2, 3):
            self._drag = "pan" if button == 2 else "orbit"

    def _mouse_up(self, button: int) -> None:
        if self._drag == "bar" and self._viewing is not None:
            self.session.go_to(self._viewing)
            self._viewing = None
            self._view.cut()
        if button in (1, 2, 3):
            self._drag = self._grip = None

    def _mouse_move(self, moved: tuple[int, int], at: tuple[int, int]) -> None:
        if self._drag == "orbit":
            self._view.release(self._shown()).orbit(-moved[0] * 0.006, moved[1] * 0.006)
        elif self._drag == "pan":
            free = self._view.release(self._shown())
            free.pan(-moved[0] / self._size[1], moved[1] / self._size[1])
        elif self._drag == "bar":
            self._scrub(at[0])

    def _scrub(self, pixel: int) -> None:
        """Look at the moment of the past under the mouse."""
        x, _, w, _ = self._hud.bar()
        past = self.session.past
        place = round(min(max((pixel - x) / w, 0.0), 1.0) * (len(past) - 1))
        self._viewing = past[place]
        self._view.cut()

    def _resize(self, size: tuple[int, int]) -> None:
        if self._film is not None:  # a video keeps its size
            self._say("recording: the picture keeps its size until it stops")
            return
        self._size = size
        self._screen = self._pg.display.set_mode(size, self._pg.RESIZABLE)
        self._hud.resize(size)
        self._renderer.close()
        self._renderer = make_renderer("raster", Stage.of(self.session.world), size=size, quality=QUALITY)

    # ---- what keys do

    def _say(self, text: str) -> None:
        self._message, self._message_until = text, time.perf_counter() + SHOWN

    def _do_pause(self) -> None:
        self._clock.paused = not self._clock.paused

    def _do_forward(self) -> None:
        self._clock.paused = True
        self._advance()

    def _do_back(self) -> None:
        self._clock.paused = True
        self.session.back()
        self._view.cut()

    def _do_slower(self) -> None:
        self._clock.faster(-1)

    def _do_faster(self) -> None:
        self._clock.faster(1)

    def _do_camera(self) -> None:
        self._view.next()

    def _do_free(self) -> None:
        if self._view.free is None:
            self._view.release(self._shown())
        else:
            self._view.next()

    def _do_layer(self) -> None:
        self._layer = LAYERS[(LAYERS.index(self._layer) + 1) % len(LAYERS)]
        self._previous = None

    def _do_driver(self) -> None:
        if self.session.policy is None:
            self._say("no policy: start with --policy NAME")
        else:
            self.session.driven = not self.session.driven

    def _do_throw(self) -> None:
        at = self._pg.mouse.get_pos() if self._pg.mouse.get_focused() else (self._size[0] / 2, self._size[1] / 2)
        self._events.append(throw(self._camera, self._size, at))

    def _do_reset(self) -> None:
        self.session.reset()
        self._view.cut()

    def _do_seed(self) -> None:
        self.session.reset(self.session.world.seed + 1)
        self._view.cut()

    def _do_save(self) -> None:
        self.session.save()
        self._say("remembered")

    def _do_load(self) -> None:
        self._say("back" if self.session.load() else "nothing is remembered: F5 first")
        self._view.cut()

    def _do_fork(self) -> None:
        self._keep(self.session.keep_take(self._new_file("take")))

    def _do_record(self) -> None:
        if self._film is None:
            self._start_film(self._new_file("mp4"))
        else:
            self._stop_film()

    def _do_screenshot(self) -> None:
        path = self._new_file("png")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._pg.image.save(self._screen, str(path))
        self._keep(path)

    def _do_hud(self) -> None:
        self._show_hud = not self._show_hud

    def _do_help(self) -> None:
        self._show_help = not self._show_help

    def _do_quit(self) -> None:
        self._running = False

    # ---- files

    def _new_file(self, suffix: str) -> Path:
        """Return a name in `out/` that is not taken."""
        for k in range(1, 100_000):
            path = OUT / f"{self.session.scene.name}-{k}.{suffix}"
            if not path.exists():
                return path
        raise WorldsimError(f"{OUT} is full of files: move some away")

    def _keep(self, path: Path) -> None:
        self._saved.append(path)
        self._say(f"saved {path}")

    def _start_film(self, path: Path) -> None:
        world = self.session.world
        self._film = Film(path, self._size, self.session.scene.rates.frame_rate, world.step_rate)

    def _stop_film(self) -> None:
        if self._film is None:
            return
        film, self._film = self._film, None
        film.close()
        self._keep(film.path)
        self._keep(self.session.keep_take(film.path.with_suffix(".take")))

    def _reload(self, elapsed: float) -> None:
        """Take a changed scene file up; an error is shown and the last good scene plays on."""
        if not self._watcher.changed(elapsed):
            return
        try:
            self._open(load_scene(self.options.scene), self.session.world.seed)
            self._error = None
            self._say("reloaded")
        except WorldsimError as error:
            self._error = str(error)

    def _finish(self) -> None:
        try:
            self._stop_film()
        finally:
            self._renderer.close()
            self.session.close()


def _files_of(scene: Scene, name: str) -> list[Path]:
    """Return the files whose change reloads the scene."""
    from worldsim.scene.library import find_scene

    try:
        return [Path(find_scene(name))]
    except WorldsimError:
        return []
