import math
from collections import defaultdict
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.atlas import Atlas
from nfviz.neuron_index import neuron_index
from nfviz.selectivity import ClassSelectivity, class_distribution, class_shares, small_data_note
from nfviz.selectivity.class_bounds import class_bounds, class_sizes, expected_classes
from nfviz.selectivity.class_shares import classes_needed

QUICK = settings(max_examples=30, deadline=None)
LABELS = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]  # dog, cat, car, sky
WEIGHTS = [1.0, 0.95, 0.9, 0.85, 0.8, 0.8, 0.75, 0.75, 0.7, 0.7]
SHARES = [0.451219512195122, 0.28658536585365857, 0.17682926829268295, 0.08536585365853659]


def make_atlas(sets, labels=None, n_images=None, dead=()):
    """One neuron per list of (label, weight): the first in layer z, the others in layer a.

    The images of the data set are the rows, and whatever else `labels` adds.
    """
    rows = [(i, rank, *row) for i, rows in enumerate(sets) for rank, row in enumerate(rows)]
    table = pd.DataFrame(rows, columns=["unit", "rank", "label", "weight"])
    unit = table["unit"].to_numpy(dtype=int)
    neurons = np.arange(len(sets))
    where = neuron_index(["z", "a"], (neurons > 0).astype(int), unit=neurons)
    images = pd.DataFrame({"label": table["label"].to_numpy(dtype=np.int64)})
    if labels is not None:
        images = pd.DataFrame({"label": np.concatenate([images["label"], labels])})
    ranked = pd.DataFrame(
        {"image": np.arange(len(table)), "weight": table["weight"].to_numpy(dtype=float)},
        index=neuron_index(
            ["z", "a"], (unit > 0).astype(int), unit=unit, rank=table["rank"].to_numpy(dtype=int)
        ),
    )
    neurons = pd.DataFrame(
        {
            "dead": [i in dead for i in range(len(sets))],
            "n_images": n_images or [0 if i in dead else len(s) for i, s in enumerate(sets)],
        },
        index=where,
    )
    empty = pd.DataFrame()
    return Atlas(
        images=images.rename_axis("image"), classes=empty, layers=empty, ranked=ranked,
        neurons=neurons, features={}, spread={}, coverage={}, crops={}, hues=empty, manifest={},
    )  # fmt: skip


GOLDEN = list(zip(LABELS, WEIGHTS, strict=True))


def test_golden_distribution():
    table = class_shares([5] * 10, LABELS, WEIGHTS)
    assert table["neuron"].tolist() == [5] * 4
    assert table["label"].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(table["share"], SHARES, rtol=1e-12)


@pytest.mark.parametrize(
    ("threshold", "needed", "gamma"),
    [
        (1.0, 4, 0.6666666666666666),
        (0.9, 3, 0.7777777777777778),
        (0.75, 3, 0.7777777777777778),
        (0.5, 2, 0.8888888888888888),
        (0.4, 1, 1.0),
    ],
)
def test_golden_index(threshold, needed, gamma):
    found = ClassSelectivity(threshold)(make_atlas([GOLDEN])).iloc[0]
    assert found["n_classes"] == needed
    assert found["class_selectivity"] == pytest.approx(gamma, rel=1e-12)
    assert found["top_label"] == 0
    assert found["top_label_share"] == pytest.approx(SHARES[0], rel=1e-12)


@pytest.mark.parametrize(("threshold", "needed"), [(1.0, 10), (0.8, 8), (0.1, 1), (0.3, 3)])
def test_sums_of_equal_shares_reach_a_threshold_in_spite_of_rounding(threshold, needed):
    assert np.cumsum([0.1] * 10)[-1] < 1
    found = ClassSelectivity(threshold)(make_atlas([[(c, 0.1) for c in range(10)]]))
    assert found["n_classes"].tolist() == [needed]


def test_a_class_with_a_tiny_share_counts_at_threshold_one():
    found = ClassSelectivity()(make_atlas([[(0, 1.0), (1, 1e-12)]]))
    assert found["n_classes"].tolist() == [2]
    assert found["class_selectivity"].tolist() == [0]


def slow(neuron, label, weight):
    """Equation 3 with exact sums, one neuron at a time."""
    sums = defaultdict(lambda: defaultdict(list))
    for n, c, w in zip(neuron, label, weight, strict=True):
        if c >= 0 and w > 0:
            sums[n][c].append(w)
    rows = []
    for n in sorted(sums):
        total = math.fsum(w for weights in sums[n].values() for w in weights)
        shares = [(-math.fsum(weights) / total, c) for c, weights in sums[n].items()]
        rows += [(n, c, -share) for share, c in sorted(shares)]
    return pd.DataFrame(rows, columns=["neuron", "label", "share"])


