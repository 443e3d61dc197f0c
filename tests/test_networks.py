import struct
import zlib

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from scipy.io import savemat
from torch import nn
from torchvision.transforms import functional as geometry

import nfviz
from nfviz.networks import LocalResponseNorm, load_matconvnet, mat_file, vgg, vgg_f, vgg_m, vgg_s
from nfviz.networks.vgg import CNN_F, CNN_M, CNN_S, build
from nfviz.recording.layers import find_layers

pytestmark = pytest.mark.filterwarnings("ignore:Class selectivity is confined")


# ---------------------------------------------------------------- local response normalization


def activations(*shape, dtype=torch.float64):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).mul(20).to(dtype)


@pytest.mark.parametrize("size", [*range(1, 9), 12, 30])
@pytest.mark.parametrize("channels", [1, 2, 5, 12])
def test_norm_is_torchs(size, channels):
    for beta in (0.75, 0.5, 1.0):
        for dtype in (torch.float32, torch.float64):
            x = activations(2, channels, 3, 4, dtype=dtype)
            expected = nn.LocalResponseNorm(size, 0.3, beta, 1.7)(x)
            torch.testing.assert_close(
                LocalResponseNorm(size, 0.3, beta, 1.7)(x), expected, rtol=1e-6, atol=0
            )


def test_norm_by_hand():
    # One position, channels 1, 2, 3: k + alpha / size of the sums 1 + 4, 1 + 4 + 9, 4 + 9.
    x = torch.tensor([1.0, 2, 3], dtype=torch.float64).reshape(1, 3, 1, 1)
    norm = LocalResponseNorm(3, alpha=3.0, beta=0.5, k=11.0)
    expected = [1 / 4, 2 / 5, 3 / 24**0.5]
    torch.testing.assert_close(norm(x).ravel().tolist(), expected)


def test_norm_takes_the_alpha_of_the_mean():
    # VGG-M in MatConvNet, param = [N kappa alpha beta] = [5 2 1e-4 0.75], as its manual has it.
    x = activations(1, 9, 2, 2).numpy()
    expected = np.empty_like(x)
    for c in range(9):
        window = x[:, max(c - 2, 0) : c + 3]
        expected[:, c] = x[:, c] / (2 + 1e-4 * (window**2).sum(1)) ** 0.75
    norm = LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)
    np.testing.assert_allclose(norm(torch.from_numpy(x)).numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(2, 6), (2, 6, 5), (2, 6, 5, 3), (2, 6, 2, 3, 2), (0, 6, 2, 2)])
def test_norm_takes_any_dimensions_behind_the_channels(shape):
    x, norm = activations(*shape), LocalResponseNorm(5, 0.1)
    flat = x.reshape(shape[0], 6, -1) if shape[0] else x
    assert norm(x).shape == shape
    torch.testing.assert_close(norm(x).ravel(), norm(flat).ravel())


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_norm_keeps_format_dtype_and_input(memory_format, dtype):
    x = activations(3, 8, 5, 4, dtype=dtype).contiguous(memory_format=memory_format)
    lent = x.clone()
    for norm in (LocalResponseNorm(5, 0.1), LocalResponseNorm(4, 0.1, beta=0.6)):
        y = norm(x)
        assert y.dtype == dtype
        assert y.is_contiguous(memory_format=memory_format)
        assert torch.equal(x, lent)
        exact = norm(x.double())
        torch.testing.assert_close(y.double(), exact, rtol=torch.finfo(dtype).eps, atol=1e-6)


def test_norm_of_large_halves_does_not_overflow():
    x = torch.full((1, 3, 1, 1), 300.0, dtype=torch.float16)
    assert (LocalResponseNorm(3, 1e-4)(x) > 50).all()


@pytest.mark.parametrize("size", [1, 4, 5])
@pytest.mark.parametrize("beta", [0.75, 0.6])
def test_norm_has_a_gradient(size, beta):
    x = activations(2, 6, 2, 2).requires_grad_()
    assert torch.autograd.gradcheck(LocalResponseNorm(size, 0.5, beta, 2.0), x)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU at hand")
def test_norm_on_a_gpu():
    x, norm = activations(2, 9, 4, 4, dtype=torch.float32), LocalResponseNorm(5, 0.1)
    torch.testing.assert_close(norm(x.cuda()).cpu(), norm(x), rtol=1e-6, atol=0)


def test_silent_positions_stay_zero():
    assert torch.equal(LocalResponseNorm(5)(torch.zeros(1, 4, 2, 2)), torch.zeros(1, 4, 2, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is 0; it accepts a number of channels"),
        ({"size": 2.5}, "size is 2.5"),
        ({"size": 5, "alpha": -1.0}, "alpha is -1.0; it accepts a finite number, 0 or more"),
        ({"size": 5, "beta": float("nan")}, "beta is nan"),
        ({"size": 5, "k": 0.0}, "k is 0.0; it accepts a finite number, above 0"),
    ],
)
def test_norm_refuses_parameters(options, message):
    with pytest.raises(ValueError, match=message):
        LocalResponseNorm(**options)


