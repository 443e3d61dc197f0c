import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz import Kurtosis, Sparseness
from nfviz.atlas import Atlas
from nfviz.neuron_index import neuron_index
from nfviz.selectivity.kurtosis import excess_kurtosis
from nfviz.selectivity.response_moments import scaled_moments
from nfviz.selectivity.sparseness import lifetime_sparseness, sparseness_error

QUICK = settings(max_examples=60, deadline=None)
GOLDEN = [4.0, 0.0, 0.0, 0.0, 1.0, 0.0, 3.0, 0.0]
MOMENTS = ("mean", "moment2", "moment3", "moment4")


def moments(responses):
    """Raw moments of one neuron, summed exactly."""
    exact = [Fraction(float(r)) for r in responses]
    return [float(sum(r**k for r in exact) / len(exact)) for k in (1, 2, 3, 4)]


def make_atlas(rows):
    """One neuron per list of activations, of which those that are not finite do not count."""
    finite = [np.array([max(r, 0.0) for r in row if math.isfinite(r)]) for row in rows]
    table = {
        "images": [len(r) for r in finite],
        "fires": [np.mean(r > 0) if len(r) else np.nan for r in finite],
    }
    found = np.array([moments(r) if len(r) else [np.nan] * 4 for r in finite])
    table |= dict(zip(MOMENTS, found.T, strict=True))
    unit = np.arange(len(rows))
    index = neuron_index(["b", "a"], (unit > 0).astype(int), unit=unit)
    empty = pd.DataFrame()
    return Atlas(
        images=empty, classes=empty, layers=empty, ranked=empty, hues=empty, manifest={},
        neurons=pd.DataFrame({"dead": False}, index=index),
        responses=pd.DataFrame(table, index=index),
        features={}, spread={}, coverage={}, crops={},
    )  # fmt: skip


def test_golden():
    atlas = make_atlas([GOLDEN])
    table = Sparseness()(atlas)
    assert table["sparseness"].tolist() == [pytest.approx(0.7912087912087912, rel=1e-12)]
    assert table["fires"].tolist() == [3 / 8]
    assert Kurtosis()(atlas).tolist() == [pytest.approx(-0.4814814814814814, rel=1e-12)]


def slow_sparseness(r):
    n = len(r)
    return (1 - (sum(r) / n) ** 2 / (sum(x * x for x in r) / n)) / (1 - 1 / n)


def slow_kurtosis(r):
    exact = [Fraction(float(x)) for x in r]
    mean = sum(exact) / len(exact)
    second, fourth = (sum((x - mean) ** k for x in exact) / len(exact) for k in (2, 4))
    return float(fourth / second**2 - 3)


RESPONSES = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 50)), min_size=3, max_size=25).filter(
    lambda r: max(r) > 1.1 * min(r)
)


@QUICK
@given(RESPONSES)
def test_the_kernels_agree_with_the_equations(r):
    assert lifetime_sparseness([len(r)], *moments(r)[:2])[0] == pytest.approx(slow_sparseness(r))
    found = excess_kurtosis(*([m] for m in moments(r)))[0]
    assert found == pytest.approx(slow_kurtosis(r), rel=1e-7, abs=1e-7)


@QUICK
@given(RESPONSES, st.integers(-60, 60))
def test_ranges_and_that_neither_scale_nor_repetition_of_the_images_matters(r, power):
    atlas = make_atlas([r, [math.ldexp(x, power) for x in r], r * 3])
    table, kurtosis = Sparseness()(atlas), Kurtosis()(atlas)
    assert table["sparseness"].between(0, 1).all()
    assert (kurtosis >= -2).all()
    assert table["sparseness"].iloc[1] == pytest.approx(table["sparseness"].iloc[0])
    assert table["sparseness_error"].iloc[1] == pytest.approx(table["sparseness_error"].iloc[0])
    np.testing.assert_allclose(kurtosis, kurtosis.iloc[0], rtol=1e-9, atol=1e-9)
    unscaled = table["sparseness"] * (1 - 1 / atlas.responses["images"])
    assert unscaled.iloc[2] == pytest.approx(unscaled.iloc[0])


def test_extremes():
    rows = [[0, 0, 5, 0], [3, 3, 3, 3], [2, 0, 2, 0]]
    atlas = make_atlas(rows)
    table, kurtosis = Sparseness()(atlas), Kurtosis()(atlas)
    np.testing.assert_allclose(table["sparseness"], [1, 0, 2 / 3], atol=1e-12)
    assert kurtosis.isna().tolist() == [False, True, False]
    assert kurtosis.iloc[0] == pytest.approx(4 - 2 + 1 / 3 - 3)  # the most that 4 images allow
    assert kurtosis.iloc[2] == pytest.approx(-2)


