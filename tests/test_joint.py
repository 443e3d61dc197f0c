from dataclasses import replace

import numpy as np
import pytest
from picture_atlas import make_atlas, texts, trace

from nfviz.figures import joint
from nfviz.summaries.joint import summarize_joint


def plot_joint(atlas, **options):
    """Small pictures are made in less time."""
    return joint.plot_joint(atlas, **{"width": 300, **options})


def planted():
    """Nine neurons: five have both, three of them tied by the smaller value."""
    return make_atlas(
        {"z": (5, 3), "a": (4, 3)},
        color_selectivity=[0.40, 0.9, 0.39, 0.9, np.nan, 0.75, 0.7, 0.95, 0.1],
        class_selectivity=[0.60, 0.59, 0.9, 0.7, 0.9, 0.75, 0.9, 0.7, 0.1],
    )


def test_neurons_with_both_are_ranked_by_the_smaller_value_then_sum_layer_and_unit():
    table = summarize_joint(planted())
    assert ("z", 4) not in table.index
    best = table[table["selected"]].sort_values("rank")
    # The smaller values are .75, .7, .7, .7, .4; the sums of those of .7 are 1.65, 1.6, 1.6.
    assert list(best.index) == [("a", 0), ("a", 2), ("z", 3), ("a", 1), ("z", 0)]
    assert list(best["rank"]) == [0, 1, 2, 3, 4]
    assert table["rank"].isna().equals(~table["selected"])


def test_thresholds_are_inclusive_and_given_where_a_column_has_none():
    atlas = planted()
    assert summarize_joint(atlas, x_threshold=0.9)["selected"].sum() == 2
    assert summarize_joint(atlas, y_threshold=0.59)["selected"].sum() == 6
    assert summarize_joint(atlas, x="sharpness", x_threshold=0)["selected"].sum() > 0
    with pytest.raises(ValueError, match="x_threshold is None; the column 'sharpness' has no"):
        summarize_joint(atlas, x="sharpness")
    with pytest.raises(ValueError, match="y_threshold=, a number"):
        plot_joint(atlas, y="n_images")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": "color"}, "x is 'color'; it accepts a column of numbers of atlas.neurons: 'max_"),
        ({"y": "color_name"}, "y is 'color_name'; it accepts"),
        ({"y": "dead"}, "y is 'dead'"),
        ({"x": "class_selectivity"}, "x and y are both 'class_selectivity'; name two"),
        ({"top": -1}, "top is -1"),
        ({"theme": "blue"}, "theme is 'blue'"),
    ],
)
def test_what_does_not_exist_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plot_joint(planted(), **options)


def test_dead_neurons_and_unknown_values_are_left_out():
    atlas = planted()
    atlas = replace(atlas, neurons=atlas.neurons.assign(dead=[True] + [False] * 8))
    table = summarize_joint(atlas)
    assert len(table) == 7
    assert list(table.columns) == ["color_selectivity", "class_selectivity", "selected", "rank"]


def test_every_neuron_is_a_point_of_its_layer():
    atlas = planted()
    table = summarize_joint(atlas)
    figure = plot_joint(atlas)
    for number, layer in enumerate(["z", "a"]):
        points = trace(figure, layer)
        np.testing.assert_array_equal(points.x, table.loc[[layer], "color_selectivity"])
        np.testing.assert_array_equal(points.y, table.loc[[layer], "class_selectivity"])
        assert set(points.marker.color) == {number}
        assert points.hovertext[0].startswith(f"<b>{layer}</b>, unit 0")


def test_the_thresholds_are_drawn():
    across, up = plot_joint(planted(), y_threshold=0.7).layout.shapes
    assert (across.x0, across.x1) == (0.4, 0.4)
    assert (up.y0, up.y1) == (0.7, 0.7)


def test_features_of_the_best_come_in_the_order_of_their_rank():
    figure = plot_joint(planted(), top=3)
    hovered = [text.split("<br>")[0] for text in trace(figure, "neurons").hovertext]
    assert hovered == ["<b>a</b>, unit 0", "<b>a</b>, unit 2", "<b>z</b>, unit 3"]
    written = texts(figure)
    assert "5 of 8 neurons reach both thresholds; the best 3:" in written
    assert "a<br>2<br>0.95 / 0.70" in written
    assert "the best" not in texts(plot_joint(planted()))
    bare = plot_joint(planted(), top=0)
    assert len(bare.layout.images) == 0
    assert bare.layout.height < figure.layout.height


def test_panels_share_the_page_without_overlap():
    for width in (300, 640, 1200):
        figure = plot_joint(planted(), width=width)
        assert figure.layout.yaxis2.domain[1] < figure.layout.yaxis.domain[0]
        assert figure.layout.xaxis.domain[1] < 1
        x, y = figure.layout.xaxis2.range, figure.layout.yaxis2.range
        assert (x[0], y[1]) == (0, 0)


def test_many_layers_get_a_scale_of_depths_that_names_some():
    layers = {f"layer{number // 40}.{number}.conv2": (2, 3) for number in range(160)}
    figure = plot_joint(make_atlas(layers), width=408)
    points = [each for each in figure.data if each.marker.showscale]
    assert len(points) == 1
    assert len(points[0].x) == 320
    scale = points[0].marker.colorbar
    assert list(scale.tickvals)[::7] == [0, 159]
    assert len(scale.ticktext) == 8
    assert scale.ticktext[0].endswith("conv2")
    assert not any(each.showlegend for each in figure.data)


def test_nothing_above_the_thresholds_says_so():
    none = plot_joint(planted(), x_threshold=1, y_threshold=1)
    assert "0 of 8 neurons reach both thresholds" in texts(none)
    assert "<i>none to show</i>" in texts(none)
    dead = make_atlas(dead=np.ones(15, dtype=bool))
    assert "0 of 0 neurons" in texts(plot_joint(dead))
    unknown = make_atlas(color_selectivity=np.full(15, np.nan))
    assert "0 of 0 neurons" in texts(plot_joint(unknown))
    bare = replace(planted(), features={})
    assert "no neuron feature" in texts(plot_joint(bare))


def test_columns_beyond_1_get_axes_of_their_own():
    figure = plot_joint(planted(), y="max_activation", y_threshold=2)
    assert figure.layout.yaxis.range is None
    assert figure.layout.yaxis.title.text == "max activation"
    assert tuple(figure.layout.xaxis.range) == (-0.03, 1.03)


def test_names_are_escaped():
    figure = plot_joint(make_atlas({"<u>": (9, 3)}), x_threshold=0, y_threshold=0)
    hovered = "".join(text for each in figure.data for text in each.hovertext or [])
    assert "<u>" not in texts(figure) + hovered + "".join(each.name for each in figure.data)


def test_it_is_signed_with_its_options():
    origin = plot_joint(planted(), theme="dark").layout.meta["nfviz"]
    assert origin["function"] == "plot_joint"
    assert origin["parameters"] == {
        "x": "color_selectivity", "y": "class_selectivity", "x_threshold": 0.4,
        "y_threshold": 0.6, "top": 24, "theme": "dark", "width": 300,
    }  # fmt: skip
