"""Faster decoders and kernels: not one pixel may differ from PIL's."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torch.utils.data import Subset
from torchvision.datasets import DatasetFolder, ImageFolder
from torchvision.datasets.folder import pil_loader
from torchvision.models import EfficientNet_B0_Weights, SqueezeNet1_1_Weights
from torchvision.transforms import InterpolationMode, functional, v2
from torchvision.transforms import transforms as v1
from torchvision.transforms._presets import ImageClassification

from nfviz.recording import jpeg, resize_crop
from nfviz.recording.images import ImageSource
from nfviz.recording.jpeg import JpegFolder
from nfviz.recording.preprocessing import split
from nfviz.recording.resize_crop import ResizeCrop
from nfviz.recording.rgb import to_pixels

PRESET = SqueezeNet1_1_Weights.IMAGENET1K_V1.transforms()
DATA = Path(os.environ.get("NFVIZ_DATA", Path(__file__).parents[2] / "shared" / "data"))


def picture(width=48, height=32, seed=0):
    """Edges, noise and smooth shades: what decoders could round in different ways."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (max(1, height // 7), max(1, width // 7), 3), np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noise = random.integers(-25, 26, smooth.shape)
    return Image.fromarray((smooth + noise).clip(0, 255).astype(np.uint8))


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def with_sampling(data, old, new):
    """Give the first component of a file other sampling factors, of as many blocks."""
    start = data.index(b"\xff\xc0") + 11
    assert data[start] == old
    return data[:start] + bytes([new]) + data[start + 1 :]


def folder(path, files):
    """Make an image folder of one class; files: name to bytes."""
    (path / "a").mkdir(parents=True)
    for name, data in files.items():
        (path / "a" / name).write_bytes(data)
    return ImageFolder(path)


def numbered(files):
    return {f"{number:04}.jpg": data for number, data in enumerate(files)}


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


SIZES = [(1, 1), (2, 1), (3, 5), (8, 8), (15, 17), (16, 16), (33, 31), (64, 48), (250, 3)]
KINDS = {
    "4:4:4": [saved(picture(*s, i), subsampling=0, quality=90) for i, s in enumerate(SIZES)],
    "4:2:2": [saved(picture(*s, i), subsampling=1, quality=75) for i, s in enumerate(SIZES)],
    "4:2:0": [saved(picture(*s, i), subsampling=2, quality=60) for i, s in enumerate(SIZES)],
    "4:4:0": [
        with_sampling(saved(picture(s, s), subsampling=1), 0x21, 0x12) for s in (16, 32, 48, 96)
    ],
    "4:1:1": [with_sampling(saved(picture(s, s), subsampling=2), 0x22, 0x41) for s in (32, 64, 96)],
    "qualities": [saved(picture(40, 30, q), quality=q) for q in (1, 5, 20, 50, 85, 95, 100)],
    "restart markers": [saved(picture(s, 40), restart_marker_blocks=3) for s in (9, 40, 64)],
    "optimized tables": [saved(picture(40, 30), optimize=True)],
    "gray": [saved(picture(*s).convert("L")) for s in SIZES],
    "Adobe RGB": [saved(picture(*s), keep_rgb=True) for s in SIZES],
    "EXIF orientation": [saved(picture(), exif=orientation(value)) for value in (1, 3, 6, 8)],
    "comment and profile": [saved(picture(), comment=b"\xff\xc0 x", icc_profile=b"no" * 40000)],
    "bytes behind the end": [saved(picture()) + b"\xff\xd8\xff\xc0 more"],
}


# Decoders of different age interpolate the colors of these in different ways.
LEFT_TO_PIL = ("4:4:0", "4:1:1")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_jpeg_is_decoded_to_the_pixels_of_pil(tmp_path, kind):
    data = folder(tmp_path, numbered(KINDS[kind]))
    jpegs, source = JpegFolder(data), ImageSource(data, split(v1.Resize((64, 64)), 0, 1))
    # Twice, so that files are also read of which both decoders are no longer compared.
    for image in [*range(len(data)), *range(len(data))]:
        picture, label = data[image]
        found = jpegs.read(image)
        if found is None:
            assert kind in LEFT_TO_PIL
        else:
            assert torch.equal(found[0], functional.pil_to_tensor(picture))
            assert found[1] == label
        resized = functional.pil_to_tensor(functional.resize(picture, (64, 64)))
        assert torch.equal(source.read(image)[0], resized)


