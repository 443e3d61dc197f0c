"""Networks as people have them: each works like the plain one, or is refused with what to do."""

import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import parametrizations, prune
from torch.utils.checkpoint import checkpoint

import nfviz
from nfviz.recording.borrow import borrowed
from nfviz.recording.layers import find_layers

IMAGES = [
    (torch.from_numpy(np.random.default_rng(i).integers(0, 256, (3, 12, 12), dtype=np.uint8)), -1)
    for i in range(6)
]
OPTIONS = {"mean": 0, "std": 1, "n_crops": 0, "batch_size": 2, "progress": False}


def analyze(network, **options):
    return nfviz.analyze(network, options.pop("images", IMAGES), **{**OPTIONS, **options})


def plain():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 6, 3, stride=2),
        nn.ReLU(inplace=True),
    )
    with torch.no_grad():
        network[1].running_mean.normal_(0, 0.1)
    return network


class Code(nn.Module):
    """Modules by name, and a function of this module and the images that uses them."""

    def __init__(self, code, **modules):
        super().__init__()
        self.code = code
        for name, module in modules.items():
            setattr(self, name, module)

    def forward(self, images):
        return self.code(self, images)


def convs(*sizes, seed=0):
    torch.manual_seed(seed)
    return [nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise(sizes)]


@pytest.fixture(scope="module")
def atlas():
    return analyze(plain())


def same(found, expected):
    """Whether two atlases rank the same images by the same activations at the same places."""
    columns = ["image", "activation", "row", "col"]
    return np.array_equal(found.ranked[columns], expected.ranked[columns])


# ------------------------------------------------------------------------------------ wrappers


class Compiler:
    """A backend of torch.compile that counts what it compiles."""

    def __init__(self):
        self.graphs = 0

    def __call__(self, graph, inputs):
        self.graphs += 1
        return graph.forward


def compiled_whole(network, backend):
    return torch.compile(network, backend=backend)


def compiled_in_place(network, backend):
    network.compile(backend=backend)
    return network


def compiled_child(network, backend):
    network[3] = torch.compile(network[3], backend=backend)
    return network


def compiled_child_in_place(network, backend):
    network[3].compile(backend=backend)
    return network


def compiled_forward(network, backend):
    network.forward = torch.compile(network.forward, backend=backend)
    return network


COMPILED = [
    compiled_whole,
    compiled_in_place,
    compiled_child,
    compiled_child_in_place,
    compiled_forward,
]


@pytest.fixture
def compiler():
    torch._dynamo.reset()
    yield Compiler()
    torch._dynamo.reset()


@pytest.mark.parametrize("wrap", COMPILED)
def test_compiled_networks_run_their_own_code(wrap, compiler, atlas):
    network = wrap(plain().eval(), compiler)
    batch = torch.stack([image for image, _ in IMAGES[:2]]) / 255
    with torch.no_grad():
        network(batch)
    before = compiler.graphs
    assert before > 0
    found = analyze(network)
    assert list(found.layers.index) == ["0", "3"]
    assert same(found, atlas)
    assert compiler.graphs == before, "nothing is compiled for the analysis"
    named = analyze(network, layers=["_orig_mod.3"])
    assert list(named.layers.index) == ["3"]
    torch._dynamo.reset()
    with torch.no_grad():
        network(batch)
    assert compiler.graphs > before, "and everything afterwards"


def test_a_compiled_network_has_the_fingerprint_of_its_own(compiler, atlas):
    network = torch.compile(plain(), backend=compiler)
    assert analyze(network).manifest["weights"] == atlas.manifest["weights"]


def test_settings_of_the_process_end_with_the_last_user(compiler):
    network = torch.compile(plain().eval(), backend=compiler)
    batch = torch.zeros(1, 3, 12, 12)
    loans = [borrowed(plain(), torch.device("cpu"), torch.channels_last) for _ in range(2)]
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        for user, loan in zip((first, second), loans, strict=True):
            user.submit(loan.__enter__).result()
        first.submit(loans[0].__exit__, None, None, None).result()
        assert not torch.backends.mha.get_fastpath_enabled()
        network(batch)
        assert compiler.graphs == 0
        second.submit(loans[1].__exit__, None, None, None).result()
    assert torch.backends.mha.get_fastpath_enabled()
    network(batch)
    assert compiler.graphs == 1


