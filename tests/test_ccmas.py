import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nfviz
from nfviz import CCMAS
from nfviz.atlas import Atlas
from nfviz.neuron_index import neuron_index
from nfviz.selectivity.blind_class_means import expected_ccmas
from nfviz.selectivity.ccmas import class_contrast
from nfviz.testing import planted_classes

QUICK = settings(max_examples=60, deadline=None)
GOLDEN = [0.8, 0.2, 0.1, 0.1]
MEANS = arrays(np.float32, (3, 5), elements=st.floats(0, 100, width=32))


def make_atlas(responses, labels, classes):
    """A record of responses r (images, neurons), the first neuron in layer b, the rest in a."""
    responses, labels = np.asarray(responses, dtype=float), np.asarray(labels)
    unit = np.arange(responses.shape[1])
    layer = (unit > 0).astype(int)
    index = neuron_index(["b", "a"], layer, unit=np.where(layer, unit - 1, 0))
    known = np.isin(classes, labels)
    means = np.full((len(unit), len(classes)), np.nan, np.float32)
    for column in np.flatnonzero(known):
        means[:, column] = responses[labels == classes[column]].mean(axis=0)
    table = {"images": len(labels), "fires": (responses > 0).mean(axis=0)}
    table |= {f"moment{k}": (responses**k).mean(axis=0) for k in (1, 2, 3, 4)}
    empty = pd.DataFrame()
    return Atlas(
        images=pd.DataFrame({"label": labels}).rename_axis("image"),
        classes=pd.DataFrame({"name": "x"}, index=pd.Index(classes, name="label")),
        layers=empty, ranked=empty, hues=empty, manifest={},
        neurons=pd.DataFrame({"dead": False}, index=index),
        responses=pd.DataFrame(table, index=index).rename(columns={"moment1": "mean"}),
        class_means={"b": means[layer == 0], "a": means[layer == 1]},
        features={}, spread={}, coverage={}, crops={},
    )  # fmt: skip


def test_golden():
    value, best = class_contrast([GOLDEN, GOLDEN[::-1]])
    np.testing.assert_allclose(value, 0.7142857142857143, rtol=1e-12)
    assert best.tolist() == [0, 3]
    assert class_contrast([[0.1] * 3])[0].tolist() == [0]


def slow(row):
    known = [float(m) for m in row if not np.isnan(m)]
    if len(known) < 2:
        return np.nan
    highest = max(known)
    known.remove(highest)
    rest = sum(known) / len(known)
    return (highest - rest) / (highest + rest) if highest + rest else np.nan


@QUICK
@given(MEANS, arrays(bool, (3, 5)))
def test_the_kernel_agrees_with_the_equation_also_where_classes_are_unknown(means, unknown):
    means[unknown] = np.nan
    value, best = class_contrast(means)
    np.testing.assert_allclose(value, [slow(row) for row in means], rtol=1e-6, atol=1e-6)
    assert ((value >= 0) & (value <= 1) | np.isnan(value)).all()
    for row, column, one in zip(means, best, value, strict=True):
        assert np.isnan(one) or row[column] == np.nanmax(row)


@QUICK
@given(MEANS, st.permutations(range(5)))
def test_the_order_of_the_classes_and_the_scale_change_nothing(means, order):
    value, best = class_contrast(means)
    other, column = class_contrast(4 * means[:, order])
    np.testing.assert_allclose(other, value, rtol=1e-12)
    rows = np.arange(3)
    np.testing.assert_array_equal(means[:, order][rows, column], means[rows, best])


def test_columns():
    labels = [7, 7, 3, 3, -1, 9, 9]
    responses = np.array(
        [
            [4, 0, 0, 1],
            [2, 0, 0, 1],
            [1, 0, 0, 1],
            [0, 0, 0, 1],
            [9, 0, 0, 1],
            [1, 5, 0, 1],
            [0, 0, 0, 1],
        ]
    )
    atlas = make_atlas(responses, labels, classes=[3, 5, 7, 9])
    assert np.isnan(atlas.class_means["b"][0, 1])  # class 5 has no images
    table = CCMAS()(atlas)
    assert table.index.equals(atlas.neurons.index)
    np.testing.assert_allclose(table["ccmas"], [5 / 7, 1, np.nan, 0], rtol=1e-6)
    assert table["ccmas_label"].dtype == "Int64"
    assert table["ccmas_label"].fillna(-1).tolist() == [7, 9, -1, 3]
    assert table["ccmas_chance"].isna().tolist() == [False, False, True, False]
    assert table["ccmas_chance"].iloc[3] == pytest.approx(0, abs=1e-6)
    some = Atlas(**{**vars(atlas), "neurons": atlas.neurons.iloc[[3, 0]]})
    pd.testing.assert_frame_equal(CCMAS()(some), table.iloc[[3, 0]])


def test_a_neuron_of_which_one_class_mean_is_known_has_no_index_and_no_chance():
    atlas = make_atlas(np.ones((4, 2)), [0, 0, 1, 1], [0, 1])
    atlas.class_means["a"][0, 1] = np.nan
    table = CCMAS()(atlas)
    assert table.isna().all(axis=1).tolist() == [False, True]


@pytest.mark.parametrize(
    ("labels", "classes"), [([-1] * 4, []), ([-1] * 4, [2, 5]), ([5] * 4, [2, 5])]
)
def test_fewer_than_two_classes_with_images_give_nothing(labels, classes):
    found = CCMAS()(make_atlas(np.ones((4, 2)), labels, np.array(classes, dtype=int)))
    assert found.isna().all(axis=None)
    assert found["ccmas_label"].dtype == "Int64"


