import numpy as np
import pandas as pd
import pytest

import nfviz
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


def test_equal_weights_of_a_label_blind_neuron_match_its_chance():
    atlas = random_atlas()
    columns = PopulationCode()(atlas)
    drawn = atlas.neurons["n_labeled"].to_numpy(dtype=int)
    sizes = np.bincount(atlas.images.query("label >= 0")["label"])
    known = drawn > 0
    assert np.array_equal(
        columns["population_code_chance"][known], expected_population(sizes, drawn[known])
    )


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
