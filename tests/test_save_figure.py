"""Saved figures: sizes, text and pictures on paper, equal bytes, provenance, and no network."""

import base64
import os
import re
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from nfviz.figures import browser
from nfviz.figures.mosaic import pixel_axes
from nfviz.figures.raster import add_picture
from nfviz.figures.save import save_figure
from nfviz.figures.signature import sign
from nfviz.figures.style import new_figure

DOTS = 300 / 72 * 7 / 12  # A pixel, at 300 dpi.
SVG = "{http://www.w3.org/2000/svg}"
NAME = "layer3.1.conv2 Δγ ≥ 0.4 <b>& dead</b>"
PICTURE = np.random.default_rng(1).integers(0, 256, (9, 14, 3), np.uint8)
FORMATS = ("pdf", "svg", "png", "html")


def make_figure(text=NAME, *, width=408, height=255):
    figure = new_figure("light", width=width, height=height)
    figure.add_scatter(x=[1, 2, 3], y=[1, 3, 2], name=text, showlegend=True)
    figure.add_bar(x=[1, 2, 3], y=[1, 1, 2], name="bars")
    add_picture(figure, PICTURE, x=1, y=3, width=0.5, height=1)
    return sign(figure, "plot_test", {"network": {"name": "ü"}}, {"text": text, "layers": None})


async def nothing(kaleido):
    return "done"


@pytest.fixture(scope="module")
def chromium():
    """Skip where no browser is installed; end it after the last test."""
    pytest.importorskip("pypdf", reason="saving figures needs pypdf")
    try:
        browser.in_browser(nothing)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        pytest.skip(f"{error}")
    yield
    browser.close_browser()


@pytest.fixture(scope="module")
def saved(chromium, tmp_path_factory):
    """The same figure in every format, 84 mm wide."""
    folder = tmp_path_factory.mktemp("saved")
    figure = make_figure()
    return {name: save_figure(figure, folder / f"figure.{name}") for name in FORMATS}


def page_of(path):
    from pypdf import PdfReader

    (page,) = PdfReader(path).pages
    return page


def fonts_of(page):
    for font in page["/Resources"]["/Font"].values():
        font = font.get_object()
        assert font["/Subtype"] == "/Type0", "Type 3 fonts are refused by publishers"
        (inner,) = font["/DescendantFonts"]
        yield inner.get_object()["/FontDescriptor"].get_object()


# The page


def test_the_pdf_page_has_the_size_asked_for(saved, tmp_path):
    box = page_of(saved["pdf"]).mediabox
    assert float(box.width) == pytest.approx(84 / 25.4 * 72, abs=1e-3)
    assert float(box.height) == pytest.approx(52.5 / 25.4 * 72, abs=1e-3)
    path = save_figure(make_figure(width=847), tmp_path / "f.pdf", width_mm=174.3, height_mm=61.7)
    page = page_of(path)
    for box in (page.mediabox, page.cropbox, page.trimbox):
        assert float(box.width) == pytest.approx(174.3 / 25.4 * 72, abs=1e-3)
        assert float(box.height) == pytest.approx(61.7 / 25.4 * 72, abs=1e-3)


def test_the_svg_has_the_size_in_millimeters(saved):
    root = ElementTree.parse(saved["svg"]).getroot()
    assert (root.get("width"), root.get("height")) == ("84mm", "52.5mm")
    view = [float(side) for side in root.get("viewBox").split()]
    assert view == pytest.approx([0, 0, 408.189, 255.118], abs=1e-3)


def test_the_png_has_the_dots_and_says_their_size(saved, tmp_path):
    with Image.open(saved["png"]) as picture:
        assert picture.size == (992, 620)
        assert picture.mode == "RGB"
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.02)
    path = save_figure(
        make_figure(width=292), tmp_path / "f.png", width_mm=60, height_mm=60, dpi=150
    )
    with Image.open(path) as picture:
        assert picture.size == (354, 354)
        assert picture.info["dpi"] == pytest.approx((150, 150), abs=0.02)


def test_a_clear_ground_stays_clear_in_a_png(chromium, tmp_path):
    figure = make_figure().update_layout(paper_bgcolor="rgba(0,0,0,0)")
    with Image.open(save_figure(figure, tmp_path / "f.png", dpi=50)) as picture:
        assert picture.mode == "RGBA"
        assert picture.getpixel((0, 0))[3] == 0


def test_the_page_is_filled_to_its_edges(saved, tmp_path):
    path = save_figure(
        make_figure().update_layout(paper_bgcolor="#204060"), tmp_path / "f.png", dpi=97
    )
    with Image.open(path) as picture:
        width, height = picture.size
        corners = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)]
        assert {picture.getpixel(corner) for corner in corners} == {(0x20, 0x40, 0x60)}


