"""One entry of a scene, many objects: lines, grids, rings, paths, stacks and scattered ones."""

from __future__ import annotations

import itertools
import math
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from worldsim.scene.limits import MAX_BODIES
from worldsim.scene.number import Coordinate, Degrees, Draw, Finite, Length, Number, Point, between, plain_points
from worldsim.scene.spec import Spec, refuse

Count = Annotated[Number, between(1, MAX_BODIES)]
Facing = Literal["outward", "inward", "along", "same"]
Offset = tuple[float, float, float, float]  # m, m, m and rad about z
Size = tuple[float, float, float]


class Line(Spec):
    """`count` copies, each `step` from the one before."""

    count: Count
    step: Point

    def offsets(self, draw: Draw) -> list[Offset]:
        """Return where the copies go."""
        x, y, z = draw.vector(self.step)
        return [(k * x, k * y, k * z, 0.0) for k in range(draw.whole(self.count))]


class Grid(Spec):
    """`count` copies along x, y (and z), `step` apart, the first at the object's own place."""

    count: tuple[Count, Count] | tuple[Count, Count, Count]
    step: tuple[Coordinate, Coordinate] | tuple[Coordinate, Coordinate, Coordinate]

    def offsets(self, draw: Draw) -> list[Offset]:
        """Return where the copies go: along x first."""
        columns, rows, *layers = (draw.whole(n) for n in self.count)
        dx, dy, *dz = (draw.number(s) for s in self.step)
        up = dz[0] if dz else 0.0
        return [
            (i * dx, j * dy, k * up, 0.0)
            for k in range(layers[0] if layers else 1)
            for j in range(rows)
            for i in range(columns)
        ]


class Ring(Spec):
    """`count` copies on a circle about the object's own place, each turned with it."""

    count: Count
    radius: Length
    start_deg: Degrees = 0.0
    arc_deg: Annotated[Number, between(-360, 360, " degrees")] = 360.0
    facing: Facing = Field(default="outward", description="where the x axis of each copy points")
    rise: Coordinate = Field(default=0.0, description="m that the last copy is above the first: a spiral")

    def offsets(self, draw: Draw) -> list[Offset]:
        """Return where the copies go, anticlockwise from the x axis."""
        count, radius = draw.whole(self.count), draw.number(self.radius)
        start, arc = math.radians(draw.number(self.start_deg)), math.radians(draw.number(self.arc_deg))
        gaps = count if abs(abs(arc) - 2 * math.pi) < 1e-9 else max(1, count - 1)
        turn = {"outward": 0.0, "inward": math.pi, "along": math.pi / 2}
        angles = [start + arc * k / gaps for k in range(count)]
        step = draw.number(self.rise) / max(1, count - 1)
        return [
            (
                radius * math.cos(a),
                radius * math.sin(a),
                k * step,
                a + turn[self.facing] if self.facing in turn else 0.0,
            )
            for k, a in enumerate(angles)
        ]


class Path(Spec):
    """Copies along a smooth curve through `points`, their x axes along it: dominoes, fences, rows of cones.

    Give `spacing` (m along the curve) or `count`. The points are relative to the object's own place.
    """

    points: tuple[tuple[Finite, Finite], ...] = Field(min_length=2, max_length=200)
    spacing: Length | None = None
    count: Count | None = None
    closed: bool = False
    turn: bool = True

    @model_validator(mode="after")
    def _one_of(self) -> Path:
        if (self.spacing is None) == (self.count is None):
            raise refuse("a path needs either 'spacing' or 'count'")
        plain_points(self.points)
        return self

    def offsets(self, draw: Draw) -> list[Offset]:
        """Return where the copies go: at equal distances along a Catmull-Rom curve."""
        curve = _curve([(float(x), float(y)) for x, y in self.points], self.closed)
        along = [0.0]
        for (x0, y0), (x1, y1) in itertools.pairwise(curve):
            along.append(along[-1] + math.hypot(x1 - x0, y1 - y0))
        total = along[-1]
        if self.spacing is not None:
            spacing = draw.number(self.spacing)
            count = int(total / spacing + 1e-9) + (0 if self.closed else 1)
        else:
            count = draw.whole(self.count)
            spacing = total / (count if self.closed else max(1, count - 1))
        if count > MAX_BODIES:
            raise ValueError(f"the path makes {count} copies; at most {MAX_BODIES}")
        out: list[Offset] = []
        piece = 0
        for k in range(count):
            want = min(k * spacing, total)
            while piece < len(curve) - 2 and along[piece + 1] < want:
                piece += 1
            (x0, y0), (x1, y1) = curve[piece], curve[piece + 1]
            t = (want - along[piece]) / max(along[piece + 1] - along[piece], 1e-12)
            yaw = math.atan2(y1 - y0, x1 - x0) if self.turn else 0.0
            out.append((x0 + t * (x1 - x0), y0 + t * (y1 - y0), 0.0, yaw))
        return out


