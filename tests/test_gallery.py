from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from picture_atlas import make_atlas, picture, texts, trace

from nfviz.figures import gallery
from nfviz.figures.mosaic import picture_of
from nfviz.figures.sheet import cut_text
from nfviz.figures.shelves import fill_shelves
from nfviz.summaries.gallery import summarize_gallery


def plot_gallery(atlas, *arguments, **options):
    """Small pictures are made in less time."""
    return gallery.plot_gallery(atlas, *arguments, **{"width": 240, **options})


def order(atlas, *arguments, **options):
    return list(summarize_gallery(atlas, *arguments, **options).index)


def test_neurons_are_named_by_a_slice_an_index_or_pairs():
    atlas = make_atlas()
    some = atlas.neurons[atlas.neurons["color_selectivity"] > 0.5]
    assert order(atlas, some) == list(some.index)
    assert order(atlas, some.index) == list(some.index)
    assert order(atlas, [("conv2", 4), ("conv1", 0)]) == [("conv2", 4), ("conv1", 0)]
    assert order(atlas, [["conv2", 4]]) == [("conv2", 4)]
    assert order(atlas, ("conv2", 4)) == [("conv2", 4)]
    assert order(atlas, [("conv1", 1), ("conv1", 1)]) == [("conv1", 1)] * 2
    assert order(atlas, []) == []


def test_all_live_neurons_that_have_a_feature_are_the_default():
    dead = np.zeros(15, dtype=bool)
    dead[3] = True
    atlas = make_atlas(dead=dead)
    features = {name: array for name, array in atlas.features.items() if name != "conv2"}
    atlas = replace(atlas, features=features)
    names = [("conv1", unit) for unit in (0, 1, 2, 4, 5)] + [("conv3", unit) for unit in range(4)]
    assert order(atlas) == names
    assert order(atlas, [("conv1", 3)]) == [("conv1", 3)]


def test_sorting_is_downward_keeps_ties_and_puts_the_unknown_last():
    values = [0.1, 0.9, np.nan, 0.5, 0.9, 0.2]
    atlas = make_atlas({"a": (6, 3)}, sharpness=values)
    assert [unit for _, unit in order(atlas, sort_by="sharpness")] == [1, 4, 3, 5, 0, 2]
    upward = order(atlas, sort_by="sharpness", ascending=True)
    assert [unit for _, unit in upward] == [0, 5, 3, 1, 4, 2]
    assert [unit for _, unit in order(atlas, sort_by="unit")] == [5, 4, 3, 2, 1, 0]
    assert list(atlas.neurons.columns) == list(summarize_gallery(atlas).columns[:-1])


def test_layers_sort_and_group_by_depth_not_by_name():
    atlas = make_atlas({"z": (2, 3), "a": (2, 3)})
    mixed = [("a", 0), ("z", 1), ("a", 1), ("z", 0)]
    assert [layer for layer, _ in order(atlas, mixed, sort_by="layer", ascending=True)] == [
        "z", "z", "a", "a",
    ]  # fmt: skip
    table = summarize_gallery(atlas, mixed, group_by="layer")
    assert list(table.index) == [("z", 1), ("z", 0), ("a", 0), ("a", 1)]
    assert list(table["group"]) == [0, 0, 1, 1]


def test_groups_keep_the_order_within():
    atlas = make_atlas(
        {"a": (5, 3)}, color_name=["red", "blue", None, "blue", "red"], sharpness=range(5)
    )
    table = summarize_gallery(atlas, sort_by="sharpness", group_by="color_name")
    assert [unit for _, unit in table.index] == [3, 1, 4, 0, 2]
    assert list(table["group"]) == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"neurons": [("conv9", 0)]}, r"\('conv9', 0\); the atlas has 'conv1' \(units 0 to 5\)"),
        ({"neurons": [("conv1", 6)]}, r"names \('conv1', 6\)"),
        ({"neurons": "conv1"}, "neurons is 'conv1'; it accepts a slice"),
        ({"neurons": 3}, "neurons is 3"),
        ({"neurons": ["conv1"]}, "neurons holds 'conv1'; it accepts pairs"),
        ({"sort_by": "sharp"}, "sort_by is 'sharp'; it accepts 'layer', 'unit', 'max_activation'"),
        ({"group_by": "sharp"}, "group_by is 'sharp'; it accepts"),
    ],
)
def test_what_does_not_exist_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        summarize_gallery(make_atlas(), **arguments)


