"""What is known of the window of image pixels that each unit of a tensor depends on.

A `Trace` follows one tensor: an affine window per image axis, how far that window can be trusted,
and which dimensions hold the rows and columns. A rule makes the trace of an operation's output
from those of its inputs; `RULES` holds them by the aten name of the operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, TypeVar

from torch import Tensor

# A dimension is a product of atoms (label, length > 1): n batch, y rows, x columns, c all others.
Dim = tuple[tuple[str, int], ...]
Windows = Sequence[tuple[int, int] | None]


class Level(IntEnum):
    """How far a window can be trusted; the worse of two levels is their maximum."""

    EXACT = 0  # the smallest window
    SPARSE = 1  # exact, but some channels do not depend on the image
    MIXED = 2  # the smallest window over all channels: some channels have a smaller one
    BOUND = 3  # contains what influences the unit
    TORN = 4  # rows and columns are no longer dimensions; only the whole image contains it all
    WHOLE = 5  # depends on the whole image
    UNKNOWN = 6


class TornError(Exception):
    """Rows or columns end up where a window per unit can no longer be told."""


class UntrackedError(Exception):
    """A form of an operation that its rule does not cover."""


@dataclass(frozen=True)
class Axis:
    """Pixels [start + u stride, start + u stride + size) for unit u, of ``extent`` image pixels."""

    size: int
    stride: int
    start: int
    extent: int
    whole: bool = False

    def entire(self) -> Axis:
        """All pixels of this axis, for every unit."""
        return Axis(self.extent, 0, 0, self.extent, whole=True)

    def window(self, first: int, last: int) -> tuple[int, int]:
        """Pixels [low, high) that the units first..last see."""
        ends = self.start + first * self.stride, self.start + last * self.stride
        return min(ends), max(ends) + self.size

    def inside(self, unit: int) -> bool:
        """Whether the window of a unit lies wholly in the image."""
        low, high = self.window(unit, unit)
        return low >= 0 and high <= self.extent

    def taps(self, first: int, last: int, step: int) -> Axis:
        """Axis of an output whose unit v reads the units v step + first .. v step + last."""
        if self.whole:
            return self
        low, high = self.window(first, last)
        return replace(self, size=high - low, stride=self.stride * step, start=low)

    def gather(self, sources: Windows) -> tuple[Axis, bool]:
        """Axis of an output whose unit v reads the units first..last = sources[v] (None: none)."""
        windows = [None if pair is None else self.window(*pair) for pair in sources]
        return (self, True) if self.whole else cover(windows, self)


def cover(windows: Windows, like: Axis) -> tuple[Axis, bool]:
    """Smallest affine axis that contains the window of every unit, and whether it is no larger."""
    known = [(u, *pair) for u, pair in enumerate(windows) if pair is not None]
    if not known:
        return like.entire(), False
    strides = {like.stride}
    if len(known) > 1:
        (first, low, high), (last, end_low, end_high) = known[0], known[-1]
        slopes = ((end_low - low) / (last - first), (end_high - high) / (last - first))
        strides = {rounded(slope) for slope in slopes for rounded in (math.floor, math.ceil)}
    candidates = []
    for stride in strides:
        start = min(low - u * stride for u, low, _ in known)
        size = max(high - u * stride for u, _, high in known) - start
        candidates.append((size, stride, start))
    axis = Axis(*min(candidates), like.extent)
    # A unit that reads nothing has a window all the same, which is right outside of the image.
    empty = (u for u, pair in enumerate(windows) if pair is None)
    tight = all(axis.window(u, u) == (low, high) for u, low, high in known)
    return axis, tight and not any(axis.inside(unit) for unit in empty)


def hull(axes: Sequence[Axis], units: int) -> tuple[Axis, bool]:
    """Smallest affine axis that contains several axes, and whether it is no larger than needed."""
    first = axes[0]
    if any(axis.whole for axis in axes):
        return first.entire(), True
    if units == 1 or len({axis.stride for axis in axes}) == 1:
        low = min(axis.start for axis in axes)
        high = max(axis.start + axis.size for axis in axes)
        return replace(first, size=high - low, start=low), True
    pairs = [[axis.window(u, u) for axis in axes] for u in range(units)]
    return cover([(min(p)[0], max(high for _, high in p)) for p in pairs], first)


@dataclass(frozen=True)
class Trace:
    """Window, trust and layout of one tensor; ``dims`` is None where the layout is of no use."""

    y: Axis
    x: Axis
    level: Level
    dims: tuple[Dim, ...] | None

    @property
    def layout(self) -> tuple[Dim, ...]:
        """The dimensions, where they are known."""
        if self.dims is None:
            raise TornError
        return self.dims

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of every dimension."""
        return tuple(math.prod(length for _, length in dim) for dim in self.layout)

    def axis(self, label: str) -> Axis:
        """Return the axis called y or x."""
        return self.y if label == "y" else self.x

    def place(self, label: str) -> int | None:
        """Dimension that holds an atom; None where that axis has a single unit."""
        return next((i for i, dim in enumerate(self.layout) if label in dict(dim)), None)

    def units(self, label: str) -> int:
        """Units along an axis."""
        place = self.place(label)
        return 1 if place is None else dict(self.layout[place])[label]

    def with_axis(self, label: str, axis: Axis, tight: bool = True) -> Trace:
        """Change the axis called y or x, which is a bound unless tight."""
        changed = replace(self, y=axis) if label == "y" else replace(self, x=axis)
        return changed if tight else changed.at_least(Level.BOUND)

    def with_dims(self, dims: Iterable[Dim]) -> Trace:
        """Change the layout."""
        return replace(self, dims=tuple(dims))

    def with_dim(self, place: int, label: str, length: int) -> Trace:
        """Change one dimension into a single atom."""
        dims = list(self.layout)
        dims[place] = atom(label, length)
        return self.with_dims(dims)

    def with_rank(self, rank: int) -> Trace:
        """Add dimensions in front, as broadcasting does."""
        return self.with_dims(((),) * (rank - len(self.layout)) + self.layout)

    def at_least(self, level: Level) -> Trace:
        """Trust the window no more than this."""
        return replace(self, level=max(self.level, level))

    def thinned(self) -> Trace:
        """Keep some of the channels only, for which the window of all may be too large."""
        return self.at_least(Level.BOUND) if self.level == Level.MIXED else self

    def frozen(self) -> Trace:
        """Repeat axes with a single unit: their window no longer moves."""
        trace = self
        for label in "yx":
            if self.place(label) is None:
                trace = trace.with_axis(label, replace(self.axis(label), stride=0))
        return trace

    def degenerate(self, level: Level) -> Trace:
        """Take the whole image, for all units."""
        return Trace(self.y.entire(), self.x.entire(), level, None)


