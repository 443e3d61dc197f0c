"""What a data set gives: items of an image and a class id, or the reason why one is of no use."""

import re
from collections.abc import Mapping
from typing import Any

from torch.utils.data import IterableDataset

_LONGEST = 200


class Unfit(Exception):
    """An item was read, but is not of a kind that is accepted; the message says why."""


def count_items(dataset: Any) -> int:
    """Return the length of a data set; a ValueError if it has none, or no numbered items."""
    try:
        if isinstance(dataset, IterableDataset | Mapping | str | bytes):
            raise TypeError
        dataset.__getitem__  # noqa: B018
        return len(dataset)
    except (TypeError, AttributeError, NotImplementedError):
        raise ValueError(
            f"images is a {type(dataset).__name__}; it accepts a map-style Dataset, with a length "
            "and items (image, class id). Collect a generator into a list first; of a DataLoader, "
            "pass its dataset; of a folder, torchvision.datasets.ImageFolder(folder)."
        ) from None


def part_item(item: Any) -> tuple[Any, Any]:
    """Return the image and the label of an item; a bare image has none."""
    if not isinstance(item, tuple | list):
        return item, None
    if len(item) != 2:
        raise Unfit(f"it is an item of {len(item)} parts; it accepts (image, class id)")
    return item[0], item[1]


def reason_of(error: Exception) -> str:
    """Say in one line, the same in every run, why reading an item failed."""
    if isinstance(error, Unfit):
        return str(error)
    return one_line(f"{type(error).__name__}: {error}".removesuffix(": "))


def one_line(text: str) -> str:
    """Cut a text to one short line, without addresses of objects in memory."""
    text = " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
