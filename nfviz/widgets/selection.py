"""What is shown of an atlas: the state that all views of it share."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from traitlets import Bunch

from nfviz.atlas import Atlas
from nfviz.state.address import DEFAULTS, from_address, to_address
from nfviz.state.in_view import State, rules_of
from nfviz.state.state_text import describe_state
from nfviz.widgets.guarded import GuardedWidget
from nfviz.widgets.state_checks import StateChecks, StateError
from nfviz.widgets.state_traits import (
    RangesTrait,
    StateTrait,
    name_traits,
    near_names,
    refuse_unknown,
    start_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


__all__ = ["Selection", "checked_atlas"]

_PARTS = (*DEFAULTS, "layers", "ranges", "search", "focus", "pinned")
_STAY = ("focus", "pinned", "error")  # When the selection is reset.


class Selection(GuardedWidget):
    """What is shown of an atlas; views that are given the same one are linked.

    It has a trait for each part of the state: set it and all views follow, move a slider and it
    changes. ``observe``, `traitlets.link` and `ipywidgets.jslink` work as with any widget.

    ``threshold``, ``n_max`` and ``min_activation`` measure anew these columns, as far as
    ``atlas.neurons`` has them: ``n_images``, ``n_labeled``, ``n_classes``, ``class_selectivity``
    with its ``_floor``, ``_norm`` and ``_chance``, ``top_label`` and ``top_label_share``. All
    others, also purity, entropy and effective classes, stay as recorded, with the image sets of
    the atlas itself.

    Parameters
    ----------
    atlas : Atlas
        Of which neurons are shown.
    address : str, optional
        Where to start: the end of an explorer's address, ``"#color_selectivity=0.4..1"``. What it
        says of layers, columns and neurons that the atlas lacks is passed over.
    **state
        Where to start, by trait.

    Attributes
    ----------
    layers : tuple of str
        Layers whose neurons are shown, in depth order; all by default.
    <column> : (float, float)
        Bounds of a column of numbers of ``atlas.neurons``, inclusive, one trait for each; None
        leaves an end open. ``search_range`` is that of a column ``search``: a name that is taken
        gets longer.
    ranges : dict of str to (float, float)
        The columns of which an end is not open, by name; setting it opens all others.
    threshold, n_max, min_activation
        With which class selectivity is measured: the share of the activation that the classes
        must cover, in (0, 1]; the most images in a set and their least relative activation.
    sort_by, ascending
        The order: a column, ``"layer"`` or ``"unit"``; greatest first unless ascending.
    search : str
        Words to find in the names of classes, layers, neurons and colors.
    focus : (str, int) or None
        The neuron that is looked at, by layer and unit.
    pinned : tuple of (str, int)
        Neurons that are kept aside.
    error : str
        What went wrong in an observer when the page changed the state.

    Raises
    ------
    TypeError
        If a keyword is unknown.
    ValueError
        If a layer, column or neuron is unknown, a number is out of range, or the address tells
        nothing of the atlas.

    Examples
    --------
    >>> selection = nfviz.Selection(atlas, color_selectivity=(0.4, 1))
    >>> selection.layers = ["conv5"]
    >>> bool((selection.selected["color_selectivity"] >= 0.4).all())
    True
    """

    _esm = "export default {};"

    layers = StateTrait().tag(sync=True)
    threshold = StateTrait().tag(sync=True)
    n_max = StateTrait().tag(sync=True)
    min_activation = StateTrait().tag(sync=True)
    sort_by = StateTrait().tag(sync=True)
    ascending = StateTrait().tag(sync=True)
    search = StateTrait().tag(sync=True)
    focus = StateTrait().tag(sync=True)
    pinned = StateTrait().tag(sync=True)
    error = StateTrait().tag(sync=True)
    ranges = RangesTrait()

    _views = 0
    _made = False  # For a view, by whoever made that.
    serves_crops = False  # Whether requests of the page for crops are answered.

    _told: dict[str, tuple[float, float]] | None = None
    _found: tuple[State, NDArray[np.intp]] | None = None
    _table: tuple[State, pd.DataFrame] | None = None

    def __init__(self, atlas: Atlas, *, address: str = "", **state: Any) -> None:
        self._atlas = checked_atlas(atlas)
        self._rules = rules = rules_of(atlas)
        self._trait_of = name_traits(rules.columns, dir(Selection))
        self._column_of = {trait: column for column, trait in self._trait_of.items()}
        self._start = start_of(rules, self._trait_of)
        self._checks = StateChecks(rules, self._column_of)
        refuse_unknown(state, self._known_names())
        given = self._from_address(address) if address else {}
        given |= self._by_trait(state)
        self.add_traits(**{trait: StateTrait().tag(sync=True) for trait in self._column_of})
        super().__init__(**{**self._start, **given})
        self._told = self.ranges

    @property
    def atlas(self) -> Atlas:
        """The atlas."""
        return self._atlas

    @property
    def state(self) -> State:
        """What decides which neurons are in view."""
        return State(
            layers=tuple(self.layers),
            ranges=self.ranges,
            threshold=self.threshold,
            n_max=self.n_max,
            min_activation=self.min_activation,
            sort_by=self.sort_by,
            ascending=self.ascending,
            search=self.search,
        )

    @property
    def rows(self) -> NDArray[np.intp]:
        """Positions in ``atlas.neurons`` of the neurons in view, in their order."""
        state = self.state
        if self._found is None or self._found[0] != state:
            self._found = state, self._rules.rows(state)
        return self._found[1].copy()

    @property
    def selected(self) -> pd.DataFrame:
        """The neurons in view: rows of ``atlas.neurons`` in the order in which they are shown.

        ``n_images``, ``n_labeled``, ``n_classes``, ``top_label``, ``top_label_share`` and
        ``class_selectivity`` with its companions have their values for the thresholds of the
        selection; all other columns are as recorded.
        """
        state = self.state
        if self._table is None or self._table[0] != state:
            self._table = state, self._rules.selected(state)
        return self._table[1].copy()

    @property
    def summary(self) -> str:
        """How many neurons are in view, and what decides it, in words."""
        return describe_state(self._rules, self.state, len(self.rows))

    @property
    def address(self) -> str:
        """The state as the end of an address; what is set may be a whole address.

        An address that tells nothing of the atlas is refused; ``"#"`` alone shows everything.
        """
        return to_address({name: getattr(self, name) for name in _PARTS}, self._rules.facts)

    @address.setter
    def address(self, text: str) -> None:
        self._set_all({**self._start, "error": self.error, **self._from_address(text)})

    def reset(self) -> None:
        """Show everything again; the focused and the pinned neurons stay."""
        self._set_all({name: value for name, value in self._start.items() if name not in _STAY})

    def hold(self, *, made: bool = False) -> None:
        """Count one more view; with `made`, its last view closes what was made for it."""
        if self.comm is None:
            raise ValueError("selection is closed; make another one: nfviz.Selection(atlas).")
        self._views += 1
        self._made = self._made or made

    def release(self) -> None:
        """Count one view less."""
        self._views -= 1
        if self._made and not self._views:
            self.close()

    def close(self) -> None:
        """Take the model out of the page, and that of its layout."""
        if self.comm is not None:
            self.layout.close()
            super().close()

    def notify_change(self, change: Any) -> None:
        """Tell observers of a trait, and those of `ranges` where it is the trait of a column."""
        super().notify_change(change)
        if change["name"] not in self._column_of or self._told is None:
            return
        old, new = self._told, self.ranges
        if old != new:
            self._told = new
            super().notify_change(Bunch(name="ranges", old=old, new=new, owner=self, type="change"))

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse names that no trait has: nothing would follow from them."""
        if not name.startswith("_") and not hasattr(type(self), name):
            near = near_names(name, self._known_names())
            raise AttributeError(f"A Selection has no trait {name!r}{near}.")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        """Return what is in view in words."""
        return f"<nfviz.Selection: {self.summary}>"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        # There is nothing to see but text.
        return {"text/plain": repr(self)}

    def _known_names(self) -> list[str]:
        return [*(name for name in self._start if name != "error"), "ranges", "address"]

    def _mend(self, name: str, value: Any) -> Any:
        if name == "error" and value != "":
            raise ValueError("A page only takes errors away.")
        return self._checks.mend(name, value)

    def _set_all(self, values: Mapping[str, Any]) -> None:
        """Set traits at once: observers see the whole change, the page gets one message."""
        try:
            with self.hold_sync(), self.hold_trait_notifications():
                for name, value in values.items():
                    setattr(self, name, value)
        except Exception:
            # An error of an observer comes before the page hears of the rest.
            self.send_state(list(values))
            raise

    def _by_trait(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state with the traits of columns in the place of ``ranges``."""
        rest = {name: value for name, value in state.items() if name != "ranges"}
        for column, pair in self._checks.check_ranges(state.get("ranges", {})).items():
            if self._trait_of[column] in rest:
                raise TypeError(f"Selection got a range of {column!r} twice, once in ranges.")
            rest[self._trait_of[column]] = pair
        return rest

    def _from_address(self, text: Any) -> dict[str, Any]:
        if not isinstance(text, str):
            raise ValueError(f"address is {text!r}; it accepts text, such as '#th=0.9'.")
        told = text.strip()
        given = from_address(told, self._rules.facts)
        if not given and told[told.find("#") + 1 :]:
            raise StateError(
                f"address is {text!r}, which tells nothing of this atlas; it accepts the end of "
                "an explorer's address, such as '#th=0.9', or '#' alone for all neurons."
            )
        found = {}
        for name, value in self._by_trait(given).items():
            with suppress(ValueError):
                found[name] = self._checks.mend(name, value)
        return found


def checked_atlas(atlas: Any) -> Atlas:
    """Return an atlas, or refuse what is none."""
    if not isinstance(atlas, Atlas):
        raise TypeError(
            f"atlas is {type(atlas).__name__}; it accepts an nfviz.Atlas, as nfviz.load and "
            "nfviz.analyze give it."
        )
    return atlas
