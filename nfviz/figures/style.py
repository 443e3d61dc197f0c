"""What all figures share: sizes, fonts, inks and color ramps, on light and dark ground.

Figures are laid out in pixels with text of `TEXT` pixels. `nfviz.save_figure` scales the whole
page, so that this text becomes 7 pt on paper: a column of 84 mm is about 408 such pixels wide.
"""

from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from nfviz.option_checks import check_choice

TEXT = 12
"""Height of the text in pixels; nothing is written smaller than nine tenths of it."""

SMALL_TEXT = 11
"""Height of labels in pixels."""

WIDTH = 640
"""Width of a figure in pixels where nothing else is asked for."""

NARROWEST, WIDEST = 200, 5000
"""Widths in pixels between which figures are drawn."""

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

DEPTHS = {
    "light": ("#c9b037", "#5fa777", "#2f7f93", "#414487", "#3b0f4f"),
    "dark": ("#fde725", "#7ad151", "#22a884", "#5b93c9", "#a98fe0"),
}
"""Inks of layers from the first to the last, on each ground."""

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


def steps(column: str, count: int) -> list[str]:
    """Return so many colors of the column's ramp, from low to high, as ``rgb(r, g, b)``.

    Gray for low, the ink of the column for high.
    """
    colors = _RAMPS[_RAMP_OF.get(column, "purple")]
    scale = [[place / (len(colors) - 1), color] for place, color in enumerate(colors)]
    places = [(2 * step + 1) / (2 * count) for step in range(count)]
    found: list[str] = sample_colorscale(scale, places)
    return found


def theme_of(name: str) -> Theme:
    """Return a theme by its name, or say which there are."""
    check_choice("theme", name, tuple(THEMES))
    return THEMES[name]


def new_figure(theme: str, *, width: int = WIDTH, height: int) -> go.Figure:
    """Return an empty figure in the style of the house.

    Parameters
    ----------
    theme : {"light", "dark"}
        Its inks.
    width, height : int
        In pixels.
    """
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
    template = go.layout.Template(layout=layout)
    return go.Figure(layout={"template": template, "width": width, "height": height})
