"""The state of the explorer as the end of an address: ``#color_selectivity=0.4..1&th=0.9``.

Where the page reads and writes the same, ``static/store/address.js`` does; one table of cases
tests both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote_to_bytes

__all__ = ["DEFAULTS", "from_address", "to_address"]

DEFAULTS = ("threshold", "n_max", "min_activation", "sort_by", "ascending")
"""Parts of the state that each atlas has its own defaults of."""

_KEYS = ("layers", "th", "n", "min", "sort", "q", "focus", "pin")
_COLUMN = "c."
_UNESCAPED = "-_.!~*'()"  # As encodeURIComponent of a browser has it.
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_MOST = 10**9


def to_address(state: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Write what differs from the defaults.

    Parameters
    ----------
    state : mapping
        ``layers`` (names), ``ranges`` (column to low and high), ``threshold``, ``n_max``,
        ``min_activation``, ``sort_by``, ``ascending``, ``search``, ``focus`` (layer and unit, or
        None), ``pinned`` (several). What is missing is as by default.
    facts : mapping
        ``layers`` (names in depth order), ``units`` (how many each has), ``columns`` (extents by
        name) and ``defaults`` (`DEFAULTS`).

    Returns
    -------
    str
        ``#`` alone for the defaults.
    """
    state = _complete(state, facts)
    parts = []
    if state["layers"] != list(facts["layers"]):
        parts.append(f"layers={','.join(map(_encode, state['layers']))}")
    for name, extent in facts["columns"].items():
        low, high = state["ranges"].get(name, extent)
        if (low, high) != tuple(extent):
            parts.append(f"{_column_key(name)}={_encode(f'{_write(low)}..{_write(high)}')}")
    for key, name in (("th", "threshold"), ("n", "n_max"), ("min", "min_activation")):
        if state[name] != facts["defaults"][name]:
            parts.append(f"{key}={_encode(_write(state[name]))}")
    sort = (state["sort_by"], state["ascending"])
    if sort != (facts["defaults"]["sort_by"], facts["defaults"]["ascending"]):
        parts.append(f"sort={'' if sort[1] else '-'}{_encode(sort[0])}")
    if state["search"]:
        parts.append(f"q={_encode(state['search'])}")
    if state["focus"] is not None:
        parts.append(f"focus={_neuron(state['focus'])}")
    if state["pinned"]:
        parts.append(f"pin={','.join(map(_neuron, state['pinned']))}")
    return "#" + "&".join(parts)


def from_address(text: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Read an address, or what follows its ``#``.

    Parameters
    ----------
    text : str
        Anything: what is unknown or out of range is passed over. Bounds beyond the extent of a
        column are moved to it.
    facts : mapping
        As in `to_address`.

    Returns
    -------
    dict
        The parts of a state, as in `to_address`, that the address tells; lists where it takes
        several values. ``ranges`` has the columns that it tells.
    """
    found: dict[str, Any] = {}
    ranges: dict[str, list[float]] = {}
    columns = {_column_key(name): name for name in facts["columns"]}
    for part in text[text.find("#") + 1 :].split("&"):
        key, equals, value = part.partition("=")
        if not equals:
            continue
        if key in _READERS:
            found |= _READERS[key](value, facts)
        elif key in columns:
            bounds = _read_range(value, facts["columns"][columns[key]])
            if bounds is not None:
                ranges[columns[key]] = bounds
    return found | {"ranges": ranges} if ranges else found


def _complete(state: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in defaults; layers stand in depth order."""
    on = state.get("layers", facts["layers"])
    return {
        **facts["defaults"],
        "ranges": {},
        "search": "",
        "focus": None,
        "pinned": [],
        **state,
        "layers": [name for name in facts["layers"] if name in on],
    }


def _column_key(name: str) -> str:
    taken = name in _KEYS or name.startswith(_COLUMN)
    return _encode(f"{_COLUMN}{name}" if taken else name)


def _encode(text: str) -> str:
    # Half a character, as a browser may send, cannot be written.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return quote(whole, safe=_UNESCAPED)


def _decode(text: str) -> str | None:
    """Return what was encoded, None if it is malformed."""
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        return None
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeError:
        return None


def _write(number: float) -> str:
    """Return the shortest decimal of the same number, as String(number) of a browser does."""
    if number == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    point = len(digits) + int(exponent)
    if -6 < point <= 21:
        return format(Decimal(repr(float(number))).normalize(), "f")
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    power = f"e{point - 1:+d}"
    return f"{'-' if sign else ''}{first}{'.' if rest else ''}{rest}{power}"


def _read(text: str | None) -> float | None:
    """Return a finite number, or None."""
    number = float(text) if text is not None and re.fullmatch(_NUMBER, text) else math.nan
    return number if math.isfinite(number) else None


def _read_range(value: str, extent: tuple[float, float]) -> list[float] | None:
    found = _RANGE.fullmatch(_decode(value) or "")
    low, high = (_read(found[1]), _read(found[2])) if found else (None, None)
    if low is None or high is None or low > high:
        return None
    return [min(max(float(bound), extent[0]), extent[1]) for bound in (low, high)]


def _neuron(neuron: tuple[str, int]) -> str:
    return f"{_encode(neuron[0])}/{neuron[1]}"


def _read_neuron(value: str, facts: Mapping[str, Any]) -> list[Any] | None:
    layer, _, unit = value.rpartition("/")
    name = _decode(layer)
    if name not in facts["layers"] or not re.fullmatch("[0-9]{1,9}", unit):
        return None
    exists = int(unit) < facts["units"][facts["layers"].index(name)]
    return [name, int(unit)] if exists else None


def _read_layers(value: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    named = [_decode(name) for name in value.split(",")] if value else []
    on = [name for name in facts["layers"] if name in named]
    return {"layers": on} if on or not value else {}


def _read_sort(value: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    name = _decode(value.removeprefix("-"))
    if name not in (*facts["columns"], "layer", "unit"):
        return {}
    return {"sort_by": name, "ascending": not value.startswith("-")}


def _read_share(name: str, value: str, *, above: bool) -> dict[str, Any]:
    number = _read(_decode(value))
    return (
        {} if number is None or not 0 <= number <= 1 or (above and not number) else {name: number}
    )


def _read_count(value: str) -> dict[str, Any]:
    known = re.fullmatch("[0-9]{1,10}", value) and 1 <= int(value) <= _MOST
    return {"n_max": int(value)} if known else {}


def _read_search(value: str) -> dict[str, Any]:
    text = _decode(value)
    return {} if text is None else {"search": text}


def _read_focus(value: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    neuron = _read_neuron(value, facts)
    return {} if neuron is None else {"focus": neuron}


def _read_pinned(value: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    pinned: list[list[Any]] = []
    for part in value.split(","):
        neuron = _read_neuron(part, facts)
        if neuron is not None and neuron not in pinned:
            pinned.append(neuron)
    return {"pinned": pinned} if pinned else {}


_READERS: dict[str, Any] = {
    "layers": _read_layers,
    "th": lambda value, _: _read_share("threshold", value, above=True),
    "n": lambda value, _: _read_count(value),
    "min": lambda value, _: _read_share("min_activation", value, above=False),
    "sort": _read_sort,
    "q": lambda value, _: _read_search(value),
    "focus": _read_focus,
    "pin": _read_pinned,
}