class Pauses(nn.Module):
    """Hands on what it gets, after a while."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def forward(self, batch):
        time.sleep(self.seconds)
        return batch


def test_compilers_work_after_threads_that_overlapped(compiler):
    """Of two traces the one that begins first ends first."""
    batch = torch.zeros(1, 3, 12, 12)
    with ThreadPoolExecutor(2) as executor:
        first = executor.submit(find_layers, nn.Sequential(Pauses(0.3), *plain().eval()), batch)
        time.sleep(0.1)
        second = executor.submit(find_layers, nn.Sequential(Pauses(0.6), *plain().eval()), batch)
    assert [layer.name for layer in first.result()] == ["1", "4"]
    assert [layer.name for layer in second.result()] == ["1", "4"]
    torch.compile(plain().eval(), backend=compiler)(batch)
    assert compiler.graphs == 1


@pytest.mark.parametrize("devices", [None, [0, 1]])
def test_data_parallel_networks_run_on_one_device(devices, atlas):
    network = nn.DataParallel(plain())
    network.device_ids = devices or network.device_ids
    found = analyze(network)
    assert list(found.layers.index) == ["module.0", "module.3"]
    assert same(found, atlas)
    assert network.device_ids == (devices or [])


def test_graphs_of_fx_are_networks(atlas):
    assert same(analyze(torch.fx.symbolic_trace(plain())), atlas)


def test_gradient_checkpoints_are_run_through(atlas):
    network = Code(lambda m, x: checkpoint(m.body, x, use_reentrant=False), body=plain())
    found = analyze(network)
    assert list(found.layers.index) == ["body.0", "body.3"]
    assert same(found, atlas)


# ------------------------------------------------------------------------------------- refused


def scripted(network):
    return torch.jit.script(network)


def traced(network):
    return torch.jit.trace(network.eval(), torch.zeros(1, 3, 12, 12))


def exported(network):
    return torch.export.export(network.eval(), (torch.zeros(2, 3, 12, 12),))


def quantized(network):
    stubs = torch.ao.quantization.QuantStub(), torch.ao.quantization.DeQuantStub()
    network = nn.Sequential(stubs[0], nn.Conv2d(3, 4, 3), stubs[1]).eval()
    network.qconfig = torch.ao.quantization.default_qconfig
    prepared = torch.ao.quantization.prepare(network)
    prepared(torch.zeros(1, 3, 12, 12))
    return torch.ao.quantization.convert(prepared)


def distributed(network):
    wrapped = DistributedDataParallel.__new__(DistributedDataParallel)
    nn.Module.__init__(wrapped)
    wrapped.module = network
    return wrapped


def cyclic(network):
    network[0].parent = network
    return network


REFUSED = {
    "class": (lambda n: nn.Sequential, r"network is a class \(Sequential\).* Pass an instance"),
    "weights": (lambda n: n.state_dict(), "network is a OrderedDict.* load these weights into it"),
    "function": (lambda n: lambda x: n(x), "network is a function.* Pass the module that it calls"),
    "nothing": (lambda n: None, "network is a NoneType; it accepts a torch.nn.Module"),
    "script": (scripted, "RecursiveScriptModule; .*Pass the module it was made from"),
    "trace": (traced, "not scripted or traced.* Pass the module it was made from"),
    "script inside": (lambda n: nn.Sequential(scripted(n)), "traced module, '0', .*in its place"),
    "export": (exported, "is a ExportedProgram; .* Pass the module it was made from"),
    "quantized": (quantized, "quantized: its module '0' .* before the conversion"),
    "distributed": (distributed, r"DistributedDataParallel, .* Pass the module in it: network\.m"),
    "distributed inside": (
        lambda n: nn.Sequential(n, distributed(n)),
        r"network\.1 is a DistributedDataParallel, .* in it: network\.1\.module\.",
    ),
    "lazy": (lambda n: nn.Sequential(nn.LazyConv2d(4, 3)), "'0.weight' has no shape yet.* Run the"),
    "meta": (lambda n: n.to("meta"), "'0.weight' is on the meta device.* load its weights"),
    "partly meta": (lambda n: nn.Sequential(n, n[3].to("meta")), "'0.3.weight' is on the meta"),
    "conv": (lambda n: n[0], r"a single Conv2d, .* torch\.nn\.Sequential\(network\)"),
    "cycle": (cyclic, "a module that in turn holds the network.* in a list"),
    "transposed": (
        lambda n: nn.Sequential(nn.ConvTranspose2d(3, 4, 3)),
        r"has no Conv2d. Pass layers= .* it has '0' \(ConvTranspose2d\)\.",
    ),
    "without weights": (
        lambda n: nn.Sequential(nn.Sequential(nn.ReLU())),
        r"has no Conv2d.* it has '0\.0' \(ReLU\)\.",
    ),
    "without modules": (lambda n: Code(lambda m, x: x), "has no Conv2d.* it has no modules"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_what_to_do(name):
    make, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        analyze(make(plain()))


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda:99", "'cuda:99'; it accepts a torch device that this machine has"),
        ("meta", "'meta', where nothing has a value. Pass 'cpu'"),
    ],
)
def test_devices_that_are_not_there_are_refused(device, message):
    with pytest.raises(ValueError, match=f"device is {message}"):
        analyze(plain(), device=device)


@pytest.mark.filterwarnings("ignore")
def test_layers_quantized_at_run_time_do_not_matter(atlas):
    network = nn.Sequential(plain(), nn.Flatten(), nn.Linear(6 * 25, 2))
    network = torch.ao.quantization.quantize_dynamic(network, {nn.Linear})
    assert same(analyze(network), atlas)


@pytest.mark.filterwarnings("ignore")
def test_graphs_that_call_no_modules_are_refused():
    with pytest.raises(ValueError, match=r"'0' did not run .* that the graph was made from"):
        analyze(exported(plain()).module(), layers=["0"])


# ----------------------------------------------------------------------------- their own errors


class Scaled(nn.Conv2d):
    def forward(self, images, scale):
        return super().forward(images) * scale


def fails_on_the_fourth(network, images):
    if (images * 255).round().byte().eq(IMAGES[3][0]).flatten(1).all(1).any():
        raise KeyError("the fourth")
    return network.conv(images)


FAILING = {
    "second argument": (lambda: nn.Sequential(Scaled(3, 4, 3)), TypeError, "argument: 'scale'"),
    "image size": (
        lambda: nn.Sequential(*convs(3, 4), nn.Flatten(), nn.Linear(4 * 20 * 20, 2)),
        RuntimeError,
        "Sequential fails on the first image, in a batch of shape .*, 3, 12, 12.* preprocess=",
    ),
    "image size behind a view": (
        lambda: Code(
            lambda m, x: m.fc(m.conv(x).view(len(x), -1)),
            conv=convs(3, 4)[0],
            fc=nn.Linear(4 * 20 * 20, 2),
        ),
        RuntimeError,
        r"mat1 and mat2 shapes cannot be multiplied \(\d+x576 and 1600x2\)",
    ),
    "batch size": (
        lambda: Code(lambda m, x: m.conv(x.view(5, 3, 12, 12)), conv=convs(3, 4)[0]),
        RuntimeError,
        r"batch of shape \(2, 3, 12, 12\).*\[5, 3, 12, 12\]",
    ),
    "gray images": (lambda: nn.Sequential(*convs(1, 4)), RuntimeError, "to have 1 channels"),
    "no forward": (lambda: nn.ModuleList(convs(3, 4)), NotImplementedError, "ModuleList fails on"),
    "some image": (
        lambda: Code(fails_on_the_fourth, conv=convs(3, 4)[0]),
        KeyError,
        r"Code fails on .*images? 2.*, torch.float32, on cpu:\nKeyError: 'the fourth'\n",
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_network_that_fails_is_told_on_what(name):
    make, cause, message = FAILING[name]
    with pytest.raises(RuntimeError, match=f"(?s){message}") as caught:
        analyze(make())
    assert type(caught.value.__cause__) is cause


def test_memory_that_runs_out_calls_for_a_smaller_batch():
    def code(network, images):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    with pytest.raises(RuntimeError, match="Pass a smaller batch_size"):
        analyze(Code(code, conv=convs(3, 4)[0]))


@pytest.mark.parametrize("size", [1, 3])
def test_a_network_may_take_one_batch_size_only(size):
    (conv,) = convs(3, 4)
    network = Code(lambda m, x: m.conv(x.view(size, 3, 12, 12)), conv=conv)
    assert same(analyze(network, batch_size=size), analyze(nn.Sequential(conv), batch_size=size))


def test_what_a_network_prints_is_its_own(capsys):
    network = nn.Sequential(*convs(3, 4))
    network.register_forward_pre_hook(lambda *_: sys.stdout.write("hello ") and None)
    analyze(network)
    assert set(capsys.readouterr().out.split()) == {"hello"}


def test_errors_of_layers_do_not_pass_through_the_network():
    def code(network, images):
        try:
            return network.pair((network.conv(images),) * 2)
        except Exception:
            raise AssertionError("the network is to notice nothing") from None

    network = Code(code, conv=convs(3, 4)[0], pair=nn.Identity())
    with pytest.raises(ValueError, match="'pair' gives tuple of 2 tensors"):
        analyze(network, layers=["conv", "pair"])


# ------------------------------------------------------------------------------------ precision


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-5), (torch.float16, 1e-2), (torch.bfloat16, 5e-2)],
)
def test_networks_run_in_their_own_precision(dtype, tolerance, atlas):
    found = analyze(plain().to(dtype))
    assert found.manifest["numerical_identity"]["dtype"] == str(dtype)
    expected = atlas.neurons["max_activation"]
    np.testing.assert_allclose(found.neurons["max_activation"], expected, atol=tolerance)
    assert not found.neurons["max_activation"].equals(expected)
    assert (found.neurons["state"] == atlas.neurons["state"]).all()


def one_after_the_other(network, images):
    return network.last(network.first(images).to(network.last.weight.dtype))


@pytest.mark.parametrize("registered", [["first", "last"], ["last", "first"]])
@pytest.mark.parametrize("half", ["first", "last"])
def test_the_layer_that_runs_first_decides_on_the_images_precision(half, registered):
    def network():
        both = dict(zip(("first", "last"), convs(3, 4, 5), strict=True))
        return Code(one_after_the_other, **{name: both[name] for name in registered})

    mixed = network()
    mixed.get_submodule(half).bfloat16()
    found, expected = analyze(mixed), analyze(network())
    assert list(found.layers.index) == ["first", "last"]
    dtype = torch.bfloat16 if half == "first" else torch.float32
    assert found.manifest["numerical_identity"]["dtype"] == str(dtype)
    columns = [one.neurons["max_activation"] for one in (found, expected)]
    np.testing.assert_allclose(*columns, atol=5e-2)
    assert not columns[0].equals(columns[1])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_harm_their_own_neurons_only(value, atlas):
    network = plain()
    with torch.no_grad():
        network[3].weight[2, 1] = value
    found = analyze(network)
    assert found.neurons.loc[("3", 2), "state"] == "not finite"
    assert found.neurons.loc[("3", 2), "dead"]
    others = [neuron for neuron in found.neurons.index if neuron != ("3", 2)]
    assert found.neurons.loc[others].equals(atlas.neurons.loc[others])


def test_half_precision_that_overflows_is_not_finite():
    network = plain()
    with torch.no_grad():
        network[0].weight *= 1e7
    assert set(analyze(network.half()).neurons["state"]) == {"not finite"}


# --------------------------------------------------------------------------------------- layers


def test_channels_in_groups_are_neurons_like_others():
    torch.manual_seed(0)
    grouped, depthwise = nn.Conv2d(3, 6, 3, groups=3), nn.Conv2d(6, 12, 3, groups=6)
    found = analyze(nn.Sequential(grouped, depthwise))
    assert found.layers["units"].tolist() == [6, 12]
    assert found.layers["rf_height"].tolist() == [3, 5]
    assert set(found.layers["rf_status"]) == {"exact"}
    dense = [nn.Conv2d(3, 6, 3), nn.Conv2d(6, 12, 3)]
    for many, few in zip(dense, (grouped, depthwise), strict=True):
        with torch.no_grad():
            many.bias.copy_(few.bias)
            many.weight.zero_()
            inner, outer = few.weight.shape[1], few.out_channels // few.groups
            for unit in range(few.out_channels):
                start = unit // outer * inner
                many.weight[unit, start : start + inner] = few.weight[unit]
    expected = analyze(nn.Sequential(*dense)).neurons["max_activation"]
    np.testing.assert_allclose(found.neurons["max_activation"], expected, atol=1e-5)


def test_a_module_goes_by_any_of_its_names():
    (conv,) = convs(3, 3)
    network = nn.Sequential(conv, nn.ReLU(), conv)
    by_name = {name: analyze(network, layers=[name]) for name in ("0", "2")}
    assert list(by_name["2"].layers.index) == ["2"]
    assert same(by_name["2"], by_name["0"])
    assert list(analyze(network).layers.index) == ["0"], "and by the first if none is given"
    with pytest.raises(ValueError, match=r"'0' and '2', which are one module\. Name"):
        analyze(network, layers=["0", "2"])


def test_a_module_of_two_names_that_runs_once_has_an_exact_field():
    (conv,) = convs(3, 3)
    layers = analyze(Code(lambda m, x: m.b(x), a=conv, b=conv)).layers
    assert list(layers.index) == ["a"]
    assert layers["rf_status"].tolist() == ["exact"]


def test_tied_weights_are_two_layers():
    one, two = convs(3, 3, 3)
    two.weight = one.weight
    found = analyze(nn.Sequential(one, two))
    assert found.layers["rf_height"].to_dict() == {"0": 3, "1": 5}
    assert two.weight is one.weight


@pytest.mark.parametrize(
    "pack",
    [lambda t: (t,), lambda t: [t, None], lambda t: {"state": t, "note": 1}],
)
def test_the_one_tensor_of_a_layers_output_is_taken(pack, atlas):
    packed = Code(lambda m, x: pack(m.conv(x)), conv=plain()[3])
    network = plain()
    network[3] = packed
    del network[4]
    found = analyze(network, layers=["0", "3"])
    assert same(found, atlas)
    assert found.layers["rf_status"].tolist() == ["exact", "exact"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (lambda m, x: (x, x), "gives tuple of 2 tensors; .* Name a module inside of it"),
        (lambda m, x: {}, "gives dict; "),
        (lambda m, x: None, "gives NoneType; "),
        (lambda m, x: x.mean(), r"gives \(\) of torch.float32; "),
        (lambda m, x: torch.fft.fft2(x), r"gives .* of torch.complex64; .* tensor of real numbers"),
        (lambda m, x: x[:, None], r"gives \(2, 1, 4, 12, 12\) of torch.float32"),
        (
            lambda m, x: x.flatten(2).permute(2, 0, 1),
            "gives 144 maps for 2 images.* not its first dim",
        ),
    ],
)
def test_a_layer_without_maps_says_what_it_gives(code, message):
    network = nn.Sequential(*convs(3, 4), Code(code))
    assert list(analyze(network).layers.index) == ["0"], "what the network gives does not matter"
    with pytest.raises(ValueError, match=f"Layer '1' {message}"):
        analyze(network, layers=["1"])


def test_transposed_convolutions_are_read_behind_their_norm():
    torch.manual_seed(0)
    network = nn.Sequential(nn.ConvTranspose2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
    found = analyze(network, layers=["0"])
    assert found.manifest["hook_points"] == {"0": "1"}
    assert found.layers.loc["0", ["rf_height", "start_y"]].tolist() == [3, -2]


def test_windows_of_transposed_convolutions_hold_what_their_units_see():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2), nn.ConvTranspose2d(4, 4, 4, stride=2), nn.Conv2d(4, 2, 3)
    )
    layer = analyze(network, layers=["1", "2"]).layers.loc["2"]
    assert layer["rf_status"] == "upper bound"
    assert layer["rf_height"] < 12
    for unit in range(layer["map_height"]):
        image = torch.rand(1, 3, 12, 12, requires_grad=True)
        network(image)[0, :, unit].sum().backward()
        rows = image.grad.abs().sum((0, 1, 3)).nonzero().flatten()
        start = layer["start_y"] + unit * layer["stride_y"]
        assert start <= rows.min()
        assert rows.max() < start + layer["rf_height"]


def test_convolutions_of_one_dimension_can_be_named():
    torch.manual_seed(0)
    network = Code(lambda m, x: m.line(x.mean(3)), line=nn.Conv1d(3, 4, 3))
    layer = analyze(network, layers=["line"]).layers.loc["line"]
    assert layer[["units", "map_height", "map_width", "rf_height", "rf_width"]].tolist() == [
        *(4, 10, 1),
        *(3, 12),
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("layer4.1.con2", "Did you mean 'layer4.1.conv2', '"),
        ("0.conv2", "Did you mean 'layer1.0.conv2', 'layer2.0.conv2', 'layer3.0.conv2'?"),
        ("module.layer1.0.conv1", "Did you mean 'layer1.0.conv1', 'conv1'?"),
        ("fc.weights", "No layer named 'fc.weights'. This network has 'conv1', "),
    ],
)
def test_misspelt_layers_suggest_the_near_ones(name, message):
    with pytest.raises(ValueError, match=f"No layer named '{name}'") as caught:
        analyze(torchvision.models.resnet18(), layers=[name])
    assert message in str(caught.value)
    assert "This network has 'conv1', 'layer1.0.conv1'" in str(caught.value)


def test_blocks_and_attention_of_a_transformer_are_layers():
    torch.manual_seed(0)
    network = torchvision.models.VisionTransformer(12, 4, 2, 2, 8, 16, num_classes=3)
    first, last = "encoder.layers.encoder_layer_0", "encoder.layers.encoder_layer_1"
    found = analyze(network, layers=[first, f"{first}.self_attention", f"{last}.mlp.0"]).layers
    assert found["units"].to_dict() == {f"{first}.self_attention": 8, first: 8, f"{last}.mlp.0": 16}
    assert set(found["map_height"]) == {10}, "nine patches and the class token"
    assert set(found["rf_status"]) == {"whole image"}


# ------------------------------------------------------------------------------- what comes back


def spectral(network):
    parametrizations.spectral_norm(network[0])


def weight(network):
    parametrizations.weight_norm(network[0])


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def old_weight(network):
    torch.nn.utils.weight_norm(network[0])


def old_spectral(network):
    torch.nn.utils.spectral_norm(network[0])


def pruned(network):
    prune.l1_unstructured(network[0], "weight", 0.5)


def replaced(network):
    def pre_hook(module, inputs):
        module.bias = nn.Parameter(module.bias + 1)

    network[0].register_forward_pre_hook(pre_hook)


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.parametrize("change", [spectral, weight, old_weight, old_spectral, pruned, replaced])
def test_what_recomputes_weights_comes_back_untouched(change):
    network = plain()
    change(network)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    pointers = {key: value.data_ptr() for key, value in network.state_dict().items()}
    hooks = [len(m._forward_pre_hooks) + len(m._forward_hooks) for m in network.modules()]
    analyze(network)
    after = network.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    assert {key: value.data_ptr() for key, value in after.items()} == pointers
    assert hooks == [len(m._forward_pre_hooks) + len(m._forward_hooks) for m in network.modules()]
    assert all(module.training for module in network.modules())


class Guarded(nn.Module):
    """Lets nobody set its mode, and cannot be copied."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def train(self, mode=True):
        raise AssertionError

    def __setattr__(self, name, value):
        if name == "training" and "body" in self._modules:
            raise AssertionError
        super().__setattr__(name, value)

    def __deepcopy__(self, memo):
        raise AssertionError

    def forward(self, images):
        assert not self.training
        return self.body(images)


