from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_tags import GOLDEN, make_atlas

from nfviz.crop_sheet import encode_strip, join_strips
from nfviz.figures.neuron import plot_neuron
from nfviz.figures.neuron_panels import grid
from nfviz.figures.style import THEMES

FIRST, DEAD = ("b", 0), ("b", 1)
SETS = [[(0, 1.0), (1, 0.75), (2, 0.5), (3, 0.25), (3, 0.125)], []]


def make_card(columns=None, names=None, crops=4, **fields):
    """Neuron (b, 0) answers four images in its set and one beyond it, (b, 1) is dead."""
    atlas = make_atlas(SETS, n_images=[4, 0, 1], **({"names": names} if names else {}))
    neurons = atlas.neurons.assign(
        color_selectivity=[0.8, np.nan, 0.1], hue=[50.0, np.nan, 200.0],
        balance=[0.2, np.nan, 0.9], class_selectivity=[0.25, np.nan, np.nan],
        class_selectivity_chance=[0.125, np.nan, np.nan], n_labeled=[4, 0, 1],
        n_classes=pd.array([4, None, 1], dtype="Int64"),
    ).assign(**(columns or {}))  # fmt: skip
    random = np.random.default_rng(0)
    strip = encode_strip(random.integers(0, 256, (crops, 5, 5, 3), np.uint8))
    return replace(
        atlas,
        neurons=neurons,
        features={"b": random.uniform(0, 255, (2, 5, 5, 3)).astype(np.float32)},
        crops={"b": join_strips([strip, b""], (5, 5))},
        manifest={"parameters": {"opponent": "cic"}},
        **fields,
    )


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def bars(figure):
    return next(trace for trace in figure.data if trace.type == "bar")


def test_the_card_states_what_the_tables_say():
    figure = plot_neuron(make_card(), FIRST, ontology=GOLDEN)
    said = texts(figure)
    assert "<b>b, unit 0</b>" in said
    assert "color selectivity \N{GREEK SMALL LETTER ALPHA} 0.80, hue 50°" in said
    assert "class selectivity \N{GREEK SMALL LETTER GAMMA} 0.25, M 4, N 4; by chance 0.12" in said
    assert "feature, N = 4" in said
    (hue,) = traces(figure, "hue")
    assert hue.marker.color == ("rgb(255,111,0)",)
    assert len(figure.layout.images) == 2
    assert figure.layout.meta["nfviz"]["function"] == "plot_neuron"
    assert figure.layout.meta["nfviz"]["parameters"] == {
        "neuron": ["b", 0], "top": 100, "ontology": repr(GOLDEN), "threshold": 1.0,
        "theme": "light", "width": 640,
    }  # fmt: skip


def test_the_curve_is_that_of_the_ranking_and_the_set_ends_at_n():
    figure = plot_neuron(make_card(), FIRST)
    (curve,) = traces(figure, "activation")
    assert list(curve.x) == [1, 2, 3, 4, 5]
    assert list(curve.y) == [1.0, 0.75, 0.5, 0.25, 0.125]
    dotted = [shape for shape in figure.layout.shapes if shape.line.dash == "dot"]
    assert [shape.x0 for shape in dotted] == [4]


def test_the_bars_are_the_class_distribution_and_sum_to_one():
    figure = plot_neuron(make_card(), FIRST)
    assert list(bars(figure).x) == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert list(figure.layout.yaxis5.ticktext) == ["beagle", "whippet", "tabby", "cab"]
    rows = [(i, 1.0 - i / 1000) for i in range(40)]
    atlas = make_atlas([rows], names=[f"class {i}" for i in range(40)])
    figure = plot_neuron(atlas, FIRST)
    assert sum(bars(figure).x) == pytest.approx(1)
    shown = len(bars(figure).x)
    assert figure.layout.yaxis5.ticktext[-1] == f"{41 - shown} others"
    assert figure.layout.yaxis5.ticktext[0] == "class 0"


def test_crops_are_ranked_and_their_number_is_said():
    figure = plot_neuron(make_card(), FIRST)
    (crops,) = traces(figure, "crops")
    assert [text.split("<br>")[-1] for text in crops.hovertext] == [
        "beagle",
        "whippet",
        "tabby",
        "cab",
    ]
    assert crops.hovertext[1] == "rank 2, image 1<br>relative activation 0.750<br>whippet"
    assert "best 4 images (no more crops are kept)" in texts(figure)
    figure = plot_neuron(make_card(), FIRST, top=3)
    assert len(traces(figure, "crops")[0].x) == 3
    assert "best 3 images" in texts(figure)
    assert "best 4 images" in texts(plot_neuron(make_card(), FIRST, top=4))
    assert "best image" in texts(plot_neuron(make_card(), FIRST, top=1))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 100])
