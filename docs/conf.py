"""How the documentation is built: ``python -m sphinx -W --keep-going -b html docs docs/_build``.

Pages are executed as they are built, on the atlas of the demo, which is made first. The build needs
no network and no browser.
"""

import inspect
import os
import sys
from pathlib import Path

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml
from plotly.offline import get_plotlyjs
from sphinx.ext import autosummary
from sphinx.util.nodes import make_refnode

import nfviz
from nfviz.demo import demo_atlas

HERE = Path(__file__).parent
DEMO = HERE / "demo.nfviz"

project = "nfviz"
author = "The nfviz developers"
project_copyright = f"2026, {author}"
version = release = nfviz.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_nb"]
exclude_patterns = ["_build", "jupyter_execute"]
templates_path = ["templates"]
nitpicky = True
# Names in single backticks: objects become links, parameters and the like code.
default_role = "py:obj"

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autosummary_ignore_module_all = False
numpydoc_show_class_members = False
# Summaries in the reference are first sentences, which do not end behind these.
autosummary.WELL_KNOWN_ABBREVIATIONS += ("Fig.",)

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
# Pages show no widgets, and so need not fetch what would draw them.
nb_ipywidgets_js = {}

html_theme = "pydata_sphinx_theme"
html_math_renderer = "mathml"
html_title = "nfviz"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "github_url": "https://github.com/nfviz/nfviz",
    "logo": {"text": "nfviz"},
    "show_toc_level": 2,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
html_sidebars = {"index": []}

# Of the kernels that run the pages.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["COLUMNS"], os.environ["NO_COLOR"] = "88", "1"


def make_demo(_):
    """Index the demo network, unless the atlas at hand is newer than the package."""
    package = Path(nfviz.__file__).parent
    newest = max(path.stat().st_mtime for path in package.rglob("*") if path.suffix != ".pyc")
    if not DEMO.exists() or DEMO.stat().st_mtime < newest:
        demo_atlas(progress=False).save(DEMO)


def write_explorer(app, error):
    """Put the live explorer beside the pages that link to it."""
    if error is None and app.builder.format == "html":
        atlas = nfviz.load(DEMO)
        nfviz.write_html(atlas, app.outdir / "explorer.html", title="The demo network")
        (app.outdir / "_static" / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")


def add_plotly(app, _page, _template, context, _doctree):
    """Load plotly.js, which lies beside the pages, where a page shows a figure."""
    if "Plotly.newPlot" in context.get("body", ""):
        app.add_js_file("plotly.min.js")


def resolve(app, env, node, content):
    """Link what a docstring names by its last name; what is no object of nfviz is code."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or target.startswith("nfviz."):
        return None
    kinds = {"class", "exception", "function", "data"}
    found = [
        (name, entry)
        for name, entry in env.domains["py"].objects.items()
        if entry.objtype in kinds and name.endswith(f".{target}")
    ]
    if len(found) != 1:
        return content
    name, entry = found[0]
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, name)


def mend_signature(_app, what, _name, value, _options, signature, returned):
    """Give widgets the signature of their own, which that of traitlets hides."""
    if what == "class" and signature == "(*args, **kwargs)":
        given = inspect.signature(value.__init__)
        parameters = [one.replace(annotation=one.empty) for one in given.parameters.values()]
        signature = str(given.replace(parameters=parameters[1:], return_annotation=given.empty))
    return signature, returned


def write_math(translator, node):
    """Write a formula as MathML, which browsers know by themselves."""
    block = node.tagname == "math_block"
    translator.body.append(tex2mathml(node.astext(), as_block=block))
    raise SkipNode


def setup(app):
    """Connect all this."""
    app.add_html_math_renderer("mathml", (write_math, None), (write_math, None))
    app.connect("autodoc-process-signature", mend_signature)
    app.connect("builder-inited", make_demo)
    app.connect("html-page-context", add_plotly)
    app.connect("missing-reference", resolve)
    app.connect("build-finished", write_explorer)
