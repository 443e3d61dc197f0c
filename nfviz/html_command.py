"""``nfviz html``: write the explorer of a bundle to one HTML file."""

import argparse
import sys
from pathlib import Path
from typing import Any

import nfviz
from nfviz.export import WITH_CROPS


def add_html_command(commands: Any) -> None:
    """Add ``html`` to the subparsers of the command line."""
    page = commands.add_parser(
        "html",
        help="write the explorer of a bundle to one HTML file",
        description="Write the explorer of a bundle to one HTML file, which is alive without "
        "Python and without a network. Needs no torch.",
    )
    page.add_argument("bundle", type=Path, help="a file that Atlas.save wrote")
    page.add_argument("--out", required=True, type=Path, help="where the file goes (.html)")
    page.add_argument("--title", help="heading of the page (default: the name of the network)")
    page.add_argument(
        "--thumbnails",
        type=int,
        default=48,
        metavar="PIXELS",
        help="side of a neuron feature, a multiple of 8 from 16 to 128 (default: %(default)s)",
    )
    page.add_argument(
        "--crops",
        type=int,
        metavar="COUNT",
        help="crops of each neuron (default: 8 for up to 500 neurons, none for more)",
    )
    page.add_argument(
        "--selection", metavar="ADDRESS", help="the state in which it starts, such as '#th=0.9'"
    )
    page.set_defaults(run=_html)


def _html(parsed: argparse.Namespace) -> int:
    atlas = nfviz.load(parsed.bundle)
    path = nfviz.write_html(
        atlas,
        parsed.out,
        thumbnails=parsed.thumbnails,
        crops=parsed.crops,
        title=parsed.title,
        selection=parsed.selection,
    )
    size = path.stat().st_size / 1e6
    sys.stdout.write(f"Saved as {path.absolute()} ({size:.1f} MB). Open it in a browser.\n")
    if parsed.crops is None and len(atlas.neurons) > WITH_CROPS and atlas.crops:
        sys.stdout.write(
            f"It holds no crops, as an atlas of {len(atlas.neurons):,} neurons would make it "
            "large; --crops 4 takes some along.\n"
        )
    return 0
