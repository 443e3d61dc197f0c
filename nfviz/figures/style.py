"""What all figures share: sizes, fonts, inks and color ramps, on light and dark ground.

Figures are laid out in pixels with text of `TEXT` pixels. `nfviz.save_figure` scales the whole
page, so that this text becomes 7 pt on paper: a column of 84 mm is about 408 such pixels wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

TEXT = 12
"""Height of the text in pixels; nothing is written smaller than nine tenths of it."""

WIDTH = 640
"""Width of a figure in pixels where nothing else is asked for."""

FONT = "Open Sans, Arial, sans-serif"


@dataclass(frozen=True)
class Theme:
    """Inks on one ground.

    Attributes
    ----------
    ground : str
        Of the page.
    ink : str
        Of text and axes.
    faint : str
        Of grid lines and rings.
    nothing : str
        Of what has no value, such as dead neurons.
    """

    ground: str
    ink: str
    faint: str
    nothing: str


THEMES = {
    "light": Theme("#ffffff", "#222222", "#d5d5d5", "#ffffff"),
    "dark": Theme("#16181c", "#e4e4e4", "#464a50", "#16181c"),
}

LEAF_FRAME, ONTOLOGY_FRAME = "#e08214", "#3a923a"
"""Frames of the two tag clouds (the paper's Fig. 10)."""

# From low to high. All begin with the same gray and end dark and saturated, so that lightness
# alone tells degrees apart, in gray print and for the color-blind too.
_RAMPS = {
    "red": ("#dcdcdc", "#e8a58c", "#d4563f", "#8a1515"),
    "blue": ("#dcdcdc", "#9db8dd", "#4a78bd", "#143a7d"),
    "green": ("#dcdcdc", "#9ccb9a", "#4a9a55", "#14592a"),
    "purple": ("#dcdcdc", "#c3addb", "#8a66b5", "#4b2377"),
    "brown": ("#dcdcdc", "#dcb98a", "#b07c2c", "#664005"),
}
_RAMP_OF = {
    "color_selectivity": "red",
    "chroma_selectivity": "red",
    "class_selectivity": "blue",
    "class_selectivity_norm": "blue",
    "own_ratio": "green",
    "own_layer": "green",
    "sharpness": "brown",
}


def ramp(column: str) -> list[list[float | str]]:
    """Return the color scale of a column as plotly takes it: gray for low, its ink for high."""
    colors = _RAMPS[_RAMP_OF.get(column, "purple")]
    return [[place / (len(colors) - 1), color] for place, color in enumerate(colors)]


def steps(column: str, count: int) -> list[str]:
    """Return so many colors of the column's ramp, from low to high, as ``rgb(r, g, b)``."""
    places = [(2 * step + 1) / (2 * count) for step in range(count)]
    found: list[str] = sample_colorscale(ramp(column), places)
    return found


def theme_of(name: str) -> Theme:
    """Return a theme by its name, or say which there are."""
    if name not in THEMES:
        raise ValueError(f"theme is {name!r}; it accepts {', '.join(map(repr, THEMES))}.")
    return THEMES[name]


def new_figure(theme: str, *, width: int = WIDTH, height: int, title: str = "") -> go.Figure:
    """Return an empty figure in the style of the house.

    Parameters
    ----------
    theme : {"light", "dark"}
        Its inks.
    width, height : int
        In pixels.
    title : str
        Text above it; none by default, as in papers.
    """
    figure = go.Figure()
    style(figure, theme, width=width, height=height, title=title)
    return figure


def style(
    figure: go.Figure, theme: str, *, width: int = WIDTH, height: int, title: str = ""
) -> go.Figure:
    """Give a figure, such as one of `plotly.subplots.make_subplots`, the style of the house."""
    inks = theme_of(theme)
    axis = {
        "linecolor": inks.ink,
        "tickcolor": inks.ink,
        "gridcolor": inks.faint,
        "zeroline": False,
        "showgrid": False,
        "showline": True,
        "ticks": "outside",
        "ticklen": 3,
        "title": {"standoff": 4, "font": {"size": TEXT}},
    }
    layout = go.Layout(
        font={"family": FONT, "size": TEXT, "color": inks.ink},
        paper_bgcolor=inks.ground,
        plot_bgcolor=inks.ground,
        xaxis=axis,
        yaxis=axis,
        margin={"l": 48, "r": 12, "t": 12, "b": 40},
        hoverlabel={"font": {"family": FONT, "size": TEXT}, "align": "left"},
        legend={"font": {"size": TEXT}, "bgcolor": "rgba(0,0,0,0)"},
        annotationdefaults={"font": {"size": TEXT, "color": inks.ink}, "showarrow": False},
    )
    figure.update_layout(template=go.layout.Template(layout=layout), width=width, height=height)
    if title:
        figure.update_layout(title={"text": title}, margin={"t": 40})
    return figure


def one_of(name: str, value: object, accepted: Sequence[object]) -> None:
    """Refuse a value that is none of those accepted, and list them."""
    if value not in accepted:
        listed = ", ".join(map(repr, accepted))
        raise ValueError(f"{name} is {value!r}; it accepts {listed}.")
