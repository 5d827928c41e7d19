"""Numbers as authors write them: a value, or a distribution it is drawn from; and the vectors made of them.

`Draw` turns them into plain floats with one generator that is passed down. Nothing here knows of objects.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from worldsim.scene.colour import parse_colour
from worldsim.scene.layout import Vec3
from worldsim.scene.limits import MAX_COORDINATE, MAX_LENGTH, MAX_SPEED, MAX_SPIN_DEG, MIN_LENGTH
from worldsim.scene.spec import Spec, refuse, shown

Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Uniform(Spec):
    """Every number from `low` to `high` is equally likely."""

    random: Literal["uniform"]
    low: Finite
    high: Finite

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            raise refuse(f"low {self.low:g} is above high {self.high:g}")
        return self

    def support(self) -> tuple[float, float]:
        """Return the least and the greatest number it can give."""
        return self.low, self.high

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        return float(rng.uniform(self.low, self.high))


class LogUniform(Uniform):
    """Every ratio is equally likely: between 0.1 and 10, as often below 1 as above."""

    random: Literal["loguniform"]  # type: ignore[assignment]

    @model_validator(mode="after")
    def _positive(self) -> LogUniform:
        if self.low <= 0:
            raise refuse(f"loguniform needs low above 0, found {self.low:g}")
        return self

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        return min(self.high, max(self.low, math.exp(rng.uniform(math.log(self.low), math.log(self.high)))))


class Integer(Spec):
    """Every whole number from `low` to `high`, both included, is equally likely."""

    random: Literal["integer"]
    low: int = Field(strict=True, ge=-(10**9), le=10**9)
    high: int = Field(strict=True, ge=-(10**9), le=10**9)

    @model_validator(mode="after")
    def _ordered(self) -> Integer:
        if self.low > self.high:
            raise refuse(f"low {self.low} is above high {self.high}")
        return self

    def support(self) -> tuple[float, float]:
        """Return the least and the greatest number it can give."""
        return self.low, self.high

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        return int(rng.integers(self.low, self.high + 1))


class Normal(Spec):
    """The bell curve, clipped to `low` and `high`; left out, these are three deviations from the mean."""

    random: Literal["normal"]
    mean: Finite
    deviation: Finite = Field(ge=0)
    low: Finite | None = None
    high: Finite | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Normal:
        low, high = self.support()
        if low > high:
            raise refuse(f"low {low:g} is above high {high:g}")
        return self

    def support(self) -> tuple[float, float]:
        """Return the least and the greatest number it can give."""
        low = self.mean - 3 * self.deviation if self.low is None else self.low
        high = self.mean + 3 * self.deviation if self.high is None else self.high
        return low, high

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        low, high = self.support()
        return float(np.clip(rng.normal(self.mean, self.deviation), low, high))


class Choice(Spec):
    """One of the values, each equally likely."""

    random: Literal["choice"]
    values: tuple[Finite, ...] = Field(min_length=1, max_length=1000)

    def support(self) -> tuple[float, float]:
        """Return the least and the greatest number it can give."""
        return min(self.values), max(self.values)

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        return self.values[int(rng.integers(len(self.values)))]


class WordChoice(Spec):
    """One of some words: materials, colours."""

    random: Literal["choice"]
    values: tuple[Any, ...] = Field(min_length=1, max_length=1000)


Random = TypeAliasType(
    "Random", Annotated[Uniform | LogUniform | Integer | Normal | Choice, Field(discriminator="random")]
)


def _form(value: Any) -> str:
    return "<random>" if isinstance(value, dict | Spec) else "<number>"


Number = TypeAliasType(
    "Number", Annotated[Annotated[Finite, Tag("<number>")] | Annotated[Random, Tag("<random>")], Discriminator(_form)]
)
"""A finite number or a distribution of numbers."""


def between(low: float, high: float, unit: str = "", *, above: bool = False) -> AfterValidator:
    """Return the check that a number, drawn or not, lies in [low, high]; above: the lower end itself is refused."""

    def check(value: Any) -> Any:
        ends = (value, value) if isinstance(value, int | float) else value.support()
        for end in ends:
            if end < low or end > high or (above and end == low):
                words = f"more than {low:g}" if above else f"at least {low:g}"
                drawn = "" if isinstance(value, int | float) else " among what may be drawn"
                raise refuse(f"expected {words} and at most {high:g}{unit}, found {end:g}{drawn}")
        return value

    return AfterValidator(check)


def listed(count: tuple[int, ...], words: str) -> BeforeValidator:
    """Return the check that a value is a list of so many entries."""

    def check(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise refuse(f"expected {words}, found {shown(value)}")
        if len(value) not in count:
            raise refuse(f"expected {words}, found {len(value)} value{'s' if len(value) != 1 else ''}")
        return value

    return BeforeValidator(check)


Coordinate = TypeAliasType("Coordinate", Annotated[Number, between(-MAX_COORDINATE, MAX_COORDINATE, " m")])
Length = TypeAliasType("Length", Annotated[Number, between(MIN_LENGTH, MAX_LENGTH, " m")])
Degrees = TypeAliasType("Degrees", Annotated[Number, between(-36_000, 36_000, " degrees")])
Fraction = Annotated[Number, between(0, 1)]
Speed = Annotated[Number, between(-MAX_SPEED, MAX_SPEED, " m/s")]
Spin = Annotated[Number, between(-MAX_SPIN_DEG, MAX_SPIN_DEG, " degrees/s")]

Point = TypeAliasType(
    "Point", Annotated[tuple[Coordinate, Coordinate, Coordinate], listed((3,), "three numbers [x, y, z]")]
)
Place = TypeAliasType(
    "Place",
    Annotated[
        Annotated[tuple[Coordinate, Coordinate], Tag("<2>")]
        | Annotated[tuple[Coordinate, Coordinate, Coordinate], Tag("<3>")],
        Discriminator(lambda v: "<2>" if len(v) == 2 else "<3>"),
        listed((2, 3), "two or three numbers [x, y] or [x, y, z]"),
    ],
)
Sizes = TypeAliasType("Sizes", Annotated[tuple[Length, Length, Length], listed((3,), "three lengths [x, y, z]")])
Angles = TypeAliasType(
    "Angles", Annotated[tuple[Degrees, Degrees, Degrees], listed((3,), "three angles [roll, pitch, yaw]")]
)
Velocity = TypeAliasType("Velocity", Annotated[tuple[Speed, Speed, Speed], listed((3,), "three numbers [x, y, z]")])
Spins = TypeAliasType("Spins", Annotated[tuple[Spin, Spin, Spin], listed((3,), "three numbers [x, y, z]")])
PlainPoint = TypeAliasType(
    "PlainPoint",
    Annotated[
        tuple[
            Annotated[Finite, between(-MAX_COORDINATE, MAX_COORDINATE, " m")],
            Annotated[Finite, between(-MAX_COORDINATE, MAX_COORDINATE, " m")],
            Annotated[Finite, between(-MAX_COORDINATE, MAX_COORDINATE, " m")],
        ],
        listed((3,), "three numbers [x, y, z]"),
    ],
)
"""A point that can't be random: cameras and zones."""


