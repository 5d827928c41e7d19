"""WorldEnv: a task in a scene as a Gymnasium environment; what all envs share.

It knows nothing of any particular task, of training, or of how pictures are made.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, ClassVar, Literal, SupportsFloat

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from worldsim.errors import ActionError, UnknownNameError, WorldsimError
from worldsim.physics.world import World
from worldsim.scene.load import load_scene
from worldsim.scene.model import Scene
from worldsim.task import Task

ObsMode = Literal["state", "pixels", "both"]
MAX_KEYS = 3  # keys held at once that `get_keys_to_action` knows of


class WorldEnv(gym.Env[Any, NDArray[np.float32]]):
    """A task in a scene.

    Actions: Box(−1, 1): 0 is neutral, ±1 the bounds of the actor's command channels. Observations: the task's channels
    as float32 ("state"), the camera's picture (H, W, 3) uint8 ("pixels"), or a Dict of both ("both").
    """

    metadata: dict[str, Any] = {"render_modes": ["human", "rgb_array"], "render_fps": 30}  # noqa: RUF012
    task_class: ClassVar[type[Task]]
    default_scene: ClassVar[str]

    def __init__(
        self,
        render_mode: str | None = None,
        renderer: str = "raster",
        obs: ObsMode = "state",
        size: tuple[int, int] = (384, 256),
        camera: str | None = None,
        scene: str | Path | Scene | None = None,
        repeat: int = 1,
        **task: Any,
    ) -> None:
        """Build the world.

        Args:
            render_mode: None, "rgb_array" (render returns a frame) or "human" (a window).
            renderer: what makes pictures: see `worldsim.render.make_renderer`.
            obs: "state", "pixels" or "both".
            size: width and height of pictures, pixels.
            camera: a camera of the scene; None for its first.
            scene: a shipped name, a path or a Scene that replaces the task's own.
            repeat: control periods an action lasts; 6 at 60 Hz lets an agent decide ten times a second.
            **task: the task's own arguments.

        Raises:
            WorldsimError: an argument that means nothing; SceneError: the scene can't be built.
        """
        if render_mode not in (None, "human", "rgb_array"):
            raise UnknownNameError("render mode", str(render_mode), ["human", "rgb_array"])
        if obs not in ("state", "pixels", "both"):
            raise UnknownNameError("kind of observation", str(obs), ["state", "pixels", "both"])
        if len(size) != 2 or not all(isinstance(n, int | np.integer) and 16 <= n <= 8192 for n in size):
            raise WorldsimError(f"size is (width, height) in pixels, each 16 to 8192; found {size!r}")
        if repeat < 1:
            raise WorldsimError(f"repeat is how many control periods an action lasts, at least 1; found {repeat}")
        self.render_mode = render_mode
        self.obs: ObsMode = obs
        self._renderer_name, self._size, self._camera, self.repeat = renderer, size, camera, repeat
        wanted = self.default_scene if scene is None else scene
        self.scene = wanted if isinstance(wanted, Scene) else load_scene(wanted)
        if camera is not None and camera not in self.scene.cameras:
            raise UnknownNameError("camera", camera, self.scene.cameras)
        self.world = World(self.scene, 0, detailed=False)
        self.task = self.task_class(self.world, **task)
        self._renderer: Any = None
        self._rig: Any = None
        self._viewer: Any = None
        n = len(self.task.actor.command_channels)
        self._low_action = np.full(n, -1.0, np.float32)
        self.action_space = spaces.Box(self._low_action, -self._low_action, dtype=np.float32)
        channels = self.task.channels
        self._low = np.array([channel.low for channel in channels], np.float32)
        self._high = np.array([channel.high for channel in channels], np.float32)
        state = spaces.Box(self._low, self._high, dtype=np.float32)
        pixels = spaces.Box(0, 255, (size[1], size[0], 3), np.uint8)
        both = spaces.Dict({"state": state, "pixels": pixels})
        choices: dict[str, spaces.Space[Any]] = {"state": state, "pixels": pixels, "both": both}
        self.observation_space = choices[obs]

    # ---- the contract

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode; the world's own seed is drawn from the env's generator."""
        super().reset(seed=seed, options=options)
        self.world.reset(int(self.np_random.integers(2**31)))
        self.task.begin()
        if self._rig is not None:
            self._rig.reset()
            self._renderer.reset()
        self._show()
        return self._observe(), self._info({}, 0)

    def step(self, action: NDArray[np.float32]) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Let an action act for `repeat` control periods."""
        command = self._command(action)
        terms: dict[str, float] = {}
        contacts = 0
        for _ in range(self.repeat):
            contacts += self._simulate(command, terms)
            if self.task.verdict().terminated:
                break
        self._show()
        reward = float(sum(terms.values()))
        return self._observe(), reward, self.task.verdict().terminated, False, self._info(terms, contacts)

    def _simulate(self, command: NDArray[np.float64], terms: dict[str, float]) -> int:
        """Let one control period pass; add its reward terms and return how many contacts it had."""
        found = self.world.advance({self.task.actor_name: command})
        self.task.update(found)
        for name, value in self.task.rewards().items():
            terms[name] = terms.get(name, 0.0) + float(value)
        return len(found)

    def _command(self, action: Any) -> NDArray[np.float64]:
        try:
            values = np.asarray(action, np.float64)
        except (TypeError, ValueError) as error:
            raise ActionError(f"an action is an array of {self._low_action.size} numbers, found {action!r}") from error
        if values.shape != self._low_action.shape:
            raise ActionError(f"an action has shape {self._low_action.shape}, found {values.shape}")
        if not np.isfinite(values).all():
            raise ActionError(f"an action with NaN or infinity: {values.tolist()}")
        return self.task.command(values)

    def _observe(self) -> Any:
        state = None
        if self.obs != "pixels":
            state = np.clip(self.task.observe().astype(np.float32), self._low, self._high)
        if self.obs == "state":
            return state
        pixels = self._frame()
        return pixels if self.obs == "pixels" else {"state": state, "pixels": pixels}

    def _info(self, terms: dict[str, float], contacts: int) -> dict[str, Any]:
        verdict = self.task.verdict()
        return {
            "outcome": verdict.outcome,
            "is_success": verdict.success,
            "contacts": {"actor": contacts},
            "reward_terms": terms,
        }

    def render(self) -> Any:
        """Return a frame (H, W, 3) uint8 in "rgb_array" mode; in "human" mode show one and return None."""
        if self.render_mode == "rgb_array":
            return self._frame()
        self._show()
        return None

    def close(self) -> None:
        """Free the world, the renderer and the window; a second call does nothing."""
        for part in (self._viewer, self._renderer, getattr(self, "world", None)):
            if part is not None:
                part.close()
        self._viewer = self._renderer = self._rig = None

    def get_keys_to_action(self) -> dict[tuple[str, ...], NDArray[np.float32]]:
        """Return what the actor's single-letter keys and space do, up to three held at once, as actions."""
        task = self.task
        channels = [channel.name for channel in task.actor.command_channels]
        keys = {k if k != "space" else " ": v for k, v in task.actor.keys.items() if len(k) == 1 or k == "space"}
        table: dict[tuple[str, ...], NDArray[np.float32]] = {(): np.zeros(len(channels), np.float32)}
        for count in range(1, MAX_KEYS + 1):
            for held in itertools.combinations(sorted(keys), count):
                wanted = dict.fromkeys(channels, 0.0)
                for name in held:
                    for channel, value in keys[name].items():
                        wanted[channel] += value
                table[held] = task.action(np.array([wanted[name] for name in channels])).astype(np.float32)
        return table

    # ---- pictures

    def _frame(self) -> NDArray[np.uint8]:
        from worldsim.render import make_renderer
        from worldsim.render.rig import CameraRig, default_camera
        from worldsim.render.stage import Stage

        now = self.world.snapshot()
        if self._renderer is None:
            self._renderer = make_renderer(self._renderer_name, Stage.of(self.world), size=self._size)
            name = self._camera or next(iter(self.scene.cameras), None)
            if name is not None:
                self._rig = CameraRig(self.scene.cameras[name], self.world.parts)
        width, height = self._size
        overview = self._rig is None
        view = default_camera(self.world.parts, now, width / height) if overview else self._rig.camera(now)
        frame: NDArray[np.uint8] = self._renderer.frame(now, view)
        return frame

    def _show(self) -> None:
        if self.render_mode != "human":
            return
        if self._viewer is None:
            from worldsim.player.view import Viewer

            self._viewer = Viewer(self._size, self.scene.name)
        self._viewer.show(self._frame())
