"""Examples run: those of the docstrings, of the README, and what the pages say of files."""

import ast
import doctest
import html
import inspect
import re
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
from PIL import Image
from scipy.io import savemat
from torch import nn

import nfviz
from nfviz.demo import CLASSES, MEAN, STD, DemoImages, demo_network

PACKAGE = Path(nfviz.__file__).parent
ROOT = PACKAGE.parent
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="there is nfviz without its documents")


@pytest.fixture(scope="module")
def network():
    return demo_network()


@pytest.fixture(scope="module")
def atlas(network):
    options = {"mean": MEAN, "std": STD, "classes": CLASSES, "n_max": 20, "progress": False}
    return nfviz.analyze(network, DemoImages(960), **options)


def with_examples():
    """Return the names of the modules in which there is an example."""
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text()]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]


@pytest.mark.parametrize("module", with_examples())
def test_examples_of_docstrings_run(module, atlas, network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"nfviz": nfviz, "np": np, "pd": pd, "torch": torch, "atlas": atlas}
    names |= {"network": network, "images": DemoImages(96), "mean": MEAN, "std": STD}
    room = import_module(module)
    found = doctest.DocTestFinder(exclude_empty=True).find(room, module, extraglobs=names)
    runner, failures = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS), []
    for test in found:
        runner.run(test, out=failures.append)
    assert runner.tries > 0
    assert not failures, "".join(failures)
    skipped = [e.source for t in found for e in t.examples if doctest.SKIP in e.options]
    assert not skipped, "an example that does not run"


def listed(page):
    """Return the full names that a page of the reference lists."""
    names = []
    for block in re.split(r"^\.\. (?:current)?module:: ", page.read_text(), flags=re.MULTILINE)[1:]:
        room, _, rest = block.partition("\n")
        names += [f"{room}.{name}" for name in re.findall(r"^   ([A-Za-z_][\w.]*)$", rest, re.M)]
    return names


PAGES = sorted((DOCS / "reference").glob("*.rst"))


@pytest.mark.parametrize("room", ["nfviz", "nfviz.demo", "nfviz.networks", "nfviz.testing"])
def test_the_reference_lists_every_public_name(room):
    known = {name for page in PAGES for name in listed(page)}
    module = import_module(room)
    public = {name: getattr(module, name) for name in module.__all__}
    rooms = {name for name, value in public.items() if inspect.ismodule(value)}
    assert rooms <= {"demo", "networks", "testing"}
    assert {f"{room}.{name}" for name in set(public) - rooms} - known == set()


def test_the_reference_lists_the_kernels():
    known = {name.rpartition(".")[2] for page in PAGES for name in listed(page)}
    assert set(import_module("nfviz.selectivity").__all__) - known == set()


def test_the_reference_lists_nothing_twice_and_nothing_that_there_is_not():
    names = [name for page in PAGES for name in listed(page)]
    assert sorted(names) == sorted(set(names))
    for name in names:
        room, _, last = name.rpartition(".")
        assert hasattr(import_module(room), last), name


def test_the_command_line_page_shows_every_command(capsys):
    from nfviz.cli import main

    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    (\w+) +\w", capsys.readouterr().out, re.MULTILINE)
    page = (DOCS / "command_line.md").read_text()
    assert {"demo", "figure", "html", "index", "info"} <= set(commands)
    for command in commands:
        assert f"!nfviz {command} --help" in page, command


def test_what_the_format_page_says_reads_a_bundle(atlas, tmp_path):
    from read_bundle import crops_of, read_bundle

    manifest, tables, arrays = read_bundle(atlas.save(tmp_path / "demo.nfviz"))
    assert manifest == atlas.manifest
    for name, table in tables.items():
        ours = getattr(atlas, name).reset_index()
        assert list(ours) == table.column_names
        for column in ours:
            one, other = ours[column], table[column].to_pandas()
            assert (one.isna().to_numpy() == other.isna().to_numpy()).all(), (name, column)
            known = one.notna().to_numpy()
            assert (one[known].to_numpy() == other[known].to_numpy()).all(), (name, column)
    assert len(tables) == 7
    assert len(arrays) == 7 * len(atlas.layers)
    for layer in atlas.layers.index:
        for name in ("features", "spread", "coverage", "class_means"):
            assert np.array_equal(arrays[name, layer], getattr(atlas, name)[layer])
        for unit in (0, 7, len(atlas.crops[layer]) - 1):
            assert np.array_equal(crops_of(arrays, layer, unit), atlas.crops[layer][unit])


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md"), key=str))
def test_links_to_the_live_explorer_lead_there(page, atlas):
    up = "../" * (len(page.relative_to(DOCS).parts) - 1)
    for way, address in re.findall(r'href="([^"#]*)explorer\.html(#?[^"]*)"', page.read_text()):
        assert way == up
        if address:
            selection = nfviz.Selection(atlas, address=html.unescape(address))
            assert selection.address != nfviz.Selection(atlas).address


def weights_of(weights, *_, **__):
    """Return random weights in the place of those that torchvision would download."""
    for name in torchvision.models.list_models(module=torchvision.models):
        if type(weights) is torchvision.models.get_model_weights(name):
            torch.manual_seed(0)
            return torchvision.models.get_model(name, weights=None).state_dict()
    raise AssertionError(f"torchvision has no network for {weights}.")


