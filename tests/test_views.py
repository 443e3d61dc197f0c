"""Views in Python: what they take, share, refuse and leave behind."""

import pytest
from ipywidgets.widgets.widget import _instances
from picture_atlas import make_atlas
from traitlets import TraitError

import nfviz
from nfviz.widgets.explorer import VIEWS

ATLAS = make_atlas()


@pytest.fixture(autouse=True)
def nothing_is_left():
    """Close what a test made, and see that nothing stays in the page."""
    before = set(_instances)
    yield
    for key in set(_instances) - before:
        if key in _instances:
            _instances[key].close()


def open_models():
    return len(_instances)


@pytest.mark.parametrize("name", VIEWS)
def test_each_view_stands_alone(name):
    view = getattr(nfviz, name)(ATLAS)
    assert view.kind == name
    assert len(view.selected) == 15
    data, _ = view._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "15 of 15 neurons" in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_views_of_one_atlas_share_its_data_and_nothing_else():
    one, two = nfviz.Gallery(ATLAS), nfviz.HueWheel(ATLAS)
    assert one.data is two.data
    assert one.selection is not two.selection
    one.selection.color_selectivity = (0.5, 1)
    assert len(two.selected) == 15 > len(one.selected)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_last_view_closes_what_was_made_for_it(order):
    before = open_models()
    explorer = nfviz.explore(ATLAS, color_selectivity=(0.2, 1))
    views = [explorer, nfviz.Gallery(ATLAS, selection=explorer.selection)]
    views[order[0]].close()
    left = views[order[1]]
    assert left.selection.comm is not None
    assert len(left.selected) == len(nfviz.Selection(ATLAS, color_selectivity=(0.2, 1)).selected)
    left.close()
    assert left.selection.comm is None
    extra = 2  # The selection of the line above, with its layout.
    assert open_models() == before + extra


def test_a_selection_of_the_user_outlives_its_views():
    selection = nfviz.Selection(ATLAS)
    nfviz.Gallery(ATLAS, selection=selection).close()
    nfviz.explore(ATLAS, selection=selection).close()
    assert selection.comm is not None
    selection.close()
    with pytest.raises(ValueError, match=r"selection is closed.*nfviz.Selection\(atlas\)"):
        nfviz.Gallery(ATLAS, selection=selection)


def test_closing_twice_is_closing_once():
    keeps = nfviz.Gallery(ATLAS)
    before = open_models()
    view = nfviz.Gallery(ATLAS)
    view.close()
    view.close()
    assert open_models() == before
    assert keeps.data.comm is not None


