"""Tag clouds: what a neuron answers, in words (the paper's Fig. 10)."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from nfviz.atlas import Atlas
from nfviz.figures.cloud_layout import lay_out
from nfviz.figures.markup import markup
from nfviz.figures.mosaic import add_note, pixel_axes
from nfviz.figures.paper import check_width
from nfviz.figures.signature import sign
from nfviz.figures.style import LEAF_FRAME, ONTOLOGY_FRAME, SMALL_TEXT, WIDTH, new_figure, theme_of
from nfviz.ontology import Ontology
from nfviz.option_checks import check_count
from nfviz.summaries.tags import ontology_of, summarize_tags

HEADING = 20
"""Height in pixels of the line above a panel."""

_MARGIN = 8
_HEIGHT = 0.28  # Of a cloud, as a share of the figure's width.
_BASELINE = 0.25  # Plotly puts the line this share of the text size below a point.
_RULE = 1.5  # Width of the frame in pixels.


def plot_tag_clouds(
    atlas: Atlas,
    neuron: tuple[str, int],
    *,
    ontology: Ontology | None = None,
    threshold: float = 1.0,
    words: int = 30,
    theme: str = "light",
    width: int | str = WIDTH,
) -> go.Figure:
    """Draw the classes that a neuron answers, and what they are kinds of, as words (Fig. 10).

    In the orange frame the classes of the data set, in the green one all classes of the ontology,
    those of the data set among them. The size of a word is proportional to its share of the
    neuron's activation (`summarize_tags`): words that would be smaller than 11 pixels are left
    out and counted. `wordcloud` lays them out, the same at every call.

    Parameters
    ----------
    atlas : Atlas
        The record.
    neuron : (str, int)
        Layer and unit.
    ontology : Ontology, optional
        Has a node for each class of the atlas. By default ``atlas.ontology``, or else ImageNet's,
        if ``atlas.classes`` has a column ``wnid`` and each is in it; otherwise the green frame
        says that there is none.
    threshold : float
        Share of the activation that the classes must cover, in (0, 1]; 1 keeps every class.
    words : int
        How many words a cloud has at most, 1 or more.
    theme : {"light", "dark"}
        Ground and inks.
    width : int or str
        In pixels, or of the page it is for, such as ``"84mm"``; the height follows.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If there is no such neuron or theme, a class has no node, or a number is out of range.
    TypeError
        If `ontology` is no ontology.
    """
    width, words = check_width(width), check_count("words", words, 1)
    theme_of(theme)
    table = summarize_tags(atlas, neuron, ontology, threshold=threshold)
    known = ontology_of(atlas, ontology) is not None
    panel, high = width - 2 * _MARGIN, _HEIGHT * width
    height = 2 * (HEADING + high + _MARGIN)
    figure = new_figure(theme, width=width, height=round(height))
    figure.update_layout(margin=dict.fromkeys("lrtb", 0), hovermode="closest")
    for number, (kind, top) in enumerate(
        {"classes": 0.0, "ontology": HEADING + high + _MARGIN}.items(), 1
    ):
        axis = "" if number == 1 else str(number)
        place_panel(figure, axis, (_MARGIN, top + HEADING, panel, high), (width, height))
        add_cloud(figure, axis, table, kind, (panel, high), words=words, known=known)
    options = {
        "neuron": [str(neuron[0]), int(neuron[1])], "ontology": ontology and repr(ontology),
        "threshold": float(threshold), "words": words, "theme": theme, "width": width,
    }  # fmt: skip
    return sign(figure, "plot_tag_clouds", atlas.manifest, options)


def place_panel(
    figure: go.Figure,
    axis: str,
    box: tuple[float, float, float, float],
    page: tuple[float, float],
) -> None:
    """Give axes that count pixels a place on a page without margins.

    Parameters
    ----------
    figure : Figure
        Changed.
    axis : str
        Number of the axes: nothing for the first ones.
    box : (left, top, width, height)
        Of the panel in pixels, from the top left corner of the page.
    page : (width, height)
        In pixels.
    """
    pixel_axes(figure, box[2:], axis=axis)
    across, up = domains(box, page)
    figure.update_layout({f"xaxis{axis}": {"domain": across}, f"yaxis{axis}": {"domain": up}})
    figure.update_layout({f"xaxis{axis}": {"anchor": f"y{axis}"}})
    figure.update_layout({f"yaxis{axis}": {"anchor": f"x{axis}"}})


def domains(
    box: tuple[float, float, float, float], page: tuple[float, float]
) -> tuple[list[float], list[float]]:
    """Return the domains of the axes of a panel, as shares of a page without margins."""
    left, top, width, height = box
    across = [left / page[0], (left + width) / page[0]]
    up = [1 - (top + height) / page[1], 1 - top / page[1]]
    return [min(max(end, 0), 1) for end in across], [min(max(end, 0), 1) for end in up]


def add_cloud(
    figure: go.Figure,
    axis: str,
    table: pd.DataFrame,
    kind: str,
    size: tuple[float, float],
    *,
    words: int = 30,
    known: bool = True,
) -> None:
    """Draw one cloud with its frame and heading into a panel whose axes count pixels.

    Parameters
    ----------
    figure : Figure
        Changed.
    axis : str
        Number of the axes: nothing for the first ones.
    table : DataFrame
        As `summarize_tags` makes it.
    kind : {"classes", "ontology"}
        Which cloud.
    size : (width, height)
        Of the panel.
    words : int
        How many at most.
    known : bool
        Whether there is an ontology.
    """
    leaf = kind == "classes"
    column = "share" if leaf else "weight"
    rows = table[table[column] > 0].sort_values(column, ascending=False, kind="stable")
    # A name may be empty, or white space.
    names = [name if name.strip() else repr(name) for name in rows["name"]]
    shares = rows[column].tolist()
    placed = [] if not (leaf or known) else lay_out(names[:words], shares[:words], size)
    refs = {"xref": f"x{axis}", "yref": f"y{axis}"}
    figure.add_shape(
        type="rect", x0=_RULE / 2, y0=_RULE / 2, x1=size[0] - _RULE / 2, y1=size[1] - _RULE / 2,
        line={"color": LEAF_FRAME if leaf else ONTOLOGY_FRAME, "width": _RULE}, **refs,
    )  # fmt: skip
    heading = "classes" if leaf else "all classes of the ontology"
    add_text(figure, heading, 0, -HEADING / 2, axis)
    if placed and len(placed) < len(rows):
        count = len(rows) - len(placed)
        rest = f"and {count} smaller one{'s' if count > 1 else ''}"
        add_text(figure, rest, size[0], -HEADING / 2, axis, anchor="right")
    if not placed:
        note = "no labeled images" if leaf or known else "no ontology is given"
        add_note(figure, note, size[0] / 2, size[1] / 2, axis=axis)
    figure.add_scatter(
        x=[word.center for word in placed],
        y=[word.baseline - _BASELINE * word.size for word in placed],
        text=[markup(word.text) for word in placed],
        mode="text",
        textposition="middle center",
        textfont={"size": [word.size for word in placed]},
        hovertext=_hover([names[word.number] for word in placed], shares),
        hoverinfo="text",
        showlegend=False,
        cliponaxis=False,
        name=kind,
        xaxis=f"x{axis}",
        yaxis=f"y{axis}",
    )


def _hover(names: Sequence[str], shares: Sequence[float]) -> list[str]:
    pairs = zip(names, shares, strict=False)
    return [f"<b>{markup(name)}</b><br>{share:.1%} of the activation" for name, share in pairs]


def add_text(
    figure: go.Figure, text: str, x: float, y: float, axis: str, *, anchor: str = "left"
) -> None:
    """Write a text, in plotly's markup, at a place of a panel, by its middle line.

    Below 0 and beyond the panel too, where plotly would not show what belongs to its axes.
    """
    across, up = figure.layout[f"xaxis{axis}"], figure.layout[f"yaxis{axis}"]
    figure.add_annotation(
        text=text,
        x=across.domain[0] + x / across.range[1] * (across.domain[1] - across.domain[0]),
        y=up.domain[1] - y / up.range[0] * (up.domain[1] - up.domain[0]),
        xref="paper", yref="paper", xanchor=anchor, yanchor="middle",
        font={"size": SMALL_TEXT}, borderpad=0,
    )  # fmt: skip
