"""Which output of a network stands for which label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np


@dataclass(frozen=True)
class LabelOutputs:
    """Finds the outputs that stand for labels; call it with labels and the number of outputs.

    Attributes
    ----------
    by_label : mapping of int to int, or None
        The caller's choice; None takes the output of the same number.
    n_classes : int or None
        How many classes the data set names, where it does.
    """

    by_label: Mapping[int, int] | None
    n_classes: int | None

    def __call__(self, labels: np.ndarray, n_outputs: int) -> np.ndarray:
        """Return the output of each label.

        Raises
        ------
        ValueError
            If a label has no output, or the network has no such output.
        """
        numbers = [int(label) for label in labels]
        if self.by_label is None:
            if self.n_classes not in (None, n_outputs):
                raise ValueError(
                    f"network has {n_outputs} outputs, but images names {self.n_classes} classes: "
                    "label and output cannot be taken to agree. Pass outputs= with the output of "
                    f"each class, or outputs=range({self.n_classes}) if they do agree."
                )
            by_label: Mapping[int, int] = {number: number for number in numbers}
        else:
            by_label = self.by_label
        for number in numbers:
            if number not in by_label:
                raise ValueError(
                    f"outputs has no output for the label {number} (it has {len(by_label)}). Pass "
                    "a list in the order of the labels, or a mapping of label to output."
                )
            if by_label[number] >= n_outputs:
                raise ValueError(
                    f"label {number} stands for output {by_label[number]}, but network has "
                    f"{n_outputs} outputs, 0 to {n_outputs - 1}. Pass outputs= with the output of "
                    "each label."
                )
        return np.array([by_label[number] for number in numbers], np.int64)


def label_outputs(outputs: Any, names: Mapping[int, str] | None) -> LabelOutputs:
    """Check which outputs a caller chose.

    Parameters
    ----------
    outputs : sequence of int, mapping of int to int, or None
        Output for each label.
    names : mapping of int to str, or None
        The data set's classes by label.

    Raises
    ------
    ValueError
        If `outputs` is neither, or holds other things than integers from 0.
    """
    if outputs is None:
        return LabelOutputs(None, None if names is None else len(names))
    pairs: dict[Any, Any] = {}
    if isinstance(outputs, Mapping):
        pairs = dict(outputs)
    elif isinstance(outputs, Sequence | np.ndarray) and not isinstance(outputs, str):
        pairs = dict(enumerate(outputs))
    numbers = [*pairs, *pairs.values()]
    if not pairs or not all(isinstance(one, Integral) and int(one) >= 0 for one in numbers):
        raise ValueError(
            f"outputs is {outputs!r}; it accepts a list of the network's outputs (integers from "
            "0) in the order of the labels, or a mapping of label to output."
        )
    return LabelOutputs({int(label): int(output) for label, output in pairs.items()}, None)
