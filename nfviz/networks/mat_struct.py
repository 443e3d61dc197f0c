"""A struct of a MATLAB file, of which every value is checked when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nfviz.networks.mat_file import Foreign

# Larger strides, paddings and images are no network's, and would fill the memory.
_LARGEST = 4096


@dataclass(frozen=True)
class MatStruct:
    """A struct of a file.

    Parameters
    ----------
    where : str
        File and place in it, with which errors begin.
    values : mapping of str
        Its fields, as `nfviz.networks.mat_file.read_variables` gives them.
    """

    where: str
    values: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        """Whether there is such a field, and it is not empty."""
        value = self.values.get(name, [])
        if isinstance(value, Foreign):
            return True
        return (value.size if isinstance(value, np.ndarray) else len(value)) > 0

    def struct(self, name: str) -> "MatStruct":
        """Return a field that is a struct."""
        value = self._get(name)
        if not isinstance(value, dict):
            raise ValueError(f"{self.where}: {name} is {_kind(value)}; it has to be a struct.")
        return MatStruct(f"{self.where}: {name}", value)

    def structs(self, name: str) -> list["MatStruct"]:
        """Return a field that is a cell array of structs."""
        value = self._get(name)
        value = value if isinstance(value, list) else [value]
        if not all(isinstance(one, dict) for one in value):
            raise ValueError(f"{self.where}: {name} has to be a cell array of structs.")
        return [MatStruct(f"{self.where}: {name}{{{i}}}", one) for i, one in enumerate(value, 1)]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field that is a string."""
        value = default if name not in self and default is not None else self._get(name)
        if not isinstance(value, str):
            raise ValueError(f"{self.where}: {name} is {_kind(value)}; it has to be a string.")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a field that is a cell array of strings; empty where there is none."""
        value = self.values.get(name, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list):
            return ()
        if not all(isinstance(one, str) for one in value):
            raise ValueError(f"{self.where}: {name} has to be a cell array of strings.")
        return tuple(value)

    def array(self, name: str) -> np.ndarray:
        """Return a field that is an array of finite real numbers."""
        return finite(self._get(name), f"{self.where}: {name}")

    def integers(self, name: str, length: int, default: int | None = None) -> tuple[int, ...]:
        """Return a field of so many whole numbers, from 0, of which one stands for all."""
        if name not in self and default is not None:
            return (default,) * length
        numbers = self.array(name).ravel().tolist()
        numbers = numbers * length if len(numbers) == 1 else numbers
        if len(numbers) != length or any(n != int(n) or not 0 <= n <= _LARGEST for n in numbers):
            raise ValueError(
                f"{self.where}: {name} is {numbers[:8]}; it has to be 1 or {length} whole numbers "
                f"from 0 to {_LARGEST}."
            )
        return tuple(int(n) for n in numbers)

    def number(self, name: str, default: float) -> float:
        """Return a field that is one number."""
        if name not in self:
            return default
        value = self.array(name)
        if value.size != 1:
            raise ValueError(f"{self.where}: {name} is {_kind(value)}; it has to be one number.")
        return float(value.item())

    def _get(self, name: str) -> Any:
        if name not in self.values:
            raise ValueError(f"{self.where} has no {name}; it has {', '.join(self.values)}.")
        return self.values[name]


def finite(value: Any, where: str) -> np.ndarray:
    """Check that a value is an array of finite real numbers."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        raise ValueError(f"{where} is {_kind(value)}; it has to be an array of real numbers.")
    if not np.isfinite(value).all():
        raise ValueError(f"{where} holds NaN or infinity. Download the file anew.")
    return value


def _kind(value: Any) -> str:
    """Say what a value is, for errors."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} {value.shape}"
    if isinstance(value, Foreign):
        return value.kind
    if isinstance(value, str):
        return f"the string {value[:40]!r}"
    return "a struct" if isinstance(value, dict) else "a cell array"
