"""Coverage: golden numbers, a slow reading, and ends that are exact."""

import numpy as np
import pytest

from nfviz.recording.coverage import Coverage


def shares(weights, boxes, size):
    cover = Coverage(np.asarray(weights, float), np.asarray(boxes), size)
    return cover.per_pixel(cover.share)


def test_golden_shares():
    boxes = [[0, 2, 0, 2], [0, 2, 1, 2], [1, 2, 1, 2]]
    found = shares([1, 0.9, 0.8], boxes, (2, 2))
    expected = [[0.37037037037037035, 0.7037037037037036], [0.37037037037037035, 1.0]]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_counting(seed):
    random = np.random.default_rng(seed)
    weights = random.uniform(0, 1, 40)
    ends = np.sort(random.integers(0, [[13], [17]], (40, 2, 2)), axis=2)
    boxes = np.concatenate([ends[:, 0], ends[:, 1]], axis=1)
    boxes[:5] = [0, 13, 0, 17]
    expected = np.zeros((13, 17))
    for weight, (top, bottom, left, right) in zip(weights, boxes, strict=True):
        expected[top:bottom, left:right] += weight / weights.sum()
    np.testing.assert_allclose(shares(weights, boxes, (13, 17)), expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_is_exactly_one_where_all_and_zero_where_none_covers(seed):
    random = np.random.default_rng(seed)
    boxes = np.array([[1, 9, 2, 8]] * 100)
    boxes[::2], boxes[::3, 3] = [3, 9, 2, 7], 6
    found = shares(random.uniform(0, 1, 100), boxes, (10, 9))
    assert (found[3:9, 2:6] == 1).all()
    assert (found[1:9, 2:8] > 0).all()
    found[1:9, 2:8] = 0
    assert (found == 0).all()


def test_whole_crops_cover_all():
    cover = Coverage(np.array([0.3, 0.2]), np.array([[0, 4, 0, 6]] * 2), (4, 6))
    assert cover.share.tolist() == [[1.0]]
    assert cover.per_pixel(np.array([[5.0]])).tolist() == [[5.0] * 6] * 4


def test_a_crop_that_shows_nothing_covers_nothing():
    found = shares([1.0, 0.5], [[0, 4, 0, 6], [4, 4, 0, 6]], (4, 6))
    np.testing.assert_allclose(found, np.full((4, 6), 2 / 3))
