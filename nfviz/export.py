"""The explorer in one HTML file: alive without a kernel, without a network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nfviz.widgets.modules import join_modules, stylesheet
from nfviz.widgets.payload import make_payload

if TYPE_CHECKING:
    from nfviz.atlas import Atlas


def write_html(
    atlas: Atlas, path: str | os.PathLike[str], *, thumbnails: int = 48, title: str | None = None
) -> Path:
    """Write it."""
    payload = make_payload(atlas, side=thumbnails)
    offsets, parts, at = {}, [], 0
    for name, data in payload.arrays.items():
        if name.startswith("page/"):
            continue
        offsets[name] = [at, len(data)]
        parts.append(data)
        at += len(data)
    meta: dict[str, Any] = payload.meta | {
        "title": title or "nfviz",
        "crops": "none",
        "file": {"arrays": offsets},
    }
    text = json.dumps(meta, allow_nan=False).replace("<", "\\u003c")
    code = join_modules("file") + "\nstart();\n"
    code = code.replace("</script", "<\\/script")
    style = stylesheet()
    sha = lambda s: base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()
    csp = (
        f"default-src 'none'; script-src 'sha256-{sha(code)}'; style-src 'sha256-{sha(style)}'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    blocks = [f'<script type="application/json" id="nfviz-meta">{text}</script>']
    packed = base64.b64encode(zlib.compress(b"".join(parts), 9)).decode()
    blocks.append(f'<script type="text/plain" id="nfviz-arrays">{packed}</script>')
    for name, data in payload.arrays.items():
        if name.startswith("page/"):
            number = name[5:]
            encoded = base64.b64encode(data).decode()
            blocks.append(f'<script type="text/plain" id="nfviz-page-{number}">{encoded}</script>')
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{csp}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(meta['title'])}</title>\n<style>{style}</style>\n</head>\n"
        '<body class="nfviz-file">\n<main id="nfviz-explorer"></main>\n' + "\n".join(blocks) +
        f'\n<script type="module">{code}</script>\n</body>\n</html>\n'
    )
    path = Path(path)
    path.write_text(page, encoding="utf-8")
    return path
