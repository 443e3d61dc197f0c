"""Crops out of held images, for averaging and for show, and a layer made of them."""

import threading

import numpy as np
import pytest
import torch
from PIL import Image
from tqdm import tqdm

from nfviz.crop_sheet import encode_strip, join_strips
from nfviz.recording.crops import LayerCrops
from nfviz.recording.held_images import hold_images
from nfviz.recording.images import ImageSource
from nfviz.recording.layer_features import make_layer_features
from nfviz.recording.layers import Layer
from nfviz.recording.memory import Memory
from nfviz.recording.neuron_feature import OUTSIDE, neuron_feature
from nfviz.recording.options import Options
from nfviz.recording.preprocessing import split
from nfviz.recording.read_ahead import in_batches, read_ahead
from nfviz.recording.receptive_field import ReceptiveField
from nfviz.recording.tiles import LayerTiles, halvings

OPTIONS = {
    "n_max": 12,
    "min_activation": 0.7,
    "n_ranked": 12,
    "n_crops": 4,
    "normalise": "sum",
    "min_coverage": 0.1,
    "opponent": "cic",
    "batch_size": 3,
    "workers": 2,
    "max_memory": 1 << 30,
    "max_bad": 0.0,
}
RANKS = 12
UNITS = 11


class Pictures:
    """Smooth images, of which one can be spoiled after the first reading."""

    def __init__(self, size, count=9):
        random = np.random.default_rng(0)
        self.images = []
        for _ in range(count):
            coarse = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC)
            self.images.append(torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, number):
        if isinstance(self.images[number], Exception):
            raise self.images[number]
        return self.images[number], 0


def hold(pictures, numbers, halved=(), **options):
    source = ImageSource(pictures, split(None, 0.5, 0.5))
    digests = np.zeros(len(source), np.uint64)
    for batch in read_ahead(source, in_batches(np.arange(len(source)), 4), 0):
        digests[batch.images] = batch.digests
    return lambda: hold_images(
        source, numbers, halved, digests, Options(**OPTIONS | options), Memory(1 << 30), False
    )


def make_layer(field, side):
    return Layer("conv", "conv", 1, UNITS, side, side, ReceptiveField(*field, "exact"))


def draw(side, numbers):
    random = np.random.default_rng(1)
    images = random.choice(numbers, (UNITS, RANKS))
    return images, random.integers(0, side * side, (UNITS, RANKS), dtype=np.int32)


def slow_crop(image, field, position, side, size):
    """Cut one crop pixel by pixel; what is outside holds OUTSIDE."""
    height, width, step_y, step_x, start_y, start_x = field
    shape = min(height, size[0]), min(width, size[1])
    top = start_y + position // side * step_y + (height - shape[0]) // 2
    left = start_x + position % side * step_x + (width - shape[1]) // 2
    crop = np.full((3, *shape), OUTSIDE, np.uint8)
    for y in range(shape[0]):
        for x in range(shape[1]):
            if 0 <= top + y < size[0] and 0 <= left + x < size[1]:
                crop[:, y, x] = image[:, top + y, left + x]
    return crop


