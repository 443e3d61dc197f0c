"""The image sets of simulated neurons that are blind to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int64]

__all__ = ["blind_labels", "class_tallies"]

_DRAWS = 1000
_SEED = 0


def blind_labels(sizes: ArrayLike, largest: int, *, like: int | None = None) -> Ints:
    """Return the labels of images drawn at random, without replacement, from a data set.

    Parameters
    ----------
    sizes : array_like of int
        Images per class.
    largest : int
        How many images to draw, at most as many as there are.
    like : int, optional
        The first so many columns, at most `largest`, are those of ``blind_labels(sizes, like)``:
        the draw is continued where that one ends.

    Returns
    -------
    numpy.ndarray of int64, shape (1000, largest)
        Positions in `sizes`, the same every time. In random order, so that the first N columns
        are a draw of N images for every N.
    """
    sizes = np.asarray(sizes, dtype=np.int64)
    label_of = np.repeat(np.arange(len(sizes)), sizes)
    first = largest if like is None else like
    rng = np.random.default_rng(_SEED)
    images = [rng.choice(len(label_of), first, replace=False) for _ in range(_DRAWS)]
    if first < largest:
        images = [np.append(drawn, _others(rng, len(label_of), largest, drawn)) for drawn in images]
    return label_of[np.stack(images)]


def _others(rng: np.random.Generator, images: int, largest: int, drawn: Ints) -> Ints:
    """Return further images in random order: those of a whole draw that are not drawn yet."""
    again = rng.choice(images, largest, replace=False)
    return again[~np.isin(again, drawn)][: largest - len(drawn)]


def class_tallies(labels: Ints) -> Ints:
    """Return how many images of its class have been drawn when an image is drawn, with itself.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (draws, images)
        As `blind_labels` gives them.

    Returns
    -------
    numpy.ndarray of int64, shape of `labels`
        1 for the first image of a class in its row, 2 for the second, and so on.
    """
    order = np.argsort(labels, axis=1, kind="stable")
    ordered = np.take_along_axis(labels, order, axis=1)
    place = np.broadcast_to(np.arange(labels.shape[1]), labels.shape)
    first = np.ones(labels.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    start = np.maximum.accumulate(np.where(first, place, 0), axis=1)
    tallies = np.empty(labels.shape, dtype=np.int64)
    np.put_along_axis(tallies, order, place - start + 1, axis=1)
    return tallies
