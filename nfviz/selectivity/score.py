"""Run selectivities over a record and join what they give to its table of neurons."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nfviz.selectivity.class_selectivity import COLUMNS, ClassSelectivity
from nfviz.selectivity.color_selectivity import shared_color_statistics
from nfviz.selectivity.neuron import AtlasWanted
from nfviz.selectivity.neuron_function import function_name, measure_neurons, plain_function

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["measured_columns", "score"]

# What the recording wrote: other columns and the image sets rest on it.
_RECORDED = ("layer", "unit", "max_activation", "dead", "state", "n_images", "nonfinite")

_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")


def score(atlas: Atlas, *selectivities: Callable[[Any], Any]) -> Atlas:
    """Add the columns of selectivities to a record.

    A selectivity is any function of one neuron, or of the whole record. The new column at once
    sorts, filters and draws wherever the built-in ones do: in ``atlas.neurons.query``, in every
    ``plot_*``, in `nfviz.explore` and `nfviz.write_html`, over its own range, and with the first
    paragraph of the function's docstring as its help text.

    Parameters
    ----------
    atlas : Atlas
        The record. It is not modified.
    *selectivities : callable
        Either takes one `Neuron` and gives a number, or a mapping of column name to number. It is
        called for every live neuron; dead ones get NaN.

        Or takes an atlas and gives one value per neuron: a DataFrame, a Series, a mapping of
        column name to values, or one array. A DataFrame or Series is aligned by its index, which
        must hold exactly the neurons; other values must be in the order of ``atlas.neurons``.

        Which of the two is told by its parameter: one that is called ``atlas`` or annotated as
        `Atlas` is given the record, one that is called ``neuron`` or annotated as `Neuron` a
        neuron. A function whose parameter has another name is given a neuron first and, if it
        asks that for a part of the record that a neuron lacks, the record.

        True and False count as 1 and 0. A number, a Series without name and a bare array become a
        column named after the function. A column that is named like another with ``_chance``
        behind it is that one's chance level, which the explorer marks on the slider.
        Each selectivity sees the columns of those before it.

    Returns
    -------
    Atlas
        A new record whose ``neurons`` has the columns, in order; a column that was there is
        replaced where it stands. ``manifest["selectivities"]`` lists what was run, each once, the
        latest last; ``manifest["column_help"]`` holds the help texts.

    Raises
    ------
    TypeError
        If a selectivity is not callable, is a class instead of an instance, or gives something
        else than the above, or values that are neither numbers nor text.
    ValueError
        If its values do not fit the neurons, or would replace a column that was recorded or one
        that the explorer measures anew (those of `nfviz.ClassSelectivity`).
    Exception
        What a function of one neuron raises passes through, with a note that names the neuron.

    See Also
    --------
    nfviz.testing.check_selectivity : whether a function keeps the contract of a selectivity.

    Examples
    --------
    >>> def redness(neuron):
    ...     "Mean of R over the mean of R, G and B of the feature: 1 if gray, up to 3 if red."
    ...     return neuron.feature[..., 0].mean() / neuron.feature.mean()
    >>> def colorful(atlas):
    ...     return atlas.neurons["redness"] * atlas.neurons["color_selectivity"]
    >>> atlas = nfviz.score(atlas, redness, colorful, nfviz.ClassSelectivity(threshold=0.9))
    >>> list(atlas.neurons)[-2:]
    ['redness', 'colorful']
    """
    with shared_color_statistics():
        for selectivity in selectivities:
            atlas = _with_columns(atlas, selectivity)
    return atlas


def _with_columns(atlas: Atlas, selectivity: Callable[[Any], Any]) -> Atlas:
    """Add the columns of one selectivity."""
    label = _label(selectivity)
    neurons = atlas.neurons.copy()
    columns = measured_columns(atlas, selectivity)
    for name, values in columns.items():
        neurons[name] = values
    # A file may claim anything.
    done, texts = (atlas.manifest.get(key) for key in ("selectivities", "column_help"))
    done = [entry for entry in done if entry != label] if isinstance(done, list) else []
    texts = dict(texts) if isinstance(texts, Mapping) else {}
    texts = {name: text for name, text in texts.items() if name not in columns}
    if text := _help(selectivity):
        texts |= {name: _chance_of(name, columns) or text for name in columns}
    manifest = {**atlas.manifest, "selectivities": [*done, label]}
    manifest.pop("column_help", None)
    if texts:
        manifest["column_help"] = texts
    return replace(atlas, neurons=neurons, manifest=manifest)


def measured_columns(atlas: Atlas, selectivity: Callable[[Any], Any]) -> dict[str, pd.Series]:
    """Return the columns that a selectivity gives, in the order of ``atlas.neurons``."""
    label = _label(selectivity)
    columns = _columns(_measured(atlas, selectivity, label), selectivity, label)
    index = atlas.neurons.index
    found = {name: _aligned(values, name, index, label) for name, values in columns.items()}
    if _is_own(plain_function(selectivity)):
        return found
    return {name: _plain(values, name, label) for name, values in found.items()}


def _measured(atlas: Atlas, selectivity: Callable[[Any], Any], label: str) -> Any:
    """Return what a selectivity gives for a record, whichever of the two it takes."""
    wanted = _wanted(selectivity)
    if wanted != "atlas":
        try:
            return measure_neurons(atlas, selectivity, label)
        except AtlasWanted:
            if wanted == "neuron":
                raise
        except Exception as error:
            if wanted is None:
                error.add_note("If it takes a whole record, name its parameter 'atlas'.")
            raise
    return selectivity(atlas)


def _wanted(selectivity: Callable[[Any], Any]) -> str | None:
    """Return "atlas" or "neuron" where the first parameter says what it is, else None."""
    try:
        first = next(iter(inspect.signature(selectivity).parameters.values()))
    except (TypeError, ValueError, StopIteration):
        return None
    annotation = getattr(first.annotation, "__name__", str(first.annotation)).rpartition(".")[2]
    for name in (annotation, first.name):
        if name.strip("'\"").lower() in ("atlas", "neuron"):
            return name.strip("'\"").lower()
    return None


def _is_own(selectivity: Any) -> bool:
    """Tell whether a selectivity is one of nfviz."""
    owner = selectivity if hasattr(selectivity, "__qualname__") else type(selectivity)
    return str(owner.__module__).startswith("nfviz.")


def _help(selectivity: Any) -> str:
    """Return the first paragraph of the user's docstring on one line; nfviz has its own texts."""
    selectivity = plain_function(selectivity)
    text = (inspect.getdoc(selectivity) or "").split("\n\n")[0]
    # A dataclass without docstring is given its signature as one; sections are underlined.
    signature = text.startswith(f"{type(selectivity).__name__}(")
    return "" if _is_own(selectivity) or signature or "\n---" in text else " ".join(text.split())


