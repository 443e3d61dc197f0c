"""Notebooks are kept as they are read: without outputs, in order, each with the same opening."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Lines of code in a cell, so that a reader sees it and its output on one screen.
MOST_LINES = 15


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_names_count_from_one():
    assert NOTEBOOKS
    numbers = [re.fullmatch(r"(\d\d)_[a-z]+(_[a-z]+)*", path.stem)[1] for path in NOTEBOOKS]
    assert numbers == [f"{number:02}" for number in range(1, len(NOTEBOOKS) + 1)]


def test_is_valid_and_of_the_format_with_cell_ids(notebook):
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"


def test_holds_no_outputs(notebook):
    cells = code_cells(notebook)
    assert cells
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    assert "widgets" not in notebook.metadata


def test_opens_with_title_lessons_and_time(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    title, *rest = first.source.splitlines()
    assert re.fullmatch(r"# \S.*", title)
    assert "You will learn to" in rest
    assert sum(line.startswith("* ") for line in rest) >= 3
    assert re.search(r"\b(seconds?|minutes?)\b", rest[-1])


def test_installs_on_colab_only_what_is_missing(notebook):
    source = code_cells(notebook)[0].source
    attempt, _, rescue = source.partition("except ImportError:")
    assert "import nfviz" in attempt
    assert "pip" not in attempt
    assert re.search(r"%pip install -q \S.* @ git\+https://github.com/nfviz/nfviz", rescue)
    assert "output.enable_custom_widget_manager()" in source


def test_cells_are_short(notebook):
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= MOST_LINES, cell.id


def test_names_of_other_files_are_right(notebook):
    named = re.findall(r"\b\d\d_\w+\.ipynb", " ".join(cell.source for cell in notebook.cells))
    assert {*named} <= {path.name for path in NOTEBOOKS}


def test_is_listed_where_readers_look(path):
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert any(path.name in page.read_text() for page in pages), "in README.md or docs/"


def test_binder_installs_what_nfviz_needs():
    """conda-forge's names of two packages differ; nfviz itself comes last, without its needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    needed = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *extras["figures"],
        *extras["lab"],
    ]
    environment = yaml.safe_load((ROOT / "binder" / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    names = {"python-kaleido": "kaleido", "pytorch-cpu": "torch"}
    listed = {}
    for text in environment["dependencies"]:
        name, *bound = re.split(r"(?=[=>])", text, maxsplit=1)
        listed[names.get(name, name)] = "".join(bound)
    python, _ = listed.pop("python"), listed.pop("pip")
    assert python in {"=3.11", "=3.12", "=3.13"}
    assert {f"{name}{bound}" for name, bound in listed.items()} == {*needed}
    assert all((ROOT / "binder" / name).stat().st_mode & 0o111 for name in ("postBuild", "start"))


@pytest.mark.parametrize(
    ("limit", "threads"),
    [("1", "1"), ("2.0", "2"), ("0.5", "1"), ("08", "8"), ("", "2"), ("500m", "2"), ("a[0]", "2")],
)
def test_binder_starts_as_many_threads_as_it_has_processors(limit, threads):
    shown = [str(ROOT / "binder" / "start"), "printenv", "OMP_NUM_THREADS"]
    free = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    environment = {**free, "CPU_LIMIT": limit}
    done = subprocess.run(shown, env=environment, capture_output=True, check=True, text=True)
    assert done.stdout.strip() == threads


def test_binder_opens_on_a_notebook_that_there_is():
    settings = json.loads((ROOT / "binder" / "jupyter_notebook_config.json").read_text())
    address = settings["JupyterNotebookApp"]["default_url"]
    assert (ROOT / address.removeprefix("/lab/tree/")).is_file()
    assert address.removeprefix("/") in (ROOT / "binder" / "README.md").read_text()
