"""For tests: the contract of a selectivity, and networks and records whose neurons are known.

The planted networks need torch; `check_selectivity` and `random_atlas` do not.
"""

from typing import TYPE_CHECKING, Any

from nfviz.testing.contract import check_selectivity
from nfviz.testing.random_atlas import random_atlas

if TYPE_CHECKING:
    from nfviz.testing.planted import (
        Planted,
        planted_classes,
        planted_hues,
        planted_states,
    )

__all__ = [
    "Planted",
    "check_selectivity",
    "planted_classes",
    "planted_hues",
    "planted_states",
    "random_atlas",
]


def __getattr__(name: str) -> Any:
    """Import the planted networks, which need torch, when they are first asked for."""
    if name in __all__:
        from nfviz.testing import planted

        return getattr(planted, name)
    raise AttributeError(f"module 'nfviz.testing' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, the lazy ones too."""
    return sorted({*globals(), *__all__})
