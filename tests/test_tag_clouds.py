from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import ImageFont
from test_tags import GOLDEN, make_atlas

from nfviz.figures.cloud_layout import SMALLEST, cut, lay_out
from nfviz.figures.font import FONT_FOLDER
from nfviz.figures.style import LEAF_FRAME, ONTOLOGY_FRAME
from nfviz.figures.tag_clouds import plot_tag_clouds
from nfviz.ontology import Ontology
from nfviz.summaries.tags import summarize_tags

FIRST = ("b", 0)
DRAWN = ImageFont.truetype(str(FONT_FOLDER / "OpenSans-Regular.ttf"), 100)


def golden_atlas(**options):
    return make_atlas([[(0, 1.0), (1, 0.75), (2, 0.5), (3, 0.25)], []], **options)


def cloud(figure, kind):
    return next(trace for trace in figure.data if trace.name == kind)


def words(figure, kind):
    trace = cloud(figure, kind)
    return dict(zip(trace.text, trace.textfont.size or (), strict=True))


def notes(figure):
    return [note.text for note in figure.layout.annotations]


def ink(text, size, x, y):
    """Where plotly draws a text: its middle at x, its line a quarter of its size below y."""
    left, top, right, bottom = (edge * size / 100 for edge in DRAWN.getbbox(text, anchor="ls"))
    x, y = x - DRAWN.getlength(text) * size / 200, y + size / 4
    return x + left, y + top, x + right, y + bottom


def gap(a, b):
    return max(b[0] - a[2], a[0] - b[2], b[1] - a[3], a[1] - b[3])


@pytest.mark.parametrize("width", [400, 640])
def test_sizes_are_proportional_to_weights_and_nothing_overlaps(width):
    figure = plot_tag_clouds(golden_atlas(), FIRST, ontology=GOLDEN, width=width)
    table = summarize_tags(golden_atlas(), FIRST, GOLDEN)
    for kind, column, axis in (("classes", "share", ""), ("ontology", "weight", "2")):
        found = words(figure, kind)
        weights = table.set_index("name").loc[list(found), column]
        np.testing.assert_allclose(
            np.array(list(found.values())) / weights, found[weights.index[0]] / weights.iloc[0]
        )
        assert min(found.values()) >= SMALLEST
        assert weights.tolist() == sorted(table[column], reverse=True)[: len(weights)]
        trace = cloud(figure, kind)
        boxes = [
            ink(*word)
            for word in zip(trace.text, trace.textfont.size, trace.x, trace.y, strict=True)
        ]
        assert min(gap(a, b) for a, b in combinations(boxes, 2)) > 1
        x, y = figure.layout[f"xaxis{axis}"].range, figure.layout[f"yaxis{axis}"].range
        assert min(box[0] for box in boxes) > 3
        assert min(box[1] for box in boxes) > 3
        assert max(box[2] for box in boxes) < x[1] - 3
        assert max(box[3] for box in boxes) < y[0] - 3
        # The axes count pixels of the page.
        domain = figure.layout[f"xaxis{axis}"].domain
        assert (domain[1] - domain[0]) * width == pytest.approx(x[1] - x[0])


def test_each_cloud_has_its_frame_and_its_weights_under_the_pointer():
    figure = plot_tag_clouds(golden_atlas(), FIRST, ontology=GOLDEN)
    frames = [(shape.xref, shape.line.color) for shape in figure.layout.shapes]
    assert frames == [("x", LEAF_FRAME), ("x2", ONTOLOGY_FRAME)]
    assert "beagle" in words(figure, "classes")
    assert "animal" not in words(figure, "classes")
    assert "animal" in words(figure, "ontology")
    assert "entity" not in words(figure, "ontology")
    assert cloud(figure, "classes").hovertext[0] == "<b>beagle</b><br>40.0% of the activation"
    assert cloud(figure, "ontology").hovertext[0] == "<b>animal</b><br>90.0% of the activation"


def test_the_same_cloud_at_every_call():
    calls = [plot_tag_clouds(golden_atlas(), FIRST, ontology=GOLDEN) for _ in range(2)]
    assert calls[0].to_json() == calls[1].to_json()


def test_words_that_are_not_shown_are_counted():
    names = [f"class {i}" for i in range(40)]
    atlas = make_atlas([[(i, 1.0 - i / 400) for i in range(40)]], names=names)
    for limit, rest in (
        (30, "and 10 smaller ones"),
        (39, "and 1 smaller one"),
        (3, "and 37 smaller ones"),
    ):
        figure = plot_tag_clouds(atlas, FIRST, words=limit, width=500)
        assert list(words(figure, "classes")) == names[:limit]
        assert rest in notes(figure)
    # Beagle is a hundred times larger than tabby could be read.
    atlas = make_atlas([[(0, 1.0), *[(0, 0.99)] * 99, (2, 1.0)]])
    figure = plot_tag_clouds(atlas, FIRST)
    assert list(words(figure, "classes")) == ["beagle"]
    assert "and 1 smaller one" in notes(figure)


