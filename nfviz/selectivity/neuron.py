"""One neuron of a record, as a function of a single neuron sees it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from nfviz.atlas import Atlas
from nfviz.one_neuron import one_neuron
from nfviz.selectivity.neuron_rows import set_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray

    Doubles = NDArray[np.float64]

__all__ = ["AtlasWanted", "Neuron", "live_neurons"]

_FIELDS = frozenset(part.name for part in fields(Atlas))


class AtlasWanted(AttributeError):
    """A function of one neuron asked it for something that only a whole record has."""


@dataclass(frozen=True, eq=False, repr=False)
class Neuron:
    """One neuron: what `nfviz.score` hands to a function of a single neuron.

    All arrays are read-only, so that no function changes the record.

    Attributes
    ----------
    layer : str
        Its layer.
    unit : int
        Its channel, from 0.
    weights : numpy.ndarray of float64, shape (N,)
        Relative activations a / a_max of the N images of its image set, in (0, 1], best first.
    activations : numpy.ndarray of float64, shape (N,)
        Their activations, in the units of the network.
    labels : numpy.ndarray of int64, shape (N,)
        Their class ids, as in ``atlas.classes``; -1 where an image has none.
    images : numpy.ndarray of int64, shape (N,)
        Their ids, as in ``atlas.images``.
    feature : numpy.ndarray of float64, shape (height, width, 3)
        The neuron feature: R, G, B in 0..255.
    spread : numpy.ndarray of float64, shape (height, width)
        Standard deviation of the crops at each pixel, in opponent units.
    coverage : numpy.ndarray of float64, shape (height, width)
        Share of the weight that covers a pixel, in [0, 1].
    columns : mapping of str to value
        What ``atlas.neurons`` says of it, the columns of earlier selectivities too.
    """

    layer: str
    unit: int
    weights: Doubles
    activations: Doubles
    labels: NDArray[np.int64]
    images: NDArray[np.int64]
    _atlas: Atlas = field(kw_only=True)
    _row: int = field(kw_only=True)

    @classmethod
    def of(cls, atlas: Atlas, neuron: tuple[str, int]) -> Neuron:
        """Return one neuron of a record, to try a function on.

        Parameters
        ----------
        atlas : Atlas
            The record.
        neuron : (str, int)
            Layer and unit. The image set of a dead neuron is empty.

        Raises
        ------
        ValueError
            If there is no such neuron; the message lists the layers or the units.

        Examples
        --------
        >>> nfviz.Neuron.of(atlas, ("conv2", 5)).feature.shape
        (17, 17, 3)
        """
        return next(_neurons(one_neuron(atlas, neuron), np.arange(1)))[1]

    @cached_property
    def feature(self) -> Doubles:
        """The neuron feature, (height, width, RGB) in 0..255."""
        return self._array("features")

    @cached_property
    def spread(self) -> Doubles:
        """Standard deviation of the crops at each pixel, (height, width), in opponent units."""
        return self._array("spread")

    @cached_property
    def coverage(self) -> Doubles:
        """Share of the weight that covers a pixel, (height, width), in [0, 1]."""
        return self._array("coverage")

    @cached_property
    def columns(self) -> Mapping[str, Any]:
        """What ``atlas.neurons`` says of the neuron, by column."""
        row = self._atlas.neurons.iloc[self._row]
        return MappingProxyType({str(name): value for name, value in row.items()})

    def crops(self) -> NDArray[np.uint8]:
        """Return the crops that the record keeps of the best images.

        Returns
        -------
        numpy.ndarray of uint8, shape (crops, height, width, 3)
            Best image first, at most 16 by default (``n_crops`` of `nfviz.analyze`), reduced to
            64 pixels where the field is larger. Pixels outside of the image are mid-gray.

        Raises
        ------
        ValueError
            If the record keeps none of this layer.
        """
        if self.layer not in self._atlas.crops:
            raise ValueError(
                f"This atlas keeps no crops of layer {self.layer!r}: make it with "
                "nfviz.analyze(..., n_crops=16)."
            )
        return _read_only(self._atlas.crops[self.layer][self.unit], np.uint8)

    def _array(self, name: str) -> Doubles:
        arrays = getattr(self._atlas, name)
        if self.layer not in arrays:
            raise ValueError(
                f"This atlas has no {name} of layer {self.layer!r}: make it with nfviz.analyze."
            )
        return _read_only(arrays[self.layer][self.unit], np.float64)

    def __getattr__(self, name: str) -> Any:
        """Say what to do where a function asks for a part of the whole record."""
        if name in _FIELDS:
            raise AtlasWanted(
                f"a Neuron has no {name!r}; name the function's parameter 'atlas' to be given the "
                "whole record."
            )
        raise AttributeError(f"a Neuron has no {name!r}; it has {', '.join(_NAMES)}.")

    def __repr__(self) -> str:
        """Return layer, unit and the size of the image set."""
        return f"<nfviz.Neuron: layer {self.layer!r}, unit {self.unit}, {len(self.images)} images>"


_NAMES = (
    "layer", "unit", "weights", "activations", "labels", "images", "feature", "spread", "coverage",
    "columns", "crops()",
)  # fmt: skip


def live_neurons(atlas: Atlas) -> Iterator[tuple[int, Neuron]]:
    """Go through the live neurons of a record.

    Parameters
    ----------
    atlas : Atlas
        The record.

    Yields
    ------
    row : int
        Position in ``atlas.neurons``.
    neuron : Neuron
        The neuron.
    """
    return _neurons(atlas, np.flatnonzero(~atlas.neurons["dead"].to_numpy(dtype=bool)))


def _neurons(atlas: Atlas, wanted: NDArray[np.intp]) -> Iterator[tuple[int, Neuron]]:
    """Yield the neurons in some rows of the table."""
    owner, rows = set_rows(atlas)
    rank = np.asarray(atlas.ranked.index.get_level_values("rank"))[rows]
    order = np.lexsort((rank, owner))
    owner, rows = owner[order], rows[order]
    image = np.asarray(atlas.ranked["image"])[rows]
    arrays = [
        _read_only(atlas.ranked["weight"].to_numpy()[rows], np.float64),
        _read_only(atlas.ranked["activation"].to_numpy()[rows], np.float64),
        _read_only(atlas.images["label"].loc[image], np.int64),
        _read_only(image, np.int64),
    ]
    ends = np.searchsorted(owner, np.arange(len(atlas.neurons) + 1))
    for row in wanted.tolist():
        layer, unit = atlas.neurons.index[row]
        parts = (array[ends[row] : ends[row + 1]] for array in arrays)
        yield row, Neuron(str(layer), int(unit), *parts, _atlas=atlas, _row=row)


def _read_only(values: ArrayLike, kind: type[np.generic]) -> NDArray[Any]:
    """Return a copy that cannot be written to."""
    copy = np.array(values, dtype=kind)
    copy.flags.writeable = False
    return copy
