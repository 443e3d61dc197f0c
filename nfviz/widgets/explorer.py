"""The explorer: all views of an atlas on one page, linked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nfviz.option_checks import check_choices
from nfviz.widgets.selection import Selection
from nfviz.widgets.state_figure import figure_of_state
from nfviz.widgets.thresholds import checked_columns
from nfviz.widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from nfviz.atlas import Atlas

__all__ = ["VIEWS", "Explorer", "explore"]

VIEWS = (
    "Thresholds",
    "Gallery",
    "HueWheel",
    "SelectivityHistogram",
    "JointScatter",
    "TagClouds",
    "ActivationCurves",
    "NeuronCard",
)
"""The views of an explorer, by the names of their classes."""


class Explorer(View):
    """All views of an atlas on one page, linked; `nfviz.explore` makes one.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    views : str or sequence of str, optional
        Names of the views to show, of `VIEWS`; all by default.
    columns : str or sequence of str, optional
        Columns whose sliders are shown at first; those that people look for by default.

    Raises
    ------
    ValueError
        If there is no such view or column, or the selection belongs to another atlas.
    """

    def __init__(
        self,
        atlas: Atlas,
        *,
        selection: Selection | None = None,
        views: str | Sequence[str] | None = None,
        columns: str | Sequence[str] | None = None,
    ) -> None:
        named = None if views is None else check_choices("views", views, VIEWS)
        options = {"views": named, "columns": checked_columns(atlas, columns)}
        super().__init__(atlas, selection, options)

    def figure(self, name: str, **options: Any) -> go.Figure:
        """Return a figure of what is in view now, such as `nfviz.save_figure` saves.

        Parameters
        ----------
        name : str
            ``"gallery"``, ``"hue_wheel"``, ``"selectivity"``, ``"joint"``, ``"tag_clouds"``,
            ``"neuron"``, ``"activation_curves"`` or ``"own_response"``: the function of nfviz that
            is called like it, with ``plot_`` before its name, draws it.
        **options
            Of that function; ``width="84mm"`` for a figure that is saved in a column of 84 mm.

        Returns
        -------
        plotly.graph_objects.Figure
            Its provenance holds the state.

        Raises
        ------
        ValueError
            If there is no such figure, or it needs a focused neuron and none is.
        """
        return figure_of_state(self.selection, name, **options)


def explore(
    atlas: Atlas,
    *,
    selection: Selection | None = None,
    views: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    **state: Any,
) -> Explorer:
    """Explore an atlas in a notebook: all its views, linked, live.

    Filtering, sorting, counting and measuring class selectivity anew happen in the page, in the
    frame in which a slider moves; Python hears of it, and what it sets moves the sliders. Class
    selectivity, its companions and the top class follow th, N and the least activation (see
    `nfviz.Selection`); all other columns, color selectivity and entropy among them, stay as they
    were recorded.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; a new one by default.
    views : str or sequence of str, optional
        Names of the views to show; all by default: ``"Thresholds"``, ``"Gallery"``,
        ``"HueWheel"``, ``"SelectivityHistogram"``, ``"JointScatter"``, ``"TagClouds"``,
        ``"ActivationCurves"``, ``"NeuronCard"``.
    columns : str or sequence of str, optional
        Columns whose sliders are shown at first; those that people look for by default. The others
        can be added in the page.
    **state
        Of the new selection, as `nfviz.Selection` takes it: ``color_selectivity=(0.4, 1)``,
        ``layers=["conv5"]``, ``threshold=0.9``, ``focus=("conv5", 17)``.

    Returns
    -------
    Explorer
        ``explorer.selected`` is the DataFrame of the neurons in view, ``explorer.focus`` and
        ``explorer.pinned`` name neurons, ``explorer.figure("hue_wheel")`` gives the figure.

    Raises
    ------
    TypeError
        If a keyword is unknown, or both `selection` and a state are given.
    ValueError
        If a view, layer, column or neuron is unknown, or a number is out of range.

    Examples
    --------
    >>> explorer = nfviz.explore(atlas, color_selectivity=(0.4, 1), layers=["conv1", "conv5"])
    >>> list(explorer.selected.groupby("layer").size().index)
    ['conv1', 'conv5']
    """
    if selection is not None and state:
        raise TypeError(
            f"explore got a selection and {', '.join(sorted(state))}; set these on the selection."
        )
    if selection is not None:
        return Explorer(atlas, selection=selection, views=views, columns=columns)
    made = Selection(atlas, **state)
    made.hold(made=True)
    explorer = Explorer(atlas, selection=made, views=views, columns=columns)
    made.release()
    return explorer
