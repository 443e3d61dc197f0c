"""The colors in which hues are drawn."""

import numpy as np
from numpy.typing import ArrayLike

from nfviz.atlas import Atlas
from nfviz.opponent import hue_to_rgb


def hue_inks(atlas: Atlas, hues: ArrayLike) -> list[str]:
    """Return the ink of each hue, in degrees of the opponent space of the atlas."""
    space = atlas.manifest.get("parameters", {}).get("opponent", "cic")
    colors = np.rint(255 * hue_to_rgb(np.asarray(hues, dtype=float), space)).astype(int)
    return [f"rgb({red},{green},{blue})" for red, green, blue in colors.reshape(-1, 3)]
