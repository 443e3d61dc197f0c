import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from bar_atlas import make_atlas as bar_atlas
from picture_atlas import make_atlas as picture_atlas
from rules_fixture import LAYERS, make_record, make_states

import nfviz
from nfviz.state.columns import LIVE
from nfviz.state.in_view import Rules, rules_of

SEEDS = range(4)


def everything(rules, **parameters):
    """The state that shows all neurons in their order."""
    return replace(rules.start, sort_by="layer", ascending=True, **parameters)


def resized(atlas, n_max, min_activation):
    """The atlas as if it had been recorded with other image sets."""
    weight = atlas.ranked["weight"]
    chosen = (weight > 0) & (weight >= min_activation - 1e-6)
    sizes = chosen.groupby(level=["layer", "unit"], sort=False).sum().clip(upper=n_max)
    return replace(atlas, neurons=atlas.neurons.assign(n_images=sizes))


# What is measured anew.


@pytest.mark.parametrize("threshold", [1.0, 0.9, 0.35])
@pytest.mark.parametrize("seed", SEEDS)
def test_at_its_own_parameters_an_atlas_keeps_its_columns_to_the_bit(seed, threshold):
    atlas = make_record(seed, threshold=threshold, ontology=False)
    rules = Rules(atlas)
    assert rules.start.threshold == threshold
    found = rules.selected(everything(rules))
    pd.testing.assert_frame_equal(found, atlas.neurons, check_exact=True)
    other = nfviz.score(atlas, nfviz.ClassSelectivity(0.72))
    found = rules.selected(everything(rules, threshold=0.72))
    pd.testing.assert_frame_equal(found, other.neurons, check_exact=True)


@pytest.mark.parametrize(("n_max", "least"), [(1, 0), (2, 0.5), (5, 0.3), (11, 0.0), (12, 1)])
@pytest.mark.parametrize("threshold", [1.0, 0.8])
def test_other_image_sets_are_those_of_another_recording(n_max, least, threshold):
    for seed in SEEDS:
        atlas = make_record(seed)
        rules = Rules(atlas)
        found = rules.selected(
            everything(rules, threshold=threshold, n_max=n_max, min_activation=least)
        )
        score = nfviz.ClassSelectivity(threshold)
        expected = nfviz.score(resized(atlas, n_max, least), score).neurons
        chance = "class_selectivity_chance"
        if threshold < 1:
            # Other draws of as many images.
            np.testing.assert_allclose(found.pop(chance), expected.pop(chance), atol=0.1)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_other_columns_stay_as_they_were_recorded():
    atlas = make_record(0)
    atlas = nfviz.score(atlas, nfviz.ClassEntropy(), nfviz.Purity())
    rules = Rules(atlas)
    found = rules.selected(everything(rules, threshold=0.5, n_max=3))
    for name in set(atlas.neurons) - set(LIVE) - {"top_label"}:
        pd.testing.assert_series_equal(found[name], atlas.neurons[name])
    assert not found["class_selectivity"].equals(atlas.neurons["class_selectivity"])


def test_a_record_without_columns_of_classes_gets_none():
    atlas = bar_atlas({"a": 3}, color_selectivity=[0.1, 0.2, 0.3])
    rules = Rules(atlas)
    found = rules.selected(everything(rules, n_max=1))
    assert list(found) == list(atlas.neurons)
    assert found["n_images"].tolist() == [1, 1, 1]
    measured = rules.reevaluate(1.0, 2, 0.0)
    assert measured["n_classes"].tolist() == [1, 1, 1]


def test_a_record_without_labels_or_live_neurons():
    atlas = bar_atlas({"a": 2}, dead=[True, True], color_selectivity=np.nan)
    rules = Rules(atlas)
    assert list(rules.columns) == ["n_images"]
    assert rules.start.sort_by == "layer"
    assert rules.rows(rules.start).tolist() == [0, 1]
    bare = replace(atlas, images=atlas.images.assign(label=-1))
    bare = nfviz.score(bare, nfviz.ClassSelectivity())
    assert list(Rules(bare).columns) == ["n_images"]
    assert Rules(bare).reevaluate(0.5, 3, 0.0)["n_labeled"].tolist() == [0, 0]
    assert Rules(bare).tallies.shape == (1000, 0)


