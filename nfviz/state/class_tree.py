"""What the classes of a data set are called, and what they are kinds of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nfviz.summaries.tags import ontology_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nfviz.atlas import Atlas

__all__ = ["Node", "class_tree"]


@dataclass(frozen=True)
class Node:
    """A class of the data set, or something that is above some of its classes.

    Attributes
    ----------
    name : str
        By which it can be told from the others.
    classes : int
        How many classes of the data set are the node or below it.
    label : int
        Position of the class that it is, -1 for none.
    above : tuple of int
        Positions of the nodes above it, each once, the nearest first.
    """

    name: str
    classes: int
    label: int
    above: tuple[int, ...]


@dataclass(frozen=True)
class ClassTree:
    """The classes of a data set and the nodes above them.

    Attributes
    ----------
    names : tuple of str
        Of the classes, in the order in which they were asked for.
    nodes : tuple of Node, or None
        The classes and what is above some of them; what is above all of them tells nothing and is
        left out. None without an ontology.
    """

    names: tuple[str, ...]
    nodes: tuple[Node, ...] | None

    def lines(self) -> list[tuple[str, ...]]:
        """Return, for each class, its name and those of the nodes above it."""
        lines: list[tuple[str, ...]] = [(name,) for name in self.names]
        nodes = self.nodes or ()
        for node in nodes:
            if node.label >= 0:
                lines[node.label] = (node.name, *(nodes[place].name for place in node.above))
        return lines


def class_tree(atlas: Atlas, labels: Sequence[int]) -> ClassTree:
    """Return the names of classes, and the nodes of the ontology that tell them apart.

    Parameters
    ----------
    atlas : Atlas
        With an ontology or without.
    labels : sequence of int
        Class ids, those of ``atlas.classes`` among them.

    Raises
    ------
    ValueError
        If there is an ontology that lacks a class.
    """
    given: Mapping[Any, Any] = atlas.classes["name"].to_dict() if "name" in atlas.classes else {}
    names = {label: str(given.get(label, label)) for label in labels}
    ontology = ontology_of(atlas, None)
    if ontology is None:
        return ClassTree(tuple(names.values()), None)
    matched = ontology.match(atlas.classes)
    own = dict(zip(map(str, matched), matched.index.tolist(), strict=True))
    lines = [(node, *ontology.ancestors(node)) for node in own]
    below: dict[str, int] = {}
    for line in lines:
        for node in line:
            below[node] = below.get(node, 0) + 1
    kept = [node for node in below if node in own or below[node] < len(own)]
    place = {node: position for position, node in enumerate(kept)}
    titles = ontology.labels(below)
    position = {label: number for number, label in enumerate(labels)}
    nodes = tuple(
        Node(
            name=titles[node],
            classes=below[node],
            label=position[own[node]] if node in own else -1,
            above=tuple(place[up] for up in ontology.ancestors(node) if up in place),
        )
        for node in kept
    )
    names |= {own[node]: titles[node] for node in own}
    return ClassTree(tuple(names.values()), nodes)
