"""Color names: how much of a neuron feature people would call red, orange, ..., white."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.color_memberships import CHROMATIC, COLOR_NAMES, color_memberships
from nfviz.selectivity.color_selectivity import ColorSelectivity
from nfviz.selectivity.neuron_rows import feature_rows
from nfviz.selectivity.pixel_weights import pixel_weights

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["COLOR_NAMES", "ColorNames", "color_memberships", "color_name_shares"]

_CHUNK = 1 << 16  # Pixels at a time.


def color_name_shares(
    features: ArrayLike,
    spread: ArrayLike,
    coverage: ArrayLike,
    *,
    std_floor: float = 1 / 255,
    min_coverage: float = 0.1,
    memberships: Callable[[Any], ArrayLike] = color_memberships,
) -> Floats:
    """Return which share of each neuron feature falls to each color name.

    ``share[c] = sum_p W_p^2 m_c(feature_p) / sum_p W_p^2``, the weights of the principal
    component analysis. The paper only says that color names can be used; the formula is ours.

    Parameters
    ----------
    features : array_like, shape (neurons, height, width, 3)
        Neuron features in 0..255.
    spread, coverage : array_like, shape (neurons, height, width)
        What the weights W are made of, see `pixel_weights`.
    std_floor, min_coverage : float
        See `pixel_weights`.
    memberships : callable
        Takes colors (n, 3) in 0..255, gives memberships (n, 11) in the order of `COLOR_NAMES`.

    Returns
    -------
    numpy.ndarray, shape (neurons, 11), float64
        Shares; they sum to 1 if the memberships do. NaN where no pixel has weight.

    Raises
    ------
    ValueError
        If `memberships` gives something of another shape.
    """
    features, spread, coverage = np.asarray(features), np.asarray(spread), np.asarray(coverage)
    out = np.full((len(features), len(COLOR_NAMES)), np.nan)
    pixels = max(1, int(np.prod(features.shape[1:3])))
    step = max(1, _CHUNK // pixels)
    for start in range(0, len(features), step):
        part = slice(start, start + step)
        weight = pixel_weights(
            spread[part], coverage[part], std_floor=std_floor, min_coverage=min_coverage
        )
        squared = weight.reshape(-1, 1, pixels) ** 2
        found = _checked(memberships, features[part].reshape(-1, 3))
        # A pixel without weight may hold anything, and 0 times NaN would be NaN.
        found = np.where(weight.reshape(-1, 1) > 0, found, 0.0).reshape(-1, pixels, out.shape[1])
        with np.errstate(invalid="ignore"):
            out[part] = (squared @ found)[:, 0] / squared.sum(axis=2)
    return out


def _checked(memberships: Callable[[Any], ArrayLike], colors: NDArray[Any]) -> NDArray[Any]:
    """Ask a model for memberships, and refuse an answer of the wrong shape."""
    found = np.asarray(memberships(colors))
    expected = (len(colors), len(COLOR_NAMES))
    if found.shape != expected:
        raise ValueError(
            f"memberships gave an array of shape {found.shape} for {len(colors)} colors: "
            f"expected {expected}, one column per name in COLOR_NAMES."
        )
    return found


@dataclass(frozen=True)
class ColorNames:
    """Shares of the eleven basic color names in each neuron feature, and the dominant name.

    Read off the neuron feature (the reading on the crops of the image set is not offered: a
    record need not hold all crops). The memberships are computed for every pixel, nothing is
    quantized or looked up; in float32, as the features are, which moves a share by less than
    1e-4 from that in float64.

    Parameters
    ----------
    color_threshold : float
        Color selectivity from which the dominant name is the greatest of the eight chromatic
        shares; below, black, gray and white compete too.
    memberships : callable, optional
        A model of your own, colors (n, 3) in 0..255 to memberships (n, 11) in the order of
        `COLOR_NAMES`. Default: `color_memberships` (Benavente et al. 2008).
    color : ColorSelectivity
        How the color selectivity that `color_threshold` refers to is measured; its ``std_floor``
        is that of the pixel weights.

    Raises
    ------
    ValueError
        If `color_threshold` is outside 0..1.
    """

    color_threshold: float = 0.40
    memberships: Callable[[Any], ArrayLike] | None = None
    color: ColorSelectivity = field(default_factory=ColorSelectivity)

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        if not 0 <= self.color_threshold <= 1:
            raise ValueError(
                f"color_threshold={self.color_threshold!r} is a color selectivity: use a number "
                "from 0 to 1."
            )

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Name the colors of every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``features``, ``spread`` and ``coverage``.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``. ``color_name``, categorical over `COLOR_NAMES`, the name
            with the greatest share (the first on a tie); then ``color_name_red`` to
            ``color_name_white``, shares in [0, 1]. Missing and NaN for dead neurons and for
            layers without features.
        """
        shares = np.full((len(atlas.neurons), len(COLOR_NAMES)), np.nan)
        min_coverage = atlas.manifest["parameters"]["min_coverage"]
        for layer, positions, units in feature_rows(atlas):
            found = color_name_shares(
                atlas.features[layer],
                atlas.spread[layer],
                atlas.coverage[layer],
                std_floor=self.color.std_floor,
                min_coverage=min_coverage,
                memberships=self.memberships or color_memberships,
            )
            shares[positions] = found[units]
        selectivity = self.color(atlas)["color_selectivity"].to_numpy()
        best = _dominant(shares, selectivity >= self.color_threshold)
        names = pd.Categorical.from_codes(best, categories=pd.Index(COLOR_NAMES))
        columns = {f"color_name_{name}": shares[:, i] for i, name in enumerate(COLOR_NAMES)}
        return pd.DataFrame({"color_name": names, **columns}, index=atlas.neurons.index)


def _dominant(shares: Floats, colored: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the position of each neuron's dominant name, -1 where its shares are unknown."""
    known = ~np.isnan(shares.sum(axis=1))
    # A model of the user's may give a feature no chromatic share at all.
    chromatic = colored & (shares[:, :CHROMATIC] > 0).any(axis=1)
    filled = np.where(known[:, np.newaxis], shares, 0.0)
    best = np.where(chromatic, filled[:, :CHROMATIC].argmax(axis=1), filled.argmax(axis=1))
    return np.where(known, best, -1)
