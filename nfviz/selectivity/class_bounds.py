"""What class selectivity a data set allows: its bounds, and what a label-blind neuron gets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nfviz.selectivity.blind_sets import blind_labels, class_tallies

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "class_bounds",
    "class_sizes",
    "expected_classes",
    "simulated_classes",
    "small_data_note",
]

_TOLERANCE = 1e-9  # By which a share may miss the threshold, as in `classes_needed`.


def class_sizes(labels: ArrayLike) -> Ints:
    """Return how many images each class has.

    Parameters
    ----------
    labels : array_like of int
        Class id of each image of the data set; below 0 means no label.

    Returns
    -------
    numpy.ndarray of int64
        Sizes of the classes that have an image, by class id.
    """
    labels = np.asarray(labels)
    return np.unique(labels[labels >= 0], return_counts=True)[1].astype(np.int64)


def class_bounds(sizes: ArrayLike, drawn: ArrayLike) -> tuple[Ints, Ints]:
    """Return the fewest and the most classes that a set of images can come from.

    Parameters
    ----------
    sizes : array_like of int
        Images per class.
    drawn : array_like of int
        Sizes N of the sets, at most the number of images.

    Returns
    -------
    fewest, most : numpy.ndarray of int64, shape of `drawn`
        The fewest classes that can supply N images, and min(N, number of classes).
    """
    sizes, drawn = np.asarray(sizes, dtype=np.int64), np.asarray(drawn, dtype=np.int64)
    fewest = np.searchsorted(np.cumsum(np.sort(sizes)[::-1]), drawn) + 1
    return fewest.astype(np.int64), np.minimum(drawn, len(sizes))


def expected_classes(sizes: ArrayLike, drawn: ArrayLike, threshold: float = 1.0) -> Floats:
    """Return how many classes a label-blind neuron needs on average.

    Such a neuron draws its N images without replacement from the data set. At threshold 1 the
    number M of its classes has, n images in all and n_c in class c, the expectation (not in the
    paper)::

        E[M] = sum_c 1 - C(n - n_c, N) / C(n, N)

    computed as a product of ratios, which is exact where differences of log-gammas are not.
    Below 1 the mean of 1,000 simulated neurons with a fixed seed and equal weights takes its
    place (standard error at most a tenth of a class for N = 100); the same answer every time.

    Parameters
    ----------
    sizes : array_like of int
        Images per class.
    drawn : array_like of int, one-dimensional
        Sizes N of the sets, from 1 to the number of images.
    threshold : float
        Share of the activation that the M classes cover, in (0, 1].

    Returns
    -------
    numpy.ndarray, shape of `drawn`
        Expected M.
    """
    sizes, drawn = np.asarray(sizes, dtype=np.int64), np.asarray(drawn, dtype=np.int64)
    if drawn.size == 0:
        return np.empty(0)
    if threshold < 1:
        tallies = class_tallies(blind_labels(sizes, int(drawn.max())))
        return simulated_classes(tallies, drawn, threshold)
    distinct, times = np.unique(sizes, return_counts=True)
    total, step = int(sizes.sum()), np.arange(int(drawn.max()))
    # Where a class cannot be avoided any more a ratio is 0, and the product stays there.
    others = total - distinct[:, np.newaxis] - step
    absent = np.cumprod(others / (total - step), axis=1)[:, drawn - 1]
    # Rounding must not make a label-blind neuron need more classes than it has images.
    expected: Floats = np.minimum(times @ (1.0 - absent), drawn)
    return expected


def simulated_classes(tallies: Ints, drawn: ArrayLike, threshold: float) -> Floats:
    """Return how many classes simulated label-blind neurons need on average.

    Their images weigh the same, so that integers count them: of how many classes there are k
    images is kept from image to image, and the classes with most images are taken first.

    Parameters
    ----------
    tallies : numpy.ndarray of int, shape (neurons, images)
        As `nfviz.selectivity.blind_sets.class_tallies` gives them.
    drawn : array_like of int
        Sizes N of the sets, from 1 to the number of images.
    threshold : float
        Share of the images that the M classes cover, in (0, 1].

    Returns
    -------
    numpy.ndarray, shape of `drawn`
        Mean of M over the neurons.
    """
    drawn = np.asarray(drawn, dtype=np.int64)
    wanted = set(drawn.ravel().tolist())
    tallies = np.asarray(tallies, dtype=np.intp).T[: max(wanted, default=0)]
    highest = np.maximum.accumulate(tallies.max(axis=1, initial=0))
    # classes[k]: how many classes of a neuron have k of its images.
    classes = np.zeros((int(highest.max(initial=0)) + 1, tallies.shape[1]), dtype=np.int32)
    neurons, means = np.arange(tallies.shape[1]), np.zeros(len(tallies) + 1)
    for place, tally in enumerate(tallies):
        classes[tally, neurons] += 1
        classes[tally - 1, neurons] -= 1
        if place + 1 in wanted:
            needed = max(math.ceil((threshold - _TOLERANCE) * (place + 1)), 1)
            means[place + 1] = _largest_classes(classes[1 : highest[place] + 1], needed).mean()
    return means[drawn]


def _largest_classes(classes: NDArray[np.int32], needed: int) -> NDArray[np.int32]:
    """Return the fewest classes with so many images; ``classes[k]`` have k + 1 of them each."""
    downward = classes[::-1]
    each = np.arange(len(classes), 0, -1, dtype=np.int32)
    covered = (downward * each[:, np.newaxis]).cumsum(axis=0, dtype=np.int32)
    taken = covered < needed
    images = (covered * taken).max(axis=0)
    # Of the classes of the next size as many as are still needed.
    rest = (images - needed) // each[taken.argmin(axis=0)]
    return (downward * taken).sum(axis=0, dtype=np.int32) - rest


def small_data_note(labels: ArrayLike, n_max: int) -> str | None:
    """Say what a small data set does to class selectivity.

    Parameters
    ----------
    labels : array_like of int
        Class id of each image of the data set; below 0 means no label.
    n_max : int
        Most images in a neuron's image set.

    Returns
    -------
    str or None
        One text for a warning where the classes are fewer than `n_max`, or the images per class
        (on average) are; None where neither holds, and where there are no labels.
    """
    sizes = class_sizes(labels)
    if sizes.size == 0:
        return None
    drawn = min(n_max, int(sizes.sum()))
    if drawn < 2:
        return "Class selectivity is undefined here: it needs at least 2 labeled images per neuron."
    per_class = float(sizes.mean())
    if len(sizes) >= n_max and per_class >= n_max:
        return None
    fewest, most = (int(bound[0]) for bound in class_bounds(sizes, [drawn]))
    blind = float(expected_classes(sizes, [drawn])[0])
    low, high, chance = ((drawn - m) / (drawn - 1) for m in (most, fewest, blind))
    return (
        f"Class selectivity is confined by these images: {len(sizes)} classes of "
        f"{per_class:.4g} images on average, for image sets of up to n_max={n_max}. A neuron "
        f"with {drawn} images has a class selectivity of at least {low:.3f} and at most "
        f"{high:.3f}, and one that is blind to classes has {chance:.3f}; with fewer images the "
        "bounds are others. Read class_selectivity_norm and class_selectivity_chance beside it, "
        "or lower n_max."
    )