def _label(selectivity: Any) -> str:
    """Return what to call a selectivity: its repr, or a function's dotted name.

    Without the addresses in memory that a repr may hold, which no other run shares.
    """
    if isinstance(selectivity, type):
        raise TypeError(
            f"{selectivity.__name__} is a class: pass an instance, {selectivity.__name__}()."
        )
    if not callable(selectivity):
        raise TypeError(
            f"selectivity {selectivity!r} cannot be called: pass a function that takes a neuron "
            "and gives a number, or one that takes an atlas and gives one value per neuron."
        )
    if hasattr(selectivity, "__qualname__"):
        return ".".join(filter(None, (selectivity.__module__, selectivity.__qualname__)))
    return _ADDRESS.sub("", repr(selectivity))


def _columns(result: Any, selectivity: Any, label: str) -> dict[str, Any]:
    """Turn whatever a selectivity gave into columns, and check their names."""
    if isinstance(result, pd.DataFrame) and not result.columns.is_unique:
        raise ValueError(f"{label} gave two columns of the same name: {list(result.columns)}.")
    if isinstance(result, pd.DataFrame | Mapping):
        columns = dict(result.items())
    elif isinstance(result, pd.Series) and result.name is not None:
        columns = {result.name: result}
    elif isinstance(result, list | tuple) or hasattr(result, "__array__"):
        columns = {function_name(selectivity): result}
    else:
        raise TypeError(
            f"{label} gave a {type(result).__name__}: expected a DataFrame, a Series, a mapping "
            "of column name to values, or an array with one value per neuron."
        )
    if not columns:
        raise ValueError(f"{label} gave no column: give one value per neuron, under a name.")
    for name in columns:
        # What `DataFrame.query` can read: "class" and "<lambda>" are none.
        if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
            raise ValueError(
                f"{label} gave a column named {name!r}: use a Python identifier as its name."
            )
        if name in _RECORDED:
            raise ValueError(
                f"{label} gave a column {name!r}, which belongs to the recording: choose another "
                "name."
            )
        if name in COLUMNS and type(selectivity) is not ClassSelectivity:
            raise ValueError(
                f"{label} gave a column {name!r}, which the explorer measures anew for each "
                "threshold: choose another name."
            )
    return columns


def _chance_of(name: str, columns: Mapping[str, Any]) -> str:
    """Return what is said of a chance level; nothing of other columns."""
    measure = name.removesuffix("_chance")
    return f"Chance level of {measure}." if measure != name and measure in columns else ""


def _plain(values: pd.Series, name: str, label: str) -> pd.Series:
    """Return a user's column as numbers or text, such as a bundle holds, or refuse it."""
    types = pd.api.types
    if types.is_bool_dtype(values.dtype):
        return values.astype("Float64").astype(np.float64)
    numbers = types.is_numeric_dtype(values.dtype) and not types.is_complex_dtype(values.dtype)
    if numbers or isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype):
        return values
    if values.dropna().map(lambda value: isinstance(value, str)).all():
        return values
    raise TypeError(
        f"{label} gave column {name!r} values of the kind {values.dtype}: expected numbers, or "
        "text."
    )


def _aligned(values: Any, name: str, index: pd.Index, label: str) -> pd.Series:
    """Return the values as a column of the table of neurons, or say what does not fit."""
    if not isinstance(values, pd.Series):
        if np.ndim(values) != 1 or len(values) != len(index):
            raise ValueError(
                f"{label} gave values of shape {np.shape(values)} for column {name!r}: expected "
                f"({len(index)},), one per row of atlas.neurons."
            )
        return pd.Series(values, index=index)
    if values.index.equals(index):
        return values.set_axis(index)
    if values.index.has_duplicates:
        raise ValueError(f"{label} gave more than one value per neuron for column {name!r}.")
    missing, extra = len(index.difference(values.index)), len(values.index.difference(index))
    if missing or extra:
        raise ValueError(
            f"{label} gave column {name!r} an index that lacks {missing} of the {len(index)} "
            f"neurons and has {extra} entries that are not neurons: index it as atlas.neurons, "
            "for instance with .reindex(atlas.neurons.index), which fills in NaN."
        )
    return values.reindex(index)
