"""Full float32 for the time of a pass, whichever of torch's two sets of settings is in use."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch


@contextmanager
def strict_float32() -> Iterator[None]:
    """Keep TensorFloat-32 and autotuning out of the ranking: both reorder neurons' images.

    The caller's settings come back at the end.
    """
    cudnn = torch.backends.cudnn
    benchmark, deterministic = cudnn.benchmark, cudnn.deterministic
    with ExitStack() as stack:
        try:
            stack.enter_context(_by_old_names())
        except RuntimeError:
            # The caller has used the new names, which torch does not let one mix with the old.
            stack.enter_context(_by_new_names())
        try:
            cudnn.benchmark, cudnn.deterministic = False, True
            yield
        finally:
            cudnn.benchmark, cudnn.deterministic = benchmark, deterministic


@contextmanager
def _by_old_names() -> Iterator[None]:
    cudnn, cuda = torch.backends.cudnn, torch.backends.cuda.matmul
    precision, allowed = torch.get_float32_matmul_precision(), cudnn.allow_tf32
    try:
        # Setting what is set already would change what the new names say.
        if precision != "highest":
            cuda.allow_tf32 = False
        if allowed:
            cudnn.allow_tf32 = False
        yield
    finally:
        if allowed:
            cudnn.allow_tf32 = True
        if precision == "high":
            cuda.allow_tf32 = True
        elif precision == "medium":
            torch.set_float32_matmul_precision(precision)


@contextmanager
def _by_new_names() -> Iterator[None]:
    backends: Any = torch.backends
    # What stands first holds for all behind it that have no setting of their own.
    settings = [backends, backends.cudnn, backends.cuda.matmul, backends.cudnn.conv]
    settings += [backends.cudnn.rnn, backends.mkldnn.matmul]
    settings += [backends.mkldnn.conv, backends.mkldnn.rnn]
    changed = []
    try:
        for setting in settings:
            if setting.fp32_precision != "ieee":
                changed.append((setting, setting.fp32_precision))
                setting.fp32_precision = "ieee"
        yield
    finally:
        for setting, own in reversed(changed):
            setting.fp32_precision = own
