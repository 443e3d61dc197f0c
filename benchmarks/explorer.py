"""Time the explorer in a real browser: from the move of a slider to the painted frame of all views.

``python benchmarks/explorer.py squeezenet.nfviz`` enlarges the atlas to 2,000, 10,000 and 26,560
neurons and opens each in Chromium, as an HTML file and in JupyterLab. Sliders are moved 30 times
with the arrow keys; the medians (and the longest times) are milliseconds from the key to the end of
the frame in which all views, all of them on screen, have been redrawn, and `painted` is what the
browser's own Event Timing says until the frame is on the screen, in steps of 8. (What follows when
a move rests is not in it: the quartile band behind the curves, and the places of words.) In
JupyterLab also: what ``nfviz.explore`` takes, until ``explorer.selected`` has settled, messages a
second while dragging, and what 2,000 moves of all these sliders leave in the memory of page and
kernel.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from enlarge import enlarge
from playwright.sync_api import sync_playwright

import nfviz

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ui"))
from browser import CHROMIUM_ARGS, find_browser
from lab import Lab

SIZES = (2000, 10_000, 26_560)
MOVES = 30
SLIDERS = {
    "color_selectivity from": "range of color",
    "class_selectivity from": "range of class",
    "threshold": "th",
    "n_max": "N",
}
# Wide and high enough for all views to be on screen.
VIEWPORT = {"width": 1500, "height": 1700}

_FIRST = (
    "() => [performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]"
)

_CLOCK = """() => {
  const channel = new MessageChannel();
  let start = 0;
  globalThis.times = [];
  globalThis.painted = [];
  channel.port1.onmessage = () => times.push(performance.now() - start);
  addEventListener("keydown", () => {
    start = performance.now();
    requestAnimationFrame(() => channel.port2.postMessage(0));
  }, true);
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) {
      if (name === "keydown") painted.push(duration);
    }
  }).observe({ type: "event", durationThreshold: 16 });
}"""


def wait(page, condition, seconds=60):
    """Wait until an expression is true; the file's own rules forbid Playwright's way."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        if time.monotonic() > end:
            raise TimeoutError(condition)
        page.wait_for_timeout(5)


def moves(page, name, key, count=MOVES):
    """Press a key on a slider, wait for each frame; return times in milliseconds."""
    slider = page.get_by_role("slider", name=name, exact=True)
    slider.focus()
    for _ in range(3):
        slider.press(key)
    page.wait_for_timeout(300)
    page.evaluate("times.length = painted.length = 0")
    for number in range(count):
        page.keyboard.press(key)
        wait(page, f"times.length > {number}")
        page.wait_for_timeout(25)
    page.wait_for_timeout(200)
    return page.evaluate("times"), page.evaluate("painted")


def show(page, place, size):
    """Print a row for each slider."""
    page.evaluate(_CLOCK)
    for name, title in SLIDERS.items():
        key = "ArrowLeft" if name in ("threshold", "n_max") else "ArrowRight"
        times, painted = moves(page, name, key)
        seen = [*painted, *[16] * (len(times) - len(painted))]
        print(
            f"{place:<6}{size:>8,}  {title:<16}{statistics.median(times):>8.1f}{max(times):>8.1f}"
            f"{statistics.median(seen):>9.0f}",
            flush=True,
        )


def time_file(browser, atlas, folder):
    """Measure the HTML file."""
    size = len(atlas.neurons)
    path = nfviz.write_html(atlas, folder / f"{size}.html", thumbnails=32 if size > 4000 else 48)
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(path.as_uri())
    wait(page, "Boolean(globalThis.nfviz?.store.tiles.ready)")
    first, last = page.evaluate(_FIRST)
    print(
        f"file  {size:>8,}  {path.stat().st_size / 1e6:.2f} MB, first paint {first:.0f} ms, all "
        f"views {last:.0f} ms"
    )
    page.wait_for_timeout(1000)
    show(page, "file", size)
    page.close()