def slow_needed(shares, threshold):
    total = [math.fsum(shares[: k + 1]) for k in range(len(shares))]
    return next((k + 1 for k, t in enumerate(total) if t >= threshold - 1e-9), len(shares))


def random_rows(seed, neurons=40, images=30, classes=9):
    rng = np.random.default_rng(seed)
    neuron = np.repeat(rng.permutation(neurons) * 3, images)
    label = rng.integers(-1, classes, len(neuron))
    return neuron, label, np.sort(rng.choice([0.0, np.nan, *rng.uniform(0.1, 1, 40)], len(neuron)))


@pytest.mark.parametrize("seed", range(4))
def test_the_vectorized_kernel_agrees_with_the_equation(seed):
    neuron, label, weight = random_rows(seed)
    found, expected = class_shares(neuron, label, weight), slow(neuron, label, weight)
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12)
    for threshold in (0.3, 0.77, 1.0):
        needed = classes_needed(found, threshold, 130)
        for n in range(130):
            shares = expected.loc[expected["neuron"] == n, "share"].tolist()
            wanted = len(shares) if threshold == 1 else slow_needed(shares, threshold)
            assert needed[n] == (wanted if shares else 0)


def test_neurons_are_cut_into_blocks_without_a_seam(monkeypatch):
    neuron, label, weight = random_rows(7)
    whole = class_shares(neuron, label, weight)
    needed = classes_needed(whole, 0.8, 125)
    monkeypatch.setattr(import_module("nfviz.selectivity.class_shares"), "_BLOCK", 3)
    pd.testing.assert_frame_equal(class_shares(neuron, label, weight), whole)
    np.testing.assert_array_equal(classes_needed(whole, 0.8, 125), needed)


def test_labels_too_large_for_one_key_are_told_apart():
    big = np.iinfo(np.int64).max
    table = class_shares([0, 0, 1, 1], [big - 1, 3, 3, big - 1], [1.0, 0.5, 0.9, 0.3])
    assert table["label"].tolist() == [big - 1, 3, 3, big - 1]


def test_ties_go_by_class_id_and_no_rows_give_no_rows():
    table = class_shares([0, 0, 0], [7, 2, 5], [0.5, 0.5, 0.5])
    assert table["label"].tolist() == [2, 5, 7]
    assert class_shares([], [], []).shape == (0, 3)


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 6), st.floats(0.01, 1)), min_size=1, max_size=60
)


@QUICK
@given(ROWS)
def test_the_shares_of_a_neuron_sum_to_one(rows):
    table = class_shares(*zip(*rows, strict=True))
    np.testing.assert_allclose(table.groupby("neuron")["share"].sum(), 1, atol=1e-12)


@QUICK
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    pd.testing.assert_frame_equal(
        class_shares(*zip(*rows, strict=True)), class_shares(*zip(*shuffled, strict=True)),
        check_exact=True,
    )  # fmt: skip


def test_the_order_of_rows_of_one_neuron_does_not_move_the_last_bit():
    weight = np.random.default_rng(0).uniform(0, 1, 50)
    shares = set()
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(50)
        table = class_shares(np.zeros(50, dtype=int), (np.arange(50) % 2)[order], weight[order])
        shares.add(tuple(table["share"]))
    assert len(shares) == 1


@QUICK
@given(ROWS, st.permutations(range(100, 107)), st.floats(0.05, 1))
def test_renaming_classes_changes_nothing_but_their_names(rows, names, threshold):
    table = class_shares(*zip(*rows, strict=True))
    renamed = class_shares(*zip(*[(n, names[c], w) for n, c, w in rows], strict=True))
    np.testing.assert_array_equal(table["share"], renamed["share"])
    np.testing.assert_array_equal(
        classes_needed(table, threshold, 4), classes_needed(renamed, threshold, 4)
    )


@QUICK
@given(ROWS, st.floats(0.1, 7))
def test_the_scale_of_the_weights_changes_nothing(rows, scale):
    table = class_shares(*zip(*rows, strict=True))
    scaled = class_shares(*zip(*[(n, c, scale * w) for n, c, w in rows], strict=True))
    merged = table.merge(scaled, on=["neuron", "label"])
    assert len(merged) == len(table)
    np.testing.assert_allclose(merged["share_x"], merged["share_y"], rtol=1e-9)


