"""Degrees per layer: the golden bins, a slow count, dead and unknown neurons, other ranges."""

import math

import numpy as np
import pandas as pd
import pytest
from bar_atlas import make_atlas
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.atlas import overview
from nfviz.summaries.own_response import summarize_own_response
from nfviz.summaries.selectivity import summarize_selectivity

GOLDEN = [0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9, 1.0]
NAN = math.nan


def of_layer(table, name):
    return table[name].groupby(level="layer", sort=False).first().tolist()


def edges(table):
    rows = table.loc[table.index[0][0]]
    return [*rows["low"], rows["high"].iloc[-1]]


def test_golden_bins():
    table = summarize_selectivity(
        make_atlas({"a": 9}, color_selectivity=GOLDEN), "color_selectivity"
    )
    assert table["count"].tolist() == [1, 1, 1, 1, 0, 1, 1, 1, 0, 2]
    assert table["share"].tolist() == [count / 9 for count in [1, 1, 1, 1, 0, 1, 1, 1, 0, 2]]
    assert edges(table) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert table.index.names == ["layer", "bin"]


@pytest.mark.parametrize("bins", [2, 5, 10, 7, 100])
def test_every_edge_begins_its_bin(bins):
    values = [place / bins for place in range(bins)]
    table = summarize_selectivity(make_atlas({"a": bins}, x=values), "x", bins=bins)
    assert table["count"].tolist() == [1] * bins


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.booleans(), st.booleans()), min_size=4, max_size=40
    ),
    st.integers(2, 20),
    st.integers(0, 100).map(lambda percent: percent / 100),
)
def test_against_the_neurons_one_by_one(drawn, bins, threshold):
    values = [NAN if unknown else thousandths / 1000 for thousandths, unknown, _ in drawn]
    dead = [dead for _, _, dead in drawn]
    units = {"b": 1, "a": len(drawn) - 3, "c": 2}
    atlas = make_atlas(units, x=values, dead=dead)
    table = summarize_selectivity(atlas, "x", bins=bins, threshold=threshold)
    assert table.index.get_level_values("layer").unique().tolist() == ["b", "a", "c"]
    for layer in units:
        rows, neurons = table.loc[layer], atlas.neurons.loc[layer]
        live = neurons[~neurons["dead"]]
        known = [x for x in live["x"] if not math.isnan(x)]
        places = [min(round(x * 1000) * bins // 1000, bins - 1) for x in known]
        assert rows["count"].tolist() == [places.count(place) for place in range(bins)]
        assert set(rows["neurons"]) == {len(neurons)}
        assert set(rows["dead"]) == {len(neurons) - len(live)}
        assert set(rows["unknown"]) == {len(live) - len(known)}
        if known:
            assert rows["share"].sum() == pytest.approx(1)
            assert rows["above"].iloc[0] == sum(x >= threshold for x in known) / len(known)
        else:
            assert rows["share"].isna().all()
            assert rows["above"].isna().all()


def test_dead_neurons_and_unknown_values_are_in_no_bin():
    values = [0.95, 0.95, NAN, np.inf, 0.05]
    atlas = make_atlas({"a": 5}, x=values, dead=[True, False, False, False, False])
    table = summarize_selectivity(atlas, "x", threshold=0.5)
    assert table["count"].tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert (of_layer(table, "dead"), of_layer(table, "unknown")) == ([1], [2])
    assert of_layer(table, "above") == [0.5]
    assert atlas.neurons["x"].iloc[0] == 0.95


def test_thresholds_are_those_of_the_paper_by_default():
    columns = [
        "color_selectivity",
        "chroma_selectivity",
        "class_selectivity",
        "class_selectivity_norm",
    ]
    values = [0.39, 0.4, 0.5, 0.6, 0.61]
    atlas = make_atlas({"a": 5}, other=values, **dict.fromkeys(columns, values))
    shares = [of_layer(summarize_selectivity(atlas, name), "above")[0] for name in columns]
    assert shares == [0.8, 0.8, 0.4, 0.4]
    assert summarize_selectivity(atlas, "other")["above"].isna().all()
    changed = summarize_selectivity(atlas, "color_selectivity", threshold=0.61)
    assert of_layer(changed, "above") == [0.2]
    found = overview(atlas.layers, atlas.neurons)
    assert found[["color_selective", "class_selective"]].iloc[0].tolist() == [0.8, 0.4]


def test_chosen_layers_are_in_depth_order_and_keep_the_edges():
    atlas = make_atlas({"b": 2, "a": 1, "c": 1}, x=[3.0, 8.0, 50.0, -20.0])
    whole = summarize_selectivity(atlas, "x")
    part = summarize_selectivity(atlas, "x", layers=["c", "b", "c"])
    pd.testing.assert_frame_equal(part, whole.drop("a", level="layer"))
    alone = summarize_selectivity(atlas, "x", layers="a")
    assert edges(alone) == edges(whole) == [-20, -10, 0, 10, 20, 30, 40, 50]
    assert alone["count"].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert len(summarize_selectivity(atlas, "x", layers=[])) == 0


@pytest.mark.parametrize(
    ("values", "bins", "expected"),
    [
        ([1, 100], 10, list(range(0, 101, 10))),
        ([1, 5], 10, [1, 2, 3, 4, 5, 6]),
        ([0, 1], 10, [0, 1, 2]),
        ([7, 7], 10, [7, 8]),
        ([0, 1_000_000], 3, [0, 500_000, 1_000_000]),
        ([-1.3, 12.1], 10, [-2, 0, 2, 4, 6, 8, 10, 12, 14]),
        ([-1.3, 12.1], 2, [-20, 0, 20]),
        ([0.01, 1.31], 20, [round(0.1 * place, 1) for place in range(15)]),
        ([62.5, 100.0], 10, [60, 65, 70, 75, 80, 85, 90, 95, 100]),
        ([3.0, 3.0], 10, None),
        ([NAN, NAN], 4, [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_other_ranges_have_round_edges(values, bins, expected):
    table = summarize_selectivity(make_atlas({"a": 2}, x=values), "x", bins=bins)
    found = edges(table)
    if expected is not None:
        assert found == expected
    assert len(found) <= bins + 1
    assert table["count"].sum() == np.isfinite(values).sum()
    for value in values:
        assert math.isnan(value) or found[0] <= value <= found[-1]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=9),
    st.integers(2, 100),
)
def test_every_value_is_within_the_edges_of_its_bin(values, bins):
    table = summarize_selectivity(make_atlas({"a": len(values)}, x=values), "x", bins=bins)
    assert len(table) <= bins
    assert table["count"].sum() == len(values)
    slack = 1e-8 * (edges(table)[-1] - edges(table)[0])
    for low, high, count in table[["low", "high", "count"]].to_numpy():
        assert sum(low + slack < value < high - slack for value in values) <= count
        assert sum(low - slack <= value <= high + slack for value in values) >= count


@pytest.mark.parametrize("value", [7.0, -3e-5, 4.6e18])
def test_the_edges_about_a_constant_are_told_apart(value):
    found = edges(summarize_selectivity(make_atlas({"a": 3}, x=[value] * 3), "x"))
    assert found[0] <= value <= found[-1]
    assert len({f"{edge:g}" for edge in found}) == len(found)


def test_nullable_whole_numbers_count():
    values = pd.array([1, None, 3], dtype="Int64")
    table = summarize_selectivity(make_atlas({"a": 3}, n_classes=values), "n_classes")
    assert edges(table) == [1, 2, 3, 4]
    assert table["count"].tolist() == [1, 0, 1]
    assert of_layer(table, "unknown") == [1]


def test_wrong_names_are_refused_with_the_right_ones():
    atlas = make_atlas({"a": 1, "b": 1}, x=[0.1, 0.2])
    for name in ("y", "dead", "state", 3):
        with pytest.raises(ValueError, match=r"column is .* 'max_activation', 'n_images', 'x'\."):
            summarize_selectivity(atlas, name)
    with pytest.raises(ValueError, match=r"layers names 'c'; .* which has 'a', 'b'\."):
        summarize_selectivity(atlas, "x", layers=["a", "c"])
    for bins in (1, 101, 2.5, "10"):
        with pytest.raises(ValueError, match=r"bins is .* from 2 to 100"):
            summarize_selectivity(atlas, "x", bins=bins)
    for threshold in (NAN, np.inf, "0.4"):
        with pytest.raises(ValueError, match=r"threshold is .* a finite number"):
            summarize_selectivity(atlas, "x", threshold=threshold)


class TestOwnResponse:
    atlas = make_atlas(
        {"a": 3, "b": 2},
        own_layer=[1.0, 0.15, NAN, 1.0, NAN],
        own_ratio=[0.75, 0.05, NAN, 1.4, NAN],
        dead=[False, False, False, False, True],
    )

    def test_by_hand(self):
        table = summarize_own_response(self.atlas)
        assert table["count"].to_numpy().reshape(2, -1).tolist() == [
            [0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ]
        assert (of_layer(table, "dead"), of_layer(table, "unknown")) == ([0, 1], [1, 0])

    def test_responses_beyond_the_own_maximum_are_in_the_last_bin(self):
        table = summarize_own_response(self.atlas, column="own_ratio", bins=5)
        assert table["count"].to_numpy().reshape(2, -1).tolist() == [
            [1, 0, 0, 1, 0],
            [0, 0, 0, 0, 1],
        ]
        assert edges(table) == [0, 0.2, 0.4, 0.6, 0.8, 1]

    def test_layers(self):
        table = summarize_own_response(self.atlas, layers="b")
        assert set(table.index.get_level_values("layer")) == {"b"}

    def test_an_atlas_without_them_says_how_to_get_them(self):
        with pytest.raises(ValueError, match=r"no column 'own_ratio'.*respond_to_features"):
            summarize_own_response(make_atlas({"a": 1}), column="own_ratio")
        with pytest.raises(ValueError, match="it accepts 'own_layer', 'own_ratio'"):
            summarize_own_response(self.atlas, column="auc")
