"""Networks of torchvision by name, with their own weights or those of a file."""

import os
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision import models
from torchvision.transforms._presets import ImageClassification

_WRAPPED = ("state_dict", "model_state_dict", "model")


def torchvision_network(
    name: str, weights: str | os.PathLike[str] | None = None
) -> tuple[nn.Module, Callable[[Any], Any]]:
    """Build a classification network of torchvision.

    Parameters
    ----------
    name : str
        One of ``torchvision.models.list_models(torchvision.models)``, such as ``"resnet18"``.
    weights : str or path, optional
        A file with the network's state (read with ``weights_only=True``: nothing in it is
        executed), or the name of one of torchvision's own, such as ``"IMAGENET1K_V1"``, which
        are downloaded when they are first asked for; ``"DEFAULT"`` by default.

    Returns
    -------
    network : torch.nn.Module
        In evaluation mode. With a file, it has as many outputs as the file says.
    preprocess : callable
        From a PIL image to its input, as torchvision's weights of that name have it.

    Raises
    ------
    ValueError
        If there is no such network or weights, or the file holds those of another network.
    OSError
        If the file cannot be read, or nothing can be downloaded.
    """
    known = models.list_models(module=models)
    if name not in known:
        near = get_close_matches(name, known, 3) or known[:3]
        raise ValueError(
            f"network is {name!r}; it accepts a name of torchvision.models, such as "
            f"{', '.join(map(repr, near))}."
        )
    own = models.get_model_weights(name)
    names = list(own.__members__)
    if weights is not None and Path(weights).exists():
        return _from_file(name, Path(weights)), own["DEFAULT"].transforms()
    chosen = "DEFAULT" if weights is None else str(weights).rsplit(".", 1)[-1]
    if chosen not in names:
        raise ValueError(
            f"weights is {str(weights)!r}; it accepts a file, or one of {', '.join(names)}."
        )
    network = models.get_model(name, weights=own[chosen])
    return network.eval(), _preset(name, own[chosen])


def _preset(name: str, weights: Any) -> ImageClassification:
    preset = weights.transforms()
    if not isinstance(preset, ImageClassification):
        raise ValueError(f"network is {name!r}, which is not made to classify images.")
    return preset


def _from_file(name: str, path: Path) -> nn.Module:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        raise ValueError(
            f"weights is {str(path)!r}, which holds no tensors that can be loaded safely "
            f"({type(error).__name__}). Save network.state_dict() with torch.save."
        ) from error
    for key in _WRAPPED:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not isinstance(state, Mapping) or not state:
        raise ValueError(f"weights is {str(path)!r}, which holds no state of a network.")
    state = {re.sub(r"^(module|_orig_mod)\.", "", str(key)): value for key, value in state.items()}
    matrices = [v for v in state.values() if isinstance(v, torch.Tensor) and v.ndim >= 2]
    options: dict[str, Any] = {"num_classes": len(matrices[-1])} if matrices else {}
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    network = models.get_model(name, weights=None, **options)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(
            f"weights is {str(path)!r}, which holds those of another network than {name!r}: "
            f"{' '.join(str(error).split())[:300]}"
        ) from error
    return network.eval()
