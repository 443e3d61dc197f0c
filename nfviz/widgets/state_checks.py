"""What a selection accepts: from Python strictly, from the page as far as it makes sense."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from traitlets import TraitError

from nfviz.option_checks import check_choice, check_count, check_number, check_share
from nfviz.widgets.state_traits import near_names

if TYPE_CHECKING:
    from nfviz.state.columns import Column
    from nfviz.state.in_view import Rules

__all__ = ["StateChecks", "StateError"]

_PARTS = (
    "layers", "threshold", "n_max", "min_activation", "sort_by", "ascending", "search", "focus",
    "pinned", "error",
)  # fmt: skip
_LONGEST_SEARCH = 1000
_HALVES = re.compile("[\ud800-\udfff]")


class StateError(TraitError, ValueError):
    """A value that no state has; a `ValueError` that traits understand too."""


class StateChecks:
    """Checks the values of a selection's traits.

    Parameters
    ----------
    rules : Rules
        Of the atlas.
    columns : mapping of str to str
        The columns by the names of their traits.
    """

    def __init__(self, rules: Rules, columns: Mapping[str, str]) -> None:
        self._columns = {trait: rules.columns[column] for trait, column in columns.items()}
        self._extents = rules.columns
        self._layers, self._units, self._neurons = rules.layers, rules.units, rules.neurons
        self._sorts = (*rules.columns, "layer", "unit")
        self._most = max(rules.parameters.ranks, rules.parameters.n_max)

    def check(self, name: str, value: Any) -> Any:
        """Return the value of a trait in its plain form, or refuse it with a `StateError`."""
        try:
            if name in self._columns:
                return _check_bounds(name, value, self._columns[name])
            return getattr(self, f"_check_{name}")(value)
        except ValueError as error:
            raise StateError(str(error)) from None

    def check_ranges(self, value: Any) -> dict[str, tuple[float, float]]:
        """Return the bounds of columns by name, or refuse them with a `StateError`."""
        if not isinstance(value, Mapping):
            raise StateError(
                f"ranges is {value!r}; it accepts a mapping of columns to (low, high), such as "
                "{'color_selectivity': (0.4, 1)}."
            )
        found = {}
        for name, bounds in value.items():
            if name not in self._extents:
                raise StateError(
                    f"ranges names {name!r}{near_names(str(name), self._extents)}. It accepts "
                    f"columns of numbers: {', '.join(map(repr, self._extents))}."
                )
            found[name] = _check_bounds(f"ranges[{name!r}]", bounds, self._extents[name])
        return found

    def mend(self, name: str, value: Any) -> Any:
        """Return a plain value from the page as `check` does, but moved into its limits.

        Raises
        ------
        ValueError
            If there is no sense in it.
        """
        if name in self._columns:
            return _mend_bounds(value, self._columns[name])
        if name not in _PARTS:
            raise ValueError(f"{name!r} is no part of the state.")
        if name in ("threshold", "min_activation"):
            value = min(max(_finite(value), 0.0), 1.0)
        elif name == "n_max":
            value = min(max(int(_finite(value)), 1), self._most)
        elif name == "layers":
            value = [layer for layer in self._layers if layer in _listed(value)]
        elif name == "focus":
            value = None if value is None else _pair(value)
        elif name == "pinned":
            value = [pair for pair in map(_pair_or_none, _listed(value)) if pair in self._neurons]
        elif name == "search" and isinstance(value, str):
            value = _HALVES.sub("\ufffd", value[:_LONGEST_SEARCH])
        return self.check(name, value)

    def _check_layers(self, value: Any) -> tuple[str, ...]:
        asked = [value] if isinstance(value, str) else value
        if asked is None:
            return self._layers
        if not isinstance(asked, Iterable) or isinstance(asked, Mapping):
            raise StateError(f"layers is {value!r}; it accepts a list of layers, or None for all.")
        asked = list(asked)
        for name in asked:
            self._check_layer("layers", name)
        return tuple(name for name in self._layers if name in asked)

    def _check_threshold(self, value: Any) -> float:
        share = check_share("threshold", value)
        if not share:
            raise StateError("threshold is 0; it accepts a share above 0 and at most 1.")
        return share

    def _check_n_max(self, value: Any) -> int:
        return check_count("n_max", value, 1, most=self._most)

    def _check_min_activation(self, value: Any) -> float:
        return check_share("min_activation", value)

    def _check_sort_by(self, value: Any) -> str:
        check_choice("sort_by", value, self._sorts)
        return str(value)

    def _check_ascending(self, value: Any) -> bool:
        check_choice("ascending", value, (True, False))
        return bool(value)

    def _check_search(self, value: Any) -> str:
        return _check_text("search", value)

    def _check_error(self, value: Any) -> str:
        return _check_text("error", value)

    def _check_focus(self, value: Any) -> tuple[str, int] | None:
        return None if value is None else self._neuron("focus", value)

    def _check_pinned(self, value: Any) -> tuple[tuple[str, int], ...]:
        named = value.index if isinstance(value, pd.DataFrame) else value
        if isinstance(named, str | Mapping) or not isinstance(named, Iterable):
            raise StateError(
                f"pinned is {value!r}; it accepts a list of (layer, unit), or rows of "
                "atlas.neurons."
            )
        return tuple(dict.fromkeys(self._neuron("pinned", name) for name in named))

    def _check_layer(self, parameter: str, name: Any) -> None:
        if name not in self._layers:
            listed = ", ".join(map(repr, self._layers))
            raise StateError(
                f"{parameter} names {name!r}; it accepts layers of the atlas, which has {listed}."
            )

    def _neuron(self, parameter: str, value: Any) -> tuple[str, int]:
        """Return the name of a neuron, or say which there are."""
        try:
            layer, unit = _pair(value)
        except ValueError:
            raise StateError(
                f"{parameter} names {value!r}; it accepts (layer, unit), such as "
                f"{next(iter(self._neurons), ('conv1', 17))!r}."
            ) from None
        self._check_layer(parameter, layer)
        if (layer, unit) not in self._neurons:
            units = self._units[self._layers.index(layer)]
            raise StateError(
                f"{parameter} names {(layer, unit)!r}, which the atlas lacks; {layer!r} has "
                f"{units:,} units, from 0 on."
            )
        return layer, unit


def _check_bounds(name: str, value: Any, column: Column) -> tuple[float, float]:
    """Return the bounds of a column, those of its extent for None, or refuse them."""
    least, most = column.extent
    try:
        if isinstance(value, str | Mapping):
            raise ValueError
        low, high = (None, None) if value is None else value
        low = least if low is None else check_number(name, low)
        high = most if high is None else check_number(name, high)
        if not least <= low <= high <= most:
            raise ValueError
    except (TypeError, ValueError):
        raise StateError(
            f"{name} is {value!r}; it accepts (low, high), low first, from {least:g} to {most:g}; "
            "None for an end leaves it open."
        ) from None
    return low, high


def _mend_bounds(value: Any, column: Column) -> tuple[float, float]:
    least, most = column.extent
    low, high = map(_finite, _listed(value))
    if low > high:
        raise ValueError("The bounds are the wrong way around.")
    return min(max(low, least), most), min(max(high, least), most)


def _check_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise StateError(f"{name} is {value!r}; it accepts text.")
    return value


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number.")
    return float(value)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} is no list.")
    return list(value)


def _pair(value: Any) -> tuple[str, int]:
    """Return a layer and a unit, whole numbers of other kinds as int."""
    if not isinstance(value, list | tuple) or len(value) != 2 or not isinstance(value[0], str):
        raise ValueError(f"{value!r} is no pair of a layer and a unit.")
    return value[0], check_count("unit", value[1], 0)


def _pair_or_none(value: Any) -> tuple[str, int] | None:
    try:
        return _pair(value)
    except ValueError:
        return None