def test_modes_are_set_behind_the_back_of_a_module(atlas):
    network = Guarded(plain())
    assert same(analyze(network), atlas)
    assert network.training


class Sealed(nn.Module):
    """Keeps its mode elsewhere."""

    mode = True
    training = property(lambda self: self.mode, lambda self, mode: setattr(self, "mode", mode))

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, images):
        assert not self.training
        return self.body(images)


def test_a_mode_that_is_a_property_is_set_by_it(atlas):
    network = Sealed(plain())
    assert same(analyze(network), atlas)
    assert network.training


def test_dropout_and_norms_run_in_evaluation():
    torch.manual_seed(0)
    network = nn.Sequential(*convs(3, 4), nn.Dropout(0.9), nn.BatchNorm2d(4), *convs(4, 2))
    found = analyze(network.train())
    assert all(module.training for module in network.modules())
    assert same(found, analyze(network.eval()))


def test_gradients_and_their_flags_are_kept():
    network = plain()
    network[3].requires_grad_(False)
    network[0].weight.grad = gradient = torch.ones_like(network[0].weight)
    analyze(network)
    assert network[0].weight.grad is gradient
    assert torch.equal(gradient, torch.ones_like(gradient))
    assert [p.requires_grad for p in network.parameters()] == [True] * 4 + [False] * 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a second device")
