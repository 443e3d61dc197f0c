"""How traces move: layouts that change, and windows that grow, shift, meet or are dropped.

Source: the usual recurrence, per axis and per layer (kernel k, stride s, padding p, dilation d):
``size += d (k - 1) jump; start -= p jump; jump *= s``
(Dumoulin and Visin, arXiv:1603.07285; Araujo et al., Distill 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nfviz.recording.field_trace import (
    Call,
    Dim,
    Level,
    TornError,
    Trace,
    Windows,
    atom,
    cover,
    hull,
)


def fused(atoms: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Neighboring atoms of the same label become one (rows and columns occur once)."""
    result: list[tuple[str, int]] = []
    for label, length in atoms:
        if result and result[-1][0] == label:
            result[-1] = (label, result[-1][1] * length)
        else:
            result.append((label, length))
    return result


def regroup(dims: tuple[Dim, ...], shape: Sequence[int]) -> tuple[Dim, ...]:
    """Layout after a view: the same atoms in the same order; rows and columns cannot be split."""
    pending = fused(atoms for dim in dims for atoms in dim)[::-1]
    result = []
    for size in shape:
        taken = []
        while size > 1:
            label, have = pending.pop() if pending else ("", 0)
            if have and size % have == 0:
                taken.append((label, have))
                size //= have
            elif have and have % size == 0 and label in "nc":
                taken.append((label, size))
                pending.append((label, have // size))
                size = 1
            else:
                raise TornError
        result.append(tuple(fused(taken)))
    return tuple(result)


def mix(trace: Trace, places: Iterable[int], partial: bool = False) -> Trace:
    """Let every unit along some dimensions depend on all units (partial: on some) along them."""
    places = {place % len(trace.layout) for place in places}
    touched = {label for place in places for label in dict(trace.layout[place])}
    for label in touched & {"y", "x"}:
        trace = trace.with_axis(label, trace.axis(label).entire())
    # Groups of channels still differ, but none is lost: together they see the same as before.
    if "c" not in touched or trace.level not in (Level.SPARSE, Level.MIXED):
        return trace
    left = any("c" in dict(dim) for i, dim in enumerate(trace.layout) if i not in places)
    return trace if left or partial else replace(trace, level=Level.EXACT)


def merge(traces: Sequence[Trace], shape: Sequence[int]) -> Trace:
    """Operands of an elementwise operation, broadcast to a shape."""
    rank = len(shape)
    traces = [t.with_rank(rank) for t in traces]
    dims = [shared([t.layout[i] for t in traces], shape[i]) for i in range(rank)]
    labels = [label for dim in dims for label, _ in dim if label in "yx"]
    if len(labels) != len(set(labels)):
        raise TornError
    grown = any(all(not t.layout[i] for t in traces) and shape[i] > 1 for i in range(rank))
    result = replace(traces[0], level=max(t.level for t in traces), dims=tuple(dims))
    for label in "yx":
        units = result.units(label)
        parts = [
            (t.frozen() if grown or (units > 1 and t.place(label) is None) else t).axis(label)
            for t in traces
        ]
        result = result.with_axis(label, *hull(parts, units))
    if any(t.level == Level.EXACT and (t.y, t.x) == (result.y, result.x) for t in traces):
        return replace(result, level=Level.EXACT)
    if result.level == Level.SPARSE and len({(t.y, t.x) for t in traces}) > 1:
        return replace(result, level=Level.MIXED)
    return result


def shared(dims: Sequence[Dim], length: int) -> Dim:
    """One dimension of an elementwise result: where rows and columns are, they have to agree."""
    spatial = {dim for dim in dims if {"y", "x"} & set(dict(dim))}
    if len(spatial) > 1:
        raise TornError
    filled = [*spatial, *(dim for dim in dims if dim)]
    return filled[0] if filled else atom("c", length)


def label_at(trace: Trace, place: int) -> str:
    """Which axis a dimension is: y, x, or c for any other. A single unit goes by its position."""
    dim = dict(trace.layout[place])
    if len(dim) == 1 and next(iter(dim)) in "yx":
        return next(iter(dim))
    if {"y", "x"} & set(dim):
        raise TornError
    usual = {len(trace.layout) - 2: "y", len(trace.layout) - 1: "x"}.get(place, "c")
    return usual if usual in "yx" and not dim and trace.place(usual) is None else "c"


def resized(trace: Trace, place: int, label: str, length: int) -> Trace:
    """Give a dimension its new length; one that is no axis keeps its kind."""
    if label == "c" and not trace.layout[place] and length > 1:
        trace = trace.frozen()
    kind = next(iter(dict(trace.layout[place])), "c") if label == "c" else label
    return trace.with_dim(place, kind, length)


def slide(trace: Trace, place: int, length: int, kernel: tuple[int, int, int, int]) -> Trace:
    """Slide a kernel (size, stride, padding, dilation) along a dimension."""
    size, stride, padding, dilation = kernel
    if (size, stride, padding) == (1, 1, 0):
        return trace
    label = label_at(trace, place)
    if label == "c":
        return resized(trace.thinned(), place, label, length)
    axis, units, reach = trace.axis(label), trace.units(label), dilation * (size - 1) - padding
    beyond = [*range(-padding, 0), *range(units, (length - 1) * stride + reach + 1)]
    # After a crop, padding stands where the image goes on: the arithmetic would count its pixels.
    tight = axis.stride == 0 or not any(axis.inside(unit) for unit in beyond)
    moved = trace.with_axis(label, axis.taps(-padding, reach, stride), tight)
    return resized(moved, place, label, length)


def gather(trace: Trace, place: int, sources: Windows) -> Trace:
    """Let unit v of a dimension read the units first..last = sources[v]."""
    label = label_at(trace, place)
    if label == "c":
        return resized(trace.thinned(), place, label, len(sources))
    moved = trace.with_axis(label, *trace.axis(label).gather(sources))
    return resized(moved, place, label, len(sources))


def select(trace: Trace, place: int, index: int) -> Trace:
    """Keep one unit of a dimension, which disappears."""
    if trace.layout[place]:
        label = label_at(trace, place)
        if label == "c":
            trace = trace.thinned()
        else:
            trace = trace.with_axis(label, trace.axis(label).taps(index, index, 0))
    return trace.with_dims(dim for i, dim in enumerate(trace.layout) if i != place)


def crop(trace: Trace, place: int, start: int, step: int, length: int) -> Trace:
    """Keep the units start, start + step, ... of a dimension."""
    if trace.shape[place] == length:
        return trace
    label = label_at(trace, place)
    if label == "c":
        return resized(trace.thinned(), place, label, length)
    moved = trace.with_axis(label, trace.axis(label).taps(start, start, step))
    return resized(moved, place, label, length)


def join(parts: Sequence[Trace | None], lengths: Sequence[int], place: int) -> Trace:
    """Concatenate along a dimension; a part that does not depend on the image is None."""
    known = [part for part in parts if part is not None]
    rank = len(known[0].layout)
    outer = {tuple(dim for i, dim in enumerate(t.layout) if i != place) for t in known}
    if len(outer) > 1 or any(len(t.layout) != rank for t in known):
        raise TornError
    labels = {label_at(t, place) for t in known if t.layout[place]} & {"y", "x"}
    still = [t if t is None or label_at(t, place) in labels else t.frozen() for t in parts]
    if labels:
        return join_axis(still, lengths, place, labels.pop())
    known = [t.frozen() if not t.layout[place] else t for t in known]
    kind = next((next(iter(dict(t.layout[place]))) for t in known if t.layout[place]), "c")
    flat = [t.with_dim(place, kind, sum(lengths)) for t in known]
    result = merge(flat, flat[0].shape)
    uneven = Level.SPARSE if len(known) < len(parts) else Level.EXACT
    if len({(t.y, t.x) for t in flat}) > 1:
        uneven = max(Level.MIXED if kind == "c" else Level.BOUND, result.level)
    return replace(result, level=max(uneven, *(t.level for t in flat)))


def join_axis(
    parts: Sequence[Trace | None], lengths: Sequence[int], place: int, label: str
) -> Trace:
    """Concatenate along rows or columns."""
    other = "x" if label == "y" else "y"
    known = [part for part in parts if part is not None]
    windows = [
        None if part is None else part.axis(label).window(unit, unit)
        for part, length in zip(parts, lengths, strict=True)
        for unit in range(length)
    ]
    across = hull([part.axis(other) for part in known], known[0].units(other))
    level = max(part.level for part in known)
    if len({part.axis(other) for part in known}) > 1:
        level = max(level, Level.BOUND)
    result = replace(known[0], level=level).with_axis(other, *across)
    if any(part.axis(label).whole for part in known):
        moved = result.with_axis(label, result.axis(label).entire())
    else:
        moved = result.with_axis(label, *cover(windows, known[0].axis(label)))
    return moved.with_dim(place, label, sum(lengths))


def product(a: Trace | None, b: Trace | None, call: Call) -> Trace:
    """Matrix product over the last dimension of a and the last but one of b."""
    operands = []
    if a is not None:
        operands.append(mix(a, [-1]).with_dim(-1, "c", call.shape[-1]))
    if b is not None:
        operands.append(mix(b, [-2]).with_dim(-2, "c", call.shape[-2]))
    if a is not None and b is not None:
        rows, columns = set(dict(a.layout[-2])), set(dict(b.layout[-1]))
        if rows & {"y", "x"} and columns & {"y", "x"}:
            # An entry compares two positions: no window moves with it.
            return a.degenerate(Level.WHOLE)
    return merge(operands, call.shape)
