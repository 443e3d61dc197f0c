"""The file behind an atlas: one ZIP of Parquet tables, NumPy arrays and a JSON manifest.

Members are stored, not compressed, so that arrays are mapped from the file instead of read:
a bundle of any size opens at once and R or Julia can take it apart with ordinary tools.
Nothing in a bundle is ever executed: no pickle is written and none is loaded.
"""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nfviz.neuron_index import neuron_index

FORMAT = "nfviz bundle"
FORMAT_VERSION = 1

_ALIGNMENT = 64
_PADDING_FIELD = 0xD935
_CHUNK = 1 << 24
# More rows than these, for the size of the file, are no table but a trap for the memory.
_MOST_ROWS, _MOST_ROWS_PER_BYTE = 1 << 20, 8
_EPOCH = (1980, 1, 1, 0, 0, 0)
# What reading raises where the contents are not what they claim to be; Arrow's errors among them.
_NONSENSE = (
    *(LookupError, TypeError, ValueError, AttributeError),
    *(ArithmeticError, RuntimeError, MemoryError, pa.ArrowException),
)


class BundleError(ValueError):
    """A file that is not a whole nfviz bundle; the message says what is wrong with it."""


@dataclass(frozen=True)
class Parts:
    """What a bundle holds: tables by name, arrays by path (``features/000``), a manifest."""

    tables: Mapping[str, pd.DataFrame]
    arrays: Mapping[str, np.ndarray]
    manifest: Mapping[str, Any]


def write(path: str | os.PathLike[str], parts: Parts) -> Path:
    """Write a bundle; the file appears whole or not at all, and equal parts give equal bytes.

    Parameters
    ----------
    path : str or PathLike
        Where the bundle goes; a file of that name is replaced once the new one is complete.
    parts : Parts
        Tables, arrays and manifest; the manifest must be JSON.

    Returns
    -------
    Path
        The path written.
    """
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.absolute().parent}. Make it first.")
    members = [f"tables/{name}.parquet" for name in parts.tables]
    members += [f"arrays/{name}.npy" for name in parts.arrays]
    head = {"format": FORMAT, "format_version": FORMAT_VERSION, "members": members}
    manifest = json.dumps({**head, "manifest": dict(parts.manifest)}, indent=1, allow_nan=False)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                _store(archive, "manifest.json", manifest.encode())
                for name, table in parts.tables.items():
                    _store(archive, f"tables/{name}.parquet", _to_parquet(table))
                for name, array in parts.arrays.items():
                    _store(archive, f"arrays/{name}.npy", _npy_header(array), array)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.absolute().parent)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk as well; Windows does so by itself."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read(path: str | os.PathLike[str], *, verify: bool = True) -> Parts:
    """Read a bundle; arrays are mapped read-only from the file.

    Parameters
    ----------
    path : str or PathLike
        A file that `write` made.
    verify : bool
        Check every byte against its checksum (about 2 GB a second); the tables and the
        manifest are checked in any case.

    Raises
    ------
    BundleError
        If the file is truncated, damaged, of a newer format, or no bundle at all.
    """
    path = Path(path)
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                _check_members(path, archive)
                return _read(path, archive, verify)
        except BundleError:
            raise
        except (zipfile.BadZipFile, struct.error, OSError, EOFError, *_NONSENSE) as error:
            raise BundleError(
                f"{path} is truncated, damaged or no nfviz bundle ({error}). "
                "Copy it again, or save the atlas again."
            ) from error


def _read(path: Path, archive: zipfile.ZipFile, verify: bool) -> Parts:
    head = _head(path, archive)
    if verify:
        _verify(path, archive)
    tables = {
        Path(name).stem: _from_parquet(archive.read(name))
        for name in head["members"]
        if name.startswith("tables/")
    }
    arrays = {
        name.removeprefix("arrays/").removesuffix(".npy"): _map(path, archive, name)
        for name in head["members"]
        if name.startswith("arrays/")
    }
    return Parts(tables, arrays, head["manifest"])


def _store(
    archive: zipfile.ZipFile, name: str, start: bytes, array: np.ndarray | None = None
) -> None:
    info = zipfile.ZipInfo(name, date_time=_EPOCH)
    info.file_size = len(start) + (0 if array is None else array.nbytes)
    large = info.file_size * 1.05 > zipfile.ZIP64_LIMIT
    assert archive.fp is not None
    offset = archive.fp.tell() + 30 + len(name.encode()) + (20 if large else 0) + 4
    padding = -offset % _ALIGNMENT
    info.extra = struct.pack("<HH", _PADDING_FIELD, padding) + bytes(padding)
    with archive.open(info, "w") as member:
        member.write(start)
        if array is not None:
            flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
            for first in range(0, flat.size, _CHUNK):
                member.write(flat[first : first + _CHUNK].data)


