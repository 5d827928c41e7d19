"""Gamepads: plugged in and out while the window is open, read as tilts. Commands and orders are made elsewhere."""

from __future__ import annotations

from typing import Any

XBOX_AXES = 6  # axes of a pad whose triggers are axes 2 and 5, as Linux has them; others have the right stick at 2, 3


class Pads:
    """All gamepads there are; the first one drives."""

    def __init__(self, pygame: Any) -> None:
        """Take the module; pads that are there already announce themselves by events."""
        self._pg = pygame
        self._sticks: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._sticks)

    def added(self, device_index: int) -> str:
        """Take a new one up and return its name."""
        stick = self._pg.joystick.Joystick(device_index)
        self._sticks[stick.get_instance_id()] = stick
        return str(stick.get_name())

    def removed(self, instance: int) -> None:
        """Forget one that is gone."""
        self._sticks.pop(instance, None)

    def tilts(self) -> tuple[float, ...] | None:
        """Return, each in [−1, 1], left stick ahead and to the left, button A, right stick likewise; None for no pad.

        The cross (hat) stands for the left stick at its stop.
        """
        for stick in self._sticks.values():
            axes = [stick.get_axis(k) for k in range(stick.get_numaxes())]
            if len(axes) < 2:
                continue
            left_x, left_y = axes[0], axes[1]
            if stick.get_numhats():
                right, up = stick.get_hat(0)
                left_x, left_y = float(right) or left_x, -float(up) or left_y
            third = float(stick.get_button(0)) if stick.get_numbuttons() else 0.0
            at = 3 if len(axes) >= XBOX_AXES else 2
            right_x, right_y = (axes[at], axes[at + 1]) if len(axes) > at + 1 else (0.0, 0.0)
            return -left_y, -left_x, third, -right_y, -right_x
        return None
