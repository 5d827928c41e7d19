"""The engine against closed forms: what a textbook says must happen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.worlds import body, ground, world_of
from worldsim.physics.event import Pull
from worldsim.physics.inertia import mass_frame
from worldsim.physics.world import World
from worldsim.scene.layout import Body, Geom, Joint, Quat, Shape

G = 9.81
DT = 1 / 240
BOX = Shape("box", (0.2, 0.2, 0.2))
BALL = Shape("sphere", (0.1,))


def turned(angle: float) -> Quat:
    """Return a rotation about y."""
    return (0.0, math.sin(angle / 2), 0.0, math.cos(angle / 2))


def test_free_fall_is_half_g_t_squared() -> None:
    with world_of([body("a", BOX, (0, 0, 50))]) as world:
        for _ in range(240):
            world.step()
        fallen = 50 - world.snapshot().position[0, 2]
    # Semi-implicit Euler at step h falls g t (t + h) / 2: the parabola plus half a step.
    assert fallen == pytest.approx(G / 2 * (1 + DT), rel=1e-9)


def test_a_projectile_lands_at_its_range() -> None:
    with world_of([ground(), body("a", BALL, (0, 0, 0.1), velocity=(3, 0, 4))]) as world:
        while True:
            world.step()
            now = world.snapshot()
            if now.velocity[1, 2] < 0 and now.position[1, 2] < 0.11:
                break
    assert now.position[1, 0] == pytest.approx(2 * 3 * 4 / G, rel=0.02)


@pytest.mark.parametrize("mu", [0.3, 0.6])
@pytest.mark.parametrize("excess", [-0.03, 0.03])
def test_a_block_slides_where_the_ramp_is_steeper_than_its_friction(mu: float, excess: float) -> None:
    angle = math.atan(mu) + excess
    up = np.array([math.sin(angle), 0, math.cos(angle)])
    x, y, z = np.array([0, 0, 5]) + 0.2 * up
    ramp = body("ramp", Shape("box", (20, 4, 0.2)), (0, 0, 5), 0, turned(angle), friction=1)
    block = body("block", Shape("box", (0.3, 0.3, 0.2)), (x, y, z), 2, turned(angle), friction=mu)
    with world_of([ramp, block]) as world:
        for _ in range(240):
            world.step()
        moved = np.linalg.norm(world.snapshot().position[1] - block.position)
    expected = max(0.0, G * (math.sin(angle) - mu * math.cos(angle)) / 2)
    assert moved == pytest.approx(expected, rel=0.03, abs=2e-3)


def test_elastic_pair_swaps_velocities_and_inelastic_pair_shares_them() -> None:
    for restitution, first, second in ((1.0, 0.0, 2.0), (0.0, 1.0, 1.0)):
        a = body("a", BALL, (0, 0, 0), velocity=(2, 0, 0), friction=0, restitution=restitution)
        b = body("b", BALL, (0.5, 0, 0), friction=0, restitution=restitution)
        with world_of([a, b], gravity=(0, 0, 0)) as world:
            for _ in range(120):
                world.step()
            speed = world.snapshot().velocity[:, 0]
        assert speed.sum() == pytest.approx(2.0, abs=1e-9), "momentum"
        assert speed == pytest.approx([first, second], abs=0.2)


def test_a_bounce_keeps_restitution_squared_of_the_height_on_average() -> None:
    kept = []
    for height in np.linspace(0.6, 1.4, 40):
        with world_of([ground(), body("a", BALL, (0, 0, float(height) + 0.1), restitution=0.6)]) as world:
            rows: list[np.void] = []
            while not (rows and world.snapshot().velocity[1, 2] <= 0):
                world.step()
                rows += [row for row in world.contacts if row["impulse"] > 0.5]
            kept.append((world.snapshot().position[1, 2] - 0.1) / height)
            assert rows[0]["impulse"] == pytest.approx(1.6 * math.sqrt(2 * G * height), rel=0.15)
            assert rows[0]["velocity"][2] == pytest.approx(-math.sqrt(2 * G * height), rel=0.02)
            assert bool(rows[0]["new"])
    assert np.mean(kept) == pytest.approx(0.36, rel=0.1)


def test_a_pendulum_keeps_its_period_and_its_amplitude() -> None:
    angle, length = 0.1, 1.0
    bob = body("bob", Shape("sphere", (0.05,)), (length * math.sin(angle), 0, 3 - length * math.cos(angle)))
    with world_of([bob], [Joint("h", "hinge", None, "bob", (0, 0, 3), (0, 1, 0))]) as world:
        x = []
        for _ in range(1300):
            world.step()
            x.append(world.snapshot().position[0, 0])
    track = np.array(x)
    crossings = np.flatnonzero((track[:-1] < 0) & (track[1:] >= 0))
    inertia = 0.4 * 0.05**2 + length**2
    period = 2 * math.pi * math.sqrt(inertia / (G * length)) * (1 + angle**2 / 16)
    assert np.diff(crossings).mean() * DT == pytest.approx(period, rel=2e-3)
    assert track[-500:].max() == pytest.approx(track[:500].max(), rel=0.01)


def test_a_slider_with_a_spring_swings_at_its_frequency() -> None:
    mass, stiffness = 2.0, 80.0
    cart = body("cart", BOX, (0.3, 0, 1), mass)
    joint = Joint("s", "slider", None, "cart", (0.3, 0, 1), (1, 0, 0), stiffness=stiffness, rest=-0.3)
    with world_of([cart], [joint]) as world:
        x = []
        for _ in range(960):
            world.step()
            x.append(world.snapshot().position[0, 0])
    track = np.array(x)
    crossings = np.flatnonzero((track[:-1] < 0) & (track[1:] >= 0))
    assert np.diff(crossings).mean() * DT == pytest.approx(2 * math.pi * math.sqrt(mass / stiffness), rel=0.01)


def test_a_spinning_body_keeps_its_angular_momentum() -> None:
    shape = Shape("box", (0.4, 0.2, 0.1))
    with world_of([body("a", shape, (0, 0, 0), 1.0, angular_velocity=(1, 4, 2))], gravity=(0, 0, 0)) as world:

        def momentum() -> np.ndarray:
            from worldsim.rotation import matrix_from_quat_xyzw

            now = world.snapshot()
            turn = matrix_from_quat_xyzw(now.orientation[0])
            return np.asarray(turn @ np.diag(mass_frame(shape).inertia) @ turn.T @ now.angular_velocity[0])

        start = momentum()
        for _ in range(480):
            world.step()
        assert np.linalg.norm(momentum() - start) < 0.02 * np.linalg.norm(start)


def energy(world: World) -> float:
    """Return kinetic plus potential energy of balls, J."""
    now, total = world.snapshot(), 0.0
    for part in world.parts[1:]:
        spin = now.angular_velocity[part.index]
        total += part.mass * (now.velocity[part.index] @ now.velocity[part.index] / 2 + G * now.position[part.index, 2])
        total += 0.5 * 0.4 * part.mass * part.geoms[0].shape.size[0] ** 2 * (spin @ spin)
    return total


def test_a_heap_of_balls_only_ever_loses_energy() -> None:
    rng = np.random.default_rng(3)
    balls = [
        body(f"b{k}", Shape("sphere", (0.08,)), (*rng.uniform(-0.3, 0.3, 2), 0.4 + 0.2 * k), restitution=0.4)
        for k in range(20)
    ]
    with world_of([ground(), *balls]) as world:
        start, highest = energy(world), 0.0
        for _ in range(240):
            world.advance()
            highest = max(highest, energy(world))
        # Half a step of semi-implicit fall, m g v h / 2, is the integrator's own error.
        assert highest <= start * 1.005
        assert energy(world) < 0.4 * start


def test_a_pull_is_a_spring_and_moves_nothing_else() -> None:
    with world_of([body("a", BOX, (0, 0, 0), 3.0), body("b", BOX, (5, 0, 0))], gravity=(0, 0, 0)) as world:
        for _ in range(240):
            world.advance(events=[Pull(0, (0, 0, 0), (1, 0, 0))])
        now = world.snapshot()
    assert now.position[0] == pytest.approx([1, 0, 0], abs=0.01)
    assert now.position[1] == pytest.approx([5, 0, 0], abs=1e-12)


@pytest.mark.parametrize(
    ("shape", "volume"),
    [
        (Shape("box", (1, 2, 3)), 6),
        (Shape("sphere", (0.5,)), math.pi / 6),
        (Shape("cylinder", (0.5, 2)), math.pi / 2),
        (Shape("capsule", (0.5, 2)), math.pi / 4 + math.pi / 6),
        (Shape("cone", (1, 3)), math.pi),
        (Shape("ellipsoid", (2, 2, 2)), 4 / 3 * math.pi),
    ],
)
def test_volume_and_inertia_agree_with_counting_points(shape: Shape, volume: float) -> None:
    frame = mass_frame(shape)
    assert frame.volume == pytest.approx(volume)
    points = np.random.default_rng(0).uniform(-1.6, 1.6, (400_000, 3))
    inside = points[_inside(shape, points)] - frame.centre
    x2, y2, z2 = (inside**2).mean(axis=0)
    assert frame.inertia == pytest.approx((y2 + z2, x2 + z2, x2 + y2), rel=0.02)
    assert inside.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.01)


def _inside(shape: Shape, p: np.ndarray) -> np.ndarray:
    size, radial = shape.size, np.hypot(p[:, 0], p[:, 1])
    if shape.kind == "box":
        return np.asarray((np.abs(p) <= np.array(size) / 2).all(axis=1))
    if shape.kind == "sphere":
        return np.asarray(np.linalg.norm(p, axis=1) <= size[0])
    if shape.kind == "cylinder":
        return np.asarray((radial <= size[0]) & (np.abs(p[:, 2]) <= size[1] / 2))
    if shape.kind == "capsule":
        beyond = np.maximum(np.abs(p[:, 2]) - (size[1] / 2 - size[0]), 0)
        return np.asarray(np.hypot(radial, beyond) <= size[0])
    if shape.kind == "cone":
        return np.asarray((np.abs(p[:, 2]) <= size[1] / 2) & (radial <= size[0] * (0.5 - p[:, 2] / size[1])))
    return np.asarray(((p / (np.array(size) / 2)) ** 2).sum(axis=1) <= 1)


def test_a_compound_weighs_what_its_pieces_weigh_and_balances_on_their_common_centre() -> None:
    light = Geom(Shape("box", (0.1, 0.1, 0.1)), position=(-0.45, 0, 0))
    heavy = Geom(Shape("box", (0.3, 0.1, 0.1)), position=(0.35, 0, 0))
    bar = Body("bar", "bar", (light, heavy), (0, 0, 1), mass=4.0)
    # Common centre: (1 × −0.45 + 3 × 0.35) / 4 = 0.15. Hung there it stays level.
    with world_of([bar], [Joint("h", "hinge", None, "bar", (0.15, 0, 1), (0, 1, 0))]) as world:
        for _ in range(240):
            world.step()
        assert world.snapshot().position[0] == pytest.approx([0, 0, 1], abs=1e-6)