@QUICK
@given(ROWS, st.lists(st.floats(0.01, 1), min_size=2, max_size=5))
def test_a_higher_threshold_never_raises_the_index(rows, thresholds):
    table = class_shares(*zip(*rows, strict=True))
    needed = [classes_needed(table, t, 4) for t in sorted([*thresholds, 1.0])]
    assert (np.diff(needed, axis=0) >= 0).all()


@QUICK
@given(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=20), min_size=1, max_size=4))
def test_at_threshold_one_only_the_number_of_distinct_classes_matters(sets):
    sets = [[(c, 1 - 0.01 * i) for i, c in enumerate(labels)] for labels in sets]
    table = ClassSelectivity()(make_atlas(sets))
    for found, rows in zip(table.itertuples(), sets, strict=True):
        distinct = len({c for c, _ in rows})
        assert found.n_classes == distinct
        assert found.class_selectivity == pytest.approx((len(rows) - distinct) / (len(rows) - 1))
        assert found.class_selectivity_floor <= found.class_selectivity
        norm = found.class_selectivity_norm
        assert math.isnan(norm) or 0 <= norm <= 1


def test_only_labeled_images_of_the_set_count():
    rows = [(1, 1.0), (-1, 0.95), (1, 0.9), (2, 0.8), (4, 0.75), (5, 0.6)]
    found = ClassSelectivity()(make_atlas([rows], n_images=[5])).iloc[0]
    assert found["n_classes"] == 3  # 1, 2 and 4; N is 4
    assert found["class_selectivity"] == pytest.approx(1 / 3)
    assert found["top_label_share"] == pytest.approx(1.9 / 3.45)


def test_undefined_cases():
    sets = [[(1, 1.0)], [(-1, 1.0), (-1, 0.9)], [(3, np.nan), (4, np.nan)], GOLDEN]
    atlas = make_atlas(sets, dead=[2])
    table = ClassSelectivity()(atlas)
    assert table.index.equals(atlas.neurons.index)
    assert table["n_classes"].dtype == table["top_label"].dtype == "Int64"
    single = table.iloc[0]
    assert (single["n_classes"], single["top_label"], single["top_label_share"]) == (1, 1, 1.0)
    assert single.filter(like="class_selectivity").isna().all()
    assert table["n_labeled"].tolist() == [1, 0, 0, len(GOLDEN)]
    assert table.drop(columns="n_labeled").iloc[[1, 2]].isna().all(axis=None)
    assert table.iloc[3].notna().all()


def test_a_record_without_labels_has_no_class_selectivity():
    atlas = make_atlas([[(-1, 1.0), (-1, 0.9)]])
    for threshold in (1.0, 0.5):
        found = ClassSelectivity(threshold)(atlas)
        assert (found.pop("n_labeled") == 0).all()
        assert found.isna().all(axis=None)
    assert class_distribution(atlas).shape == (0, 1)


def test_class_distribution_is_indexed_in_the_order_of_the_record():
    table = class_distribution(make_atlas([GOLDEN, [(9, 1.0), (4, 1.0)]]))
    assert table.index.names == ["layer", "unit", "label"]
    assert [*table.index] == [("z", 0, c) for c in range(4)] + [("a", 1, 4), ("a", 1, 9)]
    np.testing.assert_allclose(table["share"], [*SHARES, 0.5, 0.5])
    assert table.loc[("a", 1), "share"].sum() == 1


@pytest.mark.parametrize(
    ("classes", "size", "expected", "floor", "ceiling"),
    [  # the table of section 1.12, N = 100
        (1000, 1300, 0.048, 0, 1),
        (1000, 50, 0.048, 0, 0.990),
        (1000, 10, 0.044, 0, 0.909),
        (1000, 1, 0, 0, 0),
        (10, 400, 0.909, 0.909, 1),
        (100, 500, 0.369, 0, 1),
    ],
)
def test_chance_and_bounds_of_known_data_sets(classes, size, expected, floor, ceiling):
    sizes = np.full(classes, size)
    chance = (100 - expected_classes(sizes, [100])[0]) / 99
    assert chance == pytest.approx(expected, abs=6e-4)
    fewest, most = class_bounds(sizes, [100])
    assert (100 - most[0]) / 99 == pytest.approx(floor, abs=5e-4)
    assert (100 - fewest[0]) / 99 == pytest.approx(ceiling, abs=5e-4)