def atom(label: str, length: int) -> Dim:
    """Dimension of one atom, which a length of 1 leaves empty."""
    return ((label, length),) if length > 1 else ()


@dataclass(frozen=True)
class Call:
    """One operation that ran: its arguments by name, its output shapes, and how to ask traces."""

    name: str
    args: dict[str, Any]
    output_shapes: tuple[tuple[int, ...], ...]
    trace_of: Callable[[Tensor], Trace | None]
    traces: tuple[Trace, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the first output."""
        return self.output_shapes[0] if self.output_shapes else ()

    @property
    def only(self) -> Trace:
        """The trace of the first argument, where no other argument depends on the image."""
        first = self.trace_of(next(iter(self.args.values())))
        if first is None or len(self.traces) != 1:
            raise UntrackedError
        return first

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument, or a default for one that this operation lacks or leaves out."""
        value = self.args.get(name)
        return default if value is None else value

    def numbers(self, name: str, rank: int, default: int | Sequence[int]) -> list[int]:
        """Return an argument with one integer per axis, as which a single one counts for all."""
        value = self.get(name, default)
        values = list(value) if isinstance(value, (list, tuple)) else [value]
        values = values or ([default] if isinstance(default, int) else list(default))
        return values * rank if len(values) == 1 else values

    def place(self, name: str = "dim") -> int:
        """Return an argument that counts dimensions, from the front."""
        return int(self.get(name, 0)) % max(len(self.only.layout), 1)


Rule = Callable[[Call], Trace] | Callable[[Call], list[Trace | None]]
AnyRule = TypeVar("AnyRule", bound=Rule)
RULES: dict[str, Rule] = {}


def rule(names: str) -> Callable[[AnyRule], AnyRule]:
    """Register a rule for operations, by their aten names without overload or trailing _."""

    def register(function: AnyRule) -> AnyRule:
        RULES.update(dict.fromkeys(names.split(), function))
        return function

    return register