def test_many_random_jpegs_are_decoded_to_the_pixels_of_pil(tmp_path):
    random = np.random.default_rng(0)
    files = []
    for seed in range(150):
        width, height, quality = random.integers([1, 1, 1], [90, 90, 101]).tolist()
        sampling = int(random.integers(3))
        files.append(saved(picture(width, height, seed), quality=quality, subsampling=sampling))
    data = folder(tmp_path, numbered(files))
    jpegs = JpegFolder(data)
    for image in range(len(data)):
        assert torch.equal(jpegs.read(image)[0], functional.pil_to_tensor(data[image][0]))


def test_what_pil_had_better_read_is_left_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    whole = saved(picture())
    png = io.BytesIO()
    picture().save(png, "PNG")
    files = {
        "progressive.jpg": saved(picture(), progressive=True),
        "cmyk.jpg": saved(picture().convert("CMYK")),
        "png.jpg": png.getvalue(),
        "png.png": png.getvalue(),
        "jpeg.png": whole,
        "empty.jpg": b"",
        "start.jpg": whole[:3],
        "header.jpg": whole[:300],
        "cut.jpg": whole[: len(whole) // 2],
        "bomb.jpg": saved(picture(101, 100)),
        "twelve.jpg": whole.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"),
        "high.jpg": whole.replace(b"\xff\xc0\x00\x11\x08\x00\x20", b"\xff\xc0\x00\x11\x08\x00\x00"),
    }
    data = folder(tmp_path, files)
    jpegs = JpegFolder(data)
    names = [Path(path).name for path, _ in data.samples]
    assert sorted(files) == names
    assert [jpegs.read(image) for image in range(len(data))] == [None] * len(data)
    (tmp_path / "a" / "cut.jpg").unlink()
    assert jpegs.read(names.index("cut.jpg")) is None


def test_a_decoder_that_gives_other_pixels_is_not_trusted(tmp_path, monkeypatch):
    calls = []

    def off_by_one(data, mode, rotate):
        calls.append(len(data))
        return torch.ops.image.decode_jpeg(data, mode, rotate) ^ 1

    monkeypatch.setattr(jpeg, "_decoder", lambda: off_by_one)
    data = folder(tmp_path, numbered(KINDS["4:2:0"][:6] + KINDS["gray"][:6]))
    source = ImageSource(Subset(data, range(12)), split(v1.Resize((8, 8)), 0, 1))
    for image in range(12):
        expected = functional.pil_to_tensor(functional.resize(data[image][0], (8, 8)))
        assert torch.equal(source.read(image)[0], expected)
    assert len(calls) == 2, "one trial of each kind"


def test_trials_end(tmp_path, monkeypatch):
    opened = []
    data = folder(tmp_path, numbered(KINDS["4:2:0"]))
    jpegs = JpegFolder(data)
    monkeypatch.setattr(jpeg, "to_pixels", lambda image: opened.append(image) or to_pixels(image))
    for image in range(len(data)):
        assert jpegs.read(image) is not None
    assert 0 < len(opened) < len(data)


def test_a_torchvision_without_decoder_leaves_all_to_pil(tmp_path, monkeypatch):
    data = folder(tmp_path, {"a.jpg": saved(picture())})
    monkeypatch.setattr(jpeg, "_decoder", lambda: None)
    assert not JpegFolder.reads(data)
    assert JpegFolder(data).read(0) is None
    assert torch.equal(ImageSource(data, split(None, 0, 1)).read(0)[0], to_pixels(data[0][0]))


class Flipped(ImageFolder):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), label


class Named(ImageFolder):
    """A folder such as torchvision's own ImageNet: it adds names, and reads as before."""


