"""Moments compared: whether a renderer would see the same thing again."""

from __future__ import annotations

import numpy as np

from worldsim.render.renderer import Moment


def same_moment(one: Moment, other: Moment) -> bool:
    """Return whether both are the same time seen from the same place."""
    if one is other:
        return True
    (a, b), (c, d) = one, other
    return (
        a.time == c.time
        and b.fov == d.fov
        and np.array_equal(a.position, c.position)
        and np.array_equal(a.orientation, c.orientation)
        and np.array_equal(b.position, d.position)
        and np.array_equal(b.rotation, d.rotation)
    )
