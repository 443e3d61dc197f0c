"""Names of layers, classes and columns in the texts of figures, shown as they are."""

import re

# Plotly reads tags and entities, `%{...}` as a template, and `$...$` as mathematics.
_READ = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "{": "&#123;"})
# What has no place in XML, so in no SVG.
_UNSEEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def markup(text: object) -> str:
    """Return a text so that plotly shows its characters, those of its own markup too.

    Characters that no file can hold, such as control characters, become a replacement character.
    """
    return without_controls(str(text)).translate(_READ)


def without_controls(text: str) -> str:
    """Put a replacement character for each character that XML has no place for."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)
