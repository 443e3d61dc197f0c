"""The weights of classes, and of what they are kinds of, in a neuron's tag clouds (Fig. 10)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nfviz.one_neuron import one_neuron
from nfviz.ontology import Ontology
from nfviz.option_checks import check_share
from nfviz.selectivity.class_shares import class_distribution, classes_needed

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["ontology_of", "ontology_weights", "summarize_tags", "weigh_tags"]


def ontology_weights(shares: Mapping[str, float], ontology: Ontology) -> dict[str, float]:
    """Return the share of a neuron's activation that falls on each node or below it.

    ``F_a = sum of f_c over the classes c that are a or are below a``. A class counts once for
    each of its ancestors, by however many paths it reaches them, so that the weight of a single
    root is 1 where the shares sum to 1. (The paper shows these weights, Fig. 10, and gives no
    formula.)

    Parameters
    ----------
    shares : mapping of str to float
        f_c by node.
    ontology : Ontology
        Which has these nodes.

    Returns
    -------
    dict of str to float
        F_a by node: those of `shares` first, then their ancestors.
    """
    parts = {node: [share] for node, share in shares.items()}
    for node, share in shares.items():
        for above in ontology.ancestors(node):
            parts.setdefault(above, []).append(share)
    return {node: math.fsum(below) for node, below in parts.items()}


def ontology_of(atlas: Atlas, ontology: Ontology | None) -> Ontology | None:
    """Return the ontology to use where none may have been given.

    Parameters
    ----------
    atlas : Atlas
        Any.
    ontology : Ontology, optional
        Returned where it is given.

    Returns
    -------
    Ontology or None
        By default ``atlas.ontology``, or else ImageNet's, if ``atlas.classes`` has a column
        ``wnid`` and each is in it.

    Raises
    ------
    TypeError
        If `ontology` is something else.
    """
    if isinstance(ontology, Ontology):
        return ontology
    if ontology is not None:
        raise TypeError(
            f"ontology is {ontology!r}; it accepts an nfviz.Ontology, such as "
            "nfviz.Ontology.from_mapping({'beagle': ['hound', 'dog']})."
        )
    if atlas.ontology is not None:
        return atlas.ontology
    wnids = set(atlas.classes.get("wnid", ()))
    imagenet = Ontology.imagenet()
    return imagenet if wnids and wnids <= imagenet.names.keys() else None


def summarize_tags(
    atlas: Atlas,
    neuron: tuple[str, int],
    ontology: Ontology | None = None,
    *,
    threshold: float = 1.0,
) -> pd.DataFrame:
    """Weigh the classes that a neuron answers, and what they are kinds of.

    The tags of the paper's Fig. 10: classes with a ``share`` are its orange cloud, all rows with
    their ``weight`` its green one. Left out are the nodes above every class of the data set
    (*entity*): they weigh 1 for every neuron, and say nothing.

    Parameters
    ----------
    atlas : Atlas
        The record.
    neuron : (str, int)
        Layer and unit.
    ontology : Ontology, optional
        Has a node for each class of the atlas (`Ontology.match`). By default ``atlas.ontology``,
        or else ImageNet's, if ``atlas.classes`` has a column ``wnid`` and each is in it;
        otherwise classes alone are weighed.
    threshold : float
        Share of the activation that the classes must cover, in (0, 1], as th of equation 4:
        the least of them, beyond it, are left out of all sums. 1 keeps every class.

    Returns
    -------
    DataFrame, index ``node``
        From the greatest weight down, on a tie the node above fewer classes first, then the
        one below more nodes, then by id:

        - ``name``, by which the nodes above or at the data set's classes can be told apart;
        - ``label`` (Int64), the class id, missing for nodes that are no class;
        - ``share``, f_c of equation 3 in [0, 1], 0 for nodes that are no class;
        - ``weight``, F_a in (0, 1] (`ontology_weights`); f_c where there is no ontology;
        - ``classes``, how many classes of the data set are the node or below it.

        ``node`` is an id of the ontology, or the class id as text where there is none. Without
        rows if the neuron is dead or has no labeled images.

    Raises
    ------
    ValueError
        If there is no such neuron, a class has no node, or `threshold` is out of range.
    TypeError
        If `ontology` is no ontology.
    """
    threshold = check_share("threshold", threshold)
    if not threshold:
        raise ValueError("threshold is 0; it accepts a share above 0 and at most 1.")
    return weigh_tags(atlas, _shares(one_neuron(atlas, neuron), threshold), ontology)


def weigh_tags(
    atlas: Atlas, shares: Mapping[int, float], ontology: Ontology | None = None
) -> pd.DataFrame:
    """Weigh classes by their shares, and what they are kinds of.

    Parameters
    ----------
    atlas : Atlas
        Of which `shares` are.
    shares : mapping of int to float
        Share of the activation by class id, of one neuron or on average over several.
    ontology : Ontology, optional
        As in `summarize_tags`.

    Returns
    -------
    DataFrame, index ``node``
        As that of `summarize_tags`.

    Raises
    ------
    ValueError
        If a class has no node.
    """
    ontology = ontology_of(atlas, ontology)
    if ontology is None:
        ontology, nodes = _flat(atlas, shares)
    else:
        nodes = dict(zip(atlas.classes.index, ontology.match(atlas.classes), strict=True))
    return _table(shares, ontology, nodes)


def _shares(atlas: Atlas, threshold: float) -> dict[int, float]:
    """Return f_c of the only neuron by class id: the classes that reach the threshold."""
    share = class_distribution(atlas)["share"]
    table = pd.DataFrame({"neuron": np.zeros(len(share), np.int64), "share": share.to_numpy()})
    needed = int(classes_needed(table, threshold, 1)[0])
    labels = share.index.get_level_values("label")
    return dict(zip(labels[:needed].tolist(), share.tolist()[:needed], strict=True))


def _flat(atlas: Atlas, shares: Mapping[int, float]) -> tuple[Ontology, dict[int, str]]:
    """Return classes with nothing above them, by their id as text."""
    titles = {}
    if "name" in atlas.classes:
        pairs = zip(atlas.classes.index.tolist(), atlas.classes["name"].tolist(), strict=True)
        titles = {int(label): str(name) for label, name in pairs}
    nodes = {label: str(label) for label in [*titles, *shares]}
    names = {node: titles.get(label) or node for label, node in nodes.items()}
    return Ontology(names or {"none": "none"}, {}), nodes


def _table(
    shares: Mapping[int, float], ontology: Ontology, nodes: Mapping[int, str]
) -> pd.DataFrame:
    above = Counter(up for node in nodes.values() for up in (node, *ontology.ancestors(node)))
    weights = ontology_weights({nodes[label]: share for label, share in shares.items()}, ontology)
    labels = {node: label for label, node in nodes.items()}
    kept = [node for node in weights if node in labels or above[node] < len(nodes)]
    depth = {node: len(ontology.ancestors(node)) for node in kept}
    kept.sort(key=lambda node: (-weights[node], above[node], -depth[node], node))
    names = ontology.labels(above)
    share_of = defaultdict(float, {nodes[label]: share for label, share in shares.items()})
    return pd.DataFrame(
        {
            "name": pd.Series([names[node] for node in kept], dtype="str"),
            "label": pd.array([labels.get(node) for node in kept], dtype="Int64"),
            "share": np.array([share_of[node] for node in kept], dtype=float),
            "weight": np.array([weights[node] for node in kept], dtype=float),
            "classes": np.array([above[node] for node in kept], dtype=np.int64),
        }
    ).set_index(pd.Index(kept, dtype="str", name="node"))