def test_what_nothing_would_follow_from_is_refused():
    explorer = nfviz.explore(ATLAS)
    with pytest.raises(AttributeError, match=r"The Explorer has no 'threshold' to set: .*sel"):
        explorer.threshold = 0.5
    with pytest.raises(AttributeError, match="Explorer has no 'colour' to set"):
        explorer.colour = "red"
    with pytest.raises(TraitError, match="Explorer keeps its selection; make another view"):
        explorer.selection = nfviz.Selection(ATLAS)
    explorer.focus = ("conv2", 3)
    explorer.pinned = [("conv1", 0)]
    assert explorer.selection.focus == ("conv2", 3)
    assert explorer.pinned == (("conv1", 0),)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nfviz.explore("atlas"), TypeError, "atlas is str; it accepts an nfviz.Atlas"),
        (lambda: nfviz.explore(ATLAS, color=1), TypeError, "color"),
        (lambda: nfviz.explore(ATLAS, views=["Wheel"]), ValueError, "views is 'Wheel'.*HueWheel"),
        (lambda: nfviz.explore(ATLAS, columns=["red"]), ValueError, "columns is 'red'.*'hue'"),
        (lambda: nfviz.explore(ATLAS, columns="red"), ValueError, "columns is 'red'.*'hue'"),
        (lambda: nfviz.explore(ATLAS, columns=3), ValueError, "columns is 3.*'hue'"),
        (lambda: nfviz.explore(ATLAS, views="Wheel"), ValueError, "views is 'Wheel'.*HueWheel"),
        (lambda: nfviz.explore(ATLAS, layers=["conv9"]), ValueError, "conv9.*conv1"),
        (lambda: nfviz.explore(ATLAS, threshold=2), ValueError, "threshold"),
        (lambda: nfviz.Gallery(ATLAS, selection=3), TypeError, "selection is int; it accepts"),
        (lambda: nfviz.Gallery(ATLAS, size=3), ValueError, "size is 3; it accepts an integer"),
        (lambda: nfviz.Gallery(ATLAS, scale="big"), ValueError, "scale is 'big'; it accepts"),
        (lambda: nfviz.Gallery(ATLAS, height=5), ValueError, "height is 5"),
        (lambda: nfviz.Gallery(ATLAS, colour=5), TypeError, "colour"),
        (lambda: nfviz.HueWheel(ATLAS, rings=0), ValueError, "rings is 0"),
        (lambda: nfviz.JointScatter(ATLAS, x="redness"), ValueError, "x is 'redness'"),
        (lambda: nfviz.SelectivityHistogram(ATLAS, column="dead"), ValueError, "column is 'dead'"),
        (lambda: nfviz.TagClouds(ATLAS, of="all"), ValueError, "of is 'all'"),
        (lambda: nfviz.Thresholds(ATLAS, columns=["hue", "x"]), ValueError, "columns is 'x'"),
    ],
)
def test_bad_input_is_refused_with_what_is_accepted(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_name_alone_is_a_list_of_one():
    explorer = nfviz.explore(ATLAS, views="Thresholds", columns="hue")
    assert explorer.options == {"views": ["Thresholds"], "columns": ["hue"]}
    assert nfviz.Thresholds(ATLAS, columns="hue").options["columns"] == ["hue"]
    assert nfviz.explore(ATLAS, views=(), columns=()).options == {"views": [], "columns": []}


def test_a_selection_of_another_atlas_is_refused():
    other = nfviz.Selection(make_atlas())
    with pytest.raises(ValueError, match="selection belongs to another atlas"):
        nfviz.Gallery(ATLAS, selection=other)


def test_a_state_and_a_selection_are_one_too_many():
    with pytest.raises(TypeError, match="explore got a selection and threshold"):
        nfviz.explore(ATLAS, selection=nfviz.Selection(ATLAS), threshold=0.5)


def test_crops_are_sent_when_the_page_asks():
    view = nfviz.NeuronCard(ATLAS)
    sent = []
    view.selection.send = lambda content, buffers=None: sent.append((content, buffers))
    for row in (7, 99, "7", -1, None):
        view.selection._handle_custom_msg({"type": "crops", "id": 1, "row": row}, [])
    ((content, (strip, feature)),) = sent
    assert (content["row"], content["id"], content["tile"], content["count"]) == (7, 1, [8, 8], 3)
    assert strip[:4] == feature[:4] == b"\x89PNG"


def test_an_atlas_without_crops_says_so():
    view = nfviz.NeuronCard(make_atlas(crops=False))
    sent = []
    view.selection.send = lambda content, buffers=None: sent.append(content)
    view.selection._handle_custom_msg({"type": "crops", "id": 1, "row": 0}, [])
    assert sent[0]["reason"] == "this atlas keeps no crops of this layer"


def test_a_column_of_the_user_is_there_at_once():
    def redness(atlas):
        return 5 * atlas.neurons["color_selectivity"].to_numpy()

    atlas = nfviz.score(ATLAS, redness)
    explorer = nfviz.explore(atlas, redness=(2, None), sort_by="redness")
    values = explorer.selected["redness"]
    assert (values >= 2).all()
    assert values.is_monotonic_decreasing
    assert 0 < len(values) < 15
    (column,) = [c for c in explorer.data.meta["columns"] if c["name"] == "redness"]
    assert column["slider"]
