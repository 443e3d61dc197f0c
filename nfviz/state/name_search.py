"""Which neurons a text finds: by class, layer, unit or color name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

__all__ = ["NameSearch"]

# What a browser takes for white space too.
_SPACE = re.compile("[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_LONGEST_NUMBER = 18


class NameSearch:
    """The names under which neurons are found.

    Parameters
    ----------
    neurons : DataFrame
        Of an atlas; its ``color_name`` is searched where there is one.
    layers : sequence of str
        Names of the layers.
    classes : mapping of int to sequence of str
        Names of each class and of what it is a kind of, by class id.
    """

    def __init__(
        self,
        neurons: pd.DataFrame,
        layers: Sequence[str],
        classes: Mapping[int, Sequence[str]],
    ) -> None:
        self._layers = [str(name).lower() for name in layers]
        self._layer = pd.Index(layers).get_indexer(neurons.index.get_level_values("layer"))
        self._unit = neurons.index.get_level_values("unit").to_numpy()
        self._classes = {c: [name.lower() for name in names] for c, names in classes.items()}
        colors = neurons.get("color_name", pd.Series(None, index=neurons.index, dtype=object))
        self._color, names = pd.factorize(colors.astype(object))
        self._colors = [str(name).lower() for name in names]

    def find(self, text: str, top: NDArray[np.float64]) -> Mask | None:
        """Mark the neurons in which all words of a text are found.

        A word is found in the name of the neuron's first class or of what that is a kind of, in
        the name of its layer, at the end of ``layer/unit`` where it has a slash, as the number of
        the unit, or in the name of its color. Case does not matter.

        Parameters
        ----------
        text : str
            Words, with white space between them.
        top : ndarray, shape (neurons,)
            Id of each neuron's first class, NaN where there is none.

        Returns
        -------
        ndarray of bool or None
            None where there is no word.
        """
        words = [word for word in _SPACE.split(text.lower()) if word]
        if not words:
            return None
        found = np.ones(len(self._unit), dtype=bool)
        for word in words:
            found &= self._named(word) | self._of_class(word, top)
        return found

    def _of_class(self, word: str, top: NDArray[np.float64]) -> Mask:
        hits = [c for c, names in self._classes.items() if any(word in name for name in names)]
        return np.isin(top, hits)

    def _named(self, word: str) -> Mask:
        """Mark the neurons that a word finds by layer, unit or color name."""
        found = _pick([word in name for name in self._layers], self._layer)
        found |= _pick([word in name for name in self._colors], self._color)
        if word.isascii() and word.isdigit():
            number = word.lstrip("0") or "0"
            if len(number) <= _LONGEST_NUMBER:
                found |= self._unit == int(number)
        layer, slash, unit = word.rpartition("/")
        # Behind its slash stands a whole number as the unit's name has it.
        if slash and re.fullmatch("0|[1-9][0-9]{0,17}", unit):
            ends = _pick([name.endswith(layer) for name in self._layers], self._layer)
            found |= ends & (self._unit == int(unit))
        return found


def _pick(hits: Sequence[bool], codes: NDArray[np.intp]) -> Mask:
    """Return what is said of each code; False for -1."""
    return np.array([*hits, False])[codes]
