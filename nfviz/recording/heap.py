"""Keep freed memory between batches: page faults cost more than the arithmetic on them."""

import ctypes
import platform
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -3, -4
# What glibc's own adaption ends at once a program has freed large blocks. Setting any of these by
# hand ends that adaption, so its end has to be set by hand too.
_USUAL = {_M_MMAP_MAX: 65536, _M_MMAP_THRESHOLD: 32 << 20, _M_TRIM_THRESHOLD: 64 << 20}
# Who sets these sets them for good; Dask's nanny does, and makes a worker three times slower.
_NAMES = {
    _M_MMAP_MAX: "MALLOC_MMAP_MAX_",
    _M_MMAP_THRESHOLD: "MALLOC_MMAP_THRESHOLD_",
    _M_TRIM_THRESHOLD: "MALLOC_TRIM_THRESHOLD_",
}

_users = 0
_lock = threading.Lock()


def _given(name: str) -> str:
    """Return a variable of the environment in which this process began, when glibc read it.

    Dask sets one in the process that starts a cluster too, for those that it starts from there.
    """
    try:
        beginning = Path("/proc/self/environ").read_bytes()
    except OSError:
        return ""
    pairs = (line.partition(b"=") for line in beginning.split(b"\0"))
    return next(
        (value.decode(errors="replace") for key, _, value in pairs if key == name.encode()), ""
    )


@contextmanager
def kept_heap(enabled: bool = True) -> Iterator[None]:
    """Let the C library keep large blocks for the time of the block, where that library is glibc.

    By default glibc maps each activation afresh and unmaps it after use, so that every operation
    of the network waits for the kernel to clear its pages. The settings hold for the whole
    process. When the last user leaves, free memory is returned, and the thresholds are set to
    where glibc's own adaption would have brought them: blocks below 32 MB are kept.

    Parameters
    ----------
    enabled : bool
        False leaves the allocator alone.
    """
    if not enabled or sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    _enter(libc)
    try:
        yield
    finally:
        _leave(libc)


def _enter(libc: ctypes.CDLL) -> None:
    global _users
    with _lock:
        _users += 1
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def _leave(libc: ctypes.CDLL) -> None:
    global _users
    with _lock:
        _users -= 1
        if not _users:
            for parameter, value in _USUAL.items():
                own = _given(_NAMES[parameter])
                libc.mallopt(parameter, int(own) if own.isdecimal() else value)
            libc.malloc_trim(0)
