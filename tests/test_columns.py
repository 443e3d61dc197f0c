import json
import math
from dataclasses import replace

import numpy as np
import pytest
from bar_atlas import make_atlas as bar_atlas
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_fixture import make_record

import nfviz
from nfviz.state.column_help import COLUMN_HELP
from nfviz.state.columns import COUNTS, LIVE, slider_columns
from nfviz.state.in_view import Rules
from nfviz.state.parameters import own_parameters
from nfviz.state.ranked_images import ranked_images


def test_columns_have_the_bins_of_the_histograms():
    atlas = make_record(3)
    columns = {column.name: column for column in slider_columns(atlas)}
    for name in ("color_selectivity", "odd", "many", "few", "vast", "max_activation"):
        table = nfviz.summarize_selectivity(atlas, name, layers=["conv1"])
        assert columns[name].edges == (*table["low"], table["high"].iloc[-1])
        assert columns[name].extent == (columns[name].edges[0], columns[name].edges[-1])
    assert "nothing" not in columns
    assert "top_label" not in columns
    assert "dead" not in columns
    assert columns["hue"].extent == (0, 360)
    for name in COUNTS:
        assert columns[name].whole
    # No neuron needs more classes than the data set has.
    assert columns["n_classes"].extent == (0, 6)
    assert columns["n_images"].extent == columns["n_labeled"].extent == (0, 12)
    shares = [name for name in LIVE if name not in COUNTS]
    assert {columns[name].extent for name in shares} == {(0, 1)}
    assert columns["few"].whole
    assert not columns["odd"].whole
    assert columns["color_selectivity"].threshold == 0.4
    assert columns["class_selectivity"].chance == "class_selectivity_chance"
    assert columns["odd"].slider
    assert columns["odd"].help == ""
    assert columns["class_selectivity"].slider
    assert not columns["hue"].slider
    assert json.dumps([vars(column) for column in columns.values()], allow_nan=False)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=6))
def test_the_ends_of_a_slider_are_multiples_of_its_step(values):
    atlas = bar_atlas({"a": len(values)}, odd=values)
    column = Rules(atlas).columns["odd"]
    low, high = column.extent
    assert 0 < column.step <= (high - low) / 100 * (1 + 1e-9)
    assert column.step > (high - low) / 1001
    assert float(f"{column.step:.0e}") == column.step
    for end in (low, high):
        assert end / column.step == pytest.approx(round(end / column.step), abs=1e-5)


def test_every_column_of_nfviz_has_its_sentence():
    from nfviz.testing import planted_hues

    planted = planted_hues()
    atlas = nfviz.analyze(planted.network, planted.images, progress=False, **planted.options)
    atlas = nfviz.respond_to_features(atlas, planted.network, progress=False)
    columns = slider_columns(atlas)
    assert {column.name for column in columns} <= COLUMN_HELP.keys()
    assert all(column.help.endswith(".") for column in columns)
    shown = [column.name for column in columns if column.slider]
    assert "color_selectivity" in shown
    assert len(shown) < 7
    mine = nfviz.score(atlas, lambda atlas: {"redness": atlas.neurons["color_name_red"]})
    assert [c.name for c in slider_columns(mine) if c.slider] == [*shown, "redness"]


def test_columns_of_classes_that_are_not_measured_anew_say_so():
    recorded = {name for name, text in COLUMN_HELP.items() if text.endswith("; as recorded.")}
    of_classes = {"class_entropy", "class_entropy_selectivity", "effective_classes", "purity"}
    of_classes |= {"population_code"}
    of_classes |= {f"{name}_chance" for name in of_classes - {"class_entropy"}}
    assert recorded == of_classes
    assert not recorded & set(LIVE)


# The parameters.


def test_what_the_manifest_does_not_say():
    atlas = bar_atlas({"a": 2})
    assert vars(own_parameters(atlas)) == {
        "threshold": 1.0, "n_max": 100, "min_activation": 0.7, "ranks": 2,
    }  # fmt: skip
    odd = {"n_max": "many", "min_activation": -3, "n_ranked": None}
    labels = ["ClassSelectivity(threshold=0.5)", "x", "ClassSelectivity(threshold=np.float64(0.9))"]
    atlas = replace(atlas, manifest={"parameters": odd, "selectivities": labels})
    found = own_parameters(atlas)
    assert (found.threshold, found.n_max, found.min_activation) == (0.9, 100, 0.0)


@pytest.mark.parametrize("odd", [None, "abc", math.nan, math.inf, "1e3", [], -5, {}])
def test_an_odd_manifest_is_read_once(odd):
    atlas = bar_atlas({"a": 1}, weights=np.ones((1, 300)), parameters={"n_max": odd})
    own = own_parameters(atlas)
    assert ranked_images(atlas).ranks == own.ranks == (300 if odd == "1e3" else 100)
    assert Rules(atlas).reevaluate(1.0, own.n_max, 0.0)["n_images"] == [min(own.n_max, 300)]


def test_enough_ranks_are_looked_at():
    weights = np.ones((1, 300))
    assert own_parameters(bar_atlas({"a": 1}, weights=weights)).ranks == 100
    own = bar_atlas({"a": 1}, weights=weights, parameters={"n_max": 150})
    assert own_parameters(own).ranks == 150
    assert Rules(own).reevaluate(1.0, 200, 0.0)["n_images"].tolist() == [150]
