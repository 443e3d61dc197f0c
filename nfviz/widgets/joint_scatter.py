"""Two columns of every neuron against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.option_checks import check_choice
from nfviz.state.columns import column_names
from nfviz.widgets.view import View, checked_height

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["JointScatter"]


class JointScatter(View):
    """Two columns of every neuron against each other (Fig. 11), inked by the depth of the layer.

    A box drawn with the pointer narrows both columns, a lasso pins the neurons in it as well, or
    unpins them with Shift. Arrow keys go from neuron to neuron.

    Parameters
    ----------
    atlas : Atlas
        What to show.
    selection : Selection, optional
        Shared with other views; one of its own by default.
    x, y : str, optional
        Columns of numbers of ``atlas.neurons`` to begin with, by default color and class
        selectivity; people can choose others.
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
        x: str | None = None,
        y: str | None = None,
        height: int | None = None,
    ) -> None:
        for name, column in (("x", x), ("y", y)):
            if column is not None:
                check_choice(name, column, column_names(atlas))
        super().__init__(atlas, selection, {"x": x, "y": y, "height": checked_height(height)})
