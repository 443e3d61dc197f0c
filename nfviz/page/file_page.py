"""The page around the explorer: what it holds, what it may do, what it says without scripts."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from typing import TYPE_CHECKING, Any

from nfviz.figures.html_page import META_NAME
from nfviz.page.dense_text import dense_text
from nfviz.page.modules import join_modules, stylesheet

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["file_page"]

_RULES = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
_NO_SCRIPTS = (
    "This page draws its neurons with JavaScript, which is turned off in this browser. Turn it on "
    "for this page; it fetches nothing and sends nothing."
)
_TOO_OLD = (
    "If nothing appears here, this browser is too old for the page: it needs Chrome or Edge 111, "
    "Firefox 113, Safari 16.4, or a later one."
)
_PANELS = (
    "Thresholds", "Gallery", "NeuronCard", "HueWheel", "SelectivityHistogram", "JointScatter",
    "TagClouds", "ActivationCurves",
)  # fmt: skip
_UNHELD = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{rules}">
<meta name="{meta_name}" content="{origin}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="nfviz-file">
<header class="nfviz nfviz-file-head">
<h1 id="nfviz-title">{title}</h1>
<p class="nfviz-soft">{count}</p>
<div id="nfviz-tools" class="nfviz-file-tools"></div>
</header>
<noscript><p class="nfviz-file-note">{no_scripts}</p></noscript>
<main id="nfviz-explorer">
<p class="nfviz-file-note nfviz-file-late">{too_old}</p>
<div class="nfviz nfviz-file-shell" aria-hidden="true"><div class="nfviz-Explorer">
<div class="nfviz-grid">{panels}</div></div></div>
</main>
{blocks}
<script type="module">{script}</script>
</body>
</html>
"""


def file_page(
    meta: Mapping[str, Any],
    blocks: Mapping[str, bytes],
    origin: Mapping[str, Any],
    *,
    title: str,
    count: str,
) -> bytes:
    """Return the page, in ASCII alone: it is the same in whatever encoding it is read.

    Parameters
    ----------
    meta : mapping
        Of the payload, with what the page adds to it; plain JSON values, of which any text may be
        hostile.
    blocks : mapping of str to bytes
        Data by name; their lengths are added to the meta.
    origin : mapping
        Provenance, kept in a ``<meta>`` element.
    title, count : str
        Any text.
    """
    lengths = {name: len(data) for name, data in blocks.items()}
    file = {**meta["file"], "lengths": lengths}
    script, style = _script(), _style()
    elements = [_block("application/json", "meta", _json({**meta, "file": file}))]
    elements += [_block("text/plain", name, dense_text(data)) for name, data in blocks.items()]
    page = _PAGE.format(
        rules=_RULES.format(script=_hash(script), style=_hash(style)),
        meta_name=META_NAME,
        origin=_shown_text(_json(origin)),
        title=_shown_text(title),
        count=_shown_text(count),
        no_scripts=_NO_SCRIPTS,
        too_old=_TOO_OLD,
        panels="".join(f'<div class="nfviz-panel nfviz-panel-{kind}"></div>' for kind in _PANELS),
        blocks="\n".join(elements),
        script=script,
        style=style,
    )
    return page.encode("ascii")


def _shown_text(text: str) -> str:
    """Return any text as markup of ASCII that shows it; what no page can hold becomes U+FFFD."""
    return html.escape(_UNHELD.sub("\ufffd", text)).encode("ascii", "xmlcharrefreplace").decode()


def _json(value: Any) -> str:
    """Return JSON that no parser of HTML takes for markup."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _block(kind: str, name: str, text: str) -> str:
    return f'<script type="{kind}" id="nfviz-{name}">{text}</script>'


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _script() -> str:
    code = join_modules("file") + "\nstart();\n"
    return _checked(re.sub(r"[^\x00-\x7f]", _as_utf16, code), "</script", "<script", "<!--")


def _as_utf16(sign: re.Match[str]) -> str:
    units = sign[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _style() -> str:
    ascii_alone = re.sub(r"[^\x00-\x7f]", lambda sign: f"\\{ord(sign[0]):x} ", stylesheet())
    return _checked(ascii_alone, "</style", "<!--")


def _checked(text: str, *ends: str) -> str:
    """Return our own code, which must not hold what would end its element."""
    found = [end for end in ends if end in text.lower()]
    if found:
        raise AssertionError(f"The front end holds {found[0]!r}, which ends its element.")
    return text
