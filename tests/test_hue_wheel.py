from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from picture_atlas import make_atlas, picture, texts, trace

from nfviz.figures import hue_wheel
from nfviz.figures.rings import place_on_rings
from nfviz.opponent import hue_to_rgb
from nfviz.summaries.hue_wheel import share_rings, summarize_hue_wheel, summarize_hues

HEAD = 22


def plot_hue_wheel(atlas, *arguments, **options):
    """Small pictures are made in less time."""
    return hue_wheel.plot_hue_wheel(atlas, *arguments, **{"width": 316, **options})


def on_wheel(figure, name="neurons"):
    """Return the hue angles and radii at which a trace lies."""
    points = trace(figure, name)
    width = figure.layout.xaxis.range[1]
    x, y = np.asarray(points.x) - width / 2, HEAD + width / 2 - np.asarray(points.y)
    return np.degrees(np.arctan2(y, x)) % 360, np.hypot(x, y)


def test_the_table_has_the_selective_neurons_by_ring_from_the_most_selective_down():
    atlas = make_atlas(
        {"z": (4, 3), "a": (3, 3)},
        color_selectivity=[0.4, 0.39, 0.9, 0.9, 0.5, np.nan, 0.7],
        hue=[10, 20, 30, 40, np.nan, 50, 60.0],
        balance=[0.5, 0, 0.6, 0, 1, 1, 0.51],
    )
    table = summarize_hue_wheel(atlas)
    assert list(table.index) == [("z", 2), ("z", 3), ("z", 0), ("a", 2)]
    assert list(table["ring"]) == [0, 0, 0, 1]
    assert list(table["place"]) == [0, 1, 2, 0]
    assert list(table["opponent"]) == [True, False, False, True]
    assert list(summarize_hue_wheel(atlas, 0.6, layers="a")["ring"]) == [0]
    assert len(summarize_hue_wheel(atlas, 0)) == 5
    assert list(summarize_hue_wheel(atlas, rings=1)["ring"]) == [0] * 4


def test_neighbors_in_depth_share_a_ring_where_layers_are_many():
    assert share_rings(["a", "b", "c"], 8) == [["a"], ["b"], ["c"]]
    assert share_rings(list("abcdefgh"), 3) == [list("abc"), list("def"), list("gh")]
    shared = share_rings([str(number) for number in range(160)])
    assert len(shared) == 6
    assert {len(layers) for layers in shared} == {26, 27}
    assert share_rings([], 3) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 1.1}, "threshold is 1.1; it accepts a number from 0 to 1"),
        ({"layers": "conv9"}, "'conv9'.*'conv1', 'conv2', 'conv3'"),
        ({"rings": 0}, "rings is 0; it accepts an integer from 1"),
        ({"top": -1}, "top is -1; it accepts an integer from 0"),
        ({"theme": "blue"}, "theme is 'blue'"),
    ],
)
def test_what_does_not_exist_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plot_hue_wheel(make_atlas(), **options)


def test_missing_columns_are_named():
    atlas = make_atlas()
    atlas = replace(atlas, neurons=atlas.neurons.drop(columns="hue"))
    with pytest.raises(ValueError, match=r"no column 'hue': call nfviz\.score"):
        summarize_hue_wheel(atlas)


def test_the_hues_of_the_images_are_shares_of_36_bins():
    atlas = make_atlas()
    table = summarize_hues(atlas)
    assert list(table.index) == list(range(0, 360, 10))
    assert table["share"].sum() == pytest.approx(1)
    total = 359 * 360 / 2
    assert table["share"].loc[350] == pytest.approx(sum(range(350, 360)) / total)
    assert summarize_hues(atlas, bins=360)["share"].loc[7] == pytest.approx(7 / total)
    with pytest.raises(ValueError, match="bins is 100; it accepts a divisor of 360"):
        summarize_hues(atlas, bins=100)
    assert len(summarize_hues(replace(atlas, hues=pd.DataFrame()))) == 0
    assert summarize_hues(replace(atlas, hues=atlas.hues * 0))["share"].sum() == 0


