"""Footage: `record` films a world while it runs, `render_take` films what a take remembers.

Both give the same frames for the same moments, keep nothing in memory, and finish their files whatever stops them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from worldsim.errors import OptionError, OutputError, UnknownNameError
from worldsim.record.film import Film, Rig, Sound, choose_rig, frame_stride
from worldsim.record.interrupt import Request, stop_request
from worldsim.record.layers import LayerWriter, check_layers, layers_folder
from worldsim.record.result import Progress, RecordResult
from worldsim.record.writer import check_suffix, open_writer
from worldsim.render.camera import Camera
from worldsim.render.exposure import Exposure
from worldsim.render.optics import Optics
from worldsim.scene.look import Look

if TYPE_CHECKING:
    from worldsim.physics.command import Commands
    from worldsim.physics.state import Snapshot
    from worldsim.physics.world import World
    from worldsim.scene.model import Scene
    from worldsim.take import Take

Policy = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From an actor's sensors (`World.observe`) to its command, both in the units of the actor's channels."""
Policies = str | Policy | Mapping[str, Policy] | None
"""The name of a shipped policy or a function drives the scene's first actor; a mapping says what drives whom.

Actors that nobody drives get their neutral command.
"""
Pilot = Callable[["World"], "Commands"]
"""Called before each control period: the commands for the actors it drives."""
Watch = Callable[[Progress], None]

WARM_SECONDS = 3.0
"""How much of a take camera and sound follow before the first frame of an excerpt: several times their memory."""


@dataclass(frozen=True)
class Shot:
    """How to film.

    Attributes:
        renderer: a name that `make_renderer` knows, or one of `CLIP_RENDERERS`.
        options: the renderer's own; of a clip renderer the raster's, and as "pretrained" its `PretrainedOptions`.
        camera: a camera of the scene by name, a fixed `Camera`, a rig, or None for the scene's first.
        look: another light than the scene's, or None.
        size: (width, height) in pixels.
        fps: frames a second, a divisor of the step rate; None for the scene's frame rate.
        layers: of `LAYERS`, written to NAME.layers beside the video.
        sound: what makes the sound, or a function that gives it for the world that is filmed (`SoundStream.of`), or
            None for a silent file without a sound track.
        crf: quality of a video, see `VideoWriter`.
        optics: lens, shutter and film that pictures are taken through, or None for a pinhole; not of a clip renderer.
    """

    renderer: str = "raster"
    options: Mapping[str, Any] = field(default_factory=dict)
    camera: str | Camera | Rig | None = None
    look: Look | None = None
    size: tuple[int, int] = (960, 540)
    fps: int | None = None
    layers: Sequence[str] = ()
    sound: Sound | Callable[[World], Sound] | None = None
    crf: float = 18.0
    optics: Optics | None = None


def record(
    scene: Scene | str,
    out: Path | str,
    *,
    seconds: float = 10.0,
    policy: Policies = None,
    policy_name: str | None = None,
    seed: int = 0,
    shot: Shot | None = None,
    take: bool | Path | str = True,
    until_outcome: bool = False,
    progress: Watch | None = None,
) -> RecordResult:
    """Run a world and film it.

    Args:
        scene: a scene, or the name or path of one.
        out: NAME.mp4, NAME.gif or NAME.png.
        seconds: of simulated time.
        policy: who drives.
        policy_name: what the take calls it; the policy's own name where it has one.
        seed: of the world.
        shot: how to film; `Shot()` by default.
        take: whether to keep a take beside the video (NAME.take), or where.
        until_outcome: end at the first outcome with `ends: true` of the scene, if one holds before `seconds` are over.
        progress: called after every frame.

    Returns:
        What was written. Ctrl-C and SIGTERM end the recording early, with whole files, and are told in `interrupted`.

    Raises:
        WorldsimError: a mistake in the scene, a name, a rate, or a place that can't be written to; before anything
            starts. OutputError later: the disk is full; the message says what was kept.
    """
    from worldsim.physics.world import World
    from worldsim.scene.load import load_scene

    shot = shot or Shot()
    out = Path(out)
    check_suffix(out)
    if isinstance(scene, str):
        scene = load_scene(scene)
    if not seconds > 0:
        raise OutputError(f"{out}: {seconds} s were asked for; a recording lasts longer than 0 s")
    with stop_request() as stop, World(scene, seed) as world:
        pilot = _pilot(world, policy, seed)
        total = max(1, round(seconds * (shot.fps or scene.rates.frame_rate)))
        with _Set(world, shot, out, total, progress, stop) as filming:
            writer = filming.record_take(world, take, out, policy_name or (policy if isinstance(policy, str) else None))
            _run(world, pilot, filming, writer, total, until_outcome, stop)
            filming.film.finish()
            outcome = world.outcome()
            path = writer.path if writer is not None else None
            if writer is not None:
                writer.close(outcome)
        return filming.result(path, outcome, seed, stop)