FIELDS = {
    "inside": ((5, 3, 2, 2, 0, 1), 10),
    "over the border": ((9, 7, 3, 4, -4, -3), 8),
    "large": ((21, 30, 2, 3, -10, -15), 12),
    "larger than the image": ((60, 45, 8, 8, -20, -20), 4),
    "sees nothing at the corner": ((1, 1, 4, 4, -1, -1), 9),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("small", [0, 1 << 20])
def test_crops_are_what_the_field_shows(monkeypatch, field, small):
    monkeypatch.setattr("nfviz.recording.crops._SMALL", small)
    (field, side), size = FIELDS[field], (29, 31)
    pictures, numbers = Pictures(size), np.array([1, 2, 5, 8])
    images, positions = draw(side, numbers)
    crops = LayerCrops(make_layer(field, side), hold(pictures, numbers)(), images, positions)
    room = crops.room(RANKS)
    room[:] = 77
    for unit in range(UNITS):
        ranks = np.array([3, 0, 7, 11, 2])
        levels, boxes = crops.cut(unit, ranks, room)
        for crop, (top, bottom, left, right), rank in zip(levels, boxes, ranks, strict=True):
            image = pictures.images[images[unit, rank]].numpy()
            expected = slow_crop(image, field, positions[unit, rank], side, size)
            np.testing.assert_array_equal(crop.view(np.uint8) ^ 128, expected)
            crop[:, top:bottom, left:right] = 0
            assert not crop.any()
        order = crops.downward(unit, RANKS)
        assert sorted(order) == list(range(RANKS))
        assert (np.diff(positions[unit, order] // side) >= 0).all()


def test_a_second_reading_that_differs_or_fails_names_the_image():
    pictures = Pictures((8, 9))
    read_again = hold(pictures, np.array([0, 4, 7]))
    read_again()
    pictures.images[7] = pictures.images[7] // 2
    with pytest.raises(ValueError, match="image 7 has other pixels than when"):
        read_again()
    pictures.images[4] = OSError("gone")
    with pytest.raises(ValueError, match=r"image 4 cannot be read a second time: .*gone"):
        read_again()


@pytest.mark.parametrize(
    ("shape", "times"),
    [((7, 7), 0), ((64, 64), 0), ((127, 90), 0), ((128, 3), 1), ((255, 255), 1), ((256, 9), 2)],
)
def test_crops_are_halved_as_long_as_tiles_are_not_larger(shape, times):
    assert halvings(shape) == times


class TestTiles:
    def tiles(self, field, side, size):
        numbers = np.arange(9)
        images, positions = draw(side, numbers)
        pictures = Pictures(size)
        times = {halvings((min(field[0], size[0]), min(field[1], size[1])))} - {0}
        held = hold(pictures, numbers, times)()
        crops = LayerCrops(make_layer(field, side), held, images, positions)
        shown = [
            [
                slow_crop(pictures.images[image].numpy(), field, position, side, size)
                for image, position in zip(*pair, strict=True)
            ]
            for pair in zip(images[:, :4], positions[:, :4], strict=True)
        ]
        return LayerTiles(crops, held), np.array(shown).transpose(0, 1, 3, 4, 2)

    def test_small_ones_are_the_crops(self):
        tiles, shown = self.tiles((9, 7, 3, 4, -4, -3), 8, (29, 31))
        for unit, crops in enumerate(shown):
            np.testing.assert_array_equal(tiles.make(unit, 4), crops)

    @pytest.mark.parametrize(
        ("field", "side", "size"),
        [((75, 80, 9, 7, -20, -11), 5, (120, 110)), ((151, 133, 30, 10, -70, -31), 4, (171, 160))],
        ids=["reduced", "halved and reduced"],
    )
    def test_large_ones_look_like_the_crops(self, field, side, size):
        tiles, shown = self.tiles(field, side, size)
        height, width = tiles.size
        for unit in range(3):
            made = tiles.make(unit, 4)
            assert made.shape == (4, height, width, 3)
            for tile, crop in zip(made, shown[unit], strict=True):
                small = Image.fromarray(crop).resize((width, height), Image.Resampling.BILINEAR)
                assert np.abs(tile.astype(int) - np.asarray(small)).mean() < 7
            assert np.abs(made[0].astype(int) - made[1]).mean() > 20

    def test_none_are_none(self):
        tiles, _ = self.tiles((151, 133, 30, 10, -70, -31), 4, (171, 160))
        assert tiles.make(0, 0).shape == (0, *tiles.size, 3)

    @pytest.mark.parametrize("side", [5, 8, 31, 33])
    def test_a_sheet_gives_the_tiles_back(self, side):
        random = np.random.default_rng(0)
        tiles = np.repeat(random.integers(0, 256, (5, 1, 1, 3), dtype=np.uint8), side, axis=1)
        tiles = np.repeat(tiles, side, axis=2)
        tiles[2, :4, 1:] //= 2
        found = join_strips([encode_strip(tiles)], (side, side))[0]
        assert np.abs(found.astype(int) - tiles).max() <= (0 if side < 32 else 60)
        if side < 32:
            np.testing.assert_array_equal(found, tiles)


class TestLayer:
    FIELD, SIDE, SIZE = (21, 30, 2, 3, -10, -15), 12, (29, 31)

    def parts(self):
        numbers = np.arange(9)
        images, positions = draw(self.SIDE, numbers)
        held = hold(Pictures(self.SIZE), numbers)()
        crops = LayerCrops(make_layer(self.FIELD, self.SIDE), held, images, positions)
        random = np.random.default_rng(2)
        weights = -np.sort(-random.uniform(0.7, 1, (UNITS, RANKS)), axis=1)
        n_images = random.integers(1, RANKS + 1, UNITS)
        n_images[3] = 0
        n_tiles = np.minimum(n_images + 1, 4) * (n_images > 0)
        return crops, LayerTiles(crops, held), weights, n_images, n_tiles

    def make(self, memory=1 << 30, **options):
        with tqdm(disable=True) as bar:
            return make_layer_features(
                *self.parts(), Options(**OPTIONS | options), Memory(memory), bar
            )

    def test_is_its_units_one_by_one(self):
        made = self.make()
        crops, tiles, weights, n_images, n_tiles = self.parts()
        for unit in range(UNITS):
            count = int(n_images[unit])
            assert made.crops[unit].shape[0] == n_tiles[unit]
            if not count:
                assert (made.features[unit] == 127.5).all()
                assert not made.spread[unit].any()
                assert not made.coverage[unit].any()
                continue
            cut, boxes = crops.cut(unit, np.arange(count), crops.room(count))
            alone = neuron_feature(cut, weights[unit, :count], boxes)
            np.testing.assert_allclose(made.features[unit], alone.feature, atol=2e-5)
            np.testing.assert_allclose(made.spread[unit], alone.spread, rtol=1e-6)
            np.testing.assert_allclose(made.coverage[unit], alone.coverage, rtol=1e-7)
            np.testing.assert_array_equal(made.crops[unit], tiles.make(unit, int(n_tiles[unit])))

    @pytest.mark.parametrize("options", [{"workers": 0}, {"workers": 5}, {"memory": 0}])
    def test_machinery_does_not_matter(self, options):
        one, other = self.make(), self.make(**options)
        for name in ("features", "spread", "coverage"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        np.testing.assert_array_equal(one.crops.data, other.crops.data)

    def test_no_tiles_no_sheet(self):
        assert self.make(n_crops=0).crops is None

    def test_large_layers_are_kept_in_half_precision(self, monkeypatch):
        whole = self.make()
        monkeypatch.setattr("nfviz.recording.layer_features.HALF_ABOVE", 0)
        half = self.make()
        assert (whole.features.dtype, half.features.dtype) == (np.float32, np.float16)
        np.testing.assert_allclose(half.features, whole.features, rtol=2**-11, atol=1e-6)
        np.testing.assert_array_equal(half.spread, whole.spread.astype(np.float16))

    def test_threads_of_torch_are_as_before(self):
        before = torch.get_num_threads()
        torch.set_num_threads(2)
        try:
            self.make()
            found = [torch.get_num_threads()]
            later = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
            later.start()
            later.join()
            assert found == [2, 2]
        finally:
            torch.set_num_threads(before)
