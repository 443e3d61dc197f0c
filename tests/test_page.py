"""The parts of a page: its size, its ids, its pictures."""

import base64
import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
from picture_atlas import make_atlas
from PIL import Image

from nfviz.figures.enlarge import enlarge_uri
from nfviz.figures.paper import SCALE, check_width, lay_out, layout_width
from nfviz.figures.raster import to_uri
from nfviz.figures.selectivity import plot_selectivity
from nfviz.figures.style import TEXT
from nfviz.figures.svg_page import svg_page

SVG = "{http://www.w3.org/2000/svg}"
PICTURE = np.random.default_rng(1).integers(0, 256, (9, 14, 3), np.uint8)

DRAWN = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
class="main-svg" width="100" height="50"><defs id="defs-{0}"><clipPath id="clip{0}xy"/></defs>
<g class="trace{0}" clip-path="url(#clip{0}xy)" style="fill: url(&quot;#g{0}&quot;)"/>
<use xlink:href="#clip{0}xy"/><text data-unformatted="a">a &lt; {0} &amp; #1</text></svg>"""


def test_text_of_twelve_pixels_becomes_seven_points():
    assert pytest.approx(7) == SCALE * TEXT * 72 / 96
    paper = lay_out(go.Figure(layout={"width": 600, "height": 300}), 84, None)
    assert paper.view == pytest.approx((84 / 25.4 * 96 * 9 / 7, 42 / 25.4 * 96 * 9 / 7))
    assert paper.layout == (409, 205)
    assert paper.points == pytest.approx((238.1102, 119.0551), abs=1e-4)
    assert paper.dots(300) == (992, 496)
    assert layout_width(84) == 408


@pytest.mark.parametrize("width_mm", [84, 85.5, 174, "84"])
def test_a_width_can_be_that_of_the_page(width_mm):
    pixels = layout_width(float(width_mm))
    for text in (f"{width_mm}mm", f" {width_mm} mm"):
        assert check_width(text) == pixels
    assert check_width(pixels) == pixels
    figure = plot_selectivity(make_atlas(), "color_selectivity", width=f"{width_mm}mm")
    assert figure.layout.width == pixels


@pytest.mark.parametrize("width", ["84", "84px", "mm", "-84mm", "0mm", "1e9mm", "999999mm", ""])
def test_a_width_that_is_none_is_refused(width):
    with pytest.raises(ValueError, match=r'width is .*; .*from "\d+mm" to "\d+mm"'):
        check_width(width)


def test_a_height_that_is_given_replaces_the_proportions():
    figure = go.Figure()
    assert lay_out(figure, 84, 30).height_mm == 30
    assert lay_out(figure, 84, None).height_mm == pytest.approx(84 * 450 / 700)


def test_a_picture_is_enlarged_by_whole_factors_until_it_has_the_dots():
    def size_of(uri):
        with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
            return picture.size

    uri = to_uri(PICTURE)
    assert size_of(enlarge_uri(uri, (14 * 2.5, 9.0), fills=True)) == (42, 9)
    assert size_of(enlarge_uri(uri, (14 * 2.5, 9.0), fills=False)) == (14, 9)
    assert size_of(enlarge_uri(uri, (14 * 2.5, 9 * 1.2), fills=False)) == (28, 18)
    assert enlarge_uri(uri, (14.0, 9.0), fills=True) == uri
    assert enlarge_uri(uri, (3.0, 2.0), fills=True) == uri
    jpeg = "data:image/jpeg;base64,AAAA"
    assert enlarge_uri(jpeg, (1000.0, 1000.0), fills=True) == jpeg


def test_opacity_survives_the_enlarging():
    clear = np.dstack([PICTURE, np.arange(126, dtype=np.uint8).reshape(9, 14)])
    uri = enlarge_uri(to_uri(clear), (28.0, 18.0), fills=True)
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        assert np.array_equal(np.asarray(picture), clear.repeat(2, axis=0).repeat(2, axis=1))


def test_ids_that_plotly_draws_at_random_are_counted():
    paper = lay_out(go.Figure(), 100, 50)
    pages = [svg_page(DRAWN.format(uid), paper, (9, 8), 300, "p", {}) for uid in ("0a", "ff")]
    assert pages[0].replace("a &lt; 0a", "a &lt; ff") == pages[1]
    root = ElementTree.fromstring(pages[0])
    assert [found.get("id") for found in root.iter() if found.get("id")] == ["p-0", "p-1"]
    group = root.find(f"{SVG}g")
    assert group.attrib == {"clip-path": "url(#p-1)", "style": 'fill: url("#p-2")'}
    assert root.find(f"{SVG}use").attrib == {"{http://www.w3.org/1999/xlink}href": "#p-1"}
    assert root.find(f"{SVG}text").attrib == {}
    assert root.find(f"{SVG}text").text == "a < 0a & #1"