def test_a_layer_without_class_means_is_named():
    atlas = make_atlas(np.ones((4, 2)), [0, 0, 1, 1], [0, 1])
    less = Atlas(**{**vars(atlas), "class_means": {"b": atlas.class_means["b"]}})
    with pytest.raises(ValueError, match=r"class_means has no layer 'a'.*Analyze"):
        CCMAS()(less)


def permuted(responses, sizes, times, seed=0):
    """CCMAS of responses dealt out at random: mean and its standard error."""
    rng, starts, found = np.random.default_rng(seed), np.cumsum(sizes) - sizes, []
    for _ in range(times):
        means = np.add.reduceat(rng.permutation(responses), starts) / sizes
        found.append(slow(means))
    return np.mean(found), np.std(found) / np.sqrt(times)


def blind(responses, sizes):
    return expected_ccmas(sizes, *([np.mean(responses**k)] for k in (1, 2, 3)))[0]


NEURONS = {
    "rectified": lambda rng, n: np.maximum(rng.standard_normal(n), 0),
    "dense": lambda rng, n: np.maximum(rng.standard_normal(n) + 3, 0),
    "rare": lambda rng, n: np.maximum(rng.standard_normal(n) - 1.5, 0),
    "sparse": lambda rng, n: rng.exponential(size=n) * (rng.random(n) < 0.02),
}
SIZES = {
    "many": np.full(300, 60),
    "few": np.full(10, 390),
    "two": np.full(2, 500),
    "unequal": 5 + 400 // np.arange(1, 101),
}


@pytest.mark.parametrize("neuron", NEURONS)
@pytest.mark.parametrize("sizes", SIZES)
def test_the_chance_level_is_that_of_permuted_responses(neuron, sizes):
    sizes = SIZES[sizes]
    responses = NEURONS[neuron](np.random.default_rng(2), sizes.sum())
    truth, error = permuted(responses, sizes, times=150)
    assert blind(responses, sizes) == pytest.approx(truth, abs=0.03 + 3 * error)


@pytest.mark.parametrize("size", [3, 100])
def test_the_chance_level_of_two_classes_and_normal_responses(size):
    # Half the distance of two means: the mean of |z| is (2/pi)^1/2, without replacement.
    variance, mean = 1.0, 20.0
    expected = np.sqrt(variance / (2 * size - 1) * 2 / np.pi) / mean
    third = mean**3 + 3 * mean * variance
    found = expected_ccmas([size, size], [mean], [mean**2 + variance], [third])[0]
    assert found == pytest.approx(expected, rel=0.05)


def test_the_chance_level_rises_as_images_become_fewer_and_is_the_same_every_time():
    responses = NEURONS["rectified"](np.random.default_rng(0), 20_000)
    levels = [blind(responses, np.full(100, size)) for size in (1000, 100, 10, 1)]
    assert levels == sorted(levels)
    assert levels[0] < 0.1
    assert levels[-1] > 0.6
    assert levels == [blind(responses, np.full(100, size)) for size in (1000, 100, 10, 1)]


def test_the_chance_level_of_neurons_that_hardly_fire_or_hardly_rest():
    singles, fives = np.ones(300, dtype=int), np.full(60, 5)
    one_image = np.zeros(300)
    one_image[3] = 2.0
    assert 0.95 < blind(one_image, singles) <= 1
    assert 0.6 < blind(one_image, np.full(3, 100)) <= 1
    resting = 2.0 - one_image
    assert blind(resting, fives) == pytest.approx(permuted(resting, fives, 20)[0], abs=0.01)


def test_the_chance_level_where_there_is_none():
    sizes = np.full(10, 50)
    assert np.isnan(expected_ccmas(sizes, [0.0], [0.0], [0.0])).all()
    constant = expected_ccmas(sizes, [3.0], [9.0], [27.0])
    assert constant.tolist() == [0]
    assert np.isnan(expected_ccmas([5], [1.0], [2.0], [3.0])).all()
    assert np.isnan(expected_ccmas([], [1.0], [2.0], [3.0])).all()


@pytest.mark.filterwarnings("ignore:Class selectivity is confined")
def test_planted_neurons_have_the_numbers_of_their_class_mix():
    planted = planted_classes((1, 2, 5, 20))  # of 20 classes of 20 images, to each as strongly
    mix = np.array([1, 2, 5, 20])
    atlas = nfviz.analyze(planted.network, planted.images, progress=False, **planted.options)
    found = atlas.neurons
    np.testing.assert_allclose(found["ccmas"], (20 - mix) / (18 + mix), atol=1e-6)
    assert found["ccmas_label"].iloc[0] == 0
    np.testing.assert_allclose(found["fires"], mix / 20)
    np.testing.assert_allclose(found["effective_classes"], mix, rtol=1e-6)
    np.testing.assert_allclose(found["purity"], 1 / mix)
    assert (np.diff(found["sparseness"]) < 0).all()
    responses = np.zeros((20, 20))
    responses[:, :2] = np.linspace(255, 200, 20).round()[:, np.newaxis] / 255
    assert found["sparseness"].iloc[1] == pytest.approx(
        (1 - responses.mean() ** 2 / (responses**2).mean()) / (1 - 1 / 400), rel=1e-6
    )
