"""Errors in color and in gray (the paper's section 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from nfviz.figures.paper import check_width
from nfviz.figures.signature import sign
from nfviz.figures.style import WIDTH, new_figure
from nfviz.recording.gray_result import GrayTest
from nfviz.summaries.gray_test import summarize_gray_test

if TYPE_CHECKING:
    import pandas as pd


_INKS = {"color": "#d4563f", "gray": "#8f8f8f"}


def plot_gray_test(
    result: GrayTest,
    *,
    confidence: float = 0.95,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw the errors of a network in color and on gray copies of the same images (section 4.2).

    Bars are the errors among the first 1 and 5 answers, in percent of the images; points at the
    right are the differences gray - color in percentage points. Each with its interval, of which
    `nfviz.summarize_gray_test` tells the equations: the one of a difference takes the images in
    pairs.

    Parameters
    ----------
    result : GrayTest
        Of `nfviz.gray_test`.
    confidence : float
        Of the intervals, above 0 and below 1.
    theme : {"light", "dark"}
        Its ground.
    width : int or str
        In pixels, or of the page it is for, such as ``"84mm"``.

    Returns
    -------
    plotly.graph_objects.Figure
        With the number of images below.

    Raises
    ------
    ValueError
        If `confidence` is out of range or there is no such theme.

    Examples
    --------
    >>> result = nfviz.gray_test(network, images, mean=mean, std=std, progress=False)
    >>> figure = nfviz.plot_gray_test(result)
    """
    if not isinstance(result, GrayTest):
        raise TypeError(
            f"result is {type(result).__name__}; it accepts what nfviz.gray_test(network, images) "
            "gives."
        )
    width = check_width(width)
    table = 100 * summarize_gray_test(result, confidence=confidence)
    tops = list(result.errors.index)
    figure = new_figure(theme, width=width, height=300)
    figure.update_layout(margin={"l": 52, "r": 12, "t": 34, "b": 44})
    _add_errors(figure, table, result.n)
    _add_difference(figure, table)
    ticks = {"tickvals": list(range(len(tops))), "ticktext": [f"top {top}" for top in tops]}
    figure.update_xaxes(**ticks, ticks="", range=[-0.6, max(len(tops), 1) - 0.4])
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "itemclick": False}
    )
    if not result.n:
        figure.add_annotation(text="no images", x=0.5, y=0.5, xref="paper", yref="paper")
    # A result has no manifest; its numbers stand for it.
    origin = {"errors": table.to_numpy().tolist(), "images": result.n}
    options = {"confidence": float(confidence), "theme": theme, "width": width}
    return sign(figure, "plot_gray_test", origin, options)


def _add_errors(figure: go.Figure, table: pd.DataFrame, images: int) -> None:
    for form, color in _INKS.items():
        rows = table[table.index.get_level_values("form") == form]
        side = -0.2 if form == "color" else 0.2
        places = [place + side for place in range(len(rows))]
        figure.add_bar(
            x=places,
            y=rows["value"],
            width=0.36,
            name=form,
            marker={"color": color},
            error_y=_reach(rows) | {"color": figure.layout.template.layout.font.color},
            customdata=rows[["low", "high"]].to_numpy(),
            hovertemplate=f"{form}: %{{y:.2f}}% "
            "(%{customdata[0]:.2f} to %{customdata[1]:.2f})<extra></extra>",
        )
        _add_values(figure, places, rows, [f"{value:.1f}" for value in rows["value"]], "")
    highest = table.drop("difference", level="form")["high"].max()
    figure.update_layout(
        xaxis={"domain": [0, 0.6], "title": f"{images:,} images"},
        yaxis={"title": "error (%)", "range": [0, _with_room(highest)]},
    )


def _add_difference(figure: go.Figure, table: pd.DataFrame) -> None:
    rows = table[table.index.get_level_values("form") == "difference"]
    ink = figure.layout.template.layout.font.color
    places = [float(place) for place in range(len(rows))]
    figure.add_scatter(
        x=places,
        y=rows["value"],
        xaxis="x2",
        yaxis="y2",
        mode="markers",
        name="difference",
        showlegend=False,
        marker={"color": ink, "size": 8},
        error_y=_reach(rows) | {"color": ink},
        customdata=rows[["low", "high"]].to_numpy(),
        hovertemplate="gray - color: %{y:+.2f} points "
        "(%{customdata[0]:+.2f} to %{customdata[1]:+.2f})<extra></extra>",
    )
    _add_values(figure, places, rows, [f"{value:+.1f}" for value in rows["value"]], "2")
    low, high = min(float(rows["low"].min()), 0.0), max(float(rows["high"].max()), 0.0)
    figure.update_layout(
        xaxis2={"domain": [0.76, 1], "anchor": "y2"},
        yaxis2={
            "title": "gray − color (points)",  # noqa: RUF001
            "range": [_with_room(low) if low < 0 else 0.0, _with_room(high)],
            "anchor": "x2",
            "zeroline": low < 0,
        },
    )


def _add_values(
    figure: go.Figure, places: list[float], rows: pd.DataFrame, texts: list[str], axis: str
) -> None:
    """Write the values above their intervals."""
    figure.add_scatter(
        x=places,
        y=rows["high"],
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
        mode="text",
        text=texts,
        textposition="top center",
        hoverinfo="skip",
        showlegend=False,
    )


def _reach(rows: pd.DataFrame) -> dict[str, Any]:
    up, down = rows["high"] - rows["value"], rows["value"] - rows["low"]
    return {"array": up, "arrayminus": down, "symmetric": False, "thickness": 1.2, "width": 4}


def _with_room(end: float) -> float:
    """Return the end of an axis with room for the text above an interval that ends there."""
    return 1.18 * end if abs(end) > 0 else 1.0
