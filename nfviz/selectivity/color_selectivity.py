"""Color selectivity and chroma selectivity, as columns of the table of neurons."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.color_statistics import check_center, color_statistics
from nfviz.selectivity.feature_pixels import FeaturePixels, for_each_part
from nfviz.selectivity.neuron_rows import feature_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from numpy.typing import NDArray

    from nfviz.atlas import Atlas

    _Arrays = tuple[NDArray[Any], ...]
    _Statistics = dict[str, NDArray[Any]]

__all__ = [
    "ChromaSelectivity",
    "ColorSelectivity",
    "color_columns",
    "layer_statistics",
    "shared_color_statistics",
]

# Squared weights of features with a lower one would exceed what float32 holds.
_LEAST_FLOOR = 1e-12

_shared: ContextVar[dict[Hashable, tuple[_Arrays, _Statistics]] | None] = ContextVar(
    "shared", default=None
)


@contextmanager
def shared_color_statistics() -> Iterator[None]:
    """Measure each layer once for all color measures that are called within the block.

    They rest on the same numbers where their options agree, and it is the reading of the pixels
    that takes time. Arrays that take the place of others are measured anew; what runs within must
    not write into those that are there.
    """
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


def color_columns(atlas: Atlas, **options: Any) -> pd.DataFrame:
    """Measure the color distribution of every neuron of a record.

    Parameters
    ----------
    atlas : Atlas
        Needs ``features``, ``spread`` and ``coverage``; the opponent space, the smallest
        coverage and the data set's mean color are those of its manifest.
    **options
        The other options of `color_statistics`.

    Returns
    -------
    pandas.DataFrame
        Index as ``atlas.neurons``, a column for each array of `color_statistics`. NaN (False for
        ``flat``) for dead neurons and for layers without features.
    """
    nothing = np.empty((0, 1, 1, 3))
    names = color_statistics(nothing, nothing[..., 0], nothing[..., 0], mean_color=np.zeros(3))
    columns = {
        name: np.full(len(atlas.neurons), False if name == "flat" else np.nan) for name in names
    }
    for layer, positions, units in feature_rows(atlas):
        for name, values in layer_statistics(atlas, layer, **options).items():
            columns[name][positions] = values[units]
    return pd.DataFrame(columns, index=atlas.neurons.index)


def layer_statistics(
    atlas: Atlas,
    layer: str,
    *,
    std_floor: float = 1 / 255,
    visit: Callable[[slice, Any], None] | None = None,
    **options: Any,
) -> _Statistics:
    """Measure the color distribution of the neurons of a layer.

    Parameters
    ----------
    atlas, **options
        As in `color_columns`.
    layer : str
        One that has features.
    std_floor, visit
        As in `color_statistics`.

    Returns
    -------
    dict of numpy.ndarray, shape (units,)
        As from `color_statistics`. Not to be written to.
    """
    parameters = atlas.manifest["parameters"]
    weighing = {"std_floor": std_floor, "min_coverage": parameters["min_coverage"]}
    options |= weighing
    options |= {
        "mean_color": tuple(atlas.manifest["mean_color"]),
        "opponent": parameters["opponent"],
    }
    arrays = atlas.features[layer], atlas.spread[layer], atlas.coverage[layer]
    known = _shared.get()
    if known is None:
        return color_statistics(*arrays, visit=visit, **options)
    key = (*map(id, arrays), *sorted(options.items()))
    if key not in known:
        # The arrays are kept as well, so that no others get their ids.
        known[key] = arrays, color_statistics(*arrays, visit=visit, **options)
    elif visit is not None:
        for_each_part(partial(FeaturePixels, *arrays, **weighing), visit)
    return known[key][1]


@dataclass(frozen=True)
class ColorSelectivity:
    """Color selectivity index (equation 2 of the paper), with the hue of the component.

    The angle between the first principal component of a neuron feature's weighted color
    distribution and the intensity axis of the opponent space: 0 for gray contrast, 1 for contrast
    in color alone. `color_statistics` has the equations and what departs from the paper.

    It measures color *contrast inside* the feature. A uniformly red feature has none: its value
    is decided by shading, which is what `ChromaSelectivity` is for.

    Parameters
    ----------
    std_floor : float
        Smallest standard deviation of a pixel that counts, in opponent units. Default: one 8-bit
        level.
    flat_contrast : float
        A feature whose colors spread less than this, in opponent units, is measured about the
        data set's mean color instead and marked ``flat``. 0 turns the guard off.
    center : {"mean", "neutral", "dataset"}
        About what the second moment is taken: the feature's weighted mean, mid-gray, or the data
        set's mean color.

    Raises
    ------
    ValueError
        If `std_floor` is below 1e-12, `flat_contrast` is negative, or `center` is unknown.
    """

    std_floor: float = 1 / 255
    flat_contrast: float = 0.03
    center: str = "mean"

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        _check_floor(self.std_floor)
        if not self.flat_contrast >= 0:
            raise ValueError(
                f"flat_contrast={self.flat_contrast!r} is a contrast in opponent units: use 0 "
                "(no guard) or more."
            )
        check_center(self.center)

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            Needs ``features``, ``spread`` and ``coverage``; the opponent space, the smallest
            coverage and the data set's mean color are those of its manifest.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``, columns ``color_selectivity``, ``hue``, ``axis``,
            ``balance``, ``pc1_ratio`` and ``flat``, as `color_statistics` gives them. NaN (False
            for ``flat``) for dead neurons and for layers without features.
        """
        return color_columns(atlas, **asdict(self)).drop(columns="chroma_selectivity")


@dataclass(frozen=True)
class ChromaSelectivity:
    """Chroma selectivity: the angle of equation 2 about the data set's mean color.

    Not in the paper. The same angle as `ColorSelectivity`, read off the second moments about the
    mean color of all analyzed images in place of the feature's own mean. It therefore also
    catches features of one uniform color, and needs no guard for flat ones.

    Parameters
    ----------
    std_floor : float
        As in `ColorSelectivity`.

    Raises
    ------
    ValueError
        If `std_floor` is below 1e-12.
    """

    std_floor: float = 1 / 255

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        _check_floor(self.std_floor)

    def __call__(self, atlas: Atlas) -> pd.DataFrame:
        """Measure every neuron of a record.

        Parameters
        ----------
        atlas : Atlas
            As in `ColorSelectivity`.

        Returns
        -------
        pandas.DataFrame
            Index as ``atlas.neurons``, one column ``chroma_selectivity`` in [0, 1]. NaN for dead
            neurons, for layers without features, and for a feature that nowhere differs from the
            mean color.
        """
        # It does not rest on the other options, but one reading then serves `ColorSelectivity` too.
        options = asdict(ColorSelectivity(self.std_floor))
        return color_columns(atlas, **options)[["chroma_selectivity"]]


def _check_floor(std_floor: float) -> None:
    """Refuse a floor under which weights could become infinite."""
    if not std_floor >= _LEAST_FLOOR:
        raise ValueError(
            f"std_floor={std_floor!r} is a standard deviation in opponent units: use a number "
            f"from {_LEAST_FLOOR} on, such as 1/255."
        )
