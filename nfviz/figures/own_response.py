"""Responses to the own neuron features through the layers (the paper's Fig. 4)."""

from collections.abc import Sequence

import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.paper import check_width
from nfviz.figures.part_words import in_view
from nfviz.figures.signature import sign
from nfviz.figures.stacked_bars import draw_degrees
from nfviz.figures.style import WIDTH
from nfviz.summaries.own_response import summarize_own_response

_TITLES = {
    "own_layer": "own response / greatest of the layer",
    "own_ratio": "own response / own maximum",
}


def plot_own_response(
    atlas: Atlas,
    *,
    column: str = "own_layer",
    bins: int = 10,
    layers: str | Sequence[str] | None = None,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw how strongly the neurons of each layer answer their own neuron features (Fig. 4).

    A bar per layer stacks the shares of its live neurons, from gray (hardly) to green (strongly).
    Dead neurons stand apart, hatched, on the other side of zero, as a share of all neurons of the
    layer. The numbers are those of `nfviz.summarize_own_response`, which defines them.

    Parameters
    ----------
    atlas : Atlas
        With the columns that `nfviz.respond_to_features` adds.
    column : {"own_layer", "own_ratio"}
        Responses relative to the greatest one of the layer, as in the paper, or to each neuron's
        own maximum over the images.
    bins : int
        Degrees, 2 to 100.
    layers : str or sequence of str, optional
        Layers to draw; all by default.
    theme : {"light", "dark"}
        Its ground.
    width : int or str
        In pixels, or of the page it is for, such as ``"84mm"``; the height
        follows from the number of layers.

    Returns
    -------
    plotly.graph_objects.Figure
        Layers side by side, or one below the other where they are many or have long names.

    Raises
    ------
    ValueError
        If the atlas lacks the column, or an option is out of range.

    Examples
    --------
    >>> atlas = nfviz.respond_to_features(atlas, network, progress=False)
    >>> figure = nfviz.plot_own_response(atlas)
    """
    width = check_width(width)
    table = summarize_own_response(atlas, column=column, bins=bins, layers=layers)
    title = _TITLES[column]
    figure = draw_degrees(
        table, column, title=title, show_dead=True, which=in_view(atlas), theme=theme, width=width
    )
    names = list(dict.fromkeys(table.index.get_level_values("layer")))
    options = {"column": column, "bins": int(bins), "layers": names, "theme": theme, "width": width}
    return sign(figure, "plot_own_response", atlas.manifest, options)
