"""The color distribution of neuron features: weighted principal components, their angles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nfviz.opponent import OPPONENT, hue_angle, to_opponent
from nfviz.selectivity.feature_pixels import chunks, pixel_weights, planar_colors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["check_center", "color_statistics"]

_CENTERS = ("mean", "neutral", "dataset")
_STATISTICS = ("color_selectivity", "hue", "axis", "balance", "pc1_ratio")
_SIDES = ("hue", "axis", "balance")
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
    hue: bool = True,
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
    hue : bool
        False leaves ``hue``, ``axis`` and ``balance`` out, which saves time.

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
    to_space = _linear_part(opponent)
    data_center = np.asarray(mean_color, dtype=np.float64)
    fixed = {"mean": None, "neutral": np.full(3, _MID_GRAY), "dataset": data_center}[center]
    weights = pixel_weights(spread, coverage, std_floor=std_floor, min_coverage=min_coverage)
    colors = planar_colors(features)
    names = [name for name in _STATISTICS if hue or name not in _SIDES]
    out: dict[str, NDArray[np.generic]] = {name: np.full(len(features), np.nan) for name in names}
    out["flat"] = np.zeros(len(features), dtype=bool)
    for part in chunks(features):
        weight = weights(part)
        scaled, about = _scaled(colors(part, weight == 0), weight, fixed)
        moment = _moment(scaled, weight, to_space)
        flat = np.sqrt(_eigh(moment)[0][:, -1]) < flat_contrast
        if flat.any():
            moved = about[flat] - data_center
            moved = scaled[flat] + weight[flat, np.newaxis, :] * moved[:, :, np.newaxis]
            moment[flat] = _moment(moved, weight[flat], to_space)
        found, vector = _describe(moment)
        if hue:
            found |= _sides(vector, scaled, weight, about, to_space)
        undefined = np.isnan(found["color_selectivity"])
        for name, values in found.items():
            out[name][part] = np.where(undefined, np.nan, values)
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


def _linear_part(opponent: str) -> Floats:
    """Return the matrix from differences of RGB in 0..255 to those of opponent coordinates."""
    to_opponent([0, 0, 0], opponent)  # Knows which spaces there are.
    return OPPONENT[opponent] / 255.0


def _scaled(rgb: Floats, weight: Floats, center: Floats | None) -> tuple[Floats, Floats]:
    """Return W (X - center), overwriting `rgb`, and the centers: each weighted mean if None.

    Centering before the product, not after: uncentered moments lose six digits to cancellation.
    Neurons without weight get NaN.
    """
    if center is None:
        with np.errstate(invalid="ignore"):
            total = weight.sum(axis=1)[:, np.newaxis]
            about = np.einsum("ncp,np->nc", rgb, weight) / total
    else:
        about = np.broadcast_to(center, (len(rgb), 3))
    rgb -= about[:, :, np.newaxis]
    rgb *= weight[:, np.newaxis, :]
    return rgb, about


def _moment(scaled: Floats, weight: Floats, to_space: Floats) -> Floats:
    """Return the W^2-weighted second moments in opponent space; NaN for no weight."""
    # Not by BLAS, whose threads burn more time on so narrow a product than they save.
    moment = np.einsum("nip,njp->nij", scaled, scaled)
    total = np.einsum("np,np->n", weight, weight)[:, np.newaxis, np.newaxis]
    with np.errstate(invalid="ignore"):
        found: Floats = to_space @ (moment / total) @ to_space.T
    return found


def _eigh(moment: Floats) -> tuple[Floats, Floats]:
    """Batched ``eigh`` that lets NaN matrices through as NaN."""
    finite = np.isfinite(moment.sum(axis=(1, 2)))
    values, vectors = np.linalg.eigh(np.where(finite[:, np.newaxis, np.newaxis], moment, 0.0))
    values = np.where(finite[:, np.newaxis], np.maximum(values, 0.0), np.nan)
    return values, vectors


def _describe(moment: Floats) -> tuple[dict[str, Floats], Floats]:
    """Read selectivity and ratio off the second moments; also return the components."""
    values, vectors = _eigh(moment)
    vector = vectors[:, :, -1]
    chroma = np.hypot(vector[:, 1], vector[:, 2])
    # The same angle as arccos(|v1|), which loses eight digits near 0.
    angle = np.degrees(np.arctan2(chroma, np.abs(vector[:, 0])))
    with np.errstate(invalid="ignore"):
        ratio = values[:, -1] / values.sum(axis=1)
    # NaN compares false, so neurons without weight are undefined as well.
    defined = values[:, -1] >= 1e-12
    return {
        "color_selectivity": np.where(defined, angle / 90.0, np.nan),
        "pc1_ratio": ratio,
    }, vector


def _sides(
    vector: Floats, scaled: Floats, weight: Floats, about: Floats, to_space: Floats
) -> dict[str, Floats]:
    """Give each component the sign of the side of neutral with more chroma energy.

    Returns hue, axis and the balance of the two sides; they depend on the component, not on the
    sign it came with. About neutral and not about the mean, because a red blob on gray must get
    red whatever its area.
    """
    length = np.hypot(vector[:, 1], vector[:, 2])
    chromatic = length >= 1e-9
    with np.errstate(invalid="ignore", divide="ignore"):
        along = _along(vector[:, 1:] / length[:, np.newaxis] @ to_space[1:], scaled, weight, about)
        energy = np.einsum("np,np->n", along, along)
        signed = np.einsum("np,np->n", along, np.abs(along))
        balance = (energy - np.abs(signed)) / (energy + np.abs(signed))
        # "At most", so that a feature without any chroma is a tie as well.
        tie = np.abs(signed) <= 1e-9 * energy
        sign = np.where(signed >= 0, 1.0, -1.0)
        hue = hue_angle(sign * vector[:, 1], sign * vector[:, 2])
    hue = np.where(chromatic, np.where(tie, hue % 180.0, hue), np.nan)
    return {"hue": hue, "axis": hue % 180.0, "balance": np.where(chromatic, balance, np.nan)}


def _along(direction: Floats, scaled: Floats, weight: Floats, about: Floats) -> Floats:
    """Return W times the chroma of each pixel along a direction, given in RGB.

    Chroma is blind to gray, so that the three coefficients sum to 0: with the differences from
    blue that holds to the last bit, and gray has no chroma at all.
    """
    coefficients = direction[:, :2]
    along = np.einsum("nc,ncp->np", coefficients, scaled[:, :2] - scaled[:, 2:])
    along += (
        weight * np.einsum("nc,nc->n", coefficients, about[:, :2] - about[:, 2:])[:, np.newaxis]
    )
    return along
