"""Curves of ranked activations: golden areas, positions, dead neurons, too few of them."""

import numpy as np
import pytest
from bar_atlas import make_atlas

from nfviz.summaries.curves import POSITIONS, summarize_activation_curves

NAN = np.nan


def first(table, column):
    return table[column].xs(0, level="rank")


def test_golden_areas():
    atlas = make_atlas({"a": 2}, weights=[[1, 0.5, 0.25, 0.0], [1, 0.9, 0.8, 0.7]])
    table = summarize_activation_curves(atlas)
    assert first(table, "unit").tolist() == [0, 0, 0, 1, 1]
    assert first(table, "auc_percent").iloc[0] == pytest.approx(49.01960784313726)
    assert first(table, "auc_percent").iloc[-1] == 100
    assert table.loc[("a", 0), "weight"].tolist() == [1, 0.5, 0.25, 0]
    assert table.loc[("a", 100), "weight"].tolist() == [1, 0.9, 0.8, 0.7]


def test_positions_are_quarters_of_the_order_of_area():
    heights = np.random.default_rng(0).permutation(np.linspace(0.1, 0.9, 9))
    atlas = make_atlas({"a": 9}, weights=[[1, height, height] for height in heights])
    table = summarize_activation_curves(atlas)
    expected = np.argsort(heights)[[0, 2, 4, 6, 8]]
    assert first(table, "unit").tolist() == expected.tolist()
    assert table.index.names == ["layer", "position", "rank"]
    assert first(table, "unit").index.get_level_values("position").tolist() == list(POSITIONS)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [0, 0, 0, 0, 0]), (2, [0, 0, 0, 1, 1]), (3, [0, 0, 1, 1, 2]), (4, [0, 1, 1, 2, 3])],
)
def test_few_neurons_stand_at_several_positions(count, expected):
    atlas = make_atlas({"a": count}, weights=[[1, (1 + unit) / 9] for unit in range(count)])
    assert first(summarize_activation_curves(atlas), "unit").tolist() == expected


def test_equal_areas_go_by_unit():
    atlas = make_atlas({"a": 401}, weights=[[1, 0.9], *[[1, 0.5], [1, 0.6]] * 200])
    assert first(summarize_activation_curves(atlas), "unit").tolist() == [1, 201, 2, 202, 0]


def test_dead_neurons_and_layers_without_a_live_one_are_left_out():
    dead = [True, False, True, True]
    atlas = make_atlas({"a": 2, "b": 1, "c": 1}, weights=[[1, 0.5]] * 4, dead=dead)
    table = summarize_activation_curves(atlas)
    assert set(table.index.get_level_values("layer")) == {"a"}
    assert set(table["unit"]) == {1}


def test_a_missing_or_negative_response_is_zero():
    atlas = make_atlas({"a": 2}, weights=[[1, 0.5, NAN], [1, 0.9, -0.3]])
    table = summarize_activation_curves(atlas)
    assert table.loc[("a", 0), "weight"].tolist() == [1, 0.5, 0]
    assert table.loc[("a", 100), "weight"].tolist() == [1, 0.9, 0]


def test_ranks_cut_the_curves_and_their_areas():
    atlas = make_atlas({"a": 2}, weights=[[1, 0.9, 0.1], [1, 0.6, 0.6]])
    whole, cut = summarize_activation_curves(atlas), summarize_activation_curves(atlas, ranks=2)
    assert len(whole) == 15
    assert len(cut) == 10
    assert first(whole, "auc_percent").tolist()[0] == pytest.approx(100 * 1.4 / 1.45)
    assert first(cut, "auc_percent").tolist()[0] == pytest.approx(100 * 0.8 / 0.95)
    with_nothing = summarize_activation_curves(atlas, ranks=1)
    assert with_nothing["auc_percent"].isna().all()


def test_the_largest_area_is_that_of_the_network_whichever_layers_are_shown():
    atlas = make_atlas({"a": 1, "b": 1}, weights=[[1, 1.0], [1, 0.5]])
    whole = summarize_activation_curves(atlas)
    assert summarize_activation_curves(atlas, "b").equals(whole.loc[["b"]])
    assert set(whole.loc["b", "auc_percent"]) == {75.0}
    assert len(summarize_activation_curves(atlas, [])) == 0


def test_wrong_options_are_refused():
    atlas = make_atlas({"a": 1})
    with pytest.raises(ValueError, match=r"layers names 'z'; .* which has 'a'\."):
        summarize_activation_curves(atlas, "z")
    for ranks in (0, 1.5, "4"):
        with pytest.raises(ValueError, match=r"ranks is .* it accepts an integer from 1"):
            summarize_activation_curves(atlas, ranks=ranks)
