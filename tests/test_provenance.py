"""What a figure was made of, read back from its file, and from files of others."""

import json
import sys
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from nfviz.figures import browser
from nfviz.figures.provenance import provenance
from nfviz.figures.save import save_figure
from nfviz.figures.selectivity import plot_selectivity
from nfviz.figures.signature import sign
from nfviz.testing import random_atlas

FORMATS = ("pdf", "svg", "png", "html")


async def nothing(kaleido):
    return "done"


@pytest.fixture(scope="module")
def chromium():
    """Skip where no browser is installed."""
    pytest.importorskip("pypdf", reason="saving figures needs pypdf")
    try:
        browser.in_browser(nothing)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        pytest.skip(f"{error}")


@pytest.mark.parametrize("name", FORMATS)
def test_provenance_is_read_back(chromium, tmp_path, name):
    options = {"text": 'ü <b>& </metadata> "dead"</b>', "layers": None, "threshold": 0.4}
    figure = sign(go.Figure(), "plot_test", {"network": {"name": "n"}}, options)
    path = save_figure(figure, tmp_path / f"f.{name}")
    assert provenance(path) == provenance(str(path)) == figure.layout.meta["nfviz"]
    assert provenance(path)["parameters"] == options


@pytest.mark.parametrize("name", FORMATS)
def test_a_figure_of_another_hand_has_no_provenance(chromium, tmp_path, name):
    figure = go.Figure(go.Scatter(y=[1, 2]), layout={"meta": ["nfviz"]})
    path = save_figure(figure, tmp_path / f"f.{name}")
    with pytest.raises(ValueError, match="holds no provenance"):
        provenance(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.pdf", b"%PDF-1.4 nothing", "damaged or no PDF"),
        ("f.pdf", b"", "damaged or no PDF"),
        ("f.svg", b"<svg><metadata", "holds no provenance"),
        ("f.svg", b"<svg></metadata>", "damaged or no SVG"),
        ("f.svg", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares a document type"),
        ("f.svg", b'<svg><metadata id="nfviz">[1]</metadata></svg>', "did not write"),
        ("f.svg", b'<svg><metadata id="nfviz">{"function"</metadata></svg>', "did not write"),
        ("f.svg", b'<svg><metadata id="nfviz">%s</metadata></svg>' % (b"[" * 99999), "did not"),
        ("f.png", b"GIF89a", "no PNG"),
        ("f.png", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXt", "holds no provenance"),
        ("f.html", b'<meta name="nfviz" content="{}">', "did not write"),
        ("f.html", b"\xff\xfe<p", "holds no provenance"),
        ("f.gif", b"", "accepts names in .nfviz, .pdf, .svg, .png, .html"),
    ],
)
def test_other_files_are_told_apart(tmp_path, name, content, message):
    if name == "f.pdf":
        pytest.importorskip("pypdf")
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        provenance(path)


def test_provenance_may_stand_behind_other_texts_of_a_png(tmp_path):
    origin = {"function": "f", "parameters": {}, "atlas": "0", "version": "1"}
    texts = PngInfo()
    texts.add_text("Title", "other")
    texts.add_text("nfviz", json.dumps(origin))
    Image.new("L", (3, 3)).save(tmp_path / "f.png", pnginfo=texts)
    assert provenance(tmp_path / "f.png") == origin


def test_without_pypdf_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("nfviz.figures.save.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"PDF needs pypdf.*nfviz\[figures\]"):
        save_figure(go.Figure(), tmp_path / "f.pdf")
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(ModuleNotFoundError, match=r"Reading a PDF needs pypdf"):
        provenance(tmp_path / "f.pdf")


def test_a_figure_is_matched_to_its_bundle(tmp_path):
    atlas = random_atlas()
    bundle = atlas.save(tmp_path / "a.nfviz")
    page = save_figure(plot_selectivity(atlas, "auc"), tmp_path / "f.html")
    made = provenance(bundle)
    assert made["atlas"] == provenance(page)["atlas"]
    assert made["manifest"] == atlas.manifest
    other = random_atlas(1)
    changed = replace(other, manifest={**other.manifest, "mean_color": [0.0, 0.0, 0.0]})
    assert provenance(changed.save(tmp_path / "b.nfviz"))["atlas"] != made["atlas"]
