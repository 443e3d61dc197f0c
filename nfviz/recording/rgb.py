"""Pictures of every kind as 8-bit RGB."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def to_rgb(picture: Image.Image) -> Image.Image:
    """Return a picture in mode RGB, of 8 bits per channel.

    Gray is repeated. Transparency is dropped, as torchvision's own loader drops it: what lies
    behind comes to light. 16-bit gray is divided by 257, so that white stays white; PIL's own
    conversion would cut off all but the darkest 255 of its 65,536 levels. Of an animation, the
    frame that is shown counts: the first of a file that was just opened.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any mode with a known range.

    Raises
    ------
    ValueError
        If its mode is I or F (32-bit integers or floats), whose range is not known.
    OSError
        If its file cannot be decoded.
    """
    if picture.mode == "RGB":
        return picture
    if picture.mode in ("I", "F"):
        raise ValueError(
            f"a picture of mode {picture.mode} (32 bits) has no known range; convert it to RGB"
        )
    if picture.mode.startswith("I;16"):
        picture = Image.fromarray(eight_bits(np.asarray(picture)))
    elif picture.mode == "P" and picture.info.get("transparency") is not None:
        # Straight to RGB gives the same pixels and a warning.
        picture = picture.convert("RGBA")
    return picture.convert("RGB")


def to_pixels(picture: Image.Image) -> Tensor:
    """Return the pixels of a picture, as RGB, in a uint8 tensor (3, height, width)."""
    return torch.from_numpy(np.array(to_rgb(picture))).permute(2, 0, 1)


def eight_bits(levels: np.ndarray) -> np.ndarray:
    """Return 16-bit levels in 8 bits: round(x / 257), so that 65535 becomes 255."""
    return ((levels.astype(np.uint32) + 128) // 257).astype(np.uint8)
