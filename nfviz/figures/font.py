"""The font of all figures, which comes with nfviz: the same widths on every machine."""

import base64
from functools import cache
from pathlib import Path

FONT_FOLDER = Path(__file__).parent / "fonts"

_FILES = {
    ("normal", "normal"): "OpenSans-Regular.ttf",
    ("bold", "normal"): "OpenSans-Bold.ttf",
    ("normal", "italic"): "OpenSans-Italic.ttf",
    ("bold", "italic"): "OpenSans-BoldItalic.ttf",
}


def font_faces(*, bold: bool = True, italic: bool = True) -> str:
    """Return CSS rules that hold the fonts: the upright one, and those asked for."""
    return "".join(
        _font_face(weight, slant)
        for weight, slant in _FILES
        if (bold or weight == "normal") and (italic or slant == "normal")
    )


def wait_for_fonts(function: str) -> str:
    """Return a script after which a function of plotly.js first loads the fonts.

    It would measure its texts in another font.
    """
    return (
        f"{{const draw = Plotly.{function}; Plotly.{function} = async (...given) => {{"
        "await Promise.all([...document.fonts].map((font) => font.load())); "
        "return draw(...given);};}"
    )


@cache
def _font_face(weight: str, slant: str) -> str:
    file = _FILES[weight, slant]
    data = base64.b64encode((FONT_FOLDER / file).read_bytes()).decode()
    return (
        f'@font-face{{font-family:"Open Sans";font-weight:{weight};font-style:{slant};'
        f'src:url("data:font/ttf;base64,{data}")}}'
    )
