"""The folder that keeps what a recording has done so far; it may be killed at any moment."""

import hashlib
import json
import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from nfviz.bundle import BundleError, Parts, read, write
from nfviz.recording.noise import same_response

_SUFFIX = ".shard"
_FORMAT_VERSION = 1
_OLD = 3600.0  # Seconds. Where locks are unknown, a younger file may be in the making.
_FOLDERS = ("shards", "locks", "results")
_OWN = {"identity.json", *_FOLDERS}
_T = TypeVar("_T")


class Store:
    """Shards and results of one network on one data set, each a file that is whole or not there.

    Layout: ``identity.json`` says what was recorded; ``shards/`` holds what the first reading has
    learned, ``results/`` the neuron features by layer, ``locks/`` empty files that keep
    processes apart. Any file of ``shards/`` may be deleted, or be copied here from another
    folder of the same identity: what is missing is recorded again.

    Parameters
    ----------
    path : Path
        The folder; it is made if there is none.
    identity : mapping
        What all shards have in common, as plain JSON values.
    response : mapping
        What the network makes of noise; see `same_response`.

    Raises
    ------
    ValueError
        If the folder holds something else, or a recording of another identity; the message
        names what differs.
    OSError
        If it cannot be made or read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        identity: Mapping[str, Any],
        response: Mapping[str, Any],
    ) -> None:
        try:
            self.path = Path(path).expanduser()
        except RuntimeError as error:
            raise ValueError(f"store is {str(path)!r}; there is no such home folder.") from error
        self.identity = json.loads(json.dumps({"format_version": _FORMAT_VERSION, **identity}))
        self._response = json.loads(json.dumps(response))
        self._digest = _digest(self.identity)
        with _explained(self.path):
            self._open()

    def _open(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"store is {str(self.path)!r}, a file; it accepts a folder.")
        file = self.path / "identity.json"
        if not file.exists():
            names = [p.name for p in self.path.iterdir()] if self.path.exists() else []
            if not {name for name in names if not name.startswith(".")} <= _OWN:
                raise ValueError(
                    f"store is {str(self.path)!r}, a folder that holds something else. Pass the "
                    "folder of an earlier recording, an empty one, or a name that is free."
                )
            self._make_folders()
            whole = {**self.identity, "response_to_noise": self._response}
            _write_text(file, json.dumps(whole, indent=1))
        try:
            found = json.loads(file.read_text())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ValueError(
                f"store is {str(self.path)!r}, but its identity.json is damaged. Delete the "
                "folder, or pass another one."
            )
        response = found.pop("response_to_noise", None)
        differences = _differences(found, self.identity)
        if not differences and not self._knows(response):
            differences = _differences(response, self._response, "response_to_noise")
        if differences:
            raise ValueError(
                f"store is {str(self.path)!r}, which holds another recording: "
                f"{'; '.join(differences)}. Pass what it was made with, or another folder."
            )

        with suppress(OSError):
            self._make_folders()

    def _make_folders(self) -> None:
        for name in _FOLDERS:
            (self.path / name).mkdir(parents=True, exist_ok=True)

    def shards(self) -> list[str]:
        """Return the names of the shards there are."""
        with _explained(self.path):
            return [path.name for path in (self.path / "shards").glob(f"*{_SUFFIX}")]

    def read_shard(self, name: str) -> dict[str, np.ndarray] | None:
        """Read one shard; None where it is gone, and, with a warning, where it is no use."""
        path = self.path / "shards" / name
        try:
            parts = read(path)
            self._check(parts)
            return dict(parts.arrays)
        except FileNotFoundError:
            return None
        except BundleError as error:
            self.warn(name, error)
            return None
        except OSError as error:
            # Not the file is to blame.
            raise _refusal(self.path, error) from error

    def _check(self, parts: Parts) -> None:
        """Refuse what was made of another recording, or by other code of the network."""
        if parts.manifest.get("identity") != self._digest:
            raise BundleError("it belongs to another recording")
        if not self._knows(parts.manifest.get("response_to_noise")):
            raise BundleError("it was made by other code of the network")

    def _knows(self, response: Any) -> bool:
        dtype = self.identity.get("numerical_identity", {}).get("dtype", "")
        return same_response(response, self._response, dtype)

    def warn(self, name: str, error: Exception) -> None:
        """Warn of a shard that is damaged or foreign."""
        warnings.warn(
            f"{self.path / 'shards' / name} cannot be used ({error}). Its images are recorded "
            "again.",
            stacklevel=2,
        )

    def write_shard(self, arrays: Mapping[str, np.ndarray]) -> Path:
        """Write a shard under a name of its own."""
        path = self.path / "shards" / f"{uuid.uuid4().hex}{_SUFFIX}"
        return self._write(path, Parts({}, arrays, {}))

    def remove(self, name: str) -> None:
        """Delete a shard that another one replaces."""
        with _explained(self.path):
            _unlink(self.path / "shards" / name)

    def lock(self, name: str) -> Path:
        """Return the file to lock for a purpose."""
        return self.path / "locks" / name

    def sweep(self, *patterns: str) -> None:
        """Delete what processes that were killed have left long ago."""
        for path in (path for pattern in patterns for path in self.path.glob(pattern)):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _OLD:
                    _unlink(path)

    def results(self, key: Mapping[str, Any]) -> "Results":
        """Return the results that belong to a whole recording and the options in `key`."""
        return Results(self, _digest({"identity": self._digest, **key}))

    def _write(self, path: Path, parts: Parts) -> Path:
        own = {"identity": self._digest, "response_to_noise": self._response}
        with _explained(self.path):
            path.parent.mkdir(parents=True, exist_ok=True)
            return write(path, Parts(parts.tables, parts.arrays, {**parts.manifest, **own}))


class Results:
    """Bundles by name: what the second reading made, and what was measured on it."""

    def __init__(self, store: Store, key: str) -> None:
        self._store, self._key = store, key

    def read(self, name: str, take: Callable[[Parts], _T]) -> _T | None:
        """Read one; None where there is none, with a warning where it is no use.

        Parameters
        ----------
        name : str
            Under which it was written.
        take : callable
            Makes of it what is wanted; raises LookupError, TypeError or ValueError if it does not
            fit.
        """
        path = self._path(name)
        try:
            parts = read(path)
            self._store._check(parts)
            if parts.manifest["result"] != [self._key, name]:
                raise BundleError(f"{path} belongs elsewhere")
            return take(parts)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refusal(self._store.path, error) from error
        except (LookupError, TypeError, ValueError) as error:
            warnings.warn(
                f"The result {path} cannot be used ({error}). It is made again.", stacklevel=2
            )
            return None

    def write(self, name: str, parts: Parts) -> Parts:
        """Write one and return it as it lies in the file."""
        manifest = {**parts.manifest, "result": [self._key, name]}
        whole = Parts(parts.tables, parts.arrays, manifest)
        return read(self._store._write(self._path(name), whole), verify=False)

    def _path(self, name: str) -> Path:
        return self._store.path / "results" / self._key[:16] / f"{name}.nfviz"


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say of a refusal by the disk which store it hit and what is left."""
    try:
        yield
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> OSError:
    return OSError(
        error.errno,
        f"store {str(path)!r} cannot be read or written ({error.strerror or error}). What it "
        "held before is whole: make room or give access, and call again",
    )


def _unlink(path: Path) -> None:
    """Delete a file, if it is there; Windows keeps one that is in use, for a later call."""
    with suppress(*([PermissionError] if os.name == "nt" else [])):
        path.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(temporary, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            # Of two that come at once the second one has to be compared with the first.
            os.link(temporary, path)
        except FileExistsError:
            pass
        except OSError:
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _differences(found: Any, wanted: Any, name: str = "") -> list[str]:
    """Name the leaves of two JSON values that are not the same."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        differences = []
        for key in dict.fromkeys([*found, *wanted]):
            inner = f"{name}.{key}" if name else str(key)
            differences += _differences(found.get(key), wanted.get(key), inner)
        return differences
    if found == wanted:
        return []
    return [f"{name} was {_short(found)} and is {_short(wanted)}"]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
