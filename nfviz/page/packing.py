"""The arrays of a payload in as few bytes as a browser unpacks without a library."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nfviz.state.image_sets import ImageSets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nfviz.page.payload import Payload

    Floats = NDArray[np.float64]

__all__ = ["pack_arrays"]

_STEPS = 20_000  # Relative activations are kept in steps of 1/20,000.
_SET_TOLERANCE = 1e-6  # As the recording has it.
_NEAR = 1e-7  # Shares as near as this to each other, or to the threshold, may round either way.
_LEAST = 0.5  # What stands for an activation below the first step, in steps.
_WIDTHS = {"column": 4, "layer": 2, "unit": 4}


class Packed(NamedTuple):
    """Arrays in one piece of data.

    Attributes
    ----------
    places : dict of str to [offset, length, width]
        Where each array lies in the unpacked data, and of how many planes of bytes it consists:
        first the lowest byte of all its numbers, then the next.
    data : bytes
        Compressed with zlib.
    """

    places: dict[str, list[int]]
    data: bytes


def pack_arrays(payload: Payload) -> Packed:
    """Pack all arrays but the pages of tiles.

    Relative activations w become ``q = floor((w + 1e-6) * 20000)``, so that ``w >= t - 1e-6``
    holds just where ``q / 20000 >= t - 1e-6`` does, for every t that is a multiple of 1/20,000.
    Shares of classes are off by less than 0.00005. Neurons of which that would change the image
    set, M or the first class at the atlas' own parameters keep their activations as they are.

    Parameters
    ----------
    payload : Payload
        ``activation`` and ``top`` are packed as ``steps`` and ``exact/...``: see `_steps`.
    """
    arrays = {name: data for name, data in payload.arrays.items() if not name.startswith("page/")}
    weights = _weights(payload)
    steps = _steps(weights)
    rows = _changed(payload, weights, steps)
    activation = _matrix(payload, "activation")[rows]
    del arrays["activation"]
    arrays |= {
        "exact/row": rows.astype("<u4").tobytes(),
        "exact/activation": activation.tobytes(),
        "exact/top": np.frombuffer(arrays.pop("top"), "<f8")[rows].tobytes(),
    }
    places: dict[str, list[int]] = {}
    parts = [_differences(steps)]
    places["steps"] = [0, len(parts[0]), 2]
    offset = len(parts[0])
    for name, data in sorted(arrays.items()):
        width, part = _planes(data, _width(payload, name))
        places[name] = [offset, len(part), width]
        parts.append(part)
        offset += len(part)
    return Packed(places, zlib.compress(b"".join(parts), 9))


def _matrix(payload: Payload, name: str) -> NDArray[Any]:
    kind = np.dtype("<" + payload.meta["dtypes"][name])
    return np.frombuffer(payload.arrays[name], kind).reshape(payload.meta["n"], -1)


def _weights(payload: Payload) -> Floats:
    top = np.frombuffer(payload.arrays["top"], "<f8")
    weights: Floats = (_matrix(payload, "activation") / top[:, np.newaxis]).astype(np.float64)
    return weights


def _steps(weights: Floats) -> NDArray[np.uint16]:
    """Return 0 where there is no image, else one more than the number of whole steps."""
    whole = np.floor((weights + _SET_TOLERANCE) * _STEPS)
    return np.where(weights > 0, np.minimum(whole + 1, np.iinfo(np.uint16).max), 0).astype("<u2")


def _rounded(steps: NDArray[np.uint16]) -> Floats:
    """Return the relative activations that the page makes of steps."""
    return np.where(steps > 1, steps - 1.0, np.where(steps == 1, _LEAST, 0.0)) / _STEPS


def _differences(steps: NDArray[np.uint16]) -> bytes:
    """Return how far each rank falls below the one before, rank by rank, as two planes."""
    fall = steps.copy()
    fall[:, 1:] = steps[:, :-1] - steps[:, 1:]
    return _split(np.ascontiguousarray(fall.T).tobytes(), 2)


def _changed(payload: Payload, weights: Floats, steps: NDArray[np.uint16]) -> NDArray[np.intp]:
    """Return the rows that rounding would change at the atlas' own parameters, or might."""
    own = payload.meta["parameters"]
    positions = _matrix(payload, "label").astype(np.int64)
    ids = np.array([each["label"] for each in payload.meta["classes"]], dtype=np.int64)
    # Without a label the position is -1, or beyond all classes.
    known = np.where(positions < len(ids), positions, -1)
    label = np.append(np.unique(ids, return_inverse=True)[1], -1)[known]
    exact, rounded = (
        ImageSets(each, label).classes(own["n_max"], own["min_activation"])
        for each in (weights, _rounded(steps))
    )
    threshold = own["threshold"]
    needed = [rounded.needed(threshold + step) for step in (-_NEAR, _NEAR)]
    if threshold >= 1:
        needed = [rounded.needed(1)]
    changed = (exact.images != rounded.images) | (exact.top != rounded.top)
    for each in needed:
        changed |= exact.needed(threshold) != each
    changed |= _tied(rounded.covered)
    changed |= weights.max(axis=1, initial=0) * _STEPS > np.iinfo(np.uint16).max - 1
    return np.flatnonzero(changed)


def _tied(covered: list[Floats]) -> NDArray[np.bool_]:
    """Return whether the two greatest shares are as good as equal."""
    tied = [np.zeros(0, dtype=bool)]
    for sums in covered:
        second = sums[:, 1] - sums[:, 0] if sums.shape[1] > 1 else np.zeros(len(sums))
        tied.append((second > 0) & (sums[:, 0] - second < _NEAR))
    return np.concatenate(tied)


def _width(payload: Payload, name: str) -> int:
    """Return how many bytes each number of an array has, 1 where it does not matter."""
    kinds: Mapping[str, str] = payload.meta["dtypes"]
    if name in kinds:
        return int(kinds[name][1:])
    return _WIDTHS.get(name.partition("/")[0], 1)


def _planes(data: bytes, width: int) -> tuple[int, bytes]:
    """Return an array as planes of bytes where these take less room, and how many they are."""
    if width == 1:
        return 1, data
    split = _split(data, width)
    if len(zlib.compress(split)) < len(zlib.compress(data)):
        return width, split
    return 1, data


def _split(data: bytes, width: int) -> bytes:
    return np.frombuffer(data, np.uint8).reshape(-1, width).T.tobytes()