def crowd(count, rings, seed):
    random = np.random.default_rng(seed)
    near = random.random(count) < 0.6
    angle = np.where(near, random.normal(56, 25, count), random.uniform(0, 360, count)) % 360
    return angle, np.sort(random.integers(0, rings, count))


def overlaps(angle, placed, side):
    x, y = placed.radius * np.cos(np.radians(angle)), placed.radius * np.sin(np.radians(angle))
    near = [np.abs(axis[:, None] - axis) < side * (1 - 1e-6) for axis in (x, y)]
    return ((near[0] & near[1]).sum() - len(angle)) // 2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [0, 1, 7, 60])
def test_pictures_on_rings_never_overlap_and_rings_never_mix(count, seed):
    angle, ring = crowd(count, 4, seed)
    placed = place_on_rings(angle, ring, rings=4, inner=50, outer=300, smallest=3, largest=40)
    assert not placed.overlap
    assert overlaps(angle, placed, placed.side) == 0
    assert placed.radius.max(initial=0) + 0.75 * placed.side <= 300 + 1e-6
    assert (np.diff(placed.circles) > placed.side).all()
    for number in range(4):
        members = placed.radius[ring == number]
        assert (members >= placed.circles[number] - 1e-9).all()
        if number < 3:
            assert (members + placed.side <= placed.circles[number + 1]).all()


def test_the_first_of_a_ring_lies_on_its_circle_and_only_who_is_crowded_moves_out():
    angle = np.array([0, 90, 180, 1.0, 2])
    placed = place_on_rings(
        angle, np.zeros(5, int), rings=1, inner=50, outer=200, smallest=3, largest=20
    )
    assert placed.radius[:3] == pytest.approx(50)
    assert placed.side == 20
    # As far out as the side, less what the turn by one degree brings.
    assert placed.radius[3] == pytest.approx(70 / np.cos(np.radians(1)))
    assert placed.radius[4] > placed.radius[3] + 19.9


def test_too_many_pictures_overlap_at_the_smallest_size_and_stay_on_the_wheel():
    angle, ring = crowd(900, 6, 1)
    placed = place_on_rings(angle, ring, rings=6, inner=50, outer=300, smallest=14, largest=40)
    assert placed.overlap
    assert placed.side == 14
    assert placed.radius.max() <= 300 - 0.7 * 14
    assert placed.radius.min() >= 50
    for number in range(5):
        inner, outer = placed.radius[ring == number], placed.radius[ring == number + 1]
        assert inner.max() < outer.min()


def test_features_stand_exactly_at_their_hue_ring_by_ring():
    atlas = make_atlas({"a": (30, 3), "b": (30, 5), "c": (30, 7)}, seed=4)
    table = summarize_hue_wheel(atlas)
    angle, radius = on_wheel(plot_hue_wheel(atlas))
    np.testing.assert_allclose((angle - table["hue"] + 180) % 360, 180, atol=1e-9)
    extents = [radius[table["ring"] == ring] for ring in range(3)]
    assert extents[0].max() < extents[1].min()
    assert extents[1].max() < extents[2].min()


@pytest.mark.parametrize(
    ("hue", "where"), [(0, (1, 0)), (90, (0, -1)), (180, (-1, 0)), (270, (0, 1))]
)
def test_rose_is_right_yellow_on_top(hue, where):
    atlas = make_atlas({"a": (1, 3)}, hue=[hue], color_selectivity=[1])
    figure = plot_hue_wheel(atlas)
    points, middle = trace(figure, "neurons"), figure.layout.xaxis.range[1] / 2
    away = np.array([points.x[0] - middle, points.y[0] - HEAD - middle])
    np.testing.assert_allclose(away / np.hypot(*away), where, atol=1e-9)
    assert list(figure.layout.yaxis.range) == sorted(figure.layout.yaxis.range, reverse=True)


