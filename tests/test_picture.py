import io
import json
import re
from dataclasses import replace
from pathlib import Path

import bar_atlas
import numpy as np
import pandas as pd
import pytest
from odd_atlases import ODD, rename
from picture_atlas import make_atlas
from PIL import Image, ImageColor
from rules_fixture import make_record

from nfviz.figures.style import DEPTHS, steps
from nfviz.page import file_page
from nfviz.summaries.selectivity import summarize_selectivity
from nfviz.summaries.tags import summarize_tags
from nfviz.widgets import picture
from nfviz.widgets.explorer import VIEWS
from nfviz.widgets.picture import draw_picture, paint
from nfviz.widgets.pictures.bars import count_degrees
from nfviz.widgets.pictures.canvas import INK
from nfviz.widgets.pictures.clouds import tags_of
from nfviz.widgets.pictures.curves import LINES
from nfviz.widgets.pictures.lettering import ABSENT, width_of
from nfviz.widgets.pictures.png import MOST_BYTES, encode
from nfviz.widgets.pictures.seen import Seen
from nfviz.widgets.selection import Selection

KINDS = (
    "ActivationCurves", "Explorer", "Gallery", "HueWheel", "JointScatter", "NeuronCard",
    "SelectivityHistogram", "TagClouds", "Thresholds",
)  # fmt: skip
INKS = [(200, 30, 40), (10, 220, 30), (20, 60, 230), (250, 200, 0), (120, 0, 140)]
FOCUS = (0x15, 0x65, 0xC0)


def pixels(data):
    assert len(data) <= MOST_BYTES
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    assert image.width == 640
    return np.asarray(image.convert("RGB"))


def texts(view, selection, **options):
    return paint(view, selection, options).texts


def places(image, ink):
    """Return rows and columns of the pixels of a color."""
    return np.nonzero((image == ink).all(axis=-1))


def plain_atlas(inks):
    """Return an atlas of neurons of one color each, with a column that grows with the unit."""
    count = len(inks)
    atlas = make_atlas({"a": (count, 4)}, own=np.arange(count) / count)
    feature = np.array(inks, dtype=np.float32)[:, np.newaxis, np.newaxis]
    return replace(atlas, features={"a": feature.repeat(4, 1).repeat(4, 2)})


def states(atlas):
    first, last = (atlas.neurons.index[place] for place in (0, -1))
    on = [atlas.layers.index[-1]]
    yield Selection(atlas)
    yield Selection(atlas, focus=first, pinned=[last, first], threshold=0.5, n_max=1, layers=on)
    yield Selection(atlas, layers=[], sort_by="layer", focus=last, min_activation=1.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ODD)
def test_every_view_of_every_atlas_has_a_picture(name, kind):
    for selection in states(ODD[name]):
        canvas = paint(kind, selection, {})
        assert any(text.strip() for text in canvas.texts)
        assert pixels(encode(canvas)).shape[0] == canvas.image.height <= 800


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_says_how_many_neurons_are_in_view_and_why(kind):
    selection = Selection(make_atlas(), color_selectivity=(0.4, 1), layers=["conv1", "conv3"])
    title, *lines = texts(kind, selection)
    assert title == ("Explorer" if kind == "Explorer" else picture.KINDS[kind].title)
    assert lines[0] == selection.summary
    assert selection.summary.startswith(f"{len(selection.selected)} of 15 neurons: ")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_state_gives_the_same_bytes_and_another_state_others(kind):
    atlas = make_atlas()
    one, same, other = (
        draw_picture(kind, Selection(atlas, sharpness=(low, 1), focus=("conv2", unit)), {})
        for low, unit in ((0.2, 1), (0.2, 1), (0.5, 2))
    )
    assert one == same
    assert one != other


