"""The whole of analyze: planted truths, an independent slow reading, and what must not matter."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import nfviz
from nfviz.testing import planted_classes, planted_hues, planted_states


def analyze(planted, **options):
    options = {**planted.options, "progress": False, **options}
    return nfviz.analyze(planted.network, planted.images, **options)


def small_network(seed=0):
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1),
        nn.BatchNorm2d(5),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(5, 6, (3, 5), padding=(1, 2), stride=(1, 2)),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(6 * 8 * 4, 4),
    )
    with torch.no_grad():
        network[1].running_mean.normal_(0, 0.2)
        network[1].weight.uniform_(0.5, 2)
    return network


def random_images(count=40, seed=0, size=16):
    random = np.random.default_rng(seed)
    blocks = random.integers(0, 256, (count, 3, size // 4, size // 4), dtype=np.uint8)
    pixels = blocks.repeat(4, axis=2).repeat(4, axis=3)
    noise = random.integers(0, 40, pixels.shape, dtype=np.uint8)
    pixels = torch.from_numpy(np.maximum(pixels, noise))
    return [
        (image, int(label))
        for image, label in zip(pixels, random.integers(0, 12, count), strict=True)
    ]


OPTIONS = {"mean": [0.4, 0.5, 0.6], "std": 0.25, "n_max": 12, "n_ranked": 20, "progress": False}


@pytest.fixture(scope="module")
def atlas():
    with pytest.warns(UserWarning, match="images"):
        return nfviz.analyze(small_network(), random_images(), **OPTIONS)


class TestPlanted:
    def test_hues(self):
        planted = planted_hues()
        neurons = analyze(planted).neurons
        assert (neurons["hue"] - planted.truth["hue"]).abs().max() < 1
        np.testing.assert_allclose(neurons["color_selectivity"], 1, atol=0.01)
        np.testing.assert_array_equal(neurons["n_images"], planted.truth["n_images"])
        assert (neurons["balance"] < 0.05).all(), "one color on gray is no opponent pair"
        assert neurons["class_selectivity"].isna().all(), "images without labels"

    def test_classes(self):
        planted = planted_classes()
        neurons = analyze(planted).neurons
        for column in ("n_images", "n_classes", "class_selectivity"):
            np.testing.assert_allclose(neurons[column].astype(float), planted.truth[column])
        first = analyze(planted, n_max=10).neurons.iloc[3]
        assert first["class_selectivity"] == pytest.approx((10 - 5) / 9)

    def test_states(self):
        planted = planted_states()
        atlas = analyze(planted)
        neurons = atlas.neurons
        for column in planted.truth:
            assert neurons[column].tolist() == planted.truth[column].tolist(), column
        dead = neurons[neurons["dead"]]
        for column in ("auc", "color_selectivity", "hue", "class_selectivity"):
            assert dead[column].isna().all(), column
        ranked = atlas.ranked.loc["planted"]
        assert 3 not in ranked.index.get_level_values("unit")
        assert ranked.loc[[1, 2], "weight"].isna().all()
        assert np.isfinite(ranked["activation"]).all()
        assert ranked.loc[4, "image"].tolist() == list(range(15, 30)), "the darker half"
        assert ranked.loc[5, "image"].tolist() == list(range(30)), "ties go by image number"
        assert (ranked.loc[5, ["row", "col"]] == 0).all(axis=None), "and by row-major position"

    def test_windows_that_reach_out_of_the_image(self):
        atlas = analyze(planted_states())
        feature, coverage = atlas.features["planted"][6], atlas.coverage["planted"][6]
        inside = np.zeros((5, 5), bool)
        inside[2:, 2:] = True
        np.testing.assert_array_equal(coverage, inside)
        assert (feature[~inside] == 127.5).all()
        np.testing.assert_array_equal(feature[inside], 40)
        dead = atlas.features["planted"][1]
        assert (dead == 127.5).all()
        assert (atlas.coverage["planted"][1] == 0).all()


@pytest.fixture(scope="module")
def maps():
    network = small_network().eval()
    pixels = torch.stack([image for image, _ in random_images()]).double() / 255
    mean = torch.tensor(OPTIONS["mean"], dtype=torch.float64).reshape(3, 1, 1)
    network = network.double()
    with torch.no_grad():
        first = network[1](network[0]((pixels - mean) / OPTIONS["std"]))
        second = network[4](network[3](first.clamp(min=0)))
    return {"0": first.numpy(), "4": second.numpy()}


# Height, width, stride_y, stride_x, start_y, start_x of the fields, by hand.
FIELDS = {"0": (3, 3, 1, 1, -1, -1), "4": (8, 12, 2, 4, -3, -5)}


def test_progress_shows_images_per_second_or_nothing(capsys):
    analyze(planted_hues())
    assert capsys.readouterr() == ("", "")
    analyze(planted_hues(), progress=True)
    shown = capsys.readouterr().err
    for bar in ("recording: 100%", "reading crops: 100%", "features: 100%", "60/60", "image/s"):
        assert bar in shown


def test_small_data_are_warned_of_once():
    with pytest.warns(UserWarning, match="Class selectivity is confined") as warned:
        analyze(planted_classes(), n_max=21)
    assert len(warned) == 1
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    ("plant", "argument", "message"),
    [
        (planted_hues, 8, "n_hues is 8; it accepts 2 to 7"),
        (planted_classes, (1, 21), r"mixes is \(1, 21\); it accepts numbers from 1 to 20"),
        (planted_states, 5, "n_images is 5; it accepts an even number from 4"),
    ],
)
def test_what_cannot_be_planted(plant, argument, message):
    with pytest.raises(ValueError, match=message):
        plant(argument)


class TestSlowReading:
    """Everything again, neuron by neuron, straight from the equations."""

    def image_set(self, maps, layer, unit):
        response = maps[layer][:, unit]
        peaks = response.reshape(len(response), -1)
        order = np.argsort(-peaks.max(axis=1), kind="stable")
        weights = peaks.max(axis=1)[order] / peaks.max()
        count = min(int(((weights >= 0.7 - 1e-6) & (weights > 0)).sum()), OPTIONS["n_max"])
        positions = [np.unravel_index(peaks[i].argmax(), response.shape[1:]) for i in order]
        return order, weights, positions, count

    def feature(self, maps, layer, unit):
        order, weights, positions, count = self.image_set(maps, layer, unit)
        height, width, step_y, step_x, start_y, start_x = FIELDS[layer]
        images = [image.permute(1, 2, 0).numpy().astype(float) for image, _ in random_images()]
        crops = np.full((count, height, width, 3), np.nan)
        for crop, image, (row, col) in zip(crops, order, positions, strict=False):
            for y in range(height):
                for x in range(width):
                    at_y, at_x = start_y + row * step_y + y, start_x + col * step_x + x
                    if 0 <= at_y < 16 and 0 <= at_x < 16:
                        crop[y, x] = images[image][at_y, at_x]
        weight = np.where(np.isnan(crops[..., :1]), 0, weights[:count, None, None, None])
        with np.errstate(invalid="ignore"):
            mean = (weight * np.nan_to_num(crops)).sum(axis=0) / weight.sum(axis=0)
        coverage = weight.sum(axis=0)[..., 0] / weights[:count].sum()
        mean[coverage < 0.1] = 127.5
        return mean, coverage

    def test_ranks_weights_and_sets(self, atlas, maps):
        for layer, unit in atlas.neurons.index:
            order, weights, positions, count = self.image_set(maps, layer, unit)
            rows = atlas.ranked.loc[(layer, unit)]
            assert rows["image"].tolist() == order[:20].tolist()
            np.testing.assert_allclose(rows["weight"], np.maximum(weights[:20], 0), atol=1e-5)
            found = list(zip(rows["row"], rows["col"], strict=True))
            assert found == [tuple(position) for position in positions[:20]]
            assert atlas.neurons.loc[(layer, unit), "n_images"] == count

    def test_features_and_coverage(self, atlas, maps):
        for layer, unit in atlas.neurons.index:
            mean, coverage = self.feature(maps, layer, unit)
            np.testing.assert_allclose(atlas.coverage[layer][unit], coverage, atol=1e-5)
            np.testing.assert_allclose(atlas.features[layer][unit], mean, atol=2e-3)

    def test_class_selectivity(self, atlas, maps):
        labels = [label for _, label in random_images()]
        for layer, unit in atlas.neurons.index:
            order, _, _, count = self.image_set(maps, layer, unit)
            distinct = len({labels[image] for image in order[:count]})
            found = atlas.neurons.loc[(layer, unit), "class_selectivity"]
            expected = (count - distinct) / (count - 1) if count > 1 else np.nan
            assert found == pytest.approx(expected, nan_ok=True)

    def test_area_under_the_curve(self, atlas, maps):
        for layer, unit in atlas.neurons.index:
            _, weights, _, _ = self.image_set(maps, layer, unit)
            curve = np.maximum(weights[:20], 0)
            area = (curve[1:] + curve[:-1]).sum() / 2
            assert atlas.neurons.loc[(layer, unit), "auc"] == pytest.approx(area, rel=1e-5)


class TestWhatMustNotMatter:
    def same(self, one, other, layers=None):
        layers = list(one.layers.index) if layers is None else layers
        for name in ("ranked", "neurons"):
            left, right = getattr(one, name).loc[layers], getattr(other, name).loc[layers]
            columns = [column for column in left if column != "auc_percent"]
            assert left[columns].reset_index().equals(right[columns].reset_index()), name
        for layer in layers:
            for name in ("features", "spread", "coverage"):
                one_array, other_array = getattr(one, name)[layer], getattr(other, name)[layer]
                np.testing.assert_array_equal(one_array, other_array)
            for unit in range(len(one.crops[layer])):
                np.testing.assert_array_equal(one.crops[layer][unit], other.crops[layer][unit])

    @pytest.mark.filterwarnings("ignore:Class selectivity")
    @pytest.mark.parametrize(
        "options",
        [{"workers": 0}, {"workers": 3}, {"max_memory": 0}, {"tune": False}],
        ids=lambda options: next(iter(options)),
    )
    def test_machinery(self, atlas, options):
        self.same(atlas, nfviz.analyze(small_network(), random_images(), **OPTIONS, **options))

    @pytest.mark.filterwarnings("ignore:Class selectivity")
    def test_which_other_layers_are_analyzed(self, atlas):
        alone = nfviz.analyze(small_network(), random_images(), layers=["4"], **OPTIONS)
        assert list(alone.layers.index) == ["4"]
        self.same(atlas, alone, ["4"])

    @pytest.mark.filterwarnings("ignore:Class selectivity")
    def test_batch_size_beyond_rounding(self, atlas):
        other = nfviz.analyze(small_network(), random_images(), batch_size=7, **OPTIONS)
        np.testing.assert_allclose(
            atlas.ranked["activation"], other.ranked["activation"], rtol=1e-4, atol=1e-5
        )
        assert atlas.ranked["image"].equals(other.ranked["image"])

    @pytest.mark.filterwarnings("ignore:Class selectivity")
    def test_order_of_the_images(self, atlas):
        order = np.random.default_rng(1).permutation(40)
        images = random_images()
        other = nfviz.analyze(small_network(), [images[i] for i in order], **OPTIONS)
        assert order[other.ranked["image"]].tolist() == atlas.ranked["image"].tolist()
        columns = ["n_images", "auc", "color_selectivity", "hue", "class_selectivity"]
        pd.testing.assert_frame_equal(atlas.neurons[columns], other.neurons[columns])

    @pytest.mark.filterwarnings("ignore:Class selectivity")
    def test_which_way_the_images_come(self, atlas):
        from torchvision.transforms import v2
        from torchvision.transforms.functional import to_pil_image

        mean, std = OPTIONS["mean"], [OPTIONS["std"]] * 3
        rest = {key: value for key, value in OPTIONS.items() if key not in ("mean", "std")}
        chain = v2.Compose(
            [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
        )
        pictures = [(to_pil_image(image), label) for image, label in random_images()]
        self.same(atlas, nfviz.analyze(small_network(), pictures, preprocess=chain, **rest))
        floats = [(chain(picture), label) for picture, label in pictures]
        other = nfviz.analyze(small_network(), floats, **OPTIONS)
        assert atlas.ranked["image"].equals(other.ranked["image"])
        np.testing.assert_allclose(other.features["4"], atlas.features["4"], atol=1e-3)


class TestOptions:
    @pytest.mark.filterwarnings("ignore:Class selectivity")
    @pytest.mark.parametrize(
        ("option", "table", "column"),
        [
            ({"n_max": 3}, "neurons", "n_images"),
            ({"min_activation": 0.2}, "neurons", "n_images"),
            ({"paper_figures": True}, "neurons", "n_images"),
            ({"n_ranked": 13}, "neurons", "auc"),
            ({"opponent": "orthonormal"}, "neurons", "color_selectivity"),
            ({"mean": 0.1}, "ranked", "activation"),
            ({"std": 0.5}, "ranked", "activation"),
            ({"classes": [f"class {i}" for i in range(12)]}, "classes", "name"),
        ],
        ids=str,
    )
    def test_every_option_changes_what_it_says(self, atlas, option, table, column):
        other = nfviz.analyze(small_network(), random_images(), **{**OPTIONS, **option})
        one, two = getattr(atlas, table)[column], getattr(other, table)[column]
        assert not one.reset_index(drop=True).equals(two.reset_index(drop=True))

    @pytest.mark.filterwarnings("ignore:Class selectivity")
    def test_options_of_the_features(self, atlas):
        other = nfviz.analyze(small_network(), random_images(), normalise="paper", **OPTIONS)
        darker = other.features["0"].mean(axis=(1, 2, 3)) < atlas.features["0"].mean(axis=(1, 2, 3))
        assert darker[atlas.neurons.loc["0", "n_images"] > 1].all()
        alike = ["color_selectivity", "hue"]
        pd.testing.assert_frame_equal(other.neurons[alike], atlas.neurons[alike], rtol=1e-3)
        covered = nfviz.analyze(small_network(), random_images(), min_coverage=1.0, **OPTIONS)
        gray = (covered.features["4"] == 127.5).all(axis=-1)
        np.testing.assert_array_equal(gray, covered.coverage["4"] < 1)
        none = nfviz.analyze(small_network(), random_images(), n_crops=0, **OPTIONS)
        assert none.crops == {}

    def test_crops_are_the_receptive_fields(self, atlas):
        pixels = [image.permute(1, 2, 0).numpy() for image, _ in random_images()]
        rows = atlas.ranked.loc[("0", 2)]
        crops = atlas.crops["0"][2]
        assert crops.shape == (16, 3, 3, 3)
        for crop, row in zip(crops, rows.itertuples(), strict=False):
            padded = np.pad(pixels[row.image], ((1, 1), (1, 1), (0, 0)), constant_values=128)
            np.testing.assert_array_equal(
                crop, padded[row.row : row.row + 3, row.col : row.col + 3]
            )


ONE = torch.zeros((3, 16, 16), dtype=torch.uint8)


class TestErrors:
    @pytest.mark.parametrize(
        ("images", "options", "message"),
        [
            ([], {}, "images is empty"),
            (iter([]), {}, "map-style Dataset"),
            ([(ONE, 0)], {"mean": None, "std": None}, "mean and std are missing"),
            ([(ONE, 0)], {"std": None}, "mean and std belong together"),
            ([(ONE, 0)], {"mean": 104}, r"mean is 104; .* in units of 0..1"),
            ([(ONE, 0)], {"std": 0}, "std is 0"),
            ([(ONE, "dog")], {}, "label 'dog'"),
            ([(ONE, 1.5)], {}, "label 1.5"),
            ([(ONE, 7)], {"classes": ["a", "b"]}, "label 7, which is none of the 2"),
            ([(ONE, 0)], {"classes": "dog"}, "classes is 'dog'"),
            ([(ONE[0], 0)], {}, r"image 0 cannot be used: it is \(16, 16\)"),
            ([(ONE.int(), 0)], {}, "dtype torch.int32"),
            ([(ONE, 0), (ONE[:, 1:], 0)], {}, "image 1 .*: it is 15x16, image 0 is 16x16"),
            ([(ONE.float() + 300, 0)], {}, "recovered with mean and std"),
            (
                [(ONE, 0)],
                {"layers": ["conv6"]},
                "No layer named 'conv6'. This network has '0', '4'",
            ),
            ([(ONE, 0)], {"layers": []}, "layers is empty"),
            ([(ONE, 0)], {"layers": 5}, "layers is 5; it accepts a list of names"),
            ([(ONE, 0)], {"mean": "a"}, "mean is 'a'; it accepts one number or three"),
            ([(ONE, 0)], {"device": "nope"}, "device is 'nope'; it accepts a torch device"),
            ([(ONE, 0)], {"max_memory": -1}, "max_memory is -1; it accepts an integer from 0"),
            ([(ONE, 0)], {"min_activation": True}, "min_activation is True"),
            ([(ONE, 10**30)], {}, "image 0 cannot be used: it has the label 1000"),
            ([(ONE, 0)], {"layers": ["0", "0"]}, "names '0' twice"),
            ([(ONE, 0)], {"n_max": 0}, "n_max is 0; it accepts an integer from 1"),
            ([(ONE, 0)], {"n_max": 50}, r"n_ranked is 20; .* from 50 \(n_max\)"),
            ([(ONE, 0)], {"min_activation": 2}, "min_activation is 2; it accepts a number from 0"),
            ([(ONE, 0)], {"normalise": "max"}, "normalise is 'max'; it accepts 'sum', 'paper'"),
            ([(ONE, 0)], {"opponent": "lab"}, "opponent is 'lab'"),
            ([(ONE, 0)], {"batch_size": 0}, "batch_size is 0"),
            ([(ONE, 0)], {"workers": -1}, "workers is -1"),
            ([(ONE, 0)], {"preprocess": "resize"}, "preprocess is 'resize'"),
        ],
    )
    def test_bad_input_is_named(self, images, options, message):
        with pytest.raises(ValueError, match=message):
            nfviz.analyze(small_network(), images, **{**OPTIONS, **options})

    def test_a_network_is_needed(self):
        with pytest.raises(ValueError, match="network is a str"):
            nfviz.analyze("resnet18", [(ONE, 0)], **OPTIONS)

    def test_images_that_change_are_refused(self):
        class Noisy:
            def __len__(self):
                return 2

            def __getitem__(self, i):
                return torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8), 0

        with pytest.raises(ValueError, match="other pixels when image 0 is read again"):
            nfviz.analyze(small_network(), Noisy(), **OPTIONS)

    def test_images_that_change_later_are_refused(self):
        class Fickle:
            def __init__(self):
                self.reads = 0

            def __len__(self):
                return 20

            def __getitem__(self, i):
                self.reads += 1
                return random_images(20)[i][0] // (1 if self.reads < 25 else 2), 0

        with pytest.raises(ValueError, match="other pixels than when its activation was recorded"):
            nfviz.analyze(small_network(), Fickle(), **OPTIONS, workers=0)

    def test_random_transforms_are_refused(self):
        from torchvision.transforms import v2

        chain = v2.Compose([v2.RandomHorizontalFlip(), v2.ToImage()])
        with pytest.raises(ValueError, match="preprocess holds RandomHorizontalFlip"):
            nfviz.analyze(small_network(), [(ONE, 0)], preprocess=chain, **OPTIONS)

    def test_two_normalizations_are_refused(self):
        from torchvision.transforms import v2

        chain = v2.Normalize([0.1] * 3, [0.2] * 3)
        with pytest.raises(ValueError, match="Leave mean and std out"):
            nfviz.analyze(small_network(), [(ONE, 0)], preprocess=chain, **OPTIONS)

    def test_a_dataset_that_raises_names_the_image(self):
        class Broken(list):
            def __getitem__(self, i):
                if i == 3:
                    raise OSError("disk gone")
                return super().__getitem__(i)

        with pytest.raises(ValueError, match="image 3 cannot be used: OSError: disk gone"):
            nfviz.analyze(small_network(), Broken([(ONE, 0)] * 5), **OPTIONS)
