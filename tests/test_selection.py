import gc
import json
import subprocess
import sys
from dataclasses import replace

import ipywidgets
import numpy as np
import pandas as pd
import pytest
import traitlets
from bar_atlas import make_atlas as bar_atlas
from ipywidgets.widgets.widget import _instances
from rules_fixture import make_record

from nfviz.state.in_view import rules_of
from nfviz.widgets.selection import Selection
from nfviz.widgets.state_checks import StateError

ATLAS = make_record(0)


@pytest.fixture
def selection():
    made = Selection(ATLAS)
    yield made
    made.close()


def say(selection, state):
    """What the page does when something is moved."""
    message = {"method": "update", "state": json.loads(json.dumps(state)), "buffer_paths": []}
    selection._handle_msg({"content": {"data": message}, "buffers": []})


# Where it starts, and what it accepts.


def test_at_first_everything_is_shown(selection):
    assert selection.layers == tuple(ATLAS.layers.index)
    assert (selection.threshold, selection.n_max, selection.min_activation) == (1.0, 8, 0.5)
    assert (selection.sort_by, selection.ascending) == ("color_selectivity", False)
    assert (selection.search, selection.focus, selection.pinned) == ("", None, ())
    assert selection.color_selectivity == (0, 1)
    assert selection.hue == (0, 360)
    assert selection.ranges == {}
    assert selection.address == "#"
    assert len(selection.selected) == len(ATLAS.neurons)
    assert selection.atlas is ATLAS


def test_a_state_by_keywords():
    selection = Selection(
        ATLAS,
        color_selectivity=(0.4, None),
        ranges={"hue": (None, 60)},
        layers="conv3",
        threshold=0.9,
        focus=("conv3", np.int64(5)),
        pinned=ATLAS.neurons.loc[["fc"]].iloc[:2],
    )
    assert selection.ranges == {"color_selectivity": (0.4, 1.0), "hue": (0.0, 60.0)}
    assert selection.layers == ("conv3",)
    assert selection.focus == ("conv3", 5)
    assert type(selection.focus[1]) is int
    assert selection.pinned == (("fc", 0), ("fc", 1))
    again = Selection(ATLAS, address=selection.address)
    assert again.state == selection.state
    assert again.focus == selection.focus
    assert again.pinned == selection.pinned


REFUSED = {
    "layers": [["conv9"], 3, {"conv1": 1}, [["conv1"]]],
    "threshold": [0, 1.1, -1, np.nan, "1", None, True],
    "n_max": [0, 13, 2.5, "5", None, True],
    "min_activation": [-0.1, 1.1, np.nan, None],
    "sort_by": ["sharpness", None, 3],
    "ascending": ["yes", None, 2],
    "search": [None, 3, b"dog"],
    "focus": [("conv3", 23), ("conv3", -1), ("conv3", 1.5), ("conv9", 0), "conv3/1", 3, ("conv3",)],
    "pinned": [[("conv3", 23)], "conv3", [("conv3", 1), "fc"], 3, ("conv3", 1)],
    "color_selectivity": [(0.5, 0.4), (-0.1, 1), (0, 1.1), (0,), (0, 1, 2), "ab", 0.4, (0, np.nan)],
    "ranges": [{"nothing": (0, 1)}, {"hue": (10, 5)}, {"hue": 3}, [("hue", (0, 1))], None],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values]
)
def test_python_is_refused_what_makes_no_sense(selection, name, value):
    before = selection.state
    for act in (lambda: setattr(selection, name, value), lambda: Selection(ATLAS, **{name: value})):
        with pytest.raises(StateError, match=name) as caught:
            act()
        assert isinstance(caught.value, ValueError | traitlets.TraitError)
        assert "accepts" in str(caught.value) or "the atlas lacks" in str(caught.value)
    assert selection.state == before


def test_unknown_names_are_refused_and_near_ones_suggested(selection):
    message = "unknown keyword 'colour_selectivity'; did you mean 'color_selectivity'.*accepts.*hue"
    with pytest.raises(TypeError, match=message):
        Selection(ATLAS, colour_selectivity=(0, 1))
    with pytest.raises(TypeError, match="unknown keyword 'error'"):
        Selection(ATLAS, error="x")
    with pytest.raises(AttributeError, match="no trait 'treshold'; did you mean 'threshold'"):
        selection.treshold = 0.9
    with pytest.raises(StateError, match="ranges names 'hues'; did you mean 'hue'"):
        selection.ranges = {"hues": (0, 1)}
    with pytest.raises(TypeError, match="'hue' twice"):
        Selection(ATLAS, hue=(0, 1), ranges={"hue": (0, 2)})
    with pytest.raises(ValueError, match="address is 3"):
        selection.address = 3