def test_the_picture_of_a_neuron_lies_at_its_place():
    atlas = make_atlas({"a": (2, 1)}, hue=[0, 180], color_selectivity=[1, 1])
    levels = np.array([[[[250, 0, 0]]], [[[0, 0, 250]]]], np.float32)
    figure = plot_hue_wheel(replace(atlas, features={"a": levels}))
    image, points = figure.layout.images[0], trace(figure, "neurons")
    pixels = picture(image)
    scale = pixels.shape[1] / image.sizex
    for x, y, level in zip(points.x, points.y, levels, strict=True):
        found = pixels[int((y - image.y) * scale), int((x - image.x) * scale)]
        assert found.tolist() == [*level[0, 0], 255]
    assert pixels[0, 0, 3] == 0


def test_an_opponent_neuron_is_marked_at_both_ends_of_its_axis():
    atlas = make_atlas(
        {"a": (3, 3)}, hue=[20, 100, 300], balance=[0.9, 0.1, 0.51], color_selectivity=[1, 1, 1]
    )
    figure = plot_hue_wheel(atlas)
    angle, radius = on_wheel(figure, "opposite ends")
    np.testing.assert_allclose(angle, [200, 120])
    np.testing.assert_allclose(radius, on_wheel(figure)[1][[0, 2]])
    color = [f"rgb({r},{g},{b})" for r, g, b in np.rint(255 * hue_to_rgb([200, 120])).astype(int)]
    assert list(trace(figure, "opposite ends").marker.color) == color
    ends = np.asarray(trace(figure, "axes").x).reshape(2, 3)
    assert np.isnan(ends[:, 2]).all()


def test_there_is_a_numbered_dashed_ring_a_layer_also_without_neurons():
    atlas = make_atlas(color_selectivity=np.r_[np.ones(6), np.zeros(5), np.ones(4)])
    figure = plot_hue_wheel(atlas)
    circles = [shape for shape in figure.layout.shapes if shape.type == "circle"]
    assert [shape.line.dash for shape in circles] == ["dash"] * 3
    widths = [shape.x1 - shape.x0 for shape in circles]
    assert widths == sorted(widths)
    written = texts(figure)
    assert "10 of 15 live neurons: color selectivity ≥ 0.4" in written
    assert "<b>2</b>  conv2 (0)" in written
    assert "<i>none</i>" in written
    assert len(plot_hue_wheel(atlas, layers=["conv1"]).layout.shapes) == 1
    assert len(plot_hue_wheel(atlas, rings=2).layout.shapes) == 2


def test_rings_are_numbered_where_the_wheel_is_emptiest():
    atlas = make_atlas(
        {"a": (3, 3), "b": (1, 3)}, hue=[20, 100, 290, 330], color_selectivity=np.ones(4),
        balance=[0, 0.9, 0, 0],
    )  # fmt: skip
    figure = plot_hue_wheel(atlas)
    traces = [each for each in figure.data if each.type == "scatter"]
    (numbers,) = [each for each in traces if each.mode == "markers+text"]
    assert list(numbers.text) == ["1", "2"]
    middle = figure.layout.xaxis.range[1] / 2
    x, y = np.asarray(numbers.x) - middle, HEAD + middle - np.asarray(numbers.y)
    # Between the neuron at 100 and the opposite end of its own axis at 280.
    np.testing.assert_allclose(np.degrees(np.arctan2(y, x)) % 360, 190, atol=2)


def test_no_feature_covers_the_number_of_a_ring():
    """Near the center a feature takes up more of the angle."""
    atlas = make_atlas({"a": (5, 3), "b": (9, 3)}, color_selectivity=np.ones(14),
                       hue=[0, 70, 140, 210, 280, *range(35, 360, 40)])  # fmt: skip
    figure = plot_hue_wheel(atlas)
    traces = [each for each in figure.data if each.type == "scatter"]
    (numbers,) = [each for each in traces if each.mode == "markers+text"]
    neurons = trace(figure, "neurons")
    for x, y in zip(numbers.x, numbers.y, strict=True):
        apart = np.maximum(np.abs(x - np.asarray(neurons.x)), np.abs(y - np.asarray(neurons.y)))
        assert (apart > np.asarray(neurons.marker.size) / 2).all()


