"""The command line: parse, call a public verb, print."""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import nfviz
from nfviz.figure_command import add_figure_command
from nfviz.figures.signature import fingerprint
from nfviz.html_command import add_html_command
from nfviz.summaries import summarize_layers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``nfviz`` with the given arguments, or those of the process; return the exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except BrokenPipeError:
        # What reads the output has seen enough; nothing is left to be flushed at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except FileNotFoundError as error:
        where = f"there is no file or folder {error.filename}." if error.filename else error
        print(f"nfviz: {where}", file=sys.stderr)
        return 1
    except (nfviz.BundleError, ImportError, OSError, ValueError) as error:
        print(f"nfviz: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nfviz", description=nfviz.__doc__)
    parser.add_argument("--version", action="version", version=f"nfviz {nfviz.__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser(
        "demo",
        help="index the network that comes with nfviz, from images to a bundle",
        description="Draw the demo images, run the demo network over them, index its neurons, "
        "save the atlas and print what was found. Takes half a minute on two processors; needs no "
        "download.",
    )
    demo.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("demo.nfviz"),
        help="where the bundle goes (default: %(default)s)",
    )
    demo.add_argument("--quiet", action="store_true", help="show no progress bars")
    demo.set_defaults(run=_demo)
    _add_index(commands)
    add_figure_command(commands)
    add_html_command(commands)
    info = commands.add_parser(
        "info",
        help="print what a bundle holds",
        description="Print the layers of a bundle, the shares of selective neurons, and where "
        "it comes from. Needs no torch.",
    )
    info.add_argument("bundle", type=Path, help="a file that Atlas.save wrote")
    info.set_defaults(run=_info)
    return parser


def _add_index(commands: Any) -> None:
    index = commands.add_parser(
        "index",
        help="index a network of torchvision on a folder of images",
        description="Run a network of torchvision over a folder of images, one subfolder for each "
        "class, index its neurons, save the atlas and print what was found.",
    )
    index.add_argument("--network", required=True, help="torchvision's name, such as resnet18")
    index.add_argument("--images", required=True, type=Path, help="folder of folders of images")
    index.add_argument("--out", required=True, type=Path, help="where the bundle goes")
    index.add_argument(
        "--weights",
        help="a file with the network's state, read without executing anything, or a name of "
        "torchvision's such as IMAGENET1K_V1, downloaded if need be (default: DEFAULT)",
    )
    index.add_argument(
        "--layers", nargs="+", metavar="LAYER", help="modules (default: every convolution)"
    )
    index.add_argument(
        "--store", type=Path, help="folder that keeps what is done, to continue after an end"
    )
    index.add_argument("--device", help="such as cuda:0 or mps (default: cpu)")
    index.add_argument("--quiet", action="store_true", help="show no progress bars")
    index.set_defaults(run=_index)


def _index(parsed: argparse.Namespace) -> int:
    _check_output("--out", parsed.out)
    if not parsed.images.is_dir():
        raise ValueError(f"--images: there is no folder {parsed.images}.")
    # Torch takes seconds to import: after the checks.
    from torchvision.datasets import ImageFolder

    from nfviz.networks.torchvision_network import torchvision_network

    network, preprocess = torchvision_network(parsed.network, parsed.weights)
    atlas = nfviz.analyze(
        network,
        ImageFolder(str(parsed.images)),
        preprocess=preprocess,
        layers=parsed.layers,
        device=parsed.device,
        store=parsed.store,
        progress=not parsed.quiet,
    )
    path = atlas.save(parsed.out)
    print(_report(atlas))
    print(f"\nSaved as {path.absolute()} ({_size(path)}).")
    page = path.with_suffix(".html")
    print(f"What to type next: nfviz html {path} --out {page}, or in Python:\n")
    print(f"    atlas = nfviz.load({str(path)!r})")
    print("    nfviz.explore(atlas)")
    return 0


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB"


def _check_output(name: str, path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ValueError(f"{name}: {folder} is no folder that can be written to.")
    if path.is_dir():
        raise ValueError(f"{name}: {path} is a folder; name a file in it.")


def _demo(parsed: argparse.Namespace) -> int:
    start = time.perf_counter()
    _check_output("--output", parsed.output)
    # Torch takes seconds to import: after the checks, within the time that is printed.
    from nfviz.demo import demo_atlas

    atlas = demo_atlas(progress=not parsed.quiet)
    path = atlas.save(parsed.output)
    print(_report(atlas))
    print(
        f"\nSaved as {path.absolute()} ({_size(path)}) after {time.perf_counter() - start:.0f} s."
    )
    print(f"What to type next: nfviz html {path} --out demo.html, or in Python:\n")
    print("    import nfviz")
    print(f"    atlas = nfviz.load({str(path)!r})")
    print("    atlas.neurons.query(\"layer == 'conv5' and class_selectivity > 0.8\")")
    print("    atlas.features['conv1'].shape      # neuron features: unit, height, width, RGB")
    print("    nfviz.save_figure(nfviz.plot_hue_wheel(atlas), 'hue_wheel.html')")
    print("    nfviz.explore(atlas)               # in a notebook: everything, live")
    return 0


def _info(parsed: argparse.Namespace) -> int:
    atlas = nfviz.load(parsed.bundle)
    print(_report(atlas))
    bad = atlas.images.get("reason", pd.Series(dtype=str)).dropna()
    if len(bad):
        print(
            f"\n{len(bad)} images could not be used; the first: image {bad.index[0]}, {bad.iloc[0]}"
        )
    print("\nWhere it comes from:\n")
    print(f"atlas: {fingerprint(atlas.manifest)}")
    for key, value in _leaves(atlas.manifest):
        print(f"{key}: {value}")
    return 0


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Walk through the provenance, one line for each value."""
    if not isinstance(value, Mapping):
        yield name, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{name}.{key}" if name else str(key))


def _report(atlas: nfviz.Atlas) -> str:
    table = summarize_layers(atlas)
    shown = pd.DataFrame(
        {
            "neurons": table["neurons"],
            "dead": table["dead"],
            "field": table["field"],
            "color >= 0.40": table["color_selective"].map("{:.0%}".format, na_action="ignore"),
            "class >= 0.60": table["class_selective"].map("{:.0%}".format, na_action="ignore"),
            "by chance": table["median_chance"].map("{:.2f}".format, na_action="ignore"),
            "median AUC": table["median_auc"].map("{:.1f}".format, na_action="ignore"),
            "median images": table["median_images"].map("{:.0f}".format, na_action="ignore"),
        }
    )
    head = f"{len(atlas.neurons):,} neurons on {len(atlas.images):,} images"
    return f"{head}\n\n{shown.to_string(na_rep='-')}"
