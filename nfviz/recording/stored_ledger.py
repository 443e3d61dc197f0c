"""A ledger that outlives the call, and that several processes may keep together."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nfviz.recording.images import ImageSource
from nfviz.recording.ledger import Ledger
from nfviz.recording.locks import Lock
from nfviz.recording.read_ahead import in_batches, read_ahead
from nfviz.recording.shard import Shard, read_images
from nfviz.recording.store import Store

EVERY = 5.0
"""Seconds of work between two commits; more where a commit takes over a fiftieth of them."""

_SHARE = 50
_SAMPLE = 16


@dataclass(frozen=True)
class _Kept:
    """What a file of the store says of its images: see `Shard.images`."""

    numbers: np.ndarray
    labels: np.ndarray
    digests: np.ndarray
    bad: dict[int, str]


class StoredLedger(Ledger):
    """A ledger whose shards lie in a store.

    Each process writes all that it has learned into a file of its own, and then deletes the one
    it wrote before. A chunk is locked from when it is handed out until it is in such a file. When
    all is done and nobody else is at work, the files are joined into one.

    Parameters
    ----------
    store : Store
        Where they lie.
    names : ndarray of uint64, shape (images,)
        What tells one image from another without reading it; 0 where nothing does.
    new_shard, batch_size
        As for `Ledger`.
    turn : float
        Where among the pending chunks to begin, in [0, 1): so that processes that begin together
        part the work even where the file system knows no locks.

    Raises
    ------
    ValueError
        If the store was made from other images.
    """

    def __init__(
        self,
        store: Store,
        names: np.ndarray,
        new_shard: Callable[[], Shard],
        batch_size: int,
        turn: float = 0.0,
    ) -> None:
        super().__init__(new_shard, len(names), batch_size)
        self._store, self._names, self._turn = store, names, turn
        self._empty = new_shard()
        self._files: dict[str, _Kept | None] = {}
        self._chosen: list[str] = []
        self._written: dict[str, str] = {}
        self._locks: list[tuple[int, int, Lock]] = []
        self._next = time.monotonic() + EVERY
        self._active = Lock(store.lock("active"))
        self._active.take(wait=True, shared=True)
        try:
            self.refresh()
        except BaseException:
            self.close()
            raise

    @property
    def bad(self) -> dict[int, str]:
        """The images that cannot be used, as far as is known here."""
        bad = super().bad
        for name in self._chosen:
            bad |= self._kept(name).bad
        return bad

    def recorded(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return numbers, labels and digests of the usable images in the store."""
        kept = [self._kept(name) for name in self._chosen]
        numbers = np.concatenate([np.zeros(0, np.int64), *(one.numbers for one in kept)])
        labels = np.concatenate([np.zeros(0, np.int64), *(one.labels for one in kept)])
        digests = np.concatenate([np.zeros(0, np.uint64), *(one.digests for one in kept)])
        good = ~np.isin(numbers, list(self.bad))
        order = np.argsort(numbers[good])
        return numbers[good][order], labels[good][order], digests[good][order]

    def check(self, source: ImageSource, workers: int) -> None:
        """Read a few of the images in the store again and refuse others than were recorded."""
        numbers, labels, digests = self.recorded()
        if not len(numbers):
            return
        sample = np.unique(np.linspace(0, len(numbers) - 1, _SAMPLE).astype(np.int64))
        for batch in read_ahead(source, in_batches(numbers[sample], _SAMPLE), workers):
            if batch.bad:
                row, reason = next(iter(batch.bad.items()))
                raise ValueError(
                    f"image {batch.images[row]} cannot be used now: {reason}. It could when store "
                    f"{str(self._store.path)!r} was made. Mend what is wrong and call again."
                )
            same = (batch.labels == labels[sample]) & (batch.digests == digests[sample])
            if not same.all():
                raise ValueError(
                    f"store {str(self._store.path)!r} was made from other images: image "
                    f"{batch.images[~same][0]} has other pixels or another label now. Pass the "
                    "same images, further ones behind them if you like, or another folder."
                )

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Yield the chunks to record that no other process is at work on."""
        pending = self.pending()
        first = int(self._turn * len(pending))
        for start, stop in pending[first:] + pending[:first]:
            lock = Lock(self._store.lock(f"images-{start}-{stop}"))
            if not lock.take():
                lock.release()
                continue
            self._locks.append((start, stop, lock))
            self.refresh()
            if not self.done[start:stop].all():
                yield start, stop

    def commit(self, *, now: bool = False) -> None:
        """Write what was learned to the store, if it is time or has to be `now`."""
        began = time.monotonic()
        if self._torn or (not now and began < self._next):
            return
        for part, shard in self._own.items():
            numbers, labels, digests = shard.images()
            before = self._written.get(part)
            kept = self._files.get(before) if before else None
            if len(numbers) == (len(kept.numbers) if kept else 0):
                continue
            self._torn = True
            arrays = {**shard.arrays(), "image/name": self._names[numbers]}
            self._torn = False
            name = self._store.write_shard(arrays).name
            self._files[name] = _Kept(numbers, labels, digests, dict(shard.bad))
            self._written[part] = name
            if before:
                self._store.remove(before)
        self._release(only_done=not now)
        ended = time.monotonic()
        self._next = ended + max(EVERY, _SHARE * (ended - began))

    def seal(self) -> None:
        """Commit, and leave what was written to the store alone.

        What was learned since the last commit is lost if it was interrupted half way.
        """
        self.commit(now=True)
        self._own = {part: self._new_shard() for part in self._own}
        self._written, self._torn = {}, False
        self.refresh()

    def close(self) -> None:
        """Let other processes have what is not recorded."""
        self._release(only_done=False)
        self._active.release()

    def refresh(self) -> None:
        """Take note of what the store holds now."""
        there = self._store.shards()
        self._files = {name: kept for name, kept in self._files.items() if name in there}
        for name in there:
            if name not in self._files:
                self._files[name] = self._look_into(name)
        done, self._chosen = np.zeros(self._total, bool), []
        usable = [(name, kept) for name, kept in self._files.items() if kept and self._fits(kept)]
        for name, kept in sorted(usable, key=lambda one: (-len(one[1].numbers), one[0])):
            if not done[kept.numbers].any():
                done[kept.numbers] = True
                self._chosen.append(name)
        for shard in self._own.values():
            done[shard.images()[0]] = True
        self.done = done

    def result(self) -> Shard | None:
        """Return the shard of all images, or None where one more is to be recorded."""
        whole, rest = self._new_shard(), self._new_shard()
        several = False
        for name in self._chosen:
            arrays = self._store.read_shard(name)
            if arrays is None or not self._is_whole(name, arrays):
                self._files[name] = None
                self.refresh()
                return None
            if arrays["image/number"][0] < self._whole:
                several = len(whole.images()[0]) > 0
                whole.add(arrays)
            else:
                rest.add(arrays)
            del arrays  # Windows keeps a file whose contents are in use.
        if os.access(self._store.path, os.W_OK) and self._active.take():
            self._tidy(whole if several else None)
        whole.add(rest.arrays())
        return whole

    def _tidy(self, whole: Shard | None) -> None:
        """Put one file in the place of several, and remove those that are of no more use."""
        if whole is not None:
            numbers = whole.images()[0]
            self._store.write_shard({**whole.arrays(), "image/name": self._names[numbers]})
            chosen = [n for n in self._chosen if self._kept(n).numbers[0] >= self._whole]
        else:
            chosen = self._chosen
        for name, kept in self._files.items():
            if name not in chosen and (kept is None or kept.numbers.max(initial=-1) < self._total):
                self._store.remove(name)
        self._store.sweep("locks/images-*", "shards/.*")

    def _is_whole(self, name: str, arrays: Mapping[str, np.ndarray]) -> bool:
        try:
            self._empty.check(arrays)
        except (LookupError, TypeError, ValueError) as error:
            self._store.warn(name, error)
            return False
        return True

    def _look_into(self, name: str) -> _Kept | None:
        """Learn which images a file holds; the rest of it is checked when it is used."""
        arrays = self._store.read_shard(name)
        if arrays is None:
            return None
        try:
            (numbers, labels, digests), bad = read_images(arrays)
            names = np.array(arrays["image/name"])
            if names.dtype != np.uint64 or names.shape != numbers.shape:
                raise ValueError("its images are not named as they have to be")
        except (LookupError, TypeError, ValueError) as error:
            self._store.warn(name, error)
            return None
        here = numbers < self._total
        changed = numbers[here][self._names[numbers[here]] != names[here]]
        if len(changed):
            raise ValueError(
                f"store {str(self._store.path)!r} was made from other images: image {changed[0]} "
                "has another name or label now. Pass the same images, further ones behind them if "
                "you like, or another folder."
            )
        return _Kept(numbers, labels, digests, bad)

    def _fits(self, kept: _Kept) -> bool:
        """Tell whether a file holds nothing but whole batches of these images."""
        if not len(kept.numbers) or kept.numbers[-1] >= self._total:
            return False
        batch, counts = np.unique(kept.numbers // self._batch_size, return_counts=True)
        full = np.minimum(self._total - batch * self._batch_size, self._batch_size)
        return bool((counts == full).all())

    def _kept(self, name: str) -> _Kept:
        kept = self._files[name]
        assert kept is not None
        return kept

    def _release(self, *, only_done: bool) -> None:
        for start, stop, lock in self._locks:
            if not only_done or self.done[start:stop].all():
                lock.release()
        self._locks = [
            held for held in self._locks if only_done and not self.done[held[0] : held[1]].all()
        ]