def test_an_address_that_tells_nothing_is_refused(selection):
    selection.hue, selection.focus = (0, 60), ("fc", 1)
    before = selection.state
    for text in ("conv5 nonsense", "#nonsense", "#th=7&layers=conv9", "x.html#hue=a", "#&"):
        with pytest.raises(StateError, match=r"address is .* tells nothing .* accepts"):
            selection.address = text
        with pytest.raises(StateError, match="address is"):
            Selection(ATLAS, address=text)
    assert selection.state == before
    assert selection.focus == ("fc", 1)
    for text in ("", "#", " # ", "x.html#", "x.html#nonsense=1&th=0.9\n"):
        selection.address = text
        assert selection.address == ("#th=0.9" if "th" in text else "#")
        selection.hue = (0, 60)


def test_layers_change_only_where_they_are_set(selection):
    with pytest.raises(AttributeError):
        selection.layers.remove("conv1")
    assert hash(selection.layers) == hash(tuple(ATLAS.layers.index))
    told = []
    selection.observe(told.append, "layers")
    selection.layers = list(ATLAS.layers.index)[::-1]
    assert not told
    selection.layers = None
    assert not told
    selection.layers = ["fc", "conv1"]
    assert [change.new for change in told] == [("conv1", "fc")]


def test_columns_called_like_something_else_get_longer_names():
    names = ["search", "layout", "x", "x_range", "_told", "close", "threshold", "search_range"]
    values = {name: [0.1, 0.9] for name in names}
    selection = Selection(bar_atlas({"a": 2}, **values), search="a", search_range=(0.5, 1))
    assert selection.search == "a"
    assert selection.ranges == {"search": (0.5, 1.0)}
    assert selection.selected.index.tolist() == [("a", 1)]
    traits = set(selection.traits(sync=True))
    longer = {"layout_range", "x", "x_range_range", "_told_range", "close_range"}
    assert longer | {"search_range", "search_range_range", "threshold_range"} <= traits
    selection.ranges = dict.fromkeys(names, (0.5, 1))
    assert selection.threshold == 1.0
    assert selection.x_range_range == (0.5, 1.0)
    assert Selection(selection.atlas, address=selection.address).ranges == selection.ranges


# What it says.


def test_its_words(selection):
    total = len(ATLAS.neurons)
    assert selection.summary == f"{total} of {total} neurons"
    selection.color_selectivity = (0.4, 1)
    selection.layers = ["conv3", "conv1"]
    shown = len(selection.selected)
    text = f"{shown} of {total} neurons: color_selectivity >= 0.40, layers conv1, conv3"
    assert repr(selection) == f"<nfviz.Selection: {text}>"
    assert selection._repr_mimebundle_() == {"text/plain": repr(selection)}
    selection.color_selectivity = (0.25, 0.5)
    selection.n_images = (0, 3)
    selection.layers, selection.search, selection.threshold = [], "a'b", 0.9
    assert selection.summary == (
        f"0 of {total} neurons: n_images <= 3, color_selectivity 0.25 to 0.50, no layers, "
        'search "a\'b", threshold 0.9'
    )
    one = bar_atlas(dict.fromkeys("abcdefg", 1), shade=0.5)
    assert Selection(one, layers=list("abcde")).summary == "5 of 7 neurons: 5 of 7 layers"
    assert Selection(bar_atlas({"a": 1}, shade=0.5)).summary == "1 of 1 neuron"


def test_selected_is_what_the_rules_say(selection):
    selection.ranges = {"color_selectivity": (0.2, 0.9)}
    selection.threshold, selection.sort_by = 0.75, "class_selectivity"
    found = selection.selected
    pd.testing.assert_frame_equal(found, rules_of(ATLAS).selected(selection.state))
    assert found.index.equals(ATLAS.neurons.index[selection.rows])
    found["hue"] = 0.0
    selection.rows[:] = 0
    assert (selection.selected["hue"] > 0).any()
    assert selection.rows.max() > 0
    selection.layers = ["fc"]
    assert set(selection.selected.index.get_level_values("layer")) == {"fc"}


def test_address(selection):
    selection.hue, selection.focus = (0, 60), ("conv3", 17)
    assert selection.address == "#hue=0..60&focus=conv3/17"
    selection.address = "file:///tmp/a.html#th=0.5&n=500&layers=conv9,conv3&x=1&pin=fc/1,fc/99"
    assert selection.address == "#layers=conv3&th=0.5&n=12&pin=fc/1"
    assert selection.focus is None
    selection.address = "#"
    assert selection.state == Selection(ATLAS).state


def test_reset_keeps_the_focused_and_the_pinned_neurons(selection):
    selection.address = "#hue=0..60&th=0.5&q=a&layers=&sort=unit&focus=conv3/17&pin=fc/1"
    selection.reset()
    assert selection.address == "#focus=conv3/17&pin=fc/1"


# Ranges and the traits of columns.


