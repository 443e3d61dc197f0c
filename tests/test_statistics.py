"""Streaming statistics: against plain sums, and the same to the bit however they are parted."""

import math

import numpy as np
import pytest

from nfviz.recording.exact_sum import ExactSum
from nfviz.recording.statistics import Statistics

NEURONS = 7


def drawn(batches=12, size=16, seed=0):
    """Responses over thirty orders of magnitude, in both signs, and labels with gaps."""
    random = np.random.default_rng(seed)
    shape = (batches, size, NEURONS)
    values = random.normal(size=shape) * 10.0 ** random.integers(-15, 15, shape)
    labels = random.choice([-1, 0, 3, 4, 10**12], (batches, size))
    return values.astype(np.float32), labels


def gathered(values, labels, batches):
    statistics = Statistics(NEURONS)
    for batch in batches:
        statistics.update(values[batch], labels[batch])
    return statistics


def results(statistics):
    return [*statistics.moments().values(), statistics.class_means([0, 3, 4, 5, 10**12])]


def same(one, other):
    return all(
        a.tobytes() == b.tobytes() for a, b in zip(results(one), results(other), strict=True)
    )


class TestExactSum:
    def test_is_the_exact_sum_rounded_once(self):
        random = np.random.default_rng(0)
        numbers = random.normal(size=(1000, 5)) * 10.0 ** random.integers(-12, 12, (1000, 5))
        total = ExactSum((5,))
        for row in numbers:
            total.add(row)
        assert total.value().tolist() == [math.fsum(column) for column in numbers.T]

    def test_cancels_without_a_trace(self):
        total = ExactSum((1,))
        for number in (1e16, 1.0, -1e16):
            total.add(np.array([number]))
        assert total.value() == 1.0

    def test_rows_that_are_added_later(self):
        total = ExactSum((0, 2))
        total.grow(3)
        total.add(np.ones((1, 2)), where=[2])
        assert total.value()[:3].tolist() == [[0, 0], [0, 0], [1, 1]]


class TestStatistics:
    def test_against_plain_sums(self):
        values, labels = drawn()
        found = gathered(values, labels, range(len(values)))
        responses = np.maximum(values.reshape(-1, NEURONS).astype(np.float64), 0)
        moments = found.moments()
        assert moments["images"].tolist() == [len(responses)] * NEURONS
        np.testing.assert_array_equal(moments["fires"], (responses > 0).mean(axis=0))
        for power, name in enumerate(("mean", "moment2", "moment3", "moment4"), 1):
            np.testing.assert_allclose(moments[name], (responses**power).mean(axis=0), rtol=1e-12)
        means = found.class_means([4, 0, 5])
        for column, label in enumerate([4, 0]):
            expected = responses[labels.ravel() == label].mean(axis=0)
            np.testing.assert_allclose(means[:, column], expected, rtol=1e-6)
        assert np.isnan(means[:, 2]).all()
        assert means.dtype == np.float32

    @pytest.mark.parametrize("seed", range(5))
    def test_any_order_and_any_grouping_to_the_bit(self, seed):
        values, labels = drawn(seed=seed)
        whole = gathered(values, labels, range(len(values)))
        random = np.random.default_rng(seed)
        parts = [Statistics(NEURONS)]
        for group in np.array_split(random.permutation(len(values)), random.integers(1, 7)):
            parts.append(gathered(values, labels, group))
        while len(parts) > 1:
            one = parts.pop(int(random.integers(len(parts))))
            other = parts.pop(int(random.integers(len(parts))))
            one.add(other.arrays())
            parts.append(one)
        assert same(parts[0], whole)

    def test_responses_that_are_not_finite(self):
        values, labels = drawn()
        clean = gathered(values, labels, range(len(values)))
        values[3, 5, 2], values[4, 0, 2], values[4, 1, 4] = np.nan, np.inf, -np.inf
        labels[3, 5], labels[4, 0], labels[4, 1] = 0, 3, -1
        found = gathered(values, labels, range(len(values)))
        moments = found.moments()
        count = values[0].size // NEURONS * len(values)
        assert moments["images"].tolist() == [
            count,
            count,
            count - 2,
            count,
            count - 1,
            *[count] * 2,
        ]
        column = values.reshape(-1, NEURONS)[:, 2].astype(np.float64)
        kept = np.maximum(column[np.isfinite(column)], 0)
        assert moments["mean"][2] == pytest.approx(kept.mean(), rel=1e-12)
        assert all(np.isfinite(values).all() for values in moments.values())
        means = found.class_means([0, 3])
        assert np.isnan(means[2]).all(), "an infinite mean is none"
        assert np.isfinite(np.delete(means, 2, axis=0)).all()
        assert not same(found, clean)

    def test_a_neuron_without_any(self):
        statistics = Statistics(1)
        statistics.update(np.full((3, 1), np.nan, np.float32), np.zeros(3, np.int64))
        moments = statistics.moments()
        assert moments["images"] == [0]
        assert all(np.isnan(moments[name]) for name in moments if name != "images")
        assert np.isnan(statistics.class_means([0])).all()

    def test_what_it_is_lent_stays(self):
        values, labels = drawn()
        before = values.copy(), labels.copy()
        gathered(values, labels, range(len(values)))
        np.testing.assert_array_equal(values, before[0])
        np.testing.assert_array_equal(labels, before[1])
