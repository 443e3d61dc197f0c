"""Rules for operations that keep, reorder, drop or add units, and combine none of them.

Elementwise operations are among them: their operands lie in the same place.
"""

from __future__ import annotations

from nfviz.recording.field_moves import (
    crop,
    gather,
    join,
    label_at,
    merge,
    regroup,
    resized,
    select,
    slide,
)
from nfviz.recording.field_trace import Call, Level, TornError, Trace, UntrackedError, rule


@rule(
    "alias detach clone contiguous to lift lift_fresh lift_fresh_copy _to_copy to_mkldnn to_dense"
    " detach_copy alias_copy expand expand_copy copy fill native_dropout _fused_dropout"
    " batch_norm_inference _native_batch_norm_legit_no_training _batch_norm_no_update"
    " add sub rsub mul div neg abs sign exp log sqrt rsqrt pow reciprocal square clamp clamp_min"
    " clamp_max minimum maximum relu relu6 threshold hardtanh leaky_relu elu celu selu gelu silu"
    " mish sigmoid log_sigmoid_forward hardsigmoid hardswish hardshrink softshrink softplus tanh"
    " erf sin cos prelu _prelu_kernel rrelu_with_noise where masked_fill lerp addcmul addcdiv"
    " bernoulli nan_to_num round floor ceil eq ne lt le gt ge logical_not logical_and"
    " logical_or bitwise_not bitwise_and bitwise_or isnan isinf"
)
def elementwise(call: Call) -> Trace:
    """Every output unit reads the unit at its own place."""
    return merge(call.traces, call.shape)


@rule("channel_shuffle native_channel_shuffle")
def shuffle_channels(call: Call) -> Trace:
    """Channels change their order."""
    return call.only


@rule(
    "view reshape _unsafe_view _reshape_alias _reshape_copy view_copy unsqueeze squeeze flatten"
    " unflatten unsqueeze_copy squeeze_copy"
)
def view(call: Call) -> Trace:
    """Divide the same elements in the same order into other dimensions."""
    return call.only.with_dims(regroup(call.only.layout, call.shape))


@rule("as_strided")
def restride(call: Call) -> Trace:
    """Read memory in another order, which is harmless where all units see the same window."""
    if call.only.shape != call.shape or any(call.only.place(label) is not None for label in "yx"):
        raise UntrackedError
    return call.only


@rule("permute permute_copy")
def permute(call: Call) -> Trace:
    """Dimensions in another order."""
    dims = call.only.layout
    return call.only.with_dims(dims[i] for i in call.args["dims"])


@rule("transpose transpose_copy t t_copy swapaxes mT numpy_T")
def transpose(call: Call) -> Trace:
    """Two dimensions change places (by default the last two, which is all that t allows)."""
    dims = list(call.only.layout)
    if len(dims) > 1:
        a, b = call.get("dim0", -2), call.get("dim1", -1)
        dims[a], dims[b] = dims[b], dims[a]
    return call.only.with_dims(dims)


@rule("slice slice_copy narrow")
def cut(call: Call) -> Trace:
    """Keep a stretch of a dimension."""
    place = call.place()
    start = slice(call.get("start"), None).indices(call.only.shape[place])[0]
    return crop(call.only, place, start, call.get("step", 1), call.shape[place])


@rule("select select_copy")
def pick(call: Call) -> Trace:
    """Keep one unit of a dimension."""
    place = call.place()
    return select(call.only, place, call.args["index"] % call.only.shape[place])


@rule("unbind unbind_copy")
def pick_each(call: Call) -> list[Trace | None]:
    """Take the units of a dimension one by one."""
    return [select(call.only, call.place(), i) for i in range(len(call.output_shapes))]


@rule(
    "split split_with_sizes chunk unsafe_split unsafe_split_with_sizes unsafe_chunk split_copy"
    " split_with_sizes_copy tensor_split"
)
def cut_each(call: Call) -> list[Trace | None]:
    """Consecutive stretches of a dimension."""
    lengths = [shape[call.place()] for shape in call.output_shapes]
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [
        crop(call.only, call.place(), start, 1, length)
        for start, length in zip(starts, lengths, strict=True)
    ]


@rule("index_select index")
def take(call: Call) -> Trace:
    """Units of one dimension by their numbers."""
    place, index = call.get("dim", 0), call.get("index")
    if call.name == "index":
        given = [(i, one) for i, one in enumerate(call.args["indices"]) if one is not None]
        if len(given) != 1:
            raise UntrackedError
        place, index = given[0]
    if index.dim() != 1 or index.is_floating_point() or index.dtype.itemsize == 1:
        raise UntrackedError
    place %= len(call.only.layout)
    size = call.only.shape[place]
    return gather(call.only, place, [(i % size, i % size) for i in index.tolist()])


