"""The scale that says which color is which degree."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from nfviz.figures.style import TEXT, steps

_TICK = 40


def add_scale(
    figure: go.Figure, column: str, edges: Sequence[float], *, title: str, upright: bool
) -> None:
    """Add a color bar with a block per degree, by a trace without points.

    Parameters
    ----------
    figure : Figure
        Changed; its size and margins are final.
    column : str
        Gives the ramp.
    edges : sequence of float, one more than degrees
        Of the degrees. As many are named as have room.
    title : str
        Safe to show.
    upright : bool
        To the right of the plot; else below, at the lower end of the figure.
    """
    count = len(edges) - 1
    blocks = [
        [place / count, color]
        for step, color in enumerate(steps(column, count))
        for place in (step, step + 1)
    ]
    margin, layout = figure.layout.margin, figure.layout
    room = layout.height - margin.t - margin.b if upright else layout.width - margin.l - margin.r
    every = [step for step in range(1, count + 1) if not count % step]
    ticks = edges[:: next((step for step in every if room * step >= _TICK * count), count)]
    bar: dict[str, Any] = {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    bar |= {"ticks": "outside", "ticklen": 3, "tickangle": 0, "outlinewidth": 0}
    bar |= {"thickness": 12, "lenmode": "fraction", "len": 1}
    if upright:
        bar |= {"x": 1, "xanchor": "left", "xpad": 10, "y": 0.5, "ypad": 0}
        bar |= {"title": {"text": title, "side": "right", "font": {"size": TEXT}}}
    else:
        bar |= {"orientation": "h", "y": 0, "yref": "container", "yanchor": "bottom", "ypad": 4}
        # The second line keeps the title off the blocks, which it would touch.
        text = f"{title}<br><sub> </sub>"
        bar |= {"x": 0.5, "xpad": 0, "title": {"text": text, "side": "top", "font": {"size": TEXT}}}
    marker = {"color": [edges[0]], "cmin": edges[0], "cmax": edges[-1], "colorscale": blocks}
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker=marker | {"colorbar": bar},
        hoverinfo="skip",
        showlegend=False,
    )
