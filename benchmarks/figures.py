"""Time the figures of a bundle: to draw each one, and to save it as PDF.

``python benchmarks/figures.py squeezenet.nfviz`` prints, figure by figure, the seconds that drawing
takes (CPU), those of the PDF of 84 mm (wall clock; Chrome or Chromium works in a process of its
own), and the size of the file. The hue wheel shows the 2,000 most color-selective neurons. The
first line is the start of the browser, which all share.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import nfviz
from nfviz.figures.browser import in_browser
from nfviz.figures.paper import layout_width


def figures_of(atlas):
    """Return function and options of every figure that the atlas has data for."""
    neuron = {"neuron": atlas.neurons["auc"].idxmax()}
    threshold = atlas.neurons["color_selectivity"].nlargest(2000).min()
    rows = [
        ("plot_activation_curves", {}),
        ("plot_neuron", neuron),
        ("plot_gallery", {}),
        ("plot_own_response", {}),
        ("plot_hue_wheel", {"threshold": threshold}),
        ("plot_selectivity", {"column": "color_selectivity"}),
        ("plot_selectivity", {"column": "class_selectivity"}),
        ("plot_tag_clouds", neuron),
        ("plot_joint", {}),
    ]
    if "own_layer" not in atlas.neurons:
        rows = [row for row in rows if row[0] != "plot_own_response"]
    return [row for row in rows if hasattr(nfviz, row[0])]


async def nothing(kaleido):
    """Have the browser started."""


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is printed")
    parsed = parser.parse_args()
    atlas = nfviz.load(parsed.bundle)
    print(f"{len(atlas.neurons):,} neurons in {len(atlas.layers)} layers")
    start = time.perf_counter()
    in_browser(nothing)
    print(f"start of the browser {time.perf_counter() - start:.2f} s\n")
    print(f"{'figure':<24}{'draw, s':>9}{'PDF, s':>9}{'kB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.pdf"
        for name, options in figures_of(atlas):
            drawing, saving = [], []
            for _ in range(parsed.rounds):
                start = time.process_time()
                figure = getattr(nfviz, name)(atlas, **options, width=layout_width(84))
                drawing.append(time.process_time() - start)
                start = time.perf_counter()
                nfviz.save_figure(figure, path)
                saving.append(time.perf_counter() - start)
            seconds = f"{statistics.median(drawing):>9.2f}{statistics.median(saving):>9.2f}"
            print(f"{name:<24}{seconds}{path.stat().st_size / 1000:>9,.0f}")


if __name__ == "__main__":
    main()
