"""Odd images: each is read as it should be, or a bad row with its reason; none ends the run."""

import io
import os
import re
import struct
import zlib

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps, features
from torch.utils.data import DataLoader, Dataset, IterableDataset
from torchvision import tv_tensors
from torchvision.datasets import ImageFolder
from torchvision.models import SqueezeNet1_1_Weights
from torchvision.transforms import functional, v2

import nfviz
from nfviz.recording.images import BadImage, ImageSource
from nfviz.recording.preprocessing import split
from nfviz.recording.read_ahead import in_batches, read_ahead

PRESET = SqueezeNet1_1_Weights.IMAGENET1K_V1.transforms()
ONE = torch.full((3, 6, 5), 9, dtype=torch.uint8)
AS_THEY_ARE = split(None, 0, 1)


def noise(width=20, height=15, seed=0):
    random = np.random.default_rng(seed)
    return Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def one_row(value, preprocess=AS_THEY_ARE, label=0):
    return ImageSource([(value, label)], preprocess).read(0)


def all_rows(source, workers=2, batch_size=3):
    """Pixels, labels, digests and reasons of a whole data set."""
    batches = list(read_ahead(source, in_batches(np.arange(len(source)), batch_size), workers))
    bad = {}
    for batch in batches:
        assert list(batch.bad) == sorted(batch.bad)
        bad |= {int(batch.images[row]): reason for row, reason in batch.bad.items()}
    pixels = torch.cat([batch.pixels for batch in batches])
    labels, digests = (
        np.concatenate([getattr(batch, name) for batch in batches])
        for name in ("labels", "digests")
    )
    return pixels, labels, digests, bad


def gray_palette(transparency):
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putdata([0, 1])
    picture.info["transparency"] = transparency
    return picture


def picture_of(mode, *colors):
    picture = Image.new(mode, (len(colors), 1))
    picture.putdata(colors)
    return picture


def sixteen(*levels, dtype="<u2"):
    return Image.fromarray(np.array([levels], dtype))


MODES = {
    "bits": (picture_of("1", 0, 255), [(0, 0, 0), (255, 255, 255)]),
    "gray": (picture_of("L", 7, 200), [(7, 7, 7), (200, 200, 200)]),
    "gray, transparent": (picture_of("LA", (7, 0), (9, 99)), [(7, 7, 7), (9, 9, 9)]),
    "color, transparent": (picture_of("RGBA", (1, 2, 3, 0), (4, 5, 6, 99)), [(1, 2, 3), (4, 5, 6)]),
    "palette": (gray_palette(None), [(10, 20, 30), (40, 50, 60)]),
    "palette, one color transparent": (gray_palette(0), [(10, 20, 30), (40, 50, 60)]),
    "palette, all half transparent": (gray_palette(b"\0\x80"), [(10, 20, 30), (40, 50, 60)]),
    "inks": (picture_of("CMYK", (0, 0, 0, 0), (255, 0, 0, 0)), [(255, 255, 255), (0, 255, 255)]),
    "16 bits": (
        sixteen(0, 128, 129, 257, 25700, 65535),
        [(v,) * 3 for v in (0, 0, 1, 1, 100, 255)],
    ),
    "16 bits, other end": (sixteen(25700, 65535, dtype=">u2"), [(100,) * 3, (255,) * 3]),
    "16 bits, from a file": (
        Image.open(io.BytesIO(encoded(sixteen(257, 51400)))),
        [(1, 1, 1), (200, 200, 200)],
    ),
}


@pytest.mark.parametrize("name", MODES)
def test_pictures_of_every_mode_become_rgb(name):
    picture, colors = MODES[name]
    pixels, floats, _ = one_row(picture)
    assert pixels[:, 0].T.tolist() == [list(color) for color in colors]
    assert floats is None


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK"])
def test_a_picture_is_rgb_before_it_is_resized(mode):
    """As behind torchvision's own loader: neither palette nor transparency weigh in."""
    picture = noise().convert(mode)
    if mode == "RGBA":
        picture.putalpha(noise(seed=1).convert("L"))
    expected = one_row(picture.convert("RGB"), split(PRESET, None, None))[0]
    assert torch.equal(one_row(picture, split(PRESET, None, None))[0], expected)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pictures_without_a_known_range_are_refused(mode):
    with pytest.raises(BadImage, match=f"ValueError: a picture of mode {mode} .32 bits. has no"):
        ImageSource([(ONE, 0), (noise(5, 6).convert(mode), 0)], AS_THEY_ARE).read(1)


