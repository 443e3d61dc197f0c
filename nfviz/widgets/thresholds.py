"""The controls: layers, ranges of columns, search, and the thresholds of the indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.option_checks import check_choices
from nfviz.state.columns import column_names
from nfviz.widgets.selection import checked_atlas
from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["Thresholds", "checked_columns"]


class Thresholds(View):
    """Layers, ranges of columns, search, and the thresholds that measure class selectivity anew.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    columns : str or sequence of str, optional
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
        columns: str | Sequence[str] | None = None,
        height: int | None = None,
    ) -> None:
        named = checked_columns(atlas, columns)
        super().__init__(atlas, selection, {"columns": named, "height": checked_height(height)})


def checked_columns(atlas: Atlas, columns: str | Sequence[str] | None) -> list[str] | None:
    """Return the columns whose sliders are shown, or refuse one that has none."""
    if columns is None:
        return None
    return check_choices("columns", columns, column_names(checked_atlas(atlas)))
