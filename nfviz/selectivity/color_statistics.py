"""The color distribution of neuron features: weighted principal components, their angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nfviz.opponent import OPPONENT, hue_angle, to_opponent
from nfviz.selectivity.pixel_weights import pixel_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["check_center", "color_statistics"]

_CENTERS = ("mean", "neutral", "dataset")
_STATISTICS = ("color_selectivity", "hue", "axis", "balance", "pc1_ratio")
_MID_GRAY = 127.5
_CHUNK_BYTES = 2 << 20  # What one chunk's colors take: they and their temporaries fit a cache.


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
) -> dict[str, NDArray[np.generic]]:
    """Measure the color distribution of neuron features (equation 2 of the paper).

    With X the opponent colors of the pixels and W their weights (`pixel_weights`)::

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
        Neuron features in 0..255. Where a pixel's weight is 0 its color is not read.
    spread, coverage : array_like, shape (neurons, height, width)
        See `pixel_weights`.
    mean_color : array_like, shape (3,)
        Mean RGB color of the data set, 0..255.
    opponent : {"cic", "orthonormal"}
        Opponent space, the one in which `spread` was measured.
    std_floor, min_coverage : float
        See `pixel_weights`.
    flat_contrast : float
        Contrast, in opponent units, below which a feature is flat. 0 turns the guard off.
    center : {"mean", "neutral", "dataset"}
        About what the second moment is taken: the feature's weighted mean (the paper),
        mid-gray, or `mean_color`.

    Returns
    -------
    dict of numpy.ndarray, shape (neurons,)
        ``color_selectivity`` in [0, 1]; ``hue`` in [0, 360) degrees, on the side of neutral that
        has more weighted chroma energy (the paper gives no rule for v's sign; on a tie the one
        in [0, 180)); ``axis`` = hue modulo 180; ``balance`` in [0, 1], the lesser energy over
        the greater (near 0 one color against gray, near 1 an opponent pair); ``pc1_ratio``, the
        largest eigenvalue's share of the sum, below 0.7 the component is unreliable; ``flat``,
        bool. NaN: everything where no pixel counts, or where even the flat guard's moment is
        below 1e-12; hue, axis and balance where v has no chroma (below 1e-9).

    Raises
    ------
    ValueError
        If `opponent` or `center` is unknown, or the shapes do not agree.
    """
    features, spread, coverage = np.asarray(features), np.asarray(spread), np.asarray(coverage)
    _check(features, spread, coverage, center)
    data_center = to_opponent(mean_color, opponent)
    gray = to_opponent([_MID_GRAY] * 3, opponent)
    fixed = {"mean": None, "neutral": gray, "dataset": data_center}[center]
    out: dict[str, NDArray[np.generic]] = {
        name: np.full(len(features), np.nan) for name in _STATISTICS
    }
    out["flat"] = np.zeros(len(features), dtype=bool)
    for part in _chunks(features):
        weight = pixel_weights(
            spread[part], coverage[part], std_floor=std_floor, min_coverage=min_coverage
        ).reshape(len(features[part]), -1)
        color = _planar_opponent(features[part], weight, opponent)
        moment = _moment(color, weight, fixed)
        flat = np.sqrt(_largest(moment)) < flat_contrast
        if flat.any():
            moment[flat] = _moment(color[flat], weight[flat], data_center)
        for name, values in _describe(moment, color, weight).items():
            out[name][part] = values
        out["flat"][part] = flat
    return out


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


def _chunks(features: NDArray[np.generic]) -> Iterator[slice]:
    """Cut the neurons into slices whose float64 colors fit `_CHUNK_BYTES`."""
    pixels = max(1, int(np.prod(features.shape[1:3])))
    step = max(1, _CHUNK_BYTES // (24 * pixels))
    for start in range(0, len(features), step):
        yield slice(start, start + step)


def _planar_opponent(features: NDArray[np.generic], weight: Floats, opponent: str) -> Floats:
    """Turn RGB (neurons, height, width, 3) into opponent colors (neurons, 3, pixels).

    The same numbers as `to_opponent`, five times as fast in this order of the axes.
    """
    rgb = features.reshape(len(features), -1, 3).transpose(0, 2, 1).astype(np.float64, order="C")
    uncovered = weight == 0
    if uncovered.any():
        # What stands there has weight 0, but 0 times NaN would still be NaN.
        np.copyto(rgb, _MID_GRAY, where=uncovered[:, np.newaxis, :])
    rgb /= 255.0
    color: Floats = OPPONENT[opponent] @ rgb
    color += to_opponent([0, 0, 0], opponent)[:, np.newaxis]
    return color


def _moment(color: Floats, weight: Floats, center: Floats | None) -> Floats:
    """Return the W^2-weighted second moments about `center`, or about each weighted mean.

    Centering before the product, not after: uncentered moments lose six digits to cancellation.
    Neurons without weight get NaN.
    """
    with np.errstate(invalid="ignore"):
        if center is None:
            mean = color @ weight[:, :, np.newaxis] / weight.sum(axis=1)[:, np.newaxis, np.newaxis]
        else:
            mean = center[:, np.newaxis]
        scaled = color - mean
        scaled *= weight[:, np.newaxis, :]
        total = np.einsum("np,np->n", weight, weight)[:, np.newaxis, np.newaxis]
        moment: Floats = (scaled @ scaled.transpose(0, 2, 1)) / total
    return moment


def _eigh(moment: Floats) -> tuple[Floats, Floats]:
    """Batched ``eigh`` that lets NaN matrices through as NaN."""
    finite = np.isfinite(moment.sum(axis=(1, 2)))
    values, vectors = np.linalg.eigh(np.where(finite[:, np.newaxis, np.newaxis], moment, 0.0))
    values = np.where(finite[:, np.newaxis], np.maximum(values, 0.0), np.nan)
    return values, vectors


def _largest(moment: Floats) -> Floats:
    """Return the largest eigenvalue of each matrix."""
    return _eigh(moment)[0][:, -1]


def _describe(moment: Floats, color: Floats, weight: Floats) -> dict[str, Floats]:
    """Read selectivity, hue, axis, balance and ratio off the second moments."""
    values, vectors = _eigh(moment)
    vector = vectors[:, :, -1]
    # NaN compares false, so neurons without weight are undefined as well.
    undefined = ~(values[:, -1] >= 1e-12)
    chroma = np.hypot(vector[:, 1], vector[:, 2])
    # The same angle as arccos(|v1|), which loses eight digits near 0.
    angle = np.degrees(np.arctan2(chroma, np.abs(vector[:, 0])))
    hue, balance = _oriented_hue(vector, color, weight)
    with np.errstate(invalid="ignore"):
        ratio = values[:, -1] / values.sum(axis=1)
    found = {
        "color_selectivity": angle / 90.0,
        "hue": hue,
        "axis": hue % 180.0,
        "balance": balance,
        "pc1_ratio": ratio,
    }
    return {name: np.where(undefined, np.nan, column) for name, column in found.items()}


def _oriented_hue(vector: Floats, color: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Give each component the sign of the side of neutral with more chroma energy.

    Returns the hue in degrees and the balance of the two sides; they depend on the component,
    not on the sign it came with. About neutral and not about the mean, because a red blob on
    gray must get red whatever its area.
    """
    length = np.hypot(vector[:, 1], vector[:, 2])
    chromatic = length >= 1e-9
    with np.errstate(invalid="ignore", divide="ignore"):
        along = np.einsum("nc,ncp->np", vector[:, 1:] / length[:, np.newaxis], color[:, 1:])
        along *= weight
        energy = np.einsum("np,np->n", along, along)
        signed = np.einsum("np,np->n", along, np.abs(along))
        balance = (energy - np.abs(signed)) / (energy + np.abs(signed))
        # "At most", so that a feature without any chroma is a tie as well.
        tie = np.abs(signed) <= 1e-9 * energy
        sign = np.where(signed >= 0, 1.0, -1.0)
        hue = hue_angle(sign * vector[:, 1], sign * vector[:, 2])
    hue = np.where(tie, hue % 180.0, hue)
    return np.where(chromatic, hue, np.nan), np.where(chromatic, balance, np.nan)
