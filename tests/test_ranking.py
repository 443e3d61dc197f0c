"""The running ranking is the sort of everything, whatever the batches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.recording.ranking import Ranking


def rank(activations, n_ranked, cuts, batch_size, order=None):
    """Feed the columns `order` of (images, neurons) in the batches that `cuts` make."""
    images = np.arange(len(activations)) if order is None else order
    ranking = Ranking(activations.shape[1], n_ranked, batch_size)
    positions = (np.arange(len(activations))[:, None] * 7 + np.arange(activations.shape[1])) % 1000
    for part in np.split(images, cuts):
        ranking.update(activations[part], positions[part].astype(np.int32), part)
    return ranking.result()


def sort_all(activations, n_ranked):
    """Order each neuron's images by activation down, then number up: one stable sort."""
    return np.argsort(-activations, axis=0, kind="stable")[:n_ranked].T


def test_golden_order():
    activations = np.array([[2, 5, 5, 0, 3.6, 3.4, 3.5]], np.float32).T
    result = rank(activations, 4, [3], 4)
    assert result.image.tolist() == [[1, 2, 4, 6]]
    np.testing.assert_allclose(result.activation, [[5, 5, 3.6, 3.5]], rtol=1e-7)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    images=st.integers(1, 70),
    neurons=st.integers(1, 5),
    n_ranked=st.integers(1, 30),
    seed=st.integers(0, 2**32 - 1),
    levels=st.sampled_from([2, 5, 10**6]),
)
def test_any_cut_into_batches_in_any_order_gives_the_full_sort(
    images, neurons, n_ranked, seed, levels
):
    random = np.random.default_rng(seed)
    activations = random.integers(-levels, levels, (images, neurons)).astype(np.float32) / 3
    cuts = np.sort(random.integers(0, images + 1, random.integers(0, 6)))
    largest = max(np.diff([0, *cuts, images]))
    result = rank(activations, n_ranked, cuts, largest, random.permutation(images))
    expected = sort_all(activations, n_ranked)
    kept = min(n_ranked, images)
    assert (result.count == kept).all()
    np.testing.assert_array_equal(result.image[:, :kept], expected)
    values = np.take_along_axis(activations.T, expected, axis=1)
    np.testing.assert_array_equal(result.activation[:, :kept], values)
    np.testing.assert_array_equal(
        result.position[:, :kept], (expected * 7 + np.arange(neurons)[:, None]) % 1000
    )


def test_many_batches_merge_many_times():
    random = np.random.default_rng(3)
    activations = random.normal(size=(1000, 6)).astype(np.float32)
    activations[random.integers(0, 1000, 300)] = activations[5]
    result = rank(activations, 17, np.arange(8, 1000, 8), 8)
    np.testing.assert_array_equal(result.image, sort_all(activations, 17))


def test_zero_and_minus_zero_tie():
    result = rank(np.array([[-0.0], [0.0], [-0.0]], np.float32), 3, [1, 2], 1)
    assert result.image.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_images_without_a_finite_response_are_counted_and_in_no_rank(odd):
    activations = np.array([[1.0, odd], [odd, odd], [-3e38, odd]], np.float32)
    result = rank(activations, 3, [2], 2)
    assert result.nonfinite.tolist() == [1, 3]
    assert result.count.tolist() == [2, 0]
    assert result.image[0, :2].tolist() == [0, 2]
    assert result.activation[0, 1] == np.float32(-3e38)


def test_the_result_can_be_taken_in_between():
    random = np.random.default_rng(4)
    activations = random.normal(size=(40, 3)).astype(np.float32)
    ranking = Ranking(3, 5, 10)
    for start in range(0, 40, 10):
        part = np.arange(start, start + 10)
        ranking.update(activations[part], np.zeros((10, 3), np.int32), part)
        expected = sort_all(activations[: start + 10], 5)
        np.testing.assert_array_equal(ranking.result().image, expected)
