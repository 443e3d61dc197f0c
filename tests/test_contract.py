"""The published contract of selectivities: the built-in ones keep it, others are told why not."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

import nfviz
from nfviz.selectivity.standard import STANDARD
from nfviz.testing import check_selectivity, random_atlas
from nfviz.testing.other_order import in_other_order


@pytest.mark.parametrize(
    "selectivity",
    [
        *STANDARD,
        nfviz.ClassSelectivity(threshold=0.8),
        nfviz.ColorNames(color_threshold=0.1),
        nfviz.PopulationCode(share=0.3),
        nfviz.ChromaSelectivity(),
    ],
    ids=repr,
)
def test_the_built_in_selectivities_keep_the_contract(selectivity):
    check_selectivity(selectivity)


def test_the_random_atlas_is_a_whole_record(tmp_path):
    atlas = random_atlas()
    again = nfviz.load(atlas.save(tmp_path / "random.nfviz"))
    pd.testing.assert_frame_equal(again.neurons, atlas.neurons, check_index_type=False)
    assert atlas.neurons["dead"].sum() == 2
    live = atlas.neurons[~atlas.neurons["dead"]]
    assert live.notna().all(axis=None)
    assert live["n_images"].between(2, 25).all()
    assert not random_atlas(1).neurons["auc"].equals(atlas.neurons["auc"])
    pd.testing.assert_frame_equal(random_atlas().ranked, atlas.ranked)
    # The favorite class of a unit is what its responses say.
    top = live["ccmas_label"].to_numpy(dtype=int)
    assert (top == np.flatnonzero(~atlas.neurons["dead"]) % 4).mean() > 0.6


def test_the_other_order_is_the_same_record_with_other_units():
    atlas = random_atlas()
    moved, former = in_other_order(atlas)
    assert not former.equals(atlas.neurons.index)
    assert sorted(former) == sorted(atlas.neurons.index)
    for (layer, unit), name in zip(moved.neurons.index, former, strict=True):
        assert moved.neurons.loc[(layer, unit)].equals(atlas.neurons.loc[name])
        assert moved.responses.loc[(layer, unit)].equals(atlas.responses.loc[name])
        assert moved.ranked.loc[(layer, unit)].equals(atlas.ranked.loc[name])
        for part in ("features", "spread", "coverage", "class_means", "crops"):
            one, other = getattr(moved, part)[layer], getattr(atlas, part)[name[0]]
            assert np.array_equal(one[unit], other[name[1]])


def test_the_atlas_that_is_given_stays_as_it_is():
    atlas = random_atlas()
    with pytest.raises(AssertionError, match=r"changes atlas\.neurons"):
        check_selectivity(writes_columns, atlas)
    assert "extra" not in atlas.neurons


def test_an_error_of_the_function_stays_its_own():
    with pytest.raises(ValueError, match="the file is read-only"):
        check_selectivity(unreadable)


def test_a_record_from_a_file_is_ground_too(tmp_path):
    atlas = nfviz.load(random_atlas().save(tmp_path / "random.nfviz"))
    for selectivity in (*STANDARD, lambda neuron: {"light": neuron.crops().mean()}):
        check_selectivity(selectivity, atlas)
    bare = replace(atlas, crops={}, responses=pd.DataFrame(), class_means={})
    check_selectivity(nfviz.ClassSelectivity(), bare)


def test_functions_of_one_neuron_and_of_the_record_pass():
    def contrast(neuron):
        return neuron.feature.std()

    def curve(n):
        return {"last_weight": n.weights[-1], "labeled": int((n.labels >= 0).sum())}

    def fires_often(atlas):
        return atlas.responses["fires"] > 0.5

    def shown(neuron):
        return neuron.crops().mean()

    for function in (contrast, curve, fires_often, shown):
        check_selectivity(function)


def random_numbers(neuron):
    return np.random.default_rng().random()


@dataclass
class Counter:
    count: int = 0

    def __call__(self, neuron):
        self.count += 1
        return self.count % 14


def unit(neuron):
    return {"even": neuron.unit % 2}


def infinite(neuron):
    return np.inf if len(neuron.images) % 2 else 1.0


def writes(neuron):
    feature = neuron.feature
    feature -= 127.5
    return feature.mean()


def writes_features(atlas):
    atlas.features["conv1"][0] += 1
    return np.zeros(len(atlas.neurons))


def writes_columns(atlas):
    atlas.neurons["extra"] = 1
    return np.zeros(len(atlas.neurons))


def writes_part(name, change):
    def writing(atlas):
        change(getattr(atlas, name))
        return np.zeros(len(atlas.neurons))

    return writing


def fill(arrays):
    arrays["conv2"][:] = 0.5


def blacken(sheets):
    sheets["conv1"].data[3] += 1


def near_the_middle(neuron):
    return abs(neuron.unit - (2.5 if neuron.layer == "conv1" else 3.5))


def slightly_by_unit(neuron):
    return 1e6 + neuron.unit


def faintly_by_unit(neuron):
    return 1e-9 * neuron.unit


class Slow:
    """Drifts by a little from call to call."""

    calls = 0

    def __call__(self, atlas):
        self.calls += 1
        return np.full(len(atlas.neurons), 1 + 1e-12 * self.calls)


def columns_by_order(atlas):
    first = atlas.neurons["max_activation"].iloc[0]
    return {f"of_{int(first * 1e6)}": np.zeros(len(atlas.neurons))}


def unreadable(neuron):
    raise ValueError("the file is read-only")


def rank_in_table(atlas):
    return np.arange(len(atlas.neurons))


calls = itertools.count()


def other_columns(atlas):
    return {f"column_{next(calls)}": np.zeros(len(atlas.neurons))}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (random_numbers, r"'random_numbers' of neuron \('conv1', 0\) differs at a second call"),
        (Counter(), "'Counter' of neuron .* differs at a second call"),
        (unit, r"'even' of neuron \('conv1', \d\) depends on the order of the neurons"),
        (rank_in_table, "'rank_in_table' of neuron .* depends on the order"),
        (infinite, "'infinite' of neuron .* is infinite: give NaN"),
        (writes, r"writes into its input .*neuron\.feature\.copy\(\)"),
        (writes_features, r"changes atlas\.features: work on a copy"),
        (writes_columns, r"changes atlas\.neurons: work on a copy"),
        (writes_part("ranked", lambda t: t.insert(0, "x", 1)), r"changes atlas\.ranked"),
        (writes_part("images", lambda t: t.insert(0, "x", 1)), r"changes atlas\.images"),
        (writes_part("manifest", lambda m: m.update(x=1)), r"changes atlas\.manifest"),
        (writes_part("spread", fill), r"changes atlas\.spread"),
        (writes_part("coverage", fill), r"changes atlas\.coverage"),
        (writes_part("class_means", fill), r"changes atlas\.class_means"),
        (writes_part("crops", dict.clear), r"changes atlas\.crops"),
        (writes_part("crops", blacken), r"changes atlas\.crops"),
        (near_the_middle, "depends on the order"),
        (slightly_by_unit, "depends on the order"),
        (faintly_by_unit, "depends on the order"),
        (Slow(), "differs at a second call"),
        (columns_by_order, r"for neurons in another order: always give the same"),
        (other_columns, r"\['column_0'\], but \['column_1'\] for a second call"),
    ],
)
def test_what_breaks_the_contract_is_told_by_column_and_neuron(function, message):
    with pytest.raises(AssertionError, match=message):
        check_selectivity(function)


def test_another_atlas_can_be_the_ground():
    def twice(atlas):
        return 2 * atlas.neurons["own"]

    with pytest.raises(KeyError, match="own"):
        check_selectivity(twice)
    atlas = random_atlas()
    own = {"own": np.linspace(0, 1, len(atlas.neurons))}
    check_selectivity(twice, nfviz.score(atlas, lambda atlas: own))
