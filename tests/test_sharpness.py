from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nfviz.atlas import Atlas
from nfviz.opponent import to_opponent
from nfviz.selectivity import score
from nfviz.selectivity.sharpness import Sharpness, feature_sharpness


def one(feature, spread=0.1, coverage=1.0, **options):
    feature = np.asarray(feature, dtype=float)
    spread = np.broadcast_to(np.asarray(spread, dtype=float), feature.shape[:2])
    coverage = np.broadcast_to(np.asarray(coverage, dtype=float), feature.shape[:2])
    return float(feature_sharpness(feature[None], spread[None], coverage[None], **options)[0])


def gray(levels):
    return np.repeat(np.asarray(levels, dtype=float)[..., None], 3, axis=-1)


def edge(side, dark=60, bright=180):
    return gray(np.tile(np.where(np.arange(side) < side // 2, dark, bright), (side, 1)))


def slow(feature, spread, coverage, cells=8, opponent="cic"):
    """The equation, cell by cell."""
    height, width = feature.shape[:2]
    rows, columns = min(cells, height), min(cells, width)
    colors = {}
    for row in range(rows):
        for column in range(columns):
            inside = (
                slice(row * height // rows, (row + 1) * height // rows),
                slice(column * width // columns, (column + 1) * width // columns),
            )
            counts = coverage[inside] >= 0.1
            if 2 * counts.sum() >= counts.size:
                colors[row, column] = to_opponent(feature[inside][counts].mean(axis=0), opponent)
    energy = 0
    for down, right, steps in ((1, 0, rows - 1), (0, 1, columns - 1)):
        found = [
            ((colors[r + down, c + right] - color) ** 2).sum()
            for (r, c), color in colors.items()
            if (r + down, c + right) in colors
        ]
        energy += steps * np.mean(found) / 3 if found else 0
    noise = np.mean(np.maximum(spread[coverage >= 0.1], 1 / 255) ** 2)
    return energy / (energy + noise)


def random_case(seed, shape=(13, 10)):
    random = np.random.default_rng(seed)
    coverage = random.uniform(0, 1, shape)
    coverage[:4, :5] = 0
    return random.uniform(0, 255, (*shape, 3)), random.uniform(0, 0.6, shape), coverage


@pytest.mark.parametrize("cells", [2, 5, 8, 30])
@pytest.mark.parametrize("opponent", ["cic", "orthonormal"])
def test_the_equation_cell_by_cell(cells, opponent):
    case = random_case(cells)
    found = one(*case, cells=cells, opponent=opponent)
    assert found == pytest.approx(slow(*case, cells=cells, opponent=opponent), rel=1e-12)


@pytest.mark.parametrize("side", [2, 4, 8, 16, 40, 200])
def test_one_edge_gives_its_height_against_the_spread_whatever_the_size_of_the_field(side):
    # O1 is 2 in 255 levels: an edge of 120 levels is 240/255 high.
    height = 2 * 120 / 255
    assert one(edge(side), 0.25) == pytest.approx(height**2 / 3 / (height**2 / 3 + 0.25**2))


def test_a_blurred_edge_is_less_sharp_by_the_cells_it_takes():
    ramp = gray(np.tile(np.linspace(60, 180, 8), (8, 1)))
    height = 2 * 120 / 255
    energy = height**2 / 3 / 7
    assert one(ramp, 0.25) == pytest.approx(energy / (energy + 0.25**2))
    assert one(ramp, 0.25) < one(edge(8), 0.25)


def test_it_grows_with_contrast_and_falls_with_spread():
    values = [one(edge(16, 120 - step, 120 + step), 0.2) for step in (0, 10, 40, 100)]
    assert values == sorted(values)
    assert values[0] == 0
    values = [one(edge(16), spread) for spread in (0, 0.1, 0.3, 1)]
    assert values == sorted(values, reverse=True)
    assert 0.999 < values[0] < 1


def test_color_edges_count_as_gray_ones_do():
    feature = edge(8)
    feature[:, 4:] = feature[:, :1] + (0, 80, 0)
    assert one(feature) > 0.5


def test_averages_of_shifted_crops_are_less_sharp():
    random = np.random.default_rng(3)
    picture = random.uniform(0, 255, (12, 12, 3)).repeat(4, axis=0).repeat(4, axis=1)

    def average(most):
        crops = np.array(
            [np.roll(picture, random.integers(0, most + 1, 2), (0, 1)) for _ in range(60)]
        )
        feature = crops.mean(axis=0)
        distance = ((to_opponent(crops) - to_opponent(feature)) ** 2).mean(axis=(0, -1))
        return one(feature, np.sqrt(distance))

    values = [average(most) for most in (0, 3, 30)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.99
    assert values[-1] < 0.6


def test_nothing_depends_on_mirroring_turning_or_inverting():
    feature, spread, coverage = random_case(5, (12, 12))
    value = one(feature, spread, coverage, cells=6)
    assert one(feature[::-1], spread[::-1], coverage[::-1], cells=6) == pytest.approx(value)
    turned = [np.swapaxes(array, 0, 1) for array in (feature, spread, coverage)]
    assert one(*turned, cells=6) == pytest.approx(value)
    assert one(255 - feature, spread, coverage, cells=6) == pytest.approx(value)


def test_what_no_crop_covers_has_no_edges():
    feature, coverage = edge(8), np.ones((8, 8))
    feature[:, 4:] = 127.5
    coverage[:, 4:] = 0
    assert one(feature, 0.1, coverage) == 0
    feature[:, 4:] = np.nan
    assert one(feature, 0.1, coverage) == 0
    assert one(edge(8), 0.1, np.full((8, 8), 0.3), min_coverage=0.2) > 0.5
    assert np.isnan(one(edge(8), 0.1, np.full((8, 8), 0.3), min_coverage=0.4))


def test_what_is_unknown_is_nan():
    assert np.isnan(one(gray([[200]])))
    assert np.isnan(one(edge(8), coverage=0))
    broken = edge(8)
    broken[2, 2, 1] = np.nan
    assert np.isnan(one(broken))
    assert one(gray([[0, 200]])) > 0.5
    assert feature_sharpness(np.zeros((0, 4, 4, 3)), *np.zeros((2, 0, 4, 4))).shape == (0,)


def test_narrow_types_and_company_change_nothing():
    cases = [random_case(seed, (9, 9)) for seed in range(6)]
    arrays = [np.array(parts) for parts in zip(*cases, strict=True)]
    together = feature_sharpness(*arrays)
    np.testing.assert_allclose(together, [one(*case) for case in cases], rtol=1e-12)
    before = [array.astype(np.float16) for array in arrays]
    copies = [array.copy() for array in before]
    np.testing.assert_allclose(
        feature_sharpness(*before),
        feature_sharpness(*[array.astype(float) for array in before]),
        rtol=1e-5,
    )
    for array, copy in zip(before, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_the_floor_of_the_spread_counts():
    faint = edge(8, 127, 128)
    assert one(faint, 0) < one(faint, 0, std_floor=1e-6)


def make_atlas():
    """Two layers with features, of which a has a dead neuron, and one layer without."""
    names = [("a", 0), ("a", 1), ("b", 0), ("c", 0)]
    index = pd.MultiIndex.from_tuples(names, names=["layer", "unit"])
    empty = pd.DataFrame()
    features = {"a": np.array([edge(6), edge(6)]), "b": edge(10)[None]}
    return Atlas(
        images=empty, classes=empty, layers=pd.DataFrame(index=["a", "b", "c"]), ranked=empty,
        neurons=pd.DataFrame({"dead": [False, True, False, False]}, index=index), crops={},
        hues=empty, features=features,
        spread={name: np.full(array.shape[:3], 0.25) for name, array in features.items()},
        coverage={name: np.full(array.shape[:3], 1.0) for name, array in features.items()},
        manifest={"parameters": {"opponent": "cic", "min_coverage": 0.1}},
    )  # fmt: skip


def test_the_column_of_a_record():
    atlas = make_atlas()
    found = score(atlas, Sharpness())
    value = one(edge(6), 0.25)
    np.testing.assert_allclose(found.neurons["sharpness"], [value, np.nan, value, np.nan])
    assert found.manifest["selectivities"] == ["Sharpness(cells=8, std_floor=0.00392156862745098)"]


def test_every_option_changes_the_column():
    atlas = make_atlas()
    ramp = gray(np.tile(np.linspace(60, 180, 40), (40, 1)))
    atlas = replace(
        atlas,
        features={"a": np.array([ramp, ramp])},
        spread={"a": np.full((2, 40, 40), 0.001)},
        coverage={"a": np.full((2, 40, 40), 0.5)},
    )

    def value(found):
        return found["sharpness"].iloc[0]

    base = value(Sharpness()(atlas))
    assert value(Sharpness(cells=2)(atlas)) > base
    assert value(Sharpness(std_floor=0.5)(atlas)) < base
    for name, option in (("opponent", "orthonormal"), ("min_coverage", 0.6)):
        parameters = {**atlas.manifest["parameters"], name: option}
        other = replace(atlas, manifest={"parameters": parameters})
        assert not np.isclose(value(Sharpness()(other)), base)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cells": 1}, "cells=1 is a number of cells: use an integer of 2"),
        ({"cells": 2.5}, "cells=2.5"),
        ({"std_floor": 0}, "std_floor=0 is a standard deviation"),
        ({"std_floor": float("nan")}, "std_floor=nan"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Sharpness(**options)
