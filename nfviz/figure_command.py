"""``nfviz figure``: draw one figure of a bundle for paper, and say how LaTeX includes it."""

import argparse
import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nfviz
from nfviz.figures.paper import layout_width
from nfviz.figures.style import NARROWEST, WIDEST

_UNSPEAKABLE = re.compile(r"[#%&{}~$^\\]")


@dataclass(frozen=True)
class Kind:
    """A figure by its name on the command line.

    Attributes
    ----------
    function : str
        Of nfviz, which draws it.
    caption : str
        For LaTeX.
    options : mapping
        With which the function is called in any case.
    """

    function: str
    caption: str
    options: Mapping[str, Any] = field(default_factory=dict)


KINDS = {
    "activation-curves": Kind(
        "plot_activation_curves", "Normalized activations of the ranked images, layer by layer."
    ),
    "class-selectivity": Kind(
        "plot_selectivity",
        "Degrees of class selectivity, layer by layer.",
        {"column": "class_selectivity"},
    ),
    "color-selectivity": Kind(
        "plot_selectivity",
        "Degrees of color selectivity, layer by layer.",
        {"column": "color_selectivity"},
    ),
    "gallery": Kind("plot_gallery", "Neuron features."),
    "hue-wheel": Kind(
        "plot_hue_wheel", "Color-selective neurons at their hue, the first layer innermost."
    ),
    "joint": Kind("plot_joint", "Color selectivity against class selectivity."),
    "neuron": Kind("plot_neuron", "A neuron, its feature and the images that drive it most."),
    "own-response": Kind(
        "plot_own_response", "Responses of neurons to their own features, layer by layer."
    ),
    "selectivity": Kind("plot_selectivity", "Degrees of selectivity, layer by layer."),
    "tag-clouds": Kind("plot_tag_clouds", "The classes that drive a neuron."),
}


def add_figure_command(commands: Any) -> None:
    """Add ``figure`` to the subparsers of the command line."""
    figure = commands.add_parser(
        "figure",
        help="draw one of the paper's figures from a bundle",
        description="Draw a figure from a bundle, save it as PDF, SVG, PNG or HTML, as --out "
        "ends, and print the LaTeX that includes it. Needs no torch.",
    )
    figure.add_argument("bundle", type=Path, help="a file that Atlas.save wrote")
    names = sorted(KINDS)
    figure.add_argument("name", choices=names, help=", ".join(names), metavar="name")
    figure.add_argument("--out", required=True, type=Path, help="where the figure goes")
    figure.add_argument(
        "--width", type=float, default=84.0, help="of the page in mm (default: %(default)g)"
    )
    figure.add_argument(
        "--height", type=float, help="of the page in mm (default: what the figure needs)"
    )
    figure.add_argument(
        "--dpi", type=float, default=300.0, help="dots per inch (default: %(default)g)"
    )
    figure.add_argument("--theme", default="light", help="light or dark (default: %(default)s)")
    figure.add_argument("--neuron", nargs=2, metavar=("LAYER", "UNIT"), help="such as conv5 25")
    figure.add_argument("--column", help="of the table of neurons")
    figure.add_argument("--layers", nargs="+", metavar="LAYER", help="which layers (default: all)")
    figure.set_defaults(run=_figure)


def _figure(parsed: argparse.Namespace) -> int:
    kind = KINDS[parsed.name]
    draw = getattr(nfviz, kind.function)
    given = _given(parsed)
    _check_options(parsed.name, kind, given, inspect.signature(draw).parameters)
    # Drawn as wide as it will be laid out, so that nothing moves.
    width = layout_width(parsed.width)
    if not NARROWEST <= width <= WIDEST:
        low, high = (end / width * parsed.width for end in (NARROWEST, WIDEST))
        raise ValueError(
            f"--width: {parsed.width:g}; figures are drawn {low:.0f} to {high:.0f} mm wide."
        )
    figure = draw(
        nfviz.load(parsed.bundle), **kind.options, **given, theme=parsed.theme, width=width
    )
    path = nfviz.save_figure(
        figure, parsed.out, width_mm=parsed.width, height_mm=parsed.height, dpi=parsed.dpi
    )
    sys.stdout.write(f"Saved as {path.absolute()}.\n")
    if path.suffix.lower() in (".pdf", ".png"):
        sys.stdout.write("\n" + _latex(path, parsed.name, kind.caption, parsed.width))
    return 0


def _given(parsed: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were given and that depend on the figure."""
    given: dict[str, Any] = {"column": parsed.column, "layers": parsed.layers}
    if parsed.neuron is not None:
        layer, unit = parsed.neuron
        if not unit.isdecimal():
            raise ValueError(f"--neuron: {unit!r} is no unit; it accepts a layer and a number.")
        given["neuron"] = (layer, int(unit))
    return {name: value for name, value in given.items() if value is not None}


def _check_options(
    name: str, kind: Kind, given: Mapping[str, Any], accepted: Mapping[str, inspect.Parameter]
) -> None:
    for option in given:
        if option not in accepted or option in kind.options:
            raise ValueError(f"--{option}: the figure {name!r} takes none. Leave it out.")
    _atlas, *others = accepted.values()
    for parameter in others:
        needed = parameter.default is inspect.Parameter.empty
        if needed and parameter.name not in {*kind.options, *given}:
            raise ValueError(f"--{parameter.name}: the figure {name!r} needs one.")


def _latex(path: Path, name: str, caption: str, width: float) -> str:
    if _UNSPEAKABLE.search(path.as_posix()):
        return "LaTeX cannot include a file of this name. Leave out # % & { } ~ $ ^ and \\.\n"
    return (
        "\\begin{figure}\n"
        "  \\centering\n"
        f"  \\includegraphics[width={width:g}mm]{{{path.as_posix()}}}\n"
        f"  \\caption{{{caption}}}\n"
        f"  \\label{{fig:{name}}}\n"
        "\\end{figure}\n"
    )
