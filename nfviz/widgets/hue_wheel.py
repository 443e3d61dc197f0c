"""The hue wheel: color-selective neurons in view, at their hue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.option_checks import check_count
from nfviz.summaries.hue_wheel import RINGS
from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["HueWheel"]


class HueWheel(View):
    """Neuron features of the neurons in view at their hue, on the rings of their layers (Fig. 7).

    Hover enlarges a feature, a click focuses its neuron, a click with shift pins it. As long as no
    lower bound is set for color selectivity, neurons below 0.40 are left out. Where neurons crowd,
    the most selective of each part of a ring are drawn, and how many are not is said.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    rings : int
        Rings at most; neighboring layers share one where there are more.
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
        rings: int = RINGS,
        height: int | None = None,
    ) -> None:
        rings = check_count("rings", rings, 1)
        super().__init__(atlas, selection, {"rings": rings, "height": checked_height(height)})