def test_options_change_the_figure():
    atlas = golden_atlas()
    default = plot_tag_clouds(atlas, FIRST, ontology=GOLDEN)
    least = plot_tag_clouds(atlas, FIRST, ontology=GOLDEN, threshold=0.4)
    assert list(words(least, "classes")) == ["beagle"]
    dark = plot_tag_clouds(atlas, FIRST, ontology=GOLDEN, theme="dark")
    inks = [figure.layout.template.layout.font.color for figure in (default, dark)]
    assert inks[0] != inks[1]
    wide = plot_tag_clouds(atlas, FIRST, ontology=GOLDEN, width=1200)
    assert (wide.layout.width, wide.layout.height) > (default.layout.width, default.layout.height)
    assert max(words(wide, "classes").values()) > max(words(default, "classes").values())
    meta = default.layout.meta["nfviz"]
    assert meta["function"] == "plot_tag_clouds"
    assert meta["parameters"] == {
        "neuron": ["b", 0], "ontology": repr(GOLDEN), "threshold": 1.0, "words": 30,
        "theme": "light", "width": 640,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neuron": ("z", 0)}, "No layer 'z' in this atlas. It has 'b', 'a'"),
        ({"theme": "sepia"}, "theme is 'sepia'; it accepts 'light', 'dark'"),
        ({"words": 0}, "words is 0; it accepts an integer from 1"),
        ({"threshold": 2}, "threshold is 2"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plot_tag_clouds(golden_atlas(), **{"neuron": FIRST, **options})


def test_without_an_ontology_the_green_frame_says_so():
    figure = plot_tag_clouds(golden_atlas(), FIRST)
    assert "<i>no ontology is given</i>" in notes(figure)
    assert list(words(figure, "classes")) == ["beagle", "whippet", "tabby", "cab"]
    assert not words(figure, "ontology")


def test_a_dead_neuron_has_frames_and_a_note():
    figure = plot_tag_clouds(golden_atlas(), ("b", 1), ontology=GOLDEN)
    assert notes(figure).count("<i>no labeled images</i>") == 2
    assert not words(figure, "classes")
    assert len(figure.layout.shapes) == 2


def test_names_are_no_markup_and_may_be_odd():
    names = ["<b>x</b>", "", "two\nlines", "n" * 300]
    figure = plot_tag_clouds(golden_atlas(names=names), FIRST)
    trace = cloud(figure, "classes")
    assert trace.text[:3] == ("&lt;b&gt;x&lt;/b&gt;", "1", "two lines")
    assert "<b>&lt;b&gt;x&lt;/b&gt;</b>" in trace.hovertext[0]
    figure = plot_tag_clouds(golden_atlas(names=names[::-1]), FIRST)
    assert "n…n" in cloud(figure, "classes").text[0]


def test_three_thousand_classes():
    names = [f"class {i}" for i in range(3000)]
    atlas = make_atlas([[(i, 1.0) for i in range(0, 3000, 10)]], names=names)
    kinds = Ontology.from_mapping({name: [f"kind {i % 7}", "all"] for i, name in enumerate(names)})
    figure = plot_tag_clouds(atlas, FIRST, ontology=kinds)
    assert len(words(figure, "classes")) == 30
    assert "all" not in words(figure, "ontology")
    assert set(words(figure, "ontology")) >= {f"kind {i}" for i in range(7)}


def test_a_layout_has_every_word_once_in_order_and_within_the_panel():
    texts = [*(f"word{i}" for i in range(12)), "wörd", "Ωmega", "漢字", "word0"]
    placed = lay_out(texts, np.linspace(1, 0.5, len(texts)), (420, 160))
    assert [word.number for word in placed] == list(range(len(texts)))
    assert [word.text for word in placed] == texts
    for word in placed:
        assert 0 < word.left < word.right < 420
        assert 0 < word.top < word.baseline <= word.bottom < 160
    boxes = [(word.left, word.top, word.right, word.bottom) for word in placed]
    assert min(gap(a, b) for a, b in combinations(boxes, 2)) >= 2
    wide = boxes[texts.index("漢字")]
    assert wide[2] - wide[0] > 1.7 * placed[texts.index("漢字")].size


def test_words_are_measured_at_least_as_wide_as_they_are_drawn():
    names = sorted(set(Ontology.imagenet().names.values()))
    for name in names[::7]:
        (word,) = lay_out([name], [1.0], (600, 200))
        left, _, right, _ = DRAWN.getbbox(name, anchor="ls")
        assert (right - left) * word.size / 100 <= word.right - word.left


def test_a_cloud_stands_in_the_middle_of_its_panel():
    for texts in (["golf ball"], ["blue square", "blue disk"], list("abcdefghijklm")):
        placed = lay_out(texts, np.linspace(1, 0.6, len(texts)), (420, 160))
        assert min(w.left for w in placed) + max(w.right for w in placed) == pytest.approx(420)
        assert min(w.top for w in placed) + max(w.bottom for w in placed) == pytest.approx(160)


def test_the_ontology_of_the_atlas_is_the_default():
    atlas = replace(golden_atlas(), ontology=GOLDEN)
    given = plot_tag_clouds(golden_atlas(), FIRST, ontology=GOLDEN)
    assert words(plot_tag_clouds(atlas, FIRST), "ontology") == words(given, "ontology")


def test_where_words_have_no_room_the_first_ones_stay():
    texts = [f"a long name of a class {i}" for i in range(30)]
    placed = lay_out(texts, [1.0] * 30, (200, 60))
    assert 1 <= len(placed) < 30
    assert [word.number for word in placed] == sorted(word.number for word in placed)
    assert {word.size for word in placed} == {SMALLEST}
    assert lay_out([], [], (200, 60)) == []


def test_a_text_is_cut_to_a_width():
    assert cut("a  b\n c", 500) == "a b c"
    assert cut("mmmmmmmmmm", 60) == "mmm…m"
    assert cut("class number 2999", 80).startswith("class")
    assert cut("class number 2999", 80).endswith("999")
    assert 1 < len(cut("mmmmmmmmmm", 60)) < len(cut("iiiiiiiiiiiiiiiiiiii", 60))
    assert len(cut("mmmmmmmmmm", 60, 30)) < len(cut("mmmmmmmmmm", 60))