def test_a_figure_drawn_for_another_width_is_reported(chromium, tmp_path):
    with pytest.warns(UserWarning, match=r'640 pixels wide.* Draw it with width="84mm"'):
        save_figure(make_figure(width=640), tmp_path / "f.svg")
    save_figure(make_figure(width=640), tmp_path / "f.html")
    save_figure(make_figure(width=640), tmp_path / "f.svg", width_mm=132)
    save_figure(make_figure(width=640).update_layout(meta=None), tmp_path / "f.svg")


# Text and pictures


def test_text_in_a_pdf_is_text_in_embedded_fonts(saved):
    page = page_of(saved["pdf"])
    text = page.extract_text()
    for words in ("layer3.1.conv2 Δγ ≥ 0.4", "& dead", "bars"):
        assert words in text
    fonts = list(fonts_of(page))
    assert {re.sub("^/.{6}[+]", "", font["/FontName"]) for font in fonts} == {
        "OpenSans",
        "OpenSans-Bold",
    }
    assert all("/FontFile2" in font for font in fonts)


def test_text_in_a_pdf_is_seven_points_high(saved):
    """A letter of 12 px is 9 pt before the page is scaled."""
    sizes = []
    page_of(saved["pdf"]).extract_text(
        visitor_text=lambda text, matrix, inner, font, size: sizes.append(
            abs(size * inner[3] * matrix[3]) if "bars" in text else None
        )
    )
    assert [size for size in sizes if size] == pytest.approx([7], abs=0.01)


def test_text_in_an_svg_is_text_with_its_font(saved):
    root = ElementTree.parse(saved["svg"]).getroot()
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "bars" in words
    assert "layer3.1.conv2 Δγ ≥ 0.4 & dead" in words
    style = root.find(f"{SVG}style").text
    assert style.count("@font-face") == 2
    font = base64.b64decode(re.search(r"base64,([^\"]+)", style)[1])
    assert font[:4] == b"\0\1\0\0"


def test_pictures_keep_every_pixel_at_the_dpi_asked_for(chromium, tmp_path):
    found = {}
    for dpi in (72, 300, 600):
        page = page_of(save_figure(make_figure(), tmp_path / "f.pdf", dpi=dpi))
        (picture,) = page.images
        assert picture.indirect_reference.get_object()["/Filter"] == "/FlateDecode"
        pixels = np.asarray(picture.image.convert("RGB"))
        down, across = pixels.shape[0] // 9, pixels.shape[1] // 14
        assert np.array_equal(pixels, PICTURE.repeat(down, axis=0).repeat(across, axis=1))
        found[dpi] = down, across
    assert found[72] < found[300] < found[600]


# Equal bytes


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_figure_gives_the_same_bytes(saved, tmp_path, name):
    assert save_figure(make_figure(), tmp_path / f"f.{name}").read_bytes() == (
        saved[name].read_bytes()
    )


@pytest.mark.parametrize("name", FORMATS)
def test_another_figure_gives_other_bytes(saved, tmp_path, name):
    other = save_figure(make_figure("other"), tmp_path / f"f.{name}")
    assert other.read_bytes() != saved[name].read_bytes()


def test_no_date_nor_program_is_left_in_a_pdf(saved):
    content = saved["pdf"].read_bytes()
    for word in (b"Date", b"Skia", b"Mozilla", b"pypdf"):
        assert word not in content


def test_the_figure_is_not_changed(saved, tmp_path):
    figure = make_figure(width=243)
    before = figure.to_json()
    save_figure(figure, tmp_path / "f.svg", width_mm=50)
    assert figure.to_json() == before


def test_every_id_that_is_referred_to_is_there(saved):
    content = saved["svg"].read_text()
    ids = set(re.findall(r' id="([^"]+)"', content))
    used = set(re.findall(r"url\((?:&quot;)?#([^)&]+)", content))
    assert used
    assert used <= ids


# For the screen


def test_html_is_complete_and_may_fetch_nothing(tmp_path):
    figure = make_figure("</script><script>alert(1)</script>")
    page = save_figure(figure, tmp_path / "f.html").read_text()
    assert "default-src 'none'" in page.partition("</head>")[0]
    assert "<script>alert(1)" not in page
    assert '"showSendToCloud": false' in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert '"width":408' in page.replace(" ", "")


def test_html_measures_texts_in_the_font_in_which_they_are_shown(chromium, tmp_path):
    figure = new_figure("light", height=200)
    for y, text in enumerate(("short", "a text that is much longer")):
        figure.add_annotation(text=text, x=0, y=y / 2, xref="paper", yref="paper", xanchor="left")
    page = save_figure(figure, tmp_path / "f.html").read_text()
    drawn = """new Promise((resolve) => {
      const look = () => {
        const texts = [...document.querySelectorAll("text.annotation-text")];
        if (texts.length < 2) return setTimeout(look, 20);
        resolve(texts.map((text) => text.getBoundingClientRect().left));
      };
      look();
    })"""

    async def measure(kaleido):
        tab = await kaleido.create_tab("about:blank")
        try:
            frames = (await tab.send_command("Page.getFrameTree"))["result"]
            content = {"frameId": frames["frameTree"]["frame"]["id"], "html": page}
            await tab.send_command("Page.setDocumentContent", params=content)
            options = {"expression": drawn, "awaitPromise": True, "returnByValue": True}
            return (await tab.send_command("Runtime.evaluate", params=options))["result"]
        finally:
            await kaleido.close_tab(tab)

    short, long = browser.in_browser(measure)["result"]["value"]
    assert short == pytest.approx(long, abs=0.5)