@pytest.mark.parametrize(
    "image",
    [
        torch.full((3, 6, 5), 0.25, requires_grad=True),
        torch.nn.Parameter(torch.full((3, 6, 5), 0.25)),
        torch.full((3, 6, 5), 0.25, dtype=torch.float64),
        torch.full((3, 6, 5), 0.25, dtype=torch.bfloat16),
        torch.full((3, 6, 5), 0.25).to_sparse(),
        tv_tensors.Image(torch.full((3, 6, 5), 0.25)),
        torch.full((3, 5, 12), 0.25).permute(0, 2, 1)[:, ::2],
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_tensors_of_many_kinds(image, dtype):
    image = image if dtype == torch.float32 else (image.detach() * 4).to(torch.uint8)
    (batch,) = read_ahead(ImageSource([(image, 0)], AS_THEY_ARE), [np.zeros(1, np.int64)], 0)
    assert batch.pixels.unique().tolist() == [64 if dtype == torch.float32 else 1]
    if batch.inputs is not None:
        assert batch.inputs.unique().tolist() == [0.25]
        assert not batch.inputs.requires_grad
    assert not batch.bad


def test_tensors_of_16_bits():
    levels = np.array([[[0, 128, 129]], [[257, 25700, 65535]], [[1, 2, 65407]]], np.uint16)
    pixels, floats, _ = one_row(torch.from_numpy(levels))
    assert pixels.tolist() == [[[0, 0, 1]], [[1, 100, 255]], [[0, 0, 255]]]
    assert floats is None


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_counts(tmp_path, kind):
    if kind == "WEBP" and not features.check("webp"):
        pytest.skip("this Pillow reads no WebP")
    red, blue = (Image.new("RGB", (6, 5), color) for color in ((255, 0, 0), (0, 0, 255)))
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(red, kind, save_all=True, append_images=[blue], **options)
    opened = Image.open(io.BytesIO(data))
    assert opened.n_frames == 2
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / f"a.{kind.lower()}").write_bytes(data)
    everything = ImageFolder(tmp_path, is_valid_file=lambda path: True)
    for images in ([(opened, 0)], everything):
        pixels = ImageSource(images, AS_THEY_ARE).read(0)[0]
        assert pixels[:, 2, 3].tolist() == [255, 0, 0]


def test_an_exif_rotation_is_left_to_the_data_set(tmp_path):
    """Torchvision's loader does not turn pictures, so the network was trained on them as stored."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.jpg").write_bytes(encoded(noise(), "JPEG", exif=exif.tobytes()))
    stored = ImageSource(ImageFolder(tmp_path), AS_THEY_ARE)
    assert stored.size == (15, 20)
    turned = ImageFolder(tmp_path, transform=ImageOps.exif_transpose)
    assert ImageSource(turned, AS_THEY_ARE).size == (20, 15)
    early = v2.Compose([ImageOps.exif_transpose, v2.ToImage()])
    assert ImageSource(ImageFolder(tmp_path), split(early, 0, 1)).size == (20, 15)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (3, 4)])
def test_images_smaller_than_the_receptive_field(size):
    random = np.random.default_rng(0)
    images = [
        (torch.from_numpy(random.integers(0, 256, (3, *size), np.uint8)), i % 2) for i in range(8)
    ]
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 7, padding=3))
    options = {"mean": 0, "std": 1, "n_max": 2, "n_ranked": 4, "progress": False}
    atlas = nfviz.analyze(network, images, **options)
    assert atlas.images["label"].tolist() == [0, 1] * 4
    assert np.isfinite(atlas.features["0"]).all()


def cut_png():
    return encoded(noise())[:-200]


def bomb_png():
    """A picture of 1 GB in 70 bytes."""
    header = struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bomb_jpeg():
    data = bytearray(encoded(noise(), "JPEG"))
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", 20000, 20000)
    return bytes(data)


FILES = {
    "cut.jpg": (encoded(noise(), "JPEG")[:-100], "OSError: image file is truncated"),
    "cut early.jpg": (encoded(noise(), "JPEG")[:40], "UnidentifiedImageError|OSError"),
    "cut.png": (cut_png(), "OSError|SyntaxError"),
    "empty.jpg": (b"", "UnidentifiedImageError: cannot identify image file"),
    "empty.png": (b"", "UnidentifiedImageError: cannot identify image file"),
    "text.jpg": (b"not an image", "UnidentifiedImageError: cannot identify image file"),
    "bomb.png": (bomb_png(), "DecompressionBombError: Image size"),
    "bomb.jpg": (bomb_jpeg(), "DecompressionBombError: Image size"),
    "size.png": (encoded(noise(21, 15)), "it is 15x21, image 0 is 15x20: all images must be alike"),
}


@pytest.mark.parametrize("workers", [0, 2])
def test_a_file_that_cannot_be_used_is_a_bad_row(tmp_path, workers):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "!.jpg").write_bytes(encoded(noise(), "JPEG", quality=95))
    for number, (name, (data, _)) in enumerate(FILES.items()):
        (tmp_path / "a" / f"{number} {name}").write_bytes(data)
    (tmp_path / "a" / "gone.jpg").write_bytes(b"")
    (tmp_path / "a" / "z.png").write_bytes(encoded(noise(seed=1)))
    data = ImageFolder(tmp_path)
    (tmp_path / "a" / "gone.jpg").unlink()
    data.samples.insert(11, (str(tmp_path / "a"), 0))
    pixels, labels, digests, bad = all_rows(ImageSource(data, AS_THEY_ARE), workers)
    reasons = [reason for _, reason in FILES.values()]
    reasons += ["FileNotFoundError: .*gone.jpg", "IsADirectoryError|PermissionError"]
    assert sorted(bad) == list(range(1, 12))
    for image, reason in enumerate(reasons, start=1):
        assert re.match(reason, bad[image]), (reason, bad[image])
    good = np.array([0, 12])
    assert torch.equal(pixels[12], functional.pil_to_tensor(noise(seed=1)))
    assert pixels[1:12].sum() == 0
    assert labels.tolist() == [0, *[-1] * 11, 0]
    assert np.flatnonzero(digests).tolist() == good.tolist()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all files")
def test_a_file_that_may_not_be_read_is_a_bad_row(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "a" / name).write_bytes(encoded(noise(), "JPEG"))
    (tmp_path / "a" / "b.jpg").chmod(0)
    bad = all_rows(ImageSource(ImageFolder(tmp_path), AS_THEY_ARE))[3]
    assert bad[1].startswith("PermissionError")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_limit_on_pixels_is_that_of_pil(tmp_path, monkeypatch, kind):
    """Above it PIL warns, above twice as much it refuses, whichever decoder would read the file."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / f"a.{kind.lower()}").write_bytes(encoded(noise(20, 20), kind))
    data = ImageFolder(tmp_path)
    for limit in (400, None):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        assert ImageSource(data, AS_THEY_ARE).size == (20, 20)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 399)
    with pytest.raises(ValueError, match=r"DecompressionBombWarning: Image size \(400 pixels\)"):
        ImageSource(data, AS_THEY_ARE)
    with pytest.warns(Image.DecompressionBombWarning):
        assert ImageSource(data, AS_THEY_ARE).size == (20, 20)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 199)
    with pytest.raises(ValueError, match=r"DecompressionBombError: Image size \(400 pixels\)"):
        ImageSource(data, AS_THEY_ARE)