def test_ranges_and_traits_are_in_step_and_tell_once(selection):
    told = []
    selection.observe(lambda change: told.append((change.name, change.old, change.new)))
    selection.hue = (0, 60)
    assert told == [
        ("hue", (0.0, 360.0), (0.0, 60.0)),
        ("ranges", {}, {"hue": (0.0, 60.0)}),
    ]
    told.clear()
    selection.ranges = {"color_selectivity": (0.4, 1), "few": (0, 3)}
    assert [name for name, *_ in told].count("ranges") == 1
    assert {name for name, *_ in told} == {"ranges", "hue", "color_selectivity", "few"}
    assert selection.hue == (0, 360)
    told.clear()
    selection.ranges = {"few": (0, None), "color_selectivity": (0.4, None)}
    selection.hue = None
    assert told == []
    with selection.hold_trait_notifications():
        selection.hue = (0, 1)
        selection.few = None
        selection.color_selectivity = None
        assert told == []
        assert selection.ranges == {"hue": (0.0, 1.0)}
    assert [new for name, _, new in told if name == "ranges"] == [{"hue": (0.0, 1.0)}]


def test_observers_of_a_column_already_see_ranges(selection):
    seen = []
    selection.observe(lambda change: seen.append(selection.ranges), "hue")
    selection.hue = (0, 60)
    assert seen == [{"hue": (0.0, 60.0)}]


def test_an_error_in_a_hold_takes_everything_back(selection):
    told = []
    selection.observe(told.append)

    def change():
        with selection.hold_trait_notifications():
            selection.hue = (0, 60)
            selection.few = (2, 1)

    with pytest.raises(StateError, match="few is"):
        change()
    assert selection.ranges == {}
    assert [change for change in told if change.new != change.old] == []
    selection.hue = (0, 61)
    assert told[-1].new == {"hue": (0.0, 61.0)}


# Linked with others.


def test_traitlets_link(selection):
    slider = ipywidgets.FloatRangeSlider(min=0, max=360, value=(0, 360))
    link = traitlets.link((selection, "hue"), (slider, "value"))
    slider.value = (10, 20)
    assert selection.ranges == {"hue": (10.0, 20.0)}
    selection.ranges = {}
    assert slider.value == (0, 360)
    link.unlink()
    slider.value = (1, 2)
    assert selection.hue == (0, 360)
    other = Selection(ATLAS)
    traitlets.link((selection, "ranges"), (other, "ranges"))
    selection.few = (0, 1)
    assert other.few == (0, 1)
    other.few = None
    assert selection.ranges == {}
    traitlets.dlink((selection, "layers"), (other, "layers"))
    say(selection, {"layers": ["fc"]})
    assert other.layers == ("fc",)


def test_jslink(selection):
    slider = ipywidgets.FloatSlider(min=0.1, max=1)
    link = ipywidgets.jslink((slider, "value"), (selection, "threshold"))
    assert link.target == (selection, "threshold")
    model = f"IPY_MODEL_{selection.model_id}"
    assert link.get_state()["target"] == [model, "threshold"]


def test_observe_and_unobserve(selection):
    told = []

    class Listener:
        def hear(self, change):
            told.append(change.new)

    first, second = Listener(), Listener()
    for listener in (first, first, second):
        selection.observe(listener.hear, "threshold")
    selection.threshold = 0.5
    assert told == [0.5, 0.5]
    selection.unobserve(first.hear, "threshold")
    selection.threshold = 0.6
    assert told == [0.5, 0.5, 0.6]
    selection.unobserve_all()
    selection.threshold = 0.7
    assert told == [0.5, 0.5, 0.6]


# Its life.


def test_closing_closes_its_layout_too():
    before = set(_instances)
    selection = Selection(ATLAS)
    layout = selection.layout
    assert layout.comm is not None
    selection.close()
    selection.close()
    assert selection.comm is None
    assert layout.comm is None
    assert repr(selection).startswith("<nfviz.Selection: ")
    assert set(_instances) == before


def test_selections_do_not_share_what_they_are_set_to():
    other = bar_atlas({"a": 2}, shade=[0.1, 0.9])
    first, second, third = Selection(ATLAS), Selection(other), Selection(ATLAS)
    first.hue = (0, 10)
    assert third.hue == (0, 360)
    assert not second.has_trait("hue")
    assert not first.has_trait("shade")
    assert isinstance(second, Selection)


def test_a_restricted_record_has_gaps_among_its_units():
    kept = ATLAS.neurons.index.get_level_values("unit") % 2 == 1
    atlas = replace(
        ATLAS,
        neurons=ATLAS.neurons[kept],
        ranked=ATLAS.ranked[ATLAS.ranked.index.get_level_values("unit") % 2 == 1],
    )
    selection = Selection(atlas, focus=("conv3", 21))
    assert len(selection.selected) == kept.sum()
    with pytest.raises(StateError, match="the atlas lacks"):
        selection.focus = ("conv3", 2)
    selection.address = "#focus=conv3/2&pin=conv3/2,conv3/3"
    assert selection.focus is None
    assert selection.pinned == (("conv3", 3),)


def test_importing_nfviz_imports_no_widgets():
    code = (
        "import sys, nfviz; "
        "print([name for name in ('ipywidgets', 'anywidget') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_selection_that_is_closed_is_gone():
    import weakref

    selection = Selection(make_record(3))
    atlas = weakref.ref(selection.atlas)
    selection.observe(lambda change: None, "hue")
    assert len(selection.selected)
    selection.close()
    gone = weakref.ref(selection)
    del selection
    gc.collect()
    assert gone() is None
    assert atlas() is None