def test_long_summaries_are_broken_and_cut():
    selection = Selection(make_atlas(), search="word " * 200)
    _, *lines = texts("Gallery", selection)
    assert lines[0].startswith("0 of 15 neurons: search 'word")
    assert [line.endswith("…") for line in lines[:3]] == [False, False, True]
    assert all(width_of(line, 12) <= 624 for line in lines[:3])


@pytest.mark.parametrize("ascending", [True, False])
def test_the_gallery_shows_the_features_in_view_in_their_order(ascending):
    atlas = plain_atlas(INKS)
    selection = Selection(atlas, sort_by="own", own=(0.1, 1), ascending=ascending)
    image = pixels(draw_picture("Gallery", selection, {}))
    assert not len(places(image, INKS[0])[0])
    order = [1, 2, 3, 4] if ascending else [4, 3, 2, 1]
    found = [places(image, INKS[unit]) for unit in order]
    columns = [columns.min() for _, columns in found]
    assert columns == sorted(columns)
    side = np.ptp(found[0][0]) + 1
    assert side >= 90
    for rows, columns in found:
        assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == side
        assert len(rows) == side**2


def test_the_gallery_is_read_like_a_text():
    inks = [(20 * unit, 255 - 20 * unit, 77) for unit in range(13)]
    selection = Selection(plain_atlas(inks), sort_by="own", ascending=True)
    image = pixels(draw_picture("Gallery", selection, {}))
    corners = [tuple(int(at.min()) for at in places(image, ink)) for ink in inks]
    assert corners == sorted(corners)
    assert len({row for row, _ in corners}) > 1 < len({column for _, column in corners})


def test_the_gallery_says_which_neurons_it_shows():
    atlas = make_atlas({"a": (300, 4)}, own=np.arange(300) / 300)
    written = texts("Gallery", Selection(atlas, sort_by="own"))
    assert written[2] == "the first 72 of 300, from the highest own"
    assert written[3:] == [f"{value:.2f}" for value in np.arange(299, 227, -1) / 300]
    few = texts("Gallery", Selection(atlas, sort_by="unit", own=(0, 0.02), ascending=True))
    assert few[2] == "all 7, from the lowest unit number"
    assert few[3:] == [f"a/{unit}" for unit in range(7)]


def test_the_gallery_draws_fields_in_proportion_if_asked_to():
    both = make_atlas({"a": (2, 4), "b": (2, 2)})
    small = plain_atlas(INKS[2:4]).features["a"][:, :2, :2]
    both = replace(both, features={"a": plain_atlas(INKS[:2]).features["a"], "b": small})
    image = pixels(draw_picture("Gallery", Selection(both), {"scale": "true"}))
    sides = [np.ptp(places(image, ink)[0]) + 1 for ink in INKS[:4]]
    assert sides[0] == sides[1] == 2 * sides[2] == 2 * sides[3]


@pytest.mark.parametrize("kind", ["Gallery", "HueWheel"])
def test_the_focused_neuron_is_framed(kind):
    atlas = plain_atlas(INKS)
    atlas = replace(atlas, neurons=atlas.neurons.assign(color_selectivity=0.9, balance=0.0))
    bare = pixels(draw_picture(kind, Selection(atlas), {}))
    image = pixels(draw_picture(kind, Selection(atlas, focus=("a", 2)), {}))
    frame, (rows, columns) = places(image, FOCUS), places(image, INKS[2])
    assert not len(places(bare, FOCUS)[0])
    assert (frame[0].min(), frame[0].max()) == (rows.min() - 2, rows.max() + 2)
    assert (frame[1].min(), frame[1].max()) == (columns.min() - 2, columns.max() + 2)