def time_lab(browser, lab, bundle, size):
    """Measure the notebook."""
    page = browser.new_page(viewport=VIEWPORT)
    cells = [
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})",
        "import nfviz\nfrom enlarge import enlarge",
        f"atlas = enlarge(nfviz.load({str(bundle.resolve())!r}, verify=False), {size})",
        "import time\nstart = time.perf_counter()\nexplorer = nfviz.explore(atlas)\n"
        "made = time.perf_counter() - start",
        "explorer",
    ]
    notebook = lab.open(page, f"n{size}", cells)
    page.get_by_role("slider", name="threshold", exact=True).wait_for(timeout=120_000)
    print(f"lab   {size:>8,}  nfviz.explore {float(notebook.python('print(made)')):.1f} s")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.get_by_role("slider", name="threshold", exact=True).scroll_into_view_if_needed()
    page.wait_for_timeout(3000)
    show(page, "lab", size)
    _settle(page, notebook)
    _drag(page)
    _leak(page, notebook)
    page.close()


def _settle(page, notebook):
    """Time from the last move until Python has the selection that the page shows."""
    slider = page.get_by_role("slider", name="color_selectivity from", exact=True)
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    start = time.perf_counter()
    shown = page.get_by_role("status").first.inner_text().partition(" ")[0].replace(",", "")
    while notebook.python("print(len(explorer.selected))").strip() != shown:
        pass
    print(f"      explorer.selected settled {1000 * (time.perf_counter() - start):.0f} ms after")


def _drag(page):
    """Messages a second while a slider is dragged for two seconds."""
    sent = []
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.on("Network.webSocketFrameSent", lambda event: sent.append(event))
    slider = page.get_by_role("slider", name="color_selectivity from", exact=True)
    box = slider.bounding_box()
    page.keyboard.press("Home")
    x, y = box["x"] + 8, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    start = time.perf_counter()
    sent.clear()
    for step in range(120):
        page.mouse.move(x + (box["width"] - 16) * step / 120, y)
        page.wait_for_timeout(16)
    seconds = time.perf_counter() - start
    page.mouse.up()
    page.wait_for_timeout(300)
    print(f"      {len(sent) / seconds:.1f} messages a second while dragging")
    client.detach()


def _leak(page, notebook, count=2000):
    """Memory of page and kernel after many moves."""
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    rss = (
        "import os\nwith open('/proc/self/statm') as facts:\n"
        "    print(int(facts.read().split()[1]) * os.sysconf('SC_PAGESIZE'))"
    )

    def heap():
        for _ in range(3):
            client.send("HeapProfiler.collectGarbage")
        metrics = client.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize")

    before = None
    for number in range(count):
        if number == count // 10:
            page.wait_for_timeout(500)
            notebook.python("import gc; explorer.selected; gc.collect()")
            before = heap(), int(notebook.python(rss))
        if number % 50 == 0:
            name = list(SLIDERS)[number // 100 % len(SLIDERS)]
            page.get_by_role("slider", name=name, exact=True).focus()
        page.keyboard.press("ArrowRight" if number // 50 % 2 == 0 else "ArrowLeft")
    page.wait_for_timeout(500)
    notebook.python("explorer.selected; gc.collect()")
    after = heap(), int(notebook.python(rss))
    grown = [100 * (b / a - 1) for a, b in zip(before, after, strict=True)]
    print(
        f"      {count:,} moves: heap {after[0] / 1e6:.1f} MB ({grown[0]:+.1f} %), "
        f"kernel {after[1] / 1e6:.0f} MB ({grown[1]:+.1f} %)",
        flush=True,
    )


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--where", nargs="+", choices=("file", "lab"), default=("file", "lab"))
    parsed = parser.parse_args()
    atlas = nfviz.load(parsed.bundle, verify=False)
    print(f"{'':<6}{'neurons':>8}  {'slider':<16}{'median':>8}{'most':>8}{'painted':>9}   (ms)")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=find_browser(), args=CHROMIUM_ARGS)
        if "file" in parsed.where:
            for size in parsed.sizes:
                time_file(browser, enlarge(atlas, size), folder)
        if "lab" in parsed.where:
            with Lab(folder) as lab:
                for size in parsed.sizes:
                    time_lab(browser, lab, parsed.bundle, size)
        browser.close()


if __name__ == "__main__":
    main()
