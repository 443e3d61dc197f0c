"""The controls: layers, ranges of columns, search, and the thresholds of the indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.option_checks import check_choice
from nfviz.state.columns import column_names
from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["Thresholds"]


class Thresholds(View):
    """Layers, ranges of columns, search, and the thresholds that measure class selectivity anew.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    columns : sequence of str, optional
        Columns of numbers that have a slider to begin with; people can add others.
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
        columns: Sequence[str] | None = None,
        height: int | None = None,
    ) -> None:
        named = None if columns is None else list(columns)
        for column in named or ():
            check_choice("columns", column, column_names(atlas))
        super().__init__(atlas, selection, {"columns": named, "height": checked_height(height)})
