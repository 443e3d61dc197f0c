"""The tables behind the hue wheel: color-selective neurons by hue, and the data set's own hues."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nfviz.atlas import COLOR_THRESHOLD, Atlas
from nfviz.option_checks import check_count, check_share
from nfviz.summaries.layer_choice import chosen_layers

RINGS = 6
"""Rings of the wheel that can still be told apart."""

OPPONENT = 0.5
"""Balance above which both ends of a neuron's axis are seen."""


def summarize_hue_wheel(
    atlas: Atlas,
    threshold: float = COLOR_THRESHOLD,
    *,
    layers: str | Sequence[str] | None = None,
    rings: int = RINGS,
) -> pd.DataFrame:
    """Return the color-selective neurons with their hue and ring (the paper's Fig. 7).

    Parameters
    ----------
    atlas : Atlas
        With the columns of `nfviz.ColorSelectivity`.
    threshold : float
        Color selectivity from which a neuron is shown, in [0, 1]; 0.40 is the paper's.
    layers : str or sequence of str, optional
        Which layers; all by default.
    rings : int
        Most rings there may be. Where there are more layers, neighbors in depth share a ring, as
        evenly as possible (not in the paper, whose network has five).

    Returns
    -------
    DataFrame, index (``layer``, ``unit``)
        ``ring`` (0 is the innermost), ``color_selectivity``, ``hue`` in degrees, ``balance``,
        ``opponent`` (balance above 0.5: both ends of the axis are seen) and ``place``, the
        neuron's rank within its ring. By ring, then from the most selective down; ties by layer
        and unit. Neurons without a hue are left out.

    Raises
    ------
    ValueError
        If a layer or a column is missing, `threshold` is outside of [0, 1] or `rings` below 1.
    """
    threshold = check_share("threshold", threshold)
    needed = ["color_selectivity", "hue", "balance"]
    missing = [name for name in needed if name not in atlas.neurons]
    if missing:
        raise ValueError(
            f"the atlas has no column {missing[0]!r}: call nfviz.score(atlas, "
            "nfviz.ColorSelectivity()) first."
        )
    ring_of = {
        layer: ring
        for ring, names in enumerate(share_rings(chosen_layers(atlas, layers), rings))
        for layer in names
    }
    neurons = atlas.neurons
    layer = neurons.index.get_level_values("layer")
    selective = (neurons["color_selectivity"] >= threshold) & neurons["hue"].notna()
    table = neurons.loc[(selective & layer.isin(list(ring_of))).to_numpy(), needed].copy()
    table.insert(0, "ring", [ring_of[name] for name in table.index.get_level_values("layer")])
    table["ring"] = table["ring"].astype(np.int64)
    table["opponent"] = table["balance"] > OPPONENT
    table = table.sort_values("color_selectivity", ascending=False, kind="stable")
    table = table.sort_values("ring", kind="stable")
    table["place"] = table.groupby("ring").cumcount()
    return table


def share_rings(layers: Sequence[str], rings: int = RINGS) -> list[list[str]]:
    """Return which layers lie on which ring, from the innermost out.

    Parameters
    ----------
    layers : sequence of str
        In depth order.
    rings : int
        Most rings there may be.
    """
    rings = check_count("rings", rings, 1)
    parts = np.array_split(np.arange(len(layers)), max(1, min(rings, len(layers))))
    return [[layers[place] for place in part] for part in parts if len(part)]


def summarize_hues(atlas: Atlas, *, bins: int = 36) -> pd.DataFrame:
    """Return the hue distribution of the images of the data set (the bottom of the paper's Fig. 7).

    Parameters
    ----------
    atlas : Atlas
        With ``hues``, which counts the pixels of chroma 0.1 or more that are neither nearly black
        nor nearly white.
    bins : int
        A divisor of 360.

    Returns
    -------
    DataFrame, index ``hue`` (where the bin begins, in degrees)
        ``share`` of these pixels, in [0, 1]; all 0 where there are none. Empty where the atlas has
        no hue distribution.

    Raises
    ------
    ValueError
        If `bins` does not divide 360.
    """
    bins = check_count("bins", bins, 1)
    if 360 % bins:
        raise ValueError(f"bins is {bins!r}; it accepts a divisor of 360, such as 36.")
    index = pd.Index(np.arange(bins) * (360 // bins), name="hue")
    if not len(atlas.hues):
        return pd.DataFrame({"share": pd.Series(dtype=float)}, index=index[:0])
    pixels = atlas.hues["pixels"].reindex(range(360), fill_value=0).to_numpy(dtype=float)
    counts = pixels.reshape(bins, -1).sum(axis=1)
    return pd.DataFrame({"share": counts / max(counts.sum(), 1)}, index=index)
