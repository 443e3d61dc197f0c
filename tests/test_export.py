"""One HTML file: what it holds, what it may do, how large it is, and what it refuses."""

import argparse
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from html_reader import HtmlFile, read_dense
from picture_atlas import make_atlas
from PIL import Image

import nfviz
from nfviz.export import WITH_CROPS, write_html
from nfviz.html_command import add_html_command
from nfviz.neuron_index import neuron_index
from nfviz.page.dense_text import dense_text
from nfviz.page.payload import make_payload
from nfviz.page.restriction import restrict
from nfviz.state.image_sets import ImageSets

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<!--",
    "]]>&amp;&#60;\u2028\u2029'\"`${x}",
    "half \ud800 and nothing \x00",
    "=1+1",
]


def ranked_atlas(
    neurons=40, ranks=60, classes=7, *, side=12, parameters=(), seed=0, selectivities=()
):
    """An atlas of random weights and labels, with smooth features."""
    random = np.random.default_rng(seed)
    names, layer = ["a", "b"], np.repeat([0, 1], [neurons // 2, neurons - neurons // 2])
    unit = np.concatenate([np.arange(neurons // 2), np.arange(neurons - neurons // 2)])
    weight = -np.sort(-random.uniform(0, 1, (neurons, ranks)), axis=1)
    top = random.uniform(1, 9, (neurons, 1)).astype(np.float32)
    activation = (weight / weight[:, :1] * top).astype(np.float32)
    images = pd.DataFrame(
        {"label": random.integers(0, classes, 20 * ranks)},
        index=pd.RangeIndex(20 * ranks, name="image"),
    )
    index = neuron_index(
        names, np.repeat(layer, ranks), unit=np.repeat(unit, ranks),
        rank=np.tile(np.arange(ranks), neurons),
    )  # fmt: skip
    ranked = pd.DataFrame(
        {
            "image": random.integers(0, len(images), neurons * ranks),
            "activation": activation.ravel(),
            "weight": (activation / activation[:, :1].astype(np.float64)).ravel(),
            "row": 0, "col": 0,
        },
        index=index,
    )  # fmt: skip
    neurons_table = pd.DataFrame(
        {
            "max_activation": top[:, 0].astype(float), "dead": False, "n_images": 1,
            "color_selectivity": random.uniform(0, 1, neurons),
        },
        index=neuron_index(names, layer, unit=unit),
    )  # fmt: skip
    coarse = random.uniform(0, 255, (neurons, 3, 3, 3)).astype(np.float32)
    grow = np.array([np.interp(np.linspace(0, 2, side), np.arange(3), row) for row in np.eye(3)])
    smooth = np.einsum("nabc,ay,bx->nyxc", coarse, grow, grow).astype(np.float32)
    return replace(
        make_atlas({"a": (neurons // 2, side), "b": (neurons - neurons // 2, side)}),
        images=images,
        classes=pd.DataFrame({"name": [f"class {c}" for c in range(classes)]},
                             index=pd.RangeIndex(classes, name="label")),
        ranked=ranked, neurons=neurons_table, crops={},
        features={"a": smooth[: neurons // 2], "b": smooth[neurons // 2 :]},
        manifest={"network": "random", "parameters": {"n_max": ranks, **dict(parameters)},
                  "selectivities": list(selectivities)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small atlas in a file."""
    return HtmlFile(write_html(make_atlas(), tmp_path_factory.mktemp("page") / "f.html"))


# What the file holds


def test_it_holds_every_neuron_and_its_numbers(small):
    atlas = make_atlas()
    assert small.meta["n"] == len(atlas.neurons)
    layers = [small.meta["layers"][place]["name"] for place in small.array("layer")]
    assert list(zip(layers, small.array("unit"), strict=True)) == list(atlas.neurons.index)
    for name in ("color_selectivity", "hue", "sharpness"):
        wanted = atlas.neurons[name].to_numpy(np.float32)
        assert np.array_equal(small.array(f"column/{name}"), wanted)


def test_it_holds_every_feature(small):
    picture = Image.open(io.BytesIO(small.block("page-0")))
    features = make_atlas().features
    pixels = np.asarray(picture, dtype=float)
    for row, (layer, unit) in enumerate(make_atlas().neurons.index):
        tile = pixels[:48, 48 * row : 48 * row + 48]
        assert np.abs(tile.mean(axis=(0, 1)) - features[layer][unit].mean(axis=(0, 1))).max() < 4


def test_it_holds_the_first_crops(small, tmp_path):
    atlas = make_atlas()
    counts, lengths = small.array("crops/count", "u1"), small.array("crops/length")
    assert small.meta["crops"] == "file"
    assert counts.tolist() == [3] * 15
    strips = small.block("crops")
    assert lengths.sum() == len(strips)
    strip = strips[lengths[:7].sum() : lengths[:8].sum()]
    pixels = np.asarray(Image.open(io.BytesIO(strip)))
    layer, unit = atlas.neurons.index[7]
    assert np.array_equal(pixels, np.hstack(atlas.crops[layer][unit]))
    fewer = HtmlFile(write_html(atlas, tmp_path / "f.html", crops=1))
    assert fewer.array("crops/count", "u1").tolist() == [1] * 15
    without = HtmlFile(write_html(atlas, tmp_path / "f.html", crops=0))
    assert without.meta["crops"] == "none"
    assert without.block("crops") == b""


def test_many_neurons_bring_no_crops_unless_they_are_asked_for(tmp_path):
    atlas = make_atlas({"conv1": (501, 3)})
    assert HtmlFile(write_html(atlas, tmp_path / "f.html")).meta["crops"] == "none"
    assert HtmlFile(write_html(atlas, tmp_path / "f.html", crops=2)).meta["crops"] == "file"


def test_text_is_dense_and_safe():
    data = np.random.default_rng(0).integers(0, 256, 5000, np.uint8).tobytes()
    for length in (0, 1, 12, 13, 14, 5000):
        text = dense_text(data[:length])
        assert len(text) == -(-length // 13) * 16
        assert read_dense(text, length) == data[:length]
        assert re.fullmatch("[#-;=-~]*", text)


@pytest.mark.parametrize("least", [0.0, 0.7, 0.3333])
def test_sets_are_those_of_python_at_every_step_of_activation(tmp_path, least):
    atlas = ranked_atlas(parameters={"min_activation": least})
    given = atlas.ranked["weight"].to_numpy().reshape(40, 60)
    page = HtmlFile(write_html(atlas, tmp_path / "f.html"))
    found = page.weights()
    assert np.abs(found - given).max() <= 1 / 20_000
    near = np.rint(given[::7, ::5].ravel() * 20_000) / 20_000
    for threshold in [0.0, 0.00005, 0.7, 0.75, 1.0, *near, *(near + 0.00005)]:
        wanted = (given > 0) & (given >= threshold - 1e-6)
        assert np.array_equal((found > 0) & (found >= threshold - 1e-6), wanted), threshold


def test_a_weight_at_a_step_is_in(tmp_path):
    atlas = ranked_atlas()
    ranked = atlas.ranked.copy()
    weight = np.tile(np.linspace(1, 0, 60), (40, 1)).round(2)
    weight[:, -1] = 1e-9
    ranked["weight"] = ranked["activation"] = weight.ravel()
    page = HtmlFile(write_html(replace(atlas, ranked=ranked), tmp_path / "f.html"))
    found = page.weights()
    for threshold in np.unique(weight.round(2)):
        wanted = (weight > 0) & (weight >= threshold - 1e-6)
        assert np.array_equal((found > 0) & (found >= threshold - 1e-6), wanted)


@pytest.mark.parametrize(("threshold", "least"), [(1.0, 0.123456), (0.9, 0.123456), (0.5, 0.7)])
def test_rounding_changes_nothing_at_the_own_parameters(tmp_path, threshold, least):
    measure = nfviz.ClassSelectivity(threshold=threshold)
    atlas = ranked_atlas(
        400, parameters={"min_activation": least}, selectivities=[repr(measure)], classes=20
    )
    page = HtmlFile(write_html(atlas, tmp_path / "f.html", thumbnails=16))
    label = page.array("label").reshape(400, 60).astype(np.int64)
    given = atlas.ranked["weight"].to_numpy().reshape(400, 60)
    exact, found = (ImageSets(each, label).classes(60, least) for each in (given, page.weights()))
    assert np.array_equal(exact.images, found.images)
    assert np.array_equal(exact.needed(threshold), found.needed(threshold))
    assert np.array_equal(exact.top, found.top)
    assert np.nanmax(np.abs(exact.top_share - found.top_share)) < 0.00005
    rows = page.array("exact/row", "<u4")
    assert len(rows) < 100
    if least == 0.123456:
        assert len(rows), "none of these weights was near the least activation"


def test_all_text_is_ascii_and_no_data_is_markup(tmp_path):
    atlas = hostile_atlas()
    page = HtmlFile(write_html(atlas, tmp_path / "f.html", title=HOSTILE[1]))
    assert "<" not in page.text["nfviz-meta"] + page.text["nfviz-arrays"]
    written = [value for tag, _, value in page.attributes if tag != "meta"]
    assert not [value for value in written if "alert" in value]
    assert [each["name"] for each in page.meta["layers"]] == HOSTILE[:2]
    assert {each["name"] for each in page.meta["classes"]} == set(HOSTILE[2:5])
    assert page.text["title"] == page.text["nfviz-title"] == page.meta["title"] == HOSTILE[1]
    assert sorted(tag for tag, name, _ in page.attributes if name == "id" and tag == "script") == (
        ["script"] * 4
    )


def hostile_atlas():
    """Layers, classes, columns and a network with names that try to be something else."""
    atlas = make_atlas({HOSTILE[0]: (3, 5), HOSTILE[1]: (4, 7)}, **{HOSTILE[5]: np.arange(7.0)})
    names = pd.DataFrame({"name": pd.Series(HOSTILE[2:5], dtype=object, index=atlas.classes.index)})
    return replace(
        atlas, classes=names, manifest={**atlas.manifest, "network": HOSTILE[0], "path": HOSTILE[4]}
    )


# What it may do


def test_its_rules_allow_its_own_code_alone(small):
    rules = small.metas["Content-Security-Policy"]
    assert rules.startswith("default-src 'none'; ")
    assert "unsafe" not in rules
    assert rules.endswith("img-src data: blob:; base-uri 'none'; form-action 'none'")
    for directive in ("script-src", "style-src"):
        allowed, own = small.hashes(directive)
        assert allowed == own
    assert "JavaScript, which is turned off" in small.text["p"]


def test_it_asks_for_nothing(small):
    assert not [name for _, name, _ in small.attributes if name in ("src", "href", "style")]
    assert not re.search(r"url\(|@import", small.text["style"])
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", small.text["module"])


def test_its_provenance_is_read_back(tmp_path):
    atlas = make_atlas()
    neurons = atlas.neurons.loc[["conv2"]]
    for name in ("f.html", "f.htm"):
        path = write_html(atlas, tmp_path / name, neurons, title="ü <b>", selection="#th=0.9")
        found = nfviz.provenance(path)
        assert found["function"] == "write_html"
        assert found["version"] == nfviz.__version__
        assert found["parameters"] == {
            "neurons": [["conv2", unit] for unit in range(5)], "thumbnails": 48, "crops": None,
            "title": "ü <b>", "selection": "#th=0.9",
        }  # fmt: skip
        facts = HtmlFile(path).meta["file"]["facts"]
        assert facts["atlas"] == found["atlas"]
        assert facts["manifest.parameters.opponent"] == "cic"


def test_provenance_of_very_many_neurons_is_short(tmp_path, monkeypatch):
    monkeypatch.setattr("nfviz.export._LONGEST", 100)
    atlas = make_atlas()
    path = write_html(atlas, tmp_path / "f.html", atlas.neurons, thumbnails=16)
    neurons = nfviz.provenance(path)["parameters"]["neurons"]
    assert neurons["neurons"] == 15
    assert len(neurons["sha256"]) == 64


# Some neurons


def test_a_file_of_some_neurons_holds_no_others(tmp_path):
    atlas = ranked_atlas()
    chosen = [("b", 17), ("b", 3), ("b", 3)]
    page = HtmlFile(write_html(atlas, tmp_path / "f.html", chosen))
    assert page.meta["n"] == 2
    assert [each["name"] for each in page.meta["layers"]] == ["b"]
    assert page.array("unit").tolist() == [3, 17]
    given = atlas.ranked["weight"].to_numpy().reshape(40, 60)
    assert np.abs(page.weights() - given[[23, 37]]).max() <= 1 / 20_000
    whole = make_payload(atlas, side=16).arrays
    assert page.array("sizes").tobytes() == whole["sizes"]
    assert page.array("tallies").tobytes() == whole["tallies"]


def test_an_atlas_of_some_neurons_can_be_measured(tmp_path):
    atlas = nfviz.score(ranked_atlas(), nfviz.ClassSelectivity())
    few = restrict(atlas, atlas.neurons.iloc[[1, 30, 31]])
    again = nfviz.score(few, nfviz.ClassSelectivity())
    pd.testing.assert_frame_equal(again.neurons, atlas.neurons.iloc[[1, 30, 31]])
    assert restrict(atlas, None) is atlas
    assert list(restrict(atlas, [("a", 0)]).features) == ["a"]


# Sizes


def test_two_thousand_neurons_take_less_than_three_megabytes(tmp_path):
    path = write_html(ranked_atlas(2000, 100, 1000, side=48), tmp_path / "f.html")
    assert path.stat().st_size < 3e6


def test_a_neuron_among_very_many_takes_less_than_750_bytes(tmp_path):
    """26,560 of them are then below 20 MB."""
    sizes = []
    for neurons in (656, 3312):
        atlas = ranked_atlas(neurons, 100, 1000, side=32)
        for number in range(30):
            column = np.random.default_rng(number).uniform(0, 1, neurons)
            atlas.neurons[f"measure_{number}"] = column
        sizes.append(write_html(atlas, tmp_path / "f.html", thumbnails=32).stat().st_size)
    assert (sizes[1] - sizes[0]) / 2656 < 750


# Equal bytes, whole files


def test_the_same_atlas_gives_the_same_bytes(small, tmp_path):
    assert write_html(make_atlas(), tmp_path / "g.html").read_bytes() == small.content
    other = write_html(make_atlas(), tmp_path / "g.html", title="other").read_bytes()
    assert other != small.content


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "f.html"
    path.write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="disk full"):
        write_html(make_atlas(), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# What is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"thumbnails": 50}, "thumbnails is 50; it accepts a multiple of 8 from 16 to 128"),
        ({"thumbnails": 8}, "thumbnails is 8; it accepts an integer from 16 to 128"),
        ({"thumbnails": "48"}, "thumbnails is '48'"),
        ({"crops": -1}, "crops is -1; it accepts an integer from 0 to 255"),
        ({"selection": "th=0.9"}, "selection is 'th=0.9'; it accepts a Selection, or an address"),
        ({"selection": 3}, "selection is 3"),
        ({"neurons": [("conv1", 99)]}, r"neurons names \('conv1', 99\); the atlas has 'conv1'"),
        ({"neurons": []}, "neurons is empty"),
        ({"neurons": 3}, "neurons is 3"),
    ],
)
def test_options_out_of_range_are_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        write_html(make_atlas(), tmp_path / "f.html", **options)
    assert list(tmp_path.iterdir()) == []


def test_names_and_folders_are_checked_first(tmp_path):
    with pytest.raises(ValueError, match=r"accepts '\.html', '\.htm'"):
        write_html(make_atlas(), tmp_path / "f.pdf")
    with pytest.raises(FileNotFoundError, match="Make it first"):
        write_html(make_atlas(), tmp_path / "none" / "f.html")
    (tmp_path / "f.html").mkdir()
    with pytest.raises(IsADirectoryError, match="name a file in it"):
        write_html(make_atlas(), tmp_path / "f.html")
    with pytest.raises(TypeError, match="title is 3; it accepts text"):
        write_html(make_atlas(), tmp_path / "g.html", title=3)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="cannot be written to"):
        write_html(make_atlas(), tmp_path / "f.html")


def test_what_the_atlas_lacks_is_told(tmp_path):
    with pytest.raises(ValueError, match="keeps no neuron features"):
        write_html(replace(make_atlas(), features={}), tmp_path / "f.html")
    with pytest.raises(ValueError, match="crops is 4, but the atlas keeps no crops"):
        write_html(make_atlas(crops=False), tmp_path / "f.html", crops=4)
    path = write_html(make_atlas(crops=False), tmp_path / "f.html")
    assert HtmlFile(path).meta["crops"] == "none"


# Without torch and widgets, and from the command line

BARE = """
import importlib.abc, sys

BLOCKED = ("torch", "torchvision", "ipywidgets", "anywidget", "traitlets")

class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Block())
import nfviz
atlas = nfviz.load(sys.argv[1])
path = nfviz.write_html(atlas, sys.argv[1] + ".html", selection="#th=0.9")
print(nfviz.provenance(path)["function"])
"""


def test_it_needs_neither_torch_nor_widgets(tmp_path):
    bundle = storable(make_atlas()).save(tmp_path / "a.nfviz")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BARE, str(bundle)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "write_html"


def storable(atlas):
    """What a bundle asks of an atlas beyond what a file does."""
    shapes = {layer: feature.shape[:3] for layer, feature in atlas.features.items()}
    return replace(
        atlas,
        layers=atlas.layers.assign(rf_status="exact"),
        spread={layer: np.zeros(shape, np.float32) for layer, shape in shapes.items()},
        coverage={layer: np.ones(shape, np.float32) for layer, shape in shapes.items()},
    )


def test_the_command_passes_its_options_on(tmp_path, monkeypatch, capsys):
    parser = argparse.ArgumentParser()
    add_html_command(parser.add_subparsers())
    monkeypatch.setattr(nfviz, "load", lambda path: make_atlas())
    out = tmp_path / "f.html"
    options = ["--title", "My <b>", "--thumbnails", "32", "--crops", "2", "--selection", "#n=2"]
    parsed = parser.parse_args(["html", "a.nfviz", "--out", str(out), *options])
    assert parsed.run(parsed) == 0
    printed = capsys.readouterr().out
    assert f"Saved as {out} (" in printed
    assert "--crops" not in printed
    assert nfviz.provenance(out)["parameters"] == {
        "neurons": None, "thumbnails": 32, "crops": 2, "title": "My <b>", "selection": "#n=2",
    }  # fmt: skip
    meta = HtmlFile(out).meta
    assert (meta["tiles"]["side"], meta["state"], meta["title"]) == (32, "#n=2", "My <b>")


def test_a_selection_gives_its_address(tmp_path):
    pytest.importorskip("anywidget", reason="selections are widgets")
    atlas = make_atlas()
    selection = nfviz.Selection(atlas, color_selectivity=(0.4, 1))
    page = HtmlFile(write_html(atlas, tmp_path / "f.html", selection=selection))
    assert page.meta["state"] == selection.address == "#color_selectivity=0.4..1"
    assert json.loads(page.metas["nfviz"])["parameters"]["selection"] == page.meta["state"]
    selection.close()


def test_the_command_says_that_a_large_atlas_goes_without_crops(tmp_path, monkeypatch, capsys):
    parser = argparse.ArgumentParser()
    add_html_command(parser.add_subparsers())
    atlas = make_atlas({"conv1": (WITH_CROPS + 1, 3)})
    monkeypatch.setattr(nfviz, "load", lambda path: atlas)
    parsed = parser.parse_args(["html", "a.nfviz", "--out", str(tmp_path / "f.html")])
    assert parsed.run(parsed) == 0
    assert "It holds no crops, as an atlas of 501 neurons" in capsys.readouterr().out
