"""Color selectivity and chroma selectivity, as columns of the table of neurons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.color_statistics import check_center, color_statistics
from nfviz.selectivity.neuron_rows import feature_rows

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["ChromaSelectivity", "ColorSelectivity", "color_columns"]


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
    parameters = atlas.manifest["parameters"]
    options |= {
        "mean_color": atlas.manifest["mean_color"],
        "opponent": parameters["opponent"],
        "min_coverage": parameters["min_coverage"],
    }
    nothing = np.empty((0, 1, 1, 3))
    names = color_statistics(nothing, nothing[..., 0], nothing[..., 0], **options)
    columns = {
        name: np.full(len(atlas.neurons), False if name == "flat" else np.nan) for name in names
    }
    for layer, positions, units in feature_rows(atlas):
        arrays = atlas.features[layer], atlas.spread[layer], atlas.coverage[layer]
        for name, values in color_statistics(*arrays, **options).items():
            columns[name][positions] = values[units]
    return pd.DataFrame(columns, index=atlas.neurons.index)


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
        If `std_floor` is not positive, `flat_contrast` is negative, or `center` is unknown.
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
        return color_columns(atlas, **asdict(self))


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
        If `std_floor` is not positive.
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
        about = {"flat_contrast": 0.0, "center": "dataset", "hue": False}
        table = color_columns(atlas, std_floor=self.std_floor, **about)
        return table[["color_selectivity"]].set_axis(["chroma_selectivity"], axis=1)


def _check_floor(std_floor: float) -> None:
    """Refuse a floor under which weights could become infinite."""
    if not std_floor > 0:
        raise ValueError(
            f"std_floor={std_floor!r} is a standard deviation in opponent units: use a positive "
            "number, such as 1/255."
        )
