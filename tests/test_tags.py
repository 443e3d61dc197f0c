import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.atlas import Atlas
from nfviz.neuron_index import neuron_index
from nfviz.one_neuron import one_neuron
from nfviz.ontology import Ontology
from nfviz.summaries.tags import ontology_of, ontology_weights, summarize_tags

GOLDEN = Ontology.from_mapping(
    {
        "beagle": ["hound", "dog", "animal", "entity"],
        "whippet": ["hound", "dog", "animal", "entity"],
        "tabby": ["cat", "animal", "entity"],
        "cab": ["car", "artifact", "entity"],
    }
)
NAMES = ["beagle", "whippet", "tabby", "cab"]
SHARES = {"beagle": 0.4, "whippet": 0.3, "tabby": 0.2, "cab": 0.1}
GOLDEN_WEIGHTS = {
    **SHARES, "entity": 1, "animal": 0.9, "dog": 0.7, "hound": 0.7, "cat": 0.2, "artifact": 0.1,
    "car": 0.1,
}  # fmt: skip
FIRST = ("b", 0)


def make_atlas(sets, names=NAMES, wnids=None, n_images=None):
    """Layer b has a neuron per list of (label, weight); layer a one that answers class 0 alone.

    A neuron without images is dead.
    """
    sets = [*sets, [(0, 1.0)]]
    rows = [(i, rank, *row) for i, rows in enumerate(sets) for rank, row in enumerate(rows)]
    table = pd.DataFrame(rows, columns=["neuron", "rank", "label", "weight"])
    last = len(sets) - 1
    layer, unit = (table["neuron"] == last).astype(int), table["neuron"] % last
    at = np.arange(len(sets))
    neurons = {
        "dead": [not rows for rows in sets],
        "n_images": n_images or [len(rows) for rows in sets],
    }
    classes = pd.DataFrame({"name": list(names)}, index=pd.RangeIndex(len(names), name="label"))
    if wnids:
        classes["wnid"] = wnids
    ranked = neuron_index(
        ["b", "a"], layer.to_numpy(int), unit=unit.to_numpy(int), rank=table["rank"].to_numpy(int)
    )
    empty = pd.DataFrame()
    return Atlas(
        images=pd.DataFrame({"label": table["label"].to_numpy(np.int64)}).rename_axis("image"),
        classes=classes, layers=pd.DataFrame(index=["b", "a"]), features={}, spread={},
        ranked=pd.DataFrame(
            {"image": np.arange(len(table)), "weight": table["weight"].to_numpy(float)},
            index=ranked,
        ),
        neurons=pd.DataFrame(
            neurons, index=neuron_index(["b", "a"], (at == last).astype(int), unit=at % last)
        ),
        coverage={}, crops={}, hues=empty, manifest={},
    )  # fmt: skip


def golden_atlas():
    return make_atlas([[(0, 1.0), (1, 0.75), (2, 0.5), (3, 0.25)]])


def test_golden_weights():
    weights = ontology_weights(SHARES, GOLDEN)
    assert weights == pytest.approx(GOLDEN_WEIGHTS, abs=1e-15)
    assert weights["entity"] == 1


def test_golden_table():
    table = summarize_tags(golden_atlas(), FIRST, GOLDEN)
    # Entity is above every class.
    expected = {node: weight for node, weight in GOLDEN_WEIGHTS.items() if node != "entity"}
    assert table["weight"].to_dict() == pytest.approx(expected, abs=1e-12)
    assert table.index[0] == "animal"
    assert set(table.index[-3:]) == {"cab", "artifact", "car"}
    assert table["weight"].is_monotonic_decreasing
    leaves = table[table["share"] > 0]
    assert leaves["share"].to_dict() == pytest.approx(SHARES, abs=1e-12)
    assert leaves["label"].tolist() == [0, 1, 2, 3]
    assert table["label"].isna().sum() == 6
    assert table.loc["animal", "classes"] == 3
    assert table.loc["beagle", "name"] == "beagle"
    assert table.index.name == "node"


def test_on_a_tie_the_most_special_comes_first():
    table = summarize_tags(golden_atlas(), ("a", 0), Ontology.from_dict(
        {"entity": {"animal": {"dog": ["beagle", "whippet"], "cat": ["tabby"]}, "car": ["cab"]}}
    ))  # fmt: skip
    assert table.index.tolist() == ["beagle", "dog", "animal"]
    assert table["weight"].tolist() == [1, 1, 1]
    assert table["classes"].tolist() == [1, 2, 3]


