"""What figures say of an atlas that lists only some of the neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["IN_VIEW", "in_view"]

IN_VIEW = "in_view"
"""Key of the manifest that says so."""


def in_view(atlas: Atlas) -> str:
    """Return what stands behind a number of neurons: nothing, where these are all of a network.

    Parameters
    ----------
    atlas : Atlas
        That an explorer shows in part has ``manifest["in_view"]``.
    """
    return " in view" if atlas.manifest.get(IN_VIEW) else ""