@pytest.mark.parametrize("x", [torch.zeros(3), torch.zeros(2, 3, 4, 4, dtype=torch.uint8)])
def test_norm_refuses_tensors(x):
    with pytest.raises(ValueError, match=r"accepts floats \(images, channels"):
        LocalResponseNorm(5)(x)


# ---------------------------------------------------------------- architectures

# Units, maps, then receptive field, stride and start of each convolution.
GEOMETRY = {
    vgg_m: (
        (96, 256, 512, 512, 512),
        (109, 26, 13, 13, 13),
        ((7, 2, 0), (27, 8, -4), (75, 16, -20), (107, 16, -36), (139, 16, -52)),
    ),
    vgg_f: (
        (64, 256, 256, 256, 256),
        (54, 27, 13, 13, 13),
        ((11, 4, 0), (51, 8, -16), (99, 16, -32), (131, 16, -48), (163, 16, -64)),
    ),
    vgg_s: (
        (96, 256, 512, 512, 512),
        (109, 33, 17, 17, 17),
        ((7, 2, 0), (35, 6, 0), (65, 12, -12), (89, 12, -24), (113, 12, -36)),
    ),
}
PARAMETERS = {vgg_m: 102_908_520, vgg_f: 60_834_536, vgg_s: 102_908_520}


def on_meta(function, **options):
    with torch.device("meta"):
        return function(**options)


@pytest.mark.parametrize("function", GEOMETRY)
def test_receptive_fields_of_the_paper(function):
    units, maps, fields = GEOMETRY[function]
    network = on_meta(function)
    names = [name for name, _ in network.named_children()]
    body = network[: names.index("full6")].to_empty(device="cpu")
    for parameter in body.parameters():
        parameter.data.zero_()
    layers = find_layers(body, torch.rand(1, 3, 224, 224))
    assert [layer.name for layer in layers] == ["conv1", "conv2", "conv3", "conv4", "conv5"]
    assert tuple(layer.units for layer in layers) == units
    assert tuple(layer.map_height for layer in layers) == maps
    assert tuple((f.height, f.stride_y, f.start_y) for f in (one.field for one in layers)) == fields
    for layer in layers:
        field = layer.field
        assert field.status == "exact"
        assert (field.width, field.stride_x, field.start_x) == (
            field.height,
            field.stride_y,
            field.start_y,
        )
        assert layer.map_width == layer.map_height
    assert body(torch.rand(1, 3, 224, 224)).shape == (1, network.full6.in_features)


@pytest.mark.parametrize("function", GEOMETRY)
def test_children_are_named_as_in_the_paper(function):
    network = on_meta(function)
    assert not network.training
    names = [name for name, _ in network.named_children()]
    second = [] if function is vgg_s else ["norm2"]
    assert names == [
        *("conv1", "relu1", "norm1", "pool1", "conv2", "relu2", *second, "pool2"),
        *("conv3", "relu3", "conv4", "relu4", "conv5", "relu5", "pool5", "flatten"),
        *("full6", "relu6", "dropout6", "full7", "relu7", "dropout7", "full8"),
    ]
    assert all(one.inplace for one in network if isinstance(one, nn.ReLU))
    norm = network.norm1
    assert (norm.size, norm.alpha, norm.beta, norm.k) == (5, 5e-4, 0.75, 2)
    assert sum(one.numel() for one in network.parameters()) == PARAMETERS[function]


def thin(convolutions):
    return tuple(one._replace(units=4 + 2 * i) for i, one in enumerate(convolutions))


@pytest.fixture
def small(monkeypatch):
    """Few units, or a test would draw a hundred million weights."""
    monkeypatch.setattr(vgg, "HIDDEN", 8)
    for name in ("CNN_M", "CNN_F", "CNN_S"):
        monkeypatch.setattr(vgg, name, thin(getattr(vgg, name)))


@pytest.mark.parametrize("function", [vgg_m, vgg_f, vgg_s])
def test_weights_come_from_the_generator(small, function):
    def weights(seed):
        return torch.cat(
            [p.ravel() for p in function(5, torch.Generator().manual_seed(seed)).parameters()]
        )

    before = torch.random.get_rng_state()
    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(3)
    first = function(5).conv1.weight
    torch.manual_seed(3)
    assert torch.equal(function(5).conv1.weight, first)
    assert not torch.equal(function(5).conv1.weight, first)


def test_random_networks_neither_die_nor_explode(small):
    network = vgg_m(7, torch.Generator().manual_seed(0))
    scores = network(50 * torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(1)))
    assert scores.shape == (2, 7)
    assert 0.01 < scores.std() < 1000


@pytest.mark.parametrize("classes", [0, -1, 2.0, True, "10"])
def test_a_number_of_classes_is_needed(classes):
    with pytest.raises(ValueError, match=r"classes is .*; it accepts a number of"):
        vgg_m(classes)


# ---------------------------------------------------------------- files


def cell(*values):
    array = np.empty((1, len(values)), dtype=object)
    for i, value in enumerate(values):
        array[0, i] = value
    return array


def weighted(name, filters, biases, old=False, **fields):
    """A convolution of a file, in the layout of today or of older files."""
    filters, biases = filters.astype(np.float32), biases.astype(np.float32)
    held = {"filters": filters, "biases": biases} if old else {"weights": cell(filters, biases)}
    return {"type": "conv", "name": name, **held, **fields}