def test_a_leaf_counts_once_for_an_ancestor_by_two_paths():
    diamond = Ontology.from_edges(
        pd.DataFrame(
            [("beagle", "dog"), ("beagle", "pet"), ("dog", "animal"), ("pet", "animal"),
             ("animal", "thing"), ("cab", "thing"), ("whippet", "dog"), ("tabby", "pet")],
            columns=["child", "parent"],
        )
    )  # fmt: skip
    table = summarize_tags(golden_atlas(), FIRST, diamond)
    assert table.loc["animal", "weight"] == pytest.approx(0.9)
    assert table.loc["pet", "weight"] == pytest.approx(0.6)
    assert "thing" not in table.index


def test_a_class_that_is_above_another_has_both_weights():
    nested = Ontology.from_dict({"tabby": {"beagle": ["whippet"]}, "cab": None})
    table = summarize_tags(golden_atlas(), FIRST, nested)
    assert table.loc["tabby", ["share", "weight"]].tolist() == pytest.approx([0.2, 0.9])
    assert table.loc["beagle", ["share", "weight"]].tolist() == pytest.approx([0.4, 0.7])


def test_a_class_above_all_others_stays():
    nested = Ontology.from_dict({"top": {"tabby": ["beagle", "whippet", "cab"]}})
    table = summarize_tags(golden_atlas(), FIRST, nested)
    assert set(table.index) == set(NAMES)
    assert table.loc["tabby", "weight"] == pytest.approx(1)


def test_nodes_above_all_of_the_neurons_classes_stay_unless_above_the_whole_data_set():
    table = summarize_tags(make_atlas([[(0, 1.0), (1, 1.0)]]), FIRST, GOLDEN)
    assert table.loc["dog", "weight"] == 1
    assert "entity" not in table.index


def test_threshold_leaves_the_least_classes_out_of_all_sums():
    atlas = golden_atlas()
    table = summarize_tags(atlas, FIRST, GOLDEN, threshold=0.7)
    assert set(table.index) == {"beagle", "whippet", "hound", "dog", "animal"}
    assert table.loc["animal", "weight"] == pytest.approx(0.7)
    table = summarize_tags(atlas, FIRST, GOLDEN, threshold=0.71)
    assert table.loc["animal", "weight"] == pytest.approx(0.9)


def test_only_the_image_set_counts():
    atlas = make_atlas([[(0, 1.0), (1, 0.9), (2, 0.5)]], n_images=[2, 1])
    table = summarize_tags(atlas, FIRST, GOLDEN)
    assert table.loc["beagle", "share"] == pytest.approx(1 / 1.9)
    assert "tabby" not in table.index


def test_without_an_ontology_there_are_classes_alone_told_apart():
    atlas = make_atlas([[(0, 1.0), (1, 0.6), (2, 0.4)]], names=["crane", "crane", "cab"])
    table = summarize_tags(atlas, FIRST)
    assert table.index.tolist() == ["0", "1", "2"]
    assert table["name"].tolist() == ["crane (0)", "crane (1)", "cab"]
    assert table["weight"].tolist() == table["share"].tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert table["classes"].tolist() == [1, 1, 1]


def test_names_that_repeat_in_the_data_set_are_told_apart():
    wnids = ["n02012849", "n03126707", "n02088364"]
    table = summarize_tags(make_atlas([[(0, 1.0), (2, 1.0)]], names=wnids, wnids=wnids), FIRST)
    # The other crane is no class of this neuron, but is one of the data set.
    assert table.loc["n02012849", "name"] == "crane (wading bird)"
    assert table.loc["n02088364", "name"] == "beagle"


