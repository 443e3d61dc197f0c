from dataclasses import replace
from importlib import import_module
from threading import Lock
from time import sleep

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from nfviz.atlas import Atlas
from nfviz.selectivity import ColorNames, ColorSelectivity, color_memberships, feature_pixels
from nfviz.selectivity.color_memberships import CHROMATIC, COLOR_NAMES
from nfviz.selectivity.color_names import color_name_shares
from nfviz.selectivity.color_palette import Palette
from nfviz.selectivity.color_selectivity import shared_color_statistics

model = import_module("nfviz.selectivity.color_memberships")

GOLDEN = {
    (255, 0, 0): {"orange": 0.999834963327778, "red": 0.00016503633635337223},
    (0, 255, 0): {"green": 1.0},
    (0, 0, 255): {"purple": 0.9999404101403605, "blue": 5.958985963951735e-05},
    (255, 255, 0): {"yellow": 0.9979205552503795, "green": 0.002079444749620369},
    (255, 165, 0): {"orange": 0.8757652271847101, "yellow": 0.1242347728152892},
    (128, 64, 0): {"brown": 0.9999999975669946, "green": 2.2581889744937362e-09},
    (255, 192, 203): {"pink": 0.999951221737044, "orange": 4.759732231532624e-05},
    (128, 0, 128): {"purple": 0.9999999999998133},
    (0, 0, 0): {"black": 0.9999296548985585, "green": 1.8847003414160862e-05},
    (64, 64, 64): {"black": 0.6989372725075886, "gray": 0.30099229617602946},
    (128, 128, 128): {"gray": 0.9984547522646655, "purple": 0.0003533299731076853},
    (200, 200, 200): {"white": 0.5734070787477457, "gray": 0.4265929212522544},
    (255, 255, 255): {"white": 0.9981825468149262, "gray": 0.0018174531850738151},
    (200, 40, 40): {"red": 0.9996422361308498, "orange": 0.00035774353267876524},
    (150, 20, 30): {"red": 0.9999995618640168, "pink": 4.381359832576882e-07},
    (60, 120, 200): {"blue": 0.9999995618732318, "purple": 2.5110167528559405e-07},
    (0, 128, 0): {"green": 0.9999999999999265},
    (135, 206, 235): {"blue": 0.9999991965573289, "purple": 7.831131900221785e-07},
}


@pytest.mark.parametrize("rgb", GOLDEN)
def test_golden(rgb):
    found = dict(zip(COLOR_NAMES, color_memberships(rgb), strict=True))
    for name, value in GOLDEN[rgb].items():
        assert found[name] == pytest.approx(value, abs=1e-9), name


def test_the_surprises_that_the_docstring_names():
    screen = {(255, 0, 0): "orange", (0, 0, 255): "purple", (255, 0, 255): "pink"}
    for rgb, name in {**screen, (0, 255, 255): "blue"}.items():
        assert COLOR_NAMES[color_memberships(rgb).argmax()] == name


# The published tables as printed: per level t_a, t_b, e_a, e_b, beta_e, phi; per name and level
# alpha_a, alpha_b, beta_a, beta_b.
ELLIPSES = """
0.42 | 0.25 | 5.89 | 7.47 | 9.84 | 2.32
0.23 | 0.66 | 6.46 | 7.87 | 6.03 | 17.59
-0.12 | 0.52 | 5.38 | 6.98 | 6.81 | 19.58
-0.44 | 1.08 | 6.06 | 7.50 | 7.32 | 24.55
-0.57 | 1.16 | 5.37 | 6.90 | 100 | 24.75
-1.26 | 1.81 | 6.04 | 7.39 | 100 | -1.19
"""
SIGMOIDS = """
red | -2.24, -56.55, .90, 1.72 | 2.21, -48.81, .52, 5.00 | 13.57, -45.55, 1.00, .57
     | 26.52, -57.01, .94, .75 | - | -
orange | - | - | 44.45, -28.76, .57, .52
     | 32.99, -9.88, .75, .48 | 25.75, -15.85, 2.00, .84 | 25.74, -17.56, 1.03, .79
brown | 33.45, 14.56, 1.72, .84 | 41.19, 6.87, 5.00, .69 | 61.24, 6.65, .52, .84
     | - | - | -
yellow | - | - | -
     | 80.12, 5.67, .48, .73 | 74.15, 12.27, .84, .86 | 72.44, 16.24, .79, .96
green | 104.56, 134.59, .84, 1.95 | 96.87, 120.46, .69, .96 | 96.65, 109.38, .84, .60
     | 95.67, 108.32, .73, .64 | 102.27, 98.57, .86, .74 | 106.24, 100.05, .96, .90
blue | 224.59, -147.15, 1.95, 1.01 | 210.46, -148.48, .96, .92 | 199.38, -148.24, .60, .80
     | 198.32, -148.77, .64, .76 | 188.57, -150.83, .74, .47 | 190.05, -149.43, .90, .60
purple | -57.15, -92.24, 1.01, .90 | -58.48, -105.72, .92, 1.10 | -58.24, -112.63, .80, .62
     | -58.77, -123.92, .76, 5.00 | -60.83, -122.55, .47, 1.74 | -59.43, -122.37, .60, 1.93
pink | - | -15.72, -87.79, 1.10, .52 | -22.63, -76.43, .62, 1.00
     | -33.92, -63.48, 5.00, .94 | -32.55, -64.25, 1.74, 2.00 | -32.37, -64.26, 1.93, 1.03
"""


