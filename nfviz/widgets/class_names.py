"""What the classes of a data set are called, and what they are kinds of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.summaries.tags import ontology_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from nfviz.atlas import Atlas

__all__ = ["class_names"]


def class_names(atlas: Atlas, labels: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the name of each class, and those of the nodes above it.

    Parameters
    ----------
    atlas : Atlas
        With an ontology or without.
    labels : iterable of int
        Class ids.

    Returns
    -------
    dict of int to tuple of str
        By class id: first its own name (that of its node in the ontology, where there is one),
        then each node above it once, the nearest first. Nodes above every class of the data set
        tell nothing and are left out.

    Raises
    ------
    ValueError
        If there is an ontology that lacks a class.
    """
    given = _by_label(atlas.classes["name"]) if "name" in atlas.classes else {}
    names: dict[int, tuple[str, ...]] = {int(c): (given.get(c, str(c)),) for c in labels}
    ontology = ontology_of(atlas, None)
    if ontology is None:
        return names
    node_of = _by_label(ontology.match(atlas.classes))
    lines = {label: (node, *ontology.ancestors(node)) for label, node in node_of.items()}
    below: dict[str, int] = {}
    for line in lines.values():
        for node in line:
            below[node] = below.get(node, 0) + 1
    titles = ontology.labels(below)
    own = set(node_of.values())
    for label, line in lines.items():
        told = [node for node in line if node in own or below[node] < len(node_of)]
        names[label] = tuple(titles[node] for node in told)
    return names


def _by_label(texts: pd.Series) -> dict[int, str]:
    labels = texts.index.to_numpy().tolist()
    return {int(label): str(text) for label, text in zip(labels, texts.tolist(), strict=True)}
