"""Tag clouds: what neurons answer, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.option_checks import check_choice
from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["TagClouds"]


class TagClouds(View):
    """Classes that neurons answer, and what these are kinds of, as words (Fig. 10).

    A click on a word searches for it.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    of : {"auto", "neuron", "selection"}
        Of the focused neuron, or the mean of all neurons in view; ``"auto"`` is the focused neuron
        where there is one.
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
        of: str = "auto",
        height: int | None = None,
    ) -> None:
        check_choice("of", of, ("auto", "neuron", "selection"))
        super().__init__(atlas, selection, {"kind": of, "height": checked_height(height)})