def test_the_tables_are_those_published():
    ellipses = [[float(x) for x in line.split("|")] for line in ELLIPSES.split("\n") if line]
    assert [list(row) for row in model._ELLIPSES] == ellipses
    lines = [line for line in SIGMOIDS.split("\n") if line]
    for name, second in zip(lines[::2], lines[1::2], strict=True):
        key, *cells = [cell.strip() for cell in name.split("|") + second.split("|")[1:]]
        printed = {
            level: tuple(float(x) for x in cell.split(","))
            for level, cell in enumerate(cells)
            if cell != "-"
        }
        assert model._SIGMOIDS[key] == printed
    assert list(model._SIGMOIDS) == list(COLOR_NAMES[:CHROMATIC])


def slow_memberships(lab):
    """Section 1.11 for one color, name by name."""
    lightness, a, b = lab

    def sigmoid(x, center, slope):
        return 1 / (1 + np.exp(-slope * (x - center)))

    ends = [31, 42, 51, 66, 76, np.inf]
    level = next(i for i, end in enumerate(ends) if lightness <= end)
    t_a, t_b, e_a, e_b, beta_e, phi = model._ELLIPSES[level]
    x, y, phi = a - t_a, b - t_b, np.radians(phi)
    along, across = x * np.cos(phi) + y * np.sin(phi), -x * np.sin(phi) + y * np.cos(phi)
    ellipse = 1 / (1 + np.exp(-beta_e * ((along / e_a) ** 2 + (across / e_b) ** 2 - 1)))
    chromatic = []
    for name in COLOR_NAMES[:CHROMATIC]:
        if level not in model._SIGMOIDS[name]:
            chromatic.append(0.0)
            continue
        alpha_a, alpha_b, beta_a, beta_b = model._SIGMOIDS[name][level]
        alpha_a, alpha_b = np.radians([alpha_a, alpha_b])
        s1 = 1 / (1 + np.exp(-beta_b * (x * np.cos(alpha_b) + y * np.sin(alpha_b))))
        s2 = 1 / (1 + np.exp(-beta_a * (-x * np.sin(alpha_a) + y * np.cos(alpha_a))))
        chromatic.append(s1 * s2 * ellipse)
    rest = max(0, 1 - sum(chromatic))
    black = rest * sigmoid(lightness, 28.28, -0.71)
    gray = rest * sigmoid(lightness, 28.28, 0.71) * sigmoid(lightness, 79.65, -0.31)
    white = rest * sigmoid(lightness, 79.65, 0.31)
    everything = np.array([*chromatic, black, gray, white])
    return everything / everything.sum()


def test_the_vectorized_model_agrees_with_the_equations(monkeypatch):
    monkeypatch.setattr(model, "_CHUNK", 37)
    rgb = np.random.default_rng(0).uniform(0, 255, (300, 3))
    lab = rgb2lab(rgb / 255)
    with np.errstate(over="ignore"):
        expected = np.array([slow_memberships(color) for color in lab])
    np.testing.assert_allclose(color_memberships(rgb), expected, atol=1e-12)


def test_a_level_includes_its_upper_end():
    for end in model._LEVEL_ENDS:
        lab = np.array([[end, 30.0, 40.0]])
        np.testing.assert_allclose(model.lab_memberships(lab)[0], slow_memberships(lab[0]))


@given(st.lists(st.tuples(*[st.floats(0, 255)] * 3), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_memberships_are_shares(colors):
    found = color_memberships(np.array(colors))
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=-1), 1, atol=1e-12)


