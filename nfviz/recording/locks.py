"""Locks between processes, which the system lets go when their holder dies."""

import os
import weakref
from contextlib import suppress
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows: processes are not kept apart there, which costs time, no result.
    fcntl = None


_held: "weakref.WeakSet[Lock]" = weakref.WeakSet()


class Lock:
    """A lock on a file, not yet taken.

    Where the file system knows no locks, or cannot be written to, everybody gets it.

    Parameters
    ----------
    path : Path
        The file; it is made if there is none, and stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, *, wait: bool = False, shared: bool = False) -> bool:
        """Take the lock, or change how it is held, and tell whether that went well.

        Parameters
        ----------
        wait : bool
            Until whoever holds it lets go.
        shared : bool
            Together with others who share it; else alone.
        """
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT)
            except OSError:
                return True
            _held.add(self)
        if fcntl is None:
            return True
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._file, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def release(self) -> None:
        """Let go, if it is held."""
        if self._file is not None:
            if fcntl is not None:
                with suppress(OSError):
                    # A forked child may have the file open too.
                    fcntl.flock(self._file, fcntl.LOCK_UN)
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "Lock":
        """Wait for the lock, unless it is held already."""
        if self._file is None:
            self.take(wait=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self.release()


def _forget() -> None:
    """Close in a forked child what its parent holds; to unlock it would let go for both."""
    for lock in list(_held):
        lock._close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
