"""The traits of a selection: their names, where they start, and what they accept."""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import traitlets

from nfviz.state.in_view import State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nfviz.state.in_view import Rules

__all__ = ["RangesTrait", "StateTrait", "name_traits", "near_names", "refuse_unknown", "start_of"]


class StateTrait(traitlets.TraitType[Any, Any]):
    """A part of the state; what it accepts depends on the atlas."""

    def default(self, obj: Any = None) -> Any:
        """Return where the state starts."""
        return obj._start[self.name]

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value in its plain form, or refuse it."""
        return obj._checks.check(self.name, value)


class RangesTrait(traitlets.TraitType[Any, Any]):
    """The columns with a bound: another look at their traits."""

    def get(self, obj: Any, cls: Any = None) -> dict[str, tuple[float, float]]:
        """Return the bounds by column."""
        bounds = {column: getattr(obj, trait) for column, trait in obj._trait_of.items()}
        columns = obj._rules.columns
        return {name: pair for name, pair in bounds.items() if pair != columns[name].extent}

    def set(self, obj: Any, value: Any) -> None:
        """Set the traits of all columns."""
        ranges = obj._checks.check_ranges(value)
        columns = obj._rules.columns
        obj._set_all(
            {
                trait: ranges.get(column, columns[column].extent)
                for column, trait in obj._trait_of.items()
            }
        )


def name_traits(columns: Collection[str], taken: Collection[str]) -> dict[str, str]:
    """Return the names of the traits of columns.

    Parameters
    ----------
    columns : collection of str
        Names of columns.
    taken : collection of str
        What something else is called by.

    Returns
    -------
    dict of str to str
        The trait of each column: called like it, or with ``_range`` behind where that is taken
        or may be the longer name of another column.
    """
    names = {}
    for column in columns:
        longer = column.endswith("_range") and column.removesuffix("_range") in columns
        own = column in taken or column.startswith("_") or longer
        names[column] = f"{column}_range" if own else column
    return names


def start_of(rules: Rules, trait_of: Mapping[str, str]) -> dict[str, Any]:
    """Return where each trait starts: every neuron is shown."""
    shown = {part.name: getattr(rules.start, part.name) for part in fields(State)}
    del shown["ranges"]
    extents = {trait: rules.columns[column].extent for column, trait in trait_of.items()}
    return {**shown, **extents, "focus": None, "pinned": (), "error": ""}


def refuse_unknown(state: Mapping[str, Any], accepted: Collection[str]) -> None:
    """Refuse keywords that are none."""
    for name in state:
        if name not in accepted:
            raise TypeError(
                f"Selection got an unknown keyword {name!r}{near_names(name, accepted)}. It "
                f"accepts {', '.join(accepted)}."
            )


def near_names(name: str, accepted: Collection[str]) -> str:
    """Return the end of a message: what may have been meant."""
    near = get_close_matches(name, accepted, 3)
    return f"; did you mean {' or '.join(map(repr, near))}" if near else ""
