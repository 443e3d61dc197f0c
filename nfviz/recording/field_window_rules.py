"""Rules for operations that read several units at once: kernels, products, reductions, norms."""

from __future__ import annotations

import math

from nfviz.recording.field_moves import gather, label_at, merge, mix, product, slide
from nfviz.recording.field_trace import Call, Level, TornError, Trace, rule


@rule(
    "convolution _convolution convolution_overrideable mkldnn_convolution cudnn_convolution"
    " cudnn_convolution_relu miopen_convolution miopen_depthwise_convolution"
    " miopen_convolution_relu _conv_depthwise2d conv_depthwise3d _slow_conv2d_forward"
    " slow_conv3d_forward slow_conv_dilated2d slow_conv_dilated3d _mps_convolution"
    " _convolution_pointwise"
)
def convolve(call: Call) -> Trace:
    """Slide a kernel over all channels, or over those of a group."""
    if call.get("transposed", False):
        return convolve_transposed(call)
    rank = len(call.shape) - 2
    grouped = call.get("groups", 1) > 1 or "depthwise" in call.name
    trace = channels_mixed(call, grouped)
    sizes = call.args["weight"].shape[2:]
    kernel = zip(
        sizes,
        call.numbers("stride", rank, 1),
        call.numbers("padding", rank, 0),
        call.numbers("dilation", rank, 1),
        strict=True,
    )
    for axis, one in enumerate(kernel):
        trace = slide(trace, axis + 2, call.shape[axis + 2], one)
    return trace


def channels_mixed(call: Call, grouped: bool) -> Trace:
    """Give dimension 1 the channels that a convolution makes of it."""
    trace = call.only
    if grouped and label_at(trace, 1) != "c":
        raise TornError
    return (trace if grouped else mix(trace, [1])).with_dim(1, "c", call.shape[1])


