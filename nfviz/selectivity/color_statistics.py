"""The color distribution of neuron features: weighted principal components, their angles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nfviz.opponent import hue_angle
from nfviz.selectivity.color_moments import (
    DIFFERENCES,
    chroma_energy,
    from_differences,
    second_moments,
    take_moments,
)
from nfviz.selectivity.feature_pixels import FeaturePixels, for_each_part

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Doubles = NDArray[np.float64]
    Floats = NDArray[np.floating]

__all__ = ["check_center", "color_statistics"]

_CENTERS = ("mean", "neutral", "dataset")
_MID_GRAY = 127.5


def color_statistics(
    features: ArrayLike,
    spread: ArrayLike,
    coverage: ArrayLike,
    *,
    mean_color: ArrayLike,
    opponent: str = "cic",
    std_floor: float = 1 / 255,
    min_coverage: float = 0.1,
    flat_contrast: float = 0.03,
    center: str = "mean",
    visit: Callable[[slice, Floats], None] | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Measure the color distribution of neuron features (equation 2 of the paper).

    With X the opponent colors of the pixels and W their weights (`FeaturePixels`)::

        m = sum W X / sum W                            (Delchambre's weighted PCA)
        C = sum W^2 (X - m)(X - m)^T / sum W^2
        color_selectivity = degrees(arccos(|v . b|)) / 90

    v the eigenvector of C's largest eigenvalue, b the intensity axis. Departures from the
    paper's letter: the absolute value, since v has no sign; and, where the contrast
    sqrt(largest eigenvalue) is below `flat_contrast`, the second moment about `mean_color`
    takes the place of C, since a flat feature's "component" would be noise.

    Parameters
    ----------
    features : array_like, shape (neurons, height, width, 3)
        Neuron features in 0..255. Where a pixel's weight is 0 its color is not read. Features in
        float16 or float32 are read in float32 (sums are float64), which moves the results by
        about 1e-6, a hue by less than a thousandth of a degree; all others in float64.
    spread, coverage : array_like, shape (neurons, height, width)
        See `FeaturePixels`.
    mean_color : array_like, shape (3,)
        Mean RGB color of the data set, 0..255.
    opponent : {"cic", "orthonormal"}
        Opponent space, the one in which `spread` was measured.
    std_floor, min_coverage : float
        See `FeaturePixels`.
    flat_contrast : float
        Contrast, in opponent units, below which a feature is flat. 0 turns the guard off.
    center : {"mean", "neutral", "dataset"}
        About what the second moment is taken: the feature's weighted mean (the paper),
        mid-gray, or `mean_color`.
    visit : callable, optional
        Gets to see each slice of neurons and their pixels, as `FeaturePixels.read` gives them,
        so that another measure need not read them again. It may be called from several threads
        and must leave the pixels as they are.

    Returns
    -------
    dict of numpy.ndarray, shape (neurons,)
        ``color_selectivity`` in [0, 1]; ``hue`` in [0, 360) degrees, on the side of neutral that
        has more weighted chroma energy (the paper gives no rule for v's sign; on a tie the one
        in [0, 180)); ``axis`` = hue modulo 180; ``balance`` in [0, 1], the lesser energy over
        the greater (near 0 one color against gray, near 1 an opponent pair); ``pc1_ratio``, the
        largest eigenvalue's share of the sum, below 0.7 the component is unreliable; ``flat``,
        bool; ``chroma_selectivity`` in [0, 1], the same angle from the second moment about
        `mean_color`, whatever `center` and `flat_contrast` are.
        NaN: everything where no pixel counts or a pixel that counts has a color that is not
        finite; all but ``chroma_selectivity`` where even the flat guard's moment is below 1e-12,
        and ``chroma_selectivity`` where its own is; hue, axis and balance where v has no chroma
        (below 1e-9).

    Raises
    ------
    ValueError
        If `opponent` or `center` is unknown, or the shapes do not agree.
    """
    features, spread, coverage = np.asarray(features), np.asarray(spread), np.asarray(coverage)
    _check(features, spread, coverage, center)
    to_space = from_differences(opponent)
    data_center = DIFFERENCES @ np.asarray(mean_color, dtype=np.float64)
    neutral = DIFFERENCES @ np.full(3, _MID_GRAY)
    fixed = {"mean": None, "neutral": neutral, "dataset": data_center}[center]
    weighing = {"std_floor": std_floor, "min_coverage": min_coverage}
    open_pixels = partial(FeaturePixels, features, spread, coverage, **weighing)
    second = np.empty((2, len(features), 3, 3))  # About `center`, and about the mean color.
    energy = np.empty((2, len(features)))

    def measure(part: slice, planes: Floats) -> None:
        if visit is not None:
            visit(part, planes)
        with _undefined_is_nan():
            origin, mean, products = take_moments(planes)
            centers = np.stack([mean if fixed is None else fixed - origin, data_center - origin])
            second[:, part] = second_moments(centers, products, to_space)
            vector = _components(second[:, part], flat_contrast).vector[0]
            energy[:, part] = chroma_energy(vector, planes, origin, to_space)

    for_each_part(open_pixels, measure)
    with _undefined_is_nan():
        return _describe(_components(second, flat_contrast), *energy)


