"""What an env's step costs over the bare PyBullet calls it must make.

The floor is a loop of bare calls on the same PyBullet world from the same state: the motor commands that the env's own
episode issued, played back; the physics steps; after each the contacts of the dog, and after the period the pose and
velocity of every body that can move and the dog's joints. Nothing is turned into arrays, rewards or observations there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from worldsim.benchmarks.measure import Result, taking_turns
from worldsim.benchmarks.scenes import dog_and_crates

PERIODS = 200  # control periods a round, 3.3 s of simulated time
ROUNDS = 9
MOTORS = ("setJointMotorControlArray", "setJointMotorControl2", "setJointMotorControlMultiDofArray")
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def run() -> Iterator[Result]:
    """Yield control periods a second of a dog alone, with 20 and with 100 crates at rest."""
    for crates in (0, 20, 100):
        yield _measure(crates)


def _measure(crates: int) -> Result:
    import gymnasium as gym

    env = gym.make("worldsim/Scene-v0", scene=dog_and_crates(crates), disable_env_checker=True, max_episode_steps=10**9)
    try:
        env.reset(seed=0)
        world = env.unwrapped.world  # type: ignore[attr-defined]
        box: Any = env.action_space
        actions = np.random.default_rng(0).uniform(-0.3, 0.3, (PERIODS, *box.shape)).astype(np.float32)
        actions[:, 0] = 0.6  # at a trot
        motors = _motor_calls(env, world.client, actions)
        dog = next(iter(world.actors.values()))
        client = world.client
        movable = [b for b in range(client.getNumBodies()) if client.getDynamicsInfo(b, -1)[0] > 0]
        state = _start_of(env)
        steps = world.steps_per_control

        def ours() -> None:
            env.reset(seed=0)
            for action in actions:
                env.step(action)

        def bare() -> None:
            client.restoreState(state)
            for calls in motors:
                for call, arguments, options in calls:
                    call(*arguments, **options)
                for _ in range(steps):
                    client.stepSimulation()
                    client.getContactPoints(dog.body)
                for body in movable:
                    client.getBasePositionAndOrientation(body)
                    client.getBaseVelocity(body)
                client.getJointStates(dog.body, dog.joint_indices)

        took, floor = taking_turns([ours, bare], ROUNDS)
    finally:
        env.close()
    name = "env_step_dog" if not crates else f"env_step_dog_{crates}_crates"
    note = (
        f"{1e6 * took / PERIODS:.0f} µs a control period of {steps} physics steps; bare {1e6 * floor / PERIODS:.0f} µs"
    )
    return Result(name, PERIODS / took, "steps/s", PERIODS / floor, note)


def _start_of(env: Any) -> int:
    """Return PyBullet's saved state of the env's start."""
    env.reset(seed=0)
    return int(env.unwrapped.world.client.saveState())


def _motor_calls(env: Any, client: Any, actions: np.ndarray) -> list[list[Call]]:
    """Return the motor commands that the env issues in each control period of the episode."""
    env.reset(seed=0)
    calls: list[list[Call]] = []
    original = {name: getattr(client, name) for name in MOTORS}

    def spy(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            kept = tuple(list(a) if isinstance(a, list) else a for a in arguments)
            calls[-1].append((original[name], kept, dict(options)))
            return original[name](*arguments, **options)

        return call

    for name in MOTORS:
        setattr(client, name, spy(name))
    try:
        for action in actions:
            calls.append([])
            env.step(action)
    finally:
        for name, function in original.items():
            setattr(client, name, function)
    return calls