def test_the_top_neurons_are_named_with_their_crops():
    atlas = make_atlas({"a": (6, 3)}, color_selectivity=[0.5, 0.9, 0.4, 0.8, 0.7, 0.6])
    figure = plot_hue_wheel(atlas, top=3)
    written = texts(figure).split("\n")
    assert [line for line in written if ": 0." in line] == ["1: 0.90", "3: 0.80", "4: 0.70"]
    assert "<i>no crops</i>" not in written
    without = texts(plot_hue_wheel(replace(atlas, crops={}), top=3)).split("\n")
    assert without.count("<i>no crops</i>") == 3
    assert len(plot_hue_wheel(atlas, top=0).layout.images) == 1
    shared = texts(plot_hue_wheel(make_atlas(), 0, rings=1, width=640))
    assert "conv1 to conv3 (15)" in shared


def test_the_crops_drawn_are_those_of_the_neuron_the_best_first():
    atlas = make_atlas({"a": (1, 3)}, color_selectivity=[1])
    figure = plot_hue_wheel(atlas, top=1)
    image = figure.layout.images[1]
    pixels = picture(image)
    scale = pixels.shape[1] / image.sizex
    side = 64
    first = pixels[round(18 * scale) : round((18 + (side - 2) / 2) * scale)]
    first = first[:, round((side + 2) * scale) :][:, : first.shape[0]]
    corner = np.rint(first[2, 2, :3])
    np.testing.assert_array_equal(corner, atlas.crops["a"][0][0, 0, 0])


def test_the_hue_distribution_of_the_images_is_below_in_its_hues():
    atlas = make_atlas()
    figure = plot_hue_wheel(atlas)
    bars = trace(figure, "images")
    np.testing.assert_allclose(bars.y, summarize_hues(atlas)["share"])
    np.testing.assert_array_equal(bars.x, np.arange(5, 360, 10))
    color = np.rint(255 * hue_to_rgb([95])[0]).astype(int)
    assert bars.marker.color[9] == f"rgb({color[0]},{color[1]},{color[2]})"
    assert figure.layout.yaxis2.domain[1] < figure.layout.yaxis.domain[0]
    bare = plot_hue_wheel(replace(atlas, hues=pd.DataFrame()))
    assert "no hue distribution" in texts(bare)


def test_the_space_of_the_record_paints_the_hues():
    atlas = make_atlas()
    other = replace(atlas, manifest={"parameters": {"opponent": "orthonormal"}})
    painted = [trace(plot_hue_wheel(each), "images").marker.color for each in (atlas, other)]
    assert painted[0] != painted[1]


def test_nothing_to_show_says_so():
    for atlas in (
        make_atlas(color_selectivity=np.zeros(15)),
        make_atlas(color_selectivity=np.full(15, np.nan), dead=np.ones(15, dtype=bool)),
    ):
        written = texts(plot_hue_wheel(atlas))
        assert "no neuron is that color-selective" in written
        assert written.count("<i>none</i>") == 3
    assert "0 of 0 live neurons" in texts(plot_hue_wheel(make_atlas(), layers=[]))


def test_names_are_escaped_in_all_places():
    figure = plot_hue_wheel(make_atlas({"<u>": (2, 3), "b": (1, 3)}), 0, rings=1)
    assert "<u>" not in texts(figure) + "".join(trace(figure, "neurons").hovertext)
    assert "&lt;u&gt; to b" in texts(figure)


def test_160_layers_and_layers_without_features_draw():
    layers = {f"layer{number // 40}.{number}.conv2": (3, 3) for number in range(160)}
    figure = plot_hue_wheel(make_atlas(layers, crops=False), width=408)
    assert len(figure.layout.shapes) == 6
    bare = make_atlas()
    figure = plot_hue_wheel(replace(bare, features={}), 0)
    assert len(trace(figure, "neurons").x) == 15


def test_it_is_signed_with_its_options():
    figure = plot_hue_wheel(make_atlas(), 0.5, layers=["conv3", "conv1"], theme="dark")
    origin = figure.layout.meta["nfviz"]
    assert origin["function"] == "plot_hue_wheel"
    assert origin["parameters"] == {
        "threshold": 0.5, "layers": ["conv1", "conv3"], "rings": 6, "top": 4, "theme": "dark",
        "width": 316,
    }  # fmt: skip
