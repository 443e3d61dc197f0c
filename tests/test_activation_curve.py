import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.atlas import Atlas
from nfviz.selectivity import ActivationCurve
from nfviz.selectivity.activation_curve import curve_areas

QUICK = settings(max_examples=40, deadline=None)
GOLDEN = {("a", 0): [1, 0.5, 0.25, 0.0], ("a", 1): [1, 0.9, 0.8, 0.7]}


def make_atlas(curves, n_images, n_ranked=400, dead=()):
    rows = [(*neuron, rank) for neuron, weights in curves.items() for rank in range(len(weights))]
    ranked = pd.DataFrame(
        {"weight": [float(w) for weights in curves.values() for w in weights]},
        index=pd.MultiIndex.from_tuples(rows, names=["layer", "unit", "rank"]),
    )
    index = pd.MultiIndex.from_tuples(sorted({*curves, *dead}), names=["layer", "unit"])
    neurons = pd.DataFrame({"dead": [neuron in dead for neuron in index]}, index=index)
    empty = pd.DataFrame()
    return Atlas(
        images=pd.DataFrame({"label": -1}, index=pd.RangeIndex(n_images, name="image")),
        classes=empty, layers=empty, ranked=ranked, neurons=neurons, hues=empty,
        features={}, spread={}, coverage={}, crops={},
        manifest={"parameters": {"n_ranked": n_ranked}},
    )  # fmt: skip


def test_golden():
    table = ActivationCurve()(make_atlas(GOLDEN, n_images=4))
    np.testing.assert_allclose(table["auc"], [1.25, 2.55], rtol=1e-12)
    np.testing.assert_allclose(table["auc_percent"], [49.01960784313726, 100], rtol=1e-12)
    np.testing.assert_allclose(table["mean_height"], [0.4166666666666667, 0.85], rtol=1e-12)


@pytest.mark.parametrize(
    ("n_images", "n_ranked", "auc_ranks", "ranks"),
    [(4, 400, 400, 4), (9, 4, 400, 4), (9, 400, 3, 3), (9, 400, 400, 9)],
)
def test_how_many_ranks_the_curve_has(n_images, n_ranked, auc_ranks, ranks):
    table = ActivationCurve(auc_ranks)(make_atlas(GOLDEN, n_images, n_ranked))
    padded = np.pad([*GOLDEN.values()], [(0, 0), (0, 5)])[:, :ranks]
    expected = np.trapezoid(padded, axis=1)
    np.testing.assert_allclose(table["auc"], expected, rtol=1e-12)
    np.testing.assert_allclose(table["mean_height"], expected / (ranks - 1), rtol=1e-12)


def test_the_largest_area_is_that_of_the_whole_network():
    curves = {**GOLDEN, ("b", 0): [1, 1, 1, 1]}
    percent = ActivationCurve()(make_atlas(curves, 4))["auc_percent"]
    np.testing.assert_allclose(percent, [1.25 / 0.03, 85, 100], rtol=1e-12)


def test_dead_neurons_have_no_curve_with_and_without_rows():
    curves = {**GOLDEN, ("b", 0): [np.nan] * 4}
    atlas = make_atlas(curves, 4, dead=[("b", 0), ("a", 2)])
    table = ActivationCurve()(atlas)
    assert table.index.equals(atlas.neurons.index)
    assert table.loc[[("a", 2), ("b", 0)]].isna().all(axis=None)
    np.testing.assert_allclose(table["auc"].dropna(), [1.25, 2.55])


def test_one_image_makes_a_point_without_area():
    table = ActivationCurve()(make_atlas({("a", 0): [1]}, 1))
    assert table["auc"].tolist() == [0]
    assert table[["auc_percent", "mean_height"]].isna().all(axis=None)


def test_a_network_of_dead_neurons():
    atlas = make_atlas({("a", 0): [np.nan, np.nan]}, 2, dead=[("a", 0)])
    assert ActivationCurve()(atlas).isna().all(axis=None)


@QUICK
@given(st.lists(st.lists(st.floats(-0.5, 1), min_size=1, max_size=12), min_size=1, max_size=5))
def test_the_kernel_is_the_trapezoid_rule_in_any_order_of_the_rows(curves):
    rows = [(i, rank, w) for i, curve in enumerate(curves) for rank, w in enumerate(curve)]
    order = np.random.default_rng(0).permutation(len(rows))
    neuron, rank, weight = np.array(rows)[order].T
    found = curve_areas(neuron.astype(int), rank, weight, ranks=10, neurons=len(curves))
    padded = [[max(w, 0) for w in curve[:10]] + [0] * (10 - len(curve)) for curve in curves]
    np.testing.assert_allclose(found, np.trapezoid(padded, axis=1), atol=1e-12)


@pytest.mark.parametrize("ranks", [0, -3, 2.5])
def test_ranks_that_are_no_number_of_ranks_are_refused(ranks):
    with pytest.raises(ValueError, match=f"auc_ranks={ranks} .*integer of 1 or more"):
        ActivationCurve(auc_ranks=ranks)
