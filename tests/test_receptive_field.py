from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from nfviz.recording.receptive_field import FieldTracer, ReceptiveField

Function = Callable[[Tensor], Tensor]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def field_of(function: Function, shape: Sequence[int] = (1, 3, 24, 24), **kwargs) -> ReceptiveField:
    """Field of what a function returns for a random batch."""
    image = torch.rand(*shape, **kwargs)
    with torch.no_grad(), FieldTracer(image) as tracer:
        return tracer.field(function(image))


def fields_of(network: nn.Module, image: Tensor, kind: type = nn.Module) -> dict:
    """Field of the output of every module of a kind."""
    fields, hooks = {}, []
    tracer = FieldTracer(image)
    for name, module in network.named_modules():
        if isinstance(module, kind):
            hooks.append(
                module.register_forward_hook(
                    lambda module, inputs, output, name=name: fields.__setitem__(
                        name, tracer.field(output[0] if isinstance(output, tuple) else output)
                    )
                )
            )
    with torch.no_grad(), tracer:
        network(image)
    for hook in hooks:
        hook.remove()
    return fields


def positive(network: nn.Module, bias: float = 0.0) -> nn.Module:
    """Give a network positive weights and no rectifier, so that no influence cancels."""
    network = network.double().eval()
    for parameter in network.parameters():
        parameter.data.uniform_(0.25, 0.75)
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.weight.data /= module.weight[0].numel()
        for name, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):
                average = nn.AvgPool2d(
                    child.kernel_size, child.stride, child.padding, child.ceil_mode
                )
                setattr(module, name, average)
            elif isinstance(child, (nn.ReLU, nn.ReLU6, nn.GELU, nn.Dropout)):
                setattr(module, name, nn.Identity())
    return network


def seen_by(output: Tensor, image: Tensor, row: int, col: int) -> tuple[int, int, int, int] | None:
    """Bounding box (top, bottom, left, right) of the pixels that influence a unit."""
    (gradient,) = torch.autograd.grad(output[:, :, row, col].sum(), image, retain_graph=True)
    rows, cols = (gradient != 0).any(0).any(0).nonzero(as_tuple=True)
    if not len(rows):
        return None
    return int(rows.min()), int(rows.max()) + 1, int(cols.min()), int(cols.max()) + 1


def compare(
    field: ReceptiveField, output: Tensor, image: Tensor, spots: Sequence[float] = (0, 0.4, 0.5, 1)
) -> int:
    """Hold a field against gradients; return how many sides of windows were equal to them."""
    height, width = image.shape[-2:]
    rows, cols = output.shape[-2:]
    equal = 0
    for row in {int((rows - 1) * spot) for spot in spots}:
        for col in {int((cols - 1) * spot) for spot in spots}:
            seen = seen_by(output, image, row, col)
            top, left = (
                field.start_y + row * field.stride_y,
                field.start_x + col * field.stride_x,
            )
            window = (top, top + field.height, left, left + field.width)
            inside = top >= 0 and left >= 0 and window[1] <= height and window[3] <= width
            if seen is None:
                assert not inside or field.status != "exact"
                continue
            clipped = (max(top, 0), min(window[1], height), max(left, 0), min(window[3], width))
            assert clipped[0] <= seen[0], (field, row, col, seen)
            assert clipped[1] >= seen[1], (field, row, col, seen)
            assert clipped[2] <= seen[2], (field, row, col, seen)
            assert clipped[3] >= seen[3], (field, row, col, seen)
            if field.status == "exact" and inside:
                assert clipped == seen, (field, row, col)
            equal += sum(a == b for a, b in zip(clipped, seen, strict=True))
    return equal


def check(function: Function, shape: Sequence[int], status: str | None = None) -> ReceptiveField:
    """Trace a function and hold its output against gradients."""
    image = (torch.rand(*shape, dtype=torch.float64) + 0.5).requires_grad_()
    with torch.no_grad(), FieldTracer(image) as tracer:
        field = tracer.field(function(image))
    assert status is None or field.status == status, field
    equal = compare(field, function(image), image)
    assert equal or field.status != "exact"
    return field


# ---------------------------------------------------------------- golden tables


