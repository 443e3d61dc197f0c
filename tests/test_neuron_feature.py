"""Averages of crops: golden numbers, a slow reading of the equations, and what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.opponent import to_opponent
from nfviz.recording import moments
from nfviz.recording import neuron_feature as module
from nfviz.recording.neuron_feature import OUTSIDE, neuron_feature

GOLDEN_CROPS = np.array(
    [
        [[[230, 140, 40], [40, 110, 210]], [[235, 150, 60], [30, 90, 200]]],
        [[[220, 130, 30], [60, 120, 190]], [[200, 110, 20], [50, 130, 220]]],
        [[[240, 160, 70], [20, 80, 180]], [[250, 120, 50], [70, 100, 240]]],
    ],
    np.uint8,
)
GOLDEN_WEIGHTS = np.array([1.0, 0.9, 0.8])
WHOLE = np.array([[0, 2, 0, 2]] * 3)
PARTIAL = np.array([[0, 2, 0, 2], [0, 2, 1, 2], [1, 2, 1, 2]])


def average(crops, weights, boxes, **options):
    planar = np.full_like(crops.transpose(0, 3, 1, 2), OUTSIDE)
    for to, crop, (top, bottom, left, right) in zip(planar, crops, boxes, strict=True):
        to[:, top:bottom, left:right] = crop[top:bottom, left:right].transpose(2, 0, 1)
    return neuron_feature(planar, weights, boxes, **options)


def slow(crops, weights, boxes, opponent):
    """Read the equations pixel by pixel, crop by crop."""
    height, width = crops.shape[1:3]
    feature, spread = np.zeros((height, width, 3)), np.zeros((height, width))
    coverage = np.zeros((height, width))
    gray = to_opponent([127.5, 127.5, 127.5], opponent)
    for y in range(height):
        for x in range(width):
            sees = [t <= y < b and left <= x < right for t, b, left, right in boxes]
            total = sum(w for w, covered in zip(weights, sees, strict=True) if covered)
            coverage[y, x] = total / weights.sum()
            color = np.full(3, 127.5)
            if coverage[y, x] >= 0.1:
                color = (
                    sum(
                        w * c[y, x].astype(float)
                        for w, c, covered in zip(weights, crops, sees, strict=True)
                        if covered
                    )
                    / total
                )
            feature[y, x] = color
            center = to_opponent(color, opponent)
            squares = 0.0
            for w, c, covered in zip(weights, crops, sees, strict=True):
                seen = to_opponent(c[y, x].astype(float), opponent) if covered else gray
                squares += w * ((seen - center) ** 2).sum()
            spread[y, x] = np.sqrt(squares / (3 * weights.sum()))
    return feature, spread, coverage


def test_golden_average():
    result = average(GOLDEN_CROPS, GOLDEN_WEIGHTS, WHOLE)
    expected = [
        [
            [229.62962962962962, 142.59259259259258, 45.55555555555555],
            [40.74074074074074, 104.44444444444444, 194.44444444444443],
        ],
        [
            [227.77777777777777, 127.77777777777777, 43.7037037037037],
            [48.51851851851851, 106.29629629629629, 218.5185185185185],
        ],
    ]
    np.testing.assert_allclose(result.feature, expected, atol=1e-6)
    sigma = [0.057647740085761415, 0.06939354361549739, 0.08758602370873324, 0.0798706003478142]
    np.testing.assert_allclose(result.spread.ravel(), sigma, rtol=1e-5)
    assert (result.coverage == 1).all()


def test_golden_average_of_the_papers_letter():
    result = average(GOLDEN_CROPS, GOLDEN_WEIGHTS, WHOLE, normalise="paper")
    expected = [
        [[206.66666666666666, 128.33333333333334, 41.0], [36.666666666666664, 94.0, 175.0]],
        [
            [205.0, 115.0, 39.333333333333336],
            [43.666666666666664, 95.66666666666667, 196.66666666666666],
        ],
    ]
    np.testing.assert_allclose(result.feature, expected, atol=1e-6)
    usual = average(GOLDEN_CROPS, GOLDEN_WEIGHTS, WHOLE)
    np.testing.assert_array_equal(result.spread, usual.spread)


def test_golden_average_at_a_border():
    result = average(GOLDEN_CROPS, GOLDEN_WEIGHTS, PARTIAL)
    expected = [
        [[230.0, 140.0, 40.0], [49.473684210526315, 114.73684210526316, 200.5263157894737]],
        [[235.0, 150.0, 60.0], [48.51851851851851, 106.29629629629629, 218.5185185185185]],
    ]
    np.testing.assert_allclose(result.feature, expected, atol=1e-6)
    cover = [[0.37037037037037035, 0.7037037037037036], [0.37037037037037035, 1.0]]
    np.testing.assert_allclose(result.coverage, cover, atol=1e-12)
    sigma = [0.30836588959011063, 0.17092129060105127, 0.2925545939922052, 0.0798706003478142]
    np.testing.assert_allclose(result.spread.ravel(), sigma, rtol=1e-5)


def test_golden_spread_in_the_orthonormal_space():
    result = average(GOLDEN_CROPS, GOLDEN_WEIGHTS, WHOLE, opponent="orthonormal")
    sigma = [0.049453862486000484, 0.05897425781764201, 0.07253686652016242, 0.06508455047903582]
    np.testing.assert_allclose(result.spread.ravel(), sigma, rtol=1e-5)


@st.composite
def crop_sets(draw):
    count, height, width = (draw(st.integers(1, size)) for size in (12, 9, 7))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    crops = random.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    weights = np.concatenate([[1.0], random.uniform(0.01, 1, count - 1)])
    tops, lefts = random.integers(0, height, count), random.integers(0, width, count)
    bottoms = [random.integers(top + 1, height + 1) for top in tops]
    rights = [random.integers(left + 1, width + 1) for left in lefts]
    return crops, weights, np.stack([tops, bottoms, lefts, rights], axis=1)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(crop_sets(), st.sampled_from(["cic", "orthonormal"]))
def test_agrees_with_a_slow_reading_of_the_equations(crop_set, opponent):
    result = average(*crop_set, opponent=opponent)
    feature, spread, coverage = slow(*crop_set, opponent)
    np.testing.assert_allclose(result.coverage, coverage, atol=1e-12)
    np.testing.assert_allclose(result.feature, feature, atol=1e-5)
    np.testing.assert_allclose(result.spread, spread, rtol=1e-4, atol=2e-6)


def test_large_crops_are_averaged_in_parts_with_the_same_result():
    random = np.random.default_rng(0)
    crops = random.integers(0, 256, (100, 120, 110, 3), dtype=np.uint8)
    weights = np.sort(random.uniform(0.7, 1, 100))[::-1].copy()
    boxes = np.array([[0, 120, 0, 110]] * 100)
    boxes[::7] = [13, 90, 0, 41]
    result = average(crops, weights, boxes)
    inside = np.zeros((100, 120, 110, 1))
    for mask, (top, bottom, left, right) in zip(inside, boxes, strict=True):
        mask[top:bottom, left:right] = 1
    weighted = weights[:, None, None, None] * inside
    expected = (weighted * crops).sum(axis=0) / weighted.sum(axis=0)
    np.testing.assert_allclose(result.feature, expected, atol=2e-6)


@pytest.mark.parametrize("least", [0.0, 0.38, 0.71])
def test_too_little_coverage_is_mid_gray(least):
    result = average(GOLDEN_CROPS, GOLDEN_WEIGHTS, PARTIAL, min_coverage=least)
    gray = (result.feature == 127.5).all(axis=-1)
    np.testing.assert_array_equal(gray, result.coverage < least)


def test_identical_crops_have_no_spread():
    crops = np.repeat(GOLDEN_CROPS[:1], 5, axis=0)
    result = average(crops, np.linspace(1, 0.7, 5), np.array([[0, 2, 0, 2]] * 5))
    np.testing.assert_allclose(result.feature, crops[0], atol=1e-5)
    np.testing.assert_allclose(result.spread, 0, atol=1e-6)


def planar(random, count, height, width):
    """Crops whose colors hang together a little, half of them cut by a border, and weights."""
    base = random.integers(40, 216, (3, height, width))
    crops = np.clip(base + random.normal(0, 30, (count, 3, height, width)), 0, 255)
    crops = np.rint(crops).astype(np.uint8)
    boxes = np.array([[0, height, 0, width]] * count)
    boxes[1::4, 0], boxes[2::4, 1], boxes[1::8, 3] = height // 3, height - 2, width // 2
    for crop, (top, bottom, left, right) in zip(crops, boxes, strict=True):
        crop[:, :top] = crop[:, bottom:] = OUTSIDE
        crop[:, :, :left] = crop[:, :, right:] = OUTSIDE
    return crops, np.sort(random.uniform(0.7, 1, count))[::-1].copy(), boxes


def in_float64(crops, weights, boxes, opponent="cic"):
    """Read the equations all pixels at once, in float64, about the mean."""
    height, width = crops.shape[2:]
    sees = np.zeros((len(crops), height, width))
    for mask, (top, bottom, left, right) in zip(sees, boxes, strict=True):
        mask[top:bottom, left:right] = 1
    weighted = weights[:, None, None] * sees
    colors = crops.transpose(0, 2, 3, 1).astype(float)
    mean = (weighted[..., None] * colors).sum(axis=0) / weighted.sum(axis=0)[..., None]
    seen = to_opponent(np.where(sees[..., None] == 1, colors, 127.5), opponent)
    squares = ((seen - to_opponent(mean, opponent)) ** 2).sum(axis=-1)
    spread = (weights[:, None, None] * squares).sum(axis=0) / (3 * weights.sum())
    return mean, np.sqrt(spread)


@pytest.mark.parametrize("opponent", ["cic", "orthonormal"])
@pytest.mark.parametrize("size", [(100, 37, 41), (7, 120, 90), (1500, 9, 5)])
def test_is_as_exact_as_published_values_can_show(size, opponent):
    crop_set = planar(np.random.default_rng(1), *size)
    result = neuron_feature(*crop_set, opponent=opponent)
    mean, spread = in_float64(*crop_set, opponent)
    np.testing.assert_allclose(result.feature, mean, atol=1e-6)
    np.testing.assert_allclose(result.spread, spread, rtol=1e-5)


@pytest.mark.parametrize("level", [0, 3, 127, 128, 255])
def test_spreads_of_a_part_of_a_level_are_resolved(level):
    random = np.random.default_rng(2)
    crops = np.full((100, 3, 20, 21), level, np.uint8)
    crops[random.random(crops.shape) < 0.05] ^= 1
    weights, boxes = random.uniform(0.7, 1, 100), np.array([[0, 20, 0, 21]] * 100)
    result = neuron_feature(crops, weights, boxes)
    mean, spread = in_float64(crops, weights, boxes)
    assert spread.max() < 1 / 255
    np.testing.assert_allclose(result.feature, mean, atol=1e-6)
    np.testing.assert_allclose(result.spread, spread, rtol=1e-5, atol=1e-9)


def test_equal_crops_are_their_average_to_the_bit():
    random = np.random.default_rng(3)
    crops, _, _ = planar(random, 1, 33, 29)
    for count in (1, 2, 100):
        boxes = np.array([[0, 33, 0, 29]] * count)
        weights = random.uniform(0.01, 1, count)
        result = neuron_feature(np.repeat(crops, count, axis=0), weights, boxes)
        np.testing.assert_array_equal(result.feature, crops[0].transpose(1, 2, 0))
        assert (result.spread == 0).all()


def test_what_only_one_crop_shows_is_that_crop():
    crops, weights, _ = planar(np.random.default_rng(4), 3, 20, 20)
    boxes = np.array([[0, 20, 0, 7], [0, 20, 7, 14], [0, 20, 14, 20]])
    for crop, (_, _, left, right) in zip(crops, boxes, strict=True):
        crop[:, :, :left] = crop[:, :, right:] = OUTSIDE
    result = neuron_feature(crops, weights, boxes, min_coverage=0)
    for crop, (_, _, left, right) in zip(crops, boxes, strict=True):
        shown = crop[:, :, left:right].transpose(1, 2, 0)
        np.testing.assert_array_equal(result.feature[:, left:right], shown)


@pytest.mark.parametrize("size", [(100, 30, 31), (3, 8, 5), (1, 4, 4), (13, 120, 87)])
def test_gray_crops_average_to_a_gray_that_is_gray_to_the_bit(size):
    crops, weights, boxes = planar(np.random.default_rng(5), *size)
    crops[:] = crops[:, :1]
    feature = neuron_feature(crops, weights, boxes).feature
    assert (feature == feature[..., :1]).all()
    assert np.ptp(feature) > 20


def test_colors_stay_in_range():
    random = np.random.default_rng(10)
    crops = random.choice(np.array([0, 255], np.uint8), (90, 3, 40, 40), p=[0.02, 0.98])
    crops[:, 1] = 255 - crops[:, 1]
    weights, boxes = random.uniform(0.01, 1, 90), np.array([[0, 40, 0, 40]] * 90)
    feature = neuron_feature(crops, weights, boxes).feature
    assert (feature.min(), feature.max()) == (0, 255)


def test_bytes_and_levels_are_the_same_crops():
    crops, weights, boxes = planar(np.random.default_rng(6), 20, 12, 15)
    levels = (crops.astype(np.int16) - OUTSIDE).astype(np.int8)
    one, other = (neuron_feature(each, weights, boxes) for each in (crops, levels))
    for name in ("feature", "spread", "coverage"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_the_order_of_the_crops_does_not_matter():
    crops, weights, boxes = planar(np.random.default_rng(7), 40, 25, 20)
    result = neuron_feature(crops, weights, boxes)
    for order in (np.argsort(boxes[:, 0] - boxes[:, 1]), np.arange(40)[::-1]):
        other = neuron_feature(crops[order], weights[order], boxes[order])
        np.testing.assert_allclose(other.feature, result.feature, atol=1e-7)
        # Squares less those of the mean, of which 1 / 32 may be left, in float32 (2**-24).
        np.testing.assert_allclose(other.spread, result.spread, rtol=32 * 2**-24)


@pytest.mark.parametrize("name", ["_CHUNK", "_AGAIN"])
def test_how_much_is_done_at_a_time_does_not_matter(monkeypatch, name):
    crops, weights, boxes = planar(np.random.default_rng(8), 30, 40, 33)
    crops[:, :, :20] = crops[:1, :, :20]
    result = neuron_feature(crops, weights, boxes)
    monkeypatch.setattr(moments if name == "_CHUNK" else module, name, 1)
    other = neuron_feature(crops, weights, boxes)
    np.testing.assert_allclose(other.feature, result.feature, atol=1e-7)
    np.testing.assert_allclose(other.spread, result.spread, rtol=1e-6, atol=1e-9)


def test_the_crops_stay_as_they_were():
    crops, weights, boxes = planar(np.random.default_rng(9), 5, 6, 7)
    copies = crops.copy(), weights.copy(), boxes.copy()
    neuron_feature(crops, weights, boxes)
    for given_to, copy in zip((crops, weights, boxes), copies, strict=True):
        np.testing.assert_array_equal(given_to, copy)