def _colour(value: Any) -> Any:
    if isinstance(value, Spec):
        return value
    if isinstance(value, dict):
        chosen = WordChoice.model_validate(value)
        for one in chosen.values:
            _colour(one)
        return chosen
    if isinstance(value, str) or (isinstance(value, list | tuple) and all(type(c) in (int, float) for c in value)):
        try:
            parse_colour(value)
        except ValueError as error:
            raise refuse(str(error)) from None
        return tuple(value) if isinstance(value, list) else value
    raise refuse(f'expected a colour ("#rrggbb", a word, or [r, g, b]), found {shown(value)}')


ColourSpec = TypeAliasType(
    "ColourSpec",
    Annotated[
        Annotated[str, Tag("<word>")]
        | Annotated[tuple[Finite, Finite, Finite], Tag("<numbers>")]
        | Annotated[WordChoice, Tag("<words>")],
        Discriminator(
            lambda v: "<words>" if isinstance(v, dict | Spec) else "<word>" if isinstance(v, str) else "<numbers>"
        ),
        BeforeValidator(_colour),
    ],
)
WordSpec = TypeAliasType(
    "WordSpec",
    Annotated[
        Annotated[str, Tag("<word>")] | Annotated[WordChoice, Tag("<words>")],
        Discriminator(lambda v: "<words>" if isinstance(v, dict | Spec) else "<word>"),
    ],
)
"""A name, or a choice of names."""


class Draw:
    """Turns specifications into plain values with one generator.

    Attributes:
        rng: the generator. count: how many things were drawn so far.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        """Take the generator."""
        self.rng = rng
        self.count = 0

    @property
    def used(self) -> bool:
        """Whether anything was drawn so far."""
        return self.count > 0

    def number(self, value: Any) -> float:
        """Return a number, drawn where it is a distribution."""
        if isinstance(value, int | float):
            return value
        self.count += 1
        return float(value.sample(self.rng))

    def whole(self, value: Any) -> int:
        """Return a whole number, drawn and rounded where it is a distribution."""
        return round(self.number(value))

    def vector(self, value: Any) -> Vec3:
        """Return three numbers."""
        x, y, z = (float(self.number(v)) for v in value)
        return x, y, z

    def word(self, value: Any) -> Any:
        """Return a word, drawn where it is a choice."""
        if not isinstance(value, WordChoice):
            return value
        self.count += 1
        return value.values[int(self.rng.integers(len(value.values)))]

    def colour(self, value: Any) -> Vec3 | None:
        """Return linear RGB, or None for None."""
        return None if value is None else parse_colour(self.word(value))

    def data(self, value: Any) -> Any:
        """Return data in which every map with the key `random` is replaced by what is drawn from it."""
        if isinstance(value, dict):
            if "random" in value:
                if value.get("random") == "choice":
                    return self.word(WordChoice.model_validate(value))
                return self.number(_RANDOM.validate_python(value))
            return {key: self.data(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.data(one) for one in value]
        return value


class _Adapter:
    """Builds pydantic's validator for `Random` when it is first needed."""

    def __init__(self) -> None:
        self._made: Callable[[Any], Any] | None = None

    def validate_python(self, value: Any) -> Any:
        """Validate a map as a distribution."""
        if self._made is None:
            from pydantic import TypeAdapter

            self._made = TypeAdapter(Random).validate_python
        return self._made(value)


_RANDOM = _Adapter()


def plain_points(points: Any) -> None:
    """Check that every coordinate of a list of points is within the limits.

    Raises:
        PydanticCustomError: one is not.
    """
    for point in points:
        for coordinate in point:
            if abs(coordinate) > MAX_COORDINATE:
                raise refuse(f"expected coordinates within ±{MAX_COORDINATE:g} m, found {coordinate:g}")
