"""The embedded images: lit, textured shapes in eight hues over varied backgrounds.

48 leaf classes, six shapes times eight hues, under an ontology of three levels. Nothing is stored
or downloaded: each image is rendered from a seed when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from nfviz.demo.palette import HUES
from nfviz.demo.scene import Scenes, render
from nfviz.demo.shapes import SHAPES
from nfviz.demo.textures import SIZE

if TYPE_CHECKING:
    import torch

FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("round", ("disk", "ring")),
    ("angular", ("square", "triangle")),
    ("pointed", ("star", "cross")),
)
CLASSES: tuple[str, ...] = tuple(f"{hue.name} {shape}" for shape in SHAPES for hue in HUES)


def label_of(hue: str, shape: str) -> int:
    """Return the label of a class.

    Parameters
    ----------
    hue, shape : str
        As in ``"red"``, ``"disk"``.

    Returns
    -------
    int
        Position of the class in `CLASSES`, in 0..47.

    Raises
    ------
    ValueError
        If there is no such hue or shape.

    Examples
    --------
    >>> CLASSES[label_of("cyan", "star")]
    'cyan star'
    """
    name = f"{hue} {shape}"
    if name not in CLASSES:
        hues, shapes = ", ".join(h.name for h in HUES), ", ".join(SHAPES)
        raise ValueError(f"No class named {name!r}. Hues: {hues}. Shapes: {shapes}.")
    return CLASSES.index(name)


def ontology() -> pd.DataFrame:
    """Return the classes and the concepts above them as a table of edges.

    Three levels: family (round, angular, pointed), shape, leaf class.

    Returns
    -------
    pandas.DataFrame
        One row per concept, columns `name` and `parent`; a family has no parent (a missing value).

    Examples
    --------
    >>> ontology().set_index("name").loc[["red disk", "disk"], "parent"].tolist()
    ['disk', 'round']
    """
    edges: list[tuple[str, str | None]] = []
    for family, shapes in FAMILIES:
        edges.append((family, None))
        edges.extend((shape, family) for shape in shapes)
    edges.extend((f"{hue.name} {shape}", shape) for shape in SHAPES for hue in HUES)
    return pd.DataFrame(edges, columns=["name", "parent"])


class DemoImages:
    """A map-style dataset of procedural images.

    Image *i* depends on the seed and *i* alone: a longer collection begins with the shorter one.
    The class of image *i* is *i* modulo 48, so any multiple of 48 images is balanced.

    Parameters
    ----------
    n : int, default 4800
        Number of images, at least 1.
    seed : int, default 0
        Seed of the collection, at least 0. The network of `nfviz.demo.demo_network`
        has been trained on seed 2 and tested on seed 1.

    Notes
    -----
    Images are rendered in blocks of 48 at the first request (about 1 ms per image on one core) and
    kept: 12,288 bytes each, 59 MB for 4,800. On one machine the bytes are always the same; another
    build of numpy may round a few pixels to the neighboring level.

    Examples
    --------
    >>> image, label = DemoImages(n=96)[50]
    >>> tuple(image.shape), image.dtype, CLASSES[label]
    ((3, 64, 64), torch.uint8, 'yellow disk')
    """

    def __init__(self, n: int = 4800, seed: int = 0) -> None:
        if n < 1:
            raise ValueError(f"n must be at least 1, got {n}.")
        if seed < 0:
            raise ValueError(f"seed must be at least 0, got {seed}.")
        self.n, self.seed = n, seed
        self._pixels = np.empty((n, 3, SIZE, SIZE), np.uint8)
        self._hues = np.empty(n, np.float32)
        self._rendered = np.zeros(-(-n // len(CLASSES)), bool)

    def __repr__(self) -> str:
        """Return the call that makes this collection."""
        return f"{type(self).__name__}(n={self.n}, seed={self.seed})"

    def __len__(self) -> int:
        """Return the number of images."""
        return self.n

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        """Return one image as a uint8 tensor (3, 64, 64), a copy, and its class id."""
        # The exploring half of the package must import where torch is not installed.
        import torch

        index = self._checked(index)
        return torch.from_numpy(self.pixels(index, index + 1)[0].copy()), int(self.labels[index])

    @property
    def labels(self) -> npt.NDArray[np.intp]:
        """Class id of every image, in 0..47; shape (n,)."""
        return np.arange(self.n) % len(CLASSES)

    @property
    def hues(self) -> npt.NDArray[np.float32]:
        """True hue of the object in every image, before texture and light, in degrees; (n,)."""
        self._render(0, self.n)
        return self._hues.copy()

    def pixels(self, start: int = 0, stop: int | None = None) -> npt.NDArray[np.uint8]:
        """Return consecutive images without torch.

        Parameters
        ----------
        start, stop : int
            First image, and the one behind the last; by default all.

        Returns
        -------
        ndarray of uint8, shape (stop - start, 3, 64, 64)
            sRGB-coded pixels, a read-only view.
        """
        start, stop, _ = slice(start, stop).indices(self.n)
        self._render(start, stop)
        view = self._pixels[start:stop]
        view.flags.writeable = False
        return view

    def scenes(self, start: int = 0, stop: int | None = None) -> Scenes:
        """Render consecutive images anew, with the masks of their objects."""
        return render(self.seed, range(*slice(start, stop).indices(self.n)))

    def _checked(self, index: int) -> int:
        if not -self.n <= index < self.n:
            raise IndexError(f"Image {index} of a collection of {self.n}.")
        return index % self.n

    def _render(self, start: int, stop: int) -> None:
        size = len(CLASSES)
        for block in range(start // size, -(-stop // size)):
            if not self._rendered[block]:
                here = slice(block * size, min((block + 1) * size, self.n))
                scenes = render(self.seed, range(here.start, here.stop))
                self._pixels[here], self._hues[here] = scenes.images, scenes.hues
                self._rendered[block] = True
