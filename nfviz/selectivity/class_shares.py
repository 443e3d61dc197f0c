"""The class distribution of a neuron: which share of its activation falls to which class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from nfviz.selectivity.neuron_rows import set_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

__all__ = ["class_distribution", "class_shares", "classes_needed", "labeled_set"]

_TOLERANCE = 1e-9  # Ten shares of 0.1 sum to 0.9999999999999999.
_BLOCK = 4096  # Neurons at a time.


def class_shares(neuron: ArrayLike, label: ArrayLike, weight: ArrayLike) -> pd.DataFrame:
    """Return the relative frequency of each class for each neuron (equation 3 of the paper).

    ``f_c = sum of the weights of the images of class c / sum of all weights``. Classes are told
    apart by their id, never by name. Sums are taken in float64 over weights in descending order,
    so they do not depend on the order of the rows nor on how classes are numbered.

    Parameters
    ----------
    neuron : array_like of int, shape (rows,)
        Which neuron a row belongs to; any integers from 0 on.
    label : array_like of int, shape (rows,)
        Class id of the image. Rows below 0 (no label) are left out.
    weight : array_like, shape (rows,)
        Relative activation. Rows of 0 or less, or NaN, are left out: such an image is in no set.

    Returns
    -------
    pandas.DataFrame
        Columns ``neuron``, ``label``, ``share``: one row per class with a share above 0, by
        neuron, then from the greatest share down, then by class id. The shares of a neuron sum
        to 1.
    """
    neuron = np.asarray(neuron, dtype=np.int64)
    label = np.asarray(label, dtype=np.int64)
    weight = np.asarray(weight, dtype=np.float64)
    kept = (label >= 0) & (weight > 0)
    if not kept.all():
        neuron, label, weight = neuron[kept], label[kept], weight[kept]
    if not _descending(neuron, weight):
        order = np.lexsort((-weight, neuron))
        neuron, label, weight = neuron[order], label[order], weight[order]
    starts = _starts(neuron)
    total = np.repeat(np.add.reduceat(weight, starts), np.diff(starts, append=len(neuron)))
    order = _by_neuron_and_label(neuron, label)
    neuron, label = neuron[order], label[order]
    starts = _starts(neuron, label)
    share = np.add.reduceat(weight[order], starts) / total[order][starts]
    neuron, label = neuron[starts], label[starts]
    order = _greatest_first(share, np.diff(_starts(neuron), append=len(neuron)))
    return pd.DataFrame({"neuron": neuron, "label": label[order], "share": share[order]})


def _descending(neuron: Ints, weight: Floats) -> bool:
    """Tell whether rows are already by neuron, then weight down, as a record's are."""
    same = neuron[1:] == neuron[:-1]
    return bool(((neuron[1:] > neuron[:-1]) | (same & (weight[1:] <= weight[:-1]))).all())


