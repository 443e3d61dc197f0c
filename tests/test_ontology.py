import csv
import os
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pandas as pd
import pytest

import nfviz.ontology
from nfviz.ontology import Ontology

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("NFVIZ_DATA", ROOT.parent / "shared" / "data"))
TREE = {"animal": {"dog": {"hound": ["beagle", "whippet"]}, "cat": ["tabby"]}, "car": {"cab": None}}
EDGES = [
    ("dog", "animal"), ("hound", "dog"), ("beagle", "hound"), ("whippet", "hound"),
    ("cat", "animal"), ("tabby", "cat"), ("cab", "car"),
]  # fmt: skip
MAPPING = {
    "beagle": ["hound", "dog", "animal"], "whippet": ["hound", "dog", "animal"],
    "tabby": ["cat", "animal"], "cab": ["car"],
}  # fmt: skip


def need(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand; set NFVIZ_DATA to the folder that holds it")
    return path


def rows(name):
    with need(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def edges(pairs=EDGES, **columns):
    return pd.DataFrame(pairs, columns=["child", "parent"]).assign(**columns)


def classes(*names, **columns):
    return pd.DataFrame({"name": names, **columns})


def above(ontology):
    """The ancestors of every node, apart from their order."""
    return {node: set(ontology.ancestors(node)) for node in ontology.names}


def test_a_table_of_edges_holds_all_of_an_ontology():
    loose = Ontology({"a": "A", "b": "A", "c": "C"}, {"b": ("a", "c")}, {"b": "second"})
    table = loose.to_edges()
    assert table["child"].tolist() == ["a", "b", "b", "c"]
    assert table["parent"].tolist() == ["", "a", "c", ""]
    assert table["name"].tolist() == ["A", "A", "A", "C"]
    assert table["lemma"].tolist() == ["", "second", "second", ""]
    for ontology in (loose, Ontology.imagenet(), Ontology.from_dict(TREE)):
        again = Ontology.from_edges(ontology.to_edges())
        assert again.names == ontology.names
        assert again.lemmas == ontology.lemmas
        kept = {node: tuple(above) for node, above in ontology.parents.items() if above}
        assert again.parents == kept


def test_whole_numbers_are_ids_also_where_a_root_makes_them_floats():
    table = pd.DataFrame({"child": [1, 2, 3], "parent": [3, 3, None]})
    assert Ontology.from_edges(table).ancestors("1") == ("3",)
    named = Ontology.from_edges(table.assign(name=["a", "b", "c"], lemma=[None, "d", None]))
    assert named.names == {"1": "a", "2": "b", "3": "c"}
    assert named.lemmas == {"2": "d"}


@pytest.mark.parametrize(
    ("names", "parents", "message"),
    [
        ({"": "a"}, {}, "ids and names are not empty"),
        ({"a": ""}, {}, "ids and names are not empty"),
        ({"a": "a", "b": "b"}, {"a": "b"}, r"parents has 'a': 'b'; use a list, \['b'\]"),
    ],
)
def test_what_could_not_be_written_down_is_refused(names, parents, message):
    with pytest.raises(ValueError, match=message):
        Ontology(names, parents)


def test_blanks_after_the_commas_of_a_file_are_no_part_of_it(tmp_path):
    path = tmp_path / "edges.csv"
    path.write_text("child, parent\nbeagle, dog\n")
    assert Ontology.from_csv(path).ancestors("beagle") == ("dog",)


def test_all_ways_to_write_an_ontology_give_the_same(tmp_path):
    edges().to_csv(tmp_path / "edges.csv", index=False)
    built = [
        Ontology.from_edges(edges()),
        Ontology.from_dict(TREE),
        Ontology.from_csv(tmp_path / "edges.csv"),
        Ontology.from_mapping(MAPPING),
    ]
    for ontology in built:
        assert set(ontology.leaves) == {"beagle", "whippet", "tabby", "cab"}
        assert ontology.ancestors("beagle")[:3] == ("hound", "dog", "animal")
        for leaf in ontology.leaves:
            assert set(ontology.ancestors(leaf)) == set(MAPPING[leaf])
    assert above(built[0]) == above(built[1]) == above(built[2])
    assert built[1].roots == ("animal", "car")
    # A mapping does not say that a hound is a dog.
    assert built[3].ancestors("hound") == ()


def test_it_is_frozen_and_says_what_it_is():
    ontology = Ontology.from_dict(TREE)
    assert repr(ontology) == "<nfviz.Ontology: 9 nodes, 4 leaves>"
    with pytest.raises(FrozenInstanceError):
        ontology.names = {}


def test_an_ancestor_by_two_paths_is_one_and_the_nearest_come_first():
    diamond = Ontology.from_edges(
        edges([("d", "b"), ("d", "c"), ("b", "a"), ("c", "a"), ("d", "b")])
    )
    assert diamond.ancestors("d") == ("b", "c", "a")
    assert diamond.parents["d"] == ("b", "c")
    skip = Ontology.from_mapping({"x": ["a"], "a": ["b"], "y": ["x", "b"]})
    assert skip.ancestors("y") == ("x", "b", "a")


def test_a_name_at_two_places_of_a_dict_is_one_node_with_two_parents():
    ontology = Ontology.from_dict({"red": ["red disk"], "disk": ["red disk", "blue disk"]})
    assert set(ontology.ancestors("red disk")) == {"red", "disk"}
    assert ontology.roots == ("red", "disk")


@pytest.mark.parametrize("nothing", [None, float("nan"), ""])
def test_a_row_without_a_parent_is_a_root(nothing):
    ontology = Ontology.from_edges(edges([*EDGES, ("stone", nothing)]))
    assert set(ontology.roots) == {"animal", "car", "stone"}
    assert "stone" in ontology.leaves


def test_ids_may_be_numbers_and_columns_have_other_names(tmp_path):
    table = pd.DataFrame({"id": [1, 2], "up": [None, 1], "title": ["animal", "dog"]})
    table["up"] = table["up"].astype("Int64")
    ontology = Ontology.from_edges(table, child="id", parent="up", name="title")
    assert ontology.names == {"1": "animal", "2": "dog"}
    assert ontology.ancestors("2") == ("1",)
    table.rename(columns={"id": "wnid", "up": "parent_wnid", "title": "name"}).to_csv(
        tmp_path / "wnids.csv", index=False
    )
    assert Ontology.from_csv(tmp_path / "wnids.csv").names == ontology.names


def test_a_class_may_be_called_na(tmp_path):
    (tmp_path / "edges.csv").write_text("child,parent\nNA,null\n")
    assert Ontology.from_csv(tmp_path / "edges.csv").ancestors("NA") == ("null",)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Ontology.from_edges(edges([("a", "b"), ("b", "c"), ("c", "a")])), "cycle: '"),
        (lambda: Ontology.from_edges(edges([("a", "a")])), "cycle: 'a' -> 'a'"),
        (lambda: Ontology.from_mapping({"a": ["b"], "b": ["a"]}), "cycle"),
        (lambda: Ontology.from_dict({"a": {"b": ["a"]}}), "cycle: 'a' -> 'b' -> 'a'"),
        (lambda: Ontology.from_dict({}), "one node at least"),
        (lambda: Ontology.from_edges(edges([])), "one node at least"),
        (
            lambda: Ontology.from_edges(edges([("a", "b")], name="A")),
            "'b' stands among the parents",
        ),
        (lambda: Ontology({"a": "a"}, {"a": ["x"]}), "'x' stands among .* no node"),
        (lambda: Ontology({"a": "a"}, {"x": ["a"]}), "'x' stands among .* no node"),
        (lambda: Ontology.from_edges(edges([(None, "b")])), "Row 0 .* nothing in its 'child'"),
        (
            lambda: Ontology.from_edges(edges([("a", ""), ("a", "")], name=["A", "B"])),
            "'a' has two names, 'A' and 'B'",
        ),
        (
            lambda: Ontology.from_edges(pd.DataFrame({"x": [1], "parent": [2]})),
            "no column 'child' or 'wnid', only 'x', 'parent'. Say child=",
        ),
        (lambda: Ontology.from_edges(edges(), parent="up"), "no column 'up'"),
        (lambda: Ontology.from_edges(edges(), name="title"), "no column 'title'"),
        (lambda: Ontology.from_dict({"a": "b"}), "Below 'a' stands 'b'"),
        (lambda: Ontology.from_dict({"a": 3}), "Below 'a' stands 3"),
        (lambda: Ontology.from_dict("a"), "At the top stands 'a'"),
        (lambda: Ontology.from_dict({"a": [3]}), "3 is no name"),
        (lambda: Ontology.from_mapping({"beagle": "dog"}), r"use a list, \['dog'\]"),
        (lambda: Ontology.from_dict(TREE).ancestors("wolf"), "No node 'wolf' in .* 9 nodes"),
    ],
)
def test_what_is_no_ontology_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_names_that_repeat_are_told_apart():
    ontology = Ontology(
        names={
            "1": "bird",
            "2": "machine",
            "3": "crane",
            "4": "crane",
            "5": "maillot",
            "6": "maillot",
        },
        parents={"3": ("1",), "4": ("2",), "5": ("2",), "6": ("2",)},
        lemmas={"6": "tank suit"},
    )
    assert ontology.labels("12345") == {
        "1": "bird", "2": "machine", "3": "crane (bird)", "4": "crane (machine)", "5": "maillot",
    }  # fmt: skip
    assert ontology.labels("56") == {"5": "maillot (machine)", "6": "maillot (tank suit)"}
    same = Ontology({"1": "a", "2": "b", "3": "b"}, {"2": ("1",), "3": ("1",)})
    assert same.labels("123") == {"1": "a", "2": "b (2)", "3": "b (3)"}


