from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.atlas import Atlas
from nfviz.opponent import OPPONENT, to_opponent
from nfviz.selectivity import ChromaSelectivity, ColorSelectivity, color_statistics, feature_pixels
from nfviz.selectivity.color_moments import from_differences, second_moments, take_moments
from nfviz.selectivity.color_selectivity import layer_statistics, shared_color_statistics

GRAY = [127.5] * 3
CROPS = np.array(
    [
        [[[230, 140, 40], [40, 110, 210]], [[235, 150, 60], [30, 90, 200]]],
        [[[220, 130, 30], [60, 120, 190]], [[200, 110, 20], [50, 130, 220]]],
        [[[240, 160, 70], [20, 80, 180]], [[250, 120, 50], [70, 100, 240]]],
    ],
    dtype=float,
)
MASKS = np.array([[[1, 1], [1, 1]], [[0, 1], [0, 1]], [[0, 0], [0, 1]]], dtype=bool)
ILL = np.array(
    [
        [[[200, 40, 40], [60, 120, 200]], [[128, 128, 128], [20, 20, 20]]],
        [[[180, 60, 50], [70, 130, 180]], [[200, 200, 200], [30, 40, 20]]],
        [[[220, 50, 30], [90, 110, 220]], [[60, 60, 60], [10, 20, 40]]],
    ],
    dtype=float,
)
WEIGHTS = np.array([1.0, 0.9, 0.8])
SIGMA = [[0.057647740085761415, 0.06939354361549739], [0.08758602370873324, 0.0798706003478142]]
SIGMA_ORTHONORMAL = [
    [0.049453862486000484, 0.05897425781764201],
    [0.07253686652016242, 0.06508455047903582],
]
SIGMA_MASKED = [
    [0.30836588959011063, 0.17092129060105127],
    [0.2925545939922052, 0.0798706003478142],
]


def feature_of(crops, masks=None):
    weight = WEIGHTS[:, None, None] * (np.ones(crops.shape[:3]) if masks is None else masks)
    return (weight[..., None] * crops).sum(axis=0) / weight.sum(axis=0)[..., None]


def spread_of(crops, feature, space="cic"):
    distance = ((to_opponent(crops, space) - to_opponent(feature, space)) ** 2).sum(axis=-1)
    return np.sqrt((WEIGHTS[:, None, None] * distance).sum(axis=0) / (3 * WEIGHTS.sum()))


def measure(feature, spread=0.1, coverage=1.0, **options):
    feature = np.asarray(feature, dtype=float)
    spread = np.broadcast_to(spread, feature.shape[:2])
    coverage = np.broadcast_to(coverage, feature.shape[:2])
    options = {"mean_color": GRAY, **options}
    found = color_statistics(feature[None], spread[None], coverage[None], **options)
    return {name: values[0] for name, values in found.items()}


def slow(feature, spread, coverage, *, mean_color, opponent, std_floor, min_coverage, center, flat):
    """The equations of section 1.8 and 1.9, pixel by pixel."""
    pixels = []
    for row, col in np.ndindex(*spread.shape):
        if coverage[row, col] >= min_coverage:
            color = to_opponent(feature[row, col], opponent)
            pixels.append((1 / max(spread[row, col], std_floor), color))
    if not pixels:
        return None
    mean = sum(w * x for w, x in pixels) / sum(w for w, _ in pixels)
    about = {"mean": mean, "neutral": to_opponent(GRAY, opponent)}
    about["dataset"] = to_opponent(mean_color, opponent)

    def moment(origin):
        total = sum(w**2 * np.outer(x - origin, x - origin) for w, x in pixels)
        return np.linalg.eigh(total / sum(w**2 for w, _ in pixels))

    values, vectors = moment(about[center])
    is_flat = np.sqrt(max(values[2], 0)) < flat
    if is_flat:
        values, vectors = moment(about["dataset"])
    v = vectors[:, 2]
    u = v[1:] / np.hypot(*v[1:])
    s = sum(w**2 * (x[1:] @ u) * abs(x[1:] @ u) for w, x in pixels)
    v = v if s >= 0 else -v
    sides = [sum(w**2 * min(k * (x[1:] @ u), 0) ** 2 for w, x in pixels) for k in (1, -1)]
    hue = np.degrees(np.arctan2(v[2], v[1])) % 360
    return {
        "color_selectivity": np.degrees(np.arccos(min(1, abs(v[0])))) / 90,
        "hue": hue,
        "axis": hue % 180,
        "balance": min(sides) / max(sides),
        "pc1_ratio": values[2] / values.sum(),
        "flat": is_flat,
    }