def test_parts_on_several_devices_are_brought_together_and_taken_back(atlas):
    network = plain()
    network[3].cuda()
    found = analyze(network)
    assert same(found, atlas)
    assert [p.device.type for p in network.parameters()] == ["cpu"] * 4 + ["cuda"] * 2


def test_a_network_made_in_inference_mode_is_like_any(atlas):
    with torch.inference_mode():
        network = plain()
        assert same(analyze(network), atlas)
    assert same(analyze(network), atlas)


# --------------------------------------------------------------------------------- their own code


def test_the_callers_hooks_stay_and_count(atlas):
    network, seen = plain(), []
    network[3].register_forward_hook(lambda module, inputs, output: output * 2)
    network[0].register_forward_hook(lambda module, inputs, output: seen.append(len(output)))
    found = analyze(network)
    assert seen
    assert [len(module._forward_hooks) for module in network] == [1, 0, 0, 1, 0]
    doubled = 2 * atlas.neurons.loc["3", "max_activation"]
    np.testing.assert_array_equal(found.neurons.loc["3", "max_activation"], doubled)


@pytest.mark.parametrize("kind", ["bytes", "floats"])
def test_images_that_the_network_overwrites_are_read_all_the_same(kind):
    (conv,) = convs(3, 4)
    images = [(i / 255 if kind == "floats" else i.clone(), label) for i, label in IMAGES]
    before = [image.clone() for image, _ in images]
    found = analyze(Code(lambda m, x: m.conv(x.mul_(2)), conv=conv), images=images)
    assert same(found, analyze(Code(lambda m, x: m.conv(x * 2), conv=conv), images=images))
    assert all(torch.equal(image, old) for (image, _), old in zip(images, before, strict=True))
    assert found.images["digest"].equals(analyze(nn.Sequential(conv)).images["digest"])


