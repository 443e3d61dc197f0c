"""Receptive fields by arithmetic over the operations that really ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._ops import HigherOrderOperator
from torch.utils._python_dispatch import TorchDispatchMode

from nfviz.recording.field_memory import Ledger
from nfviz.recording.field_propagation import OVERWRITING, find_rule, propagate
from nfviz.recording.field_trace import Axis, Call, Level, Trace, atom

_STATUS = {
    Level.EXACT: "exact",
    Level.SPARSE: "exact",
    Level.MIXED: "upper bound",
    Level.BOUND: "upper bound",
    Level.TORN: "upper bound",
    Level.WHOLE: "whole image",
    Level.UNKNOWN: "unknown",
}


@dataclass(frozen=True)
class ReceptiveField:
    """Window of input pixels that a unit depends on, as a function of its row and column.

    Unit (row, col) sees rows [start_y + row stride_y, start_y + row stride_y + height) and the
    columns likewise, in pixels of the input image. A window may lie partly outside of the image.

    Attributes
    ----------
    height, width : int
        Size of the window, pixels.
    stride_y, stride_x : int
        Distance between the windows of neighboring units, pixels; 0 where all see the same
        pixels, negative where the network flips the image.
    start_y, start_x : int
        First row and column of the window of unit (0, 0).
    status : str
        'exact': the smallest rectangle that contains all pixels which can influence the unit, for
        each unit whose window lies inside the image; nearer to the border, the part inside the
        image contains them. 'upper bound': contains them. 'whole image': every unit depends on
        all pixels. 'unknown': an operation was met for which there is no rule. In the last two
        cases the window is the image: (height, width, 0, 0, 0, 0).
    """

    height: int
    width: int
    stride_y: int
    stride_x: int
    start_y: int
    start_x: int
    status: str


class FieldTracer(TorchDispatchMode):
    """Follow receptive fields through a forward pass, operation by operation.

    Because it listens below the modules, it sees functional calls, concatenation, in-place sums
    and slices as well. It changes neither the network nor what it computes. Layouts are followed
    too, so rows and columns may be permuted, flattened or merged with other dimensions.

    Values that leave torch and come back (``tensor.item()``, NumPy) lose their trace.

    Parameters
    ----------
    image : Tensor
        Input batch, shape (N, C, H, W), that the network is then called with.

    Raises
    ------
    ValueError
        If the image batch does not have four dimensions.

    Notes
    -----
    The recurrence per axis and layer (kernel k, stride s, padding p, dilation d) is
    ``size += d (k - 1) jump; start -= p jump; jump *= s`` [1]_. Where branches meet, the window is
    the smallest that contains both. A concatenation of different windows is an upper bound for
    some channels, and exact again after an operation that mixes all channels.

    References
    ----------
    .. [1] Araujo, Norris, Sim. Computing receptive fields of convolutional neural networks.
       Distill, 2019.

    Examples
    --------
    >>> image = torch.zeros(1, 3, 32, 32)
    >>> with torch.no_grad(), FieldTracer(image) as tracer:
    ...     output = torch.nn.Conv2d(3, 8, 7, stride=2, padding=3)(image)
    >>> field = tracer.field(output)
    >>> field.height, field.stride_y, field.start_y, field.status
    (7, 2, -3, 'exact')
    """

    # Such as torch.cond and flex_attention: else they refuse to run inside of the mode.
    supports_higher_order_operators = True

    def __init__(self, image: Tensor) -> None:
        super().__init__()
        if image.dim() != 4:
            raise ValueError(
                f"'image' has shape {tuple(image.shape)}; FieldTracer accepts a batch of shape "
                "(N, C, H, W). Add a batch dimension with image[None]."
            )
        dims = tuple(atom(*pair) for pair in zip("ncyx", image.shape, strict=True))
        height, width = image.shape[-2:]
        self._source = Trace(Axis(1, 1, 0, height), Axis(1, 1, 0, width), Level.EXACT, dims)
        self._ledger = Ledger()
        self._ledger.put(image, self._source)

    def field(self, tensor: Tensor) -> ReceptiveField:
        """Receptive field of the units of a tensor.

        Parameters
        ----------
        tensor : Tensor
            Made inside the mode, and asked for before anything else writes to it: for instance
            the output that a forward hook receives.

        Returns
        -------
        ReceptiveField
            Its status is 'unknown' for a tensor that was never seen to depend on the image.
        """
        trace = self._ledger.get(tensor) or self._source.degenerate(Level.UNKNOWN)
        y, x = trace.y, trace.x
        status = _STATUS[trace.level]
        return ReceptiveField(y.size, x.size, y.stride, x.stride, y.start, x.start, status)

    def place(self, tensor: Tensor, label: str) -> int | None:
        """Dimension of a tensor along which the rows ("y") or columns ("x") of the image lie.

        None where that is not known, or where there is one row or column only.
        """
        trace = self._ledger.get(tensor)
        return None if trace is None or trace.dims is None else trace.place(label)

    def writes(self, tensor: Tensor) -> int:
        """How often operations have written to the memory of a tensor that depends on the image."""
        return self._ledger.writes(tensor)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation, then note the traces of its outputs."""
        kwargs = kwargs or {}
        if isinstance(func, HigherOrderOperator):
            return self._note_opaque(func, [*args, *kwargs.values()], func(*args, **kwargs))
        name, pointwise = _name(func), torch.Tag.pointwise in func.tags
        if find_rule(name, pointwise) is None:
            # Inference mode hands over whole composites (conv2d, matmul): open them first.
            with self:
                result = func.decompose(*args, **kwargs)
            if result is not NotImplemented:
                return result
        arguments = {a.name: value for a, value in zip(func._schema.arguments, args, strict=False)}
        arguments |= kwargs
        written = [
            tensor
            for a in func._schema.arguments
            if a.alias_info is not None
            and a.alias_info.is_write
            # What squeeze_ and its like change is the view, not the memory.
            and torch.Tag.inplace_view not in func.tags
            for tensor in _tensors(arguments.get(a.name))
        ]
        call_traces = self._inputs(func, name, arguments)
        result = func(*args, **kwargs)
        outputs = list(_tensors(result))
        if call_traces or written:
            shapes = tuple(tuple(tensor.shape) for tensor in outputs or written)
            call = Call(name, arguments, shapes, self._ledger.get, call_traces)
            for tensor, trace in zip(outputs or written, propagate(call, pointwise), strict=True):
                if any(tensor is one for one in written):
                    self._ledger.write(tensor, trace)
                elif trace is not None:
                    self._ledger.put(tensor, trace)
        return result

    def _note_opaque(self, func: HigherOrderOperator, arguments: list[Any], result: Any) -> Any:
        """Note the traces of what an operation returned of which the name alone is known."""
        found = (self._ledger.get(tensor) for tensor in _tensors(arguments))
        traces = tuple(trace for trace in found if trace is not None)
        outputs = list(_tensors(result))
        shapes = tuple(tuple(tensor.shape) for tensor in outputs)
        call = Call(func.name(), {}, shapes, self._ledger.get, traces)
        for tensor, trace in zip(outputs, propagate(call, pointwise=False), strict=True):
            self._ledger.put(tensor, trace)
        return result

    def _inputs(self, func: Any, name: str, arguments: dict[str, Any]) -> tuple[Trace, ...]:
        """Traces of the arguments that an operation reads."""
        unread = {a.name for a in func._schema.arguments if a.is_out}
        if name in OVERWRITING:
            unread.add("self")
        found = (
            self._ledger.get(tensor)
            for key, value in arguments.items()
            if key not in unread
            for tensor in _tensors(value)
        )
        return tuple(trace for trace in found if trace is not None)


def _name(func: Any) -> str:
    """Name of an operation as the rules know it: relu for ``aten.relu_.default``."""
    namespace, name = func._schema.name.split("::")
    name = name if name.startswith("__") else name.rstrip("_")
    return name if namespace in ("aten", "mkldnn") else f"{namespace}::{name}"


def _tensors(value: Any) -> Iterator[Tensor]:
    """Tensors in an argument or a result, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)