def test_the_wheel_has_features_at_their_hue():
    atlas = plain_atlas(INKS[:4])
    columns = {"hue": [0.0, 90, 180, 270], "color_selectivity": [0.9, 0.5, 0.4, 0.39]}
    atlas = replace(atlas, neurons=atlas.neurons.assign(balance=0.0, **columns))
    canvas = paint("HueWheel", Selection(atlas), {})
    image = np.asarray(canvas.image)
    assert not len(places(image, INKS[3])[0]), "it is not color-selective"
    middles = np.array([[at.mean() for at in places(image, ink)] for ink in INKS[:3]])
    east, north, west = middles - (middles[0] + middles[2]) / 2
    assert east[1] > 30
    assert north[0] < -30
    assert west[1] < -30
    assert np.abs([east[0], north[1], west[0]]).max() <= 1
    assert "3 in view with a color selectivity of 0.4 or more" in canvas.texts
    all_of_them = Selection(atlas, color_selectivity=(0.1, 1))
    assert "4 in view with a color selectivity of 0.1 or more" in texts("HueWheel", all_of_them)


def test_a_crowded_wheel_draws_the_most_selective_and_says_so():
    selection = Selection(ODD["many neurons"], color_selectivity=(0.1, 1))
    canvas = paint("HueWheel", selection, {})
    (text,) = [text for text in canvas.texts if "of them are drawn" in text]
    total, drawn = (int(part.split()[0].replace(",", "")) for part in text.split("; "))
    assert total == len(selection.selected)
    assert 150 < drawn == canvas.tiles < 240


def test_the_wheel_lists_its_rings():
    atlas = ODD["many layers"]
    written = texts("HueWheel", Selection(atlas))
    place = written.index("block.0.conv")
    assert written[place - 1 : place + 2] == ["1", "block.0.conv", "to block.19.conv"]
    few = texts("HueWheel", Selection(atlas, layers=["block.7.conv", "block.9.conv"]), rings=6)
    assert [text for text in few if "block" in text][-2:] == ["block.7.conv", "block.9.conv"]
    one = texts("HueWheel", Selection(atlas), rings=1)
    assert one[one.index("block.0.conv") + 1] == "to block.119.conv"


@pytest.mark.parametrize("column", ["color_selectivity", "class_selectivity"])
def test_bars_count_as_the_summary_does(column):
    atlas = make_atlas({"a": (40, 3), "b": (30, 3)}, seed=4)
    atlas = replace(atlas, neurons=atlas.neurons.assign(dead=np.arange(70) % 7 == 0))
    seen = Seen(Selection(atlas))
    degrees = count_degrees(seen, seen.columns[column], 40)
    assert degrees.live.tolist() == [34, 26]
    assert degrees.without == 10
    measured = replace(atlas, neurons=seen.table.reindex(atlas.neurons.index))
    expected = summarize_selectivity(measured, column)["count"]
    assert degrees.counts.ravel().tolist() == expected.tolist()
    narrowed = Seen(Selection(atlas, sharpness=(0.5, 1), layers=["b"]))
    counts = count_degrees(narrowed, seen.columns[column], 40).counts
    assert counts.shape[0] == 1
    assert 0 < counts.sum() == (~narrowed.table["dead"]).sum() < 26


def test_bars_are_as_long_as_the_neurons_in_view_are_many():
    values = np.tile([0.05, 0.05, 0.05, 0.95], 2)
    atlas = make_atlas({"a": (4, 3), "b": (4, 3)}, color_selectivity=values)
    image = np.asarray(paint("SelectivityHistogram", Selection(atlas), {}).image)
    inks = steps("color_selectivity", 10)
    low, high = (ImageColor.getrgb(inks[place]) for place in (0, 9))
    lengths = []
    for ink in (low, high):
        rows, _ = places(image, ink)
        lengths.append(int((rows == rows.min()).sum()))
    assert lengths[0] == pytest.approx(3 * lengths[1], abs=2)
    narrowed = Selection(atlas, color_selectivity=(0.5, 1))
    image = np.asarray(paint("SelectivityHistogram", narrowed, {}).image)
    rows, _ = places(image, high)
    assert (rows == rows.min()).sum() == lengths[1]
    assert places(image, low)[0].min() > rows.min() + 30, "only the scale has that ink"
    assert texts("SelectivityHistogram", narrowed).count("1 / 4") == 2
    other = texts("SelectivityHistogram", narrowed, column="class_selectivity")
    assert "class selectivity of neurons in view" in other