def test_classes_are_matched_by_wnid_then_id_then_name():
    ontology = Ontology({"1": "Great dane", "2": "tabby", "x": "y"}, {})
    found = ontology.match(classes("2", "great_Dane", "?", wnid=["?", None, "x"]))
    assert found.tolist() == ["2", "1", "x"]
    assert found.name == "node"
    found = ontology.match(classes("tabby", "lion"), strict=False)
    assert found[0] == "2"
    assert found.isna().tolist() == [False, True]


def test_a_name_as_it_is_written_goes_before_one_in_other_case():
    ontology = Ontology({"1": "cardigan", "2": "Cardigan", "3": "red setter"}, {})
    assert ontology.match(classes("Cardigan", "cardigan", "Red_Setter")).tolist() == ["2", "1", "3"]


def test_of_nodes_with_one_name_a_class_is_the_leaf():
    ontology = Ontology({"1": "dog", "2": "dog", "3": "pug"}, {"3": ("1",)})
    assert ontology.match(classes("dog")).tolist() == ["2"]


def test_classes_without_a_node_of_their_own_are_listed():
    ontology = Ontology({"1": "crane", "2": "crane", "3": "tabby"}, {})
    table = classes("crane", "lion", "tabby", "Tabby", *(f"class {i}" for i in range(20)))
    with pytest.raises(ValueError, match="Of 24 classes these have no node") as error:
        ontology.match(table)
    message = str(error.value)
    assert "'crane' (fits 1, 2), 'lion', 'class 0'" in message
    assert "and 13 more" in message
    assert "`wnid`" in message
    with pytest.raises(ValueError, match=r"'tabby' and 'Tabby' \(both are 3\)"):
        ontology.match(table.iloc[2:4])
    assert ontology.match(table, strict=False).notna().sum() == 2


