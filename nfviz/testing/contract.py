"""The contract that every selectivity keeps, the built-in ones and those of users."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.atlas import Atlas
from nfviz.selectivity.given_columns import check_foreign, is_own
from nfviz.selectivity.score import measured_columns
from nfviz.testing.other_order import in_other_order
from nfviz.testing.random_atlas import random_atlas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["check_selectivity"]

# Sums over all neurons in another order may differ in their last digits.
_RELATIVE = 1e-9
_WRITING = re.compile(r"(destination|array) is read-only")


def check_selectivity(selectivity: Callable[[Any], Any], atlas: Atlas | None = None) -> None:
    """Check that a function keeps the contract of a selectivity.

    1. `nfviz.score` takes what it gives: one value per neuron, under names that are allowed.
    2. Its numbers are finite, or NaN where a value is unknown.
    3. A second call gives the same values, to the bit.
    4. A neuron's values do not depend on where it stands among the others: with the units of each
       layer in another order, every neuron has the same (within 1e-9 of its size).
    5. It leaves its input as it was.

    All built-in selectivities pass.

    Parameters
    ----------
    selectivity : callable
        What `nfviz.score` takes: a function of a neuron or of an atlas.
    atlas : Atlas, optional
        What to try it on: one with the columns that it needs. By default `random_atlas`, which
        has the standard ones. The function is given copies.

    Raises
    ------
    AssertionError
        If the contract is broken; the message says where, and what to do.
    TypeError, ValueError
        As `nfviz.score`.

    Examples
    --------
    >>> def contrast(neuron):
    ...     "Standard deviation of the feature in gray levels."
    ...     return neuron.feature.std()
    >>> nfviz.testing.check_selectivity(contrast)
    >>> def last_digit(neuron):
    ...     return neuron.unit % 10
    >>> nfviz.testing.check_selectivity(last_digit)
    Traceback (most recent call last):
    ...
    AssertionError: ...
    """
    kept = random_atlas() if atlas is None else atlas
    atlas = deepcopy(kept)
    table = _measure(atlas, selectivity)
    _check_input(kept, atlas)
    for name in map(str, table):
        if pd.api.types.is_numeric_dtype(table[name].dtype):
            values = table[name].to_numpy(np.float64, na_value=np.nan)
            _refuse(np.isinf(values), table, name, "is infinite: give NaN where it is unknown.")
    if not is_own(selectivity):
        check_foreign({str(name): table[name] for name in table}, kept, repr(selectivity))
    again = _measure(atlas, selectivity)
    _refuse_other_columns(table, again, "a second call")
    for name in map(str, table):
        other = ~_equal(table[name], again[name])
        text = "differs at a second call: seed what is random, and keep nothing between calls."
        _refuse(other, table, name, text)
    moved, names = in_other_order(atlas)
    shuffled = _measure(moved, selectivity).set_axis(names).reindex(table.index)
    _refuse_other_columns(table, shuffled, "neurons in another order")
    for name in map(str, table):
        other = ~_equal(table[name], shuffled[name], _RELATIVE)
        text = (
            "depends on the order of the neurons: use what belongs to the neuron, not its number "
            "or place, and keep nothing between calls."
        )
        _refuse(other, table, name, text)


def _measure(atlas: Atlas, selectivity: Callable[[Any], Any]) -> pd.DataFrame:
    try:
        return pd.DataFrame(measured_columns(atlas, selectivity))
    except ValueError as error:
        if _WRITING.search(str(error)):
            raise AssertionError(
                f"It writes into its input ({error}): work on a copy, as neuron.feature.copy()."
            ) from error
        raise


def _check_input(kept: Atlas, atlas: Atlas) -> None:
    """Refuse a function that changed a part of the record."""
    for part in fields(Atlas):
        before, after = getattr(kept, part.name), getattr(atlas, part.name)
        if isinstance(before, pd.DataFrame):
            same = before.equals(after) and before.index.equals(after.index)
        elif part.name in ("features", "spread", "coverage", "class_means"):
            same = before.keys() == after.keys() and all(
                np.array_equal(before[layer], after[layer], equal_nan=True) for layer in before
            )
        elif part.name == "crops":
            same = before.keys() == after.keys() and all(
                np.array_equal(before[layer].data, after[layer].data) for layer in before
            )
        elif part.name == "ontology":
            same = (before is None) == (after is None)
        else:
            same = before == after
        if not same:
            raise AssertionError(f"It changes atlas.{part.name}: work on a copy.")


def _refuse_other_columns(table: pd.DataFrame, other: pd.DataFrame, where: str) -> None:
    if list(table) != list(other):
        raise AssertionError(
            f"It gives the columns {list(table)}, but {list(other)} for {where}: always give the "
            "same."
        )


def _equal(one: pd.Series, other: pd.Series, relative: float = 0) -> Mask:
    """Return which values agree; missing ones do."""
    if pd.api.types.is_numeric_dtype(one.dtype) and pd.api.types.is_numeric_dtype(other.dtype):
        before, after = (each.to_numpy(np.float64, na_value=np.nan) for each in (one, other))
        return np.isclose(before, after, rtol=relative, atol=0, equal_nan=True)
    unknown = one.isna() & other.isna()
    return ((one.astype(object) == other.astype(object)) | unknown).to_numpy(dtype=bool)


def _refuse(wrong: Mask, table: pd.DataFrame, name: str, what: str) -> None:
    """Refuse a column where some of its values are wrong, and name the first such neuron."""
    if wrong.any():
        neuron = tuple(table.index[int(np.argmax(wrong))])
        raise AssertionError(f"Column {name!r} of neuron {neuron} {what}")