def test_bars_of_many_layers_are_of_neighbors():
    seen = Seen(Selection(ODD["many layers"]))
    degrees = count_degrees(seen, seen.columns["color_selectivity"], 30)
    assert [name for group in degrees.groups for name in group] == seen.layers
    assert len(degrees.groups) == 30
    assert degrees.counts.sum(axis=1).tolist() == degrees.live.tolist() == [4] * 30


def test_clouds_are_those_of_the_focused_neuron_or_the_mean_of_those_in_view():
    atlas = make_atlas()
    focus = Selection(atlas, focus=("conv2", 1))
    table, reason = tags_of(Seen(focus), np.array([7]))
    assert reason == "no ontology is given"
    pd.testing.assert_frame_equal(table, summarize_tags(atlas, ("conv2", 1)))
    written = texts("TagClouds", focus)
    assert "neuron conv2/1" in written
    assert "<b>dog</b>" in written
    assert "cat" not in written
    layer = Selection(atlas, layers=["conv2"], focus=("conv1", 0))
    table, _ = tags_of(Seen(layer), Seen(layer).rows)
    assert table["share"].to_dict() == pytest.approx({"0": 0.4, "1": 0.4, "2": 0.2})
    of_all = texts("TagClouds", layer, kind="selection")
    assert {"mean of the neurons in view", "cat", "<b>dog</b>", "car & van"} <= set(of_all)
    assert "no neuron is focused" in texts("TagClouds", Selection(atlas), kind="neuron")


@pytest.mark.parametrize("threshold", [0.9, 0.7, 0.5, 0.01])
@pytest.mark.parametrize("ontology", [False, True])
def test_clouds_are_of_the_classes_that_reach_the_threshold(threshold, ontology):
    atlas = make_record(1, ontology=ontology)
    seen = Seen(Selection(atlas, threshold=threshold))
    means = pd.Series(dtype=float)
    known = 0
    for row, neuron in enumerate(atlas.neurons.index):
        table, _ = tags_of(seen, np.array([row]))
        wanted = summarize_tags(atlas, neuron, threshold=threshold)
        pd.testing.assert_frame_equal(table, wanted)
        means = means.add(wanted["weight"], fill_value=0)
        known += len(wanted) > 0
    table, _ = tags_of(seen, np.arange(len(atlas.neurons)))
    assert table["weight"].to_dict() == pytest.approx((means / known).to_dict())


