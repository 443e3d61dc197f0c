"""Ground truth for tests: tiny networks whose neurons are known."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nfviz.testing.planted import (
        Planted,
        planted_classes,
        planted_hues,
        planted_states,
    )

__all__ = ["Planted", "planted_classes", "planted_hues", "planted_states"]


def __getattr__(name: str) -> Any:
    """Import the planted networks, which need torch, when they are first asked for."""
    if name in __all__:
        from nfviz.testing import planted

        return getattr(planted, name)
    raise AttributeError(f"module 'nfviz.testing' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, the lazy ones too."""
    return sorted({*globals(), *__all__})