@pytest.mark.parametrize(
    ("feature", "spread", "coverage", "opponent", "expected"),
    [
        (feature_of(CROPS), SIGMA, 1, "cic",
         (0.9213337606327265, 60.55401293377621, 0.6364700995418333, 0.9945956540290188)),
        (feature_of(CROPS), SIGMA_ORTHONORMAL, 1, "orthonormal",
         (0.9155629480909326, 63.96811215926128, 0.6836458053607232, 0.9941312859375105)),
        (feature_of(CROPS, MASKS), SIGMA_MASKED, [[0.37037, 0.7037], [0.37037, 1]], "cic",
         (0.9269880862573815, 242.61929793403726, 0.13947194056609977, 0.9946077857303566)),
        (feature_of(ILL), spread_of(ILL, feature_of(ILL)), 1, "cic",
         (0.5514449679305593, 50.79618953925166, 0.43176810916287295, 0.51210508366605)),
        (255 - feature_of(CROPS), SIGMA, 1, "cic",
         (0.9213337606327265, 240.55401293377622, 0.6364700995418333, 0.9945956540290193)),
    ],
)  # fmt: skip
def test_golden(feature, spread, coverage, opponent, expected):
    found = measure(feature, spread, coverage, opponent=opponent)
    names = ("color_selectivity", "hue", "balance", "pc1_ratio")
    np.testing.assert_allclose([found[name] for name in names], expected, rtol=1e-9)
    assert found["axis"] == pytest.approx(expected[1] % 180, rel=1e-9)
    assert not found["flat"]