class VggM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        pool = lambda: nn.MaxPool2d(3, 2, ceil_mode=True)  # noqa: E731
        self.conv1, self.pool1 = nn.Conv2d(3, 4, 7, 2), pool()
        self.conv2, self.pool2 = nn.Conv2d(4, 4, 5, 2, 1), pool()
        self.conv3, self.conv4 = nn.Conv2d(4, 4, 3, 1, 1), nn.Conv2d(4, 4, 3, 1, 1)
        self.conv5 = nn.Conv2d(4, 4, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool1(functional.relu(self.conv1(x)))
        x = self.pool2(functional.relu(self.conv2(x)))
        return self.conv5(self.conv4(self.conv3(x)))


GOLDEN = {
    VggM: {
        "conv1": (7, 2, 0),
        "conv2": (27, 8, -4),
        "conv3": (75, 16, -20),
        "conv4": (107, 16, -36),
        "conv5": (139, 16, -52),
    },
    torchvision.models.alexnet: {
        "features.0": (11, 4, -2),
        "features.3": (51, 8, -18),
        "features.6": (99, 16, -34),
        "features.8": (131, 16, -50),
        "features.10": (163, 16, -66),
    },
    torchvision.models.vgg16: {
        "features.2": (5, 1, -2),
        "features.7": (14, 2, -6),
        "features.14": (40, 4, -18),
        "features.21": (92, 8, -42),
        "features.28": (196, 16, -90),
    },
    torchvision.models.resnet18: {
        "conv1": (7, 2, -3),
        "layer1.1.conv2": (43, 4, -21),
        "layer2.1.conv2": (99, 8, -49),
        "layer3.1.conv2": (211, 16, -105),
        "layer4.1.conv2": (435, 32, -217),
    },
}


@pytest.mark.parametrize("make", GOLDEN, ids=lambda make: make.__name__)
def test_known_networks_have_their_known_fields(make):
    with torch.device("meta"):
        network = make().eval()
    network = getattr(network, "features", network).to_empty(device="cpu")
    for tensor in [*network.parameters(), *network.buffers()]:
        tensor.data.zero_()
    size = 128 if make is VggM else 64
    fields = fields_of(network, torch.zeros(1, 3, size, size), nn.Conv2d)
    for name, (extent, stride, start) in GOLDEN[make].items():
        expected = ReceptiveField(extent, extent, stride, stride, start, start, "exact")
        assert fields[name.removeprefix("features.")] == expected


def test_the_image_sees_itself():
    assert field_of(lambda image: image) == ReceptiveField(1, 1, 1, 1, 0, 0, "exact")


def test_an_image_without_batch_dimension_is_refused():
    with pytest.raises(ValueError, match=r"'image' has shape \(3, 8, 8\).*image\[None\]"):
        FieldTracer(torch.zeros(3, 8, 8))


# ---------------------------------------------------------------- gradients as an oracle


def conv(*args, **kwargs) -> nn.Module:
    return positive(nn.Conv2d(*args, **kwargs))


class Chain(nn.Sequential):
    """Modules one after the other, made positive."""

    def __init__(self, *modules: nn.Module) -> None:
        super().__init__(*modules)
        positive(self)


def residual() -> Function:
    a, b, short = conv(3, 4, 3, 2, 1), conv(4, 4, 3, 1, 1), conv(3, 4, 1, 2)
    return lambda x: b(a(x)) + short(x)


def inception() -> Function:
    stem, one, three, five = conv(3, 4, 3, 2), conv(4, 2, 1), conv(4, 2, 3, padding=1), None
    five, last = conv(4, 2, (1, 7), padding=(0, 3)), conv(10, 3, 3)

    def forward(x):
        x = stem(x)
        pooled = functional.avg_pool2d(x, 3, 1, 1)
        return last(torch.cat([one(x), three(x), five(x), pooled], 1))

    return forward


def dense() -> Function:
    layers = [conv(3 + 2 * i, 2, 3, padding=1) for i in range(3)]
    transition = conv(9, 4, 1)

    def forward(x):
        parts = [x]
        for layer in layers:
            parts.append(layer(torch.cat(parts, 1)))
        return functional.avg_pool2d(transition(torch.cat(parts, 1)), 2)

    return forward


def norm_between_channels() -> Function:
    stem, last = conv(3, 6, 5, 2), conv(6, 3, 3)
    return lambda x: last(functional.local_response_norm(stem(x), 5, alpha=0.5, k=2.0))


def convnext_block() -> Function:
    stem, depthwise = conv(3, 4, 4, 4), conv(4, 4, 7, padding=3, groups=4)
    weights = [torch.rand(*s, dtype=torch.float64) for s in ((8, 4), (4, 8))]

    def forward(x):
        x = stem(x)
        y = depthwise(x).permute(0, 2, 3, 1)
        y = functional.layer_norm(y, (4,)) + y
        y = functional.linear(functional.gelu(functional.linear(y, weights[0])), weights[1])
        return x + y.permute(0, 3, 1, 2)

    return forward


def same_padding() -> Function:
    kernel = conv(3, 4, (4, 3), padding="same", dilation=2)
    return lambda x: kernel(x)


def shifted_pads() -> Function:
    kernel = conv(3, 4, 3, 2)
    return lambda x: kernel(functional.pad(x, (0, 1, 2, 1)))


def crop_and_add() -> Function:
    a, b = conv(3, 4, 5), conv(3, 4, 3)
    return lambda x: a(x)[:, :, 1:-1, 1:] + b(x)[:, :, 2:-2, 3:]


def mixed_in_matrix_form() -> Function:
    stem, weight = conv(3, 4, 3, 2), torch.rand(5, 4, dtype=torch.float64)
    return lambda x: (weight @ stem(x).flatten(2)).unflatten(2, stem(x).shape[2:])


def with_zero_channels() -> Function:
    a, last = conv(3, 6, 3, padding=1), conv(6, 2, 3)
    return lambda x: last(a(x) + functional.pad(x, (0, 0, 0, 0, 1, 2)))


EXACT = {
    "chain": lambda: Chain(nn.Conv2d(3, 4, 5, 2, 1), nn.AvgPool2d(3, 2), nn.Conv2d(4, 2, 3)),
    "asymmetric": lambda: Chain(
        nn.Conv2d(3, 4, (1, 5), (1, 2), (0, 2)), nn.Conv2d(4, 3, (3, 2), (2, 1), (1, 0))
    ),
    "dilated": lambda: Chain(nn.Conv2d(3, 4, 3, 1, 2, 2), nn.Conv2d(4, 4, 3, 1, 3, 3)),
    "kernel smaller than stride": lambda: Chain(nn.Conv2d(3, 4, 1, 3), nn.Conv2d(4, 4, 3, 1, 1)),
    "ceil mode": lambda: Chain(
        nn.Conv2d(3, 4, 3), nn.AvgPool2d(3, 2, ceil_mode=True), nn.Conv2d(4, 2, 3, 1, 1)
    ),
    "depthwise": lambda: Chain(
        nn.Conv2d(3, 6, 3, 2, 1), nn.Conv2d(6, 6, 3, 1, 1, groups=6), nn.Conv2d(6, 2, 1)
    ),
    "transposed with stride 1": lambda: Chain(
        nn.Conv2d(3, 4, 3), nn.ConvTranspose2d(4, 2, 3, padding=1)
    ),
    "integer adaptive pool": lambda: Chain(
        nn.Conv2d(3, 4, 3, padding=1), nn.AdaptiveAvgPool2d((6, 9))
    ),
    "batch norm": lambda: Chain(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 3)),
    "residual": residual,
    "inception": inception,
    "dense": dense,
    "local response norm": norm_between_channels,
    "convnext": convnext_block,
    "same padding": same_padding,
    "asymmetric pads": shifted_pads,
    "crop and add": crop_and_add,
    "matrix product": mixed_in_matrix_form,
    "zero channels": with_zero_channels,
    "step": lambda: lambda x: x[:, :, 1::2, 2::3] * 2,
    "flip": lambda: lambda x: x.flip(-1),
    "rows swapped with columns": lambda: (lambda c: lambda x: c(x.transpose(2, 3)).transpose(2, 3))(
        conv(3, 4, (3, 5), (2, 1))
    ),
    "cat of halves": lambda: lambda x: torch.cat([x[:, :, :9], x[:, :, 9:]], 2),
    "zeros above": lambda: lambda x: torch.cat([torch.zeros_like(x[:, :, :2]), x], 2),
    "split and stack": lambda: (lambda c: lambda x: c(torch.stack(x.unbind(1), 1)))(conv(3, 4, 3)),
    "channel order": lambda: lambda x: x[:, torch.tensor([2, 0, 1])],
    "mean of channels": lambda: (lambda c: lambda x: torch.cat([x, c(x)], 1).mean(1, keepdim=True))(
        conv(3, 2, 3, padding=1)
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_windows_are_what_gradients_see(name):
    check(EXACT[name](), (2, 3, 24, 27), "exact")


def unet() -> Function:
    down, deep = conv(3, 4, 3, padding=1), conv(4, 4, 3, padding=1)
    up, last = positive(nn.ConvTranspose2d(4, 4, 2, 2)), conv(8, 2, 3, padding=1)

    def forward(x):
        a = down(x[..., :24])
        return last(torch.cat([a, up(deep(functional.avg_pool2d(a, 2)))], 1))

    return forward


def mixed_slice() -> Function:
    a = conv(3, 3, 5, padding=2)
    return lambda x: torch.cat([x, a(x)], 1)[:, :3]


def mixed_groups() -> Function:
    a, b = conv(3, 3, 5, padding=2), conv(6, 6, 3, padding=1, groups=3)
    return lambda x: b(torch.cat([x, a(x)], 1))


def groups_then_all() -> Function:
    grouped, last = mixed_groups(), conv(6, 2, 1)
    return lambda x: last(grouped(x))


def means_of_groups(x: Tensor) -> Tensor:
    both = torch.cat([x, functional.avg_pool2d(x, 5, 1, 2)], 1)
    return both.unflatten(1, (2, 3)).mean(2)


def resized(mode: str, **kwargs) -> Callable[[], Function]:
    a, b = conv(3, 4, 3, 4, 1), conv(4, 2, 3, padding=1)
    return lambda: lambda x: b(functional.interpolate(a(x), mode=mode, **kwargs))


BOUNDS = {
    "mixed channels": lambda: (lambda c: lambda x: torch.cat([x, c(x)], 1))(
        conv(3, 2, 3, padding=1)
    ),
    "slice of mixed channels": mixed_slice,
    "groups of mixed channels": mixed_groups,
    "means of mixed channels": lambda: means_of_groups,
    "sums of mixed channels": lambda: lambda x: torch.cat([x, means_of_groups(x)], 1).cumsum(1),
    "half-way adaptive pool": lambda: Chain(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(7)),
    "transposed": lambda: Chain(nn.Conv2d(3, 4, 4, 4), nn.ConvTranspose2d(4, 2, 4, 2, 1)),
    "transposed with gaps": lambda: Chain(nn.Conv2d(3, 4, 4, 4), nn.ConvTranspose2d(4, 2, 1, 2)),
    "u-net": unet,
    "nearest": resized("nearest", scale_factor=2),
    "nearest by 1.7": resized("nearest", scale_factor=1.7),
    "nearest-exact": resized("nearest-exact", size=(9, 11)),
    "bilinear": resized("bilinear", scale_factor=2, align_corners=False),
    "bilinear aligned": resized("bilinear", size=(13, 12), align_corners=True),
    "bilinear antialiased": resized("bilinear", size=(4, 5), antialias=True),
    "bicubic": resized("bicubic", scale_factor=2),
    "reflection": lambda: Chain(
        nn.Conv2d(3, 4, 3, 2, 1, padding_mode="reflect"), nn.Conv2d(4, 2, 3)
    ),
    "replication": lambda: Chain(nn.Conv2d(3, 4, 3, 2, 1, padding_mode="replicate")),
    "circular": lambda: Chain(nn.Conv2d(3, 4, 3, 2, 1, padding_mode="circular")),
    "pad after crop": lambda: (lambda c: lambda x: c(x[:, :, 4:]))(conv(3, 4, 3, padding=1)),
    "roll": lambda: lambda x: x.roll((2, -3), (2, 3)),
    "flip and add": lambda: lambda x: x + x.flip(2),
    "repeat": lambda: lambda x: x.repeat(1, 1, 2, 1),
    "rows by number": lambda: lambda x: x[:, :, torch.tensor([3, 3, 0, 11])],
    "row spread over all": lambda: lambda x: x + x[:, :, 3:4],
    "pixel shuffle": lambda: (lambda c: lambda x: functional.pixel_shuffle(c(x), 2))(
        conv(3, 8, 3, 4)
    ),
    "pixel unshuffle": lambda: lambda x: functional.pixel_unshuffle(x[..., :26], 2),
    "strides that differ": lambda: (lambda c: lambda x: c(x)[:, :, :12, :12] + x[:, :, :12, :12])(
        conv(3, 3, 1, 2)
    ),
    "patches by view": lambda: (
        lambda x: (
            x.unflatten(3, (9, 3)).unflatten(2, (8, 3)).permute(0, 1, 3, 5, 2, 4).flatten(1, 3)
        )
    ),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_upper_bounds_contain_what_gradients_see(name):
    check(BOUNDS[name](), (1, 3, 24, 27), "upper bound")


def test_groups_of_different_channels_are_exact_again_once_all_are_mixed():
    assert check(groups_then_all(), (1, 3, 20, 20), "exact").height == 7


def test_upper_bounds_of_resampling_are_of_use():
    field = check(unet(), (1, 3, 24, 24), "upper bound")
    assert field.stride_y == 1
    assert field.height <= 14
    field = check(resized("bilinear", scale_factor=2)(), (1, 3, 96, 96), "upper bound")
    assert field.stride_y == 2
    assert field.height <= 24


def test_a_shortcut_within_an_exact_window_leaves_it_exact():
    a = conv(3, 3, 5, padding=2)
    field = check(lambda x: a(x) + torch.cat([x, x * 2], 1)[:, 1:4], (1, 3, 20, 20), "exact")
    assert field.height == 5


layer = st.tuples(
    st.tuples(st.integers(1, 5), st.integers(1, 4)),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
    st.booleans(),
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(layer, min_size=1, max_size=4), st.booleans())
def test_any_chain_sees_what_gradients_see(layers, shortcut):
    torch.manual_seed(0)
    modules: list[nn.Module] = []
    for kernel, stride, padding, dilation, pooled in layers:
        if pooled:
            modules.append(nn.AvgPool2d(kernel, stride, min(padding, min(kernel) // 2)))
        else:
            modules.append(nn.Conv2d(2, 2, kernel, stride, padding, dilation))
    chain = Chain(*modules)

    def forward(x):
        y = chain(x)
        if not shortcut:
            return y
        z = functional.avg_pool2d(x, 2, 1)
        rows, cols = min(y.shape[2], z.shape[2]), min(y.shape[3], z.shape[3])
        return y[:, :, :rows, :cols] + z[:, :, :rows, :cols]

    shape = (1, 2, 48, 53)
    try:
        forward(torch.rand(*shape, dtype=torch.float64))
    except RuntimeError:
        return
    check(forward, shape, None if shortcut else "exact")


# ---------------------------------------------------------------- global dependence

QUERY = torch.rand(8, 8)


def attention(x: Tensor) -> Tensor:
    tokens = x.flatten(2).transpose(1, 2)
    return functional.scaled_dot_product_attention(tokens, tokens, tokens)


def attention_by_hand(x: Tensor) -> Tensor:
    tokens = x.flatten(2)
    return tokens @ (tokens.transpose(1, 2) @ tokens).softmax(-1)


WHOLE = {
    "mean": lambda x: x.mean((2, 3)),
    "adaptive": lambda x: functional.adaptive_avg_pool2d(x, 1),
    "adaptive max": lambda x: functional.adaptive_max_pool2d(x, 1),
    "flatten and linear": lambda x: functional.linear(x.flatten(1), torch.rand(2, 3 * 24 * 24)),
    "softmax of positions": lambda x: x.flatten(2).softmax(-1),
    "gate": lambda x: x * functional.adaptive_avg_pool2d(x, 1).sigmoid(),
    "gate in place": lambda x: x.clone().mul_(x.mean((2, 3), keepdim=True)),
    "attention": attention,
    "attention by hand": attention_by_hand,
    "instance norm": functional.instance_norm,
    "group norm": lambda x: functional.group_norm(x, 3),
    "layer norm of everything": lambda x: functional.layer_norm(x, x.shape[1:]),
    "batch norm of the batch": lambda x: functional.batch_norm(x, None, None, training=True),
    "cat with a mean": lambda x: torch.cat([x, x.mean((2, 3), keepdim=True).expand_as(x)], 1),
    "outer product of axes": lambda x: x.mean(2, keepdim=True) * x.mean(3, keepdim=True),
}


@pytest.mark.parametrize("name", WHOLE)
def test_global_operations_see_the_whole_image(name):
    expected = ReceptiveField(24, 24, 0, 0, 0, 0, "whole image")
    assert field_of(WHOLE[name]) == expected
    assert field_of(lambda x: WHOLE[name](x) * 2 + 1) == expected


@pytest.mark.filterwarnings("ignore")
def test_attention_of_a_higher_order_sees_the_whole_image():
    flex = pytest.importorskip("torch.nn.attention.flex_attention")
    # Else it compiles itself, which a borrowed network does not.
    with torch.compiler.set_stance("force_eager"):
        field = field_of(lambda x: flex.flex_attention(*[x.flatten(2)[:, None]] * 3))
    assert field == ReceptiveField(24, 24, 0, 0, 0, 0, "whole image")


def test_one_axis_may_be_whole_and_the_other_not():
    field = field_of(
        lambda x: functional.avg_pool2d(x, 3, 2).mean(3, keepdim=True).relu(), (1, 3, 24, 30)
    )
    assert field == ReceptiveField(3, 30, 2, 0, 0, 0, "exact")


def test_norm_over_channels_sees_no_more():
    field = field_of(lambda x: functional.layer_norm(x.permute(0, 2, 3, 1), (3,)))
    assert field == ReceptiveField(1, 1, 1, 1, 0, 0, "exact")


# ---------------------------------------------------------------- unknown and fieldless

UNKNOWN = {
    "fourier transform": lambda x: torch.fft.rfft2(x).real,
    "sort": lambda x: x.flatten(2).sort(-1).values,
    "sort in a sum": lambda x: x + x.sort(-1).values,
    "unknown and whole": lambda x: x.sort(-1).values * x.mean((2, 3), keepdim=True),
    "written to": lambda x: torch.zeros_like(x).copy_(x.sort(-1).values),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_is_said_and_passed_on(name):
    expected = ReceptiveField(24, 24, 0, 0, 0, 0, "unknown")
    assert field_of(UNKNOWN[name]) == expected
    assert field_of(lambda x: UNKNOWN[name](x).mean()) == expected


def test_a_tensor_never_seen_is_unknown():
    assert field_of(lambda x: torch.zeros(1)).status == "unknown"
    assert field_of(torch.zeros_like).status == "unknown"


def test_constants_do_not_influence():
    field = field_of(lambda x: x * torch.arange(24.0) + torch.ones(3, 1, 1) - torch.zeros_like(x))
    assert field == ReceptiveField(1, 1, 1, 1, 0, 0, "exact")


# ---------------------------------------------------------------- in place, views


def big(x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, 5, 1, 2)


def add_in_place(x: Tensor) -> Tensor:
    y = x * 1
    y += big(x)
    return y


def write_to_some_channels(x: Tensor) -> Tensor:
    y = x * 1
    y[:, :2].add_(big(x)[:, :2])
    return y


def write_through_an_older_view(x: Tensor) -> Tensor:
    y = x * 1
    view = y[:, :2]
    y += big(x)
    return view


def write_to_the_base_of_a_flat_view(x: Tensor) -> Tensor:
    y = x * 1
    y.view(2, 3, -1).add_(big(x).flatten(2))
    return y


def overwrite(x: Tensor) -> Tensor:
    y = big(x)
    y.copy_(x)
    return y


def overwrite_with_out(x: Tensor) -> Tensor:
    y = big(x)
    torch.add(x, x, out=y)
    return y


def fill_channels(x: Tensor) -> Tensor:
    y = torch.empty(2, 6, 24, 24, dtype=x.dtype)
    y[:, :3] = x
    y[:, 3:] = big(x)
    return y


def pad_by_hand(x: Tensor) -> Tensor:
    y = torch.zeros(2, 3, 26, 26, dtype=x.dtype)
    y[:, :, 1:-1, 1:-1] = x
    return functional.avg_pool2d(y, 3)


def write_to_some_rows(x: Tensor) -> Tensor:
    y = x * 1
    y[:, :, 3:7] += big(x)[:, :, 3:7]
    return y


def move_rows(x: Tensor) -> Tensor:
    y = x * 1
    y[:, :, 3:7] = x[:, :, 11:15]
    return y


def write_to_some_rows_channels_last(x: Tensor) -> Tensor:
    y = (x * 1).contiguous(memory_format=torch.channels_last)
    y[:, :, 4:, 2:] = x[:, :, :-4, :-2]
    return y


WRITES = {
    "add": (add_in_place, "exact", 5),
    "some channels": (write_to_some_channels, "upper bound", 5),
    "older view": (write_through_an_older_view, "exact", 5),
    "older copy of a view": (lambda x: write_through_an_older_view(x) * 2, "exact", 5),
    "flat view": (write_to_the_base_of_a_flat_view, None, None),
    "overwrite": (overwrite, "exact", 1),
    "out": (overwrite_with_out, "exact", 1),
    "fill channels": (fill_channels, "upper bound", 5),
    "pad by hand": (pad_by_hand, "exact", 3),
    "some rows": (write_to_some_rows, "upper bound", 5),
    "rows from elsewhere": (move_rows, "upper bound", 9),
    "channels last": (write_to_some_rows_channels_last, "upper bound", 5),
    "squeeze in place": (lambda x: big(x).unsqueeze_(0).squeeze_(0), "exact", 5),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes_reach_all_views(name):
    function, status, height = WRITES[name]
    image = torch.rand(2, 3, 24, 24, dtype=torch.float64)
    with torch.no_grad(), FieldTracer(image) as tracer:
        field = tracer.field(function(image))
    assert status is None or field.status == status
    assert height is None or field.height == height
    image.requires_grad_()
    if name != "out":
        compare(field, function(image), image)


def test_zeroed_tensors_lose_their_field():
    assert field_of(lambda x: (x * 1).zero_()).status == "unknown"
    assert field_of(lambda x: (x * 1).fill_(3) + x).height == 1


def test_an_alias_loses_what_is_zeroed():
    def zero_the_original(x: Tensor) -> Tensor:
        y = big(x)
        alias = y.detach()
        y.zero_()
        return alias

    assert field_of(zero_the_original).status == "unknown"


def test_an_address_used_again_is_no_confusion():
    image = torch.rand(1, 3, 16, 16)
    with torch.no_grad(), FieldTracer(image) as tracer:
        for _ in range(20):
            big(image).relu_().add_(1)
            assert tracer.field(torch.ones(1, 3, 16, 16)).status == "unknown"
        assert tracer.field(image).height == 1


# ---------------------------------------------------------------- circumstances


@pytest.fixture(scope="module")
def googlenet() -> nn.Module:
    return build("googlenet")


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
@pytest.mark.parametrize(
    ("memory_format", "batch"), [(torch.contiguous_format, 1), (torch.channels_last, 3)]
)
def test_circumstances_change_no_field(googlenet, mode, memory_format, batch):
    network = googlenet.to(memory_format=memory_format)
    image = torch.rand(batch, 3, 40, 40).to(memory_format=memory_format)
    tracer = FieldTracer(image)
    found = {}
    hook_in = network.inception4a.register_forward_hook(
        lambda module, inputs, output: found.update(conv_in=tracer.field(inputs[0]))
    )
    hook = network.inception4b.branch2[1].conv.register_forward_hook(
        lambda module, inputs, output: found.update(conv=tracer.field(output))
    )
    with hook_in, hook, mode(), tracer:
        network(image)
    assert found["conv"] == ReceptiveField(139, 139, 16, 16, -55, -55, "exact")
    assert found["conv_in"].status == "upper bound"


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "shufflenet_v2_x0_5"])
def test_a_traced_pass_is_the_same_pass(name):
    network = torchvision.models.get_model(name, weights=None).eval()
    image = torch.rand(2, 3, 40, 40)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    lent = image.clone()
    with torch.no_grad():
        expected = network(image)
        with FieldTracer(image):
            traced = network(image)
        assert torch.equal(traced, expected)
        assert torch.equal(network(image), expected)
    assert torch.equal(image, lent)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


# ---------------------------------------------------------------- torchvision's families

PLAIN = {
    "alexnet": "exact",
    "vgg11_bn": "exact",
    "resnet18": "exact",
    "squeezenet1_1": "exact",
    "mobilenet_v2": "exact",
    "densenet121": "exact",
    "inception_v3": "exact",
    "googlenet": "exact",
    "convnext_tiny": "exact",
    "mnasnet0_5": "exact",
    "regnet_x_400mf": "exact",
    "shufflenet_v2_x0_5": "upper bound",
}
SIZES = {"inception_v3": 80, "alexnet": 64}
OPTIONS = {
    "inception_v3": {"init_weights": False, "transform_input": True},
    "googlenet": {"init_weights": False, "transform_input": True},
}


def build(name: str) -> nn.Module:
    """Network of torchvision in which every number is 1, which is quicker than to draw them."""
    # RegNet computes its widths with tensors, which have to hold numbers.
    with torch.device("cpu" if name.startswith("regnet") else "meta"):
        network = torchvision.models.get_model(name, weights=None, **OPTIONS.get(name, {}))
    if name in ("alexnet", "vgg11_bn"):
        # Nearly all their numbers are here, behind the last convolution.
        network.classifier = nn.Identity()
    network = network.to_empty(device="cpu").eval()
    for tensor in [*network.parameters(), *network.buffers()]:
        tensor.data.fill_(1)
    return network


def torchvision_fields(name: str, kind: type = nn.Module) -> dict[str, ReceptiveField]:
    size = SIZES.get(name, 48)
    return fields_of(build(name), torch.zeros(1, 3, size, size), kind)


@pytest.mark.parametrize("name", PLAIN)
def test_plain_families_are_followed(name):
    fields = torchvision_fields(name, nn.Conv2d)
    status = [field.status for field in fields.values()]
    assert set(status) <= {"exact", PLAIN[name]}
    assert status[0] == "exact"


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "efficientnet_b0"])
def test_gates_make_the_image_whole_from_the_first_on(name):
    fields = torchvision_fields(name)
    names = list(fields)
    first = next(i for i, one in enumerate(names) if ".avgpool" in one)
    assert {field.status for field in list(fields.values())[:first]} == {"exact"}
    assert {field.status for field in list(fields.values())[first:]} == {"whole image"}


def test_transformers_are_never_unknown():
    windows = torchvision_fields("swin_t")
    assert windows["features.0.0"] == ReceptiveField(4, 4, 4, 4, 0, 0, "exact")
    assert windows["features.7.1.mlp.3"].status == "upper bound"
    assert windows["features.7.1.mlp.3"].height == 48
    small = torchvision.models.VisionTransformer(64, 16, 2, 2, 32, 64).eval()
    tokens = fields_of(small, torch.zeros(1, 3, 64, 64))
    assert tokens["conv_proj"] == ReceptiveField(16, 16, 16, 16, 0, 0, "exact")
    assert tokens["encoder.layers.encoder_layer_0"].status == "whole image"
    assert tokens["heads.head"].status == "whole image"


class EnoughSeenError(Exception):
    pass


# Layers in the order in which they run.
REAL = {
    "resnet18": (64, ["layer1.1.conv2", "layer2.0.conv2", "layer2.0.downsample.0"]),
    "squeezenet1_1": (96, ["features.3.expand3x3", "features.4.squeeze", "features.6.expand1x1"]),
    "densenet121": (40, ["features.denseblock1.denselayer4.conv1", "features.transition1.conv"]),
    "convnext_tiny": (32, ["features.1.0.block.0", "features.2.1"]),
    "mobilenet_v2": (64, ["features.3.conv.1.0", "features.5.conv.2"]),
    "shufflenet_v2_x0_5": (64, ["stage2.0.branch2.5", "stage2.2.branch2.5"]),
    "googlenet": (64, ["inception3a.branch3.1.conv", "inception3b.branch4.1.conv"]),
    "alexnet": (96, ["features.3", "features.6"]),
}


@pytest.mark.parametrize("name", REAL)
def test_real_networks_see_what_gradients_see(name):
    size, layers = REAL[name]
    network = build(name)
    for head in {"classifier", "fc"} & set(dict(network.named_children())):
        setattr(network, head, nn.Identity())
    network = positive(network)
    image = (torch.rand(1, 3, size, size, dtype=torch.float64) + 0.5).requires_grad_()
    tracer = FieldTracer(image)
    seen: list[tuple[ReceptiveField, Tensor]] = []

    def keep(module: nn.Module, inputs: tuple, output: Tensor) -> None:
        seen.append((tracer.field(output), output))
        if len(seen) == len(layers):
            raise EnoughSeenError

    for one in layers:
        network.get_submodule(one).register_forward_hook(keep)
    with pytest.raises(EnoughSeenError), tracer:
        network(image)
    for field, output in seen:
        assert field.status in {"exact", PLAIN[name]}
        assert compare(field, output, image, (0, 0.5)) > 0
