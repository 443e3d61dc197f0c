"""What the modules of a network are called, and which ones a caller means."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from torch import nn


def modules_by_name(network: nn.Module) -> dict[str, nn.Module]:
    """Return all modules by all their names: one that is registered twice has two.

    The names are those of ``network.named_modules()``, without the ``_orig_mod`` that
    ``torch.compile`` adds.
    """
    named = network.named_modules(remove_duplicate=False)
    return {_plain(name): module for name, module in named}


def first_names(modules: dict[str, nn.Module], kind: Any) -> dict[nn.Module, str]:
    """Return the first name of every module of a kind, as for `isinstance`."""
    found: dict[nn.Module, str] = {}
    for name, module in modules.items():
        if isinstance(module, kind):
            found.setdefault(module, name)
    return found


def choose_names(network: nn.Module, names: Sequence[str] | None) -> list[str]:
    """Return the layers that are meant, by their names in `modules_by_name`.

    Parameters
    ----------
    network : torch.nn.Module
        Whose layers they are.
    names : sequence of str or None
        The caller's ``layers=``; None means every `torch.nn.Conv2d`.

    Raises
    ------
    ValueError
        If a name is unknown or given twice, or there is no convolution.
    """
    modules = modules_by_name(network)
    convolutions = list(first_names(modules, nn.Conv2d).values())
    if names is None:
        if not convolutions:
            raise ValueError(
                f"{type(network).__name__} has no Conv2d. Pass layers= with the names of the "
                f"modules whose outputs are neurons; it has {_candidates(modules)}."
            )
        return convolutions
    return _checked(names, modules, convolutions or list(modules))


def _checked(
    names: Sequence[str], modules: dict[str, nn.Module], listed: Sequence[str]
) -> list[str]:
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"layers is {names!r}; it accepts a list of names of modules.")
    if not names:
        raise ValueError(
            "layers is empty. Name at least one module, or leave it out for all convs."
        )
    chosen: dict[nn.Module, str] = {}
    for name in map(_plain, names):
        if name not in modules or name == "":
            raise ValueError(
                f"No layer named {name!r}. {_near(name, list(modules))}This network has "
                f"{_some(repr(known) for known in listed if known)}."
            )
        other = chosen.get(modules[name])
        if other is not None:
            again = f"{other!r} and {name!r}, which are one module"
            raise ValueError(
                f"layers names {again if other != name else f'{name!r} twice'}. Name each layer "
                "once."
            )
        chosen[modules[name]] = name
    return list(chosen.values())


def _plain(name: str) -> str:
    return ".".join(part for part in name.split(".") if part != "_orig_mod")


def _near(name: str, known: Sequence[str]) -> str:
    """Say which names may be meant: those with a part more or less in front, or spelt like it."""
    near = [
        other
        for other in known
        if other and (f".{other}".endswith(f".{name}") or f".{name}".endswith(f".{other}"))
    ]
    near = sorted(near, key=len, reverse=True) or get_close_matches(name, known)
    return f"Did you mean {', '.join(map(repr, near[:3]))}? " if near else ""


def _candidates(modules: dict[str, nn.Module]) -> str:
    """Name the innermost modules and what they are, those with weights if there are any."""
    inner = {name: m for name, m in modules.items() if name and not m._modules}
    weighty = {name: m for name, m in inner.items() if m._parameters} or inner
    return _some(f"{name!r} ({type(m).__name__})" for name, m in weighty.items()) or "no modules"


def _some(quoted: Iterable[str]) -> str:
    listed = list(quoted)
    return ", ".join(listed if len(listed) <= 8 else [*listed[:4], "…", *listed[-3:]])