def render_take(
    take: Take | Path | str,
    out: Path | str,
    *,
    start: float = 0.0,
    end: float | None = None,
    shot: Shot | None = None,
    progress: Watch | None = None,
) -> RecordResult:
    """Film what a take remembers: nothing is simulated.

    Args:
        take: a take, or its path.
        out: NAME.mp4, NAME.gif or NAME.png.
        start: s of the take's time.
        end: s of the take's time, its end by default.
        shot: how to film; `Shot()` by default.
        progress: called after every frame.

    Raises:
        TakeError: the take can't be read, or has nothing between start and end.
        WorldsimError: as `record`.
    """
    from worldsim.errors import TakeError
    from worldsim.take import Take

    shot = shot or Shot()
    out = Path(out)
    check_suffix(out)
    with ExitStack() as stack:
        if not isinstance(take, Take):
            take = stack.enter_context(Take.open(take))
        header = take.header
        fps = shot.fps or header.frame_rate
        stride = frame_stride(header.step_rate, fps)
        first = round(max(start, 0.0) * fps)
        stop_at = take.seconds if end is None else min(end, take.seconds)
        last = min(round(stop_at * fps), take.steps // stride + 1)
        if last <= first:
            raise TakeError(
                f"{take.name} lasts {take.seconds:.2f} s: there is no frame from {start} s to "
                f"{'its end' if end is None else f'{end} s'}"
            )
        stop = stack.enter_context(stop_request())
        world = stack.enter_context(take.world())  # for its parts only
        with _Set(world, shot, out, last - first, progress, stop) as filming:
            _play(take, filming, first, last, stride, stop)
            filming.film.finish()
        return filming.result(take.path, take.outcome, header.seed, stop)


class _Set:
    """Everything one recording opens, and closes again in the right order."""

    def __init__(self, world: World, shot: Shot, out: Path, total: int, progress: Watch | None, stop: Request) -> None:
        from worldsim.render import CLIP_RENDERERS, make_renderer
        from worldsim.render.stage import Stage

        self.shot, self.out, self.total, self._progress = shot, out, total, progress
        self.fps = shot.fps or world.scene.rates.frame_rate
        self.stride = frame_stride(world.step_rate, self.fps)
        names = check_layers(shot.layers)
        if shot.optics is not None and shot.renderer in CLIP_RENDERERS:
            raise OptionError(f"{shot.renderer} paints pictures without a depth of their own: optics have no use there")
        first = world.snapshot()
        rig = choose_rig(world.scene, world.parts, first, shot.camera, shot.size)
        stage = Stage.of(world)
        if shot.look is not None:
            stage = stage.with_look(shot.look)
        exposure = None if shot.optics is None else Exposure.of(shot.optics, world.parts)
        self._sound = shot.sound(world) if callable(shot.sound) else shot.sound
        rate = self._sound.sample_rate if self._sound else None
        self._take: Any = None
        self._layers: LayerWriter | None = None
        self._writer = open_writer(out, shot.size, self.fps, sample_rate=rate, crf=shot.crf)
        try:
            clips = shot.renderer in CLIP_RENDERERS
            options = {key: value for key, value in shot.options.items() if key != "pretrained"}
            self._renderer = make_renderer("raster" if clips else shot.renderer, stage, shot.size, **options)
            if names:
                instances = {part.instance: part.owner for part in world.parts}
                self._layers = LayerWriter(layers_folder(out), names, shot.size, self.fps, instances, stage.class_names)
            self.film = (
                self._clip_film(rig, stage.look, stop)
                if clips
                else Film(self._writer, self._renderer, rig, self._layers, self._sound, exposure)
            )
        except BaseException:
            self._writer.abort()
            raise
        self._begun = time.perf_counter()

    def record_take(self, world: World, take: bool | Path | str, out: Path, policy: str | None) -> Any:
        """Start the take beside the video, if one is wanted."""
        if take is False:
            return None
        from worldsim.take import TakeWriter

        self._take = TakeWriter(out.with_suffix(".take") if take is True else Path(take), world, policy=policy)
        return self._take

    def show(self, snapshot: Snapshot) -> None:
        """Film a frame and tell how far it is."""
        self.film.show(snapshot)
        if not self.film.late:
            self._tell(self.film.frames)

    def _tell(self, done: float) -> None:
        if self._progress is not None:
            speed = done / max(time.perf_counter() - self._begun, 1e-9)
            self._progress(Progress(int(done), self.total, speed, (self.total - done) / speed if done > 1 else None))

    def _clip_film(self, rig: Rig, look: Look, stop: Request) -> Film:
        """Return a film that a pretrained model paints in chunks."""
        from worldsim.record.clip_film import ClipFilm
        from worldsim.render.pretrained.models import check_film, make_backend
        from worldsim.render.pretrained.options import PretrainedOptions
        from worldsim.render.pretrained.painter import Painter

        options: PretrainedOptions = self.shot.options.get("pretrained") or PretrainedOptions()
        check_film(self.shot.renderer, options, self.shot.size)
        painter = Painter(
            make_backend(self.shot.renderer, options),
            look,
            self.shot.size,
            chunk=options.chunk,
            overlap=options.overlap,
            near=options.near,
            stop=lambda: bool(stop),
            report=self._tell,
        )
        return ClipFilm(self._writer, self._renderer, rig, self._layers, self._sound, painter, self.fps)

    def result(self, take: Path | None, outcome: str | None, seed: int, stop: Request) -> RecordResult:
        """Return what was written."""
        film = self.film
        return RecordResult(
            self.out,
            take,
            film.frames,
            self.fps,
            self.shot.size,
            film.frames / self.fps,
            outcome,
            seed,
            self._layers.path if self._layers else None,
            film.frame_hash,
            self._sound is not None and self._writer.takes_sound,
            stop.name,
        )

    def __enter__(self) -> _Set:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Finish all files; where nothing was filmed because of an error, leave none."""
        with ExitStack() as stack:
            stack.callback(self._renderer.close)
            if self._layers is not None:
                stack.callback(self._layers.close)
            nothing = kind is not None and self.film.written == 0
            if self._take is not None:
                stack.callback(self._take.abort if nothing else self._take.close)
            stack.callback(self._writer.abort if nothing else self._writer.close)


def _run(
    world: World,
    pilot: Pilot,
    filming: _Set,
    writer: Any,
    total: int,
    until_outcome: bool,
    stop: Request,
) -> None:
    """Let the world run until `total` frames are filmed."""
    film, stride = filming.film, filming.stride
    ending = {outcome.name for outcome in world.scene.outcomes if outcome.ends}
    state = world.snapshot()
    filming.show(state)
    period = 0
    while state.step < total * stride and not stop:  # on to the end of the last frame: its sound belongs to it
        commands = {name: np.asarray(command, np.float64) for name, command in pilot(world).items()}
        states: list[Snapshot] = []
        if writer is not None:
            contacts, states = writer.advance(commands)
        else:
            contacts = world.advance(commands, (), states)
        if film.sound is not None:
            film.listen(period, state, states, np.asarray(contacts), commands)
        for state in states:  # afterwards it is the state at the start of the next period
            if state.step % stride == 0 and film.frames < total:
                filming.show(state)
        period += 1
        if until_outcome and any(holds and name in ending for name, holds in world.outcomes().items()):
            break


def _play(take: Take, filming: _Set, first: int, last: int, stride: int, stop: Request) -> None:
    """Film frames `first` … `last` − 1 of a take, with the sound of the time they last.

    Camera and sound begin `WARM_SECONDS` earlier, so that both are as they would be in a film of the whole.
    """
    film, header = filming.film, take.header
    size = header.steps_per_control
    begin = max(0, first - round(WARM_SECONDS * filming.fps))
    period = -(-begin * stride // size)  # the first that starts at or after that frame
    if film.sound is not None:
        rate = film.sound.sample_rate
        film.begin_sound(first * rate // filming.fps - period * rate // header.control_rate)
    for frame in range(begin, last):
        if stop:
            break
        state = take.step_snapshot(frame * stride)
        if frame < first:
            film.warm(state)
        else:
            filming.show(state)
        while film.sound is not None and period < len(take) and period * size < (frame + 1) * stride:
            states = take.states(period)
            film.listen(period, take.snapshot(period), states, take.contacts(period), take.commands(period))
            period += 1


def _pilot(world: World, policy: Policies, seed: int) -> Pilot:
    """Return what commands whom.

    Raises:
        UnknownNameError: the scene has no such actor, or none at all, or there is no such policy.
    """
    if isinstance(policy, str):
        from worldsim.policy import pilot_for

        return pilot_for(world, policy, seed)
    if policy is None:
        return lambda _: {}
    if not isinstance(policy, Mapping):
        if not world.actors:
            raise UnknownNameError("actor", "the first", ())
        policy = {next(iter(world.actors)): policy}
    for name in policy:
        if name not in world.actors:
            raise UnknownNameError("actor", name, world.actors)
    drivers = dict(policy)
    return lambda world: {name: drive(world.observe(name)) for name, drive in drivers.items()}
