import base64
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from odd_atlases import ODD
from picture_atlas import make_atlas, texts, trace

import nfviz
from nfviz.figures.part_words import in_view
from nfviz.widgets.selection import Selection
from nfviz.widgets.state_figure import FIGURES, atlas_in_view, figure_of_state

FOCUSED = ("neuron", "tag_clouds")
SMALL = {"width": 320}


def labeled_atlas(count=60, ranks=8, seed=0):
    """Return an atlas with two layers whose image sets depend on the thresholds."""
    random = np.random.default_rng(seed)
    atlas = make_atlas({"a": (count // 2, 3), "b": (count // 2, 5)}, seed=seed)
    weights = np.sort(random.uniform(0, 1, (count, ranks)))[:, ::-1]
    weights[:, 0] = 1
    index = pd.MultiIndex.from_tuples(
        [(*neuron, rank) for neuron in atlas.neurons.index for rank in range(ranks)],
        names=["layer", "unit", "rank"],
    )
    ranked = pd.DataFrame(
        {
            "image": random.integers(0, 9, count * ranks), "activation": weights.ravel(),
            "weight": weights.ravel(), "row": 0, "col": 0,
        },
        index=index,
    )  # fmt: skip
    parameters = {"n_max": ranks, "min_activation": 0.3, "n_ranked": ranks}
    atlas = replace(atlas, ranked=ranked, manifest={**atlas.manifest, "parameters": parameters})
    sizes = (weights.reshape(count, ranks) >= 0.3).sum(axis=1)
    atlas = replace(atlas, neurons=atlas.neurons.assign(n_images=sizes))
    measured = nfviz.ClassSelectivity()(atlas)
    return replace(atlas, neurons=atlas.neurons.assign(**measured))


def parameters(figure):
    return figure.layout.meta["nfviz"]["parameters"]


def hovered(figure, name="neurons"):
    return [text.partition("<br>")[0] for text in trace(figure, name).hovertext]


def titles(index):
    return [f"<b>{layer}</b>, unit {unit}" for layer, unit in index]


@pytest.fixture(scope="module")
def atlas():
    return labeled_atlas()


def test_the_atlas_in_view_lists_the_selected_neurons_measured_anew(atlas):
    selection = Selection(atlas, color_selectivity=(0.3, 0.8), n_max=3, threshold=0.7)
    part = atlas_in_view(selection)
    expected = selection.selected.sort_index()
    pd.testing.assert_frame_equal(part.neurons.sort_index(), expected, rtol=1e-6)
    assert 10 < len(part.neurons) < 50
    assert part.neurons.index.equals(atlas.neurons.index[np.sort(selection.rows)])
    assert set(part.ranked.index.droplevel("rank")) == set(part.neurons.index)
    measured = nfviz.ClassSelectivity(threshold=0.7)(part)
    pd.testing.assert_series_equal(
        measured["class_selectivity"], part.neurons["class_selectivity"], check_names=False
    )
    assert not part.neurons["class_selectivity"].equals(
        atlas.neurons.loc[part.neurons.index, "class_selectivity"]
    )
    assert in_view(part) == " in view"
    assert in_view(atlas) == ""


def test_what_is_in_view_by_float32_is_within_the_bounds_of_its_figure():
    values = [0.4 - 1e-9, 0.5, 0.8 + 1e-9, 0.9]
    atlas = make_atlas({"a": (4, 2)}, color_selectivity=values)
    selection = Selection(atlas, color_selectivity=(0.4, 0.8))
    assert len(selection.selected) == 3
    figure = figure_of_state(selection, "hue_wheel", **SMALL)
    assert sorted(hovered(figure)) == titles(atlas.neurons.index[:3])
    assert parameters(figure)["threshold"] == 0.4


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_signed_with_the_state(name):
    atlas = make_atlas(own_layer=np.linspace(0, 1, 15))
    selection = Selection(atlas, sharpness=(0.2, 1), threshold=0.9, focus=("conv2", 3))
    figure = figure_of_state(selection, name, **SMALL)
    made = figure.layout.meta["nfviz"]
    assert made["function"] == f"plot_{name}"
    assert made["parameters"]["selection"] == selection.address
    assert made["parameters"]["width"] == 320
    whole = nfviz.plot_gallery(atlas, width=320)
    assert made["atlas"] == whole.layout.meta["nfviz"]["atlas"]
    json.dumps(figure.layout.meta)


def test_a_saved_figure_tells_its_state(tmp_path, atlas):
    selection = Selection(atlas, hue=(10, 200), sort_by="hue")
    figure = figure_of_state(selection, "gallery", **SMALL)
    path = nfviz.save_figure(figure, tmp_path / "gallery.html")
    address = nfviz.provenance(path)["parameters"]["selection"]
    assert Selection(atlas, address=address).address == selection.address == address


def test_a_gallery_has_the_selected_neurons_in_their_order(atlas):
    selection = Selection(atlas, color_selectivity=(0.5, 1), sort_by="hue", ascending=True)
    figure = figure_of_state(selection, "gallery", **SMALL)
    assert hovered(figure) == titles(selection.selected.index)
    assert parameters(figure)["neurons"] == [[a, b] for a, b in selection.selected.index]
    grouped = figure_of_state(selection, "gallery", group_by="layer", **SMALL)
    assert "<b>b</b>" in texts(grouped)


def test_a_gallery_leaves_out_neurons_without_a_feature():
    atlas = ODD["pictures of one layer"]
    figure = figure_of_state(Selection(atlas), "gallery", **SMALL)
    assert set(hovered(figure)) == set(titles(atlas.neurons.loc[["conv2"]].index))
    with pytest.raises(ValueError, match="keeps no neuron features of the neurons in view"):
        figure_of_state(Selection(atlas, layers=["conv1"]), "gallery")


def test_a_wheel_has_the_color_selective_neurons_in_view(atlas):
    selection = Selection(atlas, sharpness=(0.5, 1), layers=["b"])
    figure = figure_of_state(selection, "hue_wheel", **SMALL)
    selected = selection.selected
    shown = selected[selected["color_selectivity"] >= 0.4]
    assert set(hovered(figure)) == set(titles(shown.index))
    count = f"{len(shown)} of {len(selected)} live neurons in view"
    assert f"{count}: color selectivity ≥ 0.4" in texts(figure)
    assert parameters(figure)["layers"] == ["b"]
    lower = Selection(atlas, color_selectivity=(0.25, 1))
    figure = figure_of_state(lower, "hue_wheel", **SMALL)
    assert len(hovered(figure)) == len(lower.selected)
    assert parameters(figure)["threshold"] == 0.25
    assert parameters(figure)["layers"] is None
    asked = figure_of_state(lower, "hue_wheel", threshold=0.9, **SMALL)
    assert len(hovered(asked)) == (atlas.neurons["color_selectivity"] >= 0.9).sum()


@pytest.mark.parametrize("column", ["color_selectivity", "class_selectivity", "hue"])
def test_degrees_are_counted_among_the_neurons_in_view(atlas, column):
    selection = Selection(atlas, sharpness=(0.5, 1), n_max=2, threshold=0.6)
    figure = figure_of_state(selection, "selectivity", column=column, **SMALL)
    counts = selection.selected.groupby(level="layer", sort=False).size()
    written = texts(figure)
    assert "in view" in written
    assert "neurons" not in written
    assert figure.layout.yaxis.title.text == "live neurons in view"
    counted = {}
    for bar in figure.data:
        for layer, count in bar.customdata if bar.type == "bar" else ():
            counted[layer] = counted.get(layer, 0) + int(count)
    expected = selection.selected[column].groupby(level="layer", sort=False).count()
    assert counted == expected.to_dict()
    assert all(f"<br>{count}<br>" in written or f"{count}<br>" in written for count in counts)


def test_thresholds_of_degrees_are_the_low_bounds(atlas):
    selection = Selection(atlas, class_selectivity=(0.5, 1), hue=(30, 360))
    assert parameters(figure_of_state(selection, "selectivity"))["threshold"] == 0.4
    for column, threshold in (("class_selectivity", 0.5), ("hue", 30), ("sharpness", None)):
        figure = figure_of_state(selection, "selectivity", column=column)
        assert parameters(figure)["threshold"] == threshold
    upper = Selection(atlas, class_selectivity=(0, 0.9))
    figure = figure_of_state(upper, "selectivity", column="class_selectivity")
    assert parameters(figure)["threshold"] == 0.6


def test_joint_points_are_the_neurons_in_view(atlas):
    selection = Selection(atlas, color_selectivity=(0.3, 1), layers=["a"], n_max=4)
    figure = figure_of_state(selection, "joint", top=3, **SMALL)
    points = {name for each in figure.data if each.name in "ab" for name in each.hovertext}
    assert {text.partition("<br>")[0] for text in points} == set(titles(selection.selected.index))
    known = selection.selected["class_selectivity"].notna()
    both = selection.selected["class_selectivity"] >= 0.6
    count = f"{(both & known).sum()} of {known.sum()} neurons in view reach both thresholds"
    assert count in texts(figure)
    assert parameters(figure)["x_threshold"] == 0.3
    assert parameters(figure)["y_threshold"] == 0.6
    other = Selection(atlas, sharpness=(0.7, 1), hue=(90, 360))
    figure = figure_of_state(other, "joint", x="hue", y="sharpness", **SMALL)
    assert (parameters(figure)["x_threshold"], parameters(figure)["y_threshold"]) == (90, 0.7)


def test_clouds_and_cards_are_of_the_focused_neuron_for_the_thresholds(atlas):
    selection = Selection(
        atlas, focus=("b", 4), color_selectivity=(0.99, 1), threshold=0.5, n_max=5
    )
    assert ("b", 4) not in selection.selected.index
    weights = atlas.ranked.loc[("b", 4), "weight"].to_numpy()
    size = min(5, int((weights >= 0.3).sum()))
    own = replace(atlas, neurons=atlas.neurons.assign(n_images=size))
    expected = nfviz.plot_tag_clouds(own, ("b", 4), threshold=0.5, **SMALL)
    figure = figure_of_state(selection, "tag_clouds", **SMALL)
    assert list(trace(figure, "classes").text) == list(trace(expected, "classes").text)
    assert parameters(figure)["threshold"] == 0.5
    assert parameters(figure)["neuron"] == ["b", 4]
    card = texts(figure_of_state(selection, "neuron", **SMALL))
    assert f"feature, N = {size}" in card
    measured = nfviz.ClassSelectivity(threshold=0.5)(own).loc[("b", 4)]
    assert f"{measured['class_selectivity']:.2f}, M {measured['n_classes']:.0f}, N {size}" in card
    other = figure_of_state(selection, "neuron", neuron=("a", 0), threshold=1.0, **SMALL)
    assert parameters(other)["neuron"] == ["a", 0]
    assert parameters(other)["threshold"] == 1


def test_curves_are_of_the_neurons_in_view(atlas):
    selection = Selection(atlas, sharpness=(0.8, 1), min_activation=0.5, n_max=6, layers=["a"])
    figure = figure_of_state(selection, "activation_curves")
    named = {line.name for line in figure.data}
    assert named <= {f"{layer}, {unit}" for layer, unit in selection.selected.index}
    assert named
    assert "of the largest in view" in figure.data[0].hovertemplate
    assert {shape.y0 for shape in figure.layout.shapes} == {0.5, 0}
    assert {shape.x0 for shape in figure.layout.shapes} == {0, 6}
    nothing = figure_of_state(Selection(atlas, search="nothing"), "activation_curves")
    assert "no live neuron in view" in texts(nothing)


def test_own_responses_are_of_the_neurons_in_view():
    atlas = make_atlas(own_layer=np.linspace(0, 1, 15), dead=np.arange(15) % 5 == 0)
    selection = Selection(atlas, layers=["conv2"])
    figure = figure_of_state(selection, "own_response")
    assert "dead, of all in view" in [bar.name for bar in figure.data]
    assert parameters(figure)["layers"] == ["conv2"]
    with pytest.raises(ValueError, match="no column 'own_layer'"):
        figure_of_state(Selection(make_atlas()), "own_response")


def test_what_does_not_exist_is_refused(atlas):
    selection = Selection(atlas)
    with pytest.raises(ValueError, match="name is 'wheel'; it accepts 'gallery', 'hue_wheel'"):
        figure_of_state(selection, "wheel")
    for name in FOCUSED:
        with pytest.raises(ValueError, match=f"'{name}' is of the focused neuron, and none is"):
            figure_of_state(selection, name)
    with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
        figure_of_state(selection, "gallery", size=3)
    with pytest.raises(ValueError, match="'nothing'"):
        figure_of_state(selection, "selectivity", column="nothing")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("state", [{"search": "nothing"}, {"layers": []}])
def test_a_view_without_neurons_has_figures(name, state):
    atlas = make_atlas(own_layer=np.linspace(0, 1, 15))
    figure = figure_of_state(Selection(atlas, focus=("conv1", 0), **state), name, **SMALL)
    assert figure.layout.height > 40


@pytest.mark.parametrize("odd", [name for name in ODD if "hostile" in name])
@pytest.mark.parametrize("name", [name for name in FIGURES if name != "own_response"])
def test_figures_of_strange_names_are_drawn(name, odd):
    atlas = ODD[odd]
    layer = atlas.layers.index[0]
    selection = Selection(atlas, color_selectivity=(0.1, 1), focus=(layer, 0))
    figure = figure_of_state(selection, name, **SMALL)
    assert parameters(figure)["selection"] == selection.address


def test_the_pictures_of_a_gallery_are_those_of_the_neurons_in_view(atlas):
    def picture(figure):
        return base64.b64decode(figure.layout.images[0].source.partition(",")[2])

    selection = Selection(atlas, color_selectivity=(0.5, 1), sort_by="hue")
    chosen = nfviz.plot_gallery(atlas, selection.selected, **SMALL)
    assert picture(figure_of_state(selection, "gallery", **SMALL)) == picture(chosen)