def test_clouds_follow_the_size_of_the_image_sets():
    atlas = bar_atlas.make_atlas({"a": 1}, weights=[[1.0, 0.5]])
    atlas = replace(
        atlas,
        images=pd.DataFrame({"label": [0, 1]}, index=atlas.images.index),
        classes=pd.DataFrame({"name": ["a", "b"]}, index=pd.RangeIndex(2, name="label")),
    )
    states = ({"min_activation": 0.5}, {"min_activation": 0.5, "n_max": 1}, {})
    tables = [tags_of(Seen(Selection(atlas, **state)), np.array([0]))[0] for state in states]
    assert tables[0]["share"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert [table["share"].tolist() for table in tables[1:]] == [[1.0], [1.0]]


def test_what_is_known_of_an_ontology_is_told():
    assert {"no ontology is given"} <= set(texts("TagClouds", Selection(make_atlas())))
    tree = texts("TagClouds", Selection(ODD["a tree"]))
    assert {"animal", "cat"} <= set(tree)
    assert "no ontology is given" not in tree


def test_points_of_the_joint_scatter_stay_where_they_are_when_they_leave_the_view():
    values = {"color_selectivity": [0.0, 1.0, 0.5], "sharpness": [0.0, 1.0, 0.25]}
    atlas = make_atlas({"a": (1, 2), "b": (2, 2)}, **values)
    deep, gray = ImageColor.getrgb(DEPTHS["light"][-1]), (0xE3, 0xE3, 0xE3)

    def extent(selection, ink):
        canvas = paint("JointScatter", selection, {"y": "sharpness"})
        # Without the texts, of which the edges are gray.
        rows, columns = places(np.asarray(canvas.image)[85:430, 60:480], ink)
        return [int(end) for at in (rows, columns) for end in (at.min(), at.max())]

    whole = extent(Selection(atlas), deep)
    assert extent(Selection(atlas, layers=["a"]), gray) == whole
    assert whole[0] < whole[1] - 150
    assert whole[2] < whole[3] - 150
    narrowed = texts("JointScatter", Selection(atlas, layers=["a"]), y="sharpness")
    assert "1 in view have both" in narrowed


def test_curves_begin_at_one_and_fall_as_recorded():
    weights = [[1.0, 0.8, 0.6, 0.4, 0.2], [1.0] * 5]
    atlas = bar_atlas.make_atlas({"a": 2}, weights=weights)
    selection = Selection(atlas, pinned=[("a", 0), ("a", 1)])
    canvas = paint("ActivationCurves", selection, {})
    image = np.asarray(canvas.image)[:, :465]
    blue, red = (places(image, ImageColor.getrgb(ink)) for ink in ("#0072b2", "#d55e00"))
    assert np.ptp(red[0]) <= 2
    top, fall = red[0].min(), np.ptp(blue[0])
    middle = np.abs(blue[1] - (blue[1].min() + blue[1].max()) / 2) < 2
    assert blue[0].min() == pytest.approx(top, abs=4)
    assert blue[0][middle].mean() == pytest.approx(top + fall / 2, abs=4)
    assert {"a/0", "a/1"} <= set(canvas.texts)
    assert "no neuron is focused" in texts("ActivationCurves", Selection(atlas))


def test_a_neuron_has_the_ink_of_its_pin_as_in_the_page():
    atlas = bar_atlas.make_atlas({"a": 9}, weights=[[1.0, 0.5, 0.2]] * 9)

    def inks(focus, *pinned):
        selection = Selection(atlas, focus=focus, pinned=[("a", unit) for unit in pinned])
        canvas = paint("ActivationCurves", selection, {})
        legend = np.asarray(canvas.image)[:, 480:496].reshape(-1, 3)
        found = {
            ink for ink in (*LINES, INK) if (legend == ImageColor.getrgb(ink)).all(1).sum() > 30
        }
        return found, [text for text in canvas.texts if text.endswith("not drawn")]

    assert inks(("a", 0), 1, 2) == ({INK, *LINES[:2]}, [])
    assert inks(("a", 2), 1, 2) == (set(LINES[:2]), [])
    assert inks(("a", 8), *range(7)) == ({INK, *LINES}, ["and 1 not drawn"])
    assert inks(("a", 7), *range(8)) == ({INK, *LINES}, ["and 1 not drawn"])
    theme = (Path(picture.__file__).parent / "static" / "shared" / "theme.js").read_text()
    assert f"LINES = {json.dumps(LINES)}" in theme


def test_the_card_has_the_numbers_of_the_thresholds():
    atlas = make_atlas()
    selection = Selection(atlas, focus=("conv3", 2), n_max=1, sharpness=(0.99, 1))
    written = texts("NeuronCard", selection)
    assert written[2:4] == ["conv3/2", ", not in view"]
    value = atlas.neurons.loc[("conv3", 2), "color_selectivity"]
    assert written[written.index("color selectivity") + 1] == f"{value:.2f}"
    assert written[written.index("n images") + 1] == "1"
    assert written[-2:] == ["car & van", "100%"]


def test_the_card_says_what_is_missing():
    assert "no neuron is focused" in texts("NeuronCard", Selection(make_atlas()))
    bare = texts("NeuronCard", Selection(ODD["no pictures"], focus=("conv1", 0)))
    assert {"no neuron feature", "this atlas keeps no crops of it"} <= set(bare)
    dead = texts("NeuronCard", Selection(ODD["dead"], focus=("conv1", 0)))
    assert {", dead", "no response", "no labeled images"} <= set(dead)


def test_thresholds_tell_the_whole_state():
    atlas = make_atlas()
    state = {"color_selectivity": (0.25, 0.75), "layers": ["conv2"], "threshold": 0.9}
    state |= {"n_max": 7, "min_activation": 0.5, "search": "dog", "sort_by": "hue"}
    written = texts("Thresholds", Selection(atlas, **state))
    assert {"0.25 to 0.75", "search: dog", "sorted by hue, descending"} <= set(written)
    assert "image sets: at most 7 images, with relative activations of 0.5 or more" in written
    assert "class selectivity: of classes that cover 90% of the activation" in written
    asked = texts("Thresholds", Selection(atlas, **state), columns=["balance"])
    assert "balance" in asked
    assert "color selectivity" in asked, "what is narrowed is shown"
    assert "sharpness" not in asked


def test_an_explorer_shows_some_of_its_views():
    selection = Selection(make_atlas(), focus=("conv1", 1))
    whole = texts("Explorer", selection)
    assert {"Neuron features", "Hue wheel", "Degrees by layer"} <= set(whole)
    some = texts("Explorer", selection, views=["Thresholds", "HueWheel"])
    assert "Degrees by layer" not in some
    assert any("in view with a color selectivity of 0.4 or more" in text for text in some)
    assert "conv1/1" in texts("Explorer", selection, views=["NeuronCard", "TagClouds"])
    assert texts("Explorer", selection, views=[])[1] == selection.summary


def test_what_cannot_be_drawn_leaves_a_word_instead_of_an_error(monkeypatch):
    def fail(*_):
        raise RuntimeError("out of ink")

    monkeypatch.setitem(picture.KINDS, "Gallery", picture.KINDS["Gallery"]._replace(draw=fail))
    selection = Selection(make_atlas())
    with pytest.raises(RuntimeError, match="out of ink"):
        paint("Gallery", selection, {})
    image = pixels(draw_picture("Gallery", selection, {}))
    assert image.shape[0] == 60
    assert (image != 255).any()


def test_the_lists_of_views_agree():
    text = (Path(picture.__file__).parent / "static" / "view_list.js").read_text()
    listed = dict(re.findall(r'kind: "(\w+)", title: "([^"]+)"', text))
    assert {kind: each.title for kind, each in picture.KINDS.items()} == listed
    assert list(listed) == list(file_page._PANELS), "in reading order"
    assert sorted(listed) == sorted(VIEWS)
    assert sorted(["Explorer", *listed]) == sorted(KINDS)


def test_names_without_a_letter_of_ours_are_said_by_their_number():
    atlas = rename(make_atlas(), ["卷积", "", "\u3000"])
    names = [Seen(Selection(atlas)).layer_name(name) for name in atlas.layers.index]
    assert names == ["layer 1", "layer 2", "layer 3"]
    named = replace(atlas, classes=atlas.classes.assign(name=["猫", "dog", "車"]))
    written = texts("TagClouds", Selection(named), kind="selection")
    assert {"class 0", "dog", "class 2"} <= set(written)


def test_squares_in_the_place_of_letters_are_explained():
    footnote = f"{ABSENT}: a letter that the fonts of this picture lack"
    strange = Selection(rename(make_atlas(), ["犬x"]), focus=("犬x", 1))
    assert footnote in texts("ActivationCurves", strange)
    assert footnote not in texts("ActivationCurves", Selection(make_atlas()))
