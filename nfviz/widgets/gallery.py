"""The gallery: neuron features of the neurons in view, in the order of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.option_checks import check_choice, check_count
from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["Gallery"]


class Gallery(View):
    """Neuron features of the neurons in view, in the order of ``selection.sort_by``.

    Hover shows the crops, a click focuses a neuron, a click with shift pins it.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    size : int
        Side of a neuron feature in pixels, 16 to 256.
    scale : {"equal", "true"}
        All in one size, or each in proportion to its field.
    height : int, optional
        In pixels, 100 or more.

    Raises
    ------
    ValueError
        If an option is out of range, or the selection belongs to another atlas.
    """

    def __init__(
        self,
        atlas: Atlas,
        *,
        selection: Selection | None = None,
        size: int = 48,
        scale: str = "equal",
        height: int | None = None,
    ) -> None:
        size = check_count("size", size, 16, " pixels", most=256)
        check_choice("scale", scale, ("equal", "true"))
        super().__init__(
            atlas, selection, {"size": size, "scale": scale, "height": checked_height(height)}
        )
