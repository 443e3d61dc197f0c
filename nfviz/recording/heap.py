"""Keep freed memory between batches: page faults cost more than the arithmetic on them."""

import ctypes
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_DEFAULT_TRIM, _DEFAULT_MMAPS = 128 * 1024, 65536


@contextmanager
def kept_heap(enabled: bool = True) -> Iterator[None]:
    """Let the C library keep large blocks for the time of the block, where that library is glibc.

    By default glibc maps each activation afresh and unmaps it after use, so that every operation
    of the network waits for the kernel to clear its pages. The settings hold for the whole
    process; afterwards they are put back to glibc's defaults and the memory is returned.

    Parameters
    ----------
    enabled : bool
        False leaves the allocator alone.
    """
    if not enabled or sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        yield
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_MAX, 0)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        libc.mallopt(_M_MMAP_MAX, _DEFAULT_MMAPS)
        libc.mallopt(_M_TRIM_THRESHOLD, _DEFAULT_TRIM)
        libc.malloc_trim(0)