def make_images(folder, classes):
    """Put some seeded images of each class into a folder."""
    random = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(6):
            pixels = random.integers(0, 256, (8, 8, 3), np.uint8)
            picture = Image.fromarray(pixels).resize((96, 80), Image.Resampling.BICUBIC)
            picture.save(folder / name / f"{number}.png")


def make_mat_file(path):
    """Write a network of one layer as MatConvNet would."""
    cells = np.empty((1, 2), dtype=object)
    parameters = np.empty((1, 2), dtype=object)
    random = np.random.default_rng(0)
    parameters[0, 0] = random.normal(size=(7, 7, 3, 4)).astype(np.float32)
    parameters[0, 1] = np.zeros((1, 4), np.float32)
    square = {"stride": np.full((1, 2), 2.0), "pad": np.zeros((1, 4))}
    cells[0, 0] = {"type": "conv", "name": "conv1", "weights": parameters, **square}
    cells[0, 1] = {"type": "relu", "name": "relu1"}
    normalization = {
        "imageSize": np.array([[224, 224, 3.0]]),
        "averageImage": np.full((1, 1, 3), 120.0),
        "interpolation": "bilinear",
        "keepAspect": True,
        "border": np.zeros((1, 2)),
    }
    meta = {"normalization": normalization, "classes": []}
    savemat(path, {"layers": cells, "meta": meta}, oned_as="row")


@pytest.fixture
def readers_folder(atlas, tmp_path, monkeypatch):
    """Work in a folder with what a reader has: images by class, a bundle, a file of weights."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torchvision.models.WeightsEnum, "get_state_dict", weights_of)
    two = ("n02102040", "n03028079")
    make_images(tmp_path / "val", two)
    make_images(tmp_path / "imagenet" / "train", two)
    make_images(tmp_path / "imagenette2" / "val", [f"n{number:08}" for number in range(10)])
    make_mat_file(tmp_path / "imagenet-vgg-m.mat")
    atlas.save(tmp_path / "demo.nfviz")


@pytest.fixture
def made_before():
    """Return what examples take as made by those before them, a small network for a large one."""
    torch.manual_seed(0)
    filters, pool = nn.Conv2d(3, 4, 7, stride=4), nn.AdaptiveAvgPool2d(1)
    network = nn.Sequential(filters, nn.ReLU(), pool, nn.Flatten(), nn.Linear(4, 1000))
    weights = torchvision.models.SqueezeNet1_1_Weights.DEFAULT
    folder = torchvision.datasets.ImageFolder
    return {"nfviz": nfviz, "ImageFolder": folder, "network": network, "weights": weights}


def python_blocks(page):
    """Yield the blocks of a page that are Python and no cells, each with the lines before it."""
    text = page.read_text()
    for block in re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        # So that a traceback names the line of the page.
        yield "\n" * text.count("\n", 0, block.start(1)), block.group(1)


@pytest.mark.filterwarnings("ignore:Class selectivity is confined")
def test_the_python_of_the_readme_runs(readers_folder):
    blocks = list(python_blocks(ROOT / "README.md"))
    assert blocks
    names = {"__name__": "readme"}
    for before, code in blocks:
        exec(compile(before + code, "README.md", "exec"), names)


def blocks_of_pages():
    """Return the blocks of the pages that are not the README's, which runs by itself."""
    pages = sorted(DOCS.rglob("*.md"))
    found = [(page.name, *block) for page in pages for block in python_blocks(page)]
    new = [one for one in found if one[-1] not in (ROOT / "README.md").read_text()]
    return [pytest.param(*one, id=f"{one[0]}:{one[1].count(chr(10)) + 1}") for one in new]


@pytest.mark.parametrize(("page", "before", "code"), blocks_of_pages())
@pytest.mark.filterwarnings("ignore:Class selectivity is confined")
def test_the_python_of_a_page_that_its_build_does_not_execute_runs(
    page, before, code, readers_folder, made_before
):
    on_cpu = code.replace('device="cuda"', 'device="cpu"')
    exec(compile(before + on_cpu, page, "exec"), made_before)
    assert isinstance(made_before["atlas"], nfviz.Atlas)


def literal_blocks():
    """Return the blocks of docstrings that call nfviz and show no result, by where they stand."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                blocks = re.findall(r"::\n\n((?: {4}.*\n?|\n)+)", text)
                name = f"{path.stem}.{getattr(node, 'name', '')}"
                found += [(name, dedent(code)) for code in blocks if "nfviz." in code]
    return dict(found)


LITERAL_BLOCKS = literal_blocks()


def test_literal_blocks_are_found():
    assert {"analyze.analyze", "gray_test.gray_test"} <= set(LITERAL_BLOCKS)


@pytest.mark.parametrize("name", LITERAL_BLOCKS)
@pytest.mark.filterwarnings("ignore:Class selectivity is confined")
def test_a_literal_block_of_a_docstring_runs(name, readers_folder, made_before):
    exec(compile(LITERAL_BLOCKS[name], name, "exec"), made_before)