def test_any_shape_is_kept_and_the_input_stays():
    rgb = np.random.default_rng(0).integers(0, 256, (4, 3, 2, 3)).astype(np.uint8)
    before = rgb.copy()
    found = color_memberships(rgb)
    assert found.shape == (4, 3, 2, 11)
    np.testing.assert_allclose(found[3, 1, 0], color_memberships(rgb[3, 1, 0]), atol=1e-15)
    np.testing.assert_array_equal(rgb, before)
    with pytest.raises(ValueError, match=r"shape \(4,\).*3 channels"):
        color_memberships(np.zeros(4))


def test_float32_moves_a_share_by_less_than_1e4():
    rng = np.random.default_rng(5)
    coarse = rng.uniform(0, 255, (20, 5, 5, 3))
    features = coarse.repeat(6, axis=1).repeat(6, axis=2) + rng.normal(0, 3, (20, 30, 30, 3))
    features = features.clip(0, 255).astype(np.float32)
    ones = np.ones((20, 30, 30))
    single = color_name_shares(features, ones, ones)
    double = color_name_shares(features.astype(np.float64), ones, ones)
    assert 0 < np.abs(single - double).max() < 1e-4


def smooth_features(kind):
    """Eight features of 68 x 68 pixels that go smoothly from color to color, as real ones do."""
    corners = np.random.default_rng(6).uniform(60, 190, (8, 4, 3))
    x, y = np.meshgrid(*[np.linspace(0, 1, 68)] * 2)
    ramps = np.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=-1)
    return np.einsum("hwk,nkc->nhwc", ramps, corners).astype(kind)


def named_by_palette(features, model=color_memberships):
    """Shares in features of weight 1 everywhere."""
    planes = np.moveaxis(np.asarray(features, dtype=np.float32), 3, 1)
    weights = np.ones((len(planes), *planes.shape[2:]), dtype=np.float32)
    return Palette(model, 11).total(planes, weights) / weights[0].size


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_rounding_to_8_bits_moves_a_share_by_less_than_6e3(kind):
    features, ones = smooth_features(kind), np.ones((8, 68, 68))
    exact = color_name_shares(features, ones, ones)
    assert 0 < np.abs(named_by_palette(features) - exact).max() < 6e-3


def test_a_palette_asks_for_each_8_bit_color_once():
    asked = []

    def model(rgb):
        asked.append(rgb)
        return color_memberships(rgb)

    palette = Palette(model, 11)
    levels = np.random.default_rng(7).integers(0, 256, (500, 3))
    expected = color_memberships(levels.astype(np.float32))
    one = np.ones((500, 1, 1), dtype=np.float32)
    for kind in (np.float32, np.float64):
        for noise in (-0.49, 0.0, 0.49):
            planes = (levels + noise).astype(kind)[:, :, None, None]
            found = palette.total(planes, one.astype(kind))
            np.testing.assert_allclose(found, expected, atol=1 / 255)
            np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert len(np.concatenate(asked)) == len(np.unique(levels, axis=0))
    beyond = palette.total(np.array([[-3.0, 300.0, 255.4]])[:, :, None, None], np.ones((1, 1, 1)))
    np.testing.assert_allclose(beyond[0], color_memberships((0, 255, 255)), atol=1 / 255)


def test_a_palette_of_many_colors_forgets_none():
    levels = np.random.default_rng(8).integers(0, 256, (3000, 3)).astype(np.float32)
    expected = color_memberships(levels)
    palette = Palette(color_memberships, 11)
    for part in (slice(0, 700), slice(500, 1600), slice(1500, 3000), slice(0, 3000)):
        planes, one = levels[part, :, None, None], np.ones((len(levels[part]), 1, 1), np.float32)
        np.testing.assert_allclose(palette.total(planes, one), expected[part], atol=1 / 255)


def test_large_features_are_named_through_a_palette():
    atlas, large = make_atlas(), np.repeat
    wide = {k: large(large(v, 40, 1), 20, 2) for k, v in atlas.features.items()}
    spread = {k: large(large(v, 40, 1), 20, 2) for k, v in atlas.spread.items()}
    ones = {k: np.ones_like(v) for k, v in spread.items()}
    asked = []

    def model(rgb):
        asked.append(len(rgb))
        return color_memberships(rgb)

    bigger = replace(atlas, features=wide, spread=spread, coverage=ones)
    table = ColorNames(memberships=model)(bigger)
    assert sum(asked) < 12  # As many as there are colors in the five features.
    expected = ColorNames()(atlas)
    np.testing.assert_allclose(table.iloc[:, 1:], expected.iloc[:, 1:], atol=1 / 255)
    np.testing.assert_allclose(table.iloc[:4, 1:].sum(axis=1), 1)
    assert table["color_name"].equals(expected["color_name"])