# What import-caffe.py writes for each convolution's pooling: its padding at the end.
POOL_PADS = {"m": (0, 1, 0), "f": (1, 0, 0), "s": (2, 1, 1)}
TABLES = {"m": CNN_M, "f": CNN_F, "s": CNN_S}


def devil(kind, network, old=False):
    """Layers of imagenet-vgg-m.mat, -f, -s with the weights of a network."""
    layers, pools = [], iter(POOL_PADS[kind])
    for i, one in enumerate(TABLES[kind], 1):
        module = network.get_submodule(f"conv{i}")
        filters = module.weight.detach().numpy().transpose(2, 3, 1, 0)
        pad, stride = np.full((1, 4), float(one.padding)), np.full((1, 2), float(one.stride))
        biases = module.bias.detach().numpy()[None]
        layers += [
            weighted(f"conv{i}", filters, biases, old, pad=pad, stride=stride),
            {"type": "relu", "name": f"relu{i}"},
        ]
        if one.norm:
            kind_of_norm = "normalize" if old else "lrn"
            param = np.array([[5, 2, 1e-4, 0.75]])
            layers.append({"type": kind_of_norm, "name": f"norm{i}", "param": param})
        if one.pool:
            side, step = one.pool
            pad = np.array([[0.0, next(pools)] * 2])
            pool = {"pool": np.full((1, 2), float(side)), "stride": np.full((1, 2), float(step))}
            layers.append({"type": "pool", "name": f"pool{i}", "method": "max", "pad": pad, **pool})
    for i, side in ((6, 6), (7, 1), (8, 1)):
        module = network.get_submodule(f"full{i}")
        shape = len(module.weight), -1, side, side
        filters = module.weight.detach().reshape(shape).numpy().transpose(2, 3, 1, 0)
        layers.append(weighted(f"fc{i}", filters, module.bias.detach().numpy(), old))
        if i < 8:
            layers.append({"type": "relu", "name": f"relu{i}"})
    return [*layers, {"type": "softmax", "name": "prob"}]


def normalization(size=224, **fields):
    return {
        "imageSize": np.array([[size, size, 3.0]]),
        "averageImage": np.array([120.0, 110, 100]).reshape(1, 1, 3),
        "interpolation": "bilinear",
        "keepAspect": True,
        "border": np.array([[0.0, 0]]),
        **fields,
    }


def write(path, layers, old=False, classes=None, **fields):
    meta = {"normalization": normalization(**fields), "classes": classes or []}
    top = meta if old else {"meta": meta}
    savemat(path, {"layers": cell(*layers), **top}, oned_as="row")
    return path


def numbers(*shape, seed=0):
    return np.random.default_rng([*shape, seed]).normal(size=shape)


def fan(height, width, depth, units):
    return numbers(height, width, depth, units) / np.sqrt(height * width * depth)


# ---------------------------------------------------------------- a slow reading of MatConvNet


def pair(value, count):
    value = np.ravel(value).astype(int)
    return np.repeat(value, count) if value.size == 1 else value


def slow_conv(x, layer):
    filters, biases = layer.get("filters"), layer.get("biases")
    if filters is None:
        filters, biases = layer["weights"].ravel()
    filters = filters.reshape(filters.shape + (1,) * (4 - filters.ndim)).astype(float)
    height, width, depth, units = filters.shape
    (top, bottom, left, right), (down, across) = (
        pair(layer.get("pad", 0), 4),
        pair(layer.get("stride", 1), 2),
    )
    x = np.pad(x, ((top, bottom), (left, right), (0, 0)))
    windows = sliding_window_view(x, (height, width), (0, 1))[::down, ::across]
    groups = x.shape[2] // depth
    parts = [
        np.tensordot(
            windows[:, :, g * depth : (g + 1) * depth],
            filters[..., g * units // groups : (g + 1) * units // groups],
            ((2, 3, 4), (2, 0, 1)),
        )
        for g in range(groups)
    ]
    return np.concatenate(parts, 2) + (np.ravel(biases) if np.size(biases) else 0)


def slow_pool(x, layer):
    (height, width), (down, across) = pair(layer["pool"], 2), pair(layer.get("stride", 1), 2)
    top, bottom, left, right = pair(layer.get("pad", 0), 4)
    rows = (x.shape[0] + top + bottom - height) // down + 1
    columns = (x.shape[1] + left + right - width) // across + 1
    out = np.empty((rows, columns, x.shape[2]))
    for row in range(rows):
        for column in range(columns):
            y, z = row * down - top, column * across - left
            window = x[max(y, 0) : y + height, max(z, 0) : z + width]
            out[row, column] = window.max((0, 1))
    return out


def slow_norm(x, layer):
    n, kappa, alpha, beta = np.ravel(layer.get("param", [5, 1, 2e-5, 0.75]))
    reach, out = int(n - 1) // 2, np.empty_like(x)
    for c in range(x.shape[2]):
        energy = (x[..., max(c - reach, 0) : c + reach + 1] ** 2).sum(2)
        out[..., c] = x[..., c] * (kappa + alpha * energy) ** -beta
    return out


SLOW = {
    "conv": slow_conv,
    "pool": slow_pool,
    "lrn": slow_norm,
    "normalize": slow_norm,
    "relu": lambda x, layer: np.where(x > 0, x, x * layer.get("leak", 0.0)),
    "dropout": lambda x, layer: x,
    "softmax": lambda x, layer: x,
}


def slow(layers, image, average):
    """Scores of an image (height, width, RGB) as MatConvNet has them."""
    x = image.astype(float) - average
    for layer in layers:
        x = SLOW[layer["type"]](x, layer)
    return x


def check(loaded, layers, average, seed=0):
    """Compare the network with the slow reading on an image of noise."""
    size = loaded.image_size
    image = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
    with torch.no_grad():
        given = loaded.network(loaded.preprocess(Image.fromarray(image))[None])[0]
    given = given.reshape(len(given), -1).numpy()
    expected = slow(layers, image, average).transpose(2, 0, 1).reshape(len(given), -1)
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())
    assert expected.std() > 0