def mirrored(path):
    return pil_loader(path).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def test_only_folders_that_read_as_torchvision_does_are_read_directly(tmp_path):
    plain = folder(tmp_path, {"a.jpg": saved(picture())})
    direct = [plain, Subset(Subset(plain, [0]), [0]), Named(tmp_path)]
    direct.append(DatasetFolder(tmp_path, pil_loader, (".jpg",)))
    own = [Flipped(tmp_path), ImageFolder(tmp_path, loader=mirrored)]
    own.append(ImageFolder(tmp_path, transform=v1.RandomHorizontalFlip(p=1)))
    own.append([plain[0]])
    for expected, group in ((True, direct), (False, own)):
        for data in group:
            assert JpegFolder.reads(data) is expected
            source = ImageSource(data, split(None, 0, 1))
            assert torch.equal(source.read(0)[0], to_pixels(data[0][0]))


def test_labels_and_places_of_parts_of_a_folder(tmp_path):
    files = numbered([saved(picture(seed=seed)) for seed in range(4)])
    data = ImageFolder(folder(tmp_path, files).root, target_transform=lambda label: label + 7)
    part = Subset(data, [3, 1])
    source = ImageSource(part, split(None, 0, 1))
    for image in (0, 1):
        pixels, _, label = source.read(image)
        assert torch.equal(pixels, to_pixels(part[image][0]))
        assert label == 7


BICUBIC = InterpolationMode.BICUBIC
TO_BYTES = [v1.PILToTensor()]
CHAINS = {
    "preset": PRESET,
    "bicubic preset": EfficientNet_B0_Weights.IMAGENET1K_V1.transforms(),
    "v1": v1.Compose([v1.Resize(64), v1.CenterCrop(48), *TO_BYTES]),
    "v2": v2.Compose([v2.Resize([64]), v2.CenterCrop((48, 40)), v2.PILToTensor()]),
    "both sides": v1.Compose([v1.Resize((64, 96)), *TO_BYTES]),
    "odd crop": v1.Compose([v1.Resize(64), v1.CenterCrop(33), *TO_BYTES]),
    "crop alone": v1.Compose([v1.CenterCrop(20), *TO_BYTES]),
    "crop beyond the image": v1.Compose([v1.Resize(32), v1.CenterCrop(80), *TO_BYTES]),
    "nearest": v1.Compose([v1.Resize(64, InterpolationMode.NEAREST), *TO_BYTES]),
    "bicubic": v1.Compose([v1.Resize(64, BICUBIC), v1.CenterCrop(48), *TO_BYTES]),
    "longest side": v1.Compose([v1.Resize(64, max_size=80), v1.CenterCrop(20), *TO_BYTES]),
    "crop first": v1.Compose([v1.CenterCrop(32), v1.Resize(64), *TO_BYTES]),
    "tensors": v2.Compose([v2.ToImage(), v2.Resize(64, antialias=True), v2.CenterCrop(48)]),
    "callable first": v1.Compose([v1.Lambda(ImageOps.mirror), v1.Resize(64), *TO_BYTES]),
    "callable": lambda image: functional.pil_to_tensor(image.resize((30, 20))),
}


def torchvision_pixels(chain, image):
    if isinstance(chain, ImageClassification):
        options = {"interpolation": chain.interpolation, "antialias": chain.antialias}
        image = functional.resize(image, chain.resize_size, **options)
        return functional.pil_to_tensor(functional.center_crop(image, chain.crop_size))
    return chain(image)


@pytest.mark.parametrize("name", CHAINS)
def test_a_transform_gives_what_torchvision_gives_for_the_picture(tmp_path, name):
    """From the decoded file and from a picture, up and down, with and without exact weights."""
    chain = CHAINS[name]
    own = (None, None) if isinstance(chain, ImageClassification) else (0.5, 0.5)
    sizes = [
        (32, 32),
        (56, 56),
        (48, 32),
        (40, 56),
        (100, 75),
        (224, 224),
        (300, 224),
        (7, 32),
        (56, 98),
    ]
    for number, size in enumerate(sizes):
        data = folder(tmp_path / str(number), {"a.jpg": saved(picture(*size, number))})
        expected = torchvision_pixels(chain, data[0][0])
        for images in (data, [data[0]]):
            source = ImageSource(images, split(chain, *own))
            assert torch.equal(source.read(0)[0], expected), (size, images is data)


