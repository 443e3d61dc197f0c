"""Edges of an ontology read from tables, nested dicts and lists of ancestors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    Edge = tuple[str, str, str]  # Child, parent or "" at a root, name of the child or "".
    Nodes = tuple[dict[str, str], dict[str, tuple[str, ...]]]

__all__ = ["join_edges", "mapping_edges", "read_edges", "read_lemmas", "tree_edges"]

_USUAL = {
    "child": ("child", "wnid"),
    "parent": ("parent", "parent_wnid"),
    "name": ("name",),
}


def join_edges(edges: Iterable[Edge]) -> Nodes:
    """Return the name of each node and its parents, in the order of the edges.

    A parent that is the child of no edge becomes a root, unless nodes have names: then it would
    have none, and is left out of the names, for `nfviz.Ontology` to refuse.

    Parameters
    ----------
    edges : iterable of (child, parent, name)
        Text; an empty parent says that the child is a node, an empty name that it is its id.

    Raises
    ------
    ValueError
        If a node has two names.
    """
    names: dict[str, str] = {}
    parents: dict[str, dict[str, None]] = defaultdict(dict)
    named = False
    for child, parent, name in edges:
        named |= bool(name)
        if names.setdefault(child, name or child) != (name or child):
            raise ValueError(
                f"Node {child!r} has two names, {names[child]!r} and {name!r}. Give one, or give "
                "the two things ids of their own."
            )
        if parent:
            parents[child][parent] = None
    if not named:
        names |= {up: up for above in parents.values() for up in above if up not in names}
    return names, {child: tuple(above) for child, above in parents.items()}


def read_edges(
    table: pd.DataFrame, *, child: str | None, parent: str | None, name: str | None
) -> Nodes:
    """Read a table with one row per edge, as `nfviz.Ontology.from_edges` describes it."""
    asked = {"child": child, "parent": parent}
    if name is not None or "name" in table:
        asked["name"] = name
    columns = [_column(table, role, column) for role, column in asked.items()]
    rows = [
        tuple(_text(value) for value in row)
        for row in zip(*(table[column] for column in columns), strict=True)
    ]
    for position, row in enumerate(rows):
        if not row[0]:
            raise ValueError(f"Row {position} of the table has nothing in its {columns[0]!r}.")
    return join_edges((row[0], row[1], row[2] if len(row) > 2 else "") for row in rows)


def _text(value: Any) -> str:
    """Return a cell as text; a column of whole numbers with a gap holds floats."""
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_lemmas(table: pd.DataFrame, *, child: str | None) -> dict[str, str]:
    """Return the second names in the column ``lemma``, if the table has it, by child."""
    if "lemma" not in table:
        return {}
    pairs = zip(table[_column(table, "child", child)], table["lemma"], strict=True)
    return {_text(node): _text(lemma) for node, lemma in pairs if _text(lemma)}


def _column(table: pd.DataFrame, role: str, asked: str | None) -> str:
    accepted: Sequence[str] = _USUAL[role] if asked is None else (asked,)
    for column in accepted:
        if column in table:
            return column
    wanted, has = " or ".join(map(repr, accepted)), ", ".join(map(repr, table.columns))
    raise ValueError(f"The table has no column {wanted}, only {has}. Say {role}= which it is.")


def tree_edges(below: Any, path: tuple[str, ...] = ()) -> Iterator[Edge]:
    """Yield the edges of nested dicts, as `nfviz.Ontology.from_dict` describes them."""
    if below is None:
        return
    if isinstance(below, str) or not isinstance(below, Iterable):
        place = f"Below {path[-1]!r}" if path else "At the top"
        raise ValueError(f"{place} stands {below!r}; use a dict, a list of names, or None.")
    for name in below:
        if not isinstance(name, str) or not name:
            raise ValueError(f"{name!r} is no name of a node: names are text, and not empty.")
        if name in path:
            cycle = " -> ".join(map(repr, (*path[path.index(name) :], name)))
            raise ValueError(f"The ontology has a cycle: {cycle}. Take one edge out.")
        yield name, path[-1] if path else "", ""
        yield from tree_edges(below[name] if isinstance(below, Mapping) else None, (*path, name))


def mapping_edges(ancestors: Mapping[str, Iterable[str]]) -> Iterator[Edge]:
    """Yield the edges of ``{class: [ancestors]}``, as `nfviz.Ontology.from_mapping` has it."""
    for node, above in ancestors.items():
        if isinstance(above, str):
            raise ValueError(
                f"The ancestors of {node!r} are the text {above!r}; use a list, [{above!r}]."
            )
        yield str(node), "", ""
        for name in above:
            yield str(node), str(name), ""
