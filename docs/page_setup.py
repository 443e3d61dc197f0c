"""What the executed pages run first: a temporary folder with the demo's atlas in it."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import plotly.io as pio
from IPython import get_ipython
from plotly.io.base_renderers import MimetypeRenderer

PAGES = Path(__file__).parent
folder = tempfile.mkdtemp()
atexit.register(shutil.rmtree, folder, ignore_errors=True)
shutil.copy(PAGES / "demo.nfviz", folder)
os.chdir(folder)


class PageRenderer(MimetypeRenderer):
    """Figures as HTML that finds plotly.js loaded: the page has it once, from beside it."""

    def to_mimebundle(self, fig_dict):
        """Return the figure as one element and its script."""
        config = {"displayModeBar": False, "responsive": False}
        options = {"full_html": False, "include_plotlyjs": False, "include_mathjax": False}
        return {"text/html": pio.to_html(fig_dict, config=config, validate=False, **options)}


pio.renderers["page"] = PageRenderer()
pio.renderers.default = "page"
# Of an error that a page shows, its message counts.
get_ipython().run_line_magic("xmode", "Minimal")