def _starts(*columns: Ints) -> NDArray[np.intp]:
    """Return where a run of equal rows begins."""
    first = np.zeros(len(columns[0]), dtype=bool)
    first[:1] = True
    for column in columns:
        first[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(first)


def _by_neuron_and_label(neuron: Ints, label: Ints) -> NDArray[np.intp]:
    """Return the stable order by neuron, then label, of rows that are already by neuron."""
    span = int(label.max(initial=0)) + 1
    if int(neuron.max(initial=0)) < np.iinfo(np.int64).max // span - 1:
        return np.argsort(neuron * span + label, kind="stable")  # One key sorts in half the time.
    return np.lexsort((label, neuron))


def _blocks(share: Floats, counts: Ints) -> Iterator[tuple[slice, slice, Floats, Mask]]:
    """Lay runs of shares out as rows of matrices, padded with zeros, some thousand at a time.

    Yields which runs, which shares, the matrix, and where it holds a share. Row by row, sorting
    takes a fifth of the time, and a running sum does not drift: along all neurons it would be off
    by more than the tolerance.
    """
    ends = np.cumsum(counts)
    for first in range(0, len(counts), _BLOCK):
        runs = slice(first, min(first + _BLOCK, len(counts)))
        rows = slice(ends[first] - counts[first], ends[runs.stop - 1])
        filled = np.arange(counts[runs].max(initial=0)) < counts[runs, np.newaxis]
        dense = np.zeros(filled.shape)
        dense[filled] = share[rows]
        yield runs, rows, dense, filled


def _greatest_first(share: Floats, counts: Ints) -> NDArray[np.intp]:
    """Return the order that sorts each run of shares downward and keeps ties as they are."""
    order = np.empty(len(share), dtype=np.intp)
    starts = np.cumsum(counts) - counts
    for runs, rows, dense, filled in _blocks(share, counts):
        within = np.argsort(-dense, axis=1, kind="stable")
        order[rows] = (starts[runs, np.newaxis] + within)[filled]
    return order


def classes_needed(table: pd.DataFrame, threshold: float, neurons: int) -> Ints:
    """Return the smallest number of classes whose shares reach a threshold.

    Parameters
    ----------
    table : pandas.DataFrame
        As `class_shares` gives it.
    threshold : float
        Share of the activation to cover, in (0, 1]. It counts as reached from 1e-9 below on,
        since sums of shares fall short of it by rounding. At 1 the answer is the number of
        distinct classes, and is found by counting them.
    neurons : int
        How many neurons there are; those without a row get 0.

    Returns
    -------
    numpy.ndarray of int64, shape (neurons,)
        M of equation 4; at most the number of classes that have a share.
    """
    distinct = np.bincount(table["neuron"].to_numpy(), minlength=neurons).astype(np.int64)
    if threshold >= 1:
        return distinct
    needed = np.zeros(neurons, dtype=np.int64)
    for runs, _, dense, _ in _blocks(table["share"].to_numpy(), distinct):
        needed[runs] = (dense.cumsum(axis=1) < threshold - _TOLERANCE).sum(axis=1) + 1
    return np.minimum(needed, distinct)


def labeled_set(atlas: Atlas) -> tuple[Ints, Ints, Floats]:
    """Return the labeled images of every neuron's image set, as flat arrays.

    Parameters
    ----------
    atlas : Atlas
        The record. A neuron's image set is the first ``n_images`` of its ranking.

    Returns
    -------
    neuron, label, weight : numpy.ndarray, shape (rows,)
        Position in ``atlas.neurons``, class id (0 or more), relative activation.
    """
    neuron, rows = set_rows(atlas)
    image = np.asarray(atlas.ranked["image"])[rows]
    label = atlas.images["label"].loc[image].to_numpy(dtype=np.int64)
    weight = np.asarray(atlas.ranked["weight"], dtype=np.float64)[rows]
    labeled = label >= 0
    return neuron[labeled].astype(np.int64), label[labeled], weight[labeled]


def class_distribution(atlas: Atlas) -> pd.DataFrame:
    """Return the class distribution of every neuron of a record (equation 3 of the paper).

    Parameters
    ----------
    atlas : Atlas
        The record.

    Returns
    -------
    pandas.DataFrame
        Index (``layer``, ``unit``, ``label``), column ``share`` in (0, 1]. By neuron in the
        record's order, then from the greatest share down, then by class id. Only labeled images
        of the image set count; a neuron without any has no row, nor has a dead one.
    """
    table = class_shares(*labeled_set(atlas))
    label = table["label"].to_numpy()
    known = np.unique(label)
    names = cast(pd.MultiIndex, atlas.neurons.index[table["neuron"].to_numpy()])
    levels: list[Any] = [*names.levels, pd.Index(known)]
    codes: list[Any] = [*map(np.asarray, names.codes), np.searchsorted(known, label)]
    index = pd.MultiIndex(
        levels=levels, codes=codes, names=["layer", "unit", "label"], verify_integrity=False
    )
    return pd.DataFrame({"share": table["share"].to_numpy()}, index=index)
