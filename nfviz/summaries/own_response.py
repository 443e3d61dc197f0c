"""How strongly the neurons of each layer answer their own neuron features (the paper's Fig. 4)."""

from collections.abc import Sequence

import pandas as pd

from nfviz.atlas import Atlas
from nfviz.summaries.selectivity import summarize_selectivity

_COLUMNS = ("own_layer", "own_ratio")


def summarize_own_response(
    atlas: Atlas,
    *,
    column: str = "own_layer",
    bins: int = 10,
    layers: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Count the neurons of each layer by their response to their own neuron feature (Fig. 4).

    Parameters
    ----------
    atlas : Atlas
        With the columns that `nfviz.respond_to_features` adds.
    column : {"own_layer", "own_ratio"}
        The response relative to the greatest one of its layer, as in the paper's figure, or to
        the neuron's own maximum over the images, which compares between layers; responses beyond
        that maximum are in the last bin.
    bins : int
        How many bins from 0 to 1, 2 to 100.
    layers : str or sequence of str, optional
        Layers to count; all by default.

    Returns
    -------
    DataFrame, index (``layer``, ``bin``)
        As that of `nfviz.summarize_selectivity`, without threshold: ``low``, ``high``, ``count``,
        ``share`` (of the live neurons whose response is known), ``neurons``, ``dead``,
        ``unknown``, ``above`` (NaN).

    Raises
    ------
    ValueError
        If the atlas lacks the column, or an option is out of range.
    """
    if column not in _COLUMNS:
        raise ValueError(f"column is {column!r}; it accepts {', '.join(map(repr, _COLUMNS))}.")
    if column not in atlas.neurons:
        raise ValueError(
            f"The neurons of this atlas have no column {column!r}: they were not shown their own "
            "neuron features yet. Call atlas = nfviz.respond_to_features(atlas, network) first."
        )
    return summarize_selectivity(atlas, column, bins=bins, layers=layers)
