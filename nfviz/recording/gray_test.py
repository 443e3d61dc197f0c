"""The same images in color and in gray, classified (the paper's section 4.2)."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from nfviz.option_checks import check_count, check_share
from nfviz.recording.admission import admit, choose_device, run
from nfviz.recording.borrow import borrowed
from nfviz.recording.gray_result import GrayTest, paired_errors
from nfviz.recording.heap import kept_heap
from nfviz.recording.images import NO_LABEL, ImageSource
from nfviz.recording.inputs import fill_batch, fit_input
from nfviz.recording.label_outputs import LabelOutputs, label_outputs
from nfviz.recording.preprocessing import split
from nfviz.recording.read_ahead import Batch, in_batches, read_ahead
from nfviz.recording.record import check_bad
from nfviz.recording.tables import class_names


def gray_test(
    network: nn.Module,
    images: Any,
    *,
    preprocess: Callable[[Any], Any] | None = None,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    outputs: Sequence[int] | Mapping[int, int] | None = None,
    batch_size: int = 64,
    device: str | torch.device | None = None,
    workers: int | None = None,
    max_bad: float = 0.01,
    tune: bool = True,
    progress: bool = True,
) -> GrayTest:
    r"""Measure how much a network loses when its images lose their color (section 4.2).

    Every labeled image is classified twice, in color and as its gray copy: the luma of ITU-R
    BT.601 in all three channels,

    .. math:: Y = (19595 R + 38470 G + 7471 B + 32768) \gg 16

    in bytes, which is PIL's "L", made behind the geometry and before the normalization, so that
    both see the same crop. An image is right within the top k if fewer than k outputs are ahead of
    the one that stands for its label; of equal outputs the first is ahead.

    Parameters
    ----------
    network : torch.nn.Module
        Takes a batch of images (n, 3, height, width) and gives one score per class: a tensor (n,
        outputs), (n, outputs, 1, 1), something that holds it as ``logits``, or a tuple or list
        that begins with it. It runs in evaluation mode, in its own precision, and is given back
        untouched; no other thread may use it meanwhile.
    images : map-style Dataset of (image, class id)
        As `nfviz.analyze` takes them. Images without label are left out and counted.
    preprocess, mean, std
        As `nfviz.analyze` takes them.
    outputs : sequence of int or mapping of int to int, optional
        The network's output that stands for each label. By default that of the same number; give
        it where the images show a part of the classes only, or name ``range(n)`` if the numbers
        do agree although the data set names fewer classes than there are outputs.
    batch_size : int
        Images per forward pass. Every batch has this shape; other sizes round differently.
    device : str or torch.device, optional
        Where the network runs; by default where its parameters are.
    workers : int, optional
        Threads that read images; one per processor, 16 at most, by default; 0 reads in the
        calling thread, for data sets that threads may not share.
    max_bad : float
        Share of the images, in [0, 1], that may be unreadable. They are left out and listed in the
        result; as soon as there are more, the call stops.
    tune : bool
        Let the process keep freed memory while this runs (Linux with glibc), which is faster.
    progress : bool
        Show a bar with images per second and time left.

    Returns
    -------
    GrayTest
        ``errors``: both errors for the top 1 and the top 5, their difference and its standard
        error. A top-5 error among five outputs or fewer is 0.

    Raises
    ------
    ValueError
        If a parameter is out of range, no image has a label, a label has no output, or the network
        gives no scores or NaN.

    Notes
    -----
    The paper tests "a subset of ImageNet images" and says neither which nor what "gray" is. Levels
    depend on the subset; compare the difference (23.6 points top-1 and 16.2 top-5 in the paper).
    Items that come normalized already are classified in color as they are; their gray copies are
    made of the recovered pixels.

    Examples
    --------
    >>> result = nfviz.gray_test(network, images, mean=mean, std=std, progress=False)
    >>> float(result.errors.loc[1, "difference"]) > 0.5  # in gray the colors are lost
    True

    Imagenette shows ten of the thousand classes of ImageNet; which outputs stand for them is said
    in the order of its folders::

        outputs = [0, 217, 482, 491, 497, 566, 569, 571, 574, 701]
        images = ImageFolder("imagenette2/val")
        nfviz.gray_test(network, images, preprocess=weights.transforms(), outputs=outputs)
    """
    network = admit(network)
    batch_size = check_count("batch_size", batch_size, 1)
    workers = min(os.cpu_count() or 1, 16) if workers is None else workers
    workers = check_count("workers", workers, 0)
    max_bad = check_share("max_bad", max_bad)
    outputs_of = label_outputs(outputs, class_names(images, None))
    most_bad = int(max_bad * len(images)) if hasattr(images, "__len__") else 0
    source = ImageSource(images, split(preprocess, mean, std), most_bad=most_bad)
    where = choose_device(network, device)
    tables: list[pd.DataFrame] = []
    bad: dict[int, str] = {}
    unlabeled = 0
    bar = tqdm(total=len(source), desc="color and gray", unit="image", disable=not progress)
    todo = in_batches(np.arange(len(source)), batch_size)
    with bar, kept_heap(tune), torch.inference_mode(False):
        examiner = _Examiner(network, source, outputs_of, where, batch_size)
        reading = closing(read_ahead(source, todo, workers))
        with reading as batches, borrowed(network, where, examiner.memory_format):
            for batch in batches:
                bad |= {int(batch.images[row]): reason for row, reason in batch.bad.items()}
                check_bad(bad, len(source), max_bad)
                rows = np.flatnonzero(batch.labels != NO_LABEL)
                unlabeled += len(batch.images) - len(batch.bad) - len(rows)
                if len(rows):
                    tables.append(examiner.examine(batch, rows))
                bar.update(len(batch.images))
    if not tables:
        raise ValueError(
            "images has no labeled image. Pass items (image, class id); without labels nothing "
            "is right or wrong."
        )
    table = pd.concat(tables)
    errors = paired_errors(table["color_rank"].to_numpy(), table["gray_rank"].to_numpy())
    return GrayTest(errors, table, unlabeled, bad)


class _Examiner:
    """Classifies images in color and in gray.

    Parameters are those of `gray_test`, checked.
    """

    def __init__(
        self,
        network: nn.Module,
        source: ImageSource,
        outputs_of: LabelOutputs,
        device: torch.device,
        batch_size: int,
    ) -> None:
        self._network, self._source, self._outputs_of = network, source, outputs_of
        self._device, self._batch_size = device, batch_size
        self._dtype, self.memory_format = fit_input(network, source.size, device)

    def examine(self, batch: Batch, rows: np.ndarray) -> pd.DataFrame:
        """Tell for some images of a batch how many outputs are ahead of the right one."""
        images, labels = batch.images[rows], batch.labels[rows]
        pixels = batch.pixels[rows].to(self._device)
        gray = self._source.normalize(to_gray(pixels))
        if batch.inputs is None:
            color = self._source.normalize(pixels)
        else:
            color = batch.inputs[rows].to(self._device)
        columns: dict[str, np.ndarray] = {"label": labels}
        for form, values in (("color", color), ("gray", gray)):
            scores = self._scores(values, images, form)
            columns["output"] = outputs = self._outputs_of(labels, scores.shape[1])
            columns[f"{form}_rank"] = count_ahead(scores, outputs)
        return pd.DataFrame(columns, index=pd.Index(images, name="image"))

    def _scores(self, values: Tensor, images: np.ndarray, form: str) -> Tensor:
        inputs = fill_batch(values, self._batch_size, self._dtype, self.memory_format)
        which = f"images {images[0]} to {images[-1]} in {form}"
        scores = find_scores(run(self._network, inputs, which), self._batch_size)[: len(images)]
        broken = np.flatnonzero(scores.isnan().any(dim=1).cpu().numpy())
        if len(broken):
            raise ValueError(
                f"network gives NaN for image {images[broken[0]]} in {form}, which says nothing of "
                "its class. Check its weights, and mean and std."
            )
        return scores


def to_gray(pixels: Tensor) -> Tensor:
    """Return the BT.601 luma of bytes (n, 3, height, width) in all three channels, as PIL does."""
    red, green, blue = pixels.int().unbind(dim=1)
    luma = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16
    return luma.to(torch.uint8)[:, None].expand(pixels.shape)


def find_scores(output: Any, count: int) -> Tensor:
    """Find the scores (count, outputs) in what a network made of `count` images.

    Raises
    ------
    ValueError
        If there are none, or only one for each image.
    """
    found = output
    if isinstance(output, Mapping) and "logits" in output:
        found = output["logits"]
    elif hasattr(output, "logits"):
        found = output.logits
    elif isinstance(output, tuple | list) and output:
        found = output[0]
    if isinstance(found, Tensor) and found.ndim > 2 and set(found.shape[2:]) == {1}:
        found = found.flatten(1)
    if isinstance(found, Tensor) and found.ndim == 2 and len(found) == count and found.shape[1] > 1:
        return found
    got = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
    raise ValueError(
        f"network gives {got} for {count} images; gray_test accepts one score per class: a tensor "
        "(n, outputs), or something that holds it as logits or as its first part. Wrap the network "
        "in a module that returns it."
    )


def count_ahead(scores: Tensor, outputs: np.ndarray) -> np.ndarray:
    """Count for each row of scores (n, outputs) those ahead of one; the first of equals leads."""
    chosen = torch.from_numpy(outputs).to(scores.device)[:, None]
    own = scores.gather(1, chosen)
    earlier = torch.arange(scores.shape[1], device=scores.device) < chosen
    return ((scores > own) | ((scores == own) & earlier)).sum(dim=1).cpu().numpy()
