"""The embedded default: procedural images with known truth, and the network trained on them."""

import json
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from nfviz.demo import CLASSES, DemoImages, demo_network, label_of, ontology
from nfviz.demo import images as images_module
from nfviz.demo import train as training
from nfviz.demo.palette import HUES, hue_of_rgb, rgb_from_hsv
from nfviz.demo.scene import Scenes, render
from nfviz.demo.shapes import SHAPES


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return render(seed=5, indices=range(480))


def test_the_seed_alone_decides_on_the_bytes():
    first, again, other = (DemoImages(n=48, seed=seed).pixels() for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not (first == other).all(axis=(1, 2, 3)).any()


def test_an_image_depends_on_neither_the_length_nor_the_batch():
    whole = DemoImages(n=150, seed=3)
    assert np.array_equal(DemoImages(n=50, seed=3).pixels(), whole.pixels()[:50])
    assert np.array_equal(DemoImages(n=150, seed=3).pixels(70, 75), whole.pixels(70, 75))
    assert np.array_equal(render(3, [101]).images[0], whole.pixels(101, 102)[0])


def test_each_block_is_rendered_once_and_as_one_batch(monkeypatch):
    batches = []

    def counting(seed, indices):
        batches.append(list(indices))
        return render(seed, indices)

    monkeypatch.setattr(images_module, "render", counting)
    images = DemoImages(n=100)
    assert batches == []
    images.pixels(60, 61)
    images.pixels()
    images[99]
    assert batches == [list(range(48, 96)), list(range(48)), list(range(96, 100))]


def test_items_are_what_a_loader_wants():
    dataset = DemoImages(n=48)
    image, label = dataset[3]
    assert (image.dtype, image.shape, type(label)) == (torch.uint8, (3, 64, 64), int)
    batch, labels = next(iter(DataLoader(dataset, batch_size=7)))
    assert batch.shape == (7, 3, 64, 64)
    assert torch.equal(batch[3], image)
    assert labels.tolist() == list(range(7))


def test_items_are_copies_and_indices_end():
    dataset = DemoImages(n=50)
    before = dataset.pixels(0, 1).copy()
    dataset[0][0].zero_()
    assert np.array_equal(dataset.pixels(0, 1), before)
    assert torch.equal(dataset[-1][0], dataset[49][0])
    with pytest.raises(IndexError, match="collection of 50"):
        dataset[50]
    with pytest.raises(ValueError, match="read-only"):
        dataset.pixels()[0] = 0


def test_classes_are_balanced():
    images = DemoImages()
    assert len(images) == len(images.labels) == 4800
    assert np.bincount(images.labels).tolist() == [100] * 48
    assert images.scenes(90, 99).labels.tolist() == images.labels[90:99].tolist()


def test_images_need_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from nfviz.demo import CLASSES, DemoImages, ontology\n"
        "assert DemoImages(n=2).pixels().shape == (2, 3, 64, 64) and len(ontology()) == 57"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_classes_are_found_by_hue_and_shape():
    assert len(set(CLASSES)) == 48
    assert [label_of(*name.split()) for name in CLASSES] == list(range(48))
    with pytest.raises(ValueError, match=r"'brown disk'.*Hues: red, orange.*Shapes: disk, ring"):
        label_of("brown", "disk")


def _degrees_between(first, second):
    return np.abs((np.asarray(first) - second + 180) % 360 - 180)


def test_the_paint_has_the_hue_of_the_class(scenes):
    for hue_number, hue in enumerate(HUES):
        painted = scenes.hues[scenes.labels % 8 == hue_number]
        assert _degrees_between(painted, hue.center).max() <= hue.jitter + 1e-3
        assert np.ptp((painted - hue.center + 180) % 360) > hue.jitter


def test_the_pixels_of_the_object_have_the_hue_of_the_class(scenes):
    shift = [
        np.median((hue_of_rgb(image[:, mask == 1]) - truth + 180) % 360) - 180
        for image, mask, truth in zip(scenes.images, scenes.masks, scenes.hues, strict=True)
    ]
    assert np.abs(shift).max() < 15
    seen, centers = scenes.hues + shift, [hue.center for hue in HUES]
    nearest = _degrees_between(seen[:, None], centers).argmin(axis=1)
    assert (nearest == scenes.labels % 8).mean() > 0.98


def test_the_background_does_not_give_the_hue_away(scenes):
    """Every hue, by a good share of vivid pixels, is found around objects of all other hues."""
    found = np.zeros((8, 8), bool)
    for image, mask, label in zip(scenes.images, scenes.masks, scenes.labels, strict=True):
        around = image[:, mask == 0].astype(np.float32)
        vivid = hue_of_rgb(around[:, np.ptp(around, axis=0) > 150])
        for number, hue in enumerate(HUES):
            found[number, label % 8] |= (_degrees_between(vivid, hue.center) < 12).sum() >= 20
    assert (found.sum(axis=1) >= 7).all()


def test_objects_have_the_shape_of_the_class(scenes):
    """Fills of the bounding box, and only a ring has a hole at its center."""
    fills, holes = {}, {}
    for number, shape in enumerate(SHAPES):
        masks = scenes.masks[scenes.labels // 8 == number] > 0.5
        boxes = [mask[np.ix_(mask.any(axis=1), mask.any(axis=0))] for mask in masks]
        fills[shape] = np.mean([box.mean() for box in boxes])
        holes[shape] = np.mean([not box[len(box) // 2, box.shape[1] // 2] for box in boxes])
    assert abs(fills["disk"] - np.pi / 4) < 0.02
    assert fills["square"] > fills["cross"] > fills["star"]
    assert holes["ring"] == 1
    assert all(holes[shape] == 0 for shape in SHAPES if shape != "ring")


@pytest.mark.parametrize("shape", SHAPES)
def test_signed_distances_grow_by_one_per_unit(shape):
    axis = np.linspace(-2, 2, 401, dtype=np.float32)
    distance = SHAPES[shape](axis[None, :] + 0 * axis[:, None], axis[:, None] + 0 * axis[None, :])
    slope = np.hypot(*np.gradient(distance, axis[1] - axis[0]))
    assert distance.dtype == np.float32
    assert np.quantile(np.abs(slope - 1), 0.9) < 0.02
    assert distance.min() < -0.2 < 0.5 < distance[0, 0]


def test_hue_survives_the_way_to_rgb_and_back():
    hue = np.arange(0, 360, 7, dtype=np.float32)
    rgb = rgb_from_hsv(hue, np.float32(0.6), np.float32(0.8))
    assert np.allclose(hue_of_rgb(rgb), hue, atol=1e-2)
    assert np.allclose([rgb.max(axis=0), rgb.min(axis=0)], [[0.8], [0.32]])
    assert hue_of_rgb(np.full(3, 0.4)) == 0


def test_the_ontology_is_a_tree_of_three_levels():
    table = ontology()
    assert table.columns.tolist() == ["name", "parent"]
    parent = table.set_index("name")["parent"]
    families = parent.index[parent.isna()].tolist()
    assert families == ["round", "angular", "pointed"]
    for leaf in CLASSES:
        shape = parent[leaf]
        assert leaf.endswith(shape)
        assert parent[shape] in families
    assert parent.index.is_unique
    assert set(parent.index) - set(parent) == set(CLASSES)
    assert parent.value_counts().to_dict() == dict.fromkeys(SHAPES, 8) | dict.fromkeys(families, 2)


@pytest.fixture(scope="module")
def network() -> nn.Sequential:
    return demo_network()


def test_layers_are_those_of_vgg_m(network):
    names = [name for name, _ in network.named_children()]
    expected = "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5"
    assert names == [*expected.split(), "flatten", "full6", "relu6", "full7"]
    assert sum(parameter.numel() for parameter in network.parameters()) <= 350_000
    assert not network.training
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, 48)


def test_weights_are_plain_small_arrays(network):
    path = files("nfviz.demo") / "weights.npz"
    assert path.stat().st_size < 1.5e6
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays.files) == set(network.state_dict())
        for name in arrays.files:
            assert arrays[name].dtype == np.float16
            assert np.array_equal(network.state_dict()[name].numpy(), arrays[name])


def test_recorded_accuracy_holds_on_held_out_images(network):
    record = json.loads((files("nfviz.demo") / "weights.json").read_text())
    seeds = (DemoImages().seed, training.HELD_OUT_SEED, training.TRAINING_SEED)
    assert seeds == (0, record["held_out_seed"], record["training_seed"]) == (0, 1, 2)
    recorded, reached = record["held_out_accuracy"], training.accuracy(network, 960)
    assert reached > 0.90
    assert abs(reached - recorded) < 4 * np.sqrt(recorded * (1 - recorded) / 960)


def test_the_first_layer_has_gray_and_colored_filters(network):
    weight = network.get_parameter("conv1.weight").detach()
    chroma = weight - weight.mean(dim=1, keepdim=True)
    share = chroma.square().sum(dim=(1, 2, 3)) / weight.square().sum(dim=(1, 2, 3))
    assert min((share < 0.35).sum(), (share > 0.75).sum()) >= 8


def test_input_is_normalized():
    images, _ = training.batch_of(training.TRAINING_SEED, range(288))
    assert images.mean(dim=(0, 2, 3)).abs().max() < 0.1
    assert (images.std(dim=(0, 2, 3)) - 1).abs().max() < 0.1


def test_folding_the_batch_norms_changes_no_output():
    torch.manual_seed(0)
    normalized = training.with_batch_norm(demo_network(pretrained=False)).train()
    images, _ = training.batch_of(7, range(32))
    normalized(images)
    plain = training.folded(normalized)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in plain)
    torch.testing.assert_close(plain(images[:8]), normalized(images[:8]), rtol=1e-3, atol=1e-4)


def test_a_smooth_start_alternates_gray_and_color_at_the_same_norm():
    weight = torch.randn(8, 3, 7, 7, generator=torch.Generator().manual_seed(0))
    norm, steps = weight.norm(), weight.diff(dim=3).norm()
    training.smooth_start(weight)
    torch.testing.assert_close(weight.norm(), norm)
    assert weight.diff(dim=3).norm() < 0.6 * steps
    assert torch.allclose(weight[::2, 0], weight[::2, 2])
    assert weight[1::2].mean(dim=1).abs().max() < 1e-5


def test_training_is_reproducible():
    first, second = (training.train(16, batch=8, progress=False).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
