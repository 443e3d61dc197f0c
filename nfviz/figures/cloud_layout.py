"""Where the words of a tag cloud stand, and how large: laid out by the `wordcloud` package."""

import math
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont

SMALLEST = 11.0
"""Text size in pixels below which a word is not shown."""

_LARGE = 100  # Size at which text is measured: small sizes are fitted to whole pixels.
_SLACK = 1.06  # For the same reason `wordcloud` places words a little larger.
_GAP = 4  # Pixels about a word, half of them on each side.
_APART = 2  # Pixels that are left of it at least, as sizes are rounded and fonts differ.
_EDGE = 5  # Pixels between words and the frame.
_TALLEST = 0.45  # Size of the largest word as a share of the panel's height.
_LONGEST = 0.85  # Share of the panel's width that a word has at the smallest size.
_DENSEST = 0.5  # Share of a panel that words can cover.
_TRIES = 3  # Seeds, from 0 on, with which a size is tried before the next one.
_STEP = 0.95  # By which words are made smaller until they fit.


class Word(NamedTuple):
    """A word of a cloud. Lengths in pixels, from the panel's top left corner, downward.

    `number` is its place among the words asked for, `text` what fits of it; `size` that of the
    text; `left`, `top`, `right` and `bottom` are where its ink ends in the widest font that it
    may be drawn in, `center` is the middle of its advance and `baseline` the line it stands on.
    """

    number: int
    text: str
    size: float
    left: float
    top: float
    right: float
    bottom: float
    center: float
    baseline: float


def lay_out(
    texts: Sequence[str], weights: Sequence[float], size: tuple[float, float]
) -> list[Word]:
    """Place words in a panel so that text sizes are proportional to weights and none overlap.

    The words are made as large as they can be: sizes are tried from the largest down, each with
    the random states 0, 1 and 2 of `wordcloud`, until all words have room. Those that would be
    smaller than `SMALLEST` are left out. The same words give the same cloud.

    Parameters
    ----------
    texts : sequence of str
        From the greatest weight down. One too long for the panel is cut.
    weights : sequence of float
        Above 0.
    size : (width, height)
        Of the panel in pixels.

    Returns
    -------
    list of Word
    """
    if not len(texts):
        return []
    shares = [weight / weights[0] for weight in weights]
    size = size[0] - 2 * _EDGE, size[1] - 2 * _EDGE
    words = [cut(text, _LONGEST * size[0]) for text in texts]
    largest = max(SMALLEST, _upper_bound(words, shares, size))
    while largest > SMALLEST:
        count = sum(largest * share >= SMALLEST for share in shares)
        for seed in range(_TRIES):
            placed = _place(words[:count], shares[:count], largest, size, seed)
            if len(placed) == count and not _collide(placed, size):
                return _centered(placed, size)
        largest *= _STEP
    count = sum(share >= 1 - 1e-9 for share in shares)
    placed = _place(words[:count], shares[:count], SMALLEST, size, 0)
    apart: list[Word] = []
    for word in placed:
        if not _collide([*apart, word], size):
            apart.append(word)
    return _centered(apart, size)


def _centered(placed: Sequence[Word], size: tuple[float, float]) -> list[Word]:
    """Move all words alike, so that the cloud stands in the middle of the panel."""
    x = _EDGE + (size[0] - min(w.left for w in placed) - max(w.right for w in placed)) / 2
    y = _EDGE + (size[1] - min(w.top for w in placed) - max(w.bottom for w in placed)) / 2
    return [
        word._replace(
            left=word.left + x, right=word.right + x, center=word.center + x,
            top=word.top + y, bottom=word.bottom + y, baseline=word.baseline + y,
        )
        for word in placed
    ]  # fmt: skip


