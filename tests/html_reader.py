"""What an HTML file of the explorer holds, read without a browser and slowly."""

import base64
import hashlib
import zlib
from html.parser import HTMLParser

import numpy as np

__all__ = ["HtmlFile", "read_dense"]

KINDS = {"layer": "<u2", "unit": "<u4", "dead": "u1", "sizes": "<u4", "crops/length": "<u4"}


def read_dense(text, length):
    """Read 13 bits from every two letters, one number after the other."""
    number = 0
    for low, high in zip(text[::2], text[1::2], strict=True):
        low, high = (("<" if letter == "~" else letter) for letter in (low, high))
        number = number << 13 | (ord(low) - 35 + 91 * (ord(high) - 35))
    spare = len(text) // 2 * 13 - 8 * length
    return (number >> spare).to_bytes(length, "big")


class HtmlFile(HTMLParser):
    """A file, its elements by id, and what their data say."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.content = path.read_bytes()
        self.text, self.metas, self.attributes, self._open = {}, {}, [], None
        self.feed(self.content.decode("ascii"))
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag == "meta":
            self.metas[given.get("name") or given.get("http-equiv")] = given.get("content")
        self._open = given.get("id") or given.get("type") or tag

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open:
            self.text[self._open] = self.text.get(self._open, "") + data

    @property
    def meta(self):
        """The payload's meta, as plain values."""
        import json

        return json.loads(self.text["nfviz-meta"])

    def block(self, name):
        """Bytes of a block of data, in parts: one long number would take too long."""
        length = self.meta["file"]["lengths"][name]
        text, part = self.text.get(f"nfviz-{name}", ""), 16 * 64
        parts = [
            read_dense(text[at : at + part], 13 * 64) for at in range(0, len(text) - part, part)
        ]
        done = 13 * 64 * len(parts)
        return b"".join(parts) + read_dense(text[part * len(parts) :], length - done)

    def array(self, name, kind=None):
        """Numbers of an array."""
        meta = self.meta
        offset, length, width = meta["file"]["places"][name]
        data = zlib.decompress(self.block("arrays"))[offset : offset + length]
        data = np.frombuffer(data, np.uint8).reshape(width, -1).T.tobytes()
        column = "<f4" if name.startswith("column/") else None
        return np.frombuffer(data, kind or column or KINDS.get(name) or meta["dtypes"][name])

    def weights(self):
        """Relative activations (neurons, ranks), as the page reads them."""
        meta = self.meta
        falls = self.array("steps", "<u2").reshape(meta["parameters"]["ranks"], meta["n"]).T
        steps = falls.astype(np.int64)
        steps[:, 1:] = steps[:, :1] - np.cumsum(steps[:, 1:], axis=1)
        steps %= 1 << 16
        weights = np.where(steps > 1, steps - 1, np.where(steps == 1, 0.5, 0)) / 20_000
        rows = self.array("exact/row", "<u4")
        exact = self.array("exact/activation", "<" + meta["dtypes"]["activation"])
        top = self.array("exact/top", "<f8")
        weights[rows] = exact.reshape(len(rows), weights.shape[1]) / top[:, np.newaxis]
        return weights

    def hashes(self, directive):
        """The hashes that the page's rules allow, and those of its elements."""
        text = self.text["module" if directive == "script-src" else "style"]
        rules = dict(
            rule.split(" ", 1) for rule in self.metas["Content-Security-Policy"].split("; ")
        )
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return rules[directive], f"'sha256-{digest}'"
