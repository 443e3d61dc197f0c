"""What the browser is asked for: a figure as SVG, and the SVG as PDF or as dots."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from nfviz.figures.browser import in_browser
from nfviz.figures.paper import MM_PER_INCH, SCALE, Paper

# Pictures are decoded in the background; one that cannot be is an error, not a hole in the figure.
_WAIT = """(async () => {
  await Promise.all([...document.querySelectorAll("image")].map((image) => image.decode()));
  document.body.getBoundingClientRect();
  await document.fonts.ready;
})()"""
_HEAD = (
    '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
    "<style>html,body{margin:0}body>svg{position:absolute;left:0;top:0;width:%dpx;height:%dpx}</style>"
)


def to_svg(figure: Mapping[str, Any], paper: Paper) -> str:
    """Return a figure, given as a mapping, as plotly.js draws it in the layout of the paper."""
    width, height = paper.layout
    options = {"format": "svg", "width": width, "height": height, "scale": 1}

    async def draw(kaleido: Any) -> str:
        drawn: bytes = await kaleido.calc_fig(figure, opts=options)
        return drawn.decode()

    return in_browser(draw)


def to_pdf(svg: str, size: tuple[int, int], paper: Paper) -> bytes:
    """Return a PDF of one page, somewhat larger than the paper, with the SVG at its upper left.

    Parameters
    ----------
    svg : str
        The figure.
    size : (width, height)
        At which it is set, in whole pixels; they are `paper.SCALE` of a CSS pixel on the page.
    paper : Paper
        What is to be seen. The browser rounds the page to 1/300 inch, so the page is cut later.
    """
    options = {
        "paperWidth": paper.width_mm / MM_PER_INCH + 0.1,
        "paperHeight": paper.height_mm / MM_PER_INCH + 0.1,
        "scale": SCALE,
        "pageRanges": "1",
        "printBackground": True,
        "generateTaggedPDF": False,
        **{f"margin{side}": 0 for side in ("Top", "Bottom", "Left", "Right")},
    }

    async def draw(kaleido: Any) -> bytes:
        async with _shown(kaleido, svg, size) as tab:
            return base64.b64decode((await _ask(tab, "Page.printToPDF", options))["data"])

    return in_browser(draw)


def to_png(svg: str, size: tuple[int, int]) -> bytes:
    """Return a PNG of so many dots with the SVG over all of it, on transparent ground."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    clear = {"color": {"r": 0, "g": 0, "b": 0, "a": 0}}

    async def draw(kaleido: Any) -> bytes:
        async with _shown(kaleido, svg, size) as tab:
            await _ask(tab, "Emulation.setDeviceMetricsOverride", metrics)
            await _ask(tab, "Emulation.setDefaultBackgroundColorOverride", clear)
            taken = await _ask(tab, "Page.captureScreenshot", {"format": "png"})
            return base64.b64decode(taken["data"])

    return in_browser(draw)


@asynccontextmanager
async def _shown(kaleido: Any, svg: str, size: tuple[int, int]) -> AsyncIterator[Any]:
    """Open a tab that shows nothing but the SVG; close it in the end."""
    tab = await kaleido.create_tab("about:blank")
    try:
        frames = await _ask(tab, "Page.getFrameTree", {})
        content = {"frameId": frames["frameTree"]["frame"]["id"], "html": _HEAD % size + svg}
        await _ask(tab, "Page.setDocumentContent", content)
        waited = await _ask(tab, "Runtime.evaluate", {"expression": _WAIT, "awaitPromise": True})
        if "exceptionDetails" in waited:
            raise ValueError(str(waited["exceptionDetails"]))
        yield tab
    finally:
        await kaleido.close_tab(tab)


async def _ask(tab: Any, command: str, options: Mapping[str, Any]) -> dict[str, Any]:
    answer = await tab.send_command(command, params=dict(options))
    if "error" in answer:
        raise RuntimeError(f"{command}: {answer['error']}")
    result: dict[str, Any] = answer["result"]
    return result