# What may go wrong


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width_mm": 2}, "width_mm is 2; it accepts millimeters from 5 to 5000"),
        ({"width_mm": "84mm"}, "width_mm is '84mm'"),
        ({"height_mm": float("nan")}, "height_mm is nan"),
        ({"dpi": 10}, "dpi is 10; it accepts 30 to 2400"),
        ({"dpi": 2400, "width_mm": 200}, "18,898 x 11,811 dots"),
    ],
)
def test_sizes_out_of_range_are_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        save_figure(make_figure().update_layout(meta=None), tmp_path / "f.png", **options)
    assert list(tmp_path.iterdir()) == []


def test_names_and_folders_are_checked_first(tmp_path):
    with pytest.raises(ValueError, match=r"accepts '\.pdf', '\.svg', '\.png', '\.html'"):
        save_figure(make_figure(), tmp_path / "f.jpg")
    with pytest.raises(FileNotFoundError, match="Make it first"):
        save_figure(make_figure(), tmp_path / "none" / "f.pdf")


@pytest.mark.parametrize("source", ["http://127.0.0.1/a.png", "file:///etc/a.png", "a.png"])
def test_pictures_from_elsewhere_are_refused(tmp_path, source):
    figure = make_figure().add_layout_image(source=source)
    with pytest.raises(ValueError, match="save_figure fetches none"):
        save_figure(figure, tmp_path / "f.html")
    with pytest.raises(ValueError, match="save_figure fetches none"):
        save_figure(go.Figure(go.Image(source=source)), tmp_path / "f.html")


def test_threads_may_save_to_the_same_name(tmp_path):
    path = tmp_path / "f.html"
    figures = [make_figure("one"), make_figure("two")]
    whole = {save_figure(figure, path).read_bytes() for figure in figures}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda turn: save_figure(figures[turn % 2], path), range(12)))
    assert path.read_bytes() in whole
    assert list(tmp_path.iterdir()) == [path]


def test_a_figure_too_high_for_a_page_says_what_to_do(tmp_path):
    figure = make_figure(width=408, height=30000)
    with pytest.raises(ValueError, match="the figure is 6176 mm high; pages have 5 to 5000"):
        save_figure(figure, tmp_path / "f.pdf")


def test_names_that_no_file_can_hold_are_printed_as_far_as_they_can(chromium, tmp_path):
    figure = go.Figure(go.Scatter(y=[1, 2], name="a\x01b", showlegend=True))
    assert "a\ufffdb" in save_figure(figure, tmp_path / "f.svg").read_text()


def test_pictures_of_the_graphics_card_are_printed(chromium, tmp_path):
    points = go.Scatter3d(x=[1, 2], y=[1, 2], z=[1, 2])
    path = save_figure(go.Figure(points), tmp_path / "f.svg", dpi=72)
    assert "<image" in path.read_text()
    flat = go.Figure(go.Scattergl(x=[1, 2, 3], y=[1, 2, 3], mode="markers"))
    assert "<image" not in save_figure(flat, tmp_path / "f.svg").read_text()


def test_a_pixel_is_a_dot_in_a_png_of_300_dpi(chromium, tmp_path):
    """No color that is not in the picture, at whatever part of a dot it begins."""
    width, height = 120.3, 60.1
    shape = int(np.ceil(height * DOTS)), int(np.ceil(width * DOTS))
    tiles = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    rows, columns = np.indices(shape) // 9
    picture = tiles[(rows + columns) % 3]
    figure = new_figure("light", width=408, height=200)
    figure.update_layout(margin=dict.fromkeys("lrtb", 0))
    pixel_axes(figure, (408, 200))
    figure.add_scatter(x=[None], y=[None])
    add_picture(figure, picture, x=33.7, y=41.9, width=width, height=height)
    left, top, right, bottom = (side * DOTS for side in (33.7, 41.9, 33.7 + width, 41.9 + height))
    with Image.open(save_figure(figure, tmp_path / "f.png")) as page:
        # Its outermost dots are in part those of the ground.
        inside = page.crop((int(left) + 2, int(top) + 2, int(right) - 2, int(bottom) - 2))
    assert {color for _, color in inside.getcolors()} == {(255, 0, 0), (0, 255, 0), (0, 0, 255)}


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "f.html"
    path.write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="disk full"):
        save_figure(make_figure(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