def test_exact_weights_take_the_faster_kernel():
    geometry = split(PRESET, None, None).geometry
    assert isinstance(geometry, ResizeCrop)
    for side, fast in ((224, True), (256, True), (128, True), (512, False), (300, False)):
        image = picture(side, side)
        for result in (geometry(image), geometry.of_picture(to_pixels(image))):
            assert isinstance(result, torch.Tensor) is fast, side


def test_without_agreement_of_the_kernels_pil_resizes(monkeypatch):
    image = picture(56, 56)
    expected = functional.pil_to_tensor(functional.resize(image, 64))
    monkeypatch.setattr(resize_crop, "_resample", lambda pixels, size: expected ^ 1)
    resize_crop._kernels_agree.cache_clear()
    try:
        source = ImageSource([(image, 0)], split(v1.Resize(64), 0, 1))
        assert torch.equal(source.read(0)[0], expected)
    finally:
        resize_crop._kernels_agree.cache_clear()


def test_weights_of_few_bits_make_the_kernels_alike_and_others_do_not():
    random = np.random.default_rng(0)
    differ = set()
    sizes = [(old, new) for new in range(1, 65) for old in range(1, new + 1)]
    sizes += [
        (64, 224),
        (96, 128),
        (224, 256),
        (375, 512),
        (511, 512),
        (8191, 8192),
        (32767, 32768),
    ]
    for old, new in sizes:
        image = Image.fromarray(random.integers(0, 256, (2, old, 3), np.uint8))
        expected = to_pixels(image.resize((new, 2), Image.Resampling.BILINEAR))
        alike = torch.equal(resize_crop._resample(to_pixels(image), (2, new)), expected)
        assert alike or not resize_crop._few_bits(old, new), (old, new)
        differ |= set() if alike else {(old, new)}
    assert {(64, 224), (32767, 32768)} <= differ
    assert len(differ) > 50
    assert resize_crop._few_bits(8191, 8192)
    assert not resize_crop._few_bits(512, 256)


def test_tensors_of_the_data_set_go_through_torchvisions_own_steps():
    """A tensor is not resized as a picture is: the user's pipeline decides."""
    chain = v1.Compose([v1.Resize(64, antialias=True), v1.CenterCrop(48)])
    image = to_pixels(picture(300, 200))
    source = ImageSource([(image, 0)], split(chain, 0, 1))
    assert torch.equal(source.read(0)[0], chain(image))


def test_a_source_survives_the_way_into_another_process(tmp_path):
    data = folder(tmp_path, {"a.jpg": saved(picture(224, 224))})
    source = ImageSource(data, split(PRESET, None, None))
    again = pickle.loads(pickle.dumps(source))
    assert torch.equal(again.read(0)[0], source.read(0)[0])
    torch.testing.assert_close(
        again.normalize(again.read(0)[0]), PRESET(data[0][0]), rtol=0, atol=2e-6
    )


def test_real_photographs_are_decoded_to_the_pixels_of_pil(tmp_path):
    archive = DATA / "imagenette2-val-224.zip"
    if not archive.exists():
        pytest.skip(f"{archive.name} is not at hand; set NFVIZ_DATA to the folder that holds it")
    with zipfile.ZipFile(archive) as photographs:
        names = [name for name in photographs.namelist() if name.endswith("JPEG")]
        photographs.extractall(tmp_path, names[::40])
    root = next(path for path in tmp_path.rglob("n*") if path.is_dir()).parent
    data = ImageFolder(root)
    source = ImageSource(data, split(PRESET, None, None))
    for image in range(len(data)):
        assert torch.equal(source.read(image)[0], torchvision_pixels(PRESET, data[image][0]))
        assert source.read(image)[2] == data.targets[image]
