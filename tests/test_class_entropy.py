import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz import ClassEntropy, Purity
from nfviz.atlas import Atlas
from nfviz.neuron_index import neuron_index
from nfviz.selectivity.blind_sets import blind_labels, class_tallies
from nfviz.selectivity.class_entropy import expected_entropy
from nfviz.selectivity.purity import expected_purity

QUICK = settings(max_examples=30, deadline=None)
LABELS = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]  # dog, cat, car, sky
WEIGHTS = [1.0, 0.95, 0.9, 0.85, 0.8, 0.8, 0.75, 0.75, 0.7, 0.7]
GOLDEN = list(zip(LABELS, WEIGHTS, strict=True))
SHARES = np.array(
    [0.451219512195122, 0.28658536585365857, 0.17682926829268295, 0.08536585365853659]
)


def make_atlas(sets, labels=(), dead=()):
    """One neuron per list of (label, weight); images are the rows, and what `labels` adds."""
    rows = [(unit, rank, *row) for unit, rows in enumerate(sets) for rank, row in enumerate(rows)]
    table = pd.DataFrame(rows, columns=["unit", "rank", "label", "weight"])
    unit, rank = (table[name].to_numpy(dtype=int) for name in ("unit", "rank"))
    units = np.arange(len(sets))
    every = np.concatenate([table["label"].to_numpy(dtype=int), np.array(labels, dtype=int)])
    neurons = pd.DataFrame(
        {
            "dead": [i in dead for i in units],
            "n_images": [0 if i in dead else len(one) for i, one in enumerate(sets)],
        },
        index=neuron_index(["a"], 0 * units, unit=units),
    )
    ranked = pd.DataFrame(
        {"image": np.arange(len(table)), "weight": table["weight"].to_numpy(dtype=float)},
        index=neuron_index(["a"], 0 * unit, unit=unit, rank=rank),
    )
    empty = pd.DataFrame()
    return Atlas(
        images=pd.DataFrame({"label": every}).rename_axis("image"), classes=empty, layers=empty,
        ranked=ranked, neurons=neurons, features={}, spread={}, coverage={}, crops={}, hues=empty,
        manifest={},
    )  # fmt: skip


def test_the_golden_distribution():
    entropy = ClassEntropy()(make_atlas([GOLDEN])).iloc[0]
    bits = -(SHARES * np.log2(SHARES)).sum()
    assert entropy["class_entropy"] == pytest.approx(bits, rel=1e-12)
    assert entropy["effective_classes"] == pytest.approx(2**bits, rel=1e-12)
    assert entropy["class_entropy_selectivity"] == pytest.approx(1 - bits / 2, rel=1e-12)
    more = ClassEntropy()(make_atlas([GOLDEN], labels=range(4, 30))).iloc[0]
    assert more["class_entropy_selectivity"] == pytest.approx(1 - bits / math.log2(10), rel=1e-12)
    assert Purity()(make_atlas([GOLDEN]))["purity"].tolist() == [0.4]


SETS = st.lists(
    st.lists(st.tuples(st.integers(0, 6), st.floats(0.7, 1)), min_size=2, max_size=20),
    min_size=1,
    max_size=4,
)


@QUICK
@given(SETS)
def test_an_independent_reading(sets):
    sets = [sorted(rows, key=lambda row: -row[1]) for rows in sets]
    classes = len({label for rows in sets for label, _ in rows})
    atlas = make_atlas(sets)
    table = pd.concat([ClassEntropy()(atlas), Purity()(atlas)], axis=1)
    for found, rows in zip(table.itertuples(), sets, strict=True):
        weight, count = {}, {}
        for label, w in rows:
            weight[label] = weight.get(label, 0) + w
            count[label] = count.get(label, 0) + 1
        shares = [w / sum(weight.values()) for w in weight.values()]
        bits = math.fsum(-f * math.log2(f) for f in shares)
        assert found.class_entropy == pytest.approx(bits, abs=1e-12)
        assert 1 <= found.effective_classes <= len(weight) + 1e-9
        assert found.purity == max(count.values()) / len(rows)
        most = min(classes, len(rows))
        if most > 1:
            selectivity = min(max(1 - bits / math.log2(most), 0), 1)
            assert found.class_entropy_selectivity == pytest.approx(selectivity, abs=1e-12)
            assert 0 <= found.class_entropy_selectivity <= 1
        else:
            assert math.isnan(found.class_entropy_selectivity)


def test_extremes():
    sets = [[(c, 1.0) for c in range(8)], [(3, 1.0)] * 8, [(1, 1.0)] * 4 + [(2, 1.0)] * 4]
    atlas = make_atlas(sets)
    entropy = ClassEntropy()(atlas)
    np.testing.assert_allclose(entropy["class_entropy"], [3, 0, 1], atol=1e-12)
    np.testing.assert_allclose(entropy["effective_classes"], [8, 1, 2], rtol=1e-12)
    np.testing.assert_allclose(entropy["class_entropy_selectivity"], [0, 1, 2 / 3], atol=1e-12)
    assert not np.signbit(entropy["class_entropy"]).any()
    assert Purity()(atlas)["purity"].tolist() == [1 / 8, 1, 0.5]


