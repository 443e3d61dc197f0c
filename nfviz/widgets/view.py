"""What all views share: the data, the selection, and what they leave where nothing is alive."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import pandas as pd
import traitlets
from ipywidgets import widget_serialization

from nfviz.option_checks import check_count
from nfviz.widgets.crop_service import serve_crops
from nfviz.widgets.neuron_data import NeuronData, lend, take_back
from nfviz.widgets.picture import draw_picture
from nfviz.widgets.selection import Selection, checked_atlas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nfviz.atlas import Atlas

__all__ = ["View", "checked_height"]


class View(anywidget.AnyWidget):
    """A view of an atlas in a notebook. Views of one selection are linked.

    Attributes
    ----------
    atlas : Atlas
        What it shows.
    selection : Selection
        What is shown of it.
    """

    _esm = (files("nfviz.widgets") / "static" / "widget.js").read_text("utf-8")
    _css = ""
    kind = traitlets.Unicode().tag(sync=True)
    data = traitlets.Instance(NeuronData).tag(sync=True, **widget_serialization)
    selection = traitlets.Instance(Selection).tag(sync=True, **widget_serialization)
    options = traitlets.Dict().tag(sync=True)

    def __init__(
        self, atlas: Atlas, selection: Selection | None, options: Mapping[str, Any]
    ) -> None:
        """Make the view; a selection of its own where none is given."""
        self._atlas = checked_atlas(atlas)
        made = selection is None
        selection = Selection(atlas) if selection is None else _fitting(selection, atlas)
        selection.hold(made=made)
        serve_crops(selection)
        given = {name: value for name, value in options.items() if value is not None}
        super().__init__(
            kind=type(self).__name__, data=lend(atlas), selection=selection, options=given
        )

    @property
    def atlas(self) -> Atlas:
        """The atlas."""
        return self._atlas

    @property
    def selected(self) -> pd.DataFrame:
        """The neurons in view: rows of ``atlas.neurons`` in the order in which they are shown.

        Columns that follow the thresholds (`nfviz.Selection` names them) have their values for
        these thresholds; all others are as recorded.
        """
        return self.selection.selected

    @property
    def focus(self) -> tuple[str, int] | None:
        """The focused neuron, (layer, unit) or None."""
        focus: tuple[str, int] | None = self.selection.focus
        return focus

    @focus.setter
    def focus(self, neuron: tuple[str, int] | None) -> None:
        self.selection.focus = neuron

    @property
    def pinned(self) -> tuple[tuple[str, int], ...]:
        """The pinned neurons, pairs of (layer, unit)."""
        pinned: tuple[tuple[str, int], ...] = self.selection.pinned
        return pinned

    @pinned.setter
    def pinned(self, neurons: tuple[tuple[str, int], ...]) -> None:
        self.selection.pinned = neurons

    def close(self) -> None:
        """Take the view out of the page, with what no other view needs."""
        if self.comm is None:
            return
        super().close()
        self.layout.close()
        take_back(self.atlas)
        self.selection.release()

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse names that nothing would follow from."""
        if not name.startswith("_") and not hasattr(type(self), name):
            hint = f": set it on its selection, view.selection.{name}"
            raise AttributeError(
                f"The {type(self).__name__} has no {name!r} to set"
                f"{hint if hasattr(self.selection, name) else ''}."
            )
        super().__setattr__(name, value)

    @traitlets.validate("data", "selection")
    def _stay(self, proposal: Any) -> Any:
        """Refuse to become a view of something else: the page would not follow."""
        held = self._trait_values.get(proposal["trait"].name)
        if held is not None and held is not proposal["value"]:
            raise traitlets.TraitError(
                f"The {type(self).__name__} keeps its {proposal['trait'].name}; make another view."
            )
        return proposal["value"]

    def __repr__(self) -> str:
        """Return what is in view as text."""
        return f"<nfviz.{type(self).__name__}: {self.selection.summary}>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add a picture of the state to the view, for where notebooks are read but not run."""
        bundle: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**options)
        if bundle is not None:
            bundle[0]["image/png"] = draw_picture(self.kind, self.selection, self.options)
        return bundle


def _fitting(selection: Any, atlas: Atlas) -> Selection:
    if not isinstance(selection, Selection):
        raise TypeError(
            f"selection is {type(selection).__name__}; it accepts an nfviz.Selection, such as "
            "that of another view."
        )
    if selection.atlas is not atlas:
        raise ValueError(
            "selection belongs to another atlas; views share a selection of the atlas that both "
            "show: nfviz.Selection(atlas)."
        )
    return selection


def checked_height(height: Any) -> int | None:
    """Return the height of a view in pixels, None for its own, or refuse it."""
    return None if height is None else check_count("height", height, 100, " pixels", most=5000)
