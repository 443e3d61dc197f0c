"""The first reading, shard by shard, in the workers of an executor."""

import hashlib
import io
import os
import pickle
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import replace
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import torch

from nfviz.recording.heap import kept_heap
from nfviz.recording.job import Job
from nfviz.recording.ledger import Ledger
from nfviz.recording.recorder import Recorder

try:
    from cloudpickle import Pickler as _Pickler
except ImportError:
    _Pickler = pickle.Pickler

# So many chunks are in the hands of the executor at a time: enough for any number of workers that
# one process can feed, and no more results than memory holds.
_WINDOW = 64
_opened = threading.local()
_imported_by = os.getpid()


class _Packer(_Pickler):
    """Sends of a tensor that is a view of a larger one only its own part."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) is torch.Tensor and value.untyped_storage().nbytes() > value.nbytes:
            return torch.clone, (value.clone(),)
        override = getattr(super(), "reducer_override", None)
        return NotImplemented if override is None else override(value)


def pack(job: Job, recorder: Recorder) -> np.ndarray:
    """Serialize a job for the workers; by cloudpickle, which knows notebooks, where there is one.

    Parameters
    ----------
    job : Job
        Its layers become those of the recorder.
    recorder : Recorder
        Of this process.

    Returns
    -------
    ndarray of uint8
        Arrays travel to the workers of Dask much faster than bytes do.

    Raises
    ------
    ValueError
        If the network, the images or the preprocessing cannot be sent.
    """
    job = replace(job, layers=[layer.name for layer in recorder.layers])
    stream = io.BytesIO()
    try:
        _Packer(stream).dump((job, numerical_identity(job.device)))
        return np.frombuffer(stream.getbuffer(), np.uint8)
    except Exception as error:
        raise ValueError(
            "The network, the images or preprocess cannot be sent to the workers of executor= "
            f"({type(error).__name__}: {error}). Define them in a module, without lambdas and "
            "open files, or leave executor= out."
        ) from error


def learn_remotely(executor: Executor, job: np.ndarray, ledger: Ledger) -> Iterator[None]:
    """Have the workers record what the ledger lacks; yield after each chunk.

    The job, of which a list of a million images is a part, lies in a temporary file. Only workers
    that cannot read it there, on another machine, get it sent.

    A worker that dies takes its chunk along, which an executor such as Dask's gives to another
    one. That breaks a process pool, which then raises BrokenExecutor.
    """
    key = hashlib.sha256(job.data).hexdigest()
    chunks = ledger.spans()
    running: dict[Future[dict[str, np.ndarray] | None], tuple[int, int]] = {}
    with NamedTemporaryFile(prefix="nfviz-job-") as file:
        file.write(job.data)
        file.flush()
        try:
            while True:
                while len(running) < _WINDOW and (chunk := next(chunks, None)):
                    running[_submit(executor, key, file.name, None, *chunk)] = chunk
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    chunk, shard = running.pop(future), future.result()
                    if shard is None:
                        running[_submit(executor, key, file.name, job, *chunk)] = chunk
                        continue
                    ledger.add(shard)
                    ledger.commit()
                    yield
        finally:
            for future in running:
                future.cancel()


def _submit(executor: Executor, *what: Any) -> Future[dict[str, np.ndarray] | None]:
    with warnings.catch_warnings():
        # Dask would rather have the network in its cluster once, where it dies with a worker.
        warnings.filterwarnings("ignore", "(?s)Sending large graph")
        return executor.submit(record_chunk, *what)


def record_chunk(
    key: str, path: str, job: np.ndarray | None, start: int, stop: int
) -> dict[str, np.ndarray] | None:
    """Record the images from `start` to `stop` in this process, on one thread.

    Parameters
    ----------
    key : str
        SHA-256 of the packed job.
    path : str
        Where it lies.
    job : ndarray of uint8, optional
        The job itself.
    start, stop : int
        Image numbers.

    Returns
    -------
    dict of str to ndarray, or None
        As `Shard.arrays`; None where there is no such file here, and `job` is needed.
    """
    if os.getpid() != _imported_by:
        # Forked, and so without the threads that torch believes to have and would wait for.
        torch.set_num_threads(1)
    if getattr(_opened, "key", None) != key:
        job = _read(path, key) if job is None else job
        if job is None:
            return None
        _open(key, job)
    known, recorder = _opened.value
    size = known.options.batch_size
    shard = recorder.new_shard(known.options.n_ranked)
    batches = (np.arange(first, min(first + size, stop)) for first in range(start, stop, size))
    with kept_heap(known.tune), _one_thread(known.tune), torch.inference_mode(False):
        for learned in recorder.run(batches, min(known.options.workers, 1)):
            shard.update(*learned)
    return shard.arrays()


@contextmanager
def _one_thread(enabled: bool) -> Iterator[None]:
    """Compute on one thread: the workers of an executor are what runs side by side."""
    before = torch.get_num_threads()
    if enabled:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _read(path: str, key: str) -> np.ndarray | None:
    """Return the job in a file, if it is the one with this key and no other."""
    try:
        job = np.fromfile(path, np.uint8)
    except OSError:
        return None
    return job if hashlib.sha256(job.data).hexdigest() == key else None


def _open(key: str, job: np.ndarray) -> None:
    """Unpack a job, once per thread: networks are hooked, so that no two threads may share one."""
    known, wanted = pickle.loads(job.data)
    here = numerical_identity(known.device)
    if here != wanted:
        raise RuntimeError(
            f"A worker of executor= has {here}, but the process that called nfviz.analyze "
            f"{wanted}: what is recorded would depend on who did it. Use machines and "
            "versions that are alike."
        )
    with torch.inference_mode(False):
        _opened.key, _opened.value = key, (known, known.open()[1])


def numerical_identity(device: torch.device) -> dict[str, str]:
    """Return what the last bits of a response depend on, besides the batch and its format."""
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    return {
        "torch": torch.__version__,
        "device": device.type,
        "processor": kind or torch.backends.cpu.get_cpu_capability(),
    }
