"""Widgets that mend what the page sends, and tell of errors that nobody else would hear."""

from __future__ import annotations

import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anywidget
from traitlets import All, EventHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["GuardedWidget"]


class _Guarded:
    """An observer whose errors the widget tells where the page caused the change."""

    def __init__(self, handler: Callable[[Any], Any]) -> None:
        self.handler = handler

    def __call__(self, change: Any) -> None:
        owner = change["owner"]
        if not owner._hears_page:
            self.handler(change)
            return
        try:
            self.handler(change)
        except Exception as error:
            owner._complain(error)

    def __eq__(self, other: object) -> bool:
        # So that the handler itself can be taken from a list of observers.
        return bool(self.handler == getattr(other, "handler", other))

    def __hash__(self) -> int:
        return hash(self.handler)


class GuardedWidget(anywidget.AnyWidget):
    """A widget of which the page cannot break the state.

    A subclass has a synced trait ``error`` and `_mend`. An error that an observer raises because
    of a message from the page is put there, with its traceback, and the other observers hear of
    the change all the same; where Python sets a trait, errors reach whoever set it.
    """

    _hears_page = False
    _complaints: tuple[str, ...] = ()

    def _mend(self, name: str, value: Any) -> Any:
        """Return what a trait accepts for a plain value from the page; ValueError if nothing."""
        raise NotImplementedError

    def observe(
        self,
        handler: Callable[[Any], Any],
        names: Any = All,
        type: Any = "change",  # noqa: A002 - as traitlets calls it.
    ) -> None:
        """Call a handler when a trait changes, as any widget does."""
        known = isinstance(handler, EventHandler | _Guarded)
        super().observe(handler if known else _Guarded(handler), names, type)

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take over what the page sends, as far as there is sense in it."""
        mended = {}
        for name, value in sync_data.items():
            with suppress(ValueError, TypeError, OverflowError):
                mended[name] = _plain(self._mend(name, value))
        self._complaints, self._hears_page = (), True
        try:
            super().set_state(mended)
        finally:
            self._hears_page = False
        self.error = "\n".join(self._complaints)
        # The page keeps what it sent until it hears otherwise.
        wrong = [name for name in sync_data if mended.get(name, self) != sync_data[name]]
        self.send_state([name for name in wrong if name in self.keys])

    def _complain(self, error: Exception) -> None:
        """Keep the traceback of an error of an observer."""
        trace = error.__traceback__.tb_next if error.__traceback__ else None
        text = "".join(traceback.format_exception(type(error), error, trace))
        self._complaints = (*self._complaints, text)
        self.log.error("An observer of %s raised an error:\n%s", type(self).__name__, text)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
