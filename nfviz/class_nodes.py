"""Which node of an ontology each class of a data set is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import pandas as pd

__all__ = ["match_classes"]

_LISTED = 10


def match_classes(
    classes: pd.DataFrame, names: Mapping[str, str], leaves: Collection[str], *, strict: bool
) -> pd.Series:
    """Find the node of each class by id or name, as `nfviz.Ontology.match` describes it.

    Parameters
    ----------
    classes : DataFrame
        ``name`` and, where there is one, ``wnid``.
    names : mapping of str to str
        Name of each node, by its id.
    leaves : collection of str
        Ids of the nodes that nothing is below.
    strict : bool
        Whether a class without a node of its own is an error.
    """
    # As written first: a Cardigan is a dog, a cardigan a garment.
    called: dict[str, list[str]] = defaultdict(list)
    plainly: dict[str, list[str]] = defaultdict(list)
    for node, name in names.items():
        called[name].append(node)
        plainly[_plain(name)].append(node)
    title = classes["name"].astype(str)
    wnid = classes["wnid"].astype(str) if "wnid" in classes else title
    fits = [
        _fits(code, name, names, called.get(name) or plainly[_plain(name)], leaves)
        for code, name in zip(wnid, title, strict=True)
    ]
    found = [nodes[0] if len(nodes) == 1 else None for nodes in fits]
    if strict:
        _refuse(list(title), fits)
    return pd.Series(found, index=classes.index, name="node", dtype="string")


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


def _fits(
    wnid: str, name: str, names: Mapping[str, str], called: Collection[str], leaves: Collection[str]
) -> list[str]:
    for node in (wnid, name):
        if node in names:
            return [node]
    lowest = [node for node in called if node in leaves]
    return lowest if len(lowest) == 1 else list(called)


def _refuse(titles: list[str], fits: list[list[str]]) -> None:
    """Raise an error that lists the classes without a node of their own."""
    problems = []
    owners = defaultdict(list)
    for title, nodes in zip(titles, fits, strict=True):
        if not nodes:
            problems.append(repr(title))
        elif len(nodes) > 1:
            problems.append(f"{title!r} (fits {', '.join(nodes)})")
        else:
            owners[nodes[0]].append(title)
    problems += [
        f"{' and '.join(map(repr, shared))} (both are {node})"
        for node, shared in owners.items()
        if len(shared) > 1
    ]
    if problems:
        rest = len(problems) - _LISTED
        raise ValueError(
            f"Of {len(titles)} classes these have no node of their own in the ontology: "
            f"{', '.join(problems[:_LISTED])}{f' and {rest} more' if rest > 0 else ''}. Name them "
            "as the ontology does, or give `atlas.classes` a column `wnid` with the nodes' ids; "
            "`ontology.match(atlas.classes, strict=False)` shows which were found."
        )
