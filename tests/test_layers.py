"""Which channels are neurons, where they are read, and the network given back as it was."""

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

import nfviz
from nfviz.recording.borrow import borrowed
from nfviz.recording.layers import find_layers
from nfviz.recording.responses import peaks


def probe(network, size=64, names=None):
    with borrowed(network, torch.device("cpu"), torch.channels_last):
        return find_layers(network, torch.rand(1, 3, size, size), names)


FAMILIES = {
    "alexnet": (64, 5),
    "vgg11": (32, 8),
    "vgg11_bn": (32, 8),
    "resnet18": (64, 20),
    "squeezenet1_1": (64, 26),
    "mobilenet_v2": (64, 52),
    "mobilenet_v3_small": (64, 52),
    "densenet121": (64, 120),
    "inception_v3": (75, 94),
    "googlenet": (64, 57),
    "convnext_tiny": (64, 22),
    "efficientnet_b0": (64, 81),
}


def build(family):
    options = {"init_weights": False} if family in ("inception_v3", "googlenet") else {}
    torch.manual_seed(0)
    return getattr(torchvision.models, family)(weights=None, **options)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    network = build(request.param)
    return request.param, network, probe(network, FAMILIES[request.param][0])


def test_every_convolution_that_runs_is_a_layer_in_the_order_of_the_pass(family):
    name, network, layers = family
    ran = []
    hooks = [
        module.register_forward_hook(lambda m, i, o, n=n: ran.append(n))
        for n, module in network.named_modules()
        if isinstance(module, nn.Conv2d)
    ]
    with torch.no_grad():
        network.eval()(torch.rand(1, 3, FAMILIES[name][0], FAMILIES[name][0]))
    for hook in hooks:
        hook.remove()
    assert [layer.name for layer in layers] == ran
    assert len(ran) == FAMILIES[name][1]


def test_a_convolution_is_read_where_it_drives_its_relu(family):
    name, _, layers = family
    sources = {layer.name: layer.source for layer in layers}
    expected = {
        "alexnet": ("features.0", "features.0"),
        "vgg11": ("features.3", "features.3"),
        "vgg11_bn": ("features.4", "features.5"),
        "resnet18": ("layer1.0.conv2", "layer1.0.bn2"),
        "squeezenet1_1": ("features.3.squeeze", "features.3.squeeze"),
        "mobilenet_v2": ("features.1.conv.0.0", "features.1.conv.0.1"),
        "mobilenet_v3_small": ("features.0.0", "features.0.1"),
        "densenet121": (
            "features.denseblock1.denselayer1.conv1",
            "features.denseblock1.denselayer1.norm2",
        ),
        "inception_v3": ("Mixed_5b.branch1x1.conv", "Mixed_5b.branch1x1.bn"),
        "googlenet": ("inception3a.branch1.conv", "inception3a.branch1.bn"),
        "convnext_tiny": ("features.1.0.block.0", "features.1.0.block.0"),
        "efficientnet_b0": ("features.0.0", "features.0.1"),
    }[name]
    assert sources[expected[0]] == expected[1]


def test_units_and_maps_are_those_of_the_output(family):
    _, network, layers = family
    modules = dict(network.named_modules())
    for layer in layers:
        assert layer.units == modules[layer.name].out_channels
        assert layer.map_height > 0
        assert layer.field.status in ("exact", "upper bound", "whole image", "unknown")


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("resnet18", ["conv1", "layer1.0.conv2", "layer2.0.conv1", "layer2.0.conv2"]),
        ("squeezenet1_1", ["features.0", "features.3.squeeze", "features.3.expand3x3"]),
        ("googlenet", ["conv1.conv", "inception3a.branch3.1.conv"]),
    ],
)
def test_responses_are_those_before_anything_rewrites_them(name, layers):
    """ReLUs in place and `out += shortcut` must not reach what was read."""
    network = build(name)
    size = FAMILIES[name][0]
    random = np.random.default_rng(0)
    images = [(torch.from_numpy(random.integers(0, 256, (3, size, size), dtype=np.uint8)), -1)] * 2
    options = {"mean": 0, "std": 1, "n_crops": 0, "batch_size": 2, "progress": False}
    atlas = nfviz.analyze(network, images, layers=layers, **options)
    maps = {}

    def keep(key):
        def hook(module, inputs, output):
            maps[key] = output.clone()

        return hook

    modules = dict(network.named_modules())
    points = atlas.manifest["hook_points"]
    hooks = [modules[point].register_forward_hook(keep(key)) for key, point in points.items()]
    with torch.no_grad():
        network.eval()(torch.stack([image for image, _ in images]) / 255)
    for hook in hooks:
        hook.remove()
    for layer in atlas.layers.index:
        expected = maps[layer][0].amax(dim=(1, 2)).numpy()
        found = atlas.neurons.loc[layer, "max_activation"]
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


