"""What a saved figure or page was made of, read back from the file."""

import html.parser
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.parsers import expat

from nfviz.atlas import load
from nfviz.figures.html_page import META_NAME
from nfviz.figures.pdf_page import INFO_KEY
from nfviz.figures.png_page import TEXT_KEY
from nfviz.figures.signature import fingerprint
from nfviz.figures.svg_page import METADATA_ID

# Where a file is not ours, no more of it is looked at than this, nor believed to be provenance.
_MOST = 1 << 20
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_KEYS = ("function", "parameters", "atlas", "version")


def provenance(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what a figure, a page or a bundle was made of from its file.

    Parameters
    ----------
    path : str or PathLike
        A PDF, SVG, PNG or HTML file that `save_figure` or `write_html` wrote, or a bundle
        (``.nfviz``). Nothing in it is executed or fetched.

    Returns
    -------
    dict
        ``function`` and ``parameters``, by which the file was made; ``atlas``, the SHA-256 of
        the manifest of the atlas; ``network``; ``version`` of nfviz. Of a bundle ``atlas``, by
        which its figures are told, ``network`` and ``manifest``: the fingerprints of weights,
        images and preprocessing, parameters and versions. The file says so; it is not signed
        against forgery.

    Raises
    ------
    ValueError
        If the name ends otherwise, the file is damaged or holds no provenance: another program
        wrote it, or the figure came from no ``plot_*`` function.
    ModuleNotFoundError
        For a PDF without pypdf.
    """
    path = Path(path)
    if path.suffix.lower() == ".nfviz":
        manifest = load(path, verify=False).manifest
        network = manifest.get("network")
        return {"atlas": fingerprint(manifest), "network": network, "manifest": dict(manifest)}
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise ValueError(
            f"path is {str(path)!r}; it accepts names in .nfviz, {', '.join(_READERS)}."
        )
    text = read(path)
    if text is None:
        raise ValueError(
            f"{path} holds no provenance: nfviz.save_figure did not write it, or the figure was "
            "drawn by no plot_* function of nfviz."
        )
    return _understood(path, text)


def _understood(path: Path, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= _MOST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or any(key not in found for key in _KEYS):
        raise ValueError(f"{path} holds a provenance that nfviz.save_figure did not write.")
    return found


def _from_pdf(path: Path) -> str | None:
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise ModuleNotFoundError(
            "Reading a PDF needs pypdf. Install it with pip install 'nfviz[figures]'."
        ) from error
    with open(path, "rb") as file:
        try:
            information = PdfReader(file).metadata
            found = None if information is None else information.get(INFO_KEY)
        except Exception as error:  # Any, as pypdf lets through what nonsense leads it to.
            raise ValueError(f"{path} is damaged or no PDF ({error}).") from error
    return None if found is None else str(found)


def _from_svg(path: Path) -> str | None:
    words: list[str] = []
    inside = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        inside = inside or (name == "metadata" and attributes.get("id") == METADATA_ID)

    def end(name: str) -> None:
        nonlocal inside
        inside = inside and name != "metadata"

    def refuse(*_: Any) -> None:
        raise ValueError(f"{path} declares a document type, which no figure of nfviz does.")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda text: words.append(text) if inside else None
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(path.read_bytes()[:_MOST], False)
    except expat.ExpatError as error:
        raise ValueError(f"{path} is damaged or no SVG ({error}).") from error
    return "".join(words) or None


def _from_png(path: Path) -> str | None:
    with open(path, "rb") as file:
        if file.read(len(_PNG_HEAD)) != _PNG_HEAD:
            raise ValueError(f"{path} is no PNG.")
        while len(head := file.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"tEXt" and length <= _MOST:
                key, _, text = file.read(length).partition(b"\0")
                if key == TEXT_KEY.encode():
                    return text.decode("latin-1")
                file.seek(4, os.SEEK_CUR)
            else:
                file.seek(length + 4, os.SEEK_CUR)
    return None


def _from_html(path: Path) -> str | None:
    found: list[str] = []

    class Meta(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "meta" and given.get("name") == META_NAME:
                found.append(given.get("content") or "")

    with open(path, encoding="utf-8", errors="replace") as file:
        Meta().feed(file.read(_MOST))
    return found[0] if found else None


_READERS: dict[str, Callable[[Path], str | None]] = {
    ".pdf": _from_pdf,
    ".svg": _from_svg,
    ".png": _from_png,
    ".html": _from_html,
    ".htm": _from_html,
}
