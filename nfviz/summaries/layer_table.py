"""The layers as a table for print, like the paper's Table 1."""

import re

import pandas as pd

from nfviz.atlas import CLASS_THRESHOLD, COLOR_THRESHOLD, Atlas
from nfviz.summaries.layers import summarize_layers

_HEADERS = {
    "neurons": "neurons",
    "dead": "dead",
    "map": "map",
    "field": "field",
    "stride": "stride",
    "field_status": "field is",
    "color_selective": r"color-selective (\%)",
    "class_selective": r"class-selective (\%)",
}
_SHARES = ("color_selective", "class_selective")
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}
_SIZE = re.compile(r"(\d+)x(\d+)")


def table_of_layers(
    atlas: Atlas,
    *,
    color_threshold: float = COLOR_THRESHOLD,
    class_threshold: float = CLASS_THRESHOLD,
) -> pd.DataFrame:
    """List the layers, as the paper's Table 1, and what was found in them.

    Parameters
    ----------
    atlas : Atlas
        Any.
    color_threshold, class_threshold : float
        Selectivity from which a neuron counts, in [0, 1]; 0.40 and 0.60 are the paper's.

    Returns
    -------
    DataFrame, index ``layer``, in depth order
        ``neurons`` and ``dead``, numbers; as text, height x width: ``map``, positions at which a
        neuron answers, ``field``, receptive field in pixels, and ``stride``, pixels from one
        position to the next; ``field_status``, whether the field is exact, an upper bound, the
        whole image or unknown; ``color_selective`` and ``class_selective``, shares of the live
        neurons in [0, 1], NaN where unknown.

    Raises
    ------
    ValueError
        If a threshold is outside of [0, 1].

    Notes
    -----
    An atlas knows what its neurons see, not how the network is built: in place of Table 1's sizes
    of filters, padding and pooling stand the field and the stride in pixels of the image, in which
    these add up. `layers_to_latex` writes the table for a paper.
    """
    found = summarize_layers(
        atlas, color_threshold=color_threshold, class_threshold=class_threshold
    )
    layers = atlas.layers
    table = found[["neurons", "dead"]].copy()
    table["map"] = _sizes(layers, "map_height", "map_width")
    table["field"] = found["field"]
    table["stride"] = _sizes(layers, "stride_y", "stride_x")
    table["field_status"] = layers["rf_status"].astype(str)
    return table.join(found[list(_SHARES)])


def layers_to_latex(table: pd.DataFrame) -> str:
    r"""Write a table of layers as a LaTeX ``tabular``.

    Parameters
    ----------
    table : DataFrame
        Of `table_of_layers` or `nfviz.summarize_layers`, or a part of it: any columns, any rows.

    Returns
    -------
    str
        With the rules of the package ``booktabs``; put ``\usepackage{booktabs}`` into the
        preamble. Names are escaped, sizes have a times sign, shares are in percent, and what is
        unknown is a dash. Text is aligned left, numbers right.

    Examples
    --------
    >>> table = nfviz.table_of_layers(atlas)[["neurons", "field"]]
    >>> print(nfviz.layers_to_latex(table.head(2)), end="")
    \begin{tabular}{lrl}
    \toprule
    layer & neurons & field \\
    \midrule
    conv1 & 32 & $7 \times 7$ \\
    conv2 & 48 & $17 \times 17$ \\
    \bottomrule
    \end{tabular}
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"table is {type(table).__name__}; it accepts a DataFrame, such as "
            "nfviz.table_of_layers(atlas)."
        )
    right = [pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    heads = [_HEADERS.get(str(name), _escape(str(name).replace("_", " "))) for name in table]
    lines = [
        r"\begin{tabular}{l" + "".join("r" if number else "l" for number in right) + "}",
        r"\toprule",
        _line(["layer", *heads]),
        r"\midrule",
    ]
    columns = [[_cell(str(name), value) for value in table[name]] for name in table]
    names = [_escape(str(name)) for name in table.index]
    lines += [_line(cells) for cells in zip(names, *columns, strict=True)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _sizes(layers: pd.DataFrame, height: str, width: str) -> list[str]:
    return [f"{h}x{w}" for h, w in zip(layers[height], layers[width], strict=True)]


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(column: str, value: object) -> str:
    if isinstance(value, str):
        size = _SIZE.fullmatch(value)
        return rf"${size[1]} \times {size[2]}$" if size else _escape(value)
    if pd.isna(value):  # type: ignore[call-overload]
        return "--"
    if column in _SHARES:
        return f"{100 * value:.1f}"  # type: ignore[operator]
    return f"{value:,}"


def _escape(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)
