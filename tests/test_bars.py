"""Stacked degrees, curves and the gray test as data: lengths, texts, edge cases."""

import json
import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from bar_atlas import make_atlas

from nfviz.figures.activation_curves import plot_activation_curves
from nfviz.figures.gray_test import plot_gray_test
from nfviz.figures.own_response import plot_own_response
from nfviz.figures.selectivity import plot_selectivity
from nfviz.figures.style import THEMES, steps
from nfviz.recording.gray_result import GrayTest, paired_errors
from nfviz.summaries.gray_test import summarize_gray_test
from nfviz.summaries.selectivity import summarize_selectivity

NAN = math.nan


def make_columns(count, seed=0):
    random = np.random.default_rng(seed)
    names = ("color_selectivity", "class_selectivity", "own_layer", "own_ratio", "kurtosis")
    columns = {name: random.random(count) for name in names}
    return columns | {"dead": random.random(count) < 0.2}


def make_many(layers, units=6, name="conv{}"):
    counts = {name.format(number): units for number in range(layers)}
    return make_atlas(counts, **make_columns(layers * units))


ATLAS = make_many(5, 20)


def bars(figure):
    """Lengths of the bars (bin, layer), and of the dead ones."""
    traces = [trace for trace in figure.data if trace.type == "bar"]
    lengths = [trace.x if trace.orientation == "h" else trace.y for trace in traces]
    named = {trace.name: np.array(length) for trace, length in zip(traces, lengths, strict=True)}
    dead = named.pop("dead, of all", None)
    return np.array(list(named.values())), dead


def lying(figure):
    return any(trace.orientation == "h" for trace in figure.data if trace.type == "bar")