def _npy_header(array: np.ndarray) -> bytes:
    header = io.BytesIO()
    description = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(header, description)
    return header.getvalue()


def _head(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        head = json.loads(archive.read("manifest.json"))
        if head["format"] != FORMAT or type(head["format_version"]) is not int:
            raise KeyError("format")
        version = head["format_version"]
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BundleError(
            f"{path} is no nfviz bundle: it has no manifest that says so. "
            "nfviz.load reads files that Atlas.save wrote."
        ) from error
    if version != FORMAT_VERSION:
        raise BundleError(
            f"{path} has bundle format {version!r}; this nfviz reads format {FORMAT_VERSION}. "
            "Upgrade nfviz, or save the atlas again with this version."
        )
    present = {info.filename for info in archive.infolist()}
    missing = sorted(set(head["members"]) - present)
    if missing:
        raise BundleError(f"{path} lacks {', '.join(missing)}. Copy it again.")
    return head


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse what could not have been written here before anything is unpacked."""
    infos = archive.infolist()
    stored = all(
        info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        for info in infos
    )
    if not stored or len({info.filename for info in infos}) < len(infos):
        raise BundleError(
            f"{path} is no nfviz bundle: its members are compressed or repeated. nfviz.load reads "
            "files that Atlas.save wrote."
        )


def _verify(path: Path, archive: zipfile.ZipFile) -> None:
    contents = np.memmap(path, np.uint8, mode="r")

    def damaged(info: zipfile.ZipInfo) -> bool:
        start = _data_offset(contents, info)
        end = start + info.file_size
        value = 0
        for first in range(start, end, _CHUNK):
            value = zlib.crc32(contents[first : min(first + _CHUNK, end)].data, value)
        return value != info.CRC

    infos = archive.infolist()
    with ThreadPoolExecutor() as pool:
        bad = [
            i.filename for i, wrong in zip(infos, pool.map(damaged, infos), strict=True) if wrong
        ]
    if bad:
        raise BundleError(
            f"{path} is damaged: the checksum of {', '.join(bad)} does not fit. Copy it again."
        )


def _data_offset(contents: np.ndarray, info: zipfile.ZipInfo) -> int:
    start = info.header_offset
    lengths = bytes(contents[start + 26 : start + 30])
    name_length, extra_length = struct.unpack("<HH", lengths)
    return start + 30 + name_length + extra_length


def _map(path: Path, archive: zipfile.ZipFile, name: str) -> np.ndarray:
    info = archive.getinfo(name)
    contents = np.memmap(path, np.uint8, mode="r")
    offset = _data_offset(contents, info)
    stream = io.BytesIO(bytes(contents[offset : offset + min(info.file_size, 4096)]))
    try:
        np.lib.format.read_magic(stream)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    except ValueError as error:
        raise BundleError(f"{path}: {name} is no array ({error}). Copy it again.") from error
    if dtype.hasobject or fortran or stream.tell() + size != info.file_size:
        raise BundleError(f"{path}: {name} is no plain array of its stated size.")
    start = offset + stream.tell()
    data = np.asarray(contents)[start : start + size]
    return data.view(dtype).reshape(shape) if size else np.zeros(shape, dtype)


def _to_parquet(table: pd.DataFrame) -> bytes:
    plain = table.reset_index()
    if isinstance(table.index, pd.MultiIndex):
        names = list(table.index.levels[0])
        plain["layer"] = pd.Categorical(plain["layer"], categories=names)
    arrow = pa.Table.from_pandas(plain, preserve_index=False)
    index = json.dumps(list(table.index.names)).encode()
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), b"nfviz.index": index})
    sink = io.BytesIO()
    pq.write_table(arrow, sink, compression="zstd")
    return sink.getvalue()


def _from_parquet(data: bytes) -> pd.DataFrame:
    rows = pq.read_metadata(pa.BufferReader(data)).num_rows
    if rows > _MOST_ROWS + _MOST_ROWS_PER_BYTE * len(data):
        raise BundleError(
            f"A table of {len(data)} bytes claims {rows} rows. Do not trust this file."
        )
    arrow = pq.read_table(pa.BufferReader(data))
    names = json.loads((arrow.schema.metadata or {}).get(b"nfviz.index", b"[]"))
    table = arrow.to_pandas()
    if not names or not set(names) <= set(table.columns):
        raise BundleError("A table of the bundle does not name its index. Save the atlas again.")
    if names[0] == "layer" and len(names) > 1:
        layer = table["layer"].cat
        codes = {name: table[name].to_numpy() for name in names[1:]}
        index = neuron_index(layer.categories, layer.codes.to_numpy(), **codes)
        return table.drop(columns=names).set_axis(index, axis=0)
    return table.set_index(names if len(names) > 1 else names[0])