def test_a_neuron_without_a_feature_is_refused():
    atlas = make_atlas()
    atlas = replace(atlas, features={"conv1": atlas.features["conv1"]})
    with pytest.raises(ValueError, match="keeps no neuron feature; it has those of 'conv1'"):
        summarize_gallery(atlas, [("conv2", 0)])


@pytest.mark.parametrize("seed", range(5))
def test_shelves_overlap_nowhere_and_fill_the_width(seed):
    random = np.random.default_rng(seed)
    sides = random.uniform(2, 40, 30)
    room = np.maximum(sides, random.uniform(0, 30, 30))
    groups = np.sort(random.integers(0, 3, 30))
    found = fill_shelves(sides, room, groups, width=150, gap=4, below=10, heading=20)
    left, top, side = found.boxes.T
    np.testing.assert_array_equal(side, sides)
    assert left.min() >= 0
    assert (left + side).max() <= 150
    assert (top + side + 10).max() == pytest.approx(found.height)
    apart_x = (left[:, None] + side[:, None] <= left + 1e-9) | (left + side <= left[:, None] + 1e-9)
    apart_y = (top[:, None] + side[:, None] + 10 <= top + 1e-9) | (
        top + side + 10 <= top[:, None] + 1e-9
    )
    assert (apart_x | apart_y)[~np.eye(30, dtype=bool)].all()
    assert [group for group, _ in found.headings] == sorted(set(groups))


def test_a_picture_wider_than_the_shelf_stands_alone():
    found = fill_shelves(np.array([50.0, 5]), np.array([50.0, 5]), np.zeros(2), width=30, gap=1)
    assert found.boxes[1, 1] > found.boxes[0, 1] + 49


def sides(figure):
    return np.asarray(trace(figure, "neurons").marker.size)


def test_features_stand_in_rows_of_so_many_columns():
    figure = plot_gallery(make_atlas({"a": (10, 7)}), columns=4, labels=None)
    points = trace(figure, "neurons")
    assert len(set(np.round(points.x, 3))) == 4
    assert len(set(np.round(points.y, 3))) == 3
    assert len(set(sides(figure))) == 1
    assert len(figure.layout.images) == 1


def test_true_scale_is_in_proportion_to_the_field_and_equal_scale_is_not():
    atlas = make_atlas({"a": (1, 10), "b": (1, 40)})
    small, large = sides(plot_gallery(atlas, scale="true", columns=4, labels=None))
    assert large == pytest.approx(4 * small)
    assert len(set(sides(plot_gallery(atlas, columns=4, labels=None)))) == 1


def test_each_picture_lies_where_its_text_says():
    atlas = make_atlas({"a": (3, 2)})
    levels = np.array([10, 100, 200], np.float32)
    atlas = replace(atlas, features={"a": np.tile(levels[:, None, None, None], (1, 2, 2, 3))})
    figure = plot_gallery(atlas, [("a", 2), ("a", 0), ("a", 1)], columns=3)
    image, points = figure.layout.images[0], trace(figure, "neurons")
    pixels = picture(image)
    scale = pixels.shape[1] / image.sizex
    for x, y, level in zip(points.x, points.y, (200, 10, 100), strict=True):
        assert pixels[int(y * scale), int(x * scale), 0] == level
    assert [text.split("<br>")[0] for text in points.hovertext] == [
        "<b>a</b>, unit 2", "<b>a</b>, unit 0", "<b>a</b>, unit 1",
    ]  # fmt: skip


def test_hover_tells_the_neuron_and_escapes_names():
    atlas = make_atlas({"<i>": (2, 3)}, hue=[np.nan, 100.4], dead=[True, False], n_images=[0, 2])
    first, second = trace(plot_gallery(atlas, atlas.neurons), "neurons").hovertext
    assert first.startswith("<b>&lt;i&gt;</b>, unit 0<br>dead")
    assert "hue" not in first
    assert "hue 100°" in second
    assert "color selectivity" in second
    assert second.endswith("&lt;b&gt;dog&lt;/b&gt; 100%")


def test_labels():
    atlas = make_atlas({"one": (3, 3), "two": (3, 3)}, sharpness=[0.123, np.nan, 0, 0, 0, 0])
    assert "one<br>1" in texts(plot_gallery(atlas))
    single = atlas.neurons.loc[["one"]]
    assert texts(plot_gallery(atlas, single)).split("\n") == ["0", "1", "2"]
    assert "one" in texts(plot_gallery(atlas, single, labels="layer"))
    lines = texts(plot_gallery(atlas, single, labels=["unit", "sharpness"]))
    assert lines.split("\n") == ["0<br>0.12", "1<br>-", "2<br>0.00"]
    assert texts(plot_gallery(atlas, labels=None)) == ""
    grouped = texts(plot_gallery(atlas, group_by="layer"))
    assert "<b>one</b>  (3)" in grouped
    assert "one<br>" not in grouped
    assert "<b>color_name blue</b>" in texts(plot_gallery(atlas, group_by="color_name"))


