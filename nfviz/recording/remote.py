"""The first reading, shard by shard, in the workers of an executor."""

import hashlib
import io
import os
import pickle
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import chain
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import torch

from nfviz.recording.heap import kept_heap
from nfviz.recording.job import Job
from nfviz.recording.ledger import Ledger
from nfviz.recording.noise import same_response
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
_lock = threading.Lock()
_at_work, _usual_threads = 0, 1


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
        known = numerical_identity(job.device), recorder.response_to_noise
        _Packer(stream).dump((job, *known))
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
    spans = ledger.spans()
    first = next(spans, None)
    if first is None:
        return
    chunks = chain([first], spans)
    running: dict[Future[dict[str, np.ndarray] | None], tuple[int, int]] = {}
    with _in_a_file(job) as where:
        try:
            while True:
                while len(running) < _WINDOW and (chunk := next(chunks, None)):
                    running[_submit(executor, *where, None, *chunk)] = chunk
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    chunk, shard = running.pop(future), future.result()
                    if shard is None:
                        running[_submit(executor, *where, job, *chunk)] = chunk
                        continue
                    ledger.add(shard)
                    ledger.commit()
                    yield
        finally:
            for future in running:
                future.cancel()


@contextmanager
def _in_a_file(job: np.ndarray) -> Iterator[tuple[str, str]]:
    """Write a job to a temporary file for the time of the block; give its key and its path."""
    key = hashlib.sha256(job.data).hexdigest()
    with ExitStack() as stack:
        path = ""  # Where nothing can be written, all workers get it sent.
        with suppress(OSError):
            file = stack.enter_context(NamedTemporaryFile(prefix="nfviz-job-"))
            file.write(job.data)
            file.flush()
            path = file.name
        yield key, path


def _submit(executor: Executor, *what: Any) -> Future[dict[str, np.ndarray] | None]:
    with warnings.catch_warnings():
        # Dask would rather have the network in its cluster once, where it dies with a worker.
        warnings.filterwarnings("ignore", "(?s)Sending large graph")
        try:
            return executor.submit(record_chunk, *what)
        except BrokenExecutor:
            raise
        except RuntimeError as error:
            raise ValueError(f"executor takes no tasks: {error}. Pass one that is open.") from error


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
    with kept_heap(known.tune), _one_thread(), torch.inference_mode(False):
        for learned in recorder.run(batches, min(known.options.workers, 1)):
            shard.update(*learned)
    return shard.arrays()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: the workers of an executor are what runs side by side.

    The setting is that of the process as well as of the thread, so that of several that come and
    go the first one knows what it was.
    """
    global _at_work, _usual_threads
    with _lock:
        if not _at_work:
            _usual_threads = torch.get_num_threads()
        _at_work += 1
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            _at_work -= 1
            torch.set_num_threads(_usual_threads)


def _read(path: str, key: str) -> np.ndarray | None:
    """Return the job in a file, if it is the one with this key and no other."""
    try:
        job = np.fromfile(path, np.uint8)
    except OSError:
        return None
    return job if hashlib.sha256(job.data).hexdigest() == key else None


def _open(key: str, job: np.ndarray) -> None:
    """Unpack a job, once per thread: networks are hooked, so that no two threads may share one."""
    known, wanted, response = pickle.loads(job.data)
    here = numerical_identity(known.device)
    if here != wanted:
        raise RuntimeError(
            f"A worker of executor= has {here}, but the process that called nfviz.analyze "
            f"{wanted}: what is recorded would depend on who did it. Use machines and "
            "versions that are alike."
        )
    with torch.inference_mode(False), _one_thread():
        recorder = known.open()[1]
        if not same_response(recorder.response_to_noise, response, str(recorder.dtype)):
            raise RuntimeError(
                "In a worker of executor= the network makes something else of images of noise than "
                "in the process that called nfviz.analyze: its code is another one there. Use the "
                "same versions of all modules."
            )
    _opened.key, _opened.value = key, (known, recorder)


def numerical_identity(device: torch.device) -> dict[str, str]:
    """Return what the last bits of a response depend on, besides the batch and its format."""
    kind = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    return {
        "torch": torch.__version__,
        "device": device.type,
        "processor": kind or torch.backends.cpu.get_cpu_capability(),
    }
