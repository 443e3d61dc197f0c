"""Which classes are kinds of which: a dog is a canine, a canine is an animal."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pandas as pd

from nfviz.class_nodes import match_classes
from nfviz.edge_list import (
    join_edges,
    mapping_edges,
    read_edges,
    read_lemmas,
    tree_edges,
)

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Ontology"]


@dataclass(frozen=True, eq=False, repr=False)
class Ontology:
    """Classes and the more general ones above them: a directed graph without cycles.

    A node may have several parents (to WordNet a *dog* is a canine and a domestic animal), and
    there may be several roots. Made by `from_edges`, `from_dict`, `from_csv`, `from_mapping` or
    `imagenet`.

    Parameters
    ----------
    names : mapping of str to str
        What each node is called, by its id. Names may repeat (WordNet has two *crane*), ids not.
    parents : mapping of str to sequence of str
        Ids of the nodes directly above a node; a node that is absent here is a root.
    lemmas : mapping of str to str
        A second name of some nodes, such as *tank suit*, used where the first one repeats.

    Raises
    ------
    ValueError
        If there is no node, a parent is no node, or a node is above itself.
    """

    names: Mapping[str, str]
    parents: Mapping[str, Sequence[str]]
    lemmas: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no ontology."""
        if not self.names:
            raise ValueError("names is empty: an ontology has one node at least.")
        for node, name in self.names.items():
            if not node or not name:
                raise ValueError(f"names holds {node!r}: {name!r}; ids and names are not empty.")
        for node, above in self.parents.items():
            if isinstance(above, str):
                raise ValueError(f"parents has {node!r}: {above!r}; use a list, [{above!r}].")
            for name in (node, *above):
                if name not in self.names:
                    raise ValueError(
                        f"{name!r} stands among the parents (of {node!r}), but is no node of this "
                        f"ontology: give it a row or a name of its own, or mend the spelling."
                    )
        try:
            TopologicalSorter(self.parents).prepare()
        except CycleError as error:
            path = " -> ".join(map(repr, reversed(error.args[1])))
            raise ValueError(f"The ontology has a cycle: {path}. Take one edge out.") from None

    @classmethod
    def from_edges(
        cls,
        table: pd.DataFrame,
        *,
        child: str | None = None,
        parent: str | None = None,
        name: str | None = None,
    ) -> Ontology:
        """Read a table with one row per edge.

        Parameters
        ----------
        table : DataFrame
            A node with several parents has several rows, a root none, or one without a parent
            (empty, None or NaN). Ids become text.
        child, parent : str, optional
            Columns with ids; by default ``child`` or ``wnid``, and ``parent`` or ``parent_wnid``.
        name : str, optional
            Column with the child's name; by default ``name`` where there is one. With names every
            node needs a row: a parent without one is an error. Without, ids are names. A column
            ``lemma``, where there is one, gives some children a second name.

        Raises
        ------
        ValueError
            If a column or a child is missing, a node has two names, or as `Ontology` says.
        """
        names, parents = read_edges(table, child=child, parent=parent, name=name)
        return cls(names, parents, read_lemmas(table, child=child))

    @classmethod
    def from_dict(cls, tree: Mapping[str, Any]) -> Ontology:
        """Read nested dicts, from the most general nodes down.

        Parameters
        ----------
        tree : mapping
            ``{"animal": {"dog": ["beagle", "whippet"], "cat": {"tabby": None}}}``. What stands
            below a node is a mapping, a list of names, or None or empty for nothing. A name that
            stands at several places is one node with several parents; where it means different
            things, use `from_edges` with ids. Names are ids.

        Raises
        ------
        ValueError
            If something else than mappings, lists and names is found, or as `Ontology` says.
        """
        return cls(*join_edges(tree_edges(tree)))

    @classmethod
    def from_csv(cls, path: str | PathLike[str], **columns: str) -> Ontology:
        """Read a CSV file with one row per edge and a header.

        Parameters
        ----------
        path : str or PathLike
            The file, in UTF-8.
        **columns : str
            ``child``, ``parent`` and ``name`` as `from_edges` takes them, with the same errors.
        """
        # A class may well be called "NA" or "null".
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
        return cls.from_edges(table, **columns)

    @classmethod
    def from_mapping(cls, ancestors: Mapping[str, Iterable[str]]) -> Ontology:
        """Read the ancestors of each class.

        Parameters
        ----------
        ancestors : mapping of str to iterable of str
            ``{"beagle": ["hound", "dog", "animal"]}``; all the ancestors of a class, the nearest
            first by custom. Nothing is said about how they stand to each other: each becomes a
            parent. Names are ids.

        Raises
        ------
        ValueError
            If the ancestors are one text instead of several, or as `Ontology` says.
        """
        return cls(*join_edges(mapping_edges(ancestors)))

    @staticmethod
    def imagenet() -> Ontology:
        """Return WordNet 3.0 above the 1,000 classes of ImageNet (ILSVRC 2012).

        1,860 nodes by WordNet id (``n02088364`` is the beagle), 1,000 of them leaves, one root
        (*entity*); 75 nodes have several parents. WordNet's license lies beside the file in
        ``nfviz/ontologies``.
        """
        return _imagenet()

    def to_edges(self) -> pd.DataFrame:
        """Return the ontology as a table, of which `from_edges` makes it again.

        Returns
        -------
        DataFrame, index ``edge``
            ``child`` and ``parent`` (ids), ``name`` and ``lemma`` of the child; text, empty where
            there is none. A row per edge, and one per root.
        """
        rows = [
            (node, parent, name, self.lemmas.get(node, ""))
            for node, name in self.names.items()
            for parent in self.parents.get(node) or ("",)
        ]
        index = pd.RangeIndex(len(rows), name="edge")
        columns = ["child", "parent", "name", "lemma"]
        return pd.DataFrame(rows, columns=columns, index=index, dtype="str")

    def ancestors(self, node: str) -> tuple[str, ...]:
        """Return the ids of all nodes above a node, each once, the nearest first."""
        if node not in self.names:
            raise ValueError(f"No node {node!r} in {self!r}. Ids are in `ontology.names`.")
        found: dict[str, None] = {}
        level: dict[str, None] = {node: None}
        while level:
            level = dict.fromkeys(up for below in level for up in self.parents.get(below, ()))
            found |= level
        return tuple(found)

    def match(self, classes: pd.DataFrame, *, strict: bool = True) -> pd.Series:
        """Find the node of each class of a data set.

        Parameters
        ----------
        classes : DataFrame
            ``atlas.classes``: the columns ``name`` and, where there is one, ``wnid``. A class is
            the node with its ``wnid`` as id, or else with its name as id, or else called by its
            name; of several nodes so called the one that is a leaf, if only one is. Where no
            name is the same, one that differs in case or has underscores for blanks will do.
        strict : bool
            Whether a class without a node of its own is an error; else it has a missing value.

        Returns
        -------
        Series of string, index as `classes`
            Ids of nodes, named ``node``.

        Raises
        ------
        ValueError
            If `strict`, and classes have no node, fit several, or share one: with their names.
        """
        return match_classes(classes, self.names, set(self.leaves), strict=strict)

    @property
    def roots(self) -> tuple[str, ...]:
        """Ids of the nodes that nothing is above."""
        return tuple(node for node in self.names if not self.parents.get(node))

    @property
    def leaves(self) -> tuple[str, ...]:
        """Ids of the nodes that nothing is below."""
        inner = {up for above in self.parents.values() for up in above}
        return tuple(node for node in self.names if node not in inner)

    def labels(self, nodes: Iterable[str]) -> dict[str, str]:
        """Return names by which the given nodes can be told apart.

        Parameters
        ----------
        nodes : iterable of str
            Ids.

        Returns
        -------
        dict of str to str
            The name of each; where several of them share it, with the second lemma in brackets,
            or else the name of the first parent, *crane (wading bird)*; where that does not help
            either, the id.
        """
        found = {node: self.names[node] for node in nodes}
        for told in (self._near, str):
            often = Counter(found.values())
            found |= {
                node: f"{self.names[node]} ({told(node)})"
                for node, label in found.items()
                if often[label] > 1
            }
        return found

    def _near(self, node: str) -> str:
        above = self.parents.get(node)
        return self.lemmas.get(node) or (self.names[above[0]] if above else node)

    def __repr__(self) -> str:
        """Return how many nodes and leaves there are."""
        return f"<nfviz.Ontology: {len(self.names):,} nodes, {len(self.leaves):,} leaves>"


@cache
def _imagenet() -> Ontology:
    text = (files("nfviz") / "ontologies" / "imagenet.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return Ontology(
        names={row["wnid"]: row["name"] for row in rows},
        parents={row["wnid"]: tuple(row["parents"].split()) for row in rows if row["parents"]},
        lemmas={row["wnid"]: row["lemma"] for row in rows if row["lemma"]},
    )
