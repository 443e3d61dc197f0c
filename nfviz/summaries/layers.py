"""The table of layers."""

import pandas as pd

from nfviz.atlas import CLASS_THRESHOLD, COLOR_THRESHOLD, Atlas, overview
from nfviz.option_checks import check_share


def summarize_layers(
    atlas: Atlas,
    *,
    color_threshold: float = COLOR_THRESHOLD,
    class_threshold: float = CLASS_THRESHOLD,
) -> pd.DataFrame:
    """Count the neurons of each layer, and the selective ones among them.

    Parameters
    ----------
    atlas : Atlas
        Any.
    color_threshold, class_threshold : float
        Selectivity from which a neuron counts, in [0, 1]; 0.40 and 0.60 are the paper's.

    Returns
    -------
    DataFrame, index ``layer``
        ``neurons``, ``dead``, ``field`` (height x width in pixels), ``color_selective`` and
        ``class_selective`` (shares of the live neurons in [0, 1]; NaN where unknown),
        ``median_chance`` (class selectivity of a label-blind neuron), ``median_auc`` and
        ``median_images`` of the live neurons.

    Raises
    ------
    ValueError
        If a threshold is outside of [0, 1].
    """
    return overview(
        atlas.layers,
        atlas.neurons,
        color_threshold=check_share("color_threshold", color_threshold),
        class_threshold=check_share("class_threshold", class_threshold),
    )
