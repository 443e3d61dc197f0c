import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.selectivity.blind_sets import blind_labels, class_tallies
from nfviz.selectivity.class_bounds import simulated_classes
from nfviz.selectivity.class_shares import class_shares, classes_needed


def slow_simulation(labels, size, threshold):
    """Count classes in tables, one size of the set at a time."""
    neuron = np.repeat(np.arange(len(labels)), size)
    table = class_shares(neuron, labels[:, :size].ravel(), np.ones(len(neuron)))
    return classes_needed(table, threshold, len(labels)).mean()


@pytest.mark.parametrize("sizes", [[3, 3, 8, 20, 1, 60], [40], [1] * 30, [50] * 200, [500, 1]])
def test_counting_classes_by_their_sizes_is_counting_them_in_tables(sizes):
    largest = min(sum(sizes), 40)
    labels = blind_labels(sizes, largest)
    drawn = np.array([largest, 1, 2, 17, 25, 29, 17])
    assert 0.28 * 25 > 7
    for threshold in (0.999999, 0.9, 0.28, 0.75, 0.5, 1 / 3, 0.1, 1e-12):
        found = simulated_classes(class_tallies(labels), drawn, threshold)
        assert found.tolist() == [slow_simulation(labels, n, threshold) for n in drawn]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=25), st.floats(0, 1, exclude_min=True))
def test_one_simulated_neuron(labels, threshold):
    tallies = class_tallies(np.array([labels]))
    for size in range(1, len(labels) + 1):
        counts = sorted(np.bincount(labels[:size]), reverse=True)
        enough = (threshold - 1e-9) * size
        needed = next(m for m in range(1, size + 1) if sum(counts[:m]) >= enough)
        assert simulated_classes(tallies, [size], threshold) == needed


def test_a_draw_goes_on_without_replacement():
    sizes = [1, 2, 3, 90]
    first, whole = blind_labels(sizes, 30), blind_labels(sizes, 96, like=30)
    np.testing.assert_array_equal(whole[:, :30], first)
    for row in whole:
        assert np.bincount(row).tolist() == sizes
    np.testing.assert_array_equal(blind_labels(sizes, 30, like=30), first)
    # The images that are left are drawn alike: 60 in 66 of the last are of the largest class.
    assert (whole[:, 30:] == 3).mean() == pytest.approx(90 / 96, abs=0.01)
