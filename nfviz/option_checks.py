"""Numbers and choices that callers pass, checked once at the door."""

import math
import operator
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

__all__ = ["check_choice", "check_choices", "check_count", "check_number", "check_share"]


def check_count(
    name: str, value: Any, least: int, why: str = "", *, most: int | None = None
) -> int:
    """Return the value of a parameter that counts something as int, or refuse it."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least or (most is not None and number > most):
        end = "on" if most is None else f"to {most:,}"
        raise ValueError(f"{name} is {value!r}; it accepts an integer from {least}{why} {end}.")
    return number


def check_share(name: str, value: Any, *, inner: bool = False) -> float:
    """Return the value of a parameter that is a share as float, or refuse it.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object
        A real number.
    inner : bool
        Whether 0 and 1 are refused too.
    """
    known = isinstance(value, Real) and not isinstance(value, bool)
    share = float(value) if known else math.nan
    if not (0 < share < 1 if inner else 0 <= share <= 1):
        accepted = "above 0 and below 1" if inner else "from 0 to 1"
        raise ValueError(f"{name} is {value!r}; it accepts a number {accepted}.")
    return share


def check_number(name: str, value: Any, why: str = "") -> float:
    """Return the value of a parameter that is a finite number as float, or refuse it."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}; it accepts a finite number{why}.")
    return float(value)


def check_choice(name: str, value: Any, accepted: Sequence[object]) -> None:
    """Refuse a value that is none of those accepted, and list them."""
    if value not in accepted:
        listed = ", ".join(map(repr, accepted))
        raise ValueError(f"{name} is {value!r}; it accepts {listed}.")


def check_choices(name: str, values: Any, accepted: Sequence[object]) -> list[Any]:
    """Return one choice or several as a list, or refuse what is none of those accepted."""
    several = isinstance(values, Iterable) and not isinstance(values, str)
    chosen = list(values) if several else [values]
    for value in chosen:
        check_choice(name, value, accepted)
    return chosen