class Failing(Dataset):
    """Raises for one image."""

    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if index == 5:
            raise self.error
        return ONE, index


class Odd(Exception):
    pass


ERRORS = {
    "OSError: disk gone": OSError("disk gone"),
    "KeyError: 5": KeyError(5),
    "IndexError: no such row": IndexError("no such row"),
    "StopIteration": StopIteration(),
    "MemoryError": MemoryError(),
    "ValueError: image 3 cannot be used": ValueError("image 3 cannot be used"),
    "Odd: two lines, <object object>": Odd("two\n  lines, <object object at 0x7f00aa>"),
    "Odd: " + 192 * "x" + "...": Odd(1000 * "x"),
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("reason", ERRORS)
def test_a_data_set_that_raises_makes_a_bad_row(reason, workers):
    source = ImageSource(Failing(ERRORS[reason]), AS_THEY_ARE)
    pixels, labels, _, bad = all_rows(source, workers)
    assert bad == {5: reason}
    assert labels.tolist() == [0, 1, 2, 3, 4, -1, 6, 7]
    assert pixels.sum(dim=(1, 2, 3)).tolist() == [810, 810, 810, 810, 810, 0, 810, 810]
    with pytest.raises(BadImage, match=r"^image 5 cannot be used: ") as caught:
        source.read(5)
    assert caught.value.reason == reason


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_is_meant_to_end_the_run_ends_it(error, workers):
    with pytest.raises(error):
        all_rows(ImageSource(Failing(error()), AS_THEY_ARE), workers)


UNFIT = {
    "no image": ("text", r"it is a str; it accepts a uint8 or float tensor \(3, height, width\)"),
    "array": (np.zeros((6, 5, 3), np.uint8), "it is a ndarray"),
    "nothing": (None, "it is a NoneType"),
    "flat": (ONE[0], r"it is \(6, 5\)"),
    "gray tensor": (ONE[:1], r"it is \(1, 6, 5\)"),
    "four channels": (torch.zeros(4, 6, 5, dtype=torch.uint8), r"it is \(4, 6, 5\)"),
    "last channels": (ONE.permute(1, 2, 0), r"it is \(6, 5, 3\)"),
    "batch": (ONE[None], r"it is \(1, 3, 6, 5\)"),
    "no pixels": (ONE[:, :0], r"it is \(3, 0, 5\)"),
    "higher": (torch.zeros(3, 7, 5, dtype=torch.uint8), "it is 7x5, image 0 is 6x5: all images"),
    "int64": (ONE.long(), "it has dtype torch.int64; it accepts uint8, uint16 or float"),
    "bool": (ONE.bool(), "it has dtype torch.bool"),
    "complex": (ONE.to(torch.complex64), "it has dtype torch.complex64"),
    "floats among bytes": (ONE / 255, r"it is 6x5 \(float\), image 0 is 6x5: all images"),
    "three parts": ((ONE, 0, 0), r"it is an item of 3 parts; it accepts \(image, class id\)"),
}


@pytest.mark.parametrize("name", UNFIT)
@pytest.mark.parametrize("workers", [0, 2])
def test_an_item_of_another_kind_is_a_bad_row(name, workers):
    item, reason = UNFIT[name]
    item = item if isinstance(item, tuple) else (item, 4)
    data = [(ONE, 3), item, (ONE, 5)]
    pixels, labels, digests, bad = all_rows(ImageSource(data, AS_THEY_ARE), workers)
    assert list(bad) == [1]
    assert re.match(reason, bad[1]), bad[1]
    assert "image 1" not in bad[1]
    assert labels.tolist() == [3, -1, 5]
    assert (digests > 0).tolist() == [True, False, True]
    assert torch.equal(pixels, torch.stack([ONE, 0 * ONE, ONE]))


FLOATS = {
    "bytes as floats": (ONE * 20.0, r"its pixels, recovered with mean and std, lie in \[11577, "),
    "not a number": (torch.full((3, 6, 5), torch.nan), "its pixels hold NaN or infinity"),
    "one infinite": (torch.zeros(3, 6, 5).index_fill(1, torch.tensor(2), -torch.inf), "its pixels"),
    "bytes": (ONE, r"it is 6x5, image 0 is 6x5 \(float\): all images must be alike"),
}


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("workers", [0, 2])
def test_floats_out_of_range_are_a_bad_row(name, workers):
    image, reason = FLOATS[name]
    data = [(torch.zeros(3, 6, 5), 3), (image, 4), (torch.ones(3, 6, 5), 5)]
    source = ImageSource(data, split(None, 0.4, 0.25))
    (batch,) = read_ahead(source, [np.arange(3)], workers)
    assert list(batch.bad) == [1]
    assert re.match(reason, batch.bad[1]), batch.bad[1]
    assert batch.inputs.sum(dim=(1, 2, 3)).tolist() == [0, 0, 90]
    assert batch.pixels[:, 0, 0, 0].tolist() == [102, 0, 166]
    assert batch.labels.tolist() == [3, -1, 5]


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("dog", "it has the label 'dog'; labels are class ids"),
        (1.5, "it has the label 1.5"),
        (float("nan"), "it has the label nan"),
        (-2, "it has the label -2"),
        (2**63, "it has the label 9223372036854775808"),
        (torch.zeros(9), r"it has the label tensor\(\[0., 0., "),
        (np.ones(900) / 3, r"it has the label array\(\[0.33.{180,190}\.\.\.; labels are class ids"),
        ([1], r"it has the label \[1\]"),
        (7, r"it has the label 7, which is none of the 2 that classes names"),
    ],
)
def test_a_wrong_label_makes_a_bad_row(label, reason):
    source = ImageSource([(ONE, 0), (ONE, label), (ONE, 1)], AS_THEY_ARE, {0: "a", 1: "b"})
    _, labels, _, bad = all_rows(source)
    assert list(bad) == [1]
    assert re.match(reason, bad[1]), bad[1]
    assert labels.tolist() == [0, -1, 1]


