"""Images that cannot be used do not end a run: they are listed, warned of, and take no part."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from small_case import OPTIONS, Images, analyze, differences, network
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

import nfviz

pytestmark = pytest.mark.filterwarnings("ignore:Class selectivity")

BAD = {3: OSError("disk on fire"), 40: torch.zeros(3, 9, 9, dtype=torch.uint8), 149: "a string"}


class Faulty(Images):
    """Images of which some raise or are something else."""

    def __init__(self, bad, count=150):
        super().__init__(count)
        self.bad = bad

    def __getitem__(self, number):
        image, label = super().__getitem__(number)
        fault = self.bad.get(number, image)
        if isinstance(fault, Exception):
            raise fault
        return fault, label


class Without(Images):
    """The same images without some of them."""

    def __init__(self, bad):
        super().__init__()
        self.kept = np.setdiff1d(np.arange(150), list(bad))

    def __len__(self):
        return len(self.kept)

    def __getitem__(self, number):
        return super().__getitem__(int(self.kept[number]))


@pytest.fixture(scope="module")
def atlas():
    with pytest.warns(UserWarning, match="could not be used") as caught:
        atlas = nfviz.analyze(network(), Faulty(BAD), max_bad=0.02, **OPTIONS)
    notes = [str(one.message) for one in caught if "could not be used" in str(one.message)]
    assert len(notes) == 1
    assert notes[0].startswith("3 of 150 images could not be used")
    assert "image 3, OSError: disk on fire" in notes[0]
    return atlas


def test_they_are_listed_with_the_reason(atlas):
    reasons = atlas.images["reason"].dropna()
    assert list(reasons.index) == [3, 40, 149]
    assert "disk on fire" in reasons[3]
    assert "9x9" in reasons[40]
    assert "str" in reasons[149]
    assert (atlas.images["label"][list(BAD)] == -1).all()
    assert len(atlas.images) == 150


def test_they_take_no_part(atlas):
    """The rest is as if they had never been there, but for their numbers."""
    plain = nfviz.analyze(network(), Without(BAD), **OPTIONS)
    kept = Without(BAD).kept
    ranked = atlas.ranked
    assert not set(ranked["image"]) & set(BAD)
    np.testing.assert_array_equal(ranked["image"], kept[plain.ranked["image"]])
    columns = ["activation", "weight", "row", "col"]
    pd.testing.assert_frame_equal(ranked[columns], plain.ranked[columns])
    pd.testing.assert_frame_equal(atlas.neurons, plain.neurons)
    pd.testing.assert_frame_equal(atlas.responses, plain.responses, rtol=1e-12)
    pd.testing.assert_frame_equal(atlas.hues, plain.hues)
    for layer in atlas.features:
        np.testing.assert_array_equal(atlas.features[layer], plain.features[layer])
        np.testing.assert_allclose(atlas.class_means[layer], plain.class_means[layer], rtol=1e-6)


def test_they_are_saved(atlas, tmp_path):
    loaded = nfviz.load(atlas.save(tmp_path / "x.nfviz"))
    pd.testing.assert_frame_equal(loaded.images, atlas.images)


def test_too_many_end_the_run_early():
    images = Faulty({number: ValueError("no") for number in range(20, 150)})
    with pytest.raises(ValueError, match=r"image 20 cannot be used: .*no.*more than max_bad=0\.01"):
        analyze(images=images, workers=0)
    assert len(images.reads) < 60, "as soon as it is clear"


@pytest.mark.parametrize(("max_bad", "passes"), [(0.0, False), (0.01, False), (0.02, True)])
def test_how_many_is_too_many(max_bad, passes):
    if passes:
        with pytest.warns(UserWarning, match="could not be used"):
            analyze(images=Faulty(BAD), max_bad=max_bad)
    else:
        with pytest.raises(ValueError, match=f"max_bad={max_bad}"):
            analyze(images=Faulty(BAD), max_bad=max_bad)


@pytest.mark.parametrize("value", [-0.1, 1.5, "few", None, True])
def test_a_share_it_is(value):
    with pytest.raises(ValueError, match=r"max_bad is .*a number from 0 to 1"):
        analyze(max_bad=value)


def test_the_first_of_all():
    """The kind of image is that of the first that can be used."""
    bad = {0: OSError("gone"), 1: OSError("gone")}
    with pytest.warns(UserWarning, match="2 of 150"):
        atlas = analyze(images=Faulty(bad), max_bad=0.02)
    assert list(atlas.images["reason"].dropna().index) == [0, 1]


def test_all_of_them():
    images = Faulty(dict.fromkeys(range(150), OSError("no disk")))
    with pytest.raises(ValueError, match=r"image 0.*no disk"):
        analyze(images=images, max_bad=1.0)


def test_with_a_store_and_an_executor(atlas, tmp_path):
    with ThreadPoolExecutor(2) as executor:
        for choice in (None, None, executor):
            store = tmp_path / ("here" if choice is None else "there")
            options = {**OPTIONS, "max_bad": 0.02, "store": store, "executor": choice}
            with pytest.warns(UserWarning, match="3 of 150"):
                again = nfviz.analyze(network(), Faulty(BAD), **options)
            assert not differences(atlas, again)


def test_files(tmp_path):
    """A folder in which one file is broken."""
    (tmp_path / "a").mkdir()
    random = np.random.default_rng(0)
    for number in range(10):
        pixels = random.integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "a" / f"{number}.jpg")
    (tmp_path / "a" / "4.jpg").write_bytes(b"")
    images = ImageFolder(str(tmp_path))
    options = {**OPTIONS, "preprocess": v2.CenterCrop(12), "max_bad": 0.1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        atlas = nfviz.analyze(network(), images, **options)
    reasons = atlas.images["reason"].dropna()
    assert list(reasons.index) == [4]
    assert atlas.images.loc[4, "path"].endswith("4.jpg")
