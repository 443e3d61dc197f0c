"""Run selectivities over a record and join what they give to its table of neurons."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from nfviz.selectivity.color_selectivity import shared_color_statistics
from nfviz.selectivity.given_columns import aligned, check_foreign, is_own, named_columns, plain
from nfviz.selectivity.neuron import AtlasWanted
from nfviz.selectivity.neuron_function import measure_neurons, plain_function

if TYPE_CHECKING:
    from nfviz.atlas import Atlas

__all__ = ["measured_columns", "score"]

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

        True and False count as 1 and 0. A number, a Series and a bare array become a column named
        after the function (a Series of a callable object or a lambda keeps its name).

        A column that is named like another with ``_chance`` behind it is that one's chance level,
        which the explorer marks on the slider. Each selectivity sees the columns of those before
        it.

    Returns
    -------
    Atlas
        A new record whose ``neurons`` has the columns, in order; a column that the same
        selectivity gave before is replaced where it stands. ``manifest["selectivities"]`` lists
        what was run, each once, the latest last; ``manifest["column_help"]`` holds the help texts
        of all columns that are not nfviz's own.

    Raises
    ------
    TypeError
        If a selectivity is not callable, is a class instead of an instance, or gives something
        else than the above, or values that are neither numbers nor text.
    ValueError
        If its values do not fit the neurons, are infinite, or would replace a column that was
        recorded or that a measure of nfviz gave.
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
    # What is lent to a function is a copy, in which it may do what it likes.
    columns = measured_columns(replace(atlas, neurons=neurons.copy()), selectivity)
    for name, values in columns.items():
        neurons[name] = values
    # A file may claim anything.
    done, texts = (atlas.manifest.get(key) for key in ("selectivities", "column_help"))
    done = [entry for entry in done if entry != label] if isinstance(done, list) else []
    texts = dict(texts) if isinstance(texts, Mapping) else {}
    own = is_own(selectivity)
    if not own:
        check_foreign(columns, atlas, label)
    texts = {name: text for name, text in texts.items() if name not in columns}
    if not own:
        text = _help(selectivity)
        texts |= {name: _chance_of(name, columns) or text for name in columns}
    manifest = {**atlas.manifest, "selectivities": [*done, label]}
    manifest.pop("column_help", None)
    if texts:
        manifest["column_help"] = texts
    return replace(atlas, neurons=neurons, manifest=manifest)


def measured_columns(atlas: Atlas, selectivity: Callable[[Any], Any]) -> dict[str, pd.Series]:
    """Return the columns that a selectivity gives, in the order of ``atlas.neurons``."""
    label = _label(selectivity)
    columns = named_columns(_measured(atlas, selectivity, label), selectivity, label)
    index = atlas.neurons.index
    found = {name: aligned(values, name, index, label) for name, values in columns.items()}
    if is_own(selectivity):
        return found
    return {name: plain(values, name, label) for name, values in found.items()}


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


def _help(selectivity: Any) -> str:
    """Return the first paragraph of the docstring on one line."""
    selectivity = plain_function(selectivity)
    text = (inspect.getdoc(selectivity) or "").split("\n\n")[0]
    # A dataclass without docstring is given its signature as one; sections are underlined.
    signature = text.startswith(f"{type(selectivity).__name__}(")
    return "" if signature or "\n---" in text else " ".join(text.split())


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


def _chance_of(name: str, columns: Mapping[str, Any]) -> str:
    """Return what is said of a chance level; nothing of other columns."""
    measure = name.removesuffix("_chance")
    return f"Chance level of {measure}." if measure != name and measure in columns else ""
