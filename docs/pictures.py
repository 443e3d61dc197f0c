"""Draw the pictures of the README: the explorer and the paper's figures, from the demo.

``python docs/pictures.py`` indexes the demo network, draws each figure for a column of 84 mm and
the explorer as an HTML file shows it, and writes them to ``docs/pictures``. Needs Chrome or
Chromium (``pip install "nfviz[test]"``).
"""

import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import nfviz
from nfviz.demo import MEAN, STD, DemoImages, demo_atlas, demo_network
from nfviz.figures.paper import layout_width

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ui"))
from browser import CHROMIUM_ARGS, find_browser

FOLDER = Path(__file__).parent / "pictures"
NEURON = ("conv5", 25)
WIDE, COLUMN = 174.0, 84.0
SCREEN = {"width": 1400, "height": 1110}
STATE = "#color_selectivity=0.6..1&th=0.9&focus=conv4/56&pin=conv1/3,conv5/25"


def main():
    """Draw all of them."""
    atlas = demo_atlas()
    gray = nfviz.gray_test(demo_network(), DemoImages(2400, seed=1), mean=MEAN, std=STD)
    first = atlas.neurons.loc[["conv1"]]
    best = nfviz.summarize_joint(atlas).sort_values("rank").head(36)
    width = layout_width(COLUMN)
    figures = {
        "activation_curves": nfviz.plot_activation_curves(atlas, width=width),
        "class_selectivity": nfviz.plot_selectivity(atlas, "class_selectivity", width=width),
        "color_selectivity": nfviz.plot_selectivity(atlas, "color_selectivity", width=width),
        "gallery": nfviz.plot_gallery(atlas, first, sort_by="color_selectivity", width=width),
        "gray_test": nfviz.plot_gray_test(gray, width=width),
        "hue_wheel": nfviz.plot_hue_wheel(atlas, width=width),
        "joint": nfviz.plot_joint(atlas, top=10, width=width),
        "neuron": nfviz.plot_neuron(atlas, NEURON, width=width),
        "own_response": nfviz.plot_own_response(atlas, width=width),
        "tag_clouds": nfviz.plot_tag_clouds(atlas, NEURON, width=width),
    }
    FOLDER.mkdir(exist_ok=True)
    for name, figure in figures.items():
        nfviz.save_figure(figure, FOLDER / f"{name}.png", width_mm=COLUMN, dpi=150)
    sheet = nfviz.plot_gallery(atlas, best, labels=None, width=layout_width(WIDE))
    nfviz.save_figure(sheet, FOLDER / "features.png", width_mm=WIDE, dpi=150)
    draw_explorer(atlas, FOLDER / "explorer.png")


def draw_explorer(atlas, path):
    """Show the explorer as it begins in a state."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = nfviz.write_html(
            atlas, Path(folder) / "demo.html", title="The demo network", selection=STATE
        )
        browser = playwright.chromium.launch(executable_path=find_browser(), args=CHROMIUM_ARGS)
        tab = browser.new_page(viewport=SCREEN, device_scale_factor=1)
        tab.goto(page.as_uri())
        while not tab.evaluate("Boolean(globalThis.nfviz?.store.tiles.ready)"):
            time.sleep(0.05)
        tab.wait_for_timeout(1500)
        tab.screenshot(path=path)
        browser.close()
    with Image.open(path) as picture:
        picture.convert("RGB").save(path, optimize=True)


if __name__ == "__main__":
    main()
