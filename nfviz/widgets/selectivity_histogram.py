"""Histograms: degrees of a column in each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.option_checks import check_choice
from nfviz.state.columns import column_names
from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["SelectivityHistogram"]


class SelectivityHistogram(View):
    """Degrees of a column in each layer (Fig. 8 and 9), those in view inked.

    A click on a segment selects its layer and degree.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    column : str, optional
        A column of numbers of ``atlas.neurons`` to begin with, by default color selectivity;
        people can choose another.
    height : int, optional
        In pixels, 100 or more.

    Raises
    ------
    ValueError
        If an option is not accepted, or the selection belongs to another atlas.
    """

    def __init__(
        self,
        atlas: Atlas,
        *,
        selection: Selection | None = None,
        column: str | None = None,
        height: int | None = None,
    ) -> None:
        if column is not None:
            check_choice("column", column, column_names(atlas))
        super().__init__(atlas, selection, {"column": column, "height": checked_height(height)})
