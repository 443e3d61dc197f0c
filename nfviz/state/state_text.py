"""The state of a selection in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nfviz.state.columns import Column
    from nfviz.state.in_view import Rules, State

__all__ = ["describe_state"]

_LISTED = 4


def describe_state(rules: Rules, state: State, count: int) -> str:
    """Say how many neurons are in view, and what decides it.

    Parameters
    ----------
    rules : Rules
        Of the atlas.
    state : State
        Any.
    count : int
        How many neurons are in view.

    Returns
    -------
    str
        Such as "813 of 2,000 neurons: color_selectivity >= 0.40, layers conv1, conv2".
    """
    total = len(rules.neurons)
    found = [
        _describe_range(rules.columns[name], low, high)
        for name, (low, high) in state.ranges.items()
    ]
    if len(state.layers) < len(rules.layers):
        found.append(_describe_layers(state.layers, len(rules.layers)))
    if state.search:
        found.append(f"search {state.search!r}")
    for name in ("threshold", "n_max", "min_activation"):
        value = getattr(state, name)
        if value != getattr(rules.start, name):
            found.append(f"{name} {value:g}")
    head = f"{count:,} of {total:,} neuron{'' if total == 1 else 's'}"
    return f"{head}: {', '.join(found)}" if found else head


def _describe_range(column: Column, low: float, high: float) -> str:
    least, most = column.extent
    text = [_number(bound, column.step) for bound in (low, high)]
    if low > least and high < most:
        return f"{column.name} {text[0]} to {text[1]}"
    return f"{column.name} >= {text[0]}" if low > least else f"{column.name} <= {text[1]}"


def _number(value: float, step: float) -> str:
    """Return a number with the digits of a step, more if it needs them."""
    text = f"{value:.{max(-math.floor(math.log10(step)), 0)}f}"
    return text if float(text) == value else f"{value:g}"


def _describe_layers(layers: tuple[str, ...], total: int) -> str:
    if not layers:
        return "no layers"
    if len(layers) > _LISTED:
        return f"{len(layers)} of {total} layers"
    return f"layer{'s' if len(layers) > 1 else ''} {', '.join(layers)}"