# ---------------------------------------------------------------- the zoo's three networks


@pytest.fixture(params=["m", "f", "s"])
def kind(request):
    return request.param


@pytest.fixture
def thin_network(small, kind):
    network = build(thin(TABLES[kind]), 5, torch.Generator().manual_seed(4))
    for parameter in network.parameters():
        if parameter.ndim == 1:
            nn.init.normal_(parameter, generator=torch.Generator().manual_seed(5))
    return network


@pytest.mark.parametrize("old", [False, True])
def test_files_of_the_zoo(kind, thin_network, old, tmp_path):
    average = np.clip(numbers(224, 224, 3) * 20 + [125, 115, 100], 0, 255)
    layers = devil(kind, thin_network, old)
    classes = {
        "name": cell(*(f"n0000000{i}" for i in range(5))),
        "description": cell("tench", "goldfish, Carassius", "shark", "ray", "cock"),
    }
    path = write(tmp_path / "vgg.mat", layers, old, classes, averageImage=average)
    loaded = load_matconvnet(path)
    check(loaded, layers, average)
    assert loaded.classes[1] == "goldfish, Carassius"
    assert loaded.wnids[4] == "n00000004"
    assert not loaded.network.training
    # Our architecture is that of the file.
    image = torch.rand(1, 3, 224, 224)
    assert find_layers(loaded.network, image) == find_layers(thin_network, image)
    x = torch.rand(1, 3, 224, 224) * 100
    with torch.no_grad():
        torch.testing.assert_close(loaded.network[1:](x), thin_network(x))


def test_a_file_goes_straight_into_analyze(small, tmp_path):
    average = np.clip(numbers(224, 224, 3) * 20 + [140, 115, 60], 0, 255)
    network = build(thin(CNN_M), 5, torch.Generator().manual_seed(0))
    layers = devil("m", network)
    loaded = load_matconvnet(write(tmp_path / "m.mat", layers, averageImage=average))
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    atlas = nfviz.analyze(
        loaded.network,
        [Image.fromarray(image) for image in images],
        preprocess=loaded.preprocess,
        layers=["conv1", "conv2"],
        progress=False,
    )
    assert list(atlas.layers["rf_height"]) == [7, 27]
    assert list(atlas.layers["start_y"]) == [0, -4]
    maps = [slow_conv(image - average, layers[0]) for image in images]
    highest = np.max(maps, (0, 1, 2))
    np.testing.assert_allclose(atlas.neurons.loc["conv1", "max_activation"], highest, rtol=1e-4)
    assert [layer.name for layer in find_layers(loaded.network, torch.rand(1, 3, 224, 224))] == [
        *("conv1", "conv2", "conv3", "conv4", "conv5")
    ]


# ---------------------------------------------------------------- what else a file may hold


def first(size=20, units=6, seed=0, **fields):
    """A first convolution, 3 x 3."""
    return weighted("conv1", fan(3, 3, 3, units), numbers(units, seed=seed), **fields)


AVERAGE = np.array([120.0, 110, 100])
CHAINS = {
    "stride and pad": [first(stride=2, pad=1)],
    "two strides": [first(stride=[2, 3])],
    "one-sided pad": [first(stride=2, pad=[0, 1, 2, 0])],
    "no biases": [weighted("conv1", fan(3, 3, 3, 4), np.empty((0, 0)))],
    "one filter": [weighted("conv1", fan(3, 3, 3, 1)[..., 0], numbers(1))],
    "oblong filters": [weighted("conv1", fan(2, 5, 3, 4), numbers(4))],
    "groups": [first(), weighted("conv2", fan(3, 3, 2, 9), numbers(9))],
    "leak": [first(), {"type": "relu", "name": "relu1", "leak": 0.3}],
    "dropout": [first(), {"type": "dropout", "name": "drop", "rate": 0.7}],
    "norm by default": [first(), {"type": "normalize", "name": "norm"}],
    "wide norm": [first(), {"type": "lrn", "name": "norm", "param": [9, 0.5, 0.01, 0.5]}],
    "fully connected": [
        *(first(stride=2), {"type": "relu", "name": "relu1"}),
        *(weighted("fc2", fan(9, 9, 6, 7), numbers(7)), {"type": "lrn", "name": "norm2"}),
        weighted("fc3", fan(1, 1, 7, 5), numbers(5)),
    ],
    "almost fully connected": [first(stride=2), weighted("conv2", fan(9, 8, 6, 7), numbers(7))],
}
POOLS = [
    {"pool": 3, "stride": 2},
    {"pool": 3, "stride": 2, "pad": 1},
    {"pool": 3, "stride": 2, "pad": [0, 1, 0, 1]},
    {"pool": 3, "stride": 3, "pad": [0, 2, 0, 2]},
    {"pool": 3, "stride": 2, "pad": [1, 0, 1, 0]},
    {"pool": 3, "stride": 1, "pad": [2, 1, 0, 2]},
    {"pool": [2, 4], "stride": [1, 3], "pad": [0, 0, 3, 1]},
    {"pool": 2},
]


