"""The page as PDF: cut to the size of the paper, dates and names of programs taken out."""

import io
import json
from collections.abc import Mapping
from typing import Any

from nfviz.figures.paper import Paper

INFO_KEY = "/nfviz"


def pdf_page(printed: bytes, paper: Paper, version: str, origin: Mapping[str, Any]) -> bytes:
    """Return the PDF of a page.

    Parameters
    ----------
    printed : bytes
        The browser's PDF, the figure at the upper left of its first page.
    paper : Paper
        To its size the page is cut, to 1/1000 point.
    version : str
        Of nfviz, written as the producer.
    origin : mapping
        Provenance, kept in the document information; nothing is written if it is empty.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import RectangleObject

    writer = PdfWriter()
    page = writer.add_page(PdfReader(io.BytesIO(printed)).pages[0])
    top = float(page.mediabox.top)
    width, height = paper.points
    for box in ("mediabox", "cropbox", "trimbox", "bleedbox", "artbox"):
        setattr(page, box, RectangleObject((0, round(top - height, 3), round(width, 3), top)))
    information = {"/Producer": f"nfviz {version}"}
    if origin:
        information[INFO_KEY] = json.dumps(dict(origin), sort_keys=True, allow_nan=False)
    writer.metadata = information
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