def test_views_of_maps_are_maps():
    view, strided = (lambda m, x: x[:, ::2, 1:, 1:].transpose(2, 3)), (lambda m, x: x[:, ::2])
    network = nn.Sequential(*convs(3, 4), Code(view), Code(strided))
    found = analyze(network, layers=["1", "2"])
    assert found.layers["units"].to_dict() == {"1": 2, "2": 1}
    first = analyze(nn.Sequential(*convs(3, 4))).ranked.loc[("0", 0)]
    inside = (first["row"] > 0) & (first["col"] > 0)
    turned = found.ranked.loc[("1", 0)]
    top = first[inside].iloc[0]
    same_image = turned[turned["image"] == top["image"]].iloc[0]
    assert same_image["activation"] == top["activation"]
    assert [same_image["row"], same_image["col"]] == [top["col"] - 1, top["row"] - 1]


def normed(network, images):
    return network.norm(network.conv(images))


def in_inference_mode(network, images):
    with torch.inference_mode():
        return normed(network, images)


def with_gradients(network, images):
    with torch.enable_grad():
        return normed(network, images)


def by_a_condition(network, images):
    maps = network.conv(images)
    return torch.cond(maps.sum() > -1e9, lambda x: network.norm(x), lambda x: x, (maps,))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("code", [in_inference_mode, with_gradients, by_a_condition])