def _curve(points: list[tuple[float, float]], closed: bool) -> list[tuple[float, float]]:
    """Return a polyline, 32 pieces between neighbours, of the uniform Catmull-Rom curve through the points."""
    ends = [points[-1], *points, points[0], points[1]] if closed else [points[0], *points, points[-1]]
    if not closed:  # straight out at the ends
        ends[0] = (2 * points[0][0] - points[1][0], 2 * points[0][1] - points[1][1])
        ends[-1] = (2 * points[-1][0] - points[-2][0], 2 * points[-1][1] - points[-2][1])
    out = []
    for k in range(len(ends) - 3):
        a, b, c, d = ends[k : k + 4]
        for i in range(32):
            t = i / 32
            x, y = (
                0.5
                * (
                    2 * b[n]
                    + (c[n] - a[n]) * t
                    + (2 * a[n] - 5 * b[n] + 4 * c[n] - d[n]) * t * t
                    + (3 * b[n] - a[n] - 3 * c[n] + d[n]) * t**3
                )
                for n in range(2)
            )
            out.append((x, y))
    out.append(points[0] if closed else points[-1])
    return out


class Stack(Spec):
    """Copies on top of each other, by their own size: a tower, a wall in bond, a pyramid.

    tower: `rows` high. wall: `rows` high, `columns` wide along x, every other row set off by half. pyramid: `columns`
    in the lowest row, one fewer in each above (`rows` may stop it early). square_pyramid: columns × columns in the
    lowest layer, one fewer each way in each above.
    """

    kind: Literal["tower", "wall", "pyramid", "square_pyramid"] = "tower"
    rows: Count | None = None
    columns: Count | None = None
    gap: Annotated[Number, between(-10, 100, " m")] = 0.0
    rise: Annotated[Number, between(0, 10, " m")] = Field(default=0.0, description="m of air between the rows")

    @model_validator(mode="after")
    def _complete(self) -> Stack:
        needed = {"tower": ("rows",), "wall": ("rows", "columns")}.get(self.kind, ("columns",))
        for key in needed:
            if getattr(self, key) is None:
                raise refuse(f"a {self.kind} needs {key!r}")
        return self

    def offsets(self, draw: Draw, size: Size) -> list[Offset]:
        """Return where the copies go, the lowest row first.

        Args:
            draw: draws the numbers.
            size: m, extents of one copy.
        """
        columns = draw.whole(self.columns) if self.columns is not None else 1
        rows = draw.whole(self.rows) if self.rows is not None else columns
        gap = draw.number(self.gap)
        dx, dy, dz = size[0] + gap, size[1] + gap, size[2] + draw.number(self.rise)
        out: list[Offset] = []
        for row in range(rows):
            z = row * dz
            if self.kind == "wall":
                shift = -(columns - 1) / 2 + (0.5 if row % 2 else 0.0)
                count = columns - (row % 2 if columns > 1 else 0)
                out.extend(((shift + k) * dx, 0.0, z, 0.0) for k in range(count))
            elif self.kind == "pyramid":
                out.extend(((k - (columns - row - 1) / 2) * dx, 0.0, z, 0.0) for k in range(columns - row))
            elif self.kind == "square_pyramid":
                edge = range(columns - row)
                middle = (columns - row - 1) / 2
                out.extend(((i - middle) * dx, (j - middle) * dy, z, 0.0) for j in edge for i in edge)
            else:
                out.append((0.0, 0.0, z, 0.0))
        if len(out) > MAX_BODIES:
            raise ValueError(f"the {self.kind} has {len(out)} pieces; at most {MAX_BODIES}")
        return out


class Region(Spec):
    """A rectangle {low, high} or a disc {centre, radius}, m, relative to the object's own place."""

    low: tuple[Finite, Finite] | None = None
    high: tuple[Finite, Finite] | None = None
    centre: tuple[Finite, Finite] = (0.0, 0.0)
    radius: Length | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Region:
        plain_points([point for point in (self.low, self.high, self.centre) if point is not None])
        if self.radius is not None and self.low is None and self.high is None:
            return self
        if self.radius is not None or self.low is None or self.high is None:
            raise refuse("a region is {low: [x, y], high: [x, y]} or {centre: [x, y], radius: …}")
        if self.low[0] > self.high[0] or self.low[1] > self.high[1]:
            raise refuse(f"low {list(self.low)} is not below high {list(self.high)}")
        return self

    def point(self, draw: Draw) -> tuple[float, float]:
        """Draw a point, every place equally likely."""
        draw.count += 1
        if self.low is not None and self.high is not None:
            x = draw.rng.uniform(self.low[0], self.high[0])
            return float(x), float(draw.rng.uniform(self.low[1], self.high[1]))
        angle, reach = draw.rng.uniform(0, 2 * math.pi), math.sqrt(draw.rng.uniform(0, 1)) * draw.number(self.radius)
        return self.centre[0] + reach * math.cos(angle), self.centre[1] + reach * math.sin(angle)


class Scatter(Spec):
    """`count` copies at random places of a region, none overlapping another or anything else of the scene."""

    count: Count
    region: Region
    min_gap: Annotated[Number, between(0, 100, " m")] = 0.02
    turn: bool = Field(default=True, description="turn each copy about z at random")


class Repeat(Spec):
    """Exactly one of the ways to make many of one."""

    line: Line | None = None
    grid: Grid | None = None
    ring: Ring | None = None
    path: Path | None = None
    stack: Stack | None = None
    scatter: Scatter | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Repeat:
        given = [key for key in type(self).model_fields if getattr(self, key) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise refuse(f"repeat needs exactly one of line, grid, ring, path, stack, scatter; found {found}")
        return self

    @property
    def way(self) -> Any:
        """The one that was given."""
        return next(way for way in (self.line, self.grid, self.ring, self.path, self.stack, self.scatter) if way)