class TestFirst:
    def data(self, bad):
        return [("text", 0)] * bad + [(ONE, 1), (ONE, 2), ("text", 0)]

    def test_the_first_image_that_can_be_used_decides_what_all_are_like(self):
        source = ImageSource(self.data(2), AS_THEY_ARE, most_bad=2)
        assert (source.first, source.size, source.normalized) == (2, (6, 5), False)
        assert sorted(all_rows(source)[3]) == [0, 1, 4]
        assert ImageSource(self.data(0), AS_THEY_ARE).first == 0

    def test_too_many_bad_ones_before_it_are_refused(self):
        message = (
            r"^image 0 cannot be used: it is a str; .*\. None of the first 2 images can be used"
        )
        with pytest.raises(ValueError, match=message):
            ImageSource(self.data(2), AS_THEY_ARE, most_bad=1)
        with pytest.raises(ValueError, match=r"^image 0 cannot be used: it is a str") as caught:
            ImageSource(self.data(2), AS_THEY_ARE)
        assert "None of" not in str(caught.value)

    def test_where_none_can_be_used_the_search_ends(self):
        with pytest.raises(ValueError, match="None of the first 3 images can be used"):
            ImageSource([("text", 0)] * 3, AS_THEY_ARE, most_bad=50)

    def test_the_transform_is_chosen_by_it(self):
        data = [(noise(1, 1).convert("F"), 0), (noise(), 1)]
        source = ImageSource(data, split(PRESET, None, None), most_bad=1)
        assert (source.first, source.normalized) == (1, False)
        torch.testing.assert_close(
            source.normalize(source.read(1)[0]), PRESET(noise()), rtol=0, atol=2e-6
        )

    def test_it_is_the_one_that_is_read_twice(self):
        class Noisy(Dataset):
            def __len__(self):
                return 3

            def __getitem__(self, index):
                return torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8) if index else "text"

        with pytest.raises(ValueError, match="other pixels when image 1 is read again"):
            ImageSource(Noisy(), AS_THEY_ARE, most_bad=1)


class Endless(IterableDataset):
    def __iter__(self):
        return iter([(ONE, 0)])


class Unsized(Dataset):
    def __getitem__(self, index):
        return ONE, 0


class NotSized(Unsized):
    def __len__(self):
        raise NotImplementedError


@pytest.mark.parametrize(
    "images",
    [
        ((ONE, 0) for _ in range(3)),
        Endless(),
        Unsized(),
        NotSized(),
        DataLoader([(ONE, 0)]),
        {0: (ONE, 0)},
        "folder",
        None,
    ],
)
def test_what_is_no_map_style_data_set_is_refused(images):
    message = f"images is a {type(images).__name__}; it accepts a map-style Dataset, with a length"
    with pytest.raises(ValueError, match=message):
        ImageSource(images, AS_THEY_ARE)
