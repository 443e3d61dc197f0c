"""The selectivities that every record gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nfviz.selectivity.activation_curve import ActivationCurve
from nfviz.selectivity.ccmas import CCMAS
from nfviz.selectivity.class_entropy import ClassEntropy
from nfviz.selectivity.class_selectivity import ClassSelectivity
from nfviz.selectivity.color_names import ColorNames
from nfviz.selectivity.color_selectivity import ChromaSelectivity, ColorSelectivity
from nfviz.selectivity.kurtosis import Kurtosis
from nfviz.selectivity.population_code import PopulationCode
from nfviz.selectivity.purity import Purity
from nfviz.selectivity.sharpness import Sharpness
from nfviz.selectivity.sparseness import Sparseness

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["STANDARD"]

#: In the order of their columns. The defaults are those of the paper, as far as it gives any.
STANDARD: tuple[Callable[[Any], Any], ...] = (
    ActivationCurve(),
    Sparseness(),
    Kurtosis(),
    ColorSelectivity(),
    ChromaSelectivity(),
    ColorNames(),
    Sharpness(),
    ClassSelectivity(),
    ClassEntropy(),
    PopulationCode(),
    Purity(),
    CCMAS(),
)