def test_modes_that_the_network_enters_change_nothing(code):
    def network(code):
        norm = nn.BatchNorm2d(4)
        norm.weight.data.fill_(3)
        return Code(code, conv=convs(3, 4)[0], norm=norm)

    expected = analyze(network(normed), layers=["conv", "norm"])
    found = analyze(network(code), layers=["conv", "norm"])
    assert found.manifest["hook_points"] == {"conv": "norm", "norm": "norm"}
    assert same(found, expected)


def test_gradients_that_the_network_records_end_with_its_batch():
    seen = []

    def code(network, images):
        assert all(maps() is None for maps in seen)
        with torch.enable_grad():
            maps = network.conv(images)
            seen.append(weakref.ref(maps))
            return network.norm(maps)

    analyze(Code(code, conv=convs(3, 4)[0], norm=nn.BatchNorm2d(4)), layers=["conv", "norm"])
    assert len(seen) > 3


def test_an_inference_mode_within_hides_no_write():
    @torch.inference_mode()
    def code(network, images):
        return network.norm(network.conv(images).relu_())

    network = Code(code, conv=convs(3, 4)[0], norm=nn.BatchNorm2d(4))
    assert analyze(network).manifest["hook_points"] == {"conv": "conv"}


def test_a_field_behind_an_operation_of_several_is_unknown():
    one, two = convs(3, 4, 4)

    def code(network, images):
        maps = network.one(images)
        wider = torch.cond(maps.sum() > -1e9, lambda x: x.cumsum(3), lambda x: x, (maps,))
        return network.two(maps + wider)

    layers = analyze(Code(code, one=one, two=two)).layers
    assert layers["rf_status"].tolist() == ["exact", "unknown"]
