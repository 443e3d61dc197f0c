"""What all figures have in common: names shown as they are, options refused or made plain."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from picture_atlas import make_atlas

import nfviz
from nfviz.figures.markup import markup
from nfviz.figures.style import NARROWEST, WIDEST

NEURON = ("conv1", 0)
ATLAS = make_atlas(own_layer=np.linspace(0, 1, 15))
DRAWN = {
    "plot_activation_curves": (),
    "plot_gallery": (),
    "plot_hue_wheel": (),
    "plot_joint": (),
    "plot_neuron": (NEURON,),
    "plot_own_response": (),
    "plot_selectivity": ("color_selectivity",),
    "plot_tag_clouds": (NEURON,),
}
COUNTS = [
    ("plot_activation_curves", "ranks"),
    ("plot_gallery", "columns"),
    ("plot_hue_wheel", "rings"),
    ("plot_hue_wheel", "top"),
    ("plot_joint", "top"),
    ("plot_neuron", "top"),
    ("plot_selectivity", "bins"),
    ("plot_tag_clouds", "words"),
]
SHARES = [
    ("plot_hue_wheel", "threshold"),
    ("plot_neuron", "threshold"),
    ("plot_tag_clouds", "threshold"),
]


def draw(name, atlas=ATLAS, **options):
    return getattr(nfviz, name)(atlas, *DRAWN[name], **options)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("width", [None, np.nan, True, NARROWEST - 1, WIDEST + 1, 300.5])
def test_widths_are_refused(name, width):
    with pytest.raises(ValueError, match=r"width is .*; it accepts an integer from 200 pixels to"):
        draw(name, width=width)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("width", ["a", "5mm"])
def test_widths_of_pages_are_refused(name, width):
    with pytest.raises(ValueError, match=r"width is .*; it accepts pixels, or the width of a page"):
        draw(name, width=width)


@pytest.mark.parametrize("name", DRAWN)
def test_the_narrowest_is_drawn(name):
    assert draw(name, width=NARROWEST).layout.width == NARROWEST


@pytest.mark.parametrize(("name", "option"), COUNTS)
@pytest.mark.parametrize("value", [1.5, True, "a", np.nan, -1])
def test_counts_are_refused(name, option, value):
    with pytest.raises(ValueError, match=f"{option} is .*; it accepts an integer from"):
        draw(name, **{option: value})


@pytest.mark.parametrize(("name", "option"), SHARES)
@pytest.mark.parametrize("value", [1.1, True, "a", np.nan, -0.1])
def test_shares_are_refused(name, option, value):
    with pytest.raises(ValueError, match=f"{option} is .*; it accepts a number from 0 to 1"):
        draw(name, **{option: value})


@pytest.mark.parametrize(
    ("name", "options"),
    [(name, {option: np.int64(2)}) for name, option in COUNTS]
    + [(name, {option: np.float32(0.5)}) for name, option in SHARES]
    + [(name, {"width": np.int64(400)}) for name in DRAWN]
    + [("plot_gallery", {"ascending": np.bool_(True)})]
    + [("plot_selectivity", {"threshold": np.float32(0.5)})]
    + [("plot_joint", {"x_threshold": np.float32(0.5)})],
)
def test_numbers_of_numpy_are_as_good_as_those_of_python(name, options):
    figure = draw(name, **options)
    origin = figure.layout.meta["nfviz"]
    assert json.loads(json.dumps(origin)) == origin
    ((option, value),) = options.items()
    assert origin["parameters"][option] == value


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("plot_activation_curves", {"layers": 5}, "layers is 5; it accepts the name of a layer"),
        ("plot_gallery", {"theme": ["light"]}, r"theme is \['light'\]; it accepts 'light', 'dark'"),
        ("plot_gallery", {"neurons": 5}, "neurons is 5"),
        (
            "plot_gallery",
            {"neurons": ATLAS.neurons.loc["conv1"]},
            r"neurons.loc\[\[layer\]\]",
        ),
        ("plot_joint", {"x": "when"}, "x is 'when'; it accepts a column of numbers"),
        ("plot_selectivity", {"bins": 101}, "bins is 101; it accepts an integer from 2 to 100"),
    ],
)
def test_what_is_no_choice_is_refused(name, options, message):
    atlas = replace(ATLAS, neurons=ATLAS.neurons.assign(when=pd.Timedelta("1s")))
    with pytest.raises(ValueError, match=message):
        draw(name, atlas, **options)


def test_labels_may_be_a_part_of_the_columns():
    labels = ATLAS.neurons.columns[:2]
    assert draw("plot_gallery", labels=labels).layout.meta["nfviz"]["parameters"]["labels"] == list(
        labels
    )


def test_names_are_shown_as_they_are():
    assert markup('12" <b> & $x$ %{x}') == '12" &lt;b&gt; &amp; &#36;x&#36; %&#123;x}'
    assert markup("a\x00b\x1f\ud800") == "a\ufffdb\ufffd\ufffd"
    assert markup("色 \U0001f600") == "色 \U0001f600"


HOSTILE = 'a["b"] %{x} $c$ <i>\x01'


@pytest.mark.parametrize("name", DRAWN)
def test_hostile_names_reach_no_text_as_markup(name):
    """Plotly takes `%{`, `$` and tags for its own wherever a text is shown."""
    classes = pd.DataFrame({"name": [HOSTILE]}, index=pd.Index([0], name="label"))
    atlas = make_atlas({HOSTILE: (4, 3)}, own_layer=np.linspace(0, 1, 4))
    atlas = replace(atlas, classes=classes)
    arguments = [(HOSTILE, 0)] if DRAWN[name] == (NEURON,) else DRAWN[name]
    figure = getattr(nfviz, name)(atlas, *arguments)
    figure.update_layout(meta=None)
    text = figure.to_json().encode().decode("unicode_escape", errors="ignore")
    for piece in ("<i>\x01", "%{x} $c$", "$c$"):
        assert piece not in text


def test_a_figure_is_asked_for():
    with pytest.raises(TypeError, match="figure is None; it accepts a plotly Figure"):
        nfviz.save_figure(None, "f.pdf")


def test_a_picture_that_is_none_is_told(tmp_path):
    pytest.importorskip("kaleido")
    from nfviz.figures.enlarge import enlarge_uri

    with pytest.raises(ValueError, match="no PNG: data:image/png;base64,AAAA"):
        enlarge_uri("data:image/png;base64,AAAA", (10, 10), fills=True)


def test_many_points_are_drawn_by_the_graphics_card_and_printed_as_shapes(monkeypatch):
    from nfviz.figures import joint
    from nfviz.figures.save import _as_vectors

    monkeypatch.setattr(joint, "_MANY", 3)
    figure = draw("plot_joint")
    assert any(isinstance(trace, go.Scattergl) for trace in figure.data)
    assert {trace["type"] for trace in _as_vectors(figure)["data"]} == {"scatter"}


def test_what_is_no_result_is_refused_by_name():
    with pytest.raises(TypeError, match=r"result is Atlas; it accepts what nfviz\.gray_test"):
        nfviz.plot_gray_test(ATLAS)
    with pytest.raises(TypeError, match=r"table is Atlas; it accepts .*nfviz\.table_of_layers"):
        nfviz.layers_to_latex(ATLAS)
