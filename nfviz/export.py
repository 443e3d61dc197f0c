"""The explorer in one HTML file: alive without a kernel, without a network."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nfviz.figures.signature import origin
from nfviz.option_checks import check_choice, check_count
from nfviz.page.crop_strips import CropStrips, make_strips
from nfviz.page.file_page import file_page
from nfviz.page.packing import pack_arrays
from nfviz.page.payload import Payload, make_payload
from nfviz.page.restriction import restrict
from nfviz.whole_file import check_folder, write_whole

if TYPE_CHECKING:
    from nfviz.atlas import Atlas
    from nfviz.widgets.selection import Selection

__all__ = ["write_html"]

_SUFFIXES = (".html", ".htm")
_STEP, _SMALLEST, _LARGEST = 8, 16, 128
_CROPS, WITH_CROPS, _MOST_CROPS = 8, 500, 255
_LONGEST = 100_000
_NO_CROPS = CropStrips([], {}, b"")


def write_html(
    atlas: Atlas,
    path: str | os.PathLike[str],
    neurons: Any = None,
    *,
    thumbnails: int = 48,
    crops: int | None = None,
    title: str | None = None,
    selection: Selection | str | None = None,
) -> Path:
    """Write the explorer of an atlas to one HTML file that needs neither Python nor a network.

    All that `nfviz.explore` shows is alive in it: sliders, search, thresholds and class
    selectivity measured anew for any of them. It opens from a disk, as the supplement of a paper
    or from a server; its own rules forbid it to fetch or to send anything.

    Parameters
    ----------
    atlas : Atlas
        Needs ``features``.
    path : str or PathLike
        Ends with ``.html`` or ``.htm``. The file appears whole or not at all; one of that name is
        replaced.
    neurons : DataFrame, MultiIndex, sequence of (layer, unit), or None
        Which neurons the file holds: a slice of ``atlas.neurons``, its index, or names of neurons;
        all by default. Chance levels stay those of the whole data set.
    thumbnails : int
        Side of a neuron feature in pixels, a multiple of 8 from 16 to 128. Take 32 for tens of
        thousands of neurons.
    crops : int, optional
        How many crops of each neuron travel in the file, up to 255 and as far as the atlas keeps
        them; about 2 kB each for fields of 64 pixels or more. By default 8 for up to 500 neurons,
        none for more. They show parts
        of images of the data set: mind whose they are.
    title : str, optional
        Heading of the page; by default the name of the network.
    selection : Selection or str, optional
        The state in which the file starts: that of a selection, or an address (``#...``). An
        address behind the file's own name has precedence.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    TypeError
        If `title` is no text.
    ValueError
        If the name ends otherwise, there is no such neuron, no neuron feature or no crop, or a
        number is out of range.
    FileNotFoundError, PermissionError, IsADirectoryError
        If the path cannot be written to.

    Notes
    -----
    The same atlas and options give the same bytes, with the same versions of nfviz, Pillow and
    zlib. 2,000 neurons at 48 px take about 2 MB, 26,560 at 32 px less than 20 MB.

    Relative activations are kept in steps of 1/20,000: image sets are exact for every least
    activation that is a multiple of it, shares of classes are off by less than 0.00005. So with
    a threshold below 1 a neuron in some thousands may need one class more or less than in Python.
    At the atlas' own parameters class selectivity is that of ``atlas.neurons``. Columns are in
    float32.

    What the file was made of stands in it to be read; `nfviz.provenance` reads it too. Names,
    titles and paths in the atlas are text in the page, whatever they hold.
    """
    path = Path(path)
    check_choice("the ending of path", path.suffix.lower(), _SUFFIXES)
    check_folder(path)
    side = _side(thumbnails)
    if title is not None and not isinstance(title, str):
        raise TypeError(f"title is {title!r}; it accepts text.")
    address = _address(selection)
    if not atlas.features:
        raise ValueError("The atlas keeps no neuron features, which the file would show.")
    shown = restrict(atlas, neurons)
    strips = _strips(shown, crops)
    payload = make_payload(shown, side=side)
    options = {
        "neurons": None if neurons is None else _names(shown), "thumbnails": side,
        "crops": crops, "title": title, "selection": address,
    }  # fmt: skip
    made = origin("write_html", atlas.manifest, options)
    write_whole(path, _page(payload, strips, made, atlas.manifest, title))
    return path


def _page(
    payload: Payload,
    strips: CropStrips,
    made: Mapping[str, Any],
    manifest: Mapping[str, Any],
    title: str | None,
) -> bytes:
    packed = pack_arrays(Payload(payload.meta, payload.arrays | strips.arrays))
    network = manifest.get("network")
    heading = title or (f"Neurons of {network}" if isinstance(network, str) else "Neurons")
    facts = dict(_leaves({**made, "manifest": manifest}))
    meta = payload.meta | {
        "title": heading,
        "state": made["parameters"]["selection"],
        "crops": "file" if strips.data else "none",
        "provenance": dict(made),
        "file": {"places": packed.places, "crop_tiles": strips.tiles, "facts": facts},
    }
    pages = {
        name.replace("/", "-"): data
        for name, data in payload.arrays.items()
        if name.startswith("page/")
    }
    blocks = {"arrays": packed.data, **pages, "crops": strips.data}
    layers = len(payload.meta["layers"])
    count = _count(payload.meta["n"], "neuron") + " in " + _count(layers, "layer")
    return file_page(meta, blocks, made, title=heading, count=count)


def _side(thumbnails: Any) -> int:
    side = check_count("thumbnails", thumbnails, _SMALLEST, most=_LARGEST)
    if side % _STEP:
        raise ValueError(
            f"thumbnails is {thumbnails!r}; it accepts a multiple of {_STEP} from {_SMALLEST} to "
            f"{_LARGEST}, such as 32 or 48."
        )
    return side


def _address(selection: Any) -> str | None:
    """Return the address of the state in which the file starts."""
    address = getattr(selection, "address", selection)
    if address is not None and not (isinstance(address, str) and address.startswith("#")):
        raise ValueError(
            f"selection is {selection!r}; it accepts a Selection, or an address that begins with #."
        )
    return address


def _strips(atlas: Atlas, crops: int | None) -> CropStrips:
    """Return the crops that travel in the file."""
    if crops is None:
        count = _CROPS if len(atlas.neurons) <= WITH_CROPS else 0
    else:
        count = check_count("crops", crops, 0, most=_MOST_CROPS)
        if count and not atlas.crops:
            raise ValueError(f"crops is {crops!r}, but the atlas keeps no crops. Leave it out.")
    return make_strips(atlas, count) if count and atlas.crops else _NO_CROPS


def _names(atlas: Atlas) -> Any:
    """Return the names of neurons, or of very many a fingerprint."""
    names = [[str(layer), int(unit)] for layer, unit in atlas.neurons.index]
    text = json.dumps(names)
    if len(text) <= _LONGEST:
        return names
    return {"neurons": len(names), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Walk through what the file was made of, one line for each value."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, value if isinstance(value, str) else json.dumps(value)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