def test_crops_fill_their_panel_as_large_as_they_can(count):
    columns, side = grid(count, (400, 200))
    rows = -(-count // columns)
    assert columns * side <= 400 + 1e-9
    assert rows * side <= 200 + 1e-9
    larger = side * 1.0001
    assert int(400 // larger) * int(200 // larger) < count


def test_an_opponent_neuron_shows_both_ends_of_its_axis():
    atlas = make_card(columns={"balance": [0.51, np.nan, 0.9]})
    figure = plot_neuron(atlas, FIRST)
    assert "color selectivity \N{GREEK SMALL LETTER ALPHA} 0.80, hue 50° and 230°" in texts(figure)
    assert len(traces(figure, "hue")[0].marker.color) == 2


def test_the_opponent_space_of_the_atlas_gives_the_hue_its_color():
    other = replace(make_card(), manifest={"parameters": {"opponent": "orthonormal"}})
    colors = [traces(plot_neuron(a, FIRST), "hue")[0].marker.color for a in (make_card(), other)]
    assert colors[0] != colors[1]


def test_clouds_are_one_without_an_ontology_and_two_with_one():
    alone, both = plot_neuron(make_card(), FIRST), plot_neuron(make_card(), FIRST, ontology=GOLDEN)
    assert not traces(alone, "ontology")
    (ontology,) = traces(both, "ontology")
    assert "animal" in ontology.text
    assert "beagle" in traces(alone, "classes")[1].text
    assert len(both.layout.shapes) == len(alone.layout.shapes) + 1


def test_threshold_leaves_the_least_classes_out():
    figure = plot_neuron(make_card(), FIRST, threshold=0.7)
    assert list(bars(figure).x) == pytest.approx([0.4, 0.3])


@pytest.mark.parametrize("width", [400, 640, 1200])
def test_panels_lie_on_the_page_and_do_not_overlap(width):
    figure = plot_neuron(make_card(), FIRST, ontology=GOLDEN, width=width)
    boxes = []
    for axis in ["", *map(str, range(2, 8))]:
        x, y = figure.layout[f"xaxis{axis}"].domain, figure.layout[f"yaxis{axis}"].domain
        assert 0 <= x[0] < x[1] <= 1
        assert 0 <= y[0] < y[1] <= 1
        boxes.append((x, y))
    for number, (x, y) in enumerate(boxes):
        for u, v in boxes[:number]:
            assert x[1] <= u[0] or u[1] <= x[0] or y[1] <= v[0] or v[1] <= y[0]
    # The feature is square.
    x, y = boxes[1]
    page = figure.layout
    assert (x[1] - x[0]) * page.width == pytest.approx((y[1] - y[0]) * page.height, rel=0.01)


def test_themes_and_no_text_below_eleven_pixels():
    for theme, inks in THEMES.items():
        figure = plot_neuron(make_card(), FIRST, ontology=GOLDEN, theme=theme)
        assert figure.layout.template.layout.paper_bgcolor == inks.ground
    sizes = [note.font.size for note in figure.layout.annotations if note.font.size]
    sizes += [axis.tickfont.size for axis in figure.select_yaxes() if axis.tickfont.size]
    sizes += [size for trace in traces(figure, "ontology") for size in trace.textfont.size]
    assert min(sizes) >= 11


def test_a_dead_neuron_says_that_it_is():
    figure = plot_neuron(make_card(), DEAD, ontology=GOLDEN)
    said = texts(figure)
    assert "<b>b, unit 1</b>, dead" in said
    assert "color selectivity \N{GREEK SMALL LETTER ALPHA} not known" in said
    assert "class selectivity \N{GREEK SMALL LETTER GAMMA} not known" in said
    for note in ("no neuron feature", "no crops", "no response", "no labeled images"):
        assert f"<i>{note}</i>" in said
    assert not figure.layout.images
    assert len(bars(figure).x) == 0


def test_an_atlas_without_columns_features_or_crops_has_a_card():
    figure = plot_neuron(make_atlas(SETS), FIRST)
    assert "<i>no neuron feature</i>" in texts(figure)
    assert "<i>no crops</i>" in texts(figure)
    assert list(bars(figure).x) == pytest.approx([8 / 21, 6 / 21, 4 / 21, 3 / 21])
    # The only image of the neuron in layer a; its class selectivity is not defined.
    figure = plot_neuron(make_card(), ("a", 0))
    assert traces(figure, "activation")[0].mode == "markers"


def test_names_of_layers_and_classes_are_no_markup():
    atlas = make_card(names=["<i>a</i>", "b", "c", "d"])
    figure = plot_neuron(atlas, FIRST)
    assert figure.layout.yaxis5.ticktext[0] == "&lt;i&gt;a&lt;/i&gt;"
    assert traces(figure, "crops")[0].hovertext[0].endswith("&lt;i&gt;a&lt;/i&gt;")
    assert "<i>a" not in figure.to_json().replace("\\u003c", "<")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neuron": ("b", 9)}, "No unit 9 in layer 'b', which has 2 units"),
        ({"top": 0}, "top is 0; it accepts an integer from 1"),
        ({"theme": "sepia"}, "theme is 'sepia'; it accepts 'light', 'dark'"),
        ({"threshold": 0}, "threshold is 0"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plot_neuron(make_card(), **{"neuron": FIRST, **options})


def test_what_was_lent_is_not_changed():
    atlas = make_card()
    before = atlas.neurons.copy(), atlas.ranked.copy(), atlas.features["b"].copy()
    plot_neuron(atlas, FIRST, ontology=GOLDEN)
    pd.testing.assert_frame_equal(atlas.neurons, before[0])
    pd.testing.assert_frame_equal(atlas.ranked, before[1])
    np.testing.assert_array_equal(atlas.features["b"], before[2])