class Odd(nn.Module):
    """A convolution used twice, one never, a linear layer on tokens, a tuple, no channels-last."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Conv2d(3, 3, 3, padding=1)
        self.idle = nn.Conv2d(3, 3, 3)
        self.relu_first = nn.Conv2d(3, 4, 1)
        self.norm = nn.BatchNorm2d(4)
        self.tokens = nn.Linear(4, 5)
        self.pair = nn.Identity()
        self.last = nn.Linear(4 * 64, 2)

    def forward(self, x):
        x = self.shared(self.shared(x))
        x = self.norm(torch.relu_(self.relu_first(x)))
        self.tokens(x.flatten(2).transpose(1, 2))
        self.pair((x, x))
        return self.last(x.view(len(x), -1))


ODD_IMAGES = [(torch.full((3, 8, 8), 20 * i, dtype=torch.uint8), -1) for i in range(5)]


def analyze_odd(layers=None):
    torch.manual_seed(1)
    return nfviz.analyze(Odd(), ODD_IMAGES, mean=0, std=1, layers=layers, progress=False)


def test_code_that_needs_contiguous_maps_gets_them():
    atlas = analyze_odd()
    assert atlas.manifest["numerical_identity"]["memory_format"] == "contiguous_format"
    assert list(atlas.layers.index) == ["shared", "relu_first"]


def test_a_norm_behind_a_relu_is_not_where_the_convolution_is_read():
    assert analyze_odd().manifest["hook_points"]["relu_first"] == "relu_first"


def test_a_module_that_runs_twice_keeps_its_largest_response():
    atlas = analyze_odd()
    assert atlas.layers.loc["shared", "rf_status"] == "unknown"
    assert atlas.features["shared"].shape == (3, 8, 8, 3), "whole-image crops"
    torch.manual_seed(1)
    network = Odd().eval()
    with torch.no_grad():
        once = network.shared(torch.stack([image for image, _ in ODD_IMAGES]) / 255)
        both = torch.stack([once, network.shared(once)])
    np.testing.assert_allclose(
        atlas.neurons.loc["shared", "max_activation"], both.amax(dim=(0, 1, 3, 4)), rtol=1e-5
    )


def test_linear_layers_count_and_see_the_whole_image():
    atlas = analyze_odd(["tokens", "last"])
    assert atlas.layers["units"].tolist() == [5, 2]
    assert atlas.layers["map_height"].tolist() == [64, 1]
    assert atlas.features["last"].shape == (2, 8, 8, 3)
    assert atlas.layers.loc["last", "rf_status"] == "whole image"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("idle", "Layer 'idle' did not run"),
        ("pair", "Layer 'pair' gives tuple of 2 tensors"),
        ("conv9", "No layer named 'conv9'. This network has 'shared', 'idle', 'relu_first'"),
    ],
)
def test_layers_that_cannot_be_read(layer, message):
    with pytest.raises(ValueError, match=message):
        analyze_odd([layer])


def test_a_network_whose_convolutions_do_not_run():
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    network[0].idle = nn.Conv2d(3, 3, 1)
    with pytest.raises(ValueError, match=r"Layer '0.idle' did not run"):
        nfviz.analyze(network, ODD_IMAGES, mean=0, std=1, progress=False)


def test_a_network_without_convolutions_asks_for_names():
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    with pytest.raises(ValueError, match=r"has no Conv2d. Pass layers= .*it has '1' \(Linear\)"):
        nfviz.analyze(network, ODD_IMAGES, mean=0, std=1, progress=False)


class Shared(nn.Module):
    """One norm behind two convolutions, and one convolution before two norms."""

    def __init__(self):
        super().__init__()
        self.one, self.two, self.three = (nn.Conv2d(3, 3, 1) for _ in range(3))
        self.norm, self.other, self.last = (nn.BatchNorm2d(3) for _ in range(3))

    def forward(self, x):
        x = self.norm(self.two(self.norm(self.one(x))))
        level = self.three(x)
        return self.other(level) + self.last(level)


def test_a_norm_that_serves_several_convolutions_is_not_where_they_are_read():
    atlas = nfviz.analyze(Shared(), ODD_IMAGES, mean=0, std=1, progress=False)
    sources = atlas.manifest["hook_points"]
    assert sources == {"one": "one", "two": "two", "three": "last"}


def test_naming_the_norm_too_changes_no_convolution():
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2), nn.ReLU())
    network[1].weight.data.fill_(3)
    options = {"mean": 0, "std": 1, "progress": False}
    alone = nfviz.analyze(network, ODD_IMAGES, layers=["0"], **options)
    both = nfviz.analyze(network, ODD_IMAGES, layers=["0", "1"], **options)
    assert both.ranked.loc["0"].equals(alone.ranked.loc["0"])
    assert both.ranked.loc["1"].equals(alone.ranked.loc["0"])


class Norm2d(nn.LayerNorm):
    """Normalizes channels of maps that are channels first, as ConvNeXt's does."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Layouts(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1)
        self.norm = Norm2d(5)
        self.act = nn.GELU()
        self.line = nn.Conv1d(5, 7, 1)

    def forward(self, x):
        x = self.norm(self.conv(x))
        return self.line(self.act(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2).flatten(2))


