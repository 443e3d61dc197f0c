"""What a recording is made of: the network, the images, and how the one is shown the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from nfviz.recording.images import ImageSource
from nfviz.recording.options import Options
from nfviz.recording.preprocessing import split
from nfviz.recording.recorder import Recorder


@dataclass(frozen=True)
class Job:
    """The arguments of `nfviz.analyze` that a worker in another process needs as well.

    Attributes
    ----------
    network, images, preprocess, mean, std, layers, tune
        As given.
    class_names : mapping of int to str, optional
        Names of the classes by label.
    device : torch.device
        Where the network runs.
    options : Options
        The numbers and choices.
    """

    network: nn.Module
    images: Any
    preprocess: Callable[[Any], Any] | None
    mean: Any
    std: Any
    class_names: Mapping[int, str] | None
    layers: Sequence[str] | None
    device: torch.device
    options: Options
    tune: bool

    def open(self) -> tuple[ImageSource, Recorder]:
        """Read the first image, run the network on it, and return what reads the others.

        Raises
        ------
        ValueError
            If images, preprocessing or layers are not what they have to be.
        """
        most_bad = 0
        if hasattr(self.images, "__len__"):
            most_bad = int(self.options.max_bad * len(self.images))
        preprocessing = split(self.preprocess, self.mean, self.std)
        source = ImageSource(self.images, preprocessing, self.class_names, most_bad)
        batch_size = self.options.batch_size
        return source, Recorder(self.network, source, self.layers, self.device, batch_size)
