"""Images in: what a transform is parted into, what an item may be, what is read ahead."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch.utils.data import Subset, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.models import AlexNet_Weights, Inception_V3_Weights, SqueezeNet1_1_Weights
from torchvision.transforms import transforms as v1
from torchvision.transforms import v2
from torchvision.transforms.functional import pil_to_tensor

import nfviz
from nfviz.recording.hues import HueCensus
from nfviz.recording.images import ImageSource
from nfviz.recording.preprocessing import split
from nfviz.recording.read_ahead import in_batches, read_ahead

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def picture(width=90, height=70, seed=0):
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


CHAINS = {
    "preset": SqueezeNet1_1_Weights.IMAGENET1K_V1.transforms(),
    "preset of another size": Inception_V3_Weights.IMAGENET1K_V1.transforms(),
    "v1": v1.Compose([v1.Resize(64), v1.CenterCrop(48), v1.ToTensor(), v1.Normalize(MEAN, STD)]),
    "v2": v2.Compose(
        [
            v2.ToImage(),
            v2.Resize(64, antialias=True),
            v2.CenterCrop(48),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(MEAN, STD),
        ]
    ),
    "nested": v2.Compose(
        [v1.Compose([v1.Resize((48, 48))]), v1.ToTensor(), v1.Normalize(MEAN, STD)]
    ),
    "floats first": v1.Compose([v1.ToTensor(), v1.CenterCrop(48), v1.Normalize(MEAN, STD)]),
    "normalization only": v1.Compose([v1.ToTensor(), v1.Normalize(MEAN, STD)]),
}


@pytest.mark.parametrize("name", CHAINS)
def test_parting_a_transform_changes_no_input_of_the_network(name):
    """Geometry per image and normalization per batch give what the whole chain gives."""
    chain = CHAINS[name]
    items = [(picture(seed=seed), seed) for seed in range(3)]
    source = ImageSource(items, split(chain, None, None))
    batch = next(read_ahead(source, [np.arange(3)], 2))
    inputs = source.normalize(batch.pixels) if batch.inputs is None else batch.inputs
    expected = torch.stack([chain(image) for image, _ in items])
    torch.testing.assert_close(inputs, expected, rtol=0, atol=2e-6)
    assert batch.labels.tolist() == [0, 1, 2]
    assert (batch.inputs is None) == (name != "floats first")
    back = source.normalize(batch.pixels)
    torch.testing.assert_close(back, expected, rtol=0, atol=0.5 / 255 / 0.224)


def test_arrays_that_the_chain_itself_converts():
    chain = v1.Compose([v1.ToTensor(), v1.Normalize(MEAN, STD)])
    array = np.array(picture())
    source = ImageSource([(array, 0)], split(chain, None, None))
    pixels, floats, _ = source.read(0)
    torch.testing.assert_close(floats, chain(array))
    np.testing.assert_array_equal(pixels.permute(1, 2, 0), array)


def test_normalization_in_units_of_bytes():
    chain = v2.Compose(
        [
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=False),
            v2.Normalize([123.0, 116, 103], [58.0, 57, 57]),
        ]
    )
    source = ImageSource([(picture(), 0)], split(chain, None, None))
    pixels, floats, _ = source.read(0)
    torch.testing.assert_close(floats, torch.as_tensor(chain(picture())))
    np.testing.assert_array_equal(pixels.permute(1, 2, 0), np.asarray(picture()))
    assert source.preprocessing.mean == pytest.approx((123 / 255, 116 / 255, 103 / 255))


def test_the_same_normalization_twice_is_no_contradiction():
    chain = v1.Compose([v1.ToTensor(), v1.Normalize(MEAN, STD)])
    same = split(chain, np.float32(MEAN), np.float32(STD))
    assert same.mean == tuple(MEAN)


def test_items_of_other_forms_are_named():
    image = torch.zeros(3, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r"item of 3 parts; it accepts \(image, class id\)"):
        ImageSource([(image, 0, "x")], split(None, 0, 1))
    with pytest.raises(ValueError, match="image 0 cannot be used: it is a dict"):
        ImageSource([{"image": image}], split(None, 0, 1))


def test_names_of_classes_of_many_data_sets():
    class Data(list):
        classes: object = None

    images = Data([(torch.zeros(3, 4, 4, dtype=torch.uint8), 1)])
    for classes, expected in (
        ([("tench", "Tinca tinca"), ("goldfish",)], ["tench", "goldfish"]),
        (np.array(["a", "b"]), ["a", "b"]),
        (4, ["1"]),
    ):
        images.classes = classes
        network = torch.nn.Sequential(torch.nn.Conv2d(3, 1, 1))
        options = {"mean": 0, "std": 1, "n_max": np.int64(1), "progress": False}
        with pytest.warns(UserWarning, match="Class selectivity is undefined"):
            atlas = nfviz.analyze(network, images, **options)
        assert atlas.classes["name"].tolist() == expected


def test_any_callable_will_do():
    def halve(image):
        return pil_to_tensor(image.resize((20, 10)))

    source = ImageSource([(picture(), None)], split(halve, 0.5, 0.5))
    pixels, floats, label = source.read(0)
    assert pixels.shape == (3, 10, 20)
    assert (floats, label) == (None, -1)


def test_pictures_of_other_modes_become_rgb():
    for mode in ("L", "RGBA", "P", "CMYK"):
        source = ImageSource([(picture().convert(mode), 0)], split(None, 0, 1))
        assert source.read(0)[0].shape == (3, 70, 90)


@pytest.mark.parametrize("label", [3, np.int32(3), torch.tensor(3), np.array(3)])
def test_labels_of_many_kinds(label):
    image = torch.zeros(3, 4, 4, dtype=torch.uint8)
    assert ImageSource([(image, label)], split(None, 0, 1)).read(0)[2] == 3


@pytest.mark.parametrize("item", [(None, "image"), (-1, "image"), ("bare", "image")])
def test_images_without_a_label(item):
    image = torch.zeros(3, 4, 4, dtype=torch.uint8)
    data = [image] if item[0] == "bare" else [(image, item[0])]
    assert ImageSource(data, split(None, 0, 1)).read(0)[2] == -1


def test_a_tensor_dataset_works_as_it_is():
    data = TensorDataset(torch.randint(0, 256, (9, 3, 8, 8), dtype=torch.uint8), torch.arange(9))
    source = ImageSource(data, split(None, 0, 1))
    batches = list(read_ahead(source, in_batches(np.arange(9), 4), 2))
    assert [len(batch.images) for batch in batches] == [4, 4, 1]
    pixels = torch.cat([batch.pixels for batch in batches])
    assert torch.equal(pixels, data.tensors[0])


@pytest.mark.parametrize("workers", [0, 1, 5])
def test_reading_ahead_keeps_the_order(workers):
    data = [(torch.full((3, 5, 4), i, dtype=torch.uint8), i) for i in range(50)]
    source = ImageSource(data, split(None, 0, 1))
    wanted = np.random.default_rng(0).permutation(50)
    batches = list(read_ahead(source, in_batches(wanted, 7), workers))
    assert np.concatenate([batch.images for batch in batches]).tolist() == wanted.tolist()
    assert torch.cat([batch.pixels for batch in batches])[:, 0, 0, 0].tolist() == wanted.tolist()
    digests = np.concatenate([batch.digests for batch in batches])
    assert len(set(digests.tolist())) == 50


def test_a_reader_that_is_abandoned_stops():
    data = [(torch.zeros(3, 4, 4, dtype=torch.uint8), 0)] * 1000
    taken = []
    cuts = (taken.append(cut) or cut for cut in in_batches(np.arange(1000), 2))
    batches = read_ahead(ImageSource(data, split(None, 0, 1)), cuts, 2)
    next(batches)
    batches.close()
    assert len(taken) < 10


@pytest.fixture
def image_folder(tmp_path):
    for number, wnid in enumerate(["n01440764", "n02102040", "n03028079"]):
        (tmp_path / wnid).mkdir()
        for image in range(4):
            picture(seed=10 * number + image).save(tmp_path / wnid / f"{image}.png")
    return ImageFolder(tmp_path)


def test_an_image_folder_works_as_it_is(image_folder):
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 11, stride=4), torch.nn.ReLU())
    options = {"n_max": 3, "n_crops": 0, "progress": False}
    atlas = nfviz.analyze(
        network, image_folder, preprocess=AlexNet_Weights.IMAGENET1K_V1.transforms(), **options
    )
    assert atlas.classes["name"].tolist() == image_folder.classes
    assert atlas.classes["wnid"].tolist() == image_folder.classes
    assert atlas.images["path"].tolist() == [path for path, _ in image_folder.samples]
    assert atlas.images["label"].tolist() == image_folder.targets
    assert atlas.manifest["image_size"] == [224, 224]
    assert atlas.manifest["preprocessing"]["mean"] == pytest.approx(MEAN)
    part = Subset(image_folder, [11, 0, 5])
    with pytest.warns(UserWarning, match="Class selectivity"):
        some = nfviz.analyze(network, part, mean=0, std=1, **options)
    assert some.images["path"].tolist() == [image_folder.samples[i][0] for i in (11, 0, 5)]
    assert some.classes["name"].tolist() == image_folder.classes


def test_names_of_classes_can_be_given(image_folder):
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 11, stride=4))
    options = {"mean": 0, "std": 1, "n_max": 3, "progress": False}
    named = nfviz.analyze(
        network, image_folder, classes={0: "a", 1: "b", 2: "c", 9: "z"}, **options
    )
    assert named.classes["name"].to_dict() == {0: "a", 1: "b", 2: "c", 9: "z"}
    assert "wnid" not in named.classes


def test_fingerprints_change_with_what_they_stand_for():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3))
    images = [(torch.randint(0, 256, (3, 8, 8), dtype=torch.uint8), i % 2) for i in range(4)]
    options = {"mean": 0, "std": 1, "n_max": 2, "progress": False}

    def manifest(images):
        return nfviz.analyze(network, images, **options).manifest

    first = manifest(images)
    assert manifest(images) == first
    relabeled = manifest([(image, 1 - label) for image, label in images])
    assert relabeled["images"] != first["images"]
    assert relabeled["weights"] == first["weights"]
    changed = manifest([*images[:3], (images[3][0] ^ 1, images[3][1])])
    assert changed["images"] != first["images"]
    with torch.no_grad():
        network[0].bias[0] += 1e-3
    assert manifest(images)["weights"] != first["weights"]
    assert manifest(images)["images"] == first["images"]


class TestHues:
    GOLDEN = (
        ((255, 0, 0), 26),
        ((255, 128, 0), 56),
        ((200, 180, 170), 45),
        ((128, 128, 128), None),
        ((0, 0, 255), 270),
        ((250, 250, 245), None),
        ((10, 60, 200), 253),
        ((30, 20, 10), None),
    )

    def census(self):
        pixels = np.array([color for color, _ in self.GOLDEN], np.uint8)
        census = HueCensus()
        for part in (pixels[:3], pixels[3:]):
            census.update(part.T[None, :, :, None])
        return census

    def test_golden_hues(self):
        hues = self.census().hues()
        expected = np.zeros(360, int)
        for _, degree in self.GOLDEN:
            if degree is not None:
                expected[degree] += 1
        assert hues["pixels"].tolist() == expected.tolist()
        np.testing.assert_allclose(
            hues["chroma"][[26, 56, 270]], [1.118034, 0.901119, 1], atol=1e-6
        )

    def test_the_threshold_and_the_space_matter(self):
        census = self.census()
        assert census.hues(min_chroma=0.05)["pixels"].sum() == 6
        assert census.hues(min_chroma=0)["pixels"].sum() == 8
        other = census.hues(opponent="orthonormal")
        assert other["pixels"].index[other["pixels"] > 0].tolist() != [26, 45, 56, 253, 270]

    def test_mean_color(self):
        colors = np.array([color for color, _ in self.GOLDEN], float)
        np.testing.assert_allclose(self.census().mean_color(), colors.mean(axis=0))

    def test_nearly_black_and_white_have_no_hue_whatever_their_intensity(self):
        levels = np.array([0, 5, 10, 19, 236, 245, 250, 255], np.uint8)
        grid = np.stack(np.meshgrid(levels, levels, levels), axis=0).reshape(1, 3, -1, 1)
        intensity = np.abs((grid[0].astype(int).sum(axis=0) / 255 - 1.5) / 1.5)
        extreme = HueCensus()
        extreme.update(grid[:, :, (intensity > 0.95).ravel()])
        assert extreme.hues()["pixels"].sum() == 0
        assert isinstance(extreme.hues(), pd.DataFrame)