@pytest.mark.parametrize(
    ("feature", "sigma", "eigenvalues", "v"),
    [
        (feature_of(CROPS), SIGMA,
         [0.0006213388848904872, 0.0013944298438503917, 0.3709745504633758],
         [0.12325441394306073, 0.48785443398979955, 0.8641796113540546]),
        (feature_of(CROPS, MASKS), SIGMA_MASKED,
         [0.00017789052663321264, 0.0008236001024501042, 0.1847275214247224],
         [-0.11443559714182179, -0.45687949124554816, -0.8821369647543421]),
    ],
)  # fmt: skip
def test_golden_principal_component(feature, sigma, eigenvalues, v):
    planes = np.concatenate([feature.reshape(4, 3), 1 / np.reshape(sigma, (4, 1))], axis=1)
    _, mean, products = take_moments(planes.T.reshape(1, 4, 1, 4).copy())
    second = second_moments(mean, products, from_differences("cic"))
    values, vectors = np.linalg.eigh(second[0])
    np.testing.assert_allclose(values, eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(np.abs(vectors[:, 2]), np.abs(v), rtol=1e-9)


def test_golden_with_red_and_green_swapped():
    feature = feature_of(CROPS)[..., [1, 0, 2]]
    found = measure(feature, SIGMA)
    assert found["color_selectivity"] == pytest.approx(0.9213337606327265, rel=1e-9)
    assert found["hue"] == pytest.approx(119.44598706622376, rel=1e-9)


def test_the_scale_of_the_neuron_feature_does_not_matter():
    paper = np.array(  # equation 1 read literally, golden nf_paper_1_over_N
        [[[620, 385, 123], [110, 282, 525]], [[615, 345, 118], [131, 287, 590]]]
    ) / 3  # fmt: skip
    found = measure(paper, SIGMA)["color_selectivity"]
    assert found == pytest.approx(0.9213337606327265, rel=1e-9)


@pytest.mark.parametrize(
    ("color", "cic", "orthonormal"),
    [
        ((255, 0, 0), 0.6577002098099425, 0.6081734479693928),
        ((255, 127.5, 0), 0.46701237526885875, 0.43590578315102513),
        ((255, 255, 0), 0.40966552939826695, 0.3918265520306073),
        ((0, 255, 0), 0.6577002098099425, 0.6081734479693928),
        ((0, 255, 255), 0.44422989452816486, 0.3918265520306073),
        ((0, 127.5, 255), 0.46701237526885875, 0.43590578315102513),
        ((0, 0, 255), 0.6256659163780025, 0.6081734479693928),
        ((255, 0, 255), 0.44422989452816486, 0.3918265520306073),
    ],
)
def test_from_black_to_a_pure_color(color, cic, orthonormal):
    feature = np.array([[(0, 0, 0), color]])
    for space, expected in (("cic", cic), ("orthonormal", orthonormal)):
        found = measure(feature, opponent=space)["color_selectivity"]
        assert found == pytest.approx(expected, rel=1e-9)


def random_features(seed, n=12, shape=(4, 5)):
    rng = np.random.default_rng(seed)
    features = rng.uniform(0, 255, (n, *shape, 3))
    features[: n // 3] = 90 + 0.002 * features[: n // 3]  # flat ones
    spread = rng.uniform(0, 0.02, (n, *shape))
    coverage = rng.choice([0.0, 0.05, 0.1, 0.6, 1.0], (n, *shape))
    return features, spread, coverage


@pytest.mark.parametrize("center", ["mean", "neutral", "dataset"])
@pytest.mark.parametrize("opponent", OPPONENT)
def test_the_batched_kernel_agrees_with_the_equations(center, opponent, monkeypatch):
    monkeypatch.setattr(feature_pixels, "_PART", 5 * 20)  # Five neurons at a time,
    monkeypatch.setattr(feature_pixels, "_RUN", 7)  # their pixels in runs of seven at most.
    features, spread, coverage = random_features(3)
    options = {"mean_color": [120, 110, 95], "opponent": opponent, "std_floor": 0.01}
    options |= {"min_coverage": 0.1, "center": center}
    found = color_statistics(features, spread, coverage, flat_contrast=0.03, **options)
    flat = 0
    for i in range(len(features)):
        expected = slow(features[i], spread[i], coverage[i], flat=0.03, **options)
        flat += expected["flat"]
        for name, value in expected.items():
            assert found[name][i] == pytest.approx(value, rel=1e-7, abs=1e-9), (i, name)
    assert flat == (4 if center == "mean" else 0)


@given(st.integers(0, 1000), st.floats(0.2, 1.0))
@settings(max_examples=25, deadline=None)
def test_invariants(seed, scale):
    rng = np.random.default_rng(seed)
    feature, spread = rng.uniform(0, 255, (3, 4, 3)), rng.uniform(0.01, 0.3, (3, 4))
    first = measure(feature, spread)
    order = rng.permutation(12)
    shuffled = measure(feature.reshape(12, 1, 3)[order], spread.reshape(12, 1)[order])
    inverted, swapped = measure(255 - feature, spread), measure(feature[..., [1, 0, 2]], spread)
    for other in (shuffled, inverted, swapped, measure(scale * feature, spread)):
        for name in ("color_selectivity", "pc1_ratio"):
            assert other[name] == pytest.approx(first[name], abs=1e-6)
    assert first["balance"] == pytest.approx(inverted["balance"], abs=1e-6)
    if first["balance"] < 0.99:  # else the side is decided by rounding
        assert angle_between(shuffled["hue"], first["hue"]) < 1e-4
        assert angle_between(inverted["hue"], first["hue"] + 180) < 1e-4
        assert angle_between(swapped["hue"], 180 - first["hue"]) < 1e-4


def angle_between(a, b):
    return abs((a - b + 180) % 360 - 180)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_sign_that_eigh_gives_does_not_matter(sign, monkeypatch):
    true_eigh = np.linalg.eigh

    def signed(matrix):
        values, vectors = true_eigh(matrix)
        return values, sign * vectors * np.sign(vectors[:, :1, :])

    monkeypatch.setattr(np.linalg, "eigh", signed)
    found = measure(feature_of(CROPS), SIGMA)
    assert found["hue"] == pytest.approx(60.55401293377621, rel=1e-9)
    assert found["balance"] == pytest.approx(0.6364700995418333, rel=1e-9)


def test_an_exact_tie_of_the_sides_takes_the_hue_below_180():
    feature = np.array([[(127.5, 27.5, 127.5), (127.5, 227.5, 127.5)]])
    found = measure(feature)
    assert found["balance"] == pytest.approx(1)
    assert 0 <= found["hue"] < 180


def test_a_red_blob_on_gray_is_red_whatever_its_area():
    for count in (1, 10, 18):
        feature = np.full((1, 20, 3), 127.5)
        feature[0, :count] = (200, 60, 60)
        found = measure(feature)
        assert found["hue"] == pytest.approx(26.565, abs=1)
        assert found["balance"] < 1e-6


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_gray_contrast_has_no_color_and_no_hue(kind):
    levels = np.random.default_rng(0).uniform(0, 255, (1, 6, 6, 1)).astype(kind)
    features = np.repeat(levels, 3, axis=-1)
    ones = np.ones((1, 6, 6), dtype=kind)
    found = color_statistics(features, 0.1 * ones, ones, mean_color=[120, 110, 100])
    assert found["color_selectivity"][0] == pytest.approx(0, abs=1e-15)
    assert np.isnan(found["hue"][0])
    assert np.isnan(found["axis"][0])
    assert np.isnan(found["balance"][0])
    assert found["pc1_ratio"][0] == pytest.approx(1)


def test_a_flat_feature_is_measured_about_the_mean_color():
    shading = np.random.default_rng(1).uniform(-1, 1, (8, 8, 1))
    azure = np.array([60, 120, 200]) + shading
    found = measure(azure, mean_color=[120, 115, 105])
    chroma = measure(azure, mean_color=[120, 115, 105], center="dataset")
    assert found["flat"]
    assert found["color_selectivity"] == pytest.approx(chroma["color_selectivity"], rel=1e-12)
    assert found["color_selectivity"] > 0.8
    assert found["hue"] == pytest.approx(236, abs=10)
    unguarded = measure(azure, mean_color=[120, 115, 105], flat_contrast=0)
    assert not unguarded["flat"]
    assert unguarded["color_selectivity"] == pytest.approx(0, abs=1e-9)


def test_a_flat_black_feature_is_not_selective_to_color():
    black = np.random.default_rng(2).uniform(0, 2, (8, 8, 3))
    assert measure(black, flat_contrast=0)["color_selectivity"] > 0.2
    assert measure(black, mean_color=[122, 116, 104])["color_selectivity"] < 0.1


def test_a_feature_that_is_nothing_but_the_mean_color_is_undefined():
    found = measure(np.full((3, 3, 3), [120.0, 110.0, 100.0]), mean_color=[120, 110, 100])
    assert found.pop("flat")
    assert np.isnan(list(found.values())).all()


def test_a_flat_gray_feature_has_an_axis_but_no_sides():
    found = measure(np.full((3, 3, 3), 127.5), mean_color=[140, 120, 90])
    assert 0 <= found["hue"] < 180
    assert np.isnan(found["balance"])


def test_pixels_that_few_crops_cover_do_not_count():
    feature = np.array([[(0, 0, 0), (255, 255, 0), (0, 0, 255)]], dtype=float)
    coverage = [[1, 1, 0.09]]
    expected = measure(feature[:, :2])
    found = measure(feature, coverage=coverage)
    assert found["color_selectivity"] == pytest.approx(expected["color_selectivity"], rel=1e-12)
    counted = measure(feature, coverage=coverage, min_coverage=0.05)
    assert counted["color_selectivity"] != pytest.approx(found["color_selectivity"], abs=0.01)
    feature[0, 2] = np.nan
    assert measure(feature, coverage=coverage)["hue"] == found["hue"]


def test_float32_coverage_of_just_a_tenth_counts():
    feature = np.array([[(0, 0, 0), (255, 255, 0), (0, 0, 255)]], dtype=float)
    tenth = np.array([[1, 1, np.nextafter(np.float32(0.1), np.float32(0))]], dtype=np.float32)
    assert measure(feature, coverage=tenth) == measure(feature)


def test_nothing_covered_is_undefined_even_with_no_least_coverage():
    found = measure(np.full((2, 2, 3), 50.0), coverage=0, min_coverage=0)
    assert not found.pop("flat")
    assert np.isnan(list(found.values())).all()


@pytest.mark.parametrize(
    "option", [{"std_floor": 0.08}, {"center": "neutral"}, {"opponent": "orthonormal"}]
)
def test_options_change_the_numbers(option):
    changed = measure(feature_of(ILL), SIGMA, **option)["color_selectivity"]
    assert changed != pytest.approx(measure(feature_of(ILL), SIGMA)["color_selectivity"], abs=1e-3)


def test_shapes_and_center_are_checked():
    ones = np.ones((1, 2, 2))
    feature = np.ones((1, 2, 2, 3))
    with pytest.raises(ValueError, match=r"features has shape \(2, 2, 3\): expected"):
        color_statistics(feature[0], ones, ones, mean_color=GRAY)
    with pytest.raises(ValueError, match=r"coverage has shape \(1, 2\): expected \(1, 2, 2\)"):
        color_statistics(feature, ones, ones[0][:1], mean_color=GRAY)
    with pytest.raises(ValueError, match="center='median' is unknown: use one of 'mean', "):
        color_statistics(feature, ones, ones, mean_color=GRAY, center="median")
    with pytest.raises(ValueError, match="space='hsv' is not an opponent space"):
        color_statistics(feature, ones, ones, mean_color=GRAY, opponent="hsv")


def make_atlas(parameters=(), mean_color=(120, 110, 95)):
    """Two layers with features, of which b has a dead neuron, and one layer without."""
    layers = {"b": 3, "a": 2, "c": 1}
    index = pd.MultiIndex.from_tuples(
        [(layer, unit) for layer, units in layers.items() for unit in range(units)],
        names=["layer", "unit"],
    )
    neurons = pd.DataFrame({"dead": [False, True, False, False, False, False]}, index=index)
    arrays = {"b": random_features(1, 3), "a": random_features(2, 2, (2, 3))}
    arrays = {k: [array.astype(np.float32) for array in v] for k, v in arrays.items()}
    empty = pd.DataFrame()
    return Atlas(
        images=empty, classes=empty, layers=pd.DataFrame(index=list(layers)), ranked=empty,
        neurons=neurons, crops={}, hues=empty,
        features={k: v[0] for k, v in arrays.items()},
        spread={k: v[1] for k, v in arrays.items()},
        coverage={k: v[2] for k, v in arrays.items()},
        manifest={
            "parameters": {"opponent": "cic", "min_coverage": 0.1, **dict(parameters)},
            "mean_color": list(mean_color),
        },
    )  # fmt: skip


def test_narrow_types_give_the_numbers_of_the_same_values_in_float64():
    arrays = [array.astype(np.float16) for array in random_features(4, shape=(40, 50))]
    options = {"mean_color": [120, 110, 95], "std_floor": 0.01, "min_coverage": 0.0999}
    double = color_statistics(*[array.astype(np.float64) for array in arrays], **options)
    assert double["flat"].sum() == 4
    for kind in (np.float16, np.float32):
        narrow = color_statistics(*[array.astype(kind) for array in arrays], **options)
        for name, values in narrow.items():
            # Seven digits, of which a flat feature far from its origin would lose some.
            np.testing.assert_allclose(values, double[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_every_finite_float16_is_read_as_numpy_reads_it():
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)]
    for special in ([], [np.inf], [-np.inf], [np.nan]):
        source = np.concatenate([finite, np.float16(special)])
        target = np.empty(source.shape, dtype=np.float32)
        assert feature_pixels._convert(source, target) == (not special)
        expected = source.astype(np.float32)
        np.testing.assert_array_equal(target, expected)
        np.testing.assert_array_equal(np.signbit(target), np.signbit(expected))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_the_number_of_threads_and_the_size_of_a_part_change_nothing(kind, monkeypatch):
    arrays = [array.astype(kind) for array in random_features(8, shape=(30, 31))]
    monkeypatch.setattr(feature_pixels, "_processors", lambda: 1)
    expected = color_statistics(*arrays, mean_color=GRAY)
    monkeypatch.setattr(feature_pixels, "_processors", lambda: 3)
    for pixels in (1, 2500):
        monkeypatch.setattr(feature_pixels, "_PART", pixels)
        found = color_statistics(*arrays, mean_color=GRAY)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values, err_msg=name)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_color_that_is_not_finite_leaves_its_neuron_undefined_if_it_counts(kind, value):
    features, spread, coverage = random_features(6)
    coverage[:] = 1
    expected = color_statistics(features.astype(kind), spread, coverage, mean_color=GRAY)
    features[7, 2, 3, 1] = value
    found = color_statistics(features.astype(kind), spread, coverage, mean_color=GRAY)
    assert not found["flat"][7]
    for name, values in found.items():
        assert name == "flat" or np.isnan(values[7])
        others = np.arange(12) != 7
        np.testing.assert_array_equal(values[others], expected[name][others], err_msg=name)
    coverage[7, 2, 3] = 0
    assert np.isfinite(color_statistics(features, spread, coverage, mean_color=GRAY)["hue"]).all()


def test_an_error_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr(feature_pixels, "_PART", 1)
    monkeypatch.setattr(feature_pixels, "_processors", lambda: 2)

    def refuse(part, planes):
        if part.start == 7:
            raise RuntimeError("not that one")

    with pytest.raises(RuntimeError, match="not that one"):
        color_statistics(*random_features(1), mean_color=GRAY, visit=refuse)


def test_a_visitor_sees_each_pixel_once():
    features, spread, coverage = random_features(9)
    seen = np.full((12, 4, 20), np.nan)

    def visit(part, planes):
        seen[part] = planes.reshape(len(planes), 4, -1)

    color_statistics(features, spread, coverage, mean_color=GRAY, std_floor=0.01, visit=visit)
    weight = np.where(coverage < 0.1, 0, 1 / np.maximum(spread, 0.01)).reshape(12, 20)
    colors = np.where(weight[..., None] > 0, features.reshape(12, 20, 3), 127.5)
    np.testing.assert_array_equal(seen[:, :3], np.moveaxis(colors, 2, 1))
    np.testing.assert_array_equal(seen[:, 3], weight)


def test_the_columns_hold_what_the_kernel_gives():
    atlas = make_atlas()
    table = ColorSelectivity()(atlas)
    assert table.index.equals(atlas.neurons.index)
    assert list(table) == ["color_selectivity", "hue", "axis", "balance", "pc1_ratio", "flat"]
    for layer in ("b", "a"):
        arrays = (atlas.features[layer], atlas.spread[layer], atlas.coverage[layer])
        expected = pd.DataFrame(color_statistics(*arrays, mean_color=[120, 110, 95]))
        expected = expected.drop(columns="chroma_selectivity")
        expected.index.name = "unit"
        if layer == "b":
            expected.loc[1] = [np.nan] * 5 + [False]
        pd.testing.assert_frame_equal(table.loc[layer], expected, check_dtype=False)
    assert table["flat"].dtype == bool
    assert table.loc["c"].drop(columns="flat").isna().all(axis=None)


def test_chroma_selectivity_is_measured_about_the_mean_color():
    atlas = make_atlas()
    table = ChromaSelectivity()(atlas)
    expected = ColorSelectivity(center="dataset")(atlas)["color_selectivity"]
    assert list(table) == ["chroma_selectivity"]
    np.testing.assert_array_equal(table["chroma_selectivity"], expected)
    guarded = ColorSelectivity(flat_contrast=1e9)(atlas)["color_selectivity"]
    np.testing.assert_array_equal(table["chroma_selectivity"], guarded)
    moved = ChromaSelectivity()(make_atlas(mean_color=[30, 60, 200]))
    assert not np.allclose(moved, table, equal_nan=True)


@pytest.mark.parametrize(
    "measure_",
    [
        ColorSelectivity(std_floor=0.2),
        ColorSelectivity(flat_contrast=0),
        ColorSelectivity(center="neutral"),
        ChromaSelectivity(std_floor=0.01),
    ],
)
def test_each_option_changes_its_column(measure_):
    default = type(measure_)()(make_atlas()).iloc[:, 0]
    assert not np.allclose(measure_(make_atlas()).iloc[:, 0], default, equal_nan=True, rtol=1e-3)


@pytest.mark.parametrize("parameters", [{"opponent": "orthonormal"}, {"min_coverage": 0.5}])
def test_the_parameters_of_the_recording_are_used(parameters):
    default = ColorSelectivity()(make_atlas())["color_selectivity"]
    changed = ColorSelectivity()(make_atlas(parameters))["color_selectivity"]
    assert not np.allclose(default, changed, equal_nan=True, rtol=1e-3)


def count_readings(monkeypatch):
    """Return a list that grows with each part of a layer that is read."""
    parts = []
    read = feature_pixels.FeaturePixels.read

    def counted(self, part):
        parts.append(part)
        return read(self, part)

    monkeypatch.setattr(feature_pixels.FeaturePixels, "read", counted)
    return parts


def test_measures_called_together_share_one_reading(monkeypatch):
    alone = ColorSelectivity()(make_atlas()), ChromaSelectivity()(make_atlas())
    parts = count_readings(monkeypatch)
    atlas = make_atlas()
    with shared_color_statistics():
        together = ColorSelectivity()(atlas), ChromaSelectivity()(atlas)
        assert len(parts) == 2  # One for each layer with features.
        ColorSelectivity(center="neutral")(atlas)
        ChromaSelectivity(std_floor=0.01)(atlas)
        assert len(parts) == 6
    for first, second in zip(alone, together, strict=True):
        pd.testing.assert_frame_equal(first, second)
    ColorSelectivity()(atlas)
    assert len(parts) == 8  # Nothing is kept beyond the block.


def test_what_is_shared_follows_arrays_and_parameters_that_were_replaced():
    atlas = make_atlas()
    inverted = {layer: 255 - array for layer, array in atlas.features.items()}
    manifests = [
        make_atlas({"min_coverage": 0.5}).manifest,
        make_atlas({"opponent": "orthonormal"}).manifest,
        make_atlas(mean_color=(30, 60, 200)).manifest,
    ]
    changed = [replace(atlas, manifest=manifest) for manifest in manifests]
    changed.append(replace(atlas, features=inverted))
    expected = [ColorSelectivity()(other) for other in changed]
    with shared_color_statistics():
        tables = [ColorSelectivity()(atlas), *map(ColorSelectivity(), changed)]
    for i, table in enumerate(expected, start=1):
        pd.testing.assert_frame_equal(tables[i], table)
        assert not tables[i].equals(tables[0])


def test_a_visitor_comes_to_a_layer_that_is_known_already():
    atlas, seen = make_atlas(), []
    with shared_color_statistics():
        for _ in range(2):
            layer_statistics(atlas, "b", visit=lambda part, planes: seen.append(planes.copy()))
    np.testing.assert_array_equal(seen[0], seen[1])


def test_the_record_is_not_modified():
    atlas, same = make_atlas(), make_atlas()
    ColorSelectivity()(atlas)
    ChromaSelectivity()(atlas)
    for layer in ("a", "b"):
        np.testing.assert_array_equal(atlas.features[layer], same.features[layer])
        np.testing.assert_array_equal(atlas.spread[layer], same.spread[layer])
    pd.testing.assert_frame_equal(atlas.neurons, same.neurons)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ColorSelectivity(std_floor=0), "std_floor=0 .*from 1e-12 on"),
        (lambda: ColorSelectivity(std_floor=1e-20), "std_floor=1e-20 .*from 1e-12 on"),
        (lambda: ChromaSelectivity(std_floor=-1), "std_floor=-1 .*from 1e-12 on"),
        (lambda: ColorSelectivity(flat_contrast=-0.1), "flat_contrast=-0.1 .*or more"),
        (lambda: ColorSelectivity(flat_contrast=float("nan")), "flat_contrast=nan .*or more"),
        (lambda: ColorSelectivity(center="mode"), "center='mode' is unknown"),
    ],
)
def test_options_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_measure_reprs_and_compares_by_its_options():
    assert ColorSelectivity() == ColorSelectivity(center="mean")
    assert "center='neutral'" in repr(ColorSelectivity(center="neutral"))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_the_least_floor_gives_numbers(kind):
    features, spread, coverage = (array.astype(kind) for array in random_features(5))
    options = {"mean_color": [120, 110, 95], "std_floor": 1e-12}
    found = color_statistics(features, spread * 0, coverage, **options)
    same = color_statistics(features, spread * 0, coverage, mean_color=[120, 110, 95])
    np.testing.assert_allclose(found["color_selectivity"], same["color_selectivity"], rtol=1e-4)
