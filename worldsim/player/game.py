"""Everything that is being played, and the orders that keys give.

It knows nothing of windows: it takes the names of keys, pixels and seconds of wall clock, and gives pictures and words.
It is longer than other modules because every key has its order here, most of two lines.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import ClosedError, OutputError, SceneError, WorldsimError
from worldsim.physics.event import Event
from worldsim.physics.state import Snapshot
from worldsim.player.audio import Audio
from worldsim.player.blend import blend
from worldsim.player.clock import StepClock
from worldsim.player.controls import Controls
from worldsim.player.film import Film
from worldsim.player.hand import throw
from worldsim.player.held import Held
from worldsim.player.keymap import hotkey
from worldsim.player.mouse import Mouse
from worldsim.player.options import FOOTAGE, PlayOptions
from worldsim.player.painter import Painter
from worldsim.player.projector import Projector
from worldsim.player.reload import Watcher
from worldsim.player.session import Session
from worldsim.player.shot import Footage
from worldsim.player.view_camera import ViewCamera
from worldsim.policy import fitted
from worldsim.scene.load import load_scene
from worldsim.scene.look_text import as_look
from worldsim.scene.model import Scene

OUT = Path("out")  # where hotkeys save
SHOWN = 2.5  # s a message stays
LONGEST = 0.25  # s of wall clock that one turn makes up for; what is more is dropped


class Game:
    """One scene being played.

    Attributes:
        session: world, history, take. projector: the picture. clock, controls, held, mouse: what the names say.
        saved: files written.
        error: why the scene file can't be used as it is now, None where it can.
        running: False once somebody asked to quit. hud, help, listening: whether the display, the keys and the list of
            what is heard are shown. audio: the sound.
        simulated: s of the world's time. ran: s of wall clock, times the speed, in which time passed.
    """

    def __init__(self, options: PlayOptions, scene: Scene) -> None:
        """Build the session; start recording if that was asked for.

        Raises:
            WorldsimError: the scene can't be built, the policy can't drive it, the recording can't be written.
        """
        self.options = options
        self.held, self.mouse = Held(), Mouse()
        self.running, self.hud, self.help, self.listening = True, True, False, False
        self._painter = Painter()
        self.audio = Audio(options.sound)
        self.error: str | None = None
        self.saved: list[Path] = []
        self.simulated = self.ran = 0.0
        self.waiting: Callable[[str], None] = lambda text: None  # shows words while something takes long
        self._message, self._message_left = "", 0.0
        self._events: list[Event] = []
        self._film: Film | None = None
        self._recent: deque[tuple[float, float]] = deque(maxlen=90)  # (s of wall clock, s simulated) a turn
        self._outcome: tuple[int, str | None] = (-1, None)  # (at which step, what)
        self._session: Session | None = None
        self._projector: Projector | None = None
        try:
            self._open(scene, options.seed, options.policy, options.policy is not None, options.renderer)
            if self.audio.problem:
                self.say(self.audio.problem)
            if options.record is not None:
                self._start_film(options.record)
        except BaseException:
            self.close()
            raise

    def _open(self, scene: Scene, seed: int, policy: str | None, driven: bool, layer: str) -> None:
        """Build all that depends on the scene, then let go of the old; on an error the old goes on."""
        fresh = Session(scene, seed, policy, driven)
        footage = Footage(self.options.weights, self.options.steps)
        try:
            controls = Controls(scene, fresh.world.actors)
            clock = StepClock(fresh.world.control_rate)
            look = as_look(self.options.look, scene.look)
            camera = ViewCamera(scene, fresh.world.parts, 1.0).look(fresh.world.snapshot())
            self.audio.prepare(fresh.world, look, camera)
            projector = Projector(self._painter, fresh.world, self.size, layer, look, footage)
        except BaseException:
            fresh.close()
            raise
        if self._session is not None:
            clock.paused, clock.speed = self.clock.paused, self.clock.speed
            projector.view.follow(self.projector.view)
        self._let_go()
        self._session, self._projector = fresh, projector
        self.audio.begin()
        self.clock: StepClock = clock
        self.controls: Controls = controls
        self._watcher = Watcher.of(scene, self.options.scene)
        self.mouse.release()
        self._outcome = (-1, None)

    @property
    def session(self) -> Session:
        """What is played."""
        if self._session is None:
            raise ClosedError("this game is over")
        return self._session

    @property
    def projector(self) -> Projector:
        """What draws it."""
        if self._projector is None:
            raise ClosedError("this game is over")
        return self._projector

    @property
    def size(self) -> tuple[int, int]:
        """Of the picture, (width, height) px."""
        return self._projector.size if self._projector is not None else self.options.size

    # ---- time

    def tick(self, elapsed: float, pad: tuple[float, ...] | None = None) -> None:
        """Let s of wall clock pass: do the control periods that are due, and take up a changed scene file."""
        due = self.clock.due(min(elapsed, LONGEST))
        for _ in range(due):
            self._advance(pad)
            session = self.session
            self.audio.hear(session.states[-1], session.contacts, self.projector.camera, self.clock.speed)
        simulated = due * self.clock.period
        self.simulated += simulated
        if self.clock.paused:
            self.audio.rest()
        else:
            self.ran += elapsed * self.clock.speed
        self._recent.append((elapsed, simulated))
        self._message_left = max(0.0, self._message_left - elapsed)
        if self._watcher.changed(elapsed):
            self._reload()

    def _advance(self, pad: tuple[float, ...] | None = None) -> None:
        events, self._events = self._events, []
        pulled = self.mouse.pull(self.projector.camera, self.size)
        if pulled is not None:
            events.append(pulled)
        self.session.advance(self.controls.commands(self.held.keys, pad), events)
        self.held.used()
        if self._film is not None:
            self._film.camera.follow(self.projector.view)
            try:
                self._film.add(self.session.states, self.session.contacts, self.projector.frame)
            except OutputError as error:
                self._film = None
                self.say(str(error))

    def _reload(self) -> None:
        """Take a changed scene file up; an error is shown and the last good scene plays on."""
        old = self.session
        try:
            scene = fitted(load_scene(self.options.scene), self.options.policy)
            self.stop_film()
            self._open(scene, old.world.seed, old.policy, old.driven, self.projector.layer)
        except WorldsimError as error:
            self.error = str(error)
            if isinstance(error, SceneError):
                self._watcher.add(problem.file for problem in error.problems if problem.file is not None)
        else:
            self.error = None
            self.say("scene reloaded")

    # ---- what is seen

    def picture(self) -> NDArray[np.uint8]:
        """Draw the moment between the last two control periods, or one of the past: (H, W, 3) uint8 sRGB."""
        return self.projector.draw(self.moment())

    def moment(self) -> Snapshot:
        """Return what is to be shown now."""
        history = self.session.history
        if history.looking:
            return history.shown
        return blend(history.before, history.now, self.clock.fraction)

    @property
    def outcome(self) -> str | None:
        """How things stand in the scene's words."""
        world = self.session.world
        if self._outcome[0] != world.step_count:
            self._outcome = (world.step_count, world.outcome())
        return self._outcome[1]

    @property
    def message(self) -> str:
        """What is to be told for a short while, "" for nothing."""
        return self._message if self._message_left > 0 else ""

    @property
    def rates(self) -> tuple[float, float]:
        """Simulated seconds a second of wall clock, and pictures a second, over the last 90 turns."""
        wall = sum(wall for wall, _ in self._recent) or 1.0
        return sum(simulated for _, simulated in self._recent) / wall, len(self._recent) / wall

    @property
    def filming(self) -> float | None:
        """Seconds of the video so far, None where none is recorded."""
        return self._film.seconds if self._film is not None else None

    def say(self, text: str) -> None:
        """Tell something for a short while."""
        self._message, self._message_left = text, SHOWN

    def resize(self, size: tuple[int, int]) -> None:
        """Draw pictures of another size, unless a video is recorded: that keeps its size."""
        if self._film is None and size != self.size:
            self.projector.resize(size)

    # ---- orders

    def press(self, key: str) -> None:
        """A key goes down: it drives, or gives an order."""
        name = hotkey(key)
        if self.controls.claims(key):
            self.held.press(key)
        elif name is not None:
            self.order(name)

    def order(self, name: str) -> None:
        """Do what a hotkey stands for; what can't be done is told."""
        try:
            getattr(self, f"_order_{name}")()
        except WorldsimError as error:
            self.say(str(error))

    def see(self, place: float) -> None:
        """Pause and look at a place of the remembered past: 0 its start, 1 the present."""
        self.clock.paused = True
        self.session.history.seek(place)
        self.projector.view.cut()

    def _order_pause(self) -> None:
        self.session.resume()
        self.clock.paused = not self.clock.paused

    def _order_forward(self) -> None:
        self.clock.paused = True
        if self.session.history.looking:
            self.session.history.move(1)
        else:
            self._advance()
            self.simulated += self.clock.period

    def _order_back(self) -> None:
        self.clock.paused = True
        self.session.history.move(-1)
        self.projector.view.cut()

    def _order_slower(self) -> None:
        self.clock.faster(-1)

    def _order_faster(self) -> None:
        self.clock.faster(1)

    def _order_camera(self) -> None:
        self.projector.view.next()

    def _order_free(self) -> None:
        if self.projector.view.free is None:
            self.projector.view.release(self.moment())
        else:
            self.projector.view.next()

    def _order_layer(self) -> None:
        self.projector.next_layer()

    def _order_compare(self) -> None:
        if self.projector.layer not in FOOTAGE:
            self.say("nothing to compare: v shows the diffusion renderer's footage")
            return
        divider = self.projector.divider
        divider.turned = not divider.turned
        self.say("the raster's picture" if divider.turned else "footage")

    def _order_driver(self) -> None:
        session = self.session
        session.swap_driver()
        if not session.world.actors:
            self.say("nothing here can be driven")

    def _order_throw(self) -> None:
        self._events.append(throw(self.projector.camera, self.size, self.mouse.at))

    def _order_reset(self) -> None:
        self.session.reset()
        self.projector.view.cut()

    def _order_seed(self) -> None:
        session, seed = self.session, self.session.world.seed + 1
        self.stop_film()
        if session.scene.is_random:  # other things may be there: everything is built anew
            self.waiting(f"building seed {seed}")
            self._open(session.scene, seed, session.policy, session.driven, self.projector.layer)
        else:
            session.reset(seed)
            self.projector.view.cut()

    def _order_save(self) -> None:
        self.session.save()
        self.say("remembered")

    def _order_load(self) -> None:
        done = self.session.load(lambda part: self.waiting(f"going back: {100 * part:.0f} %"))
        self.say("back" if done else "nothing is remembered: F5 first")
        self.projector.view.cut()

    def _order_fork(self) -> None:
        self._keep(self.session.keep_take(self._new_file("take")))

    def _order_record(self) -> None:
        if self._film is None:
            self._start_film(self._new_file("mp4"))
        else:
            self.stop_film()

    def _order_screenshot(self) -> None:
        from worldsim.record.png import write_png

        path = self._new_file("png")
        write_png(path, self.projector.still(self.moment()))
        self._keep(path)

    def _order_mute(self) -> None:
        self.audio.mute()
        self._tell_sound()

    def _order_softer(self) -> None:
        self.audio.louder(-1)
        self._tell_sound()

    def _order_louder(self) -> None:
        self.audio.louder(1)
        self._tell_sound()

    def _order_listen(self) -> None:
        self.listening = not self.listening

    def _tell_sound(self) -> None:
        self.say(f"sound: {self.audio.words}" if self.audio.works else self.audio.problem or "started without sound")

    def _order_hud(self) -> None:
        self.hud = not self.hud

    def _order_help(self) -> None:
        self.help = not self.help

    def _order_quit(self) -> None:
        self.running = False

    # ---- files

    def _new_file(self, suffix: str) -> Path:
        """Return a name in `out/` that is not taken."""
        try:
            OUT.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"the folder {OUT} can't be made: {error.strerror}") from None
        taken = {path.name.removesuffix(".part") for path in OUT.iterdir()}
        name = self.session.scene.name.replace(" ", "_")
        number = next(k for k in range(1, len(taken) + 2) if f"{name}-{k}.{suffix}" not in taken)
        return OUT / f"{name}-{number}.{suffix}"

    def _keep(self, path: Path) -> None:
        self.saved.append(path)
        self.say(f"saved {path}")

    def _start_film(self, path: Path) -> None:
        session = self.session
        camera = ViewCamera(session.scene, session.world.parts, self.size[0] / self.size[1])
        self._film = Film(path, session.world, self.size, session.scene.rates.frame_rate, camera)

    def stop_film(self) -> None:
        """Finish the video and keep the take beside it.

        Raises:
            OutputError: one of them can't be written to the end.
        """
        film, self._film = self._film, None
        if film is None:
            return
        film.close()
        self.saved.append(film.path)
        path = film.path.with_suffix(".take")
        self.saved.append(self.session.keep_take(path if not path.exists() else self._new_file("take")))
        self.say(f"saved {film.path}")

    def _let_go(self) -> None:
        if self._session is not None:
            self._session.close()
        if self._projector is not None:
            self._projector.close()
        self._session = self._projector = None

    def close(self) -> None:
        """Finish what is being recorded and free everything.

        Raises:
            OutputError: the video or the take can't be written to the end.
        """
        try:
            self.stop_film()
        finally:
            self._let_go()
            self._painter.close()
            self.audio.close()
