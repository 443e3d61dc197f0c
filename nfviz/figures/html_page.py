"""The figure as a page for the screen: alive, complete in one file, without a network."""

import html
import json
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from nfviz.figures.font import font_faces, wait_for_fonts

META_NAME = "nfviz"

# The browser itself is told to fetch nothing.
_RULES = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; worker-src blob:"
)


def html_page(figure: go.Figure, prefix: str, origin: Mapping[str, Any]) -> str:
    """Return an HTML page with the figure, plotly.js and the fonts in it.

    Parameters
    ----------
    figure : Figure
        Drawn at its own width and height in pixels.
    prefix : str
        Id of its element.
    origin : mapping
        Provenance, kept in a ``<meta>`` element; nothing is written if it is empty.
    """
    # No button that uploads the figure.
    config = {"displaylogo": False, "showSendToCloud": False}
    body = figure.to_html(include_plotlyjs=False, full_html=False, div_id=prefix, config=config)
    meta = ""
    if origin:
        content = html.escape(json.dumps(dict(origin), sort_keys=True, allow_nan=False))
        meta = f'<meta name="{META_NAME}" content="{content}">\n'
    layout = figure.layout
    ground = layout.paper_bgcolor or layout.template.layout.paper_bgcolor or "#ffffff"
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_RULES}">\n{meta}'
        f"<style>body{{margin:0;background:{ground}}}{font_faces()}</style>\n"
        f"<script>{get_plotlyjs()}</script>\n<script>{wait_for_fonts('newPlot')}</script>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
