"""The command line, and the demo that it runs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

import nfviz
from nfviz.cli import main


def test_the_package_can_be_run_as_the_command():
    run = [sys.executable, "-m", "nfviz", "--version"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"nfviz {nfviz.__version__}"


def test_a_file_that_is_not_there_is_told_in_words(tmp_path, capsys):
    assert main(["info", str(tmp_path / "none.nfviz")]) == 1
    said = capsys.readouterr().err
    assert said == f"nfviz: there is no file or folder {tmp_path / 'none.nfviz'}.\n"


def test_a_reader_that_has_seen_enough_is_no_error(demo):
    run = f"{sys.executable} -m nfviz info {demo[2]} | head -1"
    done = subprocess.run(["bash", "-c", run], capture_output=True, text=True, check=True)
    assert done.stdout == "256 neurons on 4,800 images\n"
    assert done.stderr == ""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "demo.nfviz"
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr("builtins.print", lambda *words, **_: lines.append(" ".join(map(str, words))))
        status = main(["demo", "--quiet", "--output", str(path)])
    return status, "\n".join(lines), path


def test_the_demo_prints_a_summary_and_what_to_type_next(demo):
    status, text, path = demo
    assert status == 0
    assert "256 neurons on 4,800 images" in text
    for shown in ("neurons", "dead", "color >= 0.40", "class >= 0.60", "median AUC", "conv5"):
        assert shown in text
    assert str(path) in text
    assert f"nfviz.load('{path}')" in text


def test_what_the_demo_says_to_type_works(demo, tmp_path, monkeypatch):
    _, text, _ = demo
    monkeypatch.chdir(tmp_path)
    names = {"nfviz": nfviz}
    typed = [line.strip() for line in text.split("in Python:")[1].splitlines() if line.strip()]
    assert len(typed) == 6
    for line in typed:
        exec(line, names)
    assert len(names["atlas"].neurons) == 256
    assert (tmp_path / "hue_wheel.html").stat().st_size > 1e6


@pytest.mark.parametrize("absent", ["kaleido", "pypdf"])
def test_a_figure_without_its_extra_says_what_to_install(
    demo, absent, tmp_path, monkeypatch, capsys
):
    from nfviz.figures import browser, save

    browser.close_browser()
    monkeypatch.setitem(sys.modules, "kaleido", None)
    monkeypatch.setattr(save, "find_spec", lambda name: None if name == absent else name)
    out = tmp_path / "f.pdf"
    assert main(["figure", str(demo[2]), "hue-wheel", "--out", str(out)]) == 1
    captured = capsys.readouterr().err
    assert captured.startswith("nfviz: PDF")
    assert "pip install 'nfviz[figures]'" in captured
    assert captured.count("\n") == 1
    assert not out.exists()


def test_the_demo_has_all_that_figures_need(demo):
    atlas = nfviz.load(demo[2])
    assert atlas.neurons["own_ratio"].between(0, 2).all()
    assert {"round", "angular", "pointed"} == set(atlas.ontology.roots)
    assert atlas.ontology.match(atlas.classes).tolist() == atlas.classes["name"].tolist()


def test_deeper_layers_of_the_demo_are_more_selective_for_class(demo):
    table = nfviz.summarize_layers(nfviz.load(demo[2]))
    assert table["class_selective"]["conv1"] < 0.2
    assert (table["class_selective"][["conv3", "conv4", "conv5"]] > 0.9).all()
    assert table["dead"].sum() == 0
    assert table["field"].tolist() == ["7x7", "17x17", "29x29", "37x37", "45x45"]


def test_the_ground_truth_of_the_demo_is_found(demo):
    """A neuron of the last layer is named after the hue of the classes it answers to."""
    atlas = nfviz.load(demo[2])
    last = atlas.neurons.loc["conv5"].query("top_label_share > 0.6")
    assert len(last) > 10
    hue = atlas.classes["name"].str.split().str[0]
    agreed = [
        hue[label] == name for label, name in zip(last.top_label, last.color_name, strict=True)
    ]
    # "cyan" is no basic color name; orange and yellow, purple and pink are close.
    named = ~last["top_label"].map(hue).isin(["cyan"])
    assert sum(a and n for a, n in zip(agreed, named, strict=True)) > 0.5 * named.sum()


def test_info_prints_what_a_bundle_holds(demo, capsys):
    assert main(["info", str(demo[2])]) == 0
    out = capsys.readouterr().out
    assert "conv5" in out
    assert "versions.torch" in out


def test_thresholds_change_the_summary_and_are_checked(demo):
    atlas = nfviz.load(demo[2])
    strict = nfviz.summarize_layers(atlas, color_threshold=0.9, class_threshold=0.9)
    usual = nfviz.summarize_layers(atlas)
    assert (strict["color_selective"] <= usual["color_selective"]).all()
    assert (strict["class_selective"] < usual["class_selective"]).any()
    with pytest.raises(ValueError, match=r"class_threshold is 60; it accepts a number from 0 to 1"):
        nfviz.summarize_layers(atlas, class_threshold=60)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["info", "nowhere.nfviz"], "nowhere.nfviz"),
        (["info", __file__], "no nfviz bundle"),
        (["demo", "-o", "."], "is a folder; name a file in it"),
        (["demo", "-o", "no/such/folder/x.nfviz"], "is no folder that can be written to"),
    ],
)
def test_errors_are_one_line(arguments, message, capsys):
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("nfviz: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [[], ["draw"], ["demo", "--size", "3"]])
def test_wrong_usage_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as exit_status:
        main(arguments)
    assert exit_status.value.code == 2
    assert "usage: nfviz" in capsys.readouterr().err


def test_help_and_version(capsys):
    for arguments in (["--help"], ["demo", "--help"], ["info", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as exit_status:
            main(arguments)
        assert exit_status.value.code == 0
    assert nfviz.__version__ in capsys.readouterr().out


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for number in range(6):
        place = folder / "ab"[number % 2]
        place.mkdir(exist_ok=True)
        pixels = random.integers(0, 256, (40, 50, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "w.pth"
    network = torchvision.models.squeezenet1_1(weights=None, num_classes=7)
    torch.save({"state_dict": {f"module.{k}": v for k, v in network.state_dict().items()}}, path)
    return path


class TestIndex:
    """A network of torchvision on a folder of images."""

    @pytest.fixture
    def run(self, pictures, weights, tmp_path):
        def run(**changes):
            values = {
                "network": "squeezenet1_1",
                "images": pictures,
                "out": tmp_path / "out.nfviz",
                "weights": weights,
                **changes,
            }
            layers = ["--layers", "features.0", "features.3.squeeze"]
            words = [word for name, value in values.items() for word in (f"--{name}", str(value))]
            return main(["index", *words, *values.pop("layers", layers), "--quiet"])

        return run

    @pytest.mark.filterwarnings("ignore:Class selectivity")
    def test_from_images_to_a_bundle(self, run, tmp_path, capsys):
        assert run(store=tmp_path / "store", device="cpu") == 0
        shown = capsys.readouterr().out
        assert "80 neurons on 6 images" in shown
        assert str(tmp_path / "out.nfviz") in shown
        atlas = nfviz.load(tmp_path / "out.nfviz")
        assert list(atlas.layers.index) == ["features.0", "features.3.squeeze"]
        assert list(atlas.classes["name"]) == ["a", "b"]
        assert atlas.manifest["image_size"] == [224, 224]
        assert (tmp_path / "store" / "identity.json").exists()
        assert main(["info", str(tmp_path / "out.nfviz")]) == 0
        shown = capsys.readouterr().out
        assert f"weights: {atlas.manifest['weights']}" in shown
        assert "numerical_identity.dtype: torch.float32" in shown

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"network": "squezenet1_1"}, "such as 'squeezenet1_1'"),
            ({"weights": "IMAGENET1K_V7"}, "it accepts a file, or one of IMAGENET1K_V1, DEFAULT"),
            ({"network": "squeezenet1_0"}, "those of another network"),
            ({"images": "/nowhere"}, "--images: there is no folder /nowhere"),
            ({"out": "/nowhere/out.nfviz"}, "--out: /nowhere is no folder"),
            ({"device": "quantum"}, "device is 'quantum'"),
        ],
    )
    def test_what_is_wrong_is_named(self, run, change, message, capsys):
        assert run(**change) == 1
        assert message in capsys.readouterr().err

    def test_weights_that_are_none(self, run, tmp_path, capsys):
        for name, value in {"list": [1, 2], "code": Path("x"), "empty": {}}.items():
            torch.save(value, tmp_path / name)
            assert run(weights=tmp_path / name) == 1
            assert "weights is" in capsys.readouterr().err
