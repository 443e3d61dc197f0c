"""Bars that stack the degrees of a selectivity, one bar per layer, with its numbers written out."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from nfviz.figures.markup import markup
from nfviz.figures.stepped_scale import add_scale
from nfviz.figures.style import SMALL_TEXT, TEXT, WIDTH, new_figure, steps, theme_of

_LETTER = 0.55 * TEXT
_LONGEST = 26
_ROW = 18
_ABSENT = "–"  # noqa: RUF001


@dataclass(frozen=True)
class Facts:
    """What is written at each bar.

    Attributes
    ----------
    heads : list of str
        What the numbers are.
    cells : list of list of str
        A list per layer, as long as `heads`.
    """

    heads: list[str]
    cells: list[list[str]]


def draw_degrees(
    table: pd.DataFrame,
    column: str,
    *,
    title: str = "",
    threshold: float | None = None,
    show_dead: bool = False,
    which: str = "",
    theme: str = "light",
    width: int = WIDTH,
) -> go.Figure:
    """Stack the shares of a table of `nfviz.summarize_selectivity`.

    A few layers stand side by side; many of them, or such with long names, lie one below the
    other, and the figure grows in height.

    Parameters
    ----------
    table : DataFrame
        Layers and bins.
    column : str
        What was counted, which gives the ramp.
    title : str
        Of the scale; the column's name by default.
    threshold : float, optional
        Whose share is written out.
    show_dead : bool
        Draw the dead neurons' share of all neurons too, hatched, on the other side of zero.
    which : str
        Which neurons of a layer these are, such as `nfviz.figures.part_words.in_view` says it:
        all of them where it is empty.
    theme, width
        As of every figure.
    """
    title = markup(title or column.replace("_", " "))
    layers = table[~table.index.get_level_values("layer").duplicated()].droplevel("bin")
    names = [str(name) for name in layers.index]
    facts = _facts(layers, threshold, which)
    widest = min(max(map(len, [*names, "1,000 "])), _LONGEST)
    upright = len(names) * max(widest * _LETTER + 2, 40) <= width - 130
    draw = _upright if upright else _lying
    figure = draw(names, facts, theme, width)
    _add_bars(figure, table, column, title, upright=upright)
    below = _add_dead(figure, layers, theme, which, upright=upright) if show_dead else 0.0
    _set_shares(figure, below, which, upright=upright)
    if len(table):
        rows = table.loc[[table.index[0][0]]]
        edges = [*rows["low"], rows["high"].iloc[-1]]
        add_scale(figure, column, edges, title=title, upright=upright)
    if not layers["neurons"].gt(layers["dead"] + layers["unknown"]).any():
        text = "no known values" if len(layers) else "no layers"
        figure.add_annotation(text=text, x=0.5, y=0.75, xref="paper", yref="paper")
    return figure


def _facts(layers: pd.DataFrame, threshold: float | None, which: str) -> Facts:
    columns = {which.strip() or "neurons": layers["neurons"], "dead": layers["dead"]}
    if layers["unknown"].any():
        columns["n/a"] = layers["unknown"]
    written = {head: [f"{count:,}" for count in counts] for head, counts in columns.items()}
    if threshold is not None:
        shares = [_ABSENT if np.isnan(share) else f"{share:.0%}" for share in layers["above"]]
        short = 0 < threshold < 1 and round(threshold, 2) == threshold
        written = {f"≥ {threshold:{'.2f' if short else 'g'}}": shares} | written
    return Facts(list(written), [list(cells) for cells in zip(*written.values(), strict=True)])


def _upright(names: list[str], facts: Facts, theme: str, width: int) -> go.Figure:
    """Return a figure for bars side by side, the facts above them."""
    figure = new_figure(theme, width=width, height=270 + 15 * len(facts.heads))
    figure.update_layout(margin={"l": 66, "r": 66, "t": 20 + 15 * len(facts.heads), "b": 28})
    shown = [_shortened(name, _LONGEST) for name in names]
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=shown, ticks="", tickangle=0)
    figure.update_xaxes(range=[-0.5, max(len(names), 1) - 0.5], tickfont={"size": SMALL_TEXT})
    above = {"y": 1, "yref": "paper", "yanchor": "bottom", "font": {"size": SMALL_TEXT}}
    above["yshift"] = 7
    texts = [
        {"text": "<br>".join(cells), "x": place, "xref": "x", "xanchor": "center", **above}
        for place, cells in enumerate(facts.cells)
    ]
    beside = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -4, "align": "right"}
    texts.append({"text": "<br>".join(facts.heads), **beside, **above})
    figure.update_layout(annotations=texts if names else [])
    return figure


def _lying(names: list[str], facts: Facts, theme: str, width: int) -> go.Figure:
    """Return a figure for bars one below the other, the facts to the right of them."""
    figure = new_figure(theme, width=width, height=_ROW * len(names) + 136)
    columns = list(zip(facts.heads, *facts.cells, strict=True))
    offsets = np.cumsum([(max(map(len, column)) + 1.5) * _LETTER for column in columns])
    right = offsets[-1] + 8
    letters = int((0.82 * width - right - 12) / _LETTER)
    letters = min(max(letters, 12), _LONGEST, max(map(len, names)))
    margin = {"l": letters * _LETTER + 12, "r": right, "t": 24, "b": 112}
    figure.update_layout(margin=margin)
    shown = [_shortened(name, letters) for name in names]
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=shown, ticks="")
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], tickfont={"size": SMALL_TEXT})
    beside = {"x": 1, "xref": "paper", "xanchor": "right", "font": {"size": SMALL_TEXT}}
    texts = []
    for offset, (head, *cells) in zip(offsets, columns, strict=True):
        place = {"xshift": offset, **beside}
        texts.append({"text": head, "y": 1, "yref": "paper", "yanchor": "bottom", **place})
        texts += [{"text": cell, "y": row, "yref": "y", **place} for row, cell in enumerate(cells)]
    figure.update_layout(annotations=texts)
    return figure


def _add_bars(
    figure: go.Figure, table: pd.DataFrame, column: str, title: str, *, upright: bool
) -> None:
    bins = table.index.get_level_values("bin")
    colors = steps(column, int(bins.max()) + 1) if len(table) else []
    ground = figure.layout.template.layout.plot_bgcolor
    for number, color in enumerate(colors):
        rows = table[bins == number]
        low, high = rows[["low", "high"]].iloc[0]
        name = f"{low:g} to {high:g}"
        figure.add_bar(
            **_lengths(rows["share"].to_numpy(), upright=upright),
            name=name,
            showlegend=False,
            marker={"color": color, "line": {"color": ground, "width": 0.5 if upright else 0}},
            customdata=_customdata(rows, rows["count"]),
            hovertemplate=f"<b>%{{customdata[0]}}</b><br>{title} {name}<br>"
            f"%{{customdata[1]}} neurons, %{{{'y' if upright else 'x'}:.1%}}<extra></extra>",
        )
    figure.update_layout(barmode="relative", bargap=0.2)


def _add_dead(
    figure: go.Figure, layers: pd.DataFrame, theme: str, which: str, *, upright: bool
) -> float:
    """Draw the shares of dead neurons below zero, and return how far the axis has to reach."""
    inks = theme_of(theme)
    shares = (layers["dead"] / layers["neurons"].clip(lower=1)).to_numpy(np.float64)
    if not shares.any():
        return 0.0
    figure.add_bar(
        **_lengths(-shares, upright=upright),
        name=f"dead, of all{which}",
        showlegend=True,
        marker={
            "color": inks.nothing,
            "line": {"color": inks.ink, "width": 1},
            "pattern": {"shape": "/", "fgcolor": inks.ink, "size": 5, "solidity": 0.2},
        },
        customdata=_customdata(layers, layers["dead"]),
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]} dead<extra></extra>",
    )
    place = {"yanchor": "bottom", "xanchor": "left", "x": 0, "itemclick": False}
    place |= {"y": 0, "yref": "container"} if upright else {"y": 1, "yref": "paper"}
    figure.update_layout(legend=place)
    if upright:
        figure.update_layout(height=figure.layout.height + 20, margin={"b": 48})
    return max(math.ceil(20 * shares.max()) / 20, 0.1)


def _lengths(shares: np.ndarray, *, upright: bool) -> dict[str, Any]:
    places = list(range(len(shares)))
    if upright:
        return {"x": places, "y": shares}
    return {"x": shares, "y": places, "orientation": "h"}


def _customdata(rows: pd.DataFrame, counts: pd.Series) -> list[list[str]]:
    names = rows.index.get_level_values("layer")
    return [[markup(name), f"{n:,}"] for name, n in zip(names, counts, strict=True)]


def _set_shares(figure: go.Figure, below: float, which: str, *, upright: bool) -> None:
    """Put the ticks of the shares, which reach so far below zero for the dead."""
    marks = {0.0: "0", 0.5: "50", 1.0: "100%"}
    if upright:
        marks |= {0.25: "25", 0.75: "75"} | ({-below: f"{below:.0%}"} if below else {})
    axis = {"tickvals": list(marks), "ticktext": list(marks.values()), "tickangle": 0}
    axis |= {"title": {"text": f"live neurons{which}", "font": {"size": TEXT}}}
    axis |= {"range": [-below, 1.0], "zeroline": below > 0}
    figure.update_layout({"yaxis" if upright else "xaxis": axis})


def _shortened(name: str, letters: int) -> str:
    """Return a layer's name for a tick, the end of it where it is too long, safe to show."""
    return markup(name if len(name) <= letters else "…" + name[1 - letters :])