def test_labels_are_cut_at_a_point_and_escaped():
    assert cut_text("layer3.1.conv2", 200) == "layer3.1.conv2"
    assert cut_text("layer3.1.conv2", 70) == "…1.conv2"
    assert cut_text("features.12.expand3x3", 88) == "…12.expand3x3"
    assert cut_text("abcdefghijkl", 40) == "…hijkl"
    figure = plot_gallery(make_atlas({"a<b": (1, 3), "c": (1, 3)}))
    assert "a&lt;b" in texts(figure)


def test_many_neurons_get_no_labels_by_default_and_are_one_picture():
    figure = plot_gallery(make_atlas({"a": (401, 3)}))
    assert texts(figure) == ""
    assert len(figure.layout.images) == 1
    assert len(trace(figure, "neurons").x) == 401


def test_an_empty_selection_says_so():
    atlas = make_atlas()
    for group_by in (None, "layer"):
        figure = plot_gallery(atlas, [], sort_by="sharpness", group_by=group_by)
        assert "no neurons are selected" in texts(figure)
    dead = make_atlas(dead=np.ones(15, dtype=bool))
    assert "no neurons are selected" in texts(plot_gallery(dead))


def test_odd_atlases_draw():
    layers = {f"stage{number}.{number % 7}.conv2": (2, 5) for number in range(160)}
    figure = plot_gallery(make_atlas(layers), group_by="layer", width=400)
    assert texts(figure).count("<b>stage") == 160
    assert len(trace(plot_gallery(make_atlas({"a": (1, 1)})), "neurons").x) == 1
    bare = make_atlas()
    bare = replace(
        bare, ranked=bare.ranked.iloc[:0], neurons=bare.neurons[["dead"]], classes=pd.DataFrame()
    )
    assert trace(plot_gallery(bare), "neurons").hovertext[0] == "<b>conv1</b>, unit 0"
    nothing = make_atlas(sharpness=np.full(15, np.nan))
    assert len(trace(plot_gallery(nothing, sort_by="sharpness"), "neurons").x) == 15


def test_what_is_not_a_number_is_drawn_gray():
    for kind in (np.float16, np.float32):
        features = np.array([[[[0, 255, 127.4]]], [[[np.nan, np.inf, -9]]]], kind)
        atlas = replace(make_atlas({"a": (2, 1)}), features={"a": features})
        assert picture_of(atlas, "a", 0, 9).tolist() == [[[0, 255, 127]]]
        assert picture_of(atlas, "a", 1, 9).tolist() == [[[128, 128, 0]]]


def test_of_a_much_larger_feature_four_pixels_a_dot_are_read():
    feature = np.random.default_rng(0).uniform(0, 255, (1, 200, 200, 3)).astype(np.float16)
    atlas = replace(make_atlas({"a": (1, 3)}), features={"a": feature})
    assert picture_of(atlas, "a", 0, 20).shape == (100, 100, 3)
    assert picture_of(atlas, "a", 0, 40).shape == (200, 200, 3)
    np.testing.assert_array_equal(
        picture_of(atlas, "a", 0, 20), np.rint(feature[0, ::2, ::2].astype(float))
    )


def test_every_option_is_refused_or_signed():
    atlas = make_atlas()
    figure = plot_gallery(
        atlas, [("conv1", 2)], sort_by="sharpness", columns=3, theme="dark", width=408
    )
    origin = figure.layout.meta["nfviz"]
    assert origin["function"] == "plot_gallery"
    assert origin["parameters"]["neurons"] == [["conv1", 2]]
    assert (figure.layout.width, origin["parameters"]["theme"]) == (408, "dark")
    for options, message in (
        ({"scale": "log"}, "scale is 'log'; it accepts 'equal', 'true'"),
        ({"columns": 0}, "columns is 0; it accepts an integer from 1"),
        ({"labels": "name"}, "labels is 'name'; it accepts 'layer', 'unit', 'neuron'"),
        ({"theme": "blue"}, "theme is 'blue'"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_gallery(atlas, **options)
