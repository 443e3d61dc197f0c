"""The numbers and choices of an analysis, checked once at the door."""

import operator
from dataclasses import asdict, dataclass
from numbers import Real
from typing import Any

from nfviz.opponent import OPPONENT

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
        _check_choice("normalise", self.normalise, ("sum", "paper"))
        _check_choice("opponent", self.opponent, tuple(OPPONENT))

    def parameters(self) -> dict[str, Any]:
        """Return those that decide what is measured; the others only how it is computed."""
        return {name: value for name, value in asdict(self).items() if name not in _MACHINERY}


def check_count(name: str, value: Any, least: int, why: str = "") -> int:
    """Return the value of a parameter that counts something as int, or refuse it."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least:
        raise ValueError(f"{name} is {value!r}; it accepts an integer from {least}{why} on.")
    return number


def check_share(name: str, value: Any) -> float:
    """Return the value of a parameter that is a share as float, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 1:
        raise ValueError(f"{name} is {value!r}; it accepts a number from 0 to 1.")
    return float(value)


def _check_choice(name: str, value: Any, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        choices = " or ".join(repr(choice) for choice in accepted)
        raise ValueError(f"{name} is {value!r}; it accepts {choices}.")
