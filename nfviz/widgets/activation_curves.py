"""Activation curves of the focused and pinned neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["ActivationCurves"]


class ActivationCurves(View):
    """Ranked activations of the focused and the pinned neurons (Fig. 1).

    Behind them the quartiles of the neurons in view, and the bounds of the image sets.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
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
        height: int | None = None,
    ) -> None:
        super().__init__(atlas, selection, {"height": checked_height(height)})
