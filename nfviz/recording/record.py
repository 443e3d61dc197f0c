"""The first reading: every image through the network once, every neuron's best images kept."""

import time
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from nfviz.recording.job import Job
from nfviz.recording.layers import Layer
from nfviz.recording.ledger import Ledger
from nfviz.recording.options import Options
from nfviz.recording.ranking import Ranked
from nfviz.recording.recorder import Recorder
from nfviz.recording.remote import learn_remotely, pack
from nfviz.recording.shard import Shard
from nfviz.recording.statistics import Statistics

_WAIT = 0.2


@dataclass(frozen=True)
class Recording:
    """What one pass over the images leaves behind.

    Attributes
    ----------
    layers : list of Layer
        In the order in which they ran.
    ranked : Ranked
        Their neurons one after the other.
    statistics : Statistics
        Of the same neurons.
    labels : ndarray of int64, shape (images,)
        Class ids, -1 where there is none.
    digests : ndarray of uint64, shape (images,)
        Of each image's pixels; 0 where it could not be used.
    bad : dict of int to str
        Images that could not be used, and why.
    hues : DataFrame
        The data set's hue distribution.
    mean_color : list of 3 floats
        Its mean color in 0..255.
    memory_format : str
        In which the network ran.
    """

    layers: list[Layer]
    ranked: Ranked
    statistics: Statistics
    labels: np.ndarray
    digests: np.ndarray
    bad: dict[int, str]
    hues: pd.DataFrame
    mean_color: list[float]
    memory_format: str


def record(
    job: Job, recorder: Recorder, ledger: Ledger, executor: Executor | None, progress: bool
) -> Recording:
    """Run the network over all images that the ledger lacks and rank them for every neuron.

    Parameters
    ----------
    job : Job
        What is recorded.
    recorder : Recorder
        Of this process, for the job.
    ledger : Ledger
        What is done already; closed at the end.
    executor : Executor, optional
        Who does the work in the place of this process.
    progress : bool
        Show a bar.

    Raises
    ------
    ValueError
        If more than ``max_bad`` of the images cannot be used.
    """
    options = job.options
    total, done = len(ledger.done), int(ledger.done.sum())
    bar = tqdm(total=total, initial=done, desc="recording", unit="image", disable=not progress)
    with bar, closing(ledger):
        ledger.check(recorder.source, options.workers)
        check_bad(ledger.bad, len(ledger.done), options.max_bad)
        packed = None if executor is None else pack(job, recorder)
        while True:
            try:
                if executor is not None and packed is not None:
                    learning = learn_remotely(executor, packed, ledger)
                else:
                    learning = _learn(recorder, ledger, options)
                for _ in learning:
                    bar.update(int(ledger.done.sum()) - bar.n)
                    check_bad(ledger.bad, len(ledger.done), options.max_bad)
            except (BrokenExecutor, CancelledError) as error:
                executor = None
                why = str(error) or "its tasks were cancelled"
                warnings.warn(
                    f"The executor broke ({why}): a worker died, maybe for lack of memory. The "
                    "rest is recorded in this process.",
                    stacklevel=2,
                )
            finally:
                ledger.seal()
            shard = ledger.result() if ledger.done.all() else None
            if shard is not None:
                check_bad(shard.bad, len(ledger.done), options.max_bad)
                return _recording(recorder, shard, options)
            bar.set_postfix_str("waiting for another process" if executor is None else "")
            # What is left is in the hands of other processes.
            time.sleep(_WAIT)


def _learn(recorder: Recorder, ledger: Ledger, options: Options) -> Iterator[None]:
    batches = ledger.batches()
    first = next(batches, None)
    if first is None:
        return
    with closing(recorder.run(chain([first], batches), options.workers)) as passes:
        for learned in passes:
            ledger.update(*learned)
            ledger.commit()
            yield


def check_bad(bad: Mapping[int, str], total: int, max_bad: float) -> None:
    """Raise a ValueError that says why, if more than the share `max_bad` of the images are bad."""
    if len(bad) <= max_bad * total:
        return
    first = min(bad)
    raise ValueError(
        f"image {first} cannot be used: {bad[first]}. With it, {len(bad)} of {total} images "
        f"({len(bad) / total:.1%}) are of no use so far, more than max_bad={max_bad} allows. Mend "
        "or remove them, or raise max_bad."
    )


def _recording(recorder: Recorder, shard: Shard, options: Options) -> Recording:
    _, labels, digests = shard.images()
    return Recording(
        recorder.layers,
        shard.ranking.result(),
        shard.statistics,
        labels,
        digests,
        dict(sorted(shard.bad.items())),
        shard.census.hues(opponent=options.opponent),
        shard.census.mean_color(),
        str(recorder.memory_format).removeprefix("torch."),
    )
