"""``nfviz figure``: a name, a bundle and options become one call and a file."""

import argparse

import plotly.graph_objects as go
import pytest

import nfviz
from nfviz.figure_command import KINDS, add_figure_command
from nfviz.figures.save import save_figure


def call(*arguments):
    parser = argparse.ArgumentParser()
    add_figure_command(parser.add_subparsers())
    parsed = parser.parse_args(["figure", "a.nfviz", *map(str, arguments)])
    return parsed.run(parsed)


@pytest.fixture
def asked(monkeypatch):
    """Stand in for the drawing functions; note what they and `save_figure` are called with."""
    calls = {}

    def plot_neuron(atlas, neuron, *, theme="light", width=640):
        calls["draw"] = (atlas, {"neuron": neuron, "theme": theme, "width": width})
        return go.Figure()

    def plot_selectivity(atlas, column, *, layers=None, theme="light", width=640):
        calls["draw"] = (atlas, {"column": column, "layers": layers, "width": width})
        return go.Figure()

    def save(figure, path, **options):
        calls["save"] = options
        return path

    monkeypatch.setattr(nfviz, "load", lambda path: f"atlas of {path}")
    monkeypatch.setattr(nfviz, "plot_neuron", plot_neuron, raising=False)
    monkeypatch.setattr(nfviz, "plot_selectivity", plot_selectivity, raising=False)
    monkeypatch.setattr(nfviz, "save_figure", save, raising=False)
    return calls


def test_every_name_is_a_function_of_nfviz():
    assert {kind.function for kind in KINDS.values()} <= set(nfviz.__all__)


def test_options_reach_the_figure_and_the_page(asked, tmp_path, capsys):
    path = tmp_path / "f.pdf"
    options = ("--width", 170, "--height", 60, "--dpi", 600, "--theme", "dark")
    assert call("neuron", "--out", path, *options, "--neuron", "conv1", 3) == 0
    assert asked["draw"] == (
        "atlas of a.nfviz",
        {"neuron": ("conv1", 3), "theme": "dark", "width": 826},
    )
    assert asked["save"] == {"width_mm": 170.0, "height_mm": 60.0, "dpi": 600.0}
    printed = capsys.readouterr().out
    assert printed.startswith(f"Saved as {path}.\n")
    assert f"\\includegraphics[width=170mm]{{{path}}}\n" in printed
    assert "\\label{fig:neuron}\n\\end{figure}\n" in printed


def test_a_name_may_stand_for_a_column(asked, tmp_path):
    call("color-selectivity", "--out", tmp_path / "f.pdf", "--layers", "b", "a")
    assert asked["draw"][1] == {"column": "color_selectivity", "layers": ["b", "a"], "width": 408}
    call("selectivity", "--out", tmp_path / "f.pdf", "--column", "purity")
    assert asked["draw"][1]["column"] == "purity"
    assert asked["save"] == {"width_mm": 84.0, "height_mm": None, "dpi": 300.0}


def test_latex_is_not_told_of_what_it_cannot_take(asked, tmp_path, capsys):
    call("color-selectivity", "--out", tmp_path / "f.svg")
    assert "includegraphics" not in capsys.readouterr().out


def test_names_that_latex_cannot_say_are_told(asked, tmp_path, capsys):
    call("color-selectivity", "--out", tmp_path / "100%.pdf")
    printed = capsys.readouterr().out
    assert "LaTeX cannot include a file of this name" in printed
    assert "includegraphics" not in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["neuron"], "--neuron: the figure 'neuron' needs one"),
        (["neuron", "--neuron", "a", "x"], "--neuron: 'x' is no unit"),
        (["neuron", "--neuron", "a", "1", "--layers", "a"], "--layers: the figure 'neuron' takes"),
        (["selectivity"], "--column: the figure 'selectivity' needs one"),
        (["color-selectivity", "--column", "x"], "--column: the figure 'color-selectivity' takes"),
        (["selectivity", "--column", "x", "--width", "-1"], r"width_mm is -1\.0"),
        (["color-selectivity", "--width", "20"], "--width: 20; figures are drawn 41 to 1031 mm"),
    ],
)
def test_what_does_not_fit_the_figure_is_refused(asked, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        call(*arguments, "--out", tmp_path / "f.pdf")
    assert asked == {}


def test_help_lists_the_figures(capsys):
    with pytest.raises(SystemExit):
        call("--help")
    shown = "".join(capsys.readouterr().out.split())
    assert all(name in shown for name in KINDS)


def test_a_name_that_is_none_is_refused(capsys):
    with pytest.raises(SystemExit):
        call("wheel", "--out", "f.pdf")
    assert "hue-wheel" in capsys.readouterr().err


def test_the_file_is_written(asked, tmp_path, monkeypatch):
    monkeypatch.setattr(nfviz, "save_figure", save_figure)
    call("color-selectivity", "--out", tmp_path / "f.html")
    assert (tmp_path / "f.html").stat().st_size > 1e6