@rule(
    "cudnn_convolution_transpose miopen_convolution_transpose slow_conv_transpose2d"
    " slow_conv_transpose3d"
)
def convolve_transposed(call: Call) -> Trace:
    """Let unit v read those i that write to v = i s - p + d j for a j of the kernel."""
    rank = len(call.shape) - 2
    trace = channels_mixed(call, call.get("groups", 1) > 1)
    strides, paddings = call.numbers("stride", rank, 1), call.numbers("padding", rank, 0)
    dilations = call.numbers("dilation", rank, 1)
    for axis, size in enumerate(call.args["weight"].shape[2:]):
        stride, padding, place = strides[axis], paddings[axis], axis + 2
        reach, length = dilations[axis] * (size - 1), call.shape[place]
        if stride == 1:
            trace = slide(trace, place, length, (size, 1, reach - padding, dilations[axis]))
            continue
        last = trace.units(label_at(trace, place)) - 1
        pairs = [
            (max(-((reach - v - padding) // stride), 0), min((v + padding) // stride, last))
            for v in range(length)
        ]
        trace = gather(trace, place, [pair if pair[0] <= pair[1] else None for pair in pairs])
    return trace


@rule(
    "avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d mkldnn_max_pool2d"
    " mkldnn_max_pool3d max_pool1d_with_indices max_pool2d_with_indices max_pool3d_with_indices"
)
def pool(call: Call) -> Trace:
    """Slide a kernel over each channel."""
    trace, rank = call.only, int(call.name[call.name.index("pool") + 4])
    sizes = call.numbers("kernel_size", rank, 1)
    strides = call.numbers("stride", rank, sizes)
    paddings = call.numbers("padding", rank, 0)
    dilations = call.numbers("dilation", rank, 1)
    for axis in range(-rank, 0):
        kernel = sizes[axis], strides[axis], paddings[axis], dilations[axis]
        trace = slide(trace, len(call.shape) + axis, call.shape[axis], kernel)
    return trace


@rule(
    "adaptive_avg_pool1d _adaptive_avg_pool2d adaptive_avg_pool2d mkldnn_adaptive_avg_pool2d"
    " _adaptive_avg_pool3d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d"
    " adaptive_max_pool3d"
)
def pool_adaptively(call: Call) -> Trace:
    """Let unit v of n read the units floor(v m / n) .. ceil((v + 1) m / n) - 1 of m."""
    trace, rank = call.only, int(call.name[call.name.index("pool") + 4])
    for place in range(len(call.shape) - rank, len(call.shape)):
        label, n = label_at(trace, place), call.shape[place]
        m = trace.shape[place]
        if n == 1 and m > 1:
            trace = mix(trace, [place], partial=True).with_dim(place, label, 1)
        elif n != m:
            sources = [(v * m // n, -(-(v + 1) * m // n) - 1) for v in range(n)]
            trace = gather(trace, place, sources)
    return trace


@rule(
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d"
    " _upsample_nearest_exact2d upsample_linear1d upsample_bilinear2d upsample_bicubic2d"
    " _upsample_bilinear2d_aa _upsample_bicubic2d_aa"
)
def upsample(call: Call) -> Trace:
    """Let unit v of n read around v m / n, reaching as far as the interpolation does."""
    trace, rank = call.only, int(next(c for c in call.name if c.isdigit()))
    reach = 0.0 if "nearest" in call.name else 2.0 if "cubic" in call.name else 1.0
    names = ("scales_d", "scales_h", "scales_w")[-rank:] if rank > 1 else ("scales",)
    factors = call.get("scale_factors") or [call.get(name) for name in names]
    for place, n, factor in zip(range(-rank, 0), call.shape[-rank:], factors, strict=True):
        place += len(call.shape)
        m = trace.shape[place]
        steps = [m / n, 1 / factor if factor else m / n]
        align = bool(call.get("align_corners"))
        if align:
            steps = [(m - 1) / max(n - 1, 1)]
        wide = reach * max(1.0, *steps) if call.name.endswith("aa") else reach
        sources = []
        for v in range(n):
            centers = [v * step if align else (v + 0.5) * step - 0.5 for step in steps]
            low, high = math.ceil(min(centers) - wide), math.floor(max(centers) + wide)
            if not reach:
                low, high = math.floor(v * min(steps)), math.floor((v + 0.5) * max(steps))
            sources.append((min(max(low, 0), m - 1), max(min(high, m - 1), 0)))
        trace = gather(trace, place, sources)
    return trace


@rule("mm bmm")
def multiply(call: Call) -> Trace:
    """Matrix product."""
    return product(call.trace_of(call.args["self"]), call.trace_of(call.args["mat2"]), call)


@rule("addmm baddbmm _addmm_activation")
def multiply_add(call: Call) -> Trace:
    """Matrix product plus a bias."""
    bias, a, b = (call.trace_of(value) for value in list(call.args.values())[:3])
    parts = [bias] if bias is not None else []
    if a is not None or b is not None:
        parts.append(product(a, b, call))
    return merge(parts, call.shape)


@rule("linear mkldnn_linear _mkldnn_linear _linear_pointwise")
def linear(call: Call) -> Trace:
    """Matrix product over the last dimension."""
    return mix(call.only, [-1]).with_dim(-1, "c", call.shape[-1])


@rule("attention")
def attend(call: Call) -> Trace:
    """Every position reads all positions."""
    return call.traces[0].degenerate(Level.WHOLE)


@rule(
    "sum nansum mean prod all any amax amin max min aminmax argmax argmin norm count_nonzero"
    " linalg_vector_norm logsumexp var std var_mean std_mean median nanmedian mode"
)
def reduce(call: Call) -> Trace:
    """One value for all units along some dimensions (by default along all)."""
    if "other" in call.args:
        return merge(call.traces, call.shape)
    trace, rank = call.only, len(call.only.layout)
    places = {dim % rank for dim in call.numbers("dim", 1, list(range(rank)))}
    layout, keep = trace.layout, call.get("keepdim", False)
    dims = [() if i in places else d for i, d in enumerate(layout) if keep or i not in places]
    return mix(trace, places).with_dims(dims)


@rule("softmax _softmax _safe_softmax log_softmax _log_softmax")
def normalize(call: Call) -> Trace:
    """Every unit reads all units along one dimension."""
    return mix(call.only, [call.place()])


@rule("cumsum cumprod logcumsumexp cummax cummin")
def accumulate(call: Call) -> Trace:
    """Every unit reads those before it along one dimension."""
    return mix(call.only, [call.place()], partial=True)


@rule("native_layer_norm layer_norm _fused_rms_norm rms_norm")
def normalize_last(call: Call) -> Trace:
    """Every unit reads all units along the last dimensions."""
    return mix(call.only, range(-len(call.args["normalized_shape"]), 0))


@rule("native_group_norm group_norm")
def normalize_groups(call: Call) -> Trace:
    """Every unit reads all positions of its group of channels."""
    trace = mix(call.only, range(2, len(call.shape)))
    return mix(trace, [1], partial=call.get("group", 1) > 1)


@rule(
    "native_batch_norm cudnn_batch_norm miopen_batch_norm _native_batch_norm_legit"
    " _native_batch_norm_legit_functional _batch_norm_with_update batch_norm"
    " _batch_norm_with_update_functional _batch_norm_impl_index"
)
def normalize_batch(call: Call) -> Trace:
    """Pointwise, unless the statistics are those of the batch itself."""
    if not call.get("training", "with_update" in call.name):
        return call.only
    return mix(call.only, [0, *range(2, len(call.shape))])
