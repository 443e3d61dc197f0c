"""The verb: a network and labelled images in, an atlas of indexed neurons out."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import torch
from torch import nn

from nfviz.atlas import Atlas
from nfviz.recording.admission import admit, choose_device
from nfviz.recording.heap import kept_heap
from nfviz.recording.job import Job
from nfviz.recording.make_atlas import make_atlas
from nfviz.recording.options import Options
from nfviz.recording.tables import class_names
from nfviz.selectivity import small_data_note


def analyze(
    network: nn.Module,
    images: Any,
    *,
    layers: Sequence[str] | None = None,
    preprocess: Callable[[Any], Any] | None = None,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
    classes: Sequence[str] | Mapping[int, str] | None = None,
    n_max: int = 100,
    min_activation: float = 0.7,
    paper_figures: bool = False,
    n_ranked: int = 400,
    n_crops: int = 16,
    normalise: str = "sum",
    min_coverage: float = 0.1,
    opponent: str = "cic",
    batch_size: int = 64,
    device: str | torch.device | None = None,
    workers: int | None = None,
    max_memory: int = 4 << 30,
    max_bad: float = 0.01,
    store: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    tune: bool = True,
    progress: bool = True,
) -> Atlas:
    """Rank images for every neuron, average their crops, and index the neurons.

    One pass runs all images through the network and keeps the best of every neuron; a second
    reading of the images that count cuts the receptive fields and averages them. The network is
    given back untouched.

    Parameters
    ----------
    network : torch.nn.Module
        Any network that takes a batch of images (n, 3, height, width). It runs in evaluation
        mode, in its own precision, on one device, uncompiled, whatever modes the caller has set;
        no other thread may use it meanwhile. Scripted, quantized and exported ones are refused.
    images : map-style Dataset of (image, class id)
        An image is a uint8 RGB tensor (3, height, width) in 0..255 (normalized here), a PIL
        image, or a float tensor that is normalized already; all of one size once preprocessed.
        Pictures become RGB: gray is repeated, 16-bit gray (and tensors of uint16) divided by 257,
        transparency dropped as torchvision's loader drops it; of an animation the first frame
        counts; pictures are turned by their EXIF data only if the data set does so. JPEG files of
        an ``ImageFolder`` without a transform of its own are decoded by torchvision, with the
        pixels of PIL; the folder's own loader clips 16-bit files, so convert those before.
        ``torchvision.datasets.ImageFolder`` works as it is. A class id is an integer from 0;
        None or -1 means no label: such images count for features and color, not for classes.
    layers : sequence of str, optional
        Modules whose channels are neurons, named as in ``network.named_modules()``. By default
        every `torch.nn.Conv2d` that runs. A convolution directly followed by a batch norm is read
        behind it; responses are read before the ReLU.
    preprocess : callable, optional
        From an item's image to the network's input: ``weights.transforms()``, a torchvision v1 or
        v2 `Compose`, or any deterministic callable. Its geometry runs per image, its normalization
        once per batch on the device.
    mean, std : float or 3 floats, optional
        Normalization (x / 255 - mean) / std, where `preprocess` has none. Needed for float tensors
        too, to recover their pixels.
    classes : sequence of str or mapping of int to str, optional
        Names of the classes; ``images.classes`` by default, else the class ids.
    n_max : int
        Most images in a neuron's image set (N_max of the paper).
    min_activation : float
        Least relative activation in the image set, in [0, 1]: the 0.7 of the paper's footnote 1.
    paper_figures : bool
        True sets `min_activation` to 0, for comparison with the paper's Fig. 9 to 11: the
        arithmetic of its section 4.3 holds only if every neuron has N = 100 images.
    n_ranked : int
        Images kept per neuron, at least `n_max`; the curve of activations is as long.
    n_crops : int
        Crops kept per neuron for display; 0 for none.
    normalise : {"sum", "paper"}
        Neuron features divided by the sum of the weights, or by the number of images (eq. 1 to
        the letter, which darkens them).
    min_coverage : float
        Share of the weight, in [0, 1], below which a pixel of a neuron feature is mid-gray.
    opponent : {"cic", "orthonormal"}
        Opponent space: that of the authors' laboratory, or the orthonormal one.
    batch_size : int
        Images per forward pass. Every batch has this shape; other sizes round differently.
    device : str or torch.device, optional
        Where the network runs; by default where its parameters are.
    workers : int, optional
        Threads that read images; one per processor, 16 at most, by default; 0 reads in the
        calling thread, for data sets that threads may not share.
    max_memory : int
        Bytes for the images of the second reading and for the neuron features; what exceeds them
        lies in temporary files (of ``tempfile.gettempdir()``) instead.
    max_bad : float
        Share of the images, in [0, 1], that may be unreadable or otherwise of no use. They are
        listed in ``atlas.images`` with the reason and take no part; as soon as there are more,
        the call stops.
    store : path, optional
        A folder that keeps what is done. A call that was stopped or killed continues there; one
        that was finished returns at once; with more images behind the old ones only those are
        recorded. Several processes, such as the ranks of ``torchrun``, may share it and part the
        work. It is refused for another network (weights, modules, what its code makes of noise),
        preprocessing, `layers`, `n_ranked`, `batch_size`, memory format, dtype, version of torch
        or kind of processor, and for other images: 16 of them are read again, the others are told
        by folder, file and label. What other options gave before is kept beside. The
        features of the atlas stay in its files, so keep it as long as the atlas is in use. Images
        that could not be used stay so; delete the folder to try them again.
    executor : concurrent.futures.Executor, optional
        Who runs the network, shard by shard: a process pool, or ``client.get_executor()`` of a
        Dask client. Each task computes on one thread: have as many workers as processors. Network,
        images and `preprocess` go along. `workers` threads of this process then do the rest.
    tune : bool
        Let the process keep freed memory while this runs (Linux with glibc): about twice as fast.
    progress : bool
        Show bars with images per second and time left.

    Returns
    -------
    Atlas
        With the columns of every measure in ``nfviz.selectivity.standard.STANDARD``.

    Raises
    ------
    ValueError
        If a parameter is out of range, a layer's name is wrong, or an image cannot be used; the
        message says what was given, what is accepted and what to do.
    RuntimeError
        If the network itself fails: its own error is the ``__cause__``.
    OSError
        If `store` cannot be read or written.

    Notes
    -----
    Departures from the paper, with reasons, stand where they are made: the average in
    `nfviz.recording.neuron_feature.neuron_feature`, the measures in `nfviz.selectivity`. Of the
    recording: the paper does not say whether a response is read before or behind the ReLU, nor
    which of equal ones comes first. Here it is read before, where nothing has rewritten it yet,
    and one of 0 or less has no weight, so that both readings give the same image sets; of equal
    activations the image that comes first in the data set is first, and of equal positions the
    one that comes first row by row.

    Examples
    --------
    >>> from nfviz.demo import CLASSES, MEAN, STD, DemoImages, demo_network
    >>> atlas = nfviz.analyze(
    ...     demo_network(), DemoImages(960), mean=MEAN, std=STD, classes=CLASSES, n_max=20,
    ...     progress=False,
    ... )
    >>> atlas.neurons.query("layer == 'conv5' and class_selectivity > 0.8").index[0]
    ('conv5', 0)

    A folder of folders of images, with the preprocessing that belongs to the network's weights::

        atlas = nfviz.analyze(network, ImageFolder("val"), preprocess=weights.transforms())
    """
    network = admit(network)
    _check_helpers(store, executor)
    options = Options(
        n_max=n_max,
        min_activation=0.0 if paper_figures else min_activation,
        n_ranked=n_ranked,
        n_crops=n_crops,
        normalise=normalise,
        min_coverage=min_coverage,
        opponent=opponent,
        batch_size=batch_size,
        workers=min(os.cpu_count() or 1, 16) if workers is None else workers,
        max_memory=max_memory,
        max_bad=max_bad,
    )
    job = Job(
        network=network,
        images=images,
        preprocess=preprocess,
        mean=mean,
        std=std,
        class_names=class_names(images, classes),
        layers=layers,
        device=choose_device(network, device),
        options=options,
        tune=tune,
    )
    with kept_heap(tune), torch.inference_mode(False):
        atlas = make_atlas(job, store, executor, progress)
    _warn(atlas, options.n_max)
    return atlas


def _check_helpers(store: Any, executor: Any) -> None:
    if store is not None and (not isinstance(store, str | os.PathLike) or not os.fspath(store)):
        raise ValueError(f"store is {store!r}; it accepts the path of a folder.")
    if executor is not None and not isinstance(executor, Executor):
        raise ValueError(
            f"executor is a {type(executor).__name__}; it accepts a concurrent.futures.Executor, "
            "such as a ProcessPoolExecutor, or client.get_executor() of a Dask client."
        )


def _warn(atlas: Atlas, n_max: int) -> None:
    bad = atlas.images["reason"].dropna()
    if len(bad):
        warnings.warn(
            f"{len(bad)} of {len(atlas.images)} images could not be used and take no part; the "
            f"first: image {bad.index[0]}, {bad.iloc[0]}. atlas.images['reason'] lists them.",
            stacklevel=3,
        )
    note = small_data_note(atlas.images["label"].to_numpy(), n_max)
    if note:
        warnings.warn(note, stacklevel=3)
