"""The parameters with which an atlas was made: where the explorer starts."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["Parameters", "own_parameters"]

_THRESHOLD = re.compile(r"ClassSelectivity\(threshold=(?:np\.float\d+\()?([\d.e+-]+)\)?\)")
_LEAST_RANKS = 100  # Ranked images that are kept of each neuron, where so many were recorded.
_N_MAX, _MIN_ACTIVATION = 100, 0.7  # The defaults of `nfviz.analyze`.


@dataclass(frozen=True)
class Parameters:
    """What the image sets and the class selectivity of an atlas were made with.

    Attributes
    ----------
    threshold : float
        Of `nfviz.ClassSelectivity`, in (0, 1].
    n_max : int
        Most images in a set.
    min_activation : float
        Least relative activation in a set, in [0, 1].
    ranks : int
        How many ranked images of each neuron the explorer looks at: 100, or `n_max` if it is
        greater; never more than were recorded.
    """

    threshold: float
    n_max: int
    min_activation: float
    ranks: int


def own_parameters(atlas: Atlas) -> Parameters:
    """Read the parameters from the manifest of an atlas.

    Parameters
    ----------
    atlas : Atlas
        What its manifest lacks, or says wrongly, is as `nfviz.analyze` has it by default.
    """
    given = atlas.manifest.get("parameters", {})
    recorded = np.asarray(atlas.ranked.index.get_level_values("rank")).max(initial=-1) + 1
    listed = atlas.manifest.get("selectivities")
    labels = map(str, listed if isinstance(listed, list) else ())
    found = [match[1] for label in labels if (match := _THRESHOLD.fullmatch(label))]
    threshold = _number(["1", *found][-1], 1.0)
    n_max = max(int(_number(given.get("n_max"), _N_MAX)), 1)
    least = _number(given.get("min_activation"), _MIN_ACTIVATION)
    return Parameters(
        threshold=threshold if 0 < threshold <= 1 else 1.0,
        n_max=n_max,
        min_activation=min(max(least, 0.0), 1.0),
        ranks=min(int(recorded), max(_LEAST_RANKS, n_max)),
    )


def _number(value: Any, otherwise: float) -> float:
    """Return a finite number, also one written as text, or else another one."""
    try:
        number = float(value) if isinstance(value, Real | str) else math.nan
    except ValueError:
        number = math.nan
    return number if math.isfinite(number) else otherwise