def test_imagenet_is_taken_where_all_wnids_are_its_own():
    wnids = ["n02088364", "n02091134", "n02123045", "n02930766"]
    atlas = make_atlas([[(0, 1.0), (1, 0.75), (2, 0.5), (3, 0.25)]], names=wnids, wnids=wnids)
    assert ontology_of(atlas, None) is Ontology.imagenet()
    table = summarize_tags(atlas, FIRST)
    named = table.set_index("name")["weight"]
    assert named[["beagle", "whippet", "tabby", "cab"]].tolist() == pytest.approx(
        [0.4, 0.3, 0.2, 0.1]
    )
    assert named[["animal", "dog", "hound"]].tolist() == pytest.approx([0.9, 0.7, 0.7])
    assert not {"entity", "physical entity", "object"} & set(named.index)
    other = make_atlas([[(0, 1.0)]], names=wnids, wnids=[*wnids[:3], "n99999999"])
    assert ontology_of(other, None) is None
    assert ontology_of(other, GOLDEN) is GOLDEN
    assert ontology_of(make_atlas([[(0, 1.0)]], names=[]), None) is None


@pytest.mark.parametrize("rows", [[], [(-1, 1.0), (-1, 0.9)]])
@pytest.mark.parametrize("ontology", [None, GOLDEN])
def test_a_neuron_that_is_dead_or_has_no_labels_has_no_tags(rows, ontology):
    table = summarize_tags(make_atlas([rows]), FIRST, ontology)
    assert len(table) == 0
    assert list(table) == ["name", "label", "share", "weight", "classes"]
    full = summarize_tags(golden_atlas(), FIRST, ontology)
    assert table.dtypes.equals(full.dtypes)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda a: summarize_tags(a, ("z", 0)), ValueError, "No layer 'z' .* It has 'b', 'a'"),
        (lambda a: summarize_tags(a, ("b", 7)), ValueError, "No unit 7 .* 1 units from 0 to 0"),
        (
            lambda a: summarize_tags(a, "b"),
            ValueError,
            r"neuron is 'b'; it accepts \(layer, unit\)",
        ),
        (lambda a: summarize_tags(a, FIRST, threshold=0), ValueError, "threshold is 0"),
        (lambda a: summarize_tags(a, FIRST, threshold=1.1), ValueError, "threshold is 1.1"),
        (lambda a: summarize_tags(a, FIRST, threshold="1"), ValueError, "threshold is '1'"),
        (lambda a: summarize_tags(a, FIRST, {"a": ["b"]}), TypeError, "accepts an nfviz.Ontology"),
        (lambda a: summarize_tags(a, FIRST, Ontology.imagenet()), ValueError, "these have no node"),
    ],
)
def test_what_cannot_be_is_refused(call, kind, message):
    atlas = make_atlas([[(0, 1.0)]], names=["red disk", "red ring"])
    with pytest.raises(kind, match=message):
        call(atlas)


def test_one_neuron_keeps_its_rows_alone():
    atlas = make_atlas([[(0, 1.0), (1, 0.5)], [], [(2, 1.0)]])
    alone = one_neuron(atlas, ("b", 2))
    pd.testing.assert_frame_equal(alone.neurons, atlas.neurons.loc[[("b", 2)]])
    assert alone.ranked["image"].tolist() == [2]
    assert len(one_neuron(atlas, ("b", 1)).ranked) == 0
    assert one_neuron(atlas, ("a", 0)).ranked["image"].tolist() == [3]
    assert len(atlas.ranked) == 4


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_weights_are_those_of_a_slow_reading_whatever_the_order(data):
    nodes = [f"n{i}" for i in range(10)]
    parents = {
        node: data.draw(st.lists(st.sampled_from(nodes[:i]), max_size=3, unique=True))
        for i, node in enumerate(nodes)
        if i
    }
    ontology = Ontology({node: node for node in nodes}, parents)
    names = data.draw(st.permutations(nodes[5:]))
    weight = [1.0, 0.9, 0.8, 0.8, 0.7]
    rows = list(
        zip(data.draw(st.lists(st.integers(0, 4), min_size=5, max_size=5)), weight, strict=True)
    )
    table = summarize_tags(make_atlas([rows], names=names), FIRST, ontology)

    def is_kind_of(node, other):
        return node == other or any(is_kind_of(up, other) for up in parents.get(node, ()))

    slow = defaultdict(float)
    for node in nodes:
        below = [label for label, name in enumerate(names) if is_kind_of(name, node)]
        total = math.fsum(w for label, w in rows if label in below) / math.fsum(weight)
        if total and (node in names or len(below) < len(names)):
            slow[node] = total
            assert table.loc[node, "classes"] == len(below)
    assert table["weight"].to_dict() == pytest.approx(slow)
    assert table["share"].sum() == pytest.approx(1)
