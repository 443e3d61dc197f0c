"""Traces of the tensors alive, whose memory may be shared and written to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils.weak import WeakTensorKeyDictionary

from nfviz.recording.field_trace import Level, Trace, atom, hull


@dataclass(frozen=True)
class _Spot:
    """Where in its storage a tensor lies: sizes and strides of its dimensions, first element."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    def digits(self, offset: int) -> dict[int, int] | None:
        """Index, by stride, of an element of the storage; None if it does not lie in here."""
        rest, result = offset - self.offset, {}
        pairs = {(s, n) for s, n in zip(self.strides, self.sizes, strict=True) if n > 1 and s}
        for stride, size in sorted(pairs, reverse=True):
            result[stride], rest = divmod(rest, stride)
            if not 0 <= result[stride] < size:
                return None
        return result if rest == 0 else None

    def meets(self, other: _Spot) -> bool:
        """Whether the stretches of memory of two views overlap."""
        ends = [spot.offset + spot.reach() for spot in (self, other)]
        return self.offset <= ends[1] and other.offset <= ends[0]

    def holds(self, other: _Spot) -> bool:
        """Whether all elements of another view belong to this one, as far as strides can tell."""
        first, sizes = self.digits(other.offset), dict(zip(self.strides, self.sizes, strict=True))
        return first is not None and all(
            n == 1 or first.get(s, 0) + n <= sizes.get(s, 0)
            for s, n in zip(other.strides, other.sizes, strict=True)
        )

    def reach(self) -> int:
        """Distance from the first to the last element."""
        return sum((n - 1) * s for n, s in zip(self.sizes, self.strides, strict=True))


class Ledger:
    """Traces of the tensors alive, and of what was written into memory that others look at."""

    def __init__(self) -> None:
        # With each trace goes the number of writes to the storage that it already reflects.
        self._traces = WeakTensorKeyDictionary()
        self._writes: dict[StorageWeakRef | None, list[tuple[_Spot, Trace | None]]] = {}

    def get(self, tensor: Tensor) -> Trace | None:
        """Trace of a tensor; None if it does not depend on the image."""
        trace, seen = self._traces.get(tensor, (None, 0))
        writes = self._writes.get(_storage(tensor), [])
        for spot, new in writes[seen:]:
            trace = _overwritten(_spot(tensor), trace, spot, new)
        if len(writes) > seen:
            self._traces[tensor] = trace, len(writes)
        return trace

    def put(self, tensor: Tensor, trace: Trace | None) -> None:
        """Note the trace of a tensor that an operation returned."""
        self._traces[tensor] = trace, self.writes(tensor)

    def writes(self, tensor: Tensor) -> int:
        """Return how often the memory of a tensor was written to."""
        return len(self._writes.get(_storage(tensor), []))

    def write(self, tensor: Tensor, trace: Trace | None) -> None:
        """Note the trace of what was written to a tensor, which others may share memory with."""
        if trace is not None or self.get(tensor) is not None:
            self._writes.setdefault(_storage(tensor), []).append((_spot(tensor), trace))
            self.put(tensor, trace)


def _storage(tensor: Tensor) -> StorageWeakRef | None:
    """Key of the memory of a tensor, which is not given to another while the key lives."""
    strided = tensor.layout == torch.strided
    return StorageWeakRef(tensor.untyped_storage()) if strided else None


def _spot(tensor: Tensor) -> _Spot:
    """Where a tensor lies in its storage."""
    if tensor.layout != torch.strided:
        return _Spot(tuple(tensor.shape), (), 0)
    return _Spot(tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()))


def _overwritten(here: _Spot, old: Trace | None, there: _Spot, new: Trace | None) -> Trace | None:
    """Trace of a tensor (here, old) after a write to memory that it may share (there, new)."""
    if here == there:
        return new
    if not here.meets(there):
        return old
    if new is None:
        return old and old.at_least(Level.SPARSE)
    worst = max(new.level, old.level if old is not None else new.level)
    if worst >= Level.TORN:
        return new.degenerate(worst)
    moved = _moved(here, there, new)
    if moved is None or (old is not None and _places(old) != _places(moved)):
        return new.degenerate(Level.TORN)
    if old is None:
        return moved.at_least(Level.SPARSE)
    if there.holds(here):
        return moved.thinned()
    merged = replace(old, level=worst)
    for label in "yx":
        pair = old.axis(label), moved.axis(label)
        axis, _ = hull(pair, old.units(label))
        merged = merged.with_axis(label, axis, pair[0] == pair[1])
    return merged


def _places(trace: Trace) -> list[int | None]:
    """Dimensions of rows and columns."""
    return [trace.place(label) for label in "yx"]


def _moved(here: _Spot, there: _Spot, trace: Trace) -> Trace | None:
    """Trace of one view of a storage in the layout and the units of another; None if it has none.

    Windows go with the unit, so what lies k rows further in the other view starts k jumps earlier.
    """
    ahead, behind = here.digits(there.offset), there.digits(here.offset)
    steps = ahead or {stride: -index for stride, index in (behind or {}).items()}
    if (ahead is None and behind is None) or any(len(dim) > 1 for dim in trace.layout):
        return None
    labels = {s: dim[0][0] for s, dim in zip(there.strides, trace.layout, strict=True) if dim}
    dims = [
        atom(labels.get(stride, "c"), size)
        for size, stride in zip(here.sizes, here.strides, strict=True)
    ]
    for stride, label in labels.items():
        if label in "yx":
            shift, axis = steps.get(stride, 0), trace.axis(label)
            # As for padding after a crop: the image goes on where nothing was written.
            tight = not shift or not (axis.inside(-1) or axis.inside(trace.units(label)))
            trace = trace.with_axis(label, axis.taps(-shift, -shift, 1), tight)
    return trace.frozen().with_dims(dims)
