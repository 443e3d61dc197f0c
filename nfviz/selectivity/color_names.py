"""Color names: how much of a neuron feature people would call red, orange, ..., white."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.color_memberships import CHROMATIC, COLOR_NAMES, color_memberships
from nfviz.selectivity.color_palette import Palette
from nfviz.selectivity.color_selectivity import ColorSelectivity, color_columns
from nfviz.selectivity.feature_pixels import chunks, pixel_weights
from nfviz.selectivity.neuron_rows import feature_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["COLOR_NAMES", "ColorNames", "color_memberships", "color_name_shares"]

_CHUNK = 1 << 16  # Pixels at a time: many, since each time the model may be asked.
_FEW_PIXELS = 1 << 10  # A feature of fewer is named pixel by pixel, without rounding.


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
    weights = pixel_weights(spread, coverage, std_floor=std_floor, min_coverage=min_coverage)
    for part in chunks(features, _CHUNK):
        squared = weights(part) ** 2
        with np.errstate(invalid="ignore"):
            squared /= squared.sum(axis=1)[:, np.newaxis]
        found = _checked(memberships, features[part].reshape(-1, 3))
        squared = squared.astype(found.dtype, copy=False)
        found = found.reshape(*squared.shape, -1)
        shares = _weighted_sum(squared, found)
        if np.isnan(shares).any():
            # A pixel without weight may hold anything, and 0 times NaN would be NaN.
            shares = _weighted_sum(squared, np.where(squared[:, :, np.newaxis] == 0, 0, found))
        out[part] = shares
    return out


def _weighted_sum(weight: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """Sum values (n, pixels, names) over the pixels.

    In blocks that are too small for BLAS to start threads, which burn more time than they save.
    """
    block, names = 512, values.shape[2]
    cut = weight.shape[1] // block * block
    head = weight[:, :cut].reshape(len(weight), -1, 1, block)
    with np.errstate(invalid="ignore"):
        blocks = head @ values[:, :cut].reshape(len(weight), -1, block, names)
        rest = weight[:, np.newaxis, cut:] @ values[:, cut:]
        total: NDArray[Any] = (blocks.sum(axis=1) + rest)[:, 0]
    return total


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
    record need not hold all crops).

    Where features have 1,024 pixels or more their colors are rounded to 8 bits a channel first,
    so that the model is asked once for each color in place of each pixel. On the 3,944 features
    of a SqueezeNet that moved a share by at most 6e-3, by 5e-4 in the median and by less than
    2e-3 for all but one in forty; only a feature of one uniform color on a border of the model
    could move more. `color_name_shares` does not round.

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
        model = self.memberships or color_memberships
        palette = Palette(partial(_checked, model), len(COLOR_NAMES))
        for layer, positions, units in feature_rows(atlas):
            features = atlas.features[layer]
            few = features.shape[1] * features.shape[2] < _FEW_PIXELS
            found = color_name_shares(
                features,
                atlas.spread[layer],
                atlas.coverage[layer],
                std_floor=self.color.std_floor,
                min_coverage=min_coverage,
                memberships=model if few else palette,
            )
            shares[positions] = found[units]
        table = color_columns(atlas, **asdict(self.color), hue=False)
        selectivity = table["color_selectivity"].to_numpy()
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
