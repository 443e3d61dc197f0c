"""Reader for MATLAB files of version 5 (``save -v7`` and before).

SciPy has one too, but a damaged file can end the process in its compiled code (a segmentation
fault, SciPy 1.17). Here every length is checked before it is believed; nothing is executed.
"""

import math
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

_HEADER = 128
_CODES = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
_TEXT = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _CHAR, _COMPLEX = 1, 2, 4, 0x0800
_FOREIGN = {3: "an object", 5: "a sparse matrix", 16: "a function handle", 17: "an opaque object"}
# What one variable may hold; the format itself ends at 4 GiB.
_LARGEST = 1 << 31
_MOST_DIMENSIONS, _DEEPEST = 16, 32


@dataclass(frozen=True)
class Foreign:
    """A value that is there but not read."""

    kind: str


class DamagedError(Exception):
    """Bytes that are not what the format says."""


def read_variables(path: str | PathLike[str], names: Collection[str]) -> dict[str, Any]:
    """Read some variables: a struct as dict, a cell array as list, then str and arrays.

    An array of structs is a list of dicts; what is none of these is `Foreign`.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If it is of version 7.3 (HDF5), damaged or no MATLAB file; the message begins with `path`.
    """
    content = memoryview(Path(path).read_bytes())
    mark, version = bytes(content[126:_HEADER]), bytes(content[124:126])
    if mark not in (b"IM", b"MI"):
        raise ValueError(f"{path} is no MATLAB file of version 5. Download it anew.")
    order = "<" if mark == b"IM" else ">"
    if int(np.frombuffer(version, f"{order}u2")[0]) >> 8 != 1:
        raise ValueError(
            f"{path} is a MATLAB file of version 7.3 (HDF5); it has to be of version 5. Load it in "
            "MATLAB and save it anew with save(file, '-struct', 'net', '-v7')."
        )
    try:
        found = {
            name: value
            for matrix in _matrices(_Elements(content[_HEADER:], order))
            for name, value in [matrix.read(names)]
        }
    except DamagedError as error:
        raise ValueError(f"{path} is damaged ({error}). Download it anew.") from None
    return {name: value for name, value in found.items() if name in names}


def _matrices(elements: "_Elements") -> Iterator["_Elements"]:
    """Go through the variables, unpacking those that are compressed."""
    while elements.rest:
        kind, data = elements.next()
        if kind == _COMPRESSED:
            try:
                unpacked = zlib.decompressobj().decompress(data, _LARGEST)
            except zlib.error as error:
                raise DamagedError(f"compression: {error}") from None
            kind, data = _Elements(memoryview(unpacked), elements.order).next()
        if kind != _MATRIX:
            raise DamagedError(f"a variable of type {kind}")
        yield _Elements(data, elements.order)


class _Elements:
    """A stretch of bytes, read element by element: type, length, content."""

    def __init__(self, data: memoryview, order: str, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise DamagedError(f"more than {_DEEPEST} levels")
        self.rest, self.order, self.depth = data, order, depth

    def next(self) -> tuple[int, memoryview]:
        """Return type and content of the next element, and go behind it."""
        if len(self.rest) < 8:
            raise DamagedError("it ends early")
        kind, length = (int(word) for word in np.frombuffer(self.rest[:8], f"{self.order}u4"))
        start = 8
        if kind >> 16:
            # Up to four bytes lie in the tag itself.
            kind, length, start = kind & 0xFFFF, kind >> 16, 4
        end = start + length
        if end > len(self.rest):
            raise DamagedError("it ends early")
        content = self.rest[start:end]
        # Elements begin at multiples of eight bytes, but for those behind compressed ones.
        self.rest = self.rest[end if kind == _COMPRESSED else max(-end // 8 * -8, 8) :]
        return kind, content

    def numbers(self, kinds: str = "iuf") -> np.ndarray:
        """Read an element of numbers of certain kinds."""
        kind, content = self.next()
        dtype = np.dtype(self.order + _CODES[kind]) if kind in _CODES else None
        if dtype is None or dtype.kind not in kinds or len(content) % dtype.itemsize:
            raise DamagedError(f"{len(content)} bytes of type {kind} in the place of numbers")
        return np.frombuffer(content, dtype)

    def read(self, names: Collection[str] | None = None) -> tuple[str, Any]:
        """Read a whole matrix: its name and value, which is None unless it is among `names`."""
        if not self.rest:
            return "", np.empty((0, 0))
        flags = int((self.numbers("iu").tolist() or [0])[0])
        kind = flags & 0xFF
        if kind in _FOREIGN:
            # Some of these have no name and no shape.
            return "", Foreign(_FOREIGN[kind])
        sizes, name = self.numbers("iu"), bytes(self.next()[1]).decode("latin-1")
        if kind == 0 or not 2 <= sizes.size <= _MOST_DIMENSIONS or sizes.min() < 0:
            raise DamagedError(f"an array of the shape {sizes[:8].tolist()}")
        dims = tuple(sizes.tolist())
        if names is not None and name not in names:
            return name, None
        if flags & _COMPLEX:
            return name, Foreign("an array of complex numbers")
        if kind == _CELL:
            return name, [self._child() for _ in range(math.prod(dims))]
        if kind == _STRUCT:
            return name, self._structs(math.prod(dims))
        return name, self._text(dims) if kind == _CHAR else self._array(dims)

    def _array(self, dims: tuple[int, ...]) -> np.ndarray:
        values = self.numbers()
        if values.size != math.prod(dims):
            raise DamagedError(f"{values.size} numbers for an array of the shape {list(dims)}")
        return values.reshape(dims if values.size else (0, 0), order="F")

    def _text(self, dims: tuple[int, ...]) -> str | Foreign:
        if math.prod(dims) and dims[0] != 1:
            return Foreign("a matrix of characters")
        kind, content = self.next()
        if kind not in _TEXT:
            raise DamagedError(f"characters of type {kind}")
        encoding = _TEXT[kind]
        if encoding in ("utf-16", "utf-32"):
            encoding += "-le" if self.order == "<" else "-be"
        return bytes(content).decode(encoding, errors="replace")

    def _structs(self, count: int) -> Any:
        """Read the fields of so many structs; one alone is no list."""
        lengths, table = self.numbers("iu"), bytes(self.next()[1])
        length = int(lengths[0]) if lengths.size else 0
        if length < 1:
            raise DamagedError(f"names of fields of length {length}")
        starts = range(0, len(table), length)
        names = [table[i : i + length].split(b"\0")[0].decode("latin-1") for i in starts]
        # Structs without fields take no bytes, and a file may claim any number of them.
        structs = [{name: self._child() for name in names} for _ in range(count if names else 0)]
        return structs[0] if len(structs) == 1 else structs

    def _child(self) -> Any:
        kind, content = self.next()
        if kind != _MATRIX:
            raise DamagedError(f"type {kind} in the place of an array")
        return _Elements(content, self.order, self.depth + 1).read()[1]
