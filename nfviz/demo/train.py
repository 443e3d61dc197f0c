"""Train the embedded network: ``python -m nfviz.demo.train``.

Every training image is rendered once, shown once and forgotten. Batch normalization helps the
training along and is folded into the convolutions at the end, so that the network of the package
consists of plain convolutions.
"""

import argparse
import json
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.transforms.functional import gaussian_blur
from tqdm import tqdm

from nfviz.demo.network import MEAN, STD, demo_network
from nfviz.demo.scene import render

TRAINING_SEED, HELD_OUT_SEED = 2, 1
TRAINING_IMAGES, HELD_OUT_IMAGES = 28_800, 4_800
BATCH = 96
LEARNING_RATE, WEIGHT_DECAY = 4e-3, 0.05
# In standard deviations of the input. Noise in color alone, as cameras have it, leaves the fine
# edges to lightness.
CHROMA_NOISE = 0.3


def batch_of(seed: int, indices: range) -> tuple[torch.Tensor, torch.Tensor]:
    """Render one normalized batch: images (n, 3, 64, 64), channels last, and labels (n,)."""
    scenes = render(seed, indices)
    images = torch.from_numpy(scenes.images).to(memory_format=torch.channels_last) / 255
    mean, std = (torch.tensor(numbers)[:, None, None] for numbers in (MEAN, STD))
    return (images - mean) / std, torch.from_numpy(scenes.labels)


@torch.no_grad()
def smooth_start(weight: torch.Tensor) -> None:
    """Replace filters by smooth noise in place: every other one gray, the rest colored.

    Training leaves standing much of the noise that a filter starts with, since nothing in the
    images pulls at it. Filters with a smooth start end clean. Colored ones start coarser, as color
    is seen at a lower resolution than lightness.

    Parameters
    ----------
    weight : torch.Tensor, shape (units, 3, height, width)
        The filters; modified, at the same norm.
    """
    norm, mean = weight.norm(), weight.mean(dim=1, keepdim=True)
    gray, color = mean.expand_as(weight)[::2], (weight - mean)[1::2]
    for first, noise, blur in ((0, gray, 1.0), (1, color, 1.4)):
        smooth = gaussian_blur(noise, [7, 7], [blur, blur])
        weight[first::2] = smooth * norm / (2**0.5 * smooth.norm())


def with_batch_norm(network: nn.Sequential) -> nn.Sequential:
    """Return the same layers with a batch normalization behind each convolution."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name, layer in network.named_children():
        layers[name] = layer
        if isinstance(layer, nn.Conv2d):
            layers[name.replace("conv", "norm")] = nn.BatchNorm2d(layer.out_channels)
        elif isinstance(layer, nn.Flatten):
            layers["dropout"] = nn.Dropout(0.2)
    return nn.Sequential(layers)


def folded(network: nn.Sequential) -> nn.Sequential:
    """Return the plain network that computes the same in evaluation mode."""
    plain = demo_network(pretrained=False)
    trained = dict(network.eval().named_children())
    norms = {name: layer for name, layer in trained.items() if isinstance(layer, nn.BatchNorm2d)}
    for name, layer in plain.named_children():
        source = trained[name]
        if isinstance(source, nn.Conv2d):
            source = fuse_conv_bn_eval(source, norms[name.replace("conv", "norm")])
        layer.load_state_dict(source.state_dict())
    return plain


def train(n_images: int, *, batch: int = BATCH, progress: bool = True) -> nn.Sequential:
    """Train a network from scratch on fresh images, reproducibly.

    Parameters
    ----------
    n_images : int
        How many images to show, each once; a remainder smaller than a batch is left out.
    batch : int, default 96
        Images per step.
    progress : bool, default True
        Whether to draw a progress bar.

    Returns
    -------
    torch.nn.Sequential
        The plain network, batch normalizations folded in, in evaluation mode.
    """
    torch.manual_seed(0)
    plain = demo_network(pretrained=False)
    smooth_start(plain.get_parameter("conv1.weight"))
    network = with_batch_norm(plain).train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=WEIGHT_DECAY)
    steps = n_images // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    bar = tqdm(range(steps), desc="Training", unit="batch", disable=not progress)
    for step in bar:
        images, labels = batch_of(TRAINING_SEED, range(step * batch, (step + 1) * batch))
        noise = CHROMA_NOISE * torch.randn_like(images)
        loss = loss_of(network(images + noise - noise.mean(dim=1, keepdim=True)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.3f}")
    return folded(network)


@torch.inference_mode()
def accuracy(network: nn.Module, n_images: int) -> float:
    """Measure the share of held-out images that the network names correctly, in 0..1.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    n_images : int
        How many of them to show, from the first on.

    Returns
    -------
    float
        The share.
    """
    hits = 0
    for start in range(0, n_images, BATCH):
        images, labels = batch_of(HELD_OUT_SEED, range(start, min(start + BATCH, n_images)))
        hits += int((network(images).argmax(dim=1) == labels).sum())
    return hits / n_images


def export(network: nn.Module, path: Path) -> None:
    """Write the weights as float16 arrays, named as in the state of the network."""
    state = network.state_dict()
    arrays = {name: tensor.numpy().astype(np.float16) for name, tensor in state.items()}
    np.savez_compressed(path, **arrays)


def main() -> None:
    """Train, test and write `weights.npz` with `weights.json` beside it."""
    parser = argparse.ArgumentParser(description="Train the embedded network of nfviz.")
    parser.add_argument("--images", type=int, default=TRAINING_IMAGES, help="training images")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder")
    arguments = parser.parse_args()
    # Rounded as in the file, so that the accuracy is that of the shipped weights.
    network = train(arguments.images).half().float()
    export(network, arguments.out / "weights.npz")
    reached = accuracy(network, HELD_OUT_IMAGES)
    tqdm.write(f"Held-out accuracy: {reached:.4f} over {HELD_OUT_IMAGES} images.")
    record = {
        "held_out_accuracy": round(reached, 4),
        "held_out_images": HELD_OUT_IMAGES,
        "held_out_seed": HELD_OUT_SEED,
        "training_images": arguments.images,
        "training_seed": TRAINING_SEED,
        "torch": torch.__version__,
    }
    (arguments.out / "weights.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