@pytest.mark.parametrize("name", CHAINS)
def test_layers_do_as_in_matconvnet(name, tmp_path):
    loaded = load_matconvnet(write(tmp_path / "net.mat", CHAINS[name], size=20))
    check(loaded, CHAINS[name], AVERAGE)


@pytest.mark.parametrize("pool", range(len(POOLS)))
@pytest.mark.parametrize("size", [20, 21])
def test_poolings_do_as_in_matconvnet(pool, size, tmp_path):
    # Biases below zero: zeros in the place of minus infinity would win.
    layers = [first(), {"type": "pool", "name": "pool1", "method": "max", **POOLS[pool]}]
    layers[0]["weights"][0, 1] -= 2000
    check(load_matconvnet(write(tmp_path / "net.mat", layers, size=size)), layers, AVERAGE)


def test_fully_connected_layers_are_linear(tmp_path):
    layers = CHAINS["fully connected"]
    network = load_matconvnet(write(tmp_path / "net.mat", layers, size=20)).network
    kinds = [type(one).__name__ for one in network]
    assert kinds == ["Conv2d", "ReLU", "Flatten", "Linear", "LocalResponseNorm", "Linear"]


def test_padding_of_its_own_keeps_the_names(tmp_path):
    layers = [first(pad=[0, 1, 2, 0]), {"type": "pool", "name": "pool1", **POOLS[5]}]
    network = load_matconvnet(write(tmp_path / "net.mat", layers, size=20)).network
    names = [name for name, _ in network.named_children()]
    assert names == ["conv1_pad", "conv1", "pool1_pad", "pool1"]


def test_loading_draws_no_random_numbers(tmp_path):
    path = write(tmp_path / "net.mat", CHAINS["fully connected"], size=20)
    before = torch.random.get_rng_state()
    load_matconvnet(path)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_network_may_lie_in_net_and_names_be_missing(tmp_path):
    layers = [{**first(), "name": "block.1"}, {"type": "relu"}, {"type": "softmaxloss"}]
    meta = {"normalization": normalization(20)}
    savemat(tmp_path / "net.mat", {"net": {"layers": cell(*layers), "meta": meta}})
    loaded = load_matconvnet(tmp_path / "net.mat")
    assert [name for name, _ in loaded.network.named_children()] == ["block_1", "relu2"]
    check(loaded, layers[:2], AVERAGE)


def test_numbers_may_be_stored_as_bytes(tmp_path):
    # MATLAB stores doubles that are small whole numbers as such.
    layers = [first(pad=np.array([[1, 1, 1, 1]], np.uint8), stride=np.uint8(2))]
    layers[0]["weights"][0, 1] = np.zeros((1, 6), np.uint8)
    check(load_matconvnet(write(tmp_path / "net.mat", layers, size=20)), layers, AVERAGE)


# ---------------------------------------------------------------- as MATLAB itself writes


def element(kind, content, order, small=False):
    """One element of a file: the tag, the content, zeros up to the next eight bytes."""
    if small:
        return struct.pack(f"{order}I", len(content) << 16 | kind) + content.ljust(4, b"\0")
    tag = struct.pack(f"{order}II", kind, len(content))
    return tag + content + b"\0" * (-len(content) % 8)


def matrix(value, order, name=b""):
    """One array: flags, sizes, name, content; small whole numbers as bytes, text as UTF-16."""
    if isinstance(value, dict):
        names = b"".join(key.encode().ljust(32, b"\0") for key in value)
        fields = b"".join(matrix(one, order) for one in value.values())
        width = struct.pack(f"{order}i", 32)
        kind, size = 2, (1, 1)
        content = element(5, width, order, small=True) + element(1, names, order) + fields
    elif isinstance(value, str):
        kind, size = 4, (1, len(value))
        content = element(4, value.encode("utf-16-le" if order == "<" else "utf-16-be"), order)
    elif isinstance(value, list):
        kind, size = 1, (1, len(value))
        content = b"".join(matrix(one, order) for one in value)
    else:
        value = np.atleast_2d(value)
        single = value.dtype == np.float32
        whole = not single and np.array_equal(value, value.astype(np.uint8))
        code, dtype = (7, "f4") if single else (2, "u1") if whole else (9, "f8")
        kind, size = 7 if single else 6, value.shape
        raw = value.astype(order + dtype).tobytes(order="F")
        content = element(code, raw, order, small=len(raw) <= 4)
    head = [
        element(6, struct.pack(f"{order}II", kind, 0), order),
        element(5, struct.pack(f"{order}{len(size)}i", *size), order),
        element(1, name, order, small=len(name) <= 4),
    ]
    return element(14, b"".join(head) + content, order)