def test_units_are_channels_wherever_they_lie():
    options = {"mean": 0, "std": 1, "progress": False}
    atlas = nfviz.analyze(Layouts(), ODD_IMAGES, layers=["norm", "act", "line"], **options)
    assert atlas.layers["units"].to_dict() == {"norm": 5, "act": 5, "line": 7}
    assert atlas.layers["map_height"].to_dict() == {"norm": 8, "act": 8, "line": 64}
    assert atlas.layers["rf_height"][["norm", "act"]].tolist() == [3, 3]
    same = ["image", "row", "col"]
    live = atlas.neurons.loc["act"].query("not dead").index
    both = [atlas.ranked.loc[name].loc[live, same] for name in ("norm", "act")]
    assert both[0].groupby("unit").head(1).equals(both[1].groupby("unit").head(1))


class Folding(nn.Module):
    """Views its maps as single channels, which only contiguous maps of several images allow."""

    def __init__(self, folded_layer):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.blur = nn.Conv2d(1, 1, 3)
        self.folded_layer = folded_layer
        self.register_buffer("kernel", torch.ones(1, 1, 3, 3).expand(1, 1, 3, 3) / 9)

    def forward(self, x):
        x = self.conv(x)
        maps = x.view(x.shape[0] * x.shape[1], 1, *x.shape[2:])
        if self.folded_layer:
            return self.blur(maps)
        return nn.functional.conv2d(maps, self.kernel)


def test_code_that_folds_the_batch():
    options = {"mean": 0, "std": 1, "progress": False}
    atlas = nfviz.analyze(Folding(False), ODD_IMAGES, **options)
    assert atlas.manifest["numerical_identity"]["memory_format"] == "contiguous_format"
    with pytest.raises(ValueError, match="'blur' gives 8 maps for 2 images"):
        nfviz.analyze(Folding(True), ODD_IMAGES, **options)


def test_the_callers_modes_do_not_matter():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    options = {"mean": 0, "std": 1, "progress": False}
    plain = nfviz.analyze(network, ODD_IMAGES, **options)
    with torch.inference_mode():
        assert nfviz.analyze(network, ODD_IMAGES, **options).ranked.equals(plain.ranked)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert nfviz.analyze(network, ODD_IMAGES, **options).ranked.equals(plain.ranked)


def test_batch_statistics_are_warned_of():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False))
    with pytest.warns(UserWarning, match="The batch norm '1' keeps no running statistics"):
        nfviz.analyze(network, ODD_IMAGES, mean=0, std=1, progress=False)


def test_scripted_networks_are_refused():
    traced = torch.jit.ScriptModule()
    with pytest.raises(ValueError, match="scripted or traced"):
        nfviz.analyze(traced, ODD_IMAGES, mean=0, std=1, progress=False)


class Fickle(nn.Module):
    """Runs its second convolution for bright batches only."""

    def __init__(self):
        super().__init__()
        self.always = nn.Conv2d(3, 2, 1)
        self.sometimes = nn.Conv2d(2, 2, 1)

    def forward(self, x):
        bright = x[0, 0, 0, 0] > 0.5
        x = self.always(x)
        return self.sometimes(x) if bright else x


def test_a_layer_that_runs_for_some_images_only_is_refused():
    images = [(torch.full((3, 4, 4), level, dtype=torch.uint8), -1) for level in (250, 0)]
    options = {"mean": 0, "std": 1, "batch_size": 1, "progress": False}
    with pytest.raises(ValueError, match=r"'sometimes' ran 0 times for a batch, but 1 times"):
        nfviz.analyze(Fickle(), images, **options)
    atlas = nfviz.analyze(Fickle(), images, layers=["always"], **options)
    assert list(atlas.layers.index) == ["always"]


def state_of(network):
    return {
        "flags": [module.training for module in network.modules()],
        "hooks": [len(module._forward_hooks) for module in network.modules()],
        "grad": [parameter.requires_grad for parameter in network.parameters()],
        "pointer": [t.data_ptr() for t in (*network.parameters(), *network.buffers())],
        "strides": [t.stride() for t in (*network.parameters(), *network.buffers())],
        "values": copy.deepcopy(network.state_dict()),
    }


