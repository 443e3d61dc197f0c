"""Degrees of selectivity through the layers (the paper's Fig. 8 and 9)."""

from collections.abc import Sequence

import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.paper import check_width
from nfviz.figures.part_words import in_view
from nfviz.figures.signature import sign
from nfviz.figures.stacked_bars import draw_degrees
from nfviz.figures.style import WIDTH
from nfviz.summaries.selectivity import summarize_selectivity, threshold_of


def plot_selectivity(
    atlas: Atlas,
    column: str,
    *,
    bins: int = 10,
    threshold: float | None = None,
    layers: str | Sequence[str] | None = None,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw how many neurons of each layer have which degree of selectivity (Fig. 8 and 9).

    A bar per layer stacks the shares of its live neurons, gray for the lowest degree; color goes
    to red, class to blue, other columns to inks of their own. At each bar stand the share at the
    threshold or above it, the neurons, the dead ones and, where there are any, those without a
    value (n/a). The numbers are those of `nfviz.summarize_selectivity`, which defines them.

    Parameters
    ----------
    atlas : Atlas
        Any.
    column : str
        A column of numbers of ``atlas.neurons``, such as ``color_selectivity``,
        ``class_selectivity`` or ``n_images``.
    bins : int
        Degrees, 2 to 100; at most so many for columns beyond 0 to 1.
    threshold : float, optional
        Whose share is written out; by default the paper's for color (0.40) and class (0.60), none
        for other columns.
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
        If there is no such column, layer or theme, or an option is out of range.

    Examples
    --------
    >>> fig8 = nfviz.plot_selectivity(atlas, "color_selectivity")
    >>> fig9 = nfviz.plot_selectivity(atlas, "class_selectivity")
    """
    width = check_width(width)
    table = summarize_selectivity(atlas, column, bins=bins, threshold=threshold, layers=layers)
    threshold = threshold_of(column, threshold)
    figure = draw_degrees(
        table, column, threshold=threshold, which=in_view(atlas), theme=theme, width=width
    )
    options = {"column": column, "bins": int(bins), "threshold": threshold}
    names = list(dict.fromkeys(table.index.get_level_values("layer")))
    options |= {"layers": names, "theme": theme, "width": width}
    return sign(figure, "plot_selectivity", atlas.manifest, options)
