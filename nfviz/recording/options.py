"""The numbers and choices of an analysis, checked once at the door."""

from dataclasses import asdict, dataclass
from typing import Any

from nfviz.opponent import OPPONENT
from nfviz.option_checks import check_choice, check_count, check_share

_MACHINERY = ("batch_size", "workers", "max_memory", "max_bad")


@dataclass(frozen=True)
class Options:
    """What `nfviz.analyze` takes by the same names, and says more of.

    Raises
    ------
    ValueError
        If one is out of range.
    """

    n_max: int
    min_activation: float
    n_ranked: int
    n_crops: int
    normalise: str
    min_coverage: float
    opponent: str
    batch_size: int
    workers: int
    max_memory: int
    max_bad: float

    def __post_init__(self) -> None:
        """Refuse what is out of range; NumPy's numbers become Python's."""
        least = {"n_max": 1, "n_crops": 0, "batch_size": 1, "workers": 0, "max_memory": 0}
        for name, value in least.items():
            object.__setattr__(self, name, check_count(name, getattr(self, name), value))
        n_ranked = check_count("n_ranked", self.n_ranked, self.n_max, " (n_max)")
        object.__setattr__(self, "n_ranked", n_ranked)
        for name in ("min_activation", "min_coverage", "max_bad"):
            object.__setattr__(self, name, check_share(name, getattr(self, name)))
        check_choice("normalise", self.normalise, ("sum", "paper"))
        check_choice("opponent", self.opponent, tuple(OPPONENT))

    def parameters(self) -> dict[str, Any]:
        """Return those that decide what is measured; the others only how it is computed."""
        return {name: value for name, value in asdict(self).items() if name not in _MACHINERY}