@pytest.mark.parametrize("threshold", [1.0, 0.8])
def test_the_chance_level_is_that_of_simulated_blind_neurons(threshold):
    sizes, drawn, neurons = np.array([3, 3, 8, 20, 1, 60]), 12, 3000
    rng = np.random.default_rng(11)
    labels = np.repeat(np.arange(6), sizes)
    rows = np.concatenate([rng.permutation(labels)[:drawn] for _ in range(neurons)])
    neuron = np.repeat(np.arange(neurons), drawn)
    table = class_shares(neuron, rows, np.ones(len(rows)))
    needed = classes_needed(table, threshold, neurons)
    expected = expected_classes(sizes, [drawn, 1, 95], threshold)
    error = needed.std() * math.sqrt(1 / neurons + (threshold < 1) / 1000)
    assert expected[0] == pytest.approx(needed.mean(), abs=4 * error)
    assert expected[1] == 1
    assert expected[2] == (6 if threshold == 1 else 2)  # everything drawn: 60 + 20 of 95


def test_the_closed_form_agrees_with_binomials():
    sizes, drawn = [2, 5, 5, 11], 7
    expected = sum(1 - math.comb(23 - n, drawn) / math.comb(23, drawn) for n in sizes)
    assert expected_classes(sizes, [drawn])[0] == pytest.approx(expected, rel=1e-12)


def test_chance_is_the_same_every_time_and_columns_use_it():
    atlas = make_atlas([GOLDEN], labels=[0, 1, 2, 3, 4, 4])
    for threshold in (1.0, 0.7):
        first = ClassSelectivity(threshold)(atlas)["class_selectivity_chance"]
        pd.testing.assert_series_equal(
            first, ClassSelectivity(threshold)(atlas)["class_selectivity_chance"]
        )
        sizes = class_sizes(atlas.images["label"])
        assert sizes.tolist() == [5, 4, 3, 2, 2]
        blind = expected_classes(sizes, [10], threshold)[0]
        assert first.tolist() == [pytest.approx((10 - blind) / 9)]


def test_floor_and_norm_of_an_unbalanced_data_set():
    atlas = make_atlas([GOLDEN], labels=[0, 0, 0, 0, 0, 4])  # 9 dogs; 5 classes
    found = ClassSelectivity()(atlas).iloc[0]
    assert found["class_selectivity_floor"] == pytest.approx(5 / 9)
    assert found["class_selectivity_norm"] == pytest.approx((5 - 4) / (5 - 2))
    low = ClassSelectivity(0.3)(atlas).iloc[0]
    assert low["n_classes"] == 1  # fewer than can supply 10 images
    assert low["class_selectivity_norm"] == 1


def test_norm_is_undefined_where_the_data_leave_no_room():
    found = ClassSelectivity()(make_atlas([[(c, 1.0) for c in range(6)]]))
    assert found["class_selectivity"].tolist() == [0]
    assert found["class_selectivity_norm"].isna().all()


def test_the_record_is_not_modified():
    atlas, same = make_atlas([GOLDEN]), make_atlas([GOLDEN])
    ClassSelectivity(0.5)(atlas)
    for name in ("images", "ranked", "neurons"):
        pd.testing.assert_frame_equal(getattr(atlas, name), getattr(same, name))


def test_a_ranking_of_unknown_neurons_is_refused():
    atlas = make_atlas([GOLDEN, GOLDEN])
    stranger = Atlas(**{**vars(atlas), "neurons": atlas.neurons.iloc[:1]})
    with pytest.raises(ValueError, match=r"rows for neuron \('a', .*1.*\), which atlas.neurons"):
        ClassSelectivity()(stranger)


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1, float("nan")])
def test_a_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(ValueError, match=f"threshold={threshold} .*above 0 and at most 1"):
        ClassSelectivity(threshold)


@pytest.mark.parametrize(
    ("labels", "n_max", "parts"),
    [
        (np.repeat(np.arange(10), 400), 100, ["10 classes of 400", "0.909 and at most 1.000"]),
        (np.repeat(np.arange(200), 50), 100, ["200 classes", "0.000 and at most 0.990"]),
        (np.arange(1000), 100, ["n_max=100", "0.000 and at most 0.000", "has 0.000"]),
        (np.repeat(np.arange(2), 5), 100, ["with 10 images", "at least 0.889 and at most 0.889"]),
        ([4], 100, ["undefined"]),
        (np.repeat(np.arange(10), 4), 1, ["undefined"]),
    ],
)
def test_small_data_are_named_with_what_they_mean(labels, n_max, parts):
    note = small_data_note(labels, n_max)
    for part in parts:
        assert part in note


def test_large_or_unlabeled_data_need_no_note():
    assert small_data_note(np.repeat(np.arange(100), 100), 100) is None
    assert small_data_note(np.full(50, -1), 100) is None
    assert small_data_note([], 100) is None
