"""Color against gray: golden lumas, planted errors, a slow reading, odd networks and labels."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torchvision.transforms.functional import pil_to_tensor, to_pil_image

from nfviz.recording.gray_result import paired_errors
from nfviz.recording.gray_test import count_ahead, find_scores, gray_test, to_gray

MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]


def test_golden_lumas():
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 40, 40), (60, 120, 200)]
    pixels = torch.tensor(colors, dtype=torch.uint8)[:, :, None, None]
    gray = to_gray(pixels)
    assert gray.shape == pixels.shape
    assert gray.dtype == torch.uint8
    for channel in range(3):
        assert gray[:, channel].flatten().tolist() == [76, 150, 29, 88, 111]


def test_luma_is_that_of_pil():
    random = np.random.default_rng(0)
    pixels = torch.from_numpy(random.integers(0, 256, (2, 3, 40, 50), dtype=np.uint8))
    expected = [pil_to_tensor(to_pil_image(image).convert("L").convert("RGB")) for image in pixels]
    assert torch.equal(to_gray(pixels), torch.stack(expected))


class TestPairedErrors:
    def test_by_hand(self):
        color = np.array([0, 0, 0, 0, 0, 1, 2, 6])
        gray = np.array([0, 0, 1, 4, 5, 0, 3, 7])
        errors = paired_errors(color, gray)
        assert errors.index.tolist() == [1, 5]
        assert errors["color_error"].tolist() == [3 / 8, 1 / 8]
        assert errors["gray_error"].tolist() == [5 / 8, 2 / 8]
        assert errors["lost"].tolist() == [3, 1]
        assert errors["gained"].tolist() == [1, 0]
        assert errors["difference"].tolist() == [2 / 8, 1 / 8]
        expected = [np.sqrt(4 - 4 / 8) / 8, np.sqrt(1 - 1 / 8) / 8]
        np.testing.assert_allclose(errors["standard_error"], expected)

    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
    def test_against_the_images_one_by_one(self, pairs):
        color, gray = np.array(pairs).T
        errors = paired_errors(color, gray, top=(1, 3, 10))
        for k, row in errors.iterrows():
            change = (gray >= k).astype(float) - (color >= k)
            assert row["difference"] == pytest.approx(change.mean())
            assert row["gray_error"] - row["color_error"] == pytest.approx(change.mean())
            assert row["standard_error"] == pytest.approx(change.std() / np.sqrt(len(change)))
        assert (errors.loc[10] == 0).all()
        swapped = paired_errors(gray, color, top=(1, 3, 10))
        assert (swapped["difference"] == -errors["difference"]).all()
        assert (swapped["standard_error"] == errors["standard_error"]).all()


def test_the_first_of_equal_outputs_leads():
    scores = torch.tensor([[1.0, 3.0, 3.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    for output in range(5):
        ahead = count_ahead(scores, np.full(2, output))
        order = np.argsort(-scores.numpy(), axis=1, kind="stable")
        assert ahead.tolist() == [row.tolist().index(output) for row in order]
    infinite = torch.tensor([[-np.inf, np.inf, 0.0]])
    assert [count_ahead(infinite, np.array([output])).item() for output in range(3)] == [2, 0, 1]


class Primaries(nn.Module):
    """Says how red, green and blue an image is."""

    def forward(self, images):
        return images.mean(dim=(2, 3))


def paint(*color):
    return torch.tensor(color, dtype=torch.uint8)[:, None, None].expand(3, 4, 5)


# Right in color but for the last; gray copies tie, and the first output leads.
PAINTED = [
    *((paint(200, 10, 10), 0), (paint(180, 0, 90), 0), (paint(90, 90, 220), 2)),
    *((paint(0, 150, 0), 1), (paint(1, 2, 200), 2), (paint(10, 20, 5), 0)),
]


def test_planted_errors():
    result = gray_test(Primaries(), PAINTED, mean=0.5, std=0.5, progress=False)
    assert result.n == 6
    assert result.images["color_rank"].tolist() == [0, 0, 0, 0, 0, 1]
    assert result.images["gray_rank"].tolist() == [0, 0, 2, 1, 2, 0]
    first = result.errors.loc[1]
    assert first["color_error"] == pytest.approx(1 / 6)
    assert first["gray_error"] == pytest.approx(3 / 6)
    assert first["lost"] == 3
    assert first["gained"] == 1
    assert first["standard_error"] == pytest.approx(np.sqrt(4 - 4 / 6) / 6)
    assert (result.errors.loc[5] == 0).all(), "five of three outputs are all"
    assert (result.unlabeled, dict(result.bad)) == (0, {})


def network(outputs=12, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.BatchNorm2d(6),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(24, outputs),
    )


def random_images(count=45, classes=12, seed=0):
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (count, 3, 1, 1)) // 2
    pixels = pixels + random.integers(0, 128, (count, 3, 9, 8))
    labels = random.integers(0, classes, count)
    pairs = zip(torch.from_numpy(pixels.astype(np.uint8)), labels.tolist(), strict=True)
    return list(pairs)


def run(net=None, images=None, **options):
    options = {"mean": MEAN, "std": STD, "batch_size": 16, "progress": False, **options}
    return gray_test(net or network(), images or random_images(), **options)


@pytest.fixture(scope="module")
def result():
    return run()


def slow_ranks(images, outputs):
    """Every image by itself, gray by PIL, in float64."""
    net = network().double().eval()
    mean, std = (torch.tensor(values).double().reshape(3, 1, 1) for values in (MEAN, STD))
    ranks = {"color": [], "gray": []}
    for (pixels, _), output in zip(images, outputs, strict=True):
        gray = pil_to_tensor(to_pil_image(pixels).convert("L")).expand(3, -1, -1)
        for form, values in (("color", pixels), ("gray", gray)):
            with torch.no_grad():
                scores = net(((values.double() / 255 - mean) / std)[None])[0]
            ranks[form].append(int((scores > scores[output]).sum()))
    return ranks


class TestSlowReading:
    def test_ranks_and_errors(self, result):
        labels = [label for _, label in random_images()]
        ranks = slow_ranks(random_images(), labels)
        assert result.images["color_rank"].tolist() == ranks["color"]
        assert result.images["gray_rank"].tolist() == ranks["gray"]
        assert ranks["color"] != ranks["gray"]
        for top in (1, 5):
            for form, values in ranks.items():
                expected = np.mean(np.array(values) >= top)
                assert result.errors.loc[top, f"{form}_error"] == pytest.approx(expected)
        assert result.images["label"].tolist() == labels
        assert result.images["output"].tolist() == labels
        assert result.images.index.name == "image"

    @pytest.mark.parametrize("form", ["list", "mapping", "array"])
    def test_labels_stand_for_other_outputs(self, form):
        outputs = [7, 2, 11, 0]
        images = random_images(classes=4)
        given = {"list": outputs, "mapping": dict(enumerate(outputs)), "array": np.array(outputs)}
        result = run(images=images, outputs=given[form])
        chosen = [outputs[label] for _, label in images]
        assert result.images["output"].tolist() == chosen
        assert result.images["gray_rank"].tolist() == slow_ranks(images, chosen)["gray"]

    def test_only_labeled_images_count(self, result):
        images = [
            (pixels, [label, None, -1][min(number % 5, 2)])
            for number, (pixels, label) in enumerate(random_images())
        ]
        labeled = [number for number, (_, label) in enumerate(images) if label not in (None, -1)]
        fewer = run(images=images)
        assert fewer.unlabeled == 45 - len(labeled)
        pd.testing.assert_frame_equal(fewer.images, result.images.loc[labeled])
        with pytest.raises(ValueError, match="images has no labeled image"):
            run(images=[(pixels, None) for pixels, _ in images])


class Spoilt(list):
    """Some images cannot be read."""

    def __getitem__(self, number):
        if number in (0, 17, 18, 19, 40):
            raise OSError("the disk is gone")
        return super().__getitem__(number)


class TestUnreadable:
    @pytest.mark.parametrize("workers", [0, 2])
    def test_they_are_left_out_and_listed(self, result, workers):
        fewer = run(images=Spoilt(random_images()), max_bad=0.2, workers=workers)
        assert list(fewer.bad) == [0, 17, 18, 19, 40]
        assert all("the disk is gone" in reason for reason in fewer.bad.values())
        pd.testing.assert_frame_equal(fewer.images, result.images.drop(list(fewer.bad)))
        assert fewer.unlabeled == 0
        assert "40 images, errors in %; 5 unreadable left out" in repr(fewer)

    @pytest.mark.parametrize("max_bad", [0, 0.1])
    def test_too_many(self, max_bad):
        with pytest.raises(ValueError, match=r"image 0 cannot be used: .*the disk is gone"):
            run(images=Spoilt(random_images()), max_bad=max_bad)


class TestWhatMustNotMatter:
    @pytest.mark.parametrize(
        "options",
        [{"batch_size": 7}, {"workers": 0}, {"workers": 3}, {"tune": False}, {"device": "cpu"}],
        ids=str,
    )
    def test_machinery(self, result, options):
        pd.testing.assert_frame_equal(run(**options).images, result.images)

    def test_which_way_the_images_come(self, result):
        mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (MEAN, STD))
        floats = [((pixels / 255 - mean) / std, label) for pixels, label in random_images()]
        pd.testing.assert_frame_equal(run(images=floats).images, result.images)
        pictures = [(to_pil_image(pixels), label) for pixels, label in random_images()]
        found = run(images=pictures, preprocess=lambda picture: picture)
        pd.testing.assert_frame_equal(found.images, result.images)

    def test_the_network_is_given_back(self):
        net = network().train()
        before = {name: value.clone() for name, value in net.state_dict().items()}
        run(net)
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
        assert all(module.training for module in net.modules())

    def test_code_for_contiguous_maps_only(self, result):
        class Viewing(nn.Sequential):
            def forward(self, images):
                for module in self[:5]:
                    images = module(images)
                return self[6](images.view(len(images), -1))

        pd.testing.assert_frame_equal(run(Viewing(*network())).images, result.images)

    def test_precision_is_the_networks_own(self, result):
        found = run(network().double()).images
        pd.testing.assert_frame_equal(found, result.images)


@pytest.mark.parametrize(
    ("option", "changes"), [({"mean": 0.1}, "color_rank"), ({"std": 0.05}, "gray_rank")], ids=str
)
def test_normalization_counts(result, option, changes):
    assert not run(**option).images[changes].equals(result.images[changes])


def test_preprocess_counts(result):
    flipped = run(preprocess=lambda pixels: pixels[..., ::2])
    assert not flipped.images["color_rank"].equals(result.images["color_rank"])


class Wrapped(nn.Module):
    """Gives the scores of the network in one form or another."""

    def __init__(self, form):
        super().__init__()
        self.inner, self.form = network(), form

    def forward(self, images):
        return self.form(self.inner(images))


class TestOutputs:
    @pytest.mark.parametrize(
        "form",
        [
            lambda scores: (scores, scores * 0),
            lambda scores: [scores],
            lambda scores: {"aux": scores * 0, "logits": scores},
            lambda scores: SimpleNamespace(loss=None, logits=scores),
            lambda scores: scores[:, :, None, None],
        ],
        ids=["tuple", "list", "mapping", "attribute", "maps of one pixel"],
    )
    def test_where_scores_are_found(self, result, form):
        pd.testing.assert_frame_equal(run(Wrapped(form)).images, result.images)

    @pytest.mark.parametrize(
        ("output", "message"),
        [
            (torch.zeros(2, 21, 4, 4), r"network gives shape \(2, 21, 4, 4\)"),
            (torch.zeros(2, 1), r"shape \(2, 1\) for 2 images; gray_test accepts one score per"),
            (torch.zeros(4, 9), r"shape \(4, 9\) for 2 images"),
            (torch.zeros(2), r"shape \(2,\)"),
            ({"out": torch.zeros(2, 3)}, "network gives dict"),
            ((), "network gives tuple"),
            (None, "network gives NoneType"),
        ],
        ids=str,
    )
    def test_no_scores(self, output, message):
        with pytest.raises(ValueError, match=message):
            find_scores(output, 2)

    def test_nan(self):
        def broken(scores):
            return scores.where(torch.arange(len(scores))[:, None] != 3, torch.nan)

        with pytest.raises(ValueError, match="network gives NaN for image 3 in color"):
            run(Wrapped(broken))

    def test_a_network_that_fails(self):
        with pytest.raises(RuntimeError, match="Linear fails on a blank image"):
            run(nn.Linear(5, 3))


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"outputs": [3, 4]}, r"outputs has no output for the label \d+ \(it has 2\)"),
            ({"outputs": range(1, 13)}, "label 11 stands for output 12, but network has 12"),
            ({"outputs": "cat"}, "outputs is 'cat'; it accepts a list"),
            ({"outputs": {0: "cat"}}, "outputs is {0: 'cat'}"),
            ({"outputs": [0, -1]}, r"outputs is \[0, -1\]"),
            ({"outputs": []}, r"outputs is \[\]"),
            ({"outputs": 5}, "outputs is 5"),
            ({"batch_size": 0}, "batch_size is 0; it accepts an integer from 1"),
            ({"workers": -1}, "workers is -1; it accepts an integer from 0"),
            ({"workers": True}, "workers is True"),
            ({"max_bad": 2}, "max_bad is 2; it accepts a number from 0 to 1"),
            ({"max_bad": "few"}, "max_bad is 'few'"),
            ({"device": "abacus"}, "device is 'abacus'"),
            ({"mean": None, "std": None}, "mean and std are missing"),
            ({"net": "squeezenet"}, "network is a str"),
            pytest.param({"images": iter([])}, "images is a list_iterator", id="iterator"),
        ],
        ids=str,
    )
    def test_parameters(self, options, message):
        with pytest.raises(ValueError, match=message):
            run(**options)

    def test_a_label_without_output(self):
        with pytest.raises(ValueError, match="label 12 stands for output 12, but network has 12"):
            run(images=random_images(classes=13))

    def test_classes_that_are_fewer_than_outputs(self):
        """Labels of a folder with ten classes are no outputs of a network with a thousand."""

        class Folder(list):
            classes = ("cat", "dog")

        images = Folder(random_images(classes=2))
        with pytest.raises(ValueError, match="network has 12 outputs, but images names 2 classes"):
            run(images=images)
        named = run(images=images, outputs=range(2))
        assert named.images["output"].equals(named.images["label"])
        assert run(network(outputs=2), images).n == 45


def test_what_is_shown(result, capsys):
    text = repr(result)
    assert text.startswith("<nfviz.GrayTest: 45 images, errors in %>")
    for value in 100 * result.errors[["color_error", "gray_error", "standard_error"]].to_numpy():
        assert all(f"{one:.2f}" in text for one in value)
    assert "<table" in result._repr_html_()
    fewer = run(
        images=[(pixels, label or None) for pixels, label in random_images(classes=2)],
        outputs=[0, 1],
    )
    assert f"; {fewer.unlabeled} unlabeled left out" in repr(fewer)
    assert capsys.readouterr() == ("", "")
    run(progress=True)
    assert "color and gray: 100%" in capsys.readouterr().err