def test_undefined_cases():
    sets = [[(1, 1.0)], [(-1, 1.0), (-1, 0.9)], [(3, np.nan), (4, np.nan)], GOLDEN]
    atlas = make_atlas(sets, dead=[2])
    entropy, purity = ClassEntropy()(atlas), Purity()(atlas)
    assert entropy.index.equals(atlas.neurons.index)
    assert purity.index.equals(atlas.neurons.index)
    assert purity.isna().all(axis=1).tolist() == [True, True, True, False]
    assert entropy.iloc[[1, 2]].isna().all(axis=None)
    single = entropy.iloc[0]
    assert single.filter(like="selectivity").isna().all()
    assert single.dropna().tolist() == [0, 1, 1]
    assert entropy.iloc[3].notna().all()


@pytest.mark.parametrize("labels", [[-1, -1], [4, 4]])
def test_no_labels_or_a_single_class(labels):
    atlas = make_atlas([[(label, 1.0) for label in labels]])
    entropy, purity = ClassEntropy()(atlas), Purity()(atlas)
    assert entropy.filter(like="selectivity").isna().all(axis=None)
    alone = labels[0] == 4
    assert purity.iloc[0].tolist() == [1, 1] if alone else purity.isna().all(axis=None)
    assert entropy["class_entropy"].tolist() == [0] if alone else entropy.isna().all(axis=None)


def test_unlabeled_images_do_not_count():
    rows = [(1, 1.0), (-1, 0.95), (1, 0.9), (2, 0.8)]
    atlas = make_atlas([rows], labels=[2, 5])
    assert Purity()(atlas)["purity"].tolist() == [2 / 3]
    f = 1.9 / 2.7
    bits = -f * math.log2(f) - (1 - f) * math.log2(1 - f)
    assert ClassEntropy()(atlas)["class_entropy"].tolist() == [pytest.approx(bits)]


def test_chance_columns_are_those_of_the_size_of_each_set():
    atlas = make_atlas([GOLDEN, GOLDEN[:3], GOLDEN[:1]], labels=[0, 1, 2, 3, 4, 4])
    sizes = [9, 4, 3, 2, 2]
    assert atlas.images["label"].value_counts(sort=False).tolist() == sizes
    bits, effective = expected_entropy(sizes, [10, 3, 1])
    entropy, purity = ClassEntropy()(atlas), Purity()(atlas)
    np.testing.assert_array_equal(entropy["effective_classes_chance"], effective)
    chance = entropy["class_entropy_selectivity_chance"]
    np.testing.assert_allclose(chance.iloc[:2], 1 - bits[:2] / np.log2([5, 3]))
    np.testing.assert_array_equal(purity["purity_chance"].iloc[:2], expected_purity(sizes, [10, 3]))


def binomial_chance(sizes, drawn):
    """Exact means over all draws, each class count weighed by its number of ways."""
    total = math.comb(sum(sizes), drawn)
    bits, effective, purity = [], [], []

    def walk(left, rest, counts, ways):
        if not rest:
            if left == 0:
                shares = [c / drawn for c in counts if c]
                entropy = -sum(f * math.log2(f) for f in shares)
                bits.append(ways * entropy / total)
                effective.append(ways * 2**entropy / total)
                purity.append(ways * max(shares) / total)
            return
        for count in range(min(rest[0], left) + 1):
            walk(left - count, rest[1:], [*counts, count], ways * math.comb(rest[0], count))

    walk(drawn, list(sizes), [], 1)
    return math.fsum(bits), math.fsum(effective), math.fsum(purity)


@pytest.mark.parametrize(
    ("sizes", "drawn"), [((3, 3, 8, 20, 1), 7), ((30, 30), 12), ((2, 2, 2, 2), 8)]
)
def test_chance_is_that_of_all_draws(sizes, drawn):
    bits, effective, purity = binomial_chance(sizes, drawn)
    found, classes = expected_entropy(sizes, [drawn])
    assert found[0] == pytest.approx(bits, abs=0.03)
    assert classes[0] == pytest.approx(effective, abs=0.06)
    assert expected_purity(sizes, [drawn])[0] == pytest.approx(purity, abs=0.02)


def test_chance_at_the_ends():
    sizes = [4, 2, 2]
    bits, effective = expected_entropy(sizes, [1, 8])
    np.testing.assert_allclose(bits, [0, 1.5], atol=1e-12)
    np.testing.assert_allclose(effective, [1, 2**1.5], rtol=1e-12)
    np.testing.assert_allclose(expected_purity(sizes, [8, 1]), [0.5, 1])
    bits, effective = expected_entropy([50], range(1, 51))
    assert (bits >= 0).all()
    np.testing.assert_allclose(effective, 1, rtol=1e-12)
    assert expected_purity(sizes, []).shape == expected_entropy([], [])[0].shape == (0,)


def test_draws_are_without_replacement_and_the_same_every_time():
    sizes = [3, 1, 4]
    labels = blind_labels(sizes, 8)
    assert (np.sort(labels, axis=1) == np.repeat([0, 1, 2], sizes)).all()
    np.testing.assert_array_equal(labels, blind_labels(sizes, 8))
    first = np.bincount(labels[:, 0], minlength=3) / len(labels)
    np.testing.assert_allclose(first, np.array(sizes) / 8, atol=0.06)


@QUICK
@given(st.lists(st.integers(0, 4), min_size=1, max_size=15))
def test_tallies_count_up_within_each_class(row):
    expected = [row[: i + 1].count(label) for i, label in enumerate(row)]
    assert class_tallies(np.array([row, row[::-1]]))[0].tolist() == expected
