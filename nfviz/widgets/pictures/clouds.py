"""Tag clouds of the focused neuron, or of all neurons in view."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.figures.style import LEAF_FRAME, ONTOLOGY_FRAME, SMALL_TEXT
from nfviz.selectivity.class_shares import class_shares, classes_needed, labeled_set
from nfviz.state.in_view import rules_of
from nfviz.summaries.tags import ontology_of, weigh_tags
from nfviz.widgets.pictures.canvas import SOFT, Box, Canvas
from nfviz.widgets.pictures.lettering import ABSENT, readable
from nfviz.widgets.pictures.word_places import place_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nfviz.widgets.pictures.seen import Seen

__all__ = ["draw_clouds", "tags_of", "words_of"]

_LINE, _GAP, _WORDS = 18, 12, 30


def draw_clouds(canvas: Canvas, box: Box, seen: Seen, options: Mapping[str, Any]) -> int:
    """Draw the cloud of the classes, and that of what they are kinds of, where it is known."""
    kind, focus = options.get("kind", "auto"), seen.focus()
    whose = "no neuron is focused"
    rows = np.zeros(0, dtype=np.intp)
    if kind == "selection" or (kind != "neuron" and focus is None):
        rows = seen.rows
        whose = "mean of the neurons in view" if len(seen) else "no neuron is in view"
    elif focus is not None:
        rows = np.array([seen.row_of(focus)])
        whose = f"neuron {seen.neuron_name(focus)}"
    canvas.write(box.left, box.top + 11, whose, ink=SOFT, room=box.width, end=True)
    table, known = tags_of(seen, rows)
    half = (box.height - _LINE - _GAP) // 2
    for number, (column, title, ink) in enumerate(_CLOUDS):
        panel = Box(box.left, box.top + _LINE + number * (half + _GAP), box.width, half)
        note = known if column == "weight" else ""
        _draw_cloud(canvas, panel, title, ink, words_of(table, column), note)
    return box.top + _LINE + 2 * half + _GAP


_CLOUDS = (
    ("share", "classes", LEAF_FRAME),
    ("weight", "all classes of the ontology", ONTOLOGY_FRAME),
)


def tags_of(seen: Seen, rows: NDArray[np.intp]) -> tuple[pd.DataFrame, str]:
    """Weigh what neurons answer on average, as their image sets are now.

    As in `nfviz.summarize_tags`, a neuron's classes are those that reach the threshold.

    Parameters
    ----------
    seen : Seen
        The state.
    rows : ndarray of int
        Positions in ``atlas.neurons``; those without labeled images do not count.

    Returns
    -------
    table : DataFrame
        As `nfviz.summarize_tags` makes it.
    reason : str
        Why there are no classes above those of the data set; empty where there are.
    """
    selection, atlas = seen.selection, seen.atlas
    live = rules_of(atlas).reevaluate(
        selection.threshold, selection.n_max, selection.min_activation
    )
    sizes = np.zeros(len(atlas.neurons), dtype=np.int64)
    sizes[rows] = live["n_images"][rows]
    table = class_shares(*labeled_set(replace(atlas, neurons=atlas.neurons.assign(n_images=sizes))))
    shares = _mean_shares(table, selection.threshold, len(sizes))
    reason = "" if ontology_of(atlas, None) is not None else "no ontology is given"
    return weigh_tags(atlas, shares), reason


def _mean_shares(table: pd.DataFrame, threshold: float, neurons: int) -> dict[int, float]:
    """Return the mean share of each class, by its id, over the neurons that have any."""
    neuron, share = table["neuron"].to_numpy(), table["share"].to_numpy()
    needed = classes_needed(table, threshold, neurons)
    # The rows of a neuron stand together, its greatest share first.
    place = np.arange(len(neuron)) - np.searchsorted(neuron, neuron)
    kept = place < needed[neuron]
    labels, position = np.unique(table["label"].to_numpy()[kept], return_inverse=True)
    means = np.bincount(position, share[kept]) / max(int(np.count_nonzero(needed)), 1)
    return dict(zip(labels.tolist(), means.tolist(), strict=True))


def words_of(table: pd.DataFrame, column: str) -> list[tuple[str, float]]:
    """Return names and weights, from the greatest down.

    A name without a letter of our fonts is said by its id.

    Parameters
    ----------
    table : DataFrame
        As `tags_of` gives it.
    column : {"share", "weight"}
        Of the classes of the data set, or of all.
    """
    rows = table[table[column] > 0].sort_values(column, ascending=False, kind="stable")
    found = []
    for node, name, label, weight in zip(
        rows.index, rows["name"], rows["label"], rows[column], strict=True
    ):
        text = readable(str(name))
        if not text.strip(f"{ABSENT} "):
            text = readable(str(node)) if pd.isna(label) else f"class {label}"
        found.append((text, float(weight)))
    return found


def _draw_cloud(
    canvas: Canvas, box: Box, title: str, ink: str, words: list[tuple[str, float]], note: str
) -> None:
    canvas.write(box.left, box.top + 11, title, size=SMALL_TEXT, ink=SOFT)
    panel = box.inside(top=_LINE - 2)
    canvas.frame(panel, ink, 2)
    texts, weights = [text for text, _ in words], [weight for _, weight in words]
    room = panel.inside(6, 4, 6, 4)
    placed = []
    if not note:
        placed = place_words(texts[:_WORDS], weights[:_WORDS], room.width, room.height)
    for word in placed:
        canvas.write(room.left + word.left, room.top + word.baseline, word.text, size=word.size)
    if not placed:
        canvas.note(panel, note or "no labeled images")
    elif len(placed) < len(words):
        rest = len(words) - len(placed)
        text = f"and {rest:,} smaller one{'s' if rest > 1 else ''}"
        canvas.write(box.right, box.top + 11, text, size=SMALL_TEXT, ink=SOFT, anchor="right")
