from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import nfviz
from nfviz.one_neuron import one_neuron
from nfviz.selectivity.class_shares import class_distribution
from nfviz.selectivity.population_code import PopulationCode, expected_population
from nfviz.testing import planted_classes, random_atlas


def test_planted_neurons_code_the_classes_they_answer():
    planted = planted_classes((1, 2, 3, 5, 10, 20))
    atlas = nfviz.analyze(planted.network, planted.images, progress=False, **planted.options)
    # 20 images: with 10 classes each has a tenth, with 20 none has.
    assert atlas.neurons["population_code"].tolist() == [1, 2, 3, 5, 10, 0]
    twentieth = PopulationCode(share=0.05)(atlas)["population_code"]
    assert twentieth.tolist() == [1, 2, 3, 5, 10, 20]


def test_it_is_the_number_of_classes_with_the_share():
    atlas = random_atlas()
    share = class_distribution(atlas)["share"]
    for least in (0.05, 0.1, 0.25, 0.5, 1.0):
        slow = (share >= least - 1e-9).groupby(level=["layer", "unit"]).sum()
        code = PopulationCode(share=least)(atlas)["population_code"]
        assert code.dropna().astype(int).to_dict() == slow.astype(int).to_dict()
        assert code.isna().equals(atlas.neurons["dead"].rename("population_code"))
        assert (code.dropna() <= 1 / least).all()


def test_chance_is_what_simulated_neurons_have():
    sizes, share = np.array([3, 7, 10, 20]), 0.2
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(4), sizes)
    expected = expected_population(sizes, [1, 5, 12, 40], share)
    for n, found in zip([1, 5, 12, 40], expected, strict=True):
        draws = [np.bincount(rng.choice(labels, n, replace=False)) / n for _ in range(4000)]
        mean = np.mean([(draw >= share - 1e-9).sum() for draw in draws])
        assert found == pytest.approx(mean, abs=0.06)
    assert expected[0] == 1
    assert expected[-1] == 2  # 10 and 20 of 40 have a fifth, 7 has not.
    assert expected_population(sizes, []).shape == (0,)


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_the_chance_is_that_of_as_many_images_and_the_same_share(share):
    atlas = random_atlas()
    columns = PopulationCode(share=share)(atlas)
    drawn = atlas.neurons["n_labeled"].to_numpy(dtype=int)
    sizes = np.bincount(atlas.images.query("label >= 0")["label"])
    known = drawn > 0
    assert np.array_equal(
        columns["population_code_chance"][known], expected_population(sizes, drawn[known], share)
    )


def test_shares_that_rounding_left_below_count():
    # 30 images of 10 classes: each class has a tenth, whatever the sums of weights say.
    atlas = random_atlas()
    expected = expected_population(np.full(10, 3), [30], 0.1)
    assert expected.tolist() == [10]
    assert expected_population(np.full(10, 3), [1], 1e-9).tolist() == [1]
    weights = np.float64([0.1, 0.2, 0.3, 0.7, 0.6, 0.8, 0.9, 0.4, 0.5, 0.1 + 0.2])
    shares = weights / weights.sum()
    alone = one_neuron(atlas, ("conv1", 0))
    table = alone.ranked.iloc[:10].assign(weight=weights, image=range(10))
    images = pd.DataFrame({"label": range(10)}, index=pd.RangeIndex(10, name="image"))
    one = replace(
        alone,
        ranked=table,
        images=images,
        neurons=alone.neurons.assign(n_images=10),
    )
    for least in sorted(shares):
        code = PopulationCode(share=least * (1 + 1e-12))(one)["population_code"]
        assert code.tolist() == [int((shares >= least - 1e-12).sum())]


def test_without_labels_nothing_is_known():
    atlas = random_atlas()
    atlas.images["label"] = -1
    columns = PopulationCode()(atlas)
    assert columns.isna().all(axis=None)
    assert columns["population_code"].dtype == pd.Int64Dtype()


@pytest.mark.parametrize("share", [0, -0.1, 1.1, "a tenth", np.nan])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="use a number above 0 and at most 1"):
        PopulationCode(share=share)
