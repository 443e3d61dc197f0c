"""The record: what was learned about the neurons of one network, as tables and arrays."""

import html
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nfviz import bundle
from nfviz.bundle import BundleError, Parts
from nfviz.consistency import check_parts
from nfviz.crop_sheet import CropSheet
from nfviz.ontology import Ontology

COLOR_THRESHOLD = 0.40
"""Color selectivity from which a neuron counts as color-selective (the paper's Fig. 7)."""

CLASS_THRESHOLD = 0.60
"""Class selectivity from which a neuron counts as class-selective (the paper's section 4.3)."""

_TABLES = ("images", "classes", "layers", "ranked", "neurons", "hues")
_POSITION = re.compile(r"\d{3,}")
_ARRAYS = ("features", "spread", "coverage", "class_means")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Atlas:
    """The neurons of a network, ranked on images and indexed. `dataclasses.replace` makes the next.

    A *unit* is a channel number, a *neuron* is ``(layer, unit)``, a *weight* is a relative
    activation a / a_max; ranks, units and images are counted from 0.

    Attributes
    ----------
    images : DataFrame, index ``image``
        ``label`` (class id, -1 where there is none), ``digest`` (of the pixels analyzed), and
        ``path`` where the data set has one.
    classes : DataFrame, index ``label``
        ``name``, and ``wnid`` where the names are WordNet ids.
    ontology : Ontology or None
        What the classes are kinds of, where that was given:
        ``dataclasses.replace(atlas, ontology=nfviz.Ontology.from_csv("kinds.csv"))``.
    layers : DataFrame, index ``layer``, in depth order
        ``depth``, ``units``, ``map_height``, ``map_width``; the receptive field in input pixels:
        unit (row, col) sees rows ``start_y + row * stride_y`` to ``+ rf_height`` and columns
        likewise; ``rf_status`` is exact, upper bound, whole image or unknown.
    ranked : DataFrame, index (``layer``, ``unit``, ``rank``)
        The best images of each neuron: ``image``, ``activation``, ``weight`` (in [0, 1]; NaN for
        a dead neuron), ``row`` and ``col`` of the maximum in the map. Fewer rows than were asked
        for mean that there were no more images.
    neurons : DataFrame, index (``layer``, ``unit``)
        ``max_activation``, ``dead`` (never above zero), ``state`` (live, silent: maximum zero,
        negative: maximum below zero, not finite: no finite response), ``n_images`` (size of the
        image set), ``nonfinite`` (images left out because the response was NaN or infinite),
        then the columns of each selectivity, which its docstring lists.
    responses : DataFrame, index (``layer``, ``unit``) as `neurons`, or empty
        Of the response r = max(activation, 0) over the images where it is finite: ``images`` (how
        many), ``fires`` (share with r > 0), ``mean``, ``moment2``, ``moment3`` and ``moment4``
        (means of r, r^2, r^3, r^4). NaN where ``images`` is 0.
    class_means : mapping of layer to array
        Mean of r over the images of each class, (unit, class) in float32, in the order of
        `classes`; NaN for a class without images. Empty where none were recorded.
    features, spread, coverage : mapping of layer to array
        Neuron features (unit, height, width, 3) in 0..255; per-pixel standard deviation (unit,
        height, width) over the crops and the three opponent channels, in opponent units; share of
        the weight that covers a pixel (unit, height, width), in [0, 1]. In float32; in float16 (an
        error below 0.07 gray levels) for layers whose features would exceed 32 MiB.
    crops : mapping of layer to CropSheet
        ``atlas.crops["conv1"][17]`` are the first crops of unit 17; empty where none were kept.
    hues : DataFrame, index ``hue`` (0..359 degrees)
        The data set's own hue distribution: ``pixels`` and ``chroma`` (their summed chroma).
    manifest : mapping
        Where all this comes from: fingerprints, hook points, parameters, versions.
    """

    images: pd.DataFrame
    classes: pd.DataFrame
    ontology: Ontology | None = None
    layers: pd.DataFrame
    ranked: pd.DataFrame
    neurons: pd.DataFrame
    responses: pd.DataFrame = field(default_factory=pd.DataFrame)
    class_means: Mapping[str, np.ndarray] = field(default_factory=dict)
    features: Mapping[str, np.ndarray]
    spread: Mapping[str, np.ndarray]
    coverage: Mapping[str, np.ndarray]
    crops: Mapping[str, CropSheet]
    hues: pd.DataFrame
    manifest: Mapping[str, Any]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the atlas to one file, by custom ``*.nfviz``, which `load` reads without torch.

        Parameters
        ----------
        path : str or PathLike
            Where the bundle goes. The file appears whole or not at all.

        Returns
        -------
        Path
            The path written.
        """
        arrays = {}
        for position, layer in enumerate(self.layers.index):
            for name in _ARRAYS:
                if layer in getattr(self, name):
                    arrays[f"{name}/{position:03}"] = np.asarray(getattr(self, name)[layer])
            if layer in self.crops:
                sheet = self.crops[layer]
                arrays[f"crops/{position:03}/data"] = sheet.data
                arrays[f"crops/{position:03}/offsets"] = sheet.offsets
                arrays[f"crops/{position:03}/tile"] = sheet.tile
        tables = {name: getattr(self, name) for name in _TABLES}
        if len(self.responses):
            tables["responses"] = self.responses
        if self.ontology is not None:
            tables["ontology"] = self.ontology.to_edges()
        return bundle.write(path, Parts(tables, arrays, self.manifest))

    def __repr__(self) -> str:
        """Return layers, neurons, images and the shares of selective neurons as text."""
        table = overview(self.layers, self.neurons)
        return f"<nfviz.Atlas: {_headline(self)}>\n{table.to_string(na_rep='-', max_rows=40)}"

    def _repr_html_(self) -> str:
        table = overview(self.layers, self.neurons)
        return (
            f"<div><p><strong>nfviz.Atlas</strong>: {html.escape(_headline(self))}</p>"
            f"{table.to_html(na_rep='-', max_rows=40, border=0)}</div>"
        )


def load(path: str | os.PathLike[str], *, verify: bool = True) -> Atlas:
    """Read an atlas that `Atlas.save` wrote. Nothing in the file is executed; torch is not needed.

    Parameters
    ----------
    path : str or PathLike
        The bundle.
    verify : bool
        Check every byte against its checksum, at about 2 GB a second. Arrays are mapped from the
        file, so without the check a bundle of any size opens at once.

    Returns
    -------
    Atlas
        Its arrays are read-only views of the file.

    Raises
    ------
    BundleError
        If the file is truncated, damaged, foreign, or of a newer format; the message says which.
    """
    parts = bundle.read(path, verify=verify)
    missing = [name for name in _TABLES if name not in parts.tables]
    if missing:
        raise BundleError(f"{path} lacks the tables {', '.join(missing)}. Save the atlas again.")
    names = list(parts.tables["layers"].index)
    arrays: dict[str, dict[str, np.ndarray]] = {kind: {} for kind in _ARRAYS}
    sheets: dict[str, dict[str, np.ndarray]] = {}
    try:
        for key, array in parts.arrays.items():
            kind, position, *part = key.split("/")
            layer = names[int(position) if _POSITION.fullmatch(position) else len(names)]
            if part:
                sheets.setdefault(layer, {})["/".join(part)] = array
            else:
                arrays[kind][layer] = array
        crops = {layer: CropSheet(**sheet) for layer, sheet in sheets.items()}
        fields: dict[str, Any] = {**parts.tables, **arrays}
        fields |= {"crops": crops, "manifest": parts.manifest}
        check_parts(fields)
        if "ontology" in fields:
            fields["ontology"] = Ontology.from_edges(fields["ontology"])
        return Atlas(**fields)
    except (LookupError, TypeError, ValueError) as error:
        raise BundleError(
            f"{path} holds other tables or arrays than an atlas has ({error}). Save it again."
        ) from error


def overview(
    layers: pd.DataFrame,
    neurons: pd.DataFrame,
    *,
    color_threshold: float = COLOR_THRESHOLD,
    class_threshold: float = CLASS_THRESHOLD,
) -> pd.DataFrame:
    """Count the neurons of each layer; shares are of the live ones, NaN where nothing is known.

    Parameters
    ----------
    layers, neurons : DataFrame
        Those of an atlas.
    color_threshold, class_threshold : float
        From which selectivity on a neuron counts, in [0, 1].

    Returns
    -------
    DataFrame, index ``layer``
        ``neurons``, ``dead``, ``field`` (height x width in pixels), ``color_selective`` and
        ``class_selective`` (shares in [0, 1]), ``median_chance`` (class selectivity of a
        label-blind neuron), ``median_auc``, ``median_images``.
    """
    live = neurons[~neurons["dead"]]
    by_layer = neurons.groupby(level="layer", sort=False)
    table = pd.DataFrame(index=layers.index)
    table["neurons"] = by_layer.size().reindex(layers.index, fill_value=0)
    table["dead"] = by_layer["dead"].sum().reindex(layers.index, fill_value=0)
    table["field"] = [f"{h}x{w}" for h, w in zip(layers.rf_height, layers.rf_width, strict=True)]
    thresholds = {"color": color_threshold, "class": class_threshold}
    for kind, threshold in thresholds.items():
        values = live.get(f"{kind}_selectivity")
        table[f"{kind}_selective"] = _share(values, threshold).reindex(layers.index)
    columns = {
        "median_chance": "class_selectivity_chance",
        "median_auc": "auc",
        "median_images": "n_images",
    }
    for name, column in columns.items():
        if column in live:
            table[name] = live[column].groupby(level="layer").median().reindex(layers.index)
    digits = {"color_selective": 3, "class_selective": 3, "median_chance": 3, "median_auc": 1}
    return table.round(digits)


def _share(values: pd.Series | None, threshold: float) -> pd.Series:
    if values is None:
        return pd.Series(dtype=float)
    known = values.dropna()
    return (known >= threshold).groupby(level="layer").mean()


def _headline(atlas: Atlas) -> str:
    neurons = atlas.neurons
    live = neurons[~neurons["dead"]]
    text = (
        f"{_count(len(neurons), 'neuron')} in {_count(len(atlas.layers), 'layer')} "
        f"({len(neurons) - len(live):,} dead), {_count(len(atlas.images), 'image')} in "
        f"{_count(len(set(atlas.images['label']) - {-1}), 'class')}"
    )
    for kind, threshold in {"color": COLOR_THRESHOLD, "class": CLASS_THRESHOLD}.items():
        values = live.get(f"{kind}_selectivity", pd.Series(dtype=float)).dropna()
        if len(values):
            share = (values >= threshold).mean()
            text += f", {share:.0%} {kind}-selective (>= {threshold:.2f})"
    if "class_selectivity_chance" in live and live["class_selectivity_chance"].notna().any():
        text += f"; class selectivity by chance {live['class_selectivity_chance'].median():.2f}"
    return text


def _count(number: int, noun: str) -> str:
    plural = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{plural}"
