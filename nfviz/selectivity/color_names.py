"""Color names: how much of a neuron feature people would call red, orange, ..., white."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.color_memberships import CHROMATIC, COLOR_NAMES, color_memberships
from nfviz.selectivity.color_palette import Palette
from nfviz.selectivity.color_selectivity import ColorSelectivity, layer_statistics
from nfviz.selectivity.feature_pixels import FeaturePixels, for_each_part
from nfviz.selectivity.neuron_rows import feature_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from nfviz.atlas import Atlas

    Floats = NDArray[np.float64]

__all__ = ["COLOR_NAMES", "ColorNames", "color_memberships", "color_name_shares"]

_FEW_PIXELS = 1 << 10  # A feature of fewer is named pixel by pixel, without rounding.
_ROUNDING = 1e-6  # By which a membership may leave 0..1.


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
        Neuron features in 0..255. Where a pixel's weight is 0 its color is not read.
    spread, coverage : array_like, shape (neurons, height, width)
        What the weights W are made of, see `FeaturePixels`.
    std_floor, min_coverage : float
        See `FeaturePixels`.
    memberships : callable
        Takes colors (n, 3) in 0..255, float32 if `features` is float16 or float32 and float64
        otherwise; gives memberships (n, 11) in 0..1 in the order of `COLOR_NAMES`. Asked by one
        thread at a time.

    Returns
    -------
    numpy.ndarray, shape (neurons, 11), float64
        Shares; they sum to 1 if the memberships do. NaN where no pixel has weight, and where one
        that has weight has a color that is not finite.

    Raises
    ------
    ValueError
        If `memberships` gives something of another shape, or outside 0..1.
    """
    weighing = {"std_floor": std_floor, "min_coverage": min_coverage}
    open_pixels = partial(FeaturePixels, features, spread, coverage, **weighing)
    tally = _Tally(len(np.asarray(features)), _Model(memberships).total)
    for_each_part(open_pixels, tally)
    return tally.shares()


class _Tally:
    """Sums memberships, times the squared weights of the pixels, of all neurons of a layer."""

    def __init__(self, neurons: int, total: Callable[[NDArray[Any], NDArray[Any]], Floats]) -> None:
        self._sums = np.empty((neurons, len(COLOR_NAMES)))
        self._weights = np.empty((neurons, 1))
        self._total = total

    def __call__(self, part: slice, planes: NDArray[Any]) -> None:
        squared = np.square(planes[:, 3])
        self._sums[part] = self._total(planes[:, :3], squared)
        self._weights[part, 0] = squared.sum(axis=2).sum(axis=1, dtype=np.float64)

    def shares(self) -> Floats:
        """Return the sums over those of the squared weights, NaN where there is no weight."""
        with np.errstate(invalid="ignore"):
            shares: Floats = self._sums / self._weights
        return shares


class _Model:
    """A model of color names whose answers are checked, and which one thread asks at a time."""

    def __init__(self, memberships: Callable[[Any], ArrayLike]) -> None:
        self._memberships, self._lock = memberships, Lock()

    def __call__(self, colors: NDArray[Any]) -> NDArray[Any]:
        with self._lock:
            found = np.asarray(self._memberships(colors))
        expected = (len(colors), len(COLOR_NAMES))
        if found.shape != expected:
            raise ValueError(
                f"memberships gave an array of shape {found.shape} for {len(colors)} colors: "
                f"expected {expected}, one column per name in COLOR_NAMES."
            )
        low, high = (found.min(), found.max()) if found.size else (0, 1)
        if not (low >= -_ROUNDING and high <= 1 + _ROUNDING):
            raise ValueError(
                f"memberships gave values from {low} to {high}: expected 0 to 1, the share of a "
                "color that has a name."
            )
        return found

    def total(self, colors: NDArray[Any], weights: NDArray[Any]) -> Floats:
        """Do what `Palette.total` does, but ask for each pixel."""
        found = self(np.moveaxis(colors, 1, -1).reshape(-1, 3))
        runs = weights[:, :, np.newaxis] @ found.reshape(*weights.shape, -1)
        sums: Floats = runs.sum(axis=(1, 2), dtype=np.float64)
        return sums


@dataclass(frozen=True)
class ColorNames:
    """Shares of the eleven basic color names in each neuron feature, and the dominant name.

    Read off the neuron feature (the reading on the crops of the image set is not offered: a
    record need not hold all crops).

    Where features have 1,024 pixels or more, their colors are rounded to 8 bits a channel first
    and the memberships to multiples of 1/255, so that the model is asked once for each color in
    place of each pixel. On the 3,432 such features of a SqueezeNet that moved the share that it
    moved most by at most 6e-3, by 6e-4 in the median and by less than 2.1e-3 for all but one in
    forty; only a feature of one or a few colors could move more, if they lie on a border of the
    model. `color_name_shares` does not round.

    Parameters
    ----------
    color_threshold : float
        Color selectivity from which the dominant name is the greatest of the eight chromatic
        shares; below, black, gray and white compete too.
    memberships : callable, optional
        A model of your own, as `color_name_shares` takes one. Default: `color_memberships`
        (Benavente et al. 2008).
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
            ``color_name_white``, shares in [0, 1]. Missing and NaN for dead neurons, for layers
            without features, and where `color_name_shares` gives NaN.
        """
        shares = np.full((len(atlas.neurons), len(COLOR_NAMES)), np.nan)
        selectivity = np.full(len(atlas.neurons), np.nan)
        model = _Model(self.memberships or color_memberships)
        palette = Palette(model, len(COLOR_NAMES))
        for layer, positions, units in feature_rows(atlas):
            neurons, height, width, _ = atlas.features[layer].shape
            few = height * width < _FEW_PIXELS
            tally = _Tally(neurons, model.total if few else palette.total)
            found = layer_statistics(atlas, layer, visit=tally, **asdict(self.color))
            shares[positions] = tally.shares()[units]
            selectivity[positions] = found["color_selectivity"][units]
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
