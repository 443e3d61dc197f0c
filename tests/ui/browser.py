"""Where the browser is that tests and benchmarks drive."""

import os
import shutil

__all__ = ["CHROMIUM_ARGS", "find_browser"]

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_browser():
    """Return the path of Chromium or Chrome, None where none is installed."""
    named = os.environ.get("NFVIZ_BROWSER")
    return named or shutil.which("chromium") or shutil.which("google-chrome")
