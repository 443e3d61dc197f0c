"""The pixels of neuron features, a few neurons at a time: their colors and how much each counts."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating]

__all__ = ["FeaturePixels", "for_each_part"]

# Pixels that are summed up in their own type before the sum goes on in float64. So few that BLAS
# starts no threads for them, which would burn more time than they save.
_RUN = 1 << 9
# Pixels at a time: so many that what is done once a part, and once an operation, costs little.
_PART = 1 << 18
_THREADS = 4
_COVERAGE_TOLERANCE = 1e-6
_MID_GRAY = 127.5
# How float16 becomes float32, see `_convert`.
_NO_COPIES_OF_THE_SIGN = np.int32(-0x70000001)
_REBIAS = np.float32(2.0**112)
_HALF_INFINITY = 2.0**16  # What infinity becomes; NaN becomes more.


class FeaturePixels:
    """Reads colors and weights of a layer's neurons into memory that it uses again and again.

    Fresh memory for each part would cost several times the arithmetic: the kernel clears it page
    by page.

    A pixel's weight is ``W = 1 / max(spread, std_floor)``, and 0 where the coverage is 0 or below
    `min_coverage`. The paper weighs by the inverse of the standard deviation; the floor (one
    8-bit level by default) is ours, because below it differences are quantization.

    Parameters
    ----------
    features : array_like, shape (neurons, height, width, 3)
        Neuron features in 0..255. float16 and float32 are read as float32, all else as float64.
    spread : array_like, shape (neurons, height, width)
        Standard deviation of the crops' colors, in opponent units.
    coverage : array_like, same shape
        Share of the weight of the crops that cover the pixel, 0..1.
    std_floor : float
        Smallest standard deviation that counts, in opponent units.
    min_coverage : float
        Smallest share that counts, inclusive, with a tolerance for the rounding of `coverage`
        (1e-6; 1e-3 of it for float16).
    """

    def __init__(
        self,
        features: ArrayLike,
        spread: ArrayLike,
        coverage: ArrayLike,
        *,
        std_floor: float,
        min_coverage: float,
    ) -> None:
        self._features = np.asarray(features)
        self._spread, self._coverage = np.asarray(spread), np.asarray(coverage)
        self._std_floor = std_floor
        half = self._coverage.dtype == np.float16
        tolerance = 1e-3 * min_coverage if half else _COVERAGE_TOLERANCE
        kind = np.float32 if self._features.dtype in (np.float16, np.float32) else np.float64
        # Just above 0, so that a coverage of 0 never counts.
        self._enough = max(min_coverage - tolerance, float(np.finfo(kind).smallest_subnormal))
        self.neurons, self._pixels = len(self._features), int(np.prod(self._features.shape[1:3]))
        self._step = max(1, min(self.neurons, _PART // max(1, self._pixels)))
        runs = max(1, -(-self._pixels // _RUN))
        self._planes = np.empty((self._step, 4, runs, -(-self._pixels // runs)), dtype=kind)
        self._covers = np.empty((self._step, self._pixels), dtype=kind)

    @property
    def parts(self) -> list[slice]:
        """Slices of neurons that can be read at a time; together all neurons."""
        starts = range(0, self.neurons, self._step)
        return [slice(start, start + self._step) for start in starts]

    def read(self, part: slice) -> Floats:
        """Read some neurons.

        Parameters
        ----------
        part : slice
            One of `parts`.

        Returns
        -------
        numpy.ndarray, shape (neurons, 4, runs, run)
            R, G, B in 0..255 and W of each pixel. The pixels are cut into runs, so that sums over
            a run may be taken in float32; what fills the last run up has weight 0. Pixels of
            weight 0 are mid-gray. A pixel that counts and has a color that is not finite gets
            weight NaN, so that whatever is made of its neuron is NaN. The next call overwrites
            the array.
        """
        features = self._features[part].reshape(-1, self._pixels, 3)
        planes = self._planes[: len(features)]
        flat = planes.reshape(len(features), 4, -1)
        flat[:, :3, self._pixels :], flat[:, 3, self._pixels :] = _MID_GRAY, 0
        colors, weight = flat[:, :3, : self._pixels], flat[:, 3, : self._pixels]
        finite = _convert(features.transpose(0, 2, 1), colors)
        _convert(self._spread[part].reshape(len(features), -1), weight)
        np.maximum(weight, self._std_floor, out=weight)
        np.divide(1, weight, out=weight)
        covers = self._covers[: len(features)]
        _convert(self._coverage[part].reshape(len(features), -1), covers)
        uncovered = np.flatnonzero(~(covers >= self._enough))
        neuron, pixel = np.divmod(uncovered, max(1, self._pixels))
        flat[neuron, :3, pixel], flat[neuron, 3, pixel] = _MID_GRAY, 0
        if not finite and not np.isfinite([colors.min(initial=0), colors.max(initial=0)]).all():
            neuron, pixel = np.nonzero(~np.isfinite(colors).all(axis=1))
            flat[neuron, :3, pixel], flat[neuron, 3, pixel] = _MID_GRAY, np.nan
        return planes


def _convert(source: NDArray[Any], target: Floats) -> bool:
    """Copy numbers into an array of float32 or float64; say whether all are known to be finite."""
    if source.dtype != np.float16 or target.dtype != np.float32:
        np.copyto(target, source, casting="unsafe")
        return False
    # Several times as fast as NumPy converts, which does it number by number: the sign goes to the
    # front, exponent and fraction to their new places, and the exponent gets its new bias.
    bits = target.view(np.int32)
    np.copyto(bits, source.view(np.int16))
    np.left_shift(bits, 13, out=bits)
    np.bitwise_and(bits, _NO_COPIES_OF_THE_SIGN, out=bits)
    np.multiply(target, _REBIAS, out=target)
    if target.max(initial=0) < _HALF_INFINITY and target.min(initial=0) > -_HALF_INFINITY:
        return True
    np.copyto(target, source)
    return False


def for_each_part(
    open_pixels: Callable[[], FeaturePixels], work: Callable[[slice, Floats], None]
) -> None:
    """Do something with all neurons of a layer, part by part, on a few threads.

    NumPy lets other threads run during an operation, so that two are up to half as fast again
    where the parts are large; more than a few wait for the interpreter.

    Parameters
    ----------
    open_pixels : callable
        Gives a new reader of the layer; each thread has its own.
    work : callable
        Takes a slice of neurons and their pixels, as `FeaturePixels.read` gives them. Which part
        falls to which thread must not matter to it.
    """
    first = open_pixels()
    parts = first.parts
    threads = max(1, min(_THREADS, _processors(), len(parts) // 2))

    def run(thread: int) -> None:
        pixels = open_pixels() if thread else first
        for part in parts[thread::threads]:
            work(part, pixels.read(part))

    if threads == 1:
        run(0)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(run, range(threads)):
            pass


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