class Counting(nn.Module):
    """Writes to a buffer in every pass, and fails when told to."""

    def __init__(self, fails):
        super().__init__()
        self.body = build("resnet18").train()
        self.body.layer1.eval()
        self.body.conv1.requires_grad_(False)
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("replaced", torch.zeros(1))
        self.register_buffer("expanded", torch.zeros(1).expand(3))
        self.fails = fails

    def forward(self, x):
        self.calls += 1
        self.replaced = self.replaced + 1
        if self.fails and len(x) > 1:
            raise KeyError("in the middle")
        return self.body(x)


@pytest.mark.parametrize("fails", [False, True])
def test_the_network_comes_back_untouched(fails):
    network = Counting(fails)
    network.body.layer2.register_forward_hook(lambda *_: None)
    before = state_of(network)
    images = [(torch.zeros(3, 32, 32, dtype=torch.uint8), -1)] * 3
    options = {"mean": 0, "std": 1, "n_crops": 0, "batch_size": 2, "progress": False}
    options["layers"] = ["body.conv1", "body.layer2.0.conv2"]
    if fails:
        with pytest.raises(RuntimeError, match="KeyError: 'in the middle'") as caught:
            nfviz.analyze(network, images, **options)
        assert isinstance(caught.value.__cause__, KeyError)
    else:
        nfviz.analyze(network, images, **options)
    after = state_of(network)
    values = before.pop("values"), after.pop("values")
    assert before == after
    for key, value in values[0].items():
        assert torch.equal(value, values[1][key]), key
    assert torch.is_grad_enabled()
    assert torch.backends.mha.get_fastpath_enabled()


STRICT = """
import torch
from torch import backends
from nfviz.recording.strict_float32 import strict_float32

def new_names():
    settings = backends, backends.cudnn, backends.cudnn.conv, backends.cudnn.rnn
    settings += backends.cuda.matmul, backends.mkldnn.matmul, backends.mkldnn.conv
    return [setting.fp32_precision for setting in settings]

def old_names():
    found = [backends.cudnn.benchmark, backends.cudnn.deterministic]
    for ask in (torch.get_float32_matmul_precision, lambda: backends.cudnn.allow_tf32):
        try:
            found.append(ask())
        except RuntimeError:
            found.append(None)
    return found

def check():
    before = new_names(), old_names()
    with strict_float32():
        assert backends.cudnn.deterministic and not backends.cudnn.benchmark
        assert not {"tf32", "bf16"} & set(new_names()[:5]), new_names()
    assert (new_names(), old_names()) == before, (before, new_names(), old_names())

check()
for value in (True, False):
    backends.cuda.matmul.allow_tf32 = backends.cudnn.allow_tf32 = backends.cudnn.benchmark = value
    check()
for value in ("high", "medium", "highest"):
    torch.set_float32_matmul_precision(value)
    check()
for setting in (backends.cuda.matmul, backends.mkldnn.matmul, backends.cudnn.conv, backends):
    for value in ("tf32", "ieee", "none"):
        setting.fp32_precision = value
        check()
"""


@pytest.mark.skipif(not hasattr(torch.backends, "fp32_precision"), reason="has the old names only")
def test_float32_is_strict_for_the_time_of_a_pass():
    command = [sys.executable, "-W", "error", "-c", STRICT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("memory_format", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_peaks_are_the_first_maxima_in_row_major_order(memory_format, dtype):
    torch.manual_seed(0)
    maps = torch.randint(-3, 3, (4, 7, 6, 5)).to(dtype).contiguous(memory_format=memory_format)
    values, positions = peaks(maps)
    flat = maps.contiguous().reshape(4, 7, 30).numpy()
    np.testing.assert_array_equal(values, flat.max(axis=-1))
    np.testing.assert_array_equal(positions, flat.argmax(axis=-1))


def test_tokens_of_a_grid_have_no_window():
    """Row and column lie in one dimension: the crop of a token cannot be told from its number."""

    class Patches(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 5, 4, stride=4)
            self.mix = nn.Linear(5, 6)

        def forward(self, images):
            return self.mix(self.conv(images).flatten(2).transpose(1, 2))

    conv, mix = find_layers(Patches(), torch.rand(2, 3, 16, 16), ["conv", "mix"])
    assert conv.field.status == "exact"
    assert (mix.units, mix.map_height, mix.map_width) == (6, 16, 1)
    assert mix.field.status == "unknown"
    assert (mix.field.height, mix.field.width, mix.field.stride_y) == (16, 16, 0)
