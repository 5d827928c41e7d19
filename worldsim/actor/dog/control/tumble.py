"""A dog that has fallen before anything begins: any side up, any angles of its legs, a hand's breadth over the ground.

It knows nothing of getting up.
"""

from __future__ import annotations

import numpy as np

from worldsim.actor.dog.skeleton import Skeleton
from worldsim.physics.client import Client
from worldsim.scene.layout import Vec3

ABOVE = 0.02
"""m between the ground and the lowest point."""
BENT = 0.7
"""Share of the joints' limits that the legs are bent by at most."""


def tumble(client: Client, body: int, skeleton: Skeleton, place: Vec3, seed: int) -> tuple[float, ...]:
    """Put a body that was just created down as it fell.

    Args:
        client: the world.
        body: PyBullet's id.
        skeleton: its bones; the first twelve are the legs'.
        place: m, the point on the ground below it.
        seed: draws the fall: the torso's orientation is uniform over all there are (Shoemake, 1992).

    Returns:
        The legs' twelve angles, rad.
    """
    rng = np.random.default_rng(seed)
    turn = rng.normal(size=4)
    turn /= np.linalg.norm(turn)
    angles = tuple(float(rng.uniform(BENT * bone.limits[0], BENT * bone.limits[1])) for bone in skeleton.bones[:12])
    for joint, angle in enumerate(angles):
        client.resetJointState(body, joint, angle)
    high = 2.0
    client.resetBasePositionAndOrientation(body, (place[0], place[1], place[2] + high), turn.tolist())
    client.performCollisionDetection()  # brings the links' boxes up to date
    lowest = min(client.getAABB(body, link)[0][2] for link in range(-1, client.getNumJoints(body)))
    height = place[2] + high - (lowest - place[2]) + ABOVE
    client.resetBasePositionAndOrientation(body, (place[0], place[1], height), turn.tolist())
    return angles
