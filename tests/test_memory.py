"""Memory: the bound on arrays, and the allocator put back to where it is quick."""

import resource
import subprocess
import sys

import numpy as np
import pytest
import torch

from nfviz.recording.heap import kept_heap
from nfviz.recording.memory import Memory


def test_arrays_beyond_the_bound_lie_in_files():
    memory = Memory(1000)
    first, second, third = (memory.empty((100,), np.float32) for _ in range(3))
    fourth = memory.empty((50, 1), np.float32)
    for array in (first, second, third, fourth):
        array[:] = 7
        assert (array == 7).all()
    kinds = [isinstance(array.base, np.memmap) for array in (first, second, third, fourth)]
    assert kinds == [False, False, True, False]


def test_memory_given_back_is_handed_out_again():
    memory = Memory(1000)
    for _ in range(3):
        array = memory.empty((250,), np.float32)
        part = array[3:]
        assert not isinstance(array.base, np.memmap)
        del array
        assert isinstance(memory.empty((250,), np.float32).base, np.memmap)
        del part


def share_faulted(megabytes):
    """Share of the pages of freshly allocated blocks that the kernel had to hand out anew."""

    def allocate():
        return torch.empty(megabytes << 18).fill_(1)

    # Blocks wander until neighbors that are free have grown together.
    for _ in range(15):
        allocate()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        allocate()
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return faults * resource.getpagesize() / (10 * megabytes << 20)


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator's settings are glibc's")
def test_blocks_are_kept_inside_and_those_of_usual_size_after():
    with kept_heap(), kept_heap():
        assert share_faulted(64) < 0.5
    assert share_faulted(12) < 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator's settings are glibc's")
def test_a_threshold_of_ones_own_is_put_back_where_the_process_began_with_it(monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    with kept_heap():
        pass
    assert share_faulted(12) < 0.5, "set later, for processes to come, as Dask does"
    told = "from nfviz.recording import heap; print(heap._given('MALLOC_TRIM_THRESHOLD_'))"
    command = [sys.executable, "-c", told]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "65536\n"


def test_the_heap_can_be_left_alone():
    with kept_heap(enabled=False):
        pass
