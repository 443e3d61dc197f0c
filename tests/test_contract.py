"""The published contract of selectivities: the built-in ones keep it, others are told why not."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import nfviz
from nfviz.selectivity.standard import STANDARD
from nfviz.testing import check_selectivity, random_atlas


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


def test_functions_of_one_neuron_and_of_the_record_pass():
    def contrast(neuron):
        return neuron.feature.std()

    def curve(n):
        return {"last_weight": n.weights[-1], "labeled": int((n.labels >= 0).sum())}

    def fires_often(atlas):
        return atlas.responses["fires"] > 0.5

    for function in (contrast, curve, fires_often):
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
        (unit, r"'even' of neuron \('conv1', 0\) depends on the order of the neurons"),
        (rank_in_table, "'rank_in_table' of neuron .* depends on the order"),
        (infinite, "'infinite' of neuron .* is infinite: give NaN"),
        (writes, r"writes into its input .*neuron\.feature\.copy\(\)"),
        (writes_features, r"changes atlas\.features: work on a copy"),
        (writes_columns, r"changes atlas\.neurons: work on a copy"),
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
