"""Neurons shown their own features: the exact law of linear units, a slow reading, odd fields."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import nfviz
from nfviz.recording.own_response import respond_to_features
from nfviz.testing import planted_states

MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]
OPTIONS = {"mean": MEAN, "std": STD, "n_max": 12, "n_ranked": 20, "n_crops": 0, "progress": False}

pytestmark = pytest.mark.filterwarnings("ignore:Class selectivity is confined")


def random_images(count=50, height=18, width=16, seed=0):
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 3, height // 2, width // 2), dtype=np.uint8)
    return [(torch.from_numpy(image), -1) for image in coarse.repeat(2, axis=2).repeat(2, axis=3)]


def network(seed=0):
    """Linear up to "1" but for the window's place; fields exceed the image from "6" on."""
    torch.manual_seed(seed)
    made = nn.Sequential(
        nn.Conv2d(3, 8, 5),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 6, (3, 5), stride=(1, 2), padding=(1, 2)),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 7, (5, 3), padding=(2, 1)),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(7 * 7 * 3, 4),
    )
    with torch.no_grad():
        made[1].running_mean.normal_(0, 0.2)
        made[1].weight.uniform_(0.5, 2)
        made[1].bias.normal_(0, 0.3)
    return made


def analyze(net=None, images=None, **options):
    return nfviz.analyze(net or network(), images or random_images(), **{**OPTIONS, **options})


def respond(atlas, net=None, **options):
    return respond_to_features(atlas, net or network(), progress=False, **options)


@pytest.fixture(scope="module")
def atlas():
    return analyze(layers=["0", "3", "6", "9"], min_coverage=0.5)


@pytest.fixture(scope="module")
def answered(atlas):
    return respond(atlas)


def image_set(atlas, layer, unit):
    count = atlas.neurons.loc[(layer, unit), "n_images"]
    return atlas.ranked.loc[(layer, unit), "weight"].to_numpy()[:count]


class TestLinearUnits:
    """sum w^2 / sum w, through mean, std, bias and batch norm; features are float32."""

    def expected(self, atlas):
        sets = [image_set(atlas, "0", unit) for unit in range(atlas.layers.loc["0", "units"])]
        return [np.square(weights).sum() / weights.sum() for weights in sets]

    def test_the_response_to_the_average_is_the_average_response(self, atlas, answered):
        found = answered.neurons.loc["0", "own_ratio"]
        assert (atlas.neurons.loc["0", "n_images"] > 1).sum() > 4
        np.testing.assert_allclose(found, self.expected(atlas), rtol=2e-6)
        assert (found >= 0.7 - 1e-6).all(), "the 70 % rule decides this, not the network"

    def test_golden_number(self):
        net = nn.Sequential(nn.Conv2d(3, 1, 1, bias=False))
        nn.init.constant_(net[0].weight, 0.5)
        images = [
            (torch.full((3, 1, 1), value, dtype=torch.uint8), -1) for value in (250, 225, 200)
        ]
        found = respond(analyze(net, images, mean=0, std=1), net)
        assert found.neurons["own_ratio"].item() == pytest.approx(0.907407, abs=5e-7)

    def test_features_by_the_letter_of_equation_1_are_too_dark_for_it(self, atlas):
        """Without mean and bias by the mean weight, with them by no rule at all."""
        darker = respond(analyze(layers=["0"], normalise="paper"))
        assert (np.abs(darker.neurons["own_ratio"] - self.expected(atlas)) > 0.01).any()
        net = nn.Sequential(nn.Conv2d(3, 5, 3, bias=False))
        dark = respond(analyze(net, mean=0, std=1, normalise="paper"), net)
        live = np.flatnonzero(~dark.neurons["dead"])
        assert len(live) > 1
        for unit in live:
            weights = image_set(dark, "0", unit)
            expected = weights.mean() * np.square(weights).sum() / weights.sum()
            assert dark.neurons.loc[("0", unit), "own_ratio"] == pytest.approx(expected, rel=2e-6)

    def test_half_the_digits(self, atlas, answered):
        """What large layers keep: an error below 0.07 gray levels."""
        kinds = ("features", "spread", "coverage")
        halves = {
            kind: {name: array.astype(np.float16) for name, array in getattr(atlas, kind).items()}
            for kind in kinds
        }
        found = respond(replace(atlas, **halves)).neurons["own_ratio"]
        np.testing.assert_allclose(found, answered.neurons["own_ratio"], atol=2e-3)
        assert not found.equals(answered.neurons["own_ratio"])