def _undefined_is_nan() -> np.errstate:
    """Let 0 / 0 pass, which stands where nothing counts."""
    return np.errstate(invalid="ignore", divide="ignore")


def _check(
    features: NDArray[np.generic],
    spread: NDArray[np.generic],
    coverage: NDArray[np.generic],
    center: str,
) -> None:
    """Refuse shapes that do not agree and an unknown center."""
    if features.ndim != 4 or features.shape[-1] != 3:
        raise ValueError(
            f"features has shape {features.shape}: expected (neurons, height, width, 3)."
        )
    for name, array in (("spread", spread), ("coverage", coverage)):
        if array.shape != features.shape[:-1]:
            raise ValueError(
                f"{name} has shape {array.shape}: expected {features.shape[:-1]}, "
                "one value per pixel of features."
            )
    check_center(center)


def check_center(center: str) -> None:
    """Refuse an unknown center.

    Parameters
    ----------
    center : str
        What the user asked for.

    Raises
    ------
    ValueError
        If it is none of the three that `color_statistics` accepts.
    """
    if center not in _CENTERS:
        accepted = ", ".join(repr(name) for name in _CENTERS)
        raise ValueError(f"center={center!r} is unknown: use one of {accepted}.")


class _Components(NamedTuple):
    """Principal components: about `center` or, where flat, the mean color; about the mean color."""

    values: Doubles  # (2, neurons, 3), in ascending order
    vector: Doubles  # (2, neurons, 3), that of the largest eigenvalue
    flat: NDArray[np.bool_]  # (neurons,)


def _components(second: Doubles, flat_contrast: float) -> _Components:
    """Decompose second moments (2, neurons, 3, 3) about both centers; NaN stays NaN."""
    finite = np.isfinite(second.sum(axis=(2, 3)))[..., np.newaxis]
    values, vectors = np.linalg.eigh(np.where(finite[..., np.newaxis], second, 0.0))
    values = np.where(finite, np.maximum(values, 0.0), np.nan)
    vector = vectors[..., -1]
    flat = np.sqrt(values[0, :, -1]) < flat_contrast
    values[0, flat], vector[0, flat] = values[1, flat], vector[1, flat]
    return _Components(values, vector, flat)


def _describe(
    components: _Components, energy: Doubles, signed: Doubles
) -> dict[str, NDArray[np.generic]]:
    """Read the angles off the components, and the sides off the energy of their chroma.

    The component gets the sign of the side with more energy. Nothing depends on the sign that it
    came with.
    """
    values, vector, flat = components
    chroma = np.hypot(vector[..., 1], vector[..., 2])
    # The same angle as arccos(|v1|), which loses eight digits near 0.
    angle = np.degrees(np.arctan2(chroma, np.abs(vector[..., 0]))) / 90.0
    # NaN compares false, so neurons without weight are undefined as well.
    defined = values[..., -1] >= 1e-12
    selectivity = np.where(defined, angle, np.nan)
    # "At most", so that a feature without any chroma is a tie as well.
    tie = np.abs(signed) <= 1e-9 * energy
    sign = np.where(signed >= 0, 1.0, -1.0)
    hue = hue_angle(sign * vector[0, :, 1], sign * vector[0, :, 2])
    hue = np.where(tie, hue % 180.0, hue)
    balance = (energy - np.abs(signed)) / (energy + np.abs(signed))
    chromatic = defined[0] & (chroma[0] >= 1e-9)
    return {
        "color_selectivity": selectivity[0],
        "hue": np.where(chromatic, hue, np.nan),
        "axis": np.where(chromatic, hue % 180.0, np.nan),
        "balance": np.where(chromatic, balance, np.nan),
        "pc1_ratio": np.where(defined[0], values[0, :, -1] / values[0].sum(axis=-1), np.nan),
        "flat": flat,
        "chroma_selectivity": selectivity[1],
    }
