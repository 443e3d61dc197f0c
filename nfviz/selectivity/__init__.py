"""Selectivities: what a neuron prefers, measured from a record; no torch needed.

Each is a small frozen dataclass that one calls with an atlas; `score` joins what it gives to the
table of neurons. `nfviz.selectivity.standard.STANDARD` lists those that every record gets.
"""

from nfviz.selectivity.activation_curve import ActivationCurve
from nfviz.selectivity.blur_effect import BlurEffect
from nfviz.selectivity.ccmas import CCMAS
from nfviz.selectivity.class_entropy import ClassEntropy
from nfviz.selectivity.class_selectivity import (
    ClassSelectivity,
    class_distribution,
    class_shares,
    small_data_note,
)
from nfviz.selectivity.color_names import ColorNames, color_memberships
from nfviz.selectivity.color_selectivity import ChromaSelectivity, ColorSelectivity
from nfviz.selectivity.color_statistics import color_statistics
from nfviz.selectivity.kurtosis import Kurtosis
from nfviz.selectivity.neuron import Neuron
from nfviz.selectivity.population_code import PopulationCode
from nfviz.selectivity.purity import Purity
from nfviz.selectivity.score import score
from nfviz.selectivity.sharpness import Sharpness
from nfviz.selectivity.sparseness import Sparseness

__all__ = [
    "CCMAS",
    "ActivationCurve",
    "BlurEffect",
    "ChromaSelectivity",
    "ClassEntropy",
    "ClassSelectivity",
    "ColorNames",
    "ColorSelectivity",
    "Kurtosis",
    "Neuron",
    "PopulationCode",
    "Purity",
    "Sharpness",
    "Sparseness",
    "class_distribution",
    "class_shares",
    "color_memberships",
    "color_statistics",
    "score",
    "small_data_note",
]