def test_undefined_cases_and_the_order_of_the_neurons():
    rows = [[-1, -2, 0], [np.nan, np.inf], [7.0], [1, np.nan, 3, -4]]
    atlas = make_atlas(rows)
    table, kurtosis = Sparseness()(atlas), Kurtosis()(atlas)
    assert table.index.equals(atlas.neurons.index)
    assert kurtosis.index.equals(atlas.neurons.index)
    assert table["fires"].iloc[[0, 2, 3]].tolist() == [0, 1, pytest.approx(2 / 3)]
    assert math.isnan(table["fires"].iloc[1])
    assert table[["sparseness", "sparseness_error"]].isna().all(axis=1).tolist() == [True] * 3 + [
        False
    ]
    assert kurtosis.isna().tolist() == [True] * 3 + [False]
    few = Atlas(**{**vars(atlas), "neurons": atlas.neurons.iloc[[3, 0]]})
    assert Sparseness()(few)["sparseness"].iloc[0] == table["sparseness"].iloc[3]
    assert Kurtosis()(few).iloc[0] == kurtosis.iloc[3]


def test_neurons_without_statistics_are_named():
    atlas = make_atlas([GOLDEN, GOLDEN])
    for rest in (atlas.responses.iloc[:1], pd.DataFrame()):
        with pytest.raises(ValueError, match=r"no statistics of neuron \('[ab]', .*analyze"):
            Sparseness()(Atlas(**{**vars(atlas), "responses": rest}))
        with pytest.raises(ValueError, match="no statistics of neuron"):
            Kurtosis()(Atlas(**{**vars(atlas), "responses": rest}))


@pytest.mark.parametrize("offset", [0.0, 1.0, 10.0, 100.0, 300.0])
def test_raw_moments_are_good_to_three_digits_or_not_used(offset):
    rng = np.random.default_rng(3)
    r = np.maximum(rng.standard_normal(4000) + offset, 0).astype(np.float32).astype(np.float64)
    raw = [[np.mean(r**k)] for k in (1, 2, 3, 4)]
    assert excess_kurtosis(*raw)[0] == pytest.approx(slow_kurtosis(r), abs=1e-3)


def test_a_constant_response_with_rounding_has_no_kurtosis():
    r = np.full(1000, np.float64(np.float32(17.3)))
    r[::3] = np.nextafter(np.float32(17.3), np.float32(18))
    raw = [[np.mean(r**k)] for k in (1, 2, 3, 4)]
    assert np.isnan(excess_kurtosis(*raw)).all()
    assert lifetime_sparseness([1000], *raw[:2])[0] == pytest.approx(0, abs=1e-12)
    assert sparseness_error([1000], *raw)[0] == pytest.approx(0, abs=1e-6)


def test_levels_of_a_rectified_gaussian():
    r = np.maximum(np.random.default_rng(0).standard_normal(10**6), 0)
    raw = [[np.mean(r**k)] for k in (1, 2, 3, 4)]
    assert lifetime_sparseness([10**6], *raw[:2])[0] == pytest.approx(1 - 1 / np.pi, abs=2e-3)
    assert excess_kurtosis(*raw)[0] == pytest.approx(2.41, abs=0.03)


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_the_standard_error_is_that_of_repeated_samples(share):
    rng = np.random.default_rng(1)
    n, samples = 400, 3000
    r = np.where(rng.random((samples, n)) < share, rng.exponential(size=(samples, n)), 0.0)
    raw = [np.mean(r**k, axis=1) for k in (1, 2, 3, 4)]
    found = lifetime_sparseness(np.full(samples, n), *raw[:2]).std()
    assert np.median(sparseness_error(np.full(samples, n), *raw)) == pytest.approx(found, rel=0.1)


def test_the_standard_error_of_all_or_none_responses_is_binomial():
    r = [2.0] * 30 + [0.0] * 70
    error = sparseness_error([100], *([m] for m in moments(r)))[0]
    assert error * (1 - 1 / 100) == pytest.approx(math.sqrt(0.3 * 0.7 / 100))


def test_scaled_moments_of_extreme_activations_stay_finite():
    for scale in (1e-40, 1e38):
        first, second, third, fourth = scaled_moments(
            *([m] for m in moments(np.array(GOLDEN) * scale))
        )
        expected = scaled_moments(*([m] for m in moments(GOLDEN)))
        np.testing.assert_allclose([first, second, third, fourth], expected, rtol=1e-9)
