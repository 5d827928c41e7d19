"""WorldEnv: a task in a scene as a Gymnasium environment; what all envs share.

It knows nothing of any particular task, of training, or of how pictures are made.
"""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, SupportsFloat

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from worldsim.errors import ActionError, ClosedError, UnknownNameError, WorldsimError
from worldsim.physics.world import World
from worldsim.scene.load import load_scene
from worldsim.scene.look import Look
from worldsim.scene.look_text import as_look
from worldsim.scene.model import Scene
from worldsim.task import Task

if TYPE_CHECKING:
    from worldsim.render.renderer import Moment, Renderer

ObsKind = Literal["state", "pixels", "audio", "mel"]
ObsMode = Literal["state", "pixels", "both", "audio", "mel"] | tuple[ObsKind, ...]
OBS_KINDS = ("state", "pixels", "audio", "mel")
MAX_KEYS = 3  # keys held at once that `get_keys_to_action` knows of


class WorldEnv(gym.Env[Any, NDArray[np.float32]]):
    """A task in a scene.

    Actions: Box(−1, 1): 0 is neutral, ±1 the bounds of the actor's command channels. Observations: the task's channels
    as float32 ("state"), the camera's picture (H, W, 3) uint8 ("pixels"), what is heard where the camera is ("audio",
    "mel": see `worldsim.sound.ear`), or a Dict of several: "both" are state and pixels.

    An env of one's own names its `task_class` and `default_scene`.

    Attributes:
        world, task: what it is made of; both are the same object from the first reset to the last, except that a scene
            with random numbers gets a new task whenever it is drawn anew.
    """

    metadata: dict[str, Any] = {"render_modes": ["human", "rgb_array"], "render_fps": 60}  # noqa: RUF012
    task_class: ClassVar[type[Task]]
    default_scene: ClassVar[str | Path | Scene]

    def __init__(
        self,
        render_mode: str | None = None,
        renderer: str = "raster",
        obs: ObsMode = "state",
        size: tuple[int, int] = (384, 256),
        camera: str | None = None,
        scene: str | Path | Scene | None = None,
        repeat: int = 1,
        look: str | Look | None = None,
        control: str | None = None,
        actor_options: Mapping[str, Any] | None = None,
        **task: Any,
    ) -> None:
        """Build the world.

        Args:
            render_mode: None, "rgb_array" (render returns a frame) or "human" (a window).
            renderer: what makes pictures: see `worldsim.render.make_renderer`.
            obs: "state", "pixels", "audio" or "mel"; or several: "both", or a tuple such as ("state", "mel").
            size: width and height of pictures, pixels.
            camera: a camera of the scene; None for its first.
            scene: a shipped name, a path or a Scene that replaces the task's own.
            repeat: control periods an action lasts; 6 at 60 Hz lets an agent decide ten times a second. The time limit
                counts actions: pass `max_episode_steps` to `gym.make` too.
            look: another light than the scene's: a name or words of docs/looks.md, or a Look.
            control: what an action means to the actor: a dog's "command", "cpg", "joint" … (see docs/dog.md).
            actor_options: more of the actor's own keys in a scene file, on top of what the scene says.
            **task: the task's own arguments, such as `actor`.

        Raises:
            WorldsimError: an argument that means nothing; SceneError: the scene can't be built, or has not what the
                task needs.
        """
        self._arguments = {
            "render_mode": render_mode, "renderer": renderer, "obs": obs, "size": size, "camera": camera,
            "scene": scene, "repeat": repeat, "look": look, "control": control, "actor_options": actor_options, **task,
        }  # fmt: skip
        self._check(self._arguments, task)
        self.render_mode = render_mode
        self.obs: ObsMode = obs
        self._kinds: tuple[str, ...] = (
            ("state", "pixels") if obs == "both" else (obs,) if isinstance(obs, str) else tuple(obs)
        )
        self._several = obs == "both" or not isinstance(obs, str)
        self._ear: Any = None  # what hears, where sound is observed
        self.repeat = repeat
        self._renderer_name, self._size, self._camera, self._task_arguments = renderer, size, camera, task
        self._renderer: Any = None
        self._rig: Any = None
        self._drawn: Any = None  # parts and materials that the renderer knows; None where skins are among them
        self._viewer: Any = None
        self._picture: NDArray[np.uint8] | None = None  # of this moment, once it was made
        self.pictures_later = False  # pixels are observed as zeros, for `worldsim.vector` to fill in
        wanted = self.default_scene if scene is None else scene
        self.scene = wanted if isinstance(wanted, Scene) else load_scene(wanted)
        keys = {**(actor_options or {}), **({} if control is None else {"control": control})}
        if keys:
            self.scene = self.scene.with_options(task.get("actor"), keys)
        if camera is not None and camera not in self.scene.cameras:
            raise UnknownNameError("camera", camera, self.scene.cameras)
        self._look = as_look(look, self.scene.look)
        hears = "audio" in self._kinds or "mel" in self._kinds
        self.world = World(self.scene, 0, detailed=hears)
        try:
            self.task = self._new_task()
            if hears:
                from worldsim.sound.ear import Ear

                self._ear = Ear(self.world, camera, repeat)
        except BaseException:
            self.world.close()
            raise
        self.metadata = {**self.metadata, "render_fps": max(1, round(self.world.control_rate / repeat))}
        self.action_space = spaces.Box(-1.0, 1.0, (len(self.task.actor.command_channels),), np.float32)
        channels = self.task.channels
        self._low = np.array([channel.low for channel in channels], np.float32)
        self._high = np.array([channel.high for channel in channels], np.float32)
        state = spaces.Box(self._low, self._high, dtype=np.float32)
        pixels = spaces.Box(0, 255, (size[1], size[0], 3), np.uint8)
        known: dict[str, spaces.Space[Any]] = {"state": state, "pixels": pixels}
        if self._ear is not None:
            known |= {"audio": spaces.Box(-1.0, 1.0, self._ear.shapes["audio"], np.float32)}
            known |= {"mel": spaces.Box(0.0, 1.0, self._ear.shapes["mel"], np.float32)}
        seen = {str(kind): known[kind] for kind in self._kinds}
        self.observation_space: spaces.Space[Any] = spaces.Dict(seen) if self._several else known[self._kinds[0]]

    def _check(self, arguments: dict[str, Any], task: dict[str, Any]) -> None:
        """Refuse arguments that mean nothing."""
        if arguments["render_mode"] not in (None, "human", "rgb_array"):
            raise UnknownNameError("render mode", str(arguments["render_mode"]), ["human", "rgb_array"])
        obs = arguments["obs"]
        for kind in tuple(obs) or (obs,) if isinstance(obs, tuple | list) else (obs,):
            if kind not in OBS_KINDS and obs != "both":
                raise UnknownNameError("kind of observation", str(kind), ["both", *OBS_KINDS])
        size = arguments["size"]
        if len(size) != 2 or not all(isinstance(n, int | np.integer) and 16 <= n <= 8192 for n in size):
            raise WorldsimError(f"size is (width, height) in pixels, each 16 to 8192; found {size!r}")
        repeat = arguments["repeat"]
        if not isinstance(repeat, int | np.integer) or repeat < 1:
            raise WorldsimError(f"repeat is how many control periods an action lasts, at least 1; found {repeat!r}")
        own = list(inspect.signature(self.task_class).parameters)[1:]
        for name in task:
            if name not in own:
                theirs = {*inspect.signature(WorldEnv).parameters, *inspect.signature(type(self)).parameters, *own}
                raise UnknownNameError("argument", name, theirs - {"arguments", "task"})

    def _new_task(self) -> Task:
        task = self.task_class(self.world, **self._task_arguments)
        self._ground = next((part.index for part in self.world.parts if part.name == "ground"), -1)
        return task

    # ---- the contract

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode; the world's own seed is drawn from the env's generator."""
        super().reset(seed=seed, options=options)
        self.world.reset(int(self.np_random.integers(2**31)))
        if not self.task.fits:
            self.task = self._new_task()
            if self._drawn != (self.world.parts, self.world.layout.materials):
                self._forget_pictures()
        self.task.begin()
        if self._rig is not None:
            self._rig.reset()
        if self._renderer is not None:
            self._renderer.reset()
        self._picture = None
        if self._ear is not None:
            self._ear.begin()
        self._show()
        return self._observe(), self._info({}, 0, 0)

    def step(self, action: NDArray[np.float32]) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Let an action act for `repeat` control periods, or until the task is over.

        Raises:
            ActionError: of another shape than the action space, or with NaN or infinity; nothing has happened then.
        """
        command = {self.task.actor_name: self._command(action)}
        terms: dict[str, float] = {}
        touches = things = 0
        for _ in range(self.repeat):
            contacts = self.world.advance(command)
            self.task.update(contacts)
            if self._ear is not None:
                self._ear.hear(contacts)
            for name, value in self.task.rewards().items():
                terms[name] = terms.get(name, 0.0) + float(value)
            touches += len(contacts)
            things += contacts.without(self._ground)
            if self.task.verdict().terminated:
                break
        self._picture = None
        self._show()
        info = self._info(terms, touches, things)
        return self._observe(), math.fsum(terms.values()), self.task.verdict().terminated, False, info

    def _command(self, action: Any) -> NDArray[np.float64]:
        shape = self.action_space.shape
        try:
            values = np.asarray(action, np.float64)
        except (TypeError, ValueError) as error:
            raise ActionError(f"an action has shape {shape} and numbers only, found {action!r}") from error
        if values.shape != shape:
            raise ActionError(f"an action has shape {shape}, found {values.shape}")
        if not math.isfinite(sum(values.tolist())):  # for a dozen numbers a list is quicker
            raise ActionError(f"an action with NaN or infinity: {values.tolist()}")
        return self.task.command(values)

    def _observe(self) -> Any:
        seen: dict[str, Any] = {}
        if "state" in self._kinds:
            state = self.task.observe().astype(np.float32)
            seen["state"] = np.minimum(np.maximum(state, self._low, out=state), self._high, out=state)
            if self.obs == "state":
                return state
        if "pixels" in self._kinds:
            later = np.zeros((self._size[1], self._size[0], 3), np.uint8) if self.pictures_later else None
            seen["pixels"] = self._frame().copy() if later is None else later
        if self._ear is not None:
            heard = self._ear.observe()
            seen |= {kind: heard[kind] for kind in self._kinds if kind in heard}
        return {kind: seen[kind] for kind in self._kinds} if self._several else seen[self._kinds[0]]

    def _info(self, terms: dict[str, float], touches: int, things: int) -> dict[str, Any]:
        verdict = self.task.verdict()
        return {
            "outcome": verdict.outcome,
            "is_success": verdict.success,
            "contacts": {"actor": touches, "things": things},
            "reward_terms": terms,
            "measures": dict(self.task.measures()),
        }

    def render(self) -> Any:
        """Return a frame (H, W, 3) uint8 in "rgb_array" mode; in "human" mode show one and return None."""
        if self.render_mode == "rgb_array":
            return self._frame().copy()
        self._show()
        return None

    def close(self) -> None:
        """Free the world, the renderer and the window; a second call does nothing."""
        if self._viewer is not None:
            self._viewer.close()
            self._viewer = None
        self._forget_pictures()
        self.world.close()

    def get_keys_to_action(self) -> dict[tuple[str, ...], NDArray[np.float32]]:
        """Return what the actor's single-letter keys and space do, up to three held at once, as actions."""
        task = self.task
        channels = [channel.name for channel in task.actor.command_channels]
        known = dict(task.actor.keys)
        for name, by_actor in self.scene.keys.items():
            known[name] = by_actor.get(task.actor_name, known.get(name, {}))
        keys = {" " if name == "space" else name: does for name, does in known.items()}
        table: dict[tuple[str, ...], NDArray[np.float32]] = {(): np.zeros(len(channels), np.float32)}
        letters = sorted(name for name, does in keys.items() if len(name) == 1 and does)
        for count in range(1, MAX_KEYS + 1):
            for held in itertools.combinations(letters, count):
                wanted = dict.fromkeys(channels, 0.0)
                for name in held:
                    for channel, value in keys[name].items():
                        wanted[channel] += value
                table[held] = task.action(np.array([wanted[name] for name in channels])).astype(np.float32)
        return table

    # ---- by spec, not by state: pickle, copy, spawn

    def __getstate__(self) -> dict[str, Any]:
        """Return how to build it again: a copy starts before its first reset."""
        return {"arguments": self._arguments, "spec": self.spec}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state["arguments"])  # type: ignore[misc]
        self.spec = state["spec"]

    # ---- pictures

    def _frame(self) -> NDArray[np.uint8]:
        if self._picture is None:
            renderer, moment = self.shot()
            self._picture = renderer.frame(*moment)
        return self._picture

    def shot(self) -> tuple[Renderer, Moment]:
        """Return what draws, and the snapshot and the camera of now: for those who draw several envs at once.

        A camera that follows moves on whenever it is asked: ask once a step, and give the picture to `keep`.
        """
        from worldsim.render import make_renderer
        from worldsim.render.rig import CameraRig, default_camera
        from worldsim.render.stage import Stage

        now = self.world.snapshot()
        if self._renderer is None:
            stage = Stage.of(self.world, self._look)
            self._renderer = make_renderer(self._renderer_name, stage, size=self._size)
            self._drawn = None if stage.skins else (self.world.parts, self.world.layout.materials)
            name = self._camera or next(iter(self.scene.cameras), None)
            if name is not None:
                self._rig = CameraRig(self.scene.cameras[name], self.world.parts)
        width, height = self._size
        view = self._rig.camera(now) if self._rig else default_camera(self.world.parts, now, width / height)
        return self._renderer, (now, view)

    @property
    def makes_footage(self) -> bool:
        """Whether its pixels are observed and made by the diffusion renderer."""
        return self._renderer_name == "diffusion" and "pixels" in self._kinds

    def keep(self, picture: NDArray[np.uint8]) -> None:
        """Take the picture (H, W, 3) of now, made by somebody else, for `render` to return."""
        self._picture = picture

    def _forget_pictures(self) -> None:
        if self._renderer is not None:
            self._renderer.close()
        self._renderer = self._rig = self._picture = self._drawn = None

    def _show(self) -> None:
        if self.render_mode != "human":
            return
        if self.world.closed:
            raise ClosedError("this env is closed: make another one")
        if self._viewer is None:
            from worldsim.player.view import Viewer

            self._viewer = Viewer(self._size, self.scene.name, fps=self.metadata["render_fps"])
        self._viewer.show(self._frame())
