"""From the traces that an operation reads to those of what it returns.

Both files of rules register themselves when they are imported here.
"""

from __future__ import annotations

from nfviz.recording.field_layout_rules import elementwise
from nfviz.recording.field_trace import (
    RULES,
    Call,
    Level,
    Rule,
    TornError,
    Trace,
    UntrackedError,
)
from nfviz.recording.field_window_rules import attend

# What these write or return tells nothing of the tensor that they are given.
CONSTANTS = {
    *("zeros_like", "ones_like", "full_like", "empty_like", "rand_like", "randn_like"),
    *("randint_like", "new_empty", "new_empty_strided", "new_zeros", "new_ones", "new_full"),
    *("zero", "normal", "uniform", "random", "exponential", "is_same_size"),
}
OVERWRITING = {"copy", "fill"}


def find_rule(name: str, pointwise: bool) -> Rule | None:
    """Rule for an operation, by its name and whether torch itself calls it pointwise."""
    if any(word in name for word in ("attention", "multi_head", "transformer_encoder")):
        return attend
    return RULES.get(name, elementwise if pointwise else None)


def propagate(call: Call, pointwise: bool) -> list[Trace | None]:
    """Traces of the outputs of an operation, one each; None does not depend on the image."""
    found = find_rule(call.name, pointwise)
    worst = max((trace.level for trace in call.traces), default=None)
    if worst is None or call.name in CONSTANTS:
        return [None] * len(call.output_shapes)
    lost = call.traces[0].degenerate
    traces: Trace | list[Trace | None]
    if found is None:
        everything = all(trace.level == Level.WHOLE for trace in call.traces)
        traces = lost(Level.WHOLE if everything else Level.UNKNOWN)
    elif found is attend:
        traces = lost(max(worst, Level.WHOLE))
    elif worst >= Level.TORN:
        traces = lost(worst)
    else:
        try:
            traces = found(call)
        except TornError:
            traces = lost(Level.TORN)
        except UntrackedError:
            traces = lost(Level.UNKNOWN)
    several = traces if isinstance(traces, list) else [traces] * len(call.output_shapes)
    return [checked(*pair) for pair in zip(several, call.output_shapes, strict=True)]


def checked(trace: Trace | None, shape: tuple[int, ...]) -> Trace | None:
    """Refuse a trace that does not fit the tensor it is for: its layout went astray."""
    if trace is None or trace.dims is None:
        return trace
    if trace.shape != shape:
        return trace.degenerate(Level.TORN)
    return trace.degenerate(Level.WHOLE) if trace.y.whole and trace.x.whole else trace
