"""The page and the selection: what is taken over, what is sent, what goes wrong."""

import json

import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_fixture import make_record

from nfviz.widgets.selection import Selection

ATLAS = make_record(0)


@pytest.fixture
def selection():
    made = Selection(ATLAS)
    yield made
    made.close()


@pytest.fixture
def sent(selection, monkeypatch):
    """The messages that the page gets."""
    messages = []
    monkeypatch.setattr(selection.comm, "send", lambda data, **_: messages.append(data))
    return messages


def say(selection, state):
    """What the page does when something is moved."""
    message = {"method": "update", "state": json.loads(json.dumps(state)), "buffer_paths": []}
    selection._handle_msg({"content": {"data": message}, "buffers": []})


def states(messages, method="update"):
    return [message["state"] for message in messages if message["method"] == method]


# The page.


def test_what_python_sets_is_sent(selection, sent):
    selection.focus = ("fc", 1)
    selection.hue = (0, 60)
    assert states(sent) == [{"focus": ("fc", 1)}, {"hue": (0.0, 60.0)}]
    sent.clear()
    selection.address = "#th=0.5&n=3"
    (only,) = states(sent)
    assert only == {"focus": None, "hue": (0.0, 360.0), "threshold": 0.5, "n_max": 3}
    json.dumps(selection.get_state())


@pytest.mark.parametrize("way", [say, lambda selection, state: selection.set_state(state)])
def test_what_the_page_sends_is_taken_over_and_not_sent_back(selection, sent, way):
    told = []
    selection.observe(lambda change: told.append(change.name))
    state = {
        "hue": [0, 60.5],
        "layers": ["conv1", "fc"],
        "threshold": 0.9,
        "n_max": 5,
        "min_activation": 0,
        "sort_by": "unit",
        "ascending": True,
        "search": "dog",
        "focus": ["fc", 1],
        "pinned": [["fc", 1], ["conv1", 0]],
    }
    way(selection, state)
    assert selection.hue == (0, 60.5)
    assert selection.focus == ("fc", 1)
    assert selection.pinned == (("fc", 1), ("conv1", 0))
    assert selection.state.layers == ("conv1", "fc")
    assert selection.selected.index.get_level_values("layer").isin(["conv1", "fc"]).all()
    mine = [name for name in told if not name.startswith("_")]
    assert sorted(mine) == sorted([*state, "ranges"])
    assert states(sent) == []
    assert states(sent, "echo_update") == [state]


HOSTILE = {
    "hue": [[5], [3, 2], "ab", None, [None, 1], [0, "x"], {"a": 1}, [True, 1], [[0], [1]]],
    "layers": ["conv1", None, 3, {"conv1": 1}],
    "threshold": [0, -1, "x", None, [1], True, {}],
    "n_max": ["x", None, [1], {}],
    "min_activation": ["x", None],
    "sort_by": ["__class__", None, ["hue"], {}],
    "ascending": ["x", None, [1]],
    "search": [None, 3, ["x"]],
    "focus": [["conv9", 1], ["fc", 99], ["fc", -1], ["fc", "1"], "fc/1", 3, ["fc"], [["fc"], 1]],
    "pinned": [None, 3, "x", {"fc": 1}],
    "error": ["<img>", 3, None],
    "ranges": [{"hue": [0, 1]}],
    "_esm": ["alert(1)"],
    "_atlas": [1],
    "layout": [None],
    "nonsense": [1],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in HOSTILE.items() for value in values]
)
def test_nonsense_from_the_page_changes_nothing(selection, sent, name, value):
    before = selection.get_state()
    say(selection, {name: value, "few": [0, 1]})
    after = selection.get_state()
    assert after.pop("few") == (0.0, 1.0)
    before.pop("few")
    assert after == before
    if name in selection.keys:
        # The page hears what holds.
        assert states(sent) == [{name: before[name]}]


def test_what_is_out_of_range_is_moved_into_it(selection, sent):
    say(
        selection,
        {
            "hue": [-10, 1e9],
            "color_selectivity": [0.5, 7],
            "threshold": 1.5,
            "n_max": 99.7,
            "min_activation": -1,
            "layers": ["fc", "conv9", "conv1", 3, None],
            "pinned": [["fc", 1], ["fc", 99], 3, None, ["fc", 1], ["conv1", 2]],
            "search": "x" * 5000 + "\ud800",
        },
    )
    assert selection.ranges == {"color_selectivity": (0.5, 1.0)}
    assert (selection.threshold, selection.n_max, selection.min_activation) == (1.0, 12, 0.0)
    assert selection.layers == ("conv1", "fc")
    assert selection.pinned == (("fc", 1), ("conv1", 2))
    assert selection.search == "x" * 1000
    (corrected,) = states(sent)
    assert corrected["n_max"] == 12
    assert corrected["hue"] == (0.0, 360.0)
    say(selection, {"search": "a\ud800"})
    assert selection.search == "a\ufffd"
    selection.address.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
NAMES = st.sampled_from([*HOSTILE, "few", "color_selectivity", "conv1"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES | st.text(max_size=8), JSON, max_size=5))
def test_nothing_that_the_page_sends_raises(message):
    selection = Selection(ATLAS)
    selection.set_state(message)
    assert selection.error == ""
    assert len(selection.selected) <= len(ATLAS.neurons)
    assert Selection(ATLAS, address=selection.address).state == selection.state
    selection.close()


# Errors of observers.


def test_errors_after_a_message_of_the_page_are_told(selection, sent, caplog):
    told = []

    def fail(change):
        raise RuntimeError(f"no {change.new}")

    selection.observe(fail, "threshold")
    selection.observe(lambda change: told.append(change.new), "threshold")
    selection.observe(lambda change: told.append(change.new), "ranges")
    say(selection, {"threshold": 0.5, "hue": [0, 10]})
    assert told == [0.5, {"hue": (0.0, 10.0)}]
    assert "RuntimeError: no 0.5" in selection.error
    assert "in fail" in selection.error
    assert "guarded.py" not in selection.error
    assert states(sent) == [{"error": selection.error}]
    assert "no 0.5" in caplog.text
    say(selection, {"hue": [0, 11]})
    assert selection.error == ""
    say(selection, {"threshold": 0.6})
    say(selection, {"error": ""})
    assert selection.error == ""


def test_errors_where_python_sets_a_trait_reach_it(selection):
    def fail(change):
        raise RuntimeError(change.name)

    selection.observe(fail, ["threshold", "ranges"])
    with pytest.raises(RuntimeError, match="threshold"):
        selection.threshold = 0.5
    with pytest.raises(RuntimeError, match="ranges"):
        selection.hue = (0, 10)
    assert selection.error == ""
    assert selection.threshold == 0.5


def test_the_page_hears_of_all_that_was_set_though_an_observer_failed(selection, sent):
    def fail(change):
        raise RuntimeError

    selection.observe(fail, ["threshold", "hue"])
    with pytest.raises(RuntimeError):
        selection.address = "#th=0.5&hue=0..10"
    heard = {name: value for state in states(sent) for name, value in state.items()}
    assert heard["threshold"] == 0.5
    assert heard["hue"] == (0, 10)


def test_errors_of_linked_widgets_are_told_too(selection):
    other = Selection(ATLAS)

    def fail(change):
        raise RuntimeError("far away")

    other.observe(fail, "threshold")
    traitlets.link((selection, "threshold"), (other, "threshold"))
    say(selection, {"threshold": 0.5})
    assert "far away" in selection.error