@pytest.mark.parametrize(("threshold", "needed"), [(1.0, 10), (0.8, 8), (0.1, 1), (0.3, 3)])
def test_sums_of_equal_shares_reach_a_threshold_in_spite_of_rounding(threshold, needed):
    labels = pd.DataFrame({"label": range(10)}, index=pd.RangeIndex(10, name="image"))
    atlas = replace(bar_atlas({"a": 1}, weights=np.ones((1, 10))), images=labels)
    assert Rules(atlas).reevaluate(threshold, 10, 0.0)["n_classes"].tolist() == [needed]


def test_large_sets_of_neurons_have_no_seams(monkeypatch):
    rules = Rules(make_record(1))
    whole = rules.reevaluate(0.6, 9, 0.2)
    monkeypatch.setattr("nfviz.state.image_sets._BLOCK", 4)
    parts = Rules(make_record(1)).reevaluate(0.6, 9, 0.2)
    for name, values in whole.items():
        np.testing.assert_array_equal(values, parts[name])


# What is in view.


def slow_rows(atlas, state):
    """The rules, one neuron at a time."""
    rules = Rules(atlas)
    live = {
        name: [np.nan if v is None else v for v in values]
        for name, values in rules.reevaluate(
            state.threshold, state.n_max, state.min_activation
        ).items()
    }
    shown = []
    for row, ((layer, unit), neuron) in enumerate(atlas.neurons.iterrows()):

        def number(name, row=row, neuron=neuron):
            value = live[name][row] if name in live else neuron[name]
            with np.errstate(over="ignore"):
                value = np.float32(np.nan if pd.isna(value) else value)
            return value if np.isfinite(value) else np.float32(np.nan)

        kept = layer in state.layers
        for name, (low, high) in state.ranges.items():
            least, most = rules.columns[name].extent
            with np.errstate(over="ignore"):
                kept &= not low > least or bool(number(name) >= np.float32(low))
                kept &= not high < most or bool(number(name) <= np.float32(high))
        top = live["top_label"][row]
        names = [layer, str(neuron["color_name"])] if pd.notna(neuron["color_name"]) else [layer]
        if not math.isnan(top):
            node = atlas.classes.loc[int(top), "name"]
            names.append(node)
            if atlas.ontology is not None:
                names += atlas.ontology.ancestors(node)
        for word in state.search.lower().split():
            kept &= (
                any(word in name.lower() for name in names)
                or ("/" in word and f"{layer}/{unit}".lower().endswith(word))
                or (word.isdigit() and int(word) == unit)
            )
        if kept:
            keys = {"layer": list(LAYERS).index(layer), "unit": unit}
            key = keys[state.sort_by] if state.sort_by in keys else float(number(state.sort_by))
            sign = 1 if state.ascending else -1
            shown.append((math.isnan(key), 0 if math.isnan(key) else sign * key, row))
    return [row for *_, row in sorted(shown)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rules_are_those_of_a_slow_reading(seed):
    atlas = make_record(seed, ontology=seed % 2 == 0)
    rules = Rules(atlas)
    counts = set()
    for state in make_states(rules, np.random.default_rng(seed), 15):
        rows = rules.rows(state).tolist()
        assert rows == slow_rows(atlas, state), state
        assert rules.selected(state).index.equals(atlas.neurons.index[rows])
        assert rules.mask(state).sum() == len(rows)
        counts.add(len(rows))
    assert len(counts) > 5


def test_at_first_every_neuron_is_in_view():
    atlas = make_record(2)
    rules = Rules(atlas)
    assert atlas.neurons["dead"].any()
    assert sorted(rules.rows(rules.start)) == list(range(len(atlas.neurons)))
    wide = {name: column.extent for name, column in rules.columns.items()}
    assert rules.mask(replace(rules.start, ranges=wide)).all()


def test_the_ends_of_a_column_are_open_and_a_bound_keeps_out_what_is_unknown():
    values = [0.2, 0.5, 1.3, np.nan, np.inf]
    rules = Rules(bar_atlas({"a": 5}, own_ratio=values))
    assert rules.columns["own_ratio"].extent == (0, 1)

    def shown(low, high):
        return np.flatnonzero(
            rules.mask(replace(rules.start, ranges={"own_ratio": (low, high)}))
        ).tolist()

    assert shown(0, 1) == [0, 1, 2, 3, 4]
    assert shown(0.5, 1) == [1, 2]
    assert shown(0, 0.5) == [0, 1]
    assert shown(0.5, 0.5) == [1]


def test_bounds_are_compared_as_the_page_does():
    tenth = np.nextafter(np.float64(0.1), 0)
    rules = Rules(bar_atlas({"a": 2}, shade=[tenth, 0.9]))
    assert rules.mask(replace(rules.start, ranges={"shade": (0.1, 1.0)})).all()


def test_order():
    rules = Rules(bar_atlas({"a": 3, "b": 2}, shade=[0.5, np.nan, 0.1, 0.5, 0.9]))
    order = {
        ("shade", False): [4, 0, 3, 2, 1],
        ("shade", True): [2, 0, 3, 4, 1],
        ("layer", False): [3, 4, 0, 1, 2],
        ("unit", False): [2, 1, 4, 0, 3],
        ("unit", True): [0, 3, 1, 4, 2],
    }
    for (column, ascending), rows in order.items():
        state = replace(rules.start, sort_by=column, ascending=ascending)
        assert rules.rows(state).tolist() == rows


def test_search():
    atlas = picture_atlas(color_name=["red", "Blue", None] * 5)
    classes = {0: "cat", 1: "<b>dog</b>", 2: "car & van"}
    rules = Rules(atlas)
    unit = atlas.neurons.index.get_level_values("unit").to_numpy()
    layer = atlas.neurons.index.get_level_values("layer").to_numpy()

    def found(text):
        return rules.mask(replace(rules.start, search=text)).tolist()

    assert found(" \u3000 ") == [True] * 15
    assert found("CAR") == [classes[u % 3] == "car & van" for u in unit]
    assert found("dog &") == [False] * 15
    assert found("conv2") == (layer == "conv2").tolist()
    assert found("conv2 <B>") == ((layer == "conv2") & (unit % 3 == 1)).tolist()
    assert found("conv2/1") == ((layer == "conv2") & (unit == 1)).tolist()
    assert found("v2/1") == ((layer == "conv2") & (unit == 1)).tolist()
    assert found("/1") == (unit == 1).tolist()
    assert found("conv2/01") == found("conv2/") == [False] * 15
    assert found("/") == (unit % 3 == 1).tolist()  # As in </b>.
    assert found("2/x") == [False] * 15
    assert found("3") == ((layer == "conv3") | (unit == 3)).tolist()
    assert found("003") == (unit == 3).tolist()
    assert found("9" * 5000) == [False] * 15
    assert found("\u0663") == [False] * 15  # A digit, but not of ours.
    assert found("blue") == [False, True, False] * 5
    assert found("none") == [False] * 15


def test_a_class_is_found_by_what_it_is_a_kind_of_and_by_the_name_of_its_node():
    atlas = picture_atlas()
    ontology = nfviz.Ontology.from_edges(
        pd.DataFrame(
            {
                "child": ["n1", "n2", "n3", "n4", "n5"],
                "parent": ["n4", "n4", "n5", "n5", ""],
                "name": ["tabby", "beagle", "van", "Animal", "entity"],
            }
        )
    )
    atlas = replace(atlas, ontology=ontology, classes=atlas.classes.assign(wnid=["n1", "n2", "n3"]))
    rules = Rules(atlas)
    unit = atlas.neurons.index.get_level_values("unit").to_numpy()

    def found(text):
        return rules.mask(replace(rules.start, search=text)).tolist()

    assert found("animal") == (unit % 3 < 2).tolist()
    assert found("beagle") == (unit % 3 == 1).tolist()
    # What is above every class tells nothing apart.
    assert found("entity") == [False] * 15


def test_search_follows_the_first_class():
    weights = [[1.0, 0.9, 0.8], [1.0, 0.9, 0.8]]
    atlas = bar_atlas({"a": 2}, weights=weights)
    atlas = replace(
        atlas,
        images=pd.DataFrame({"label": [0, 1, 1]}, index=atlas.images.index),
        classes=pd.DataFrame({"name": ["one", "two"]}, index=pd.Index([0, 1], name="label")),
    )
    rules = Rules(atlas)
    for n_max, word in [(1, "one"), (2, "one"), (3, "two")]:
        assert rules.mask(replace(rules.start, search=word, n_max=n_max)).all()


def test_rules_are_shared_and_do_not_keep_the_record_alive():
    import gc
    import weakref

    atlas = make_record(0)
    assert rules_of(atlas) is rules_of(atlas)
    rules_of(atlas).rows(rules_of(atlas).start)
    assert rules_of(make_record(0)) is not rules_of(atlas)
    gone = weakref.ref(atlas)
    del atlas
    gc.collect()
    assert gone() is None
