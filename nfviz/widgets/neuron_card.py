"""The card of the focused neuron: all that is known about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["NeuronCard"]


class NeuronCard(View):
    """All that is known about the focused neuron: feature, crops, curve, classes, numbers.

    The crops are those that the atlas keeps (``atlas.crops``).

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
