"""Neurons shown their own neuron features (the paper's Fig. 4)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from nfviz.atlas import Atlas
from nfviz.option_checks import check_count
from nfviz.recording.admission import admit, choose_device, run
from nfviz.recording.borrow import borrowed
from nfviz.recording.feature_canvas import FeatureCanvas
from nfviz.recording.heap import kept_heap
from nfviz.recording.inputs import fill_batch
from nfviz.recording.layer_names import modules_by_name
from nfviz.recording.layers import Layer, find_layers, to_maps
from nfviz.recording.provenance import fingerprint_weights


def respond_to_features(
    atlas: Atlas,
    network: nn.Module,
    *,
    layers: Sequence[str] | None = None,
    device: str | torch.device | None = None,
    batch_size: int = 64,
    tune: bool = True,
    progress: bool = True,
) -> Atlas:
    r"""Show every neuron its own neuron feature and record its response (the paper's Fig. 4).

    The feature is pasted at its true size into a canvas of the images' size, at the window of the
    central unit of the layer's map. The canvas has the color that normalization turns into zero:
    the mean. The response :math:`a` of that one unit is read where the recording reads it, before
    the ReLU:

    .. math:: own\_ratio = \max(0, a) / a_{max}, \qquad
        own\_layer = \max(0, a) / \max_{layer} \max(0, a)

    Parameters
    ----------
    atlas : Atlas
        With neuron features. It is not modified.
    network : torch.nn.Module
        The network of the atlas, with the same weights; given back untouched. No other thread may
        use it meanwhile.
    layers : sequence of str, optional
        Layers of the atlas to do; all by default. The rows of the others keep what they have,
        which is NaN at first.
    device : str or torch.device, optional
        Where the network runs; by default where its parameters are.
    batch_size : int
        Features per forward pass, which ends at the layer whose neurons are read.
    tune : bool
        Let the process keep freed memory while this runs (Linux with glibc), which is faster.
    progress : bool
        Show a bar with neurons per second and time left.

    Returns
    -------
    Atlas
        A new record whose ``neurons`` has the columns ``own_ratio`` (at least 0; 1 is the response
        to the neuron's best image, and more is possible) and ``own_layer`` (in [0, 1]; all zero in
        a layer where no neuron responds). Both are NaN for dead neurons and where the response is
        not finite. ``manifest["own_response"]`` holds for each layer the unit that was read,
        ``row`` and ``col`` in its map (None where the maximum was taken), and ``batch_size``.

    Raises
    ------
    ValueError
        If the network has other weights than that of the atlas or runs otherwise, the atlas has
        no such layer or no features of it, or a parameter is out of range.

    Notes
    -----
    For a linear unit (a first convolution) whose crops lie inside the images, the response to the
    average of its crops is the average of its responses, so that own_ratio =
    :math:`\sum_j w_j^2 / \sum_j w_j` but for rounding. Under the 70 % rule that is 0.7 at least,
    by arithmetic and not by learning. It does not hold for features made with
    ``normalise="paper"``, which are darker.

    Pixels that too few images cover have the color of the canvas; the part of a window that lies
    outside of the image is cut off. A field larger than the image has a window of the image's
    size, about the center of the field. Where the field is the whole image or unknown (linear
    layers, tokens behind an attention, a module that runs several times), the feature is an image
    and is read like one: the maximum over the map and over the calls.

    Departures from the paper, which says neither where and in which surround a feature is shown
    nor what the "specific range within each layer" of its responses is: own_layer is our reading
    of the latter. own_ratio relates a response to the neuron's own images instead, so that it can
    be compared between layers.

    Examples
    --------
    >>> atlas = nfviz.respond_to_features(atlas, network, progress=False)
    >>> float(atlas.neurons.loc["conv1", "own_ratio"].min()) > 0.7
    True
    """
    network = admit(network)
    batch_size = check_count("batch_size", batch_size, 1)
    names = _chosen(atlas, layers)
    where = choose_device(network, device)
    _check_weights(atlas, network)
    memory_format, dtype = _numerics(atlas)
    dead, layer_of = atlas.neurons["dead"].to_numpy(), atlas.neurons.index.get_level_values("layer")
    live = {name: ~dead[layer_of == name] for name in names}
    count = sum(int(alive.sum()) for alive in live.values())
    responses, done = {}, {}
    bar = tqdm(total=count, desc="own response", unit="neuron", disable=not progress)
    with bar, kept_heap(tune), torch.inference_mode(False), borrowed(network, where, memory_format):
        blank = torch.zeros((2, 3, *atlas.manifest["image_size"]), device=where)
        for layer in _found(atlas, network, fill_batch(blank, 2, dtype, memory_format), names):
            canvas = FeatureCanvas(atlas, layer.name)
            response = np.full(layer.units, np.nan)
            for units in _batches(live[layer.name], batch_size):
                images = canvas.paste(units).to(where)
                inputs = fill_batch(images, batch_size, dtype, memory_format)
                response[units] = _read(network, inputs, layer, units, canvas.center)
                bar.update(len(units))
            row, col = canvas.center or (None, None)
            responses[layer.name] = response
            done[layer.name] = {"row": row, "col": col, "batch_size": batch_size}
    manifest = {**atlas.manifest}
    manifest["own_response"] = {**manifest.get("own_response", {}), **done}
    return replace(atlas, neurons=_joined(atlas.neurons, responses), manifest=manifest)


def _chosen(atlas: Atlas, layers: Sequence[str] | None) -> list[str]:
    """Return the layers asked for, in the order of the atlas."""
    names = list(atlas.layers.index)
    if layers is not None:
        asked = [layers] if isinstance(layers, str) else list(layers)
        if not asked or not set(asked) <= set(names):
            raise ValueError(
                f"layers is {layers!r}; it accepts layers of the atlas, which has "
                f"{', '.join(map(repr, names))}."
            )
        names = [name for name in names if name in asked]
    for name in names:
        if name not in atlas.features:
            raise ValueError(
                f"The atlas has no neuron features of layer {name!r}. Name in layers= those that "
                "have some."
            )
    return names


def _check_weights(atlas: Atlas, network: nn.Module) -> None:
    if fingerprint_weights(network) != atlas.manifest["weights"]:
        raise ValueError(
            f"network has other weights than the {atlas.manifest['network']} that the atlas was "
            "made with, so that responses would not compare. Pass that network, or analyze this "
            "one."
        )


def _numerics(atlas: Atlas) -> tuple[torch.memory_format, torch.dtype]:
    """Return the layout and the precision that the network was recorded in."""
    identity = atlas.manifest["numerical_identity"]
    dtype = getattr(torch, identity["dtype"].removeprefix("torch."))
    return getattr(torch, identity["memory_format"]), dtype


def _found(atlas: Atlas, network: nn.Module, blank: Tensor, names: list[str]) -> list[Layer]:
    """Find the layers in the network, and check that they are what was recorded."""
    found = find_layers(network, blank, names)
    for layer in found:
        row = atlas.layers.loc[layer.name].to_dict()
        recorded = tuple(int(row[name]) for name in ("units", "map_height", "map_width"))
        here = (layer.units, layer.map_height, layer.map_width)
        source = atlas.manifest["hook_points"][layer.name]
        if (recorded, source) != (here, layer.source):
            raise ValueError(
                f"Layer {layer.name!r} of network has maps {here} (units, height, width) read at "
                f"{layer.source!r}; the atlas has {recorded} at {source!r}. The network has the "
                "weights that were analyzed, but other code. Analyze this one."
            )
    return found


def _batches(chosen: np.ndarray, size: int) -> Iterator[np.ndarray]:
    units = np.flatnonzero(chosen)
    for start in range(0, len(units), size):
        yield units[start : start + size]


class _Reached(BaseException):
    """Ends a forward pass behind the layer that was to be read.

    No Exception, so that no network catches it.
    """


def _read(
    network: nn.Module,
    inputs: Tensor,
    layer: Layer,
    units: np.ndarray,
    place: tuple[int, int] | None,
) -> np.ndarray:
    """Return the response of unit i to image i at one place of the map, or its maximum."""
    values: list[Tensor] = []

    def read(_: nn.Module, __: tuple[object, ...], output: Tensor) -> None:
        maps = to_maps(output, layer.channel)[np.arange(len(units)), units]
        values.append(maps.amax(dim=(1, 2)) if place is None else maps[:, *place])
        if len(values) == layer.calls:
            raise _Reached

    handle = modules_by_name(network)[layer.source].register_forward_hook(read)
    try:
        run(network, inputs, f"neuron features of layer {layer.name!r}")
    except _Reached:
        return torch.stack(values).amax(dim=0).double().cpu().numpy()
    finally:
        handle.remove()
    raise ValueError(
        f"Layer {layer.name!r} ran {len(values)} times for neuron features, but {layer.calls} "
        "times for a blank image. Leave layers that run only for some images out of layers=."
    )


def _joined(neurons: pd.DataFrame, responses: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the neurons with the two columns, filled in for the layers at hand."""
    ratio, relative = (
        neurons[name].to_numpy(np.float64, copy=True)
        if name in neurons
        else np.full(len(neurons), np.nan)
        for name in ("own_ratio", "own_layer")
    )
    layers = neurons.index.get_level_values("layer")
    highest = neurons["max_activation"].to_numpy(np.float64)
    for layer, response in responses.items():
        rows = layers == layer
        shown = np.where(np.isfinite(response), np.maximum(response, 0), np.nan)
        most = np.nanmax(shown, initial=0)
        ratio[rows] = shown / highest[rows]
        relative[rows] = shown / most if most > 0 else shown
    return neurons.assign(own_ratio=ratio, own_layer=relative)