@rule("flip roll repeat")
def rearrange(call: Call) -> Trace:
    """Units of some dimensions in another order, or several times."""
    rank, shape = len(call.shape), call.shape
    trace = call.only.with_rank(rank)
    shifts, dims = call.numbers("shifts", 1, 0), call.numbers("dims", 1, list(range(rank)))
    if call.name == "roll" and not call.get("dims"):
        raise TornError
    for dim, shift in zip(dims, shifts * (len(dims) // len(shifts)), strict=True):
        place = dim % rank
        size = trace.shape[place]
        if label_at(trace, place) == "c":
            trace = resized(trace, place, "c", shape[place])
            continue
        order = [(v - shift) % size for v in range(shape[place])]
        order = order[::-1] if call.name == "flip" else order
        trace = gather(trace, place, [(v, v) for v in order])
    return trace


@rule("cat stack")
def concatenate(call: Call) -> Trace:
    """Tensors one after the other along a dimension, for stack a new one."""
    rank = len(call.shape)
    place = call.get("dim", 0) % rank
    tensors = [tensor for tensor in call.args["tensors"] if tuple(tensor.shape) != (0,)]
    parts = [call.trace_of(tensor) for tensor in tensors]
    if call.name == "cat":
        return join(parts, [tensor.shape[place] for tensor in tensors], place)
    opened = [t and t.with_dims([*t.layout[:place], (), *t.layout[place:]]) for t in parts]
    return join(opened, [1] * len(parts), place)


@rule(
    "constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d"
    " replication_pad2d replication_pad3d"
)
def pad(call: Call) -> Trace:
    """Add units before and after: constants, or copies of units at the border."""
    trace, amounts = call.only, list(call.get("pad", call.get("padding")))
    for axis, (before, after) in enumerate(zip(amounts[::2], amounts[1::2], strict=True)):
        place = len(call.shape) - 1 - axis
        label, n = label_at(trace, place), call.shape[place]
        if not before and not after:
            continue
        size, reads = n - before - after, range(-before, n - before)
        if call.name.startswith("reflection"):
            trace = gather(trace, place, [(bounce(v, size),) * 2 for v in reads])
        elif call.name.startswith("replication"):
            trace = gather(trace, place, [(min(max(v, 0), size - 1),) * 2 for v in reads])
        elif label == "c":
            trace = trace.thinned() if min(before, after) < 0 else trace.at_least(Level.SPARSE)
            trace = resized(trace, place, label, n)
        else:
            trace = pad_axis(trace, place, label, (before, after))
    return trace


def pad_axis(trace: Trace, place: int, label: str, amounts: tuple[int, int]) -> Trace:
    """Pad rows or columns with constants, or crop them (negative amounts)."""
    before, after = amounts
    length = trace.units(label) + before + after
    if before > 0 or after > 0:
        padded = slide(trace, place, length, (1 + max(after, 0) + before, 1, before, 1))
        trace = trace.at_least(padded.level)
    moved = trace.with_axis(label, trace.axis(label).taps(-before, -before, 1))
    return resized(moved, place, label, length)


def bounce(unit: int, size: int) -> int:
    """Find the unit that a reflection at both borders shows."""
    return abs(unit) if unit < size else 2 * (size - 1) - unit


@rule("pixel_shuffle")
def spread_pixels(call: Call) -> Trace:
    """Blocks of channels become blocks of positions."""
    trace, factor = call.only.thinned(), call.args["upscale_factor"]
    for place in (len(call.shape) - 2, len(call.shape) - 1):
        sources = [(v // factor, v // factor) for v in range(call.shape[place])]
        trace = gather(trace, place, sources)
    return trace.with_dim(-3, "c", call.shape[-3])


@rule("pixel_unshuffle")
def stack_pixels(call: Call) -> Trace:
    """Blocks of positions become blocks of channels, each with a position of its own."""
    trace, factor = call.only, call.args["downscale_factor"]
    for place in (len(call.shape) - 2, len(call.shape) - 1):
        trace = slide(trace, place, call.shape[place], (factor, factor, 0, 1))
    return trace.with_dim(-3, "c", call.shape[-3]).at_least(Level.MIXED)


@rule("glu")
def gate(call: Call) -> Trace:
    """Half of the channels times a function of the other half."""
    place = call.get("dim", -1) % len(call.shape)
    if label_at(call.only, place) != "c":
        raise UntrackedError
    return resized(call.only.thinned(), place, "c", call.shape[place])