# Rows and columns: size, stride and start of the windows by hand, and the central unit of the map.
# The field of "6" has 19 columns from -6 on; its middle 16 begin one further.
FIELDS = {
    "3": {"y": (7, 1, -1, 14 // 2), "x": (9, 2, -2, 6 // 2)},
    "6": {"y": (16, 2, -5, 7 // 2), "x": (16, 4, -5, 3 // 2)},
}


class TestSlowReading:
    """Every pixel placed by hand, the network in float64."""

    def canvas(self, atlas, layer, unit):
        feature = np.asarray(atlas.features[layer][unit], np.float64)
        coverage = atlas.coverage[layer][unit]
        canvas = np.tile(255 * np.array(MEAN), (18, 16, 1))
        at = FIELDS[layer]
        for y in range(feature.shape[0]):
            for x in range(feature.shape[1]):
                row = at["y"][2] + at["y"][1] * at["y"][3] + y
                col = at["x"][2] + at["x"][1] * at["x"][3] + x
                if 0 <= row < 18 and 0 <= col < 16 and coverage[y, x] >= 0.5:
                    canvas[row, col] = feature[y, x]
        return canvas

    @pytest.mark.parametrize("layer", list(FIELDS))
    def test_deeper_layers(self, atlas, answered, layer):
        assert atlas.features[layer].shape[1:3] == tuple(FIELDS[layer][axis][0] for axis in "yx")
        assert (atlas.coverage[layer][~atlas.neurons.loc[layer, "dead"]] < 0.5).any()
        net = network().double().eval()
        row, col = (FIELDS[layer][axis][3] for axis in "yx")
        assert answered.manifest["own_response"][layer] == {
            "row": row,
            "col": col,
            "batch_size": 64,
        }
        for unit in range(atlas.layers.loc[layer, "units"]):
            neuron = answered.neurons.loc[(layer, unit)]
            if neuron["dead"]:
                continue
            pixels = (self.canvas(atlas, layer, unit) / 255 - MEAN) / STD
            value = torch.from_numpy(pixels).permute(2, 0, 1)[None]
            with torch.no_grad():
                response = net[: int(layer) + 1](value)[0, unit, row, col].item()
            expected = max(0, response) / neuron["max_activation"]
            assert neuron["own_ratio"] == pytest.approx(expected, rel=1e-5, abs=1e-6)

    def test_a_field_larger_than_the_image(self):
        torch.manual_seed(1)
        net = nn.Sequential(*[nn.Conv2d(c, 4, 7, padding=3) for c in (3, 4, 4)])
        images = random_images(height=10, width=8)
        atlas = respond(analyze(net, images, layers=["2"]), net)
        assert atlas.layers.loc["2", "rf_height"] == 19
        assert atlas.features["2"].shape == (4, 10, 8, 3)
        # Field of unit (5, 4): rows -4 to 14, of which ten about the middle from 0 (-4 + 9 // 2)
        # on; columns -5 to 13, of which eight from 0 (-5 + 11 // 2) on.
        feature = np.asarray(atlas.features["2"], np.float64)
        blank = (feature == 127.5).all(axis=-1) & (atlas.coverage["2"] < 0.1)
        pixels = (feature / 255 - MEAN) / STD
        pixels[blank] = 0
        with torch.no_grad():
            maps = net.double()(torch.from_numpy(pixels).permute(0, 3, 1, 2))[:, :, 5, 4].numpy()
        expected = np.maximum(np.diag(maps), 0) / atlas.neurons["max_activation"]
        np.testing.assert_allclose(atlas.neurons["own_ratio"], expected, rtol=1e-5, atol=1e-6)

    def test_where_the_field_is_the_image_the_maximum_counts(self, atlas, answered):
        assert atlas.layers.loc["9", "rf_status"] == "whole image"
        assert answered.manifest["own_response"]["9"]["row"] is None
        pixels = (np.asarray(atlas.features["9"], np.float64) / 255 - MEAN) / STD
        with torch.no_grad():
            scores = network().double().eval()(torch.from_numpy(pixels).permute(0, 3, 1, 2))
        neurons = answered.neurons.loc["9"]
        expected = np.maximum(np.diag(scores), 0) / neurons["max_activation"]
        np.testing.assert_allclose(
            neurons["own_ratio"], expected.where(~neurons["dead"]), rtol=1e-5
        )


class Twice(nn.Module):
    """One convolution over the image and over its negative."""

    def __init__(self, behind=None):
        super().__init__()
        torch.manual_seed(3)
        self.conv = nn.Conv2d(3, 4, 3)
        self.behind = behind

    def forward(self, images):
        try:
            first = self.conv(images)
            self.conv(-images)
        except Exception:
            raise AssertionError("a forward pass is not ended by what it may catch") from None
        if self.behind is not None:
            self.behind(first)
        return first.relu_()


def test_a_module_that_runs_twice_is_read_twice():
    net = Twice()
    atlas = respond(analyze(net), net)
    assert atlas.layers.loc["conv", "rf_status"] == "unknown"
    pixels = (np.asarray(atlas.features["conv"], np.float64) / 255 - MEAN) / STD
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    with torch.no_grad():
        both = [net.double().conv(sign * images).amax(dim=(2, 3)).numpy() for sign in (1, -1)]
    ratios = np.diag(np.maximum(*both)) / atlas.neurons["max_activation"]
    np.testing.assert_allclose(atlas.neurons["own_ratio"], ratios, rtol=1e-5)
    assert (both[1] > both[0]).any()
    assert (both[1] < both[0]).any()


def test_the_pass_ends_at_the_layer():
    runs = []
    net = Twice(behind=lambda maps: runs.append(len(maps)))
    atlas = analyze(net)
    runs.clear()
    respond(atlas, net, batch_size=3)
    assert runs == [2], "the whole network ran once, to find its layers"


class TestColumns:
    def test_relative_to_the_layer(self, answered):
        response = answered.neurons["own_ratio"] * answered.neurons["max_activation"]
        expected = response / response.groupby(level="layer").transform("max")
        np.testing.assert_allclose(answered.neurons["own_layer"], expected, rtol=1e-12)
        assert (answered.neurons["own_layer"].groupby(level="layer").max() == 1).all()

    def test_dead_neurons_have_none(self):
        planted = planted_states()
        atlas = nfviz.analyze(planted.network, planted.images, progress=False, **planted.options)
        atlas = respond(atlas, planted.network)
        columns = atlas.neurons[["own_ratio", "own_layer"]]
        assert columns[atlas.neurons["dead"]].isna().all(axis=None)
        assert columns[~atlas.neurons["dead"]].notna().all(axis=None)

    def test_nobody_responds(self):
        """Bright crops respond; shown on black, in the middle, the unit's bias wins."""
        net = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1))
        with torch.no_grad():
            net[0].weight.fill_(-1)
            net[0].bias.fill_(3)
        images = random_images(height=8, width=8)
        atlas = analyze(net, images, mean=0, std=1)
        dark = {"0": np.full_like(atlas.features["0"], 255)}
        covered = {"0": np.ones_like(atlas.coverage["0"])}
        neurons = respond(replace(atlas, features=dark, coverage=covered), net).neurons
        assert (neurons[["own_ratio", "own_layer"]] == 0).all(axis=None)

    def test_a_response_that_is_not_finite(self, atlas):
        broken = {**atlas.features, "0": atlas.features["0"].copy()}
        broken["0"][2] = np.inf
        neurons = respond(replace(atlas, features=broken), layers=["0"]).neurons.loc["0"]
        assert neurons["own_ratio"].isna().tolist() == [unit == 2 for unit in range(8)]
        assert neurons["own_layer"].max() == 1
        net = nn.Sequential(nn.Conv2d(3, 1, 1))
        nn.init.constant_(net[0].weight, 1)
        bright = analyze(net)
        bright = replace(bright, features={"0": np.full_like(bright.features["0"], np.inf)})
        columns = respond(bright, net).neurons[["own_ratio", "own_layer"]]
        assert columns.isna().all(axis=None), "infinite, but not a number to compare"

    def test_the_record_grows_and_nothing_else_changes(self, atlas, answered, tmp_path):
        assert "own_ratio" not in atlas.neurons
        assert "own_response" not in atlas.manifest
        pd.testing.assert_frame_equal(
            answered.neurons.drop(columns=["own_ratio", "own_layer"]), atlas.neurons
        )
        loaded = nfviz.load(answered.save(tmp_path / "own.nfviz"))
        pd.testing.assert_frame_equal(loaded.neurons, answered.neurons)
        assert loaded.manifest["own_response"] == answered.manifest["own_response"]
        pd.testing.assert_frame_equal(respond(loaded).neurons, answered.neurons)

    def test_layers_one_by_one(self, atlas, answered):
        first = respond(atlas, layers="3")
        assert list(first.manifest["own_response"]) == ["3"]
        assert first.neurons["own_ratio"].drop("3", level="layer").isna().all()
        rest = respond(first, layers=["9", "0", "6"])
        assert set(rest.manifest["own_response"]) == {"0", "3", "6", "9"}
        pd.testing.assert_frame_equal(rest.neurons, answered.neurons)


def test_pixels_next_to_the_limit(atlas):
    """Mid-gray where coverage is too low takes the color of the canvas, a gray average does not."""
    ratios = []
    for limit, share in ((0.5, 0.5 - 1e-9), (0.5, 0.5 + 1e-3), (1, 1)):
        parameters = {**atlas.manifest["parameters"], "min_coverage": limit}
        manifest = {**atlas.manifest, "parameters": parameters}
        features = {"0": np.full_like(atlas.features["0"], 127.5)}
        coverage = {"0": np.full_like(atlas.coverage["0"], share)}
        made = replace(atlas, features=features, coverage=coverage, manifest=manifest)
        ratios.append(respond(made, layers=["0"]).neurons.loc["0", "own_ratio"])
    with torch.no_grad():
        response = network().eval()[:2](torch.zeros(1, 3, 18, 16))[0, :, 7, 6].numpy()
    expected = np.maximum(0, response) / atlas.neurons.loc["0", "max_activation"]
    np.testing.assert_allclose(ratios[0], expected, rtol=1e-5, atol=1e-6)
    assert (ratios[1] == ratios[2]).all()
    assert (np.abs(ratios[1] - expected) > 0.01).any()


class TestWhatMustNotMatter:
    @pytest.mark.parametrize(
        "options", [{"batch_size": 3}, {"tune": False}, {"device": "cpu"}], ids=str
    )
    def test_machinery(self, atlas, answered, options):
        other = respond(atlas, **options).neurons
        pd.testing.assert_frame_equal(other, answered.neurons, rtol=1e-5)

    def test_the_network_is_given_back(self, atlas):
        net = network().train()
        before = {name: value.clone() for name, value in net.state_dict().items()}
        respond(atlas, net)
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
        assert all(module.training and not module._forward_hooks for module in net.modules())
        assert all(parameter.requires_grad for parameter in net.parameters())

    def test_progress(self, atlas, capsys):
        respond(atlas)
        assert capsys.readouterr() == ("", "")
        respond_to_features(atlas, network())
        assert "own response: 100%" in capsys.readouterr().err

    def test_inside_inference_mode(self, atlas, answered):
        with torch.inference_mode():
            pd.testing.assert_frame_equal(respond(atlas).neurons, answered.neurons)


class Moody(nn.Sequential):
    """Runs its convolution on images other than blank ones only when in the mood."""

    mood = True

    def forward(self, images):
        return super().forward(images) if self.mood or not images.any() else images


class TestErrors:
    def test_another_network(self, atlas):
        with pytest.raises(ValueError, match="other weights than the Sequential that the atlas"):
            respond(atlas, network(seed=1))
        other = network()
        other[3].stride, other[5] = (2, 2), nn.MaxPool2d((1, 2))
        with pytest.raises(ValueError, match=r"Layer '3' .* \(6, 7, 6\) .* but other code"):
            respond(atlas, other)

    def test_a_layer_that_runs_for_some_images_only(self):
        net = Moody(*network()[:1])
        atlas = analyze(net)
        net.mood = False
        with pytest.raises(ValueError, match="'0' ran 0 times for neuron features, but 1 times"):
            respond(atlas, net)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"layers": ["conv1"]}, r"layers is \['conv1'\]; .* '0', '3', '6', '9'"),
            ({"layers": []}, r"layers is \[\]"),
            ({"batch_size": 0}, "batch_size is 0; it accepts an integer from 1 on"),
            ({"batch_size": 2.0}, "batch_size is 2.0"),
            ({"batch_size": True}, "batch_size is True"),
            ({"device": "abacus"}, "device is 'abacus'; it accepts a torch device"),
        ],
        ids=str,
    )
    def test_parameters(self, atlas, options, message):
        with pytest.raises(ValueError, match=message):
            respond(atlas, **options)

    def test_what_is_no_network(self, atlas):
        with pytest.raises(ValueError, match="network is a str"):
            respond(atlas, "squeezenet")

    def test_an_atlas_without_features(self, atlas):
        bare = replace(atlas, features={"0": atlas.features["0"]})
        with pytest.raises(ValueError, match="no neuron features of layer '3'"):
            respond(bare)
        assert respond(bare, layers=["0"]).neurons.loc["0", "own_ratio"].notna().all()