def test_shares_weigh_each_pixel_by_the_square_of_its_weight(monkeypatch):
    monkeypatch.setattr(feature_pixels, "_PART", 40)
    monkeypatch.setattr(feature_pixels, "_RUN", 5)
    rng = np.random.default_rng(1)
    features, spread = rng.uniform(0, 255, (7, 3, 4, 3)), rng.uniform(0, 0.1, (7, 3, 4))
    coverage = rng.choice([0.05, 1.0], (7, 3, 4))
    found = color_name_shares(features, spread, coverage, std_floor=0.02)
    for i in range(7):
        total, shares = 0.0, np.zeros(11)
        for row, col in np.ndindex(3, 4):
            if coverage[i, row, col] >= 0.1:
                squared = 1 / max(spread[i, row, col], 0.02) ** 2
                total += squared
                shares += squared * color_memberships(features[i, row, col])
        np.testing.assert_allclose(found[i], shares / total, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_what_stands_in_an_uncovered_pixel_does_not_matter():
    features = np.full((2, 1, 2, 3), (200.0, 40.0, 40.0))
    features[:, 0, 1] = np.nan
    coverage = np.array([[[1.0, 0.0]], [[0.0, 0.0]]])
    with np.errstate(invalid="ignore"):
        found = color_name_shares(features, np.ones((2, 1, 2)), coverage)
    assert found[0, 0] == pytest.approx(0.9996422361308498)
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("side", [3, 40])  # Pixel by pixel, and through a palette.
def test_a_color_that_is_not_finite_is_never_named_if_it_counts(side, kind, value):
    atlas = make_atlas(side, kind)
    expected = ColorNames()(atlas)
    features = atlas.features["a"].copy()
    features[0, 1, 1, 2] = features[1, 1, 1, 2] = value
    coverage = atlas.coverage["a"].copy()
    coverage[1, 1, 1] = 0
    found = ColorNames()(replace(atlas, features={"a": features}, coverage={"a": coverage}))
    assert found.iloc[0].isna().all()
    assert found.iloc[1:4].notna().all(axis=None)
    pd.testing.assert_frame_equal(found.iloc[2:], expected.iloc[2:])


@pytest.mark.parametrize("side", [3, 40])
def test_the_number_of_threads_changes_nothing(side, monkeypatch):
    atlas = make_atlas(side)
    rng = np.random.default_rng(9)
    noisy = (atlas.features["a"] + rng.normal(0, 9, (5, side, side, 3))).clip(0, 255)
    atlas = replace(atlas, features={"a": noisy.astype(np.float32)})
    monkeypatch.setattr(feature_pixels, "_PART", 1)
    tables = []
    for threads in (1, 2):
        monkeypatch.setattr(feature_pixels, "_processors", lambda: threads)  # noqa: B023
        tables.append(ColorNames()(atlas))
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_a_model_is_asked_by_one_thread_at_a_time(monkeypatch):
    monkeypatch.setattr(feature_pixels, "_PART", 1)
    monkeypatch.setattr(feature_pixels, "_processors", lambda: 4)
    alone = Lock()

    def model(rgb):
        assert alone.acquire(blocking=False)
        sleep(0.002)
        found = color_memberships(rgb)
        alone.release()
        return found

    features = np.random.default_rng(10).uniform(0, 255, (16, 3, 3, 3))
    ones = np.ones((16, 3, 3))
    found = color_name_shares(features, ones, ones, memberships=model)
    np.testing.assert_array_equal(found, color_name_shares(features, ones, ones))


def test_names_need_no_reading_of_their_own(monkeypatch):
    parts = []
    read = feature_pixels.FeaturePixels.read

    def counted(self, part):
        parts.append(part)
        return read(self, part)

    alone = ColorNames()(make_atlas())
    monkeypatch.setattr(feature_pixels.FeaturePixels, "read", counted)
    atlas = make_atlas()
    with shared_color_statistics():
        first = ColorNames()(atlas)
        ColorSelectivity()(atlas)
        assert len(parts) == 1
        second = ColorNames()(atlas)
    pd.testing.assert_frame_equal(first, alone)
    pd.testing.assert_frame_equal(second, alone)


COLORS = {  # unit of layer a: one color, and what it varies to
    0: ((200, 40, 40), (200, 45, 45)),
    1: ((128, 128, 128), (200, 200, 200)),
    2: ((60, 120, 200), (60, 120, 200)),
    3: ((100, 135, 100), (165, 115, 120)),
    4: ((0, 0, 0), (90, 90, 90)),
}


def make_atlas(side=None, kind=np.float32):
    """One row of three pixels per feature, or `side` rows of `side` pixels."""
    index = pd.MultiIndex.from_tuples(
        [("a", unit) for unit in COLORS] + [("b", 0)], names=["layer", "unit"]
    )
    neurons = pd.DataFrame({"dead": [False] * 4 + [True, False]}, index=index)
    features = np.array([[[a, a, b]] for a, b in COLORS.values()], dtype=kind)
    spread = np.full((5, 1, 3), 0.05, dtype=kind)
    spread[:, :, 2] = 0.01
    if side:
        features, spread = (
            np.repeat(array, side, axis=1)[:, :, np.arange(side) % 3]
            for array in (features, spread)
        )
    empty = pd.DataFrame()
    return Atlas(
        images=empty, classes=empty, layers=pd.DataFrame(index=["a", "b"]), ranked=empty,
        neurons=neurons, features={"a": features}, spread={"a": spread},
        coverage={"a": np.ones_like(spread)}, crops={}, hues=empty,
        manifest={
            "parameters": {"opponent": "cic", "min_coverage": 0.1},
            "mean_color": [122, 116, 104],
        },
    )  # fmt: skip


def test_columns_and_dominant_names():
    atlas = make_atlas()
    table = ColorNames()(atlas)
    assert table.index.equals(atlas.neurons.index)
    assert list(table) == ["color_name", *(f"color_name_{name}" for name in COLOR_NAMES)]
    assert list(table["color_name"].cat.categories) == list(COLOR_NAMES)
    assert table["color_name"].tolist()[:3] == ["red", "white", "blue"]
    np.testing.assert_allclose(table.iloc[:4, 1:].sum(axis=1), 1)
    assert table.iloc[4:].isna().all(axis=None)  # a dead neuron, a layer without features
    assert table.query("color_name == 'red'").index.tolist() == [("a", 0)]


def test_a_color_selective_neuron_has_a_chromatic_name():
    atlas = make_atlas()
    selectivity = ColorSelectivity()(atlas)["color_selectivity"].iloc[3]
    assert selectivity > 0.5
    gray = ColorNames(color_threshold=1.0, memberships=mostly_gray)(atlas)["color_name"]
    chromatic = ColorNames(color_threshold=0.4, memberships=mostly_gray)(atlas)["color_name"]
    assert gray.iloc[3] == "gray"
    assert chromatic.iloc[3] == "pink"
    assert ColorNames(0.4, only_gray)(atlas)["color_name"].iloc[3] == "gray"


def mostly_gray(rgb):
    return np.tile([0.1] * 7 + [0.2, 0, 0.6, 0], (len(rgb), 1))


def only_gray(rgb):
    return np.tile([0.0] * 9 + [1, 0], (len(rgb), 1))


def test_the_weights_follow_the_floor_of_the_color_measure():
    default = ColorNames()(make_atlas()).iloc[1, 1:]
    changed = ColorNames(color=ColorSelectivity(std_floor=0.2))(make_atlas()).iloc[1, 1:]
    assert changed["color_name_gray"] > default["color_name_gray"] + 0.05


def test_a_model_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"memberships gave .*\(15, 3\) .*expected \(15, 11\)"):
        ColorNames(memberships=lambda rgb: rgb)(make_atlas())


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
@pytest.mark.parametrize("side", [3, 40])
def test_memberships_outside_0_to_1_are_refused(side, value):
    model = ColorNames(memberships=lambda rgb: np.full((len(rgb), 11), value))
    with pytest.raises(
        ValueError, match=rf"memberships gave values from {value} .*expected 0 to 1"
    ):
        model(make_atlas(side))


def test_a_threshold_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"color_threshold=40 .*from 0 to 1"):
        ColorNames(color_threshold=40)


def test_a_membership_that_rounding_left_below_zero_is_none():
    def model(colors):
        found = np.zeros((len(colors), 11))
        found[:, [0, 2]] = 0.5
        found[:, 1] = -1e-7
        return found

    palette = Palette(model, 11)
    shares = palette.total(np.full((1, 3, 1, 4), 99.0), np.ones((1, 1, 4)))
    np.testing.assert_allclose(shares[0, :3] / 4, [0.5, 0, 0.5], atol=1 / 255)