def plain(value):
    """Cell arrays as lists, all the way down."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [plain(one) for one in value.ravel()]
    return value


def matlab_file(path, variables, order="<", packed=False):
    if packed:
        variables = [zlib.compress(one) for one in variables]
        variables = [struct.pack(f"{order}II", 15, len(one)) + one for one in variables]
    mark = struct.pack(f"{order}HH", 0x0100, 0x4D49)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + mark + b"".join(variables))
    return path


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_that_matlab_writes(small, order, packed, tmp_path):
    network = build(thin(CNN_F), 5, torch.Generator().manual_seed(0))
    layers = devil("f", network)
    classes = {"description": ["a", "b", "c", "d", "naïve"]}
    # A function handle has neither a shape nor a name.
    handle = element(14, element(6, struct.pack(f"{order}II", 16, 0), order), order)
    variables = [
        matrix(1.5, order, b"lr"),
        handle,
        matrix(plain({"normalization": normalization(), "classes": classes}), order, b"meta"),
        matrix([plain(layer) for layer in layers], order, b"layers"),
    ]
    loaded = load_matconvnet(matlab_file(tmp_path / "net.mat", variables, order, packed))
    check(loaded, layers, AVERAGE)
    assert loaded.classes == ("a", "b", "c", "d", "naïve")


def test_what_a_file_may_cost_is_bounded(tmp_path, monkeypatch):
    deep = []
    for _ in range(40):
        deep = [deep]
    with pytest.raises(ValueError, match=r"is damaged \(more than 32 levels\)"):
        load_matconvnet(matlab_file(tmp_path / "deep.mat", [matrix(deep, "<", b"layers")]))
    monkeypatch.setattr(mat_file, "_LARGEST", 1000)
    zeros = matrix(np.zeros((100, 100)), "<", b"layers")
    with pytest.raises(ValueError, match=r"is damaged \(it ends early\)"):
        load_matconvnet(matlab_file(tmp_path / "bomb.mat", [zeros], packed=True))


def test_only_what_is_read_has_to_be_readable(tmp_path):
    odd = {"opts": np.array([[1j]]), "extra": np.array(["ab", "cd"])}
    layers, odd_net = [{**first(), **odd}], {"trainOpts": odd}
    path = tmp_path / "net.mat"
    savemat(
        path, {"layers": cell(*layers), "meta": {"normalization": normalization(20)}, **odd_net}
    )
    check(load_matconvnet(path), [first()], AVERAGE)


# ---------------------------------------------------------------- images


@pytest.mark.parametrize("average", [AVERAGE, np.tile(AVERAGE + 0.1, (20, 20, 1)) - 0.1])
def test_the_mean_color_is_normalized_away(average, tmp_path):
    loaded = load_matconvnet(write(tmp_path / "net.mat", [first()], size=20, averageImage=average))
    assert loaded.mean == pytest.approx(AVERAGE / 255)
    assert loaded.std == pytest.approx([1 / 255] * 3)
    assert isinstance(loaded.network[0], nn.Conv2d)
    gray = Image.fromarray(np.full((20, 20, 3), AVERAGE, np.uint8))
    np.testing.assert_allclose(loaded.preprocess(gray).numpy(), 0, atol=1e-4)


def test_of_a_mean_image_zero_stays_the_mean_color(tmp_path):
    average = np.clip(numbers(20, 20, 3) * 30 + AVERAGE, 0, 255)
    loaded = load_matconvnet(write(tmp_path / "net.mat", [first()], size=20, averageImage=average))
    assert loaded.mean == pytest.approx(average.mean((0, 1)) / 255)
    rest = average.mean((0, 1)) - average
    seen = loaded.network.mean_image(torch.zeros(1, 3, 20, 20))[0]
    np.testing.assert_allclose(seen.permute(1, 2, 0).numpy(), rest, atol=1e-4)


@pytest.mark.parametrize("average", [np.zeros((0, 0)), None, np.array([[1.0, 2, 3]])])
def test_averages_of_other_shapes(average, tmp_path):
    fields = {} if average is None else {"averageImage": average}
    meta = normalization(20)
    del meta["averageImage"]
    savemat(tmp_path / "net.mat", {"layers": cell(first()), "normalization": {**meta, **fields}})
    expected = np.ravel(average) if np.size(average) == 3 else np.zeros(3)
    loaded = load_matconvnet(tmp_path / "net.mat")
    assert loaded.mean == pytest.approx(expected / 255)
    check(loaded, [first()], expected.astype(float))


PHOTO = Image.fromarray(
    np.kron(numbers(15, 20, 3) * 40 + 128, np.ones((3, 3, 1))).clip(0, 255).astype(np.uint8)
)
GEOMETRIES = {
    "as it is": ({}, None, 20, geometry.InterpolationMode.BILINEAR),
    "border": ({"border": [[8.0, 8]]}, None, 28, geometry.InterpolationMode.BILINEAR),
    "resize": ({}, 32, 32, geometry.InterpolationMode.BILINEAR),
    "stretched": ({"keepAspect": False}, None, (20, 20), geometry.InterpolationMode.BILINEAR),
    "bicubic": ({"interpolation": "bicubic"}, None, 20, geometry.InterpolationMode.BICUBIC),
    "nearest": ({"interpolation": "nearest"}, None, 20, geometry.InterpolationMode.NEAREST),
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_images_are_resized_as_the_file_says(name, tmp_path):
    fields, resize, size, mode = GEOMETRIES[name]
    path = write(tmp_path / "net.mat", [first()], size=20, **fields)
    given = load_matconvnet(path, resize=resize).preprocess(PHOTO)
    expected = geometry.center_crop(geometry.resize(PHOTO, size, mode), 20)
    expected = np.asarray(expected, float) - AVERAGE
    np.testing.assert_allclose(given.permute(1, 2, 0).numpy(), expected, atol=1e-3)
    plain = load_matconvnet(write(tmp_path / "plain.mat", [first()], size=20)).preprocess(PHOTO)
    assert torch.equal(given, plain) == (name == "as it is")


@pytest.mark.parametrize("resize", [19, 0, -1, 30.5, "256"])
def test_resize_is_checked(resize, tmp_path):
    path = write(tmp_path / "net.mat", [first()], size=20)
    with pytest.raises(ValueError, match=r"resize is .*; it accepts .* from 20 on"):
        load_matconvnet(path, resize=resize)


# ---------------------------------------------------------------- classes


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (None, ((), ())),
        ({"description": cell("a", "b")}, (("a", "b"), ())),
        ({"name": cell("cat", "dog")}, (("cat", "dog"), ())),
        ({"name": cell("n00000001", "n00000002")}, (("n00000001", "n00000002"),) * 2),
        ({"description": cell("a", "b", "c")}, ((), ())),
    ],
)
def test_class_names_belong_to_scores(classes, expected, tmp_path):
    path = write(tmp_path / "net.mat", [first(units=2)], classes=classes, size=20)
    loaded = load_matconvnet(path)
    assert (loaded.classes, loaded.wnids) == expected


# ---------------------------------------------------------------- foreign files


def changed(layer, **fields):
    return [{**layer, **fields}]


RELU = {"type": "relu", "name": "relu1"}
POOL = {"type": "pool", "name": "pool1", "pool": 3}
LRN = {"type": "lrn", "name": "norm1"}
FC = weighted("fc", fan(18, 18, 6, 2), numbers(2))
FOREIGN_LAYERS = {
    "type": (
        changed(RELU, type="sigmoid"),
        r"layers\{1\} is of type 'sigmoid'; supported are conv",
    ),
    "no type": ([{"name": "x"}], r"layers\{1\} has no type; it has name"),
    "softmax inside": ([{"type": "softmax"}, RELU], "is of type 'softmax'"),
    "no weights": ([{"type": "conv", "name": "c"}], r"\(c\) has neither weights nor filters"),
    "weights": (changed(first(), weights=numbers(3, 3)), "weights has to be a cell array"),
    "text": (changed(first(), weights=cell("a", "b")), r"weights\{1\} is the string 'a'; it has"),
    "NaN": (changed(first(), weights=cell(np.full((3, 3, 3, 2), np.nan), [0, 0])), "holds NaN"),
    "complex": (
        changed(first(), weights=cell(np.full((3, 3, 3, 2), 1j), [0, 0])),
        "complex numbers; it has to be an array of real",
    ),
    "biases": (changed(first(), weights=cell(fan(3, 3, 3, 2), [1, 2, 3])), "as many biases"),
    "depth": ([weighted("c", fan(3, 3, 2, 4), numbers(4))], "4 filters see 2 channels, but 3 come"),
    "too large": ([weighted("c", fan(21, 3, 3, 4), numbers(4))], "21 x 3 does not fit into maps"),
    "stride": ([first(stride=0)], "a window or a stride of 0"),
    "half stride": ([first(stride=1.5)], r"stride is \[1.5, 1.5\]; it has to be 1 or 2 whole"),
    "strides": ([first(stride=[1, 2, 3])], "stride is"),
    "negative": ([first(pad=-1)], "pad is"),
    "huge": ([first(pad=1e9)], "from 0 to 4096"),
    "dilated": ([first(dilate=2)], "is dilated"),
    "dilated by option": ([first(opts=cell("Dilate", 2))], "is dilated"),
    "average": ([first(), {**POOL, "method": "avg"}], "pools by 'avg'; supported is 'max'"),
    "wide pad": ([first(), {**POOL, "pad": 3}], "pad is .* has to be below pool"),
    "no pool": ([first(), {"type": "pool", "name": "p"}], "has no pool; it has type, name"),
    "even norm": ([first(), {**LRN, "param": [4, 1, 1, 1]}], "with N odd"),
    "short norm": ([first(), {**LRN, "param": [5, 1]}], r"\[N kappa alpha beta\]"),
    "kappa": ([first(), {**LRN, "param": [5, 0, 1, 1]}], "k is 0.0; it accepts"),
    "rate": ([first(), {"type": "dropout", "name": "d", "rate": 2}], "rate is 2.0"),
    "leak": ([first(), {**RELU, "leak": [1, 2]}], "leak is an array .* has to be one number"),
    "pool behind": ([first(), FC, {**POOL, "pool": 1}], "behind a fully connected layer"),
    "conv behind": ([first(), FC, weighted("c", fan(1, 1, 2, 2), numbers(2), pad=1)], "behind"),
    "twice": ([first(), first()], "a layer is named 'conv1', which another layer or torch uses"),
    "taken": (changed(first(), name="training"), "a layer is named 'training'"),
    "number": (changed(first(), name=3.0), "name is an array of float64"),
}


@pytest.mark.parametrize("name", FOREIGN_LAYERS)
def test_foreign_layers_are_named(name, tmp_path):
    layers, message = FOREIGN_LAYERS[name]
    with pytest.raises(ValueError, match=message) as caught:
        load_matconvnet(write(tmp_path / "net.mat", layers, size=20))
    assert str(caught.value).startswith(str(tmp_path / "net.mat"))


FOREIGN_IMAGES = {
    "oblong": ({"imageSize": [[20.0, 24, 3]]}, r"imageSize is \[20, 24, 3\]; supported are square"),
    "gray": ({"imageSize": [[20.0, 20, 1]]}, "square RGB images"),
    "no size": ({"imageSize": "large"}, "imageSize is the string 'large'"),
    "average": (
        {"averageImage": np.zeros((8, 8, 3))},
        r"averageImage is \(8, 8, 3\); it has to be",
    ),
    "bright": ({"averageImage": np.full((1, 3), 300.0)}, r"lies in \[300, 300\].*\[0, 255\]"),
    "dark": ({"averageImage": np.full((1, 3), -1.0)}, r"lies in \[-1, -1\]"),
    "NaN": ({"averageImage": np.full((1, 3), np.nan)}, "holds NaN"),
    "border": ({"border": [[1.0, 2]]}, "has to be square"),
    "interpolation": ({"interpolation": "box"}, "interpolation is 'box'; supported are"),
}


@pytest.mark.parametrize("name", FOREIGN_IMAGES)
def test_foreign_image_sizes_are_named(name, tmp_path):
    fields, message = FOREIGN_IMAGES[name]
    with pytest.raises(ValueError, match=message):
        load_matconvnet(write(tmp_path / "net.mat", [first()], **{"size": 20, **fields}))


META = {"normalization": normalization(20)}
FOREIGN_FILES = {
    "nothing": ({"x": 1.0}, "has no layers; it has"),
    "no meta": ({"layers": cell(first())}, "has no normalization; it has layers"),
    "empty meta": ({"layers": cell(first()), "meta": {"a": 1}}, "meta has no normalization"),
    "meta": ({"layers": cell(first()), "meta": 1.0}, "meta is an array .* has to be a struct"),
    "layers": ({"layers": 1.0, "meta": META}, "layers has to be a cell array of structs"),
    "dag": ({"layers": cell(first()), "params": {"name": "x"}}, "is a DagNN; supported is"),
    "classes": (
        {"layers": cell(first()), "meta": {**META, "classes": {"name": cell(1.0, 2.0)}}},
        "name has to be a cell array of strings",
    ),
}


@pytest.mark.parametrize("name", FOREIGN_FILES)
def test_foreign_files_are_told_what_they_lack(name, tmp_path):
    values, message = FOREIGN_FILES[name]
    savemat(tmp_path / "net.mat", values)
    with pytest.raises(ValueError, match=message):
        load_matconvnet(tmp_path / "net.mat")


def test_files_of_version_7_3_are_told_to_be_saved_anew(tmp_path):
    header = b"MATLAB 7.3 MAT-file, HDF5".ljust(124) + b"\x00\x02IM"
    (tmp_path / "net.mat").write_bytes(header.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ValueError, match=r"version 7.3 \(HDF5\).*save\(file, '-struct'"):
        load_matconvnet(tmp_path / "net.mat")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" * 99, b"no MATLAB file at all\n" * 20])
def test_other_files_are_refused(content, tmp_path):
    (tmp_path / "net.mat").write_bytes(content)
    with pytest.raises(ValueError, match=r"net\.mat is no MATLAB file of version 5"):
        load_matconvnet(tmp_path / "net.mat")


def test_a_cut_file_is_refused(tmp_path):
    path = write(tmp_path / "net.mat", CHAINS["fully connected"], size=20)
    whole = path.read_bytes()
    for length in (130, 200, len(whole) // 2, len(whole) - 100):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"net\.mat is damaged \(it ends early\)"):
            load_matconvnet(path)


def test_damage_is_never_worse_than_an_error(tmp_path):
    path, rng = (
        write(tmp_path / "net.mat", [first(), RELU, LRN, POOL], size=20),
        np.random.default_rng(0),
    )
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    refused = 0
    for _ in range(300):
        damaged = whole.copy()
        at = rng.integers(0, len(whole), 2)
        damaged[at] = rng.integers(0, 256, 2)
        path.write_bytes(damaged.tobytes())
        try:
            load_matconvnet(path)
        except ValueError as error:
            refused += str(error).startswith(str(path))
    assert refused > 100


def test_no_file_is_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_matconvnet(tmp_path / "none.mat")