def _upper_bound(words: Sequence[str], shares: Sequence[float], size: tuple[float, float]) -> float:
    """Return a size that the first word cannot exceed, as its width or the area says."""
    width, height = size
    bound = _TALLEST * height
    area = 0.0
    for word, share in zip(words, shares, strict=True):
        left, top, right, bottom = _ink(word, 1.0)
        if share * bound >= SMALLEST:
            # At SMALLEST, or as large as its share has it, the word must fit.
            bound = min(bound, max((width - 2 * _GAP) / (share * (right - left)), SMALLEST / share))
            area += share**2 * (right - left) * (bottom - top)
            bound = min(bound, max(math.sqrt(_DENSEST * width * height / area), SMALLEST / share))
    return bound


def _place(
    words: Sequence[str],
    shares: Sequence[float],
    largest: float,
    size: tuple[float, float],
    seed: int,
) -> list[Word]:
    """Let `wordcloud` place words of which the first has a given size, while there is room."""
    from wordcloud import WordCloud

    # Unseen characters tell equal words apart.
    keys = [_measured(word) + "\u200b" * number for number, word in enumerate(words)]
    cloud = WordCloud(
        font_path=_widest_font(),
        width=round(size[0]),
        height=round(size[1]),
        max_words=len(words),
        max_font_size=round(largest * _SLACK),
        min_font_size=1,
        font_step=10**6,  # A word that has no room at its size ends the cloud.
        margin=_GAP,
        relative_scaling=1.0,
        prefer_horizontal=1.0,
        random_state=seed,
        color_func=_no_color,
    )
    cloud.generate_from_frequencies(dict(zip(keys, shares, strict=True)))
    placed = []
    for number, (_, whole, (row, column), _, _) in enumerate(cloud.layout_):
        height = largest * shares[number]
        left, top, right, bottom = _ink(words[number], height)
        # In the middle of the room that it has at a size in whole pixels.
        room = _font(whole).getbbox(_measured(words[number]), anchor="ls")
        x = _EDGE + column + (room[2] - room[0] - right + left) / 2
        y = _EDGE + row + (room[3] - room[1] - bottom + top) / 2
        center = x - left + _font().getlength(_measured(words[number])) * height / _LARGE / 2
        box = (x, y, x + right - left, y + bottom - top)
        placed.append(Word(number, words[number], height, *box, center, y - top))
    return placed


def _collide(placed: Sequence[Word], size: tuple[float, float]) -> bool:
    """Tell whether words touch, as they may in the hollows of letters, or leave the room."""
    for number, a in enumerate(placed):
        if a.right > size[0] + _EDGE or a.bottom > size[1] + _EDGE:
            return True
        for b in placed[:number]:
            apart = max(b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom)
            if apart < _APART:
                return True
    return False


def cut(text: str, width: float, size: float = SMALLEST) -> str:
    """Shorten a text in its middle to a width in pixels; a stretch of white space is one blank.

    Classes may differ in how their names begin, and in how they end.
    """
    text = kept = " ".join(text.split())
    letters = len(text)
    while letters > 1:
        left, _, right, _ = _ink(kept, size)
        if right - left <= width:
            break
        letters -= 1
        end = letters // 3
        kept = text[: letters - end].rstrip() + "…" + text[len(text) - end :].lstrip()
    return kept


def _ink(text: str, size: float) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the ink of a text that begins at 0 on line 0."""
    box = _font().getbbox(_measured(text), anchor="ls")
    left, top, right, bottom = (edge * size / _LARGE for edge in box)
    return left, top, right, bottom


def _measured(text: str) -> str:
    """Return a text as wide as this one, of letters that the measuring font has."""
    return "".join("W" if unicodedata.east_asian_width(c) in "WF" else c for c in text)


@cache
def _font(size: int = _LARGE) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_widest_font(), size)


@cache
def _widest_font() -> str:
    """Return DejaVu Sans: wider than Open Sans and Arial, and drawn where those are not there.

    It comes with matplotlib, which `wordcloud` requires.
    """
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        raise ImportError("Tag clouds need the package wordcloud: pip install wordcloud.")
    return str(Path(package.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf")


def _no_color(*_: object, **__: object) -> str:
    return "black"
