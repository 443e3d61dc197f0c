"""Texts in pictures: which font has which letter, how wide a text is, and where it is cut."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

from nfviz.figures.font import FONT_FOLDER
from nfviz.figures.markup import without_controls

__all__ = ["Run", "cut_to", "readable", "runs", "width_of", "wrap"]

Run = tuple[str, ImageFont.FreeTypeFont]
"""A piece of a text and the font that has its letters."""

ABSENT = "\N{WHITE SQUARE}"
"""Stands for a letter that no font of ours has."""

_LONGEST = 400  # Letters of a text that are looked at.
_MARKS = 2  # Combining marks that a letter may carry.
_PROBE = 20  # Size at which letters are looked up.
_NO_LETTER = "\uffff"


@lru_cache(maxsize=4096)
def readable(text: str) -> str:
    """Return a text of one line in letters that can be drawn.

    White space becomes a blank, what our fonts lack a square; of many marks on one letter a few
    are kept, of very long texts the beginning.
    """
    text = unicodedata.normalize("NFC", " ".join(without_controls(text[:_LONGEST]).split()))
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MARKS and not _unseen(letter):
            kept.append(letter if any(_has(face, letter) for face in _faces()) else ABSENT)
    return "".join(kept)


def _unseen(letter: str) -> bool:
    """Tell whether a character only steers others, as those that turn the direction do."""
    return unicodedata.category(letter) in ("Cf", "Cc")


def runs(text: str, size: float, *, bold: bool = False) -> list[Run]:
    """Split a readable text by the fonts that have its letters."""
    found: list[tuple[str, str]] = []
    for letter in text:
        face = next((name for name in _faces(bold=bold) if _has(name, letter)), _faces()[0])
        if found and found[-1][1] == face:
            found[-1] = found[-1][0] + letter, face
        else:
            found.append((letter, face))
    return [(piece, _font(face, size)) for piece, face in found]


@lru_cache(maxsize=8192)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a readable text is in pixels."""
    return sum(font.getlength(piece) for piece, font in runs(text, size, bold=bold))


def cut_to(text: str, room: float, size: float, *, bold: bool = False, end: bool = False) -> str:
    """Return a readable text that fits, with an ellipsis for what is left out.

    Parameters
    ----------
    text : str
        Any.
    room : float
        In pixels.
    size : float
        Of the text in pixels.
    bold : bool
        Whether it is bold.
    end : bool
        Whether its end is kept, by which names of layers differ, and not its beginning.
    """
    text = readable(text)
    if width_of(text, size, bold=bold) <= room:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        fits = width_of(_shortened(text, middle, end), size, bold=bold) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return _shortened(text, low, end)


def _shortened(text: str, letters: int, end: bool) -> str:
    if end:
        return "…" + text[len(text) - letters :].lstrip()
    return text[:letters].rstrip() + "…"


def wrap(text: str, room: float, size: float, lines: int) -> list[str]:
    """Break a text into lines that fit, the last of them cut where there is more."""
    found: list[str] = []
    words = readable(text).split(" ")
    while words and len(found) < lines:
        count = 1
        while count < len(words) and width_of(" ".join(words[: count + 1]), size) <= room:
            count += 1
        if len(found) == lines - 1:
            count = len(words)
        found.append(cut_to(" ".join(words[:count]), room, size))
        words = words[count:]
    return found


@cache
def _faces(*, bold: bool = False) -> tuple[str, ...]:
    """Return files of fonts: Open Sans, and for letters that it lacks DejaVu Sans.

    That one comes with matplotlib, which `wordcloud` requires.
    """
    faces = [str(FONT_FOLDER / ("OpenSans-Bold.ttf" if bold else "OpenSans-Regular.ttf"))]
    package = find_spec("matplotlib")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
        faces += [str(path) for path in [folder / "DejaVuSans.ttf"] if path.exists()]
    return tuple(faces)


@lru_cache(maxsize=128)
def _font(face: str, size: float) -> ImageFont.FreeTypeFont:
    # Where it is there, Raqm joins Arabic letters, and writes them from right to left.
    own = face.startswith(str(FONT_FOLDER))
    engine = ImageFont.Layout.BASIC if own else ImageFont.Layout.RAQM
    return ImageFont.truetype(face, size, layout_engine=engine)


@lru_cache(maxsize=8192)
def _has(face: str, letter: str) -> bool:
    """Tell whether a font has a letter, as one that it lacks is drawn like any other such."""
    if letter == " ":
        return True
    drawn, missing = (_font(face, _PROBE).getmask(text) for text in (letter, _NO_LETTER))
    return drawn.size != missing.size or bytes(drawn) != bytes(missing)