def test_imagenet_knows_what_a_beagle_is():
    imagenet = Ontology.imagenet()
    assert repr(imagenet) == "<nfviz.Ontology: 1,860 nodes, 1,000 leaves>"
    assert imagenet is Ontology.imagenet()
    assert imagenet.roots == ("n00001740",)
    names = [imagenet.names[node] for node in imagenet.ancestors("n02088364")]
    assert names[:2] == ["hound", "hunting dog"]
    assert {"dog", "canine", "domestic animal", "carnivore", "mammal", "animal"} < set(names)
    assert names[-1] == "entity"
    assert len(names) == len(set(names))
    assert sum(len(above) > 1 for above in imagenet.parents.values()) == 75
    assert len(set(imagenet.labels(imagenet.names).values())) == 1860
    cranes = imagenet.labels(["n02012849", "n03126707", "n03710637", "n03710721"])
    assert list(cranes.values()) == [
        "crane (wading bird)", "crane (lifting device)", "maillot (tights)", "maillot (tank suit)",
    ]  # fmt: skip


def test_wordnets_notice_lies_beside_the_file():
    folder = Path(nfviz.ontology.__file__).parent / "ontologies"
    notice = (folder / "WORDNET_LICENSE.txt").read_text()
    assert "WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved." in notice
    assert 'THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS"' in notice
    assert "agrees to preserve same." in notice
    assert (folder / "imagenet.csv").stat().st_size < 80_000


def test_imagenet_is_what_its_sources_say():
    imagenet, sources = Ontology.imagenet(), rows("imagenet_ontology.csv")
    assert imagenet.names == {row["wnid"]: row["name"] for row in sources}
    pairs = {(row["wnid"], row["parent_wnid"]) for row in sources if row["parent_wnid"]}
    assert {(node, up) for node, above in imagenet.parents.items() for up in above} == pairs
    listed = rows("imagenet_classes.csv")
    assert {row["wnid"] for row in listed} == set(imagenet.leaves)
    again = Ontology.from_csv(need("imagenet_ontology.csv"))
    assert above(again) == above(imagenet)
    # By name alone, all but the two cranes and the two maillots are found.
    table = pd.DataFrame(listed)
    by_name = imagenet.match(table[["name"]], strict=False)
    assert by_name.isna().sum() == 4
    assert (by_name.dropna() == table["wnid"][by_name.notna()]).all()
    assert imagenet.match(table[["name", "wnid"]]).tolist() == table["wnid"].tolist()


def test_the_shipped_file_is_what_the_script_prints(monkeypatch, capsys):
    sources = [str(need("imagenet_ontology.csv")), str(need("imagenet_classes.csv"))]
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    script = __import__("imagenet_ontology")
    script.main(*sources)
    shipped = Path(nfviz.ontology.__file__).parent / "ontologies" / "imagenet.csv"
    assert capsys.readouterr().out == shipped.read_text("utf-8")
    sys.modules.pop("imagenet_ontology")


def test_another_data_sets_ontology_reads_too():
    tiny = Ontology.from_csv(need("tiny_imagenet_ontology.csv"))
    assert set(tiny.names) <= set(Ontology.imagenet().names)
    assert len(tiny.leaves) == 200