def texts(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def tick_names(figure):
    axis = figure.layout.yaxis if lying(figure) else figure.layout.xaxis
    return list(axis.ticktext)


class TestSelectivity:
    @pytest.mark.parametrize("layers", [1, 5, 12, 13, 160])
    @pytest.mark.parametrize("column", ["color_selectivity", "kurtosis"])
    def test_bars_are_the_shares_and_fill_one(self, layers, column):
        atlas = make_many(layers)
        lengths, dead = bars(plot_selectivity(atlas, column))
        shares = summarize_selectivity(atlas, column)["share"].to_numpy().reshape(layers, -1)
        np.testing.assert_array_equal(lengths, shares.T)
        np.testing.assert_allclose(lengths.sum(axis=0), 1)
        assert dead is None

    def test_colors_go_up_the_ramp_of_the_column(self):
        for column in ("color_selectivity", "class_selectivity", "kurtosis"):
            figure = plot_selectivity(ATLAS, column, bins=5)
            colors = [trace.marker.color for trace in figure.data if trace.type == "bar"]
            assert colors == steps(column, 5)
            assert figure.data[-1].marker.colorbar.title.text == column.replace("_", " ")
            scale = figure.data[-1].marker.colorscale
            assert [color for _, color in scale[::2]] == colors

    def test_numbers_are_written_at_each_bar(self):
        atlas = make_atlas(
            {"a": 4, "b": 1000},
            color_selectivity=[0.4, 0.41, 0.1, NAN] + [0.0] * 1000,
            dead=[False] * 3 + [True] + [False] * 1000,
        )
        assert texts(plot_selectivity(atlas, "color_selectivity")) == [
            "67%<br>4<br>1",
            "0%<br>1,000<br>0",
            "≥ 0.40<br>neurons<br>dead",
        ]
        changed = texts(plot_selectivity(atlas, "color_selectivity", threshold=0.405))
        assert changed[0] == "33%<br>4<br>1"
        assert changed[-1] == "≥ 0.405<br>neurons<br>dead"
        assert texts(plot_selectivity(atlas, "n_images"))[-1] == "neurons<br>dead"
        assert texts(plot_selectivity(atlas, "n_images", threshold=12))[-1].startswith("≥ 12<")

    def test_unknown_values_are_written_too(self):
        atlas = make_atlas({"a": 2, "b": 1}, color_selectivity=[NAN, 0.9, NAN])
        figure = plot_selectivity(atlas, "color_selectivity")
        assert texts(figure)[:2] == ["100%<br>2<br>0<br>1", "–<br>1<br>0<br>1"]  # noqa: RUF001
        assert texts(figure)[2].endswith("dead<br>n/a")

    @pytest.mark.parametrize(
        ("layers", "name", "width", "expected"),
        [
            (5, "conv{}", 408, False),
            (7, "conv{}", 408, True),
            (12, "conv{}", 640, False),
            (13, "conv{}", 640, True),
            (13, "conv{}", 1200, False),
            (5, "layer{}.1.conv2", 408, True),
            (4, "layer{}.1.conv2", 640, False),
        ],
    )
    def test_many_layers_and_long_names_lie_down(self, layers, name, width, expected):
        figure = plot_selectivity(make_many(layers, name=name), "color_selectivity", width=width)
        assert lying(figure) is expected
        assert figure.layout.width == width

    def test_lying_bars_grow_in_height_and_begin_at_the_top(self):
        few, many = (plot_selectivity(make_many(n), "color_selectivity") for n in (20, 160))
        assert many.layout.height - few.layout.height == 140 * 18
        assert tick_names(many)[:2] == ["conv0", "conv1"]
        assert list(many.layout.yaxis.range) == [159.5, -0.5]
        assert texts(many).count("neurons") == 1
        assert texts(many).count("6") == 160

    def test_layers_bins_and_width(self):
        figure = plot_selectivity(ATLAS, "color_selectivity", layers=["conv3", "conv1"], bins=4)
        assert tick_names(figure) == ["conv1", "conv3"]
        assert bars(figure)[0].shape == (4, 2)

    def test_hover_tells_layer_and_count(self):
        figure = plot_selectivity(make_atlas({"<b>": 1}, x=[0.5]), "x")
        assert figure.data[5].customdata[0] == ["&lt;b&gt;", "1"]
        assert tick_names(figure) == ["&lt;b&gt;"]

    def test_long_names_keep_their_end(self):
        name = "backbone.features.denseblock4.denselayer16.conv2"
        figure = plot_selectivity(make_atlas({name: 1}, x=[0.5]), "x")
        (shown,) = tick_names(figure)
        assert shown.startswith("…")
        assert name.endswith(shown[1:])
        assert len(shown) == 26
        assert figure.data[0].customdata[0][0] == name

    def test_there_is_room_for_bars_in_a_narrow_figure(self):
        name = "backbone.features.denseblock4.denselayer{}.conv2"
        atlas = make_atlas({name.format(number): 1 for number in range(30)}, x=[NAN] + [0.5] * 29)
        figure = plot_selectivity(atlas, "x", threshold=0.4, width=400)
        margin = figure.layout.margin
        assert margin.l + margin.r < 0.86 * 400
        assert len(set(tick_names(figure))) == 30

    @pytest.mark.parametrize(
        ("atlas", "said"),
        [
            (make_atlas({"a": 2}, x=[0.1, 0.2], dead=True), "no known values"),
            (make_atlas({"a": 2, "b": 1}, x=NAN), "no known values"),
        ],
    )
    def test_nothing_known_is_said(self, atlas, said):
        assert texts(plot_selectivity(atlas, "x"))[-1] == said

    def test_no_layers_is_said(self):
        assert texts(plot_selectivity(ATLAS, "kurtosis", layers=[])) == ["no layers"]


class TestOwnResponse:
    def test_dead_neurons_stand_apart(self):
        atlas = make_atlas(
            {"a": 4, "b": 2},
            own_layer=[0.05, 0.15, 1.0, NAN, 0.5, 0.5],
            own_ratio=[0.9, 0.9, 0.9, NAN, 0.5, 2.5],
            dead=[False, False, False, True, False, False],
        )
        for column, top in {"own_layer": [1 / 3, 0], "own_ratio": [1, 0.5]}.items():
            figure = plot_own_response(atlas, column=column)
            lengths, dead = bars(figure)
            np.testing.assert_allclose(lengths.sum(axis=0), 1)
            assert lengths[-1].tolist() == top
            assert dead.tolist() == [-0.25, 0]
            assert list(figure.layout.yaxis.range) == [-0.25, 1]
            assert texts(figure)[:2] == ["4<br>1", "2<br>0"]

    def test_many_layers(self):
        figure = plot_own_response(make_many(160))
        lengths, dead = bars(figure)
        assert lengths.shape == (10, 160)
        assert (dead <= 0).all()
        assert figure.layout.xaxis.range[0] <= dead.min()

    def test_none_dead_and_all_dead(self):
        none = plot_own_response(make_atlas({"a": 1}, own_layer=0.5))
        assert bars(none)[1] is None
        assert none.layout.yaxis.range[0] == 0
        every = plot_own_response(make_atlas({"a": 1}, own_layer=NAN, dead=True))
        assert bars(every)[1].tolist() == [-1]
        assert texts(every)[-1] == "no known values"

    def test_bins_and_layers(self):
        figure = plot_own_response(ATLAS, bins=3, layers="conv2")
        assert bars(figure)[0].shape == (3, 1)
        assert tick_names(figure) == ["conv2"]

    def test_an_atlas_without_responses_says_how_to_get_them(self):
        with pytest.raises(ValueError, match="respond_to_features"):
            plot_own_response(make_atlas({"a": 1}))


class TestCurves:
    weights = np.linspace(1, 0.1, 6) ** np.linspace(0.2, 3, 9)[:, None]
    atlas = make_atlas(
        {"a": 6, "b": 2, "c": 1},
        weights=weights,
        dead=[False] * 8 + [True],
        parameters={"min_activation": 0.7, "n_max": 4},
    )

    def test_five_neurons_of_each_layer(self):
        figure = plot_activation_curves(self.atlas)
        names = [trace.name for trace in figure.data if trace.name]
        assert names == ["a, 5", "a, 4", "a, 3", "a, 1", "a, 0", "b, 1", "b, 0"]
        for trace, row in zip(figure.data, [5, 4, 3, 1, 0, 7, 6], strict=False):
            np.testing.assert_allclose(trace.y, self.weights[row], rtol=1e-6)
        inks = steps("auc", 7)[1:-1]
        assert [trace.line.color for trace in figure.data[:-1]] == [*inks, inks[2], inks[4]]
        assert {trace.xaxis for trace in figure.data} == {"x", "x2", "x3"}
        for trace in figure.data[:-1]:
            assert trace.y[0] == 1
            assert (np.diff(trace.y) <= 0).all()

    def test_the_key_names_the_shares_from_the_greatest_down(self):
        key = next(text for text in texts(plot_activation_curves(self.atlas)) if "AUC" in text)
        shares = [int(line.split("> ")[1].rstrip("%")) for line in key.split("<br>")[1:]]
        assert shares[0] == 100
        assert len(shares) == 5
        assert shares == sorted(shares, reverse=True)

    def test_a_layer_without_live_neurons_says_so(self):
        assert "no live neuron" in texts(plot_activation_curves(self.atlas, "c"))

    def test_the_rule_of_the_image_sets_is_drawn_where_it_is_known(self):
        shapes = plot_activation_curves(self.atlas, ["a", "b"]).layout.shapes
        assert [(shape.y0, shape.x0) for shape in shapes] == [(0.7, 0), (0, 4)] * 2
        assert not plot_activation_curves(make_atlas({"a": 2})).layout.shapes

    def test_ranks(self):
        assert len(plot_activation_curves(self.atlas, ranks=3).data[0].y) == 3
        single = plot_activation_curves(self.atlas, ranks=1)
        assert single.data[0].mode == "markers"

    @pytest.mark.parametrize(("width", "columns"), [(400, 2), (640, 3), (1200, 6)])
    def test_panels_fill_the_width_and_do_not_overlap(self, width, columns):
        figure = plot_activation_curves(make_many(26), width=width)
        places = [
            (*figure.layout[f"xaxis{number}"].domain, *figure.layout[f"yaxis{number}"].domain)
            for number in ["", *range(2, 27)]
        ]
        assert len({left for left, *_ in places}) == columns
        for number, (left, right, low, high) in enumerate(places):
            for other_left, other_right, other_low, other_high in places[:number]:
                beside = left > other_right or right < other_left
                assert beside or low > other_high or high < other_low

    def test_160_layers(self):
        figure = plot_activation_curves(make_many(160, 1))
        assert len(figure.data) == 160
        assert {trace.xaxis for trace in figure.data} == {"x", *(f"x{n}" for n in range(2, 161))}
        assert figure.layout.height > 5000

    def test_no_layers_is_said(self):
        assert texts(plot_activation_curves(self.atlas, [])) == ["no layers"]

    def test_names_are_escaped(self):
        figure = plot_activation_curves(make_atlas({"<i>": 1}))
        assert "<b>&lt;i&gt;</b>" in texts(figure)
        assert "&lt;i&gt;" in figure.data[0].hovertemplate


class TestGrayTest:
    @staticmethod
    def make_result(n=50):
        random = np.random.default_rng(1)
        color, gray = random.integers(0, 4, n), random.integers(0, 9, n)
        ranks = pd.DataFrame({"color_rank": color, "gray_rank": gray})
        return GrayTest(paired_errors(color, gray), ranks)

    @pytest.mark.parametrize("confidence", [0.95, 0.5])
    def test_bars_and_points_are_the_table_in_percent(self, confidence):
        result = self.make_result()
        table = 100 * summarize_gray_test(result, confidence=confidence)
        figure = plot_gray_test(result, confidence=confidence)
        for form in ("color", "gray", "difference"):
            (trace,) = (trace for trace in figure.data if trace.name == form)
            rows = table.xs(form, level="form")
            assert list(trace.y) == rows["value"].tolist()
            assert trace.error_y.symmetric is False
            np.testing.assert_allclose(trace.y + trace.error_y.array, rows["high"])
            np.testing.assert_allclose(trace.y - trace.error_y.arrayminus, rows["low"])
        written = [
            text for trace in figure.data if trace.hoverinfo == "skip" for text in trace.text
        ]
        assert written == [
            *(
                f"{value:.1f}"
                for form in ("color", "gray")
                for value in table.xs(form, level=1).value
            ),
            *(f"{value:+.1f}" for value in table.xs("difference", level=1).value),
        ]
        assert figure.layout.xaxis.title.text == "50 images"
        assert list(figure.layout.xaxis2.ticktext) == ["top 1", "top 5"]

    def test_a_gain_is_drawn_below_zero(self):
        ranks = np.array([1, 0, 0, 0]), np.zeros(4)
        errors = paired_errors(*ranks, top=(1,))
        result = GrayTest(errors, pd.DataFrame({"color_rank": ranks[0], "gray_rank": ranks[1]}))
        figure = plot_gray_test(result)
        low, high = figure.layout.yaxis2.range
        (point,) = (trace for trace in figure.data if trace.name == "difference")
        assert point.y[0] == -25
        assert low < point.y[0] - point.error_y.arrayminus[0]
        assert high >= 0

    def test_no_images_is_said(self):
        empty = GrayTest(self.make_result().errors.iloc[:0], pd.DataFrame({"color_rank": []}))
        assert texts(plot_gray_test(empty)) == ["no images"]

    def test_it_is_signed_by_its_numbers(self):
        one, same, other = (plot_gray_test(self.make_result(n)).layout.meta for n in (50, 50, 51))
        assert one == same
        assert one["nfviz"]["atlas"] != other["nfviz"]["atlas"]


DRAWN = {
    "plot_selectivity": lambda **options: plot_selectivity(ATLAS, "kurtosis", **options),
    "plot_own_response": lambda **options: plot_own_response(ATLAS, **options),
    "plot_activation_curves": lambda **options: plot_activation_curves(ATLAS, **options),
    "plot_gray_test": lambda **options: plot_gray_test(TestGrayTest.make_result(), **options),
}


@pytest.mark.parametrize("name", DRAWN)
def test_themes_widths_and_signatures(name):
    for theme in THEMES:
        figure = DRAWN[name](theme=theme, width=444)
        assert isinstance(figure, go.Figure)
        assert figure.layout.template.layout.paper_bgcolor == THEMES[theme].ground
        assert figure.layout.width == 444
        origin = figure.layout.meta["nfviz"]
        assert origin["function"] == name
        assert origin["parameters"]["theme"] == theme
        assert json.loads(json.dumps(origin)) == origin
    with pytest.raises(ValueError, match="theme is 'sepia'; it accepts 'light', 'dark'"):
        DRAWN[name](theme="sepia")


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_figure_at_every_call(name):
    assert DRAWN[name]().to_json() == DRAWN[name]().to_json()
