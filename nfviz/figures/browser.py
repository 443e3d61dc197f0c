"""The browser that draws figures for paper: one for many figures, offline, with a time limit.

Kaleido finds an installed Chrome or Chromium and runs plotly.js in it. Starting takes a second
or more, a figure a fraction of one: so the browser stays for the next figure, and is closed after
`IDLE` seconds without one and when Python ends.
"""

import asyncio
import atexit
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from nfviz.figures.font import font_faces, wait_for_fonts

Result = TypeVar("Result")

LIMIT = 90.0
"""Seconds within which the browser has to start, and to draw a figure."""

IDLE = 120.0
"""Seconds after which a browser without work is closed."""

# Text is measured as it is printed, not on the dots of a screen; and no request, of the figure or
# of the browser itself, finds a way out: no name has an address, no proxy listens at the port.
_FLAGS = (
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)
_HEAD = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src file: 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    'img-src data: blob:; font-src data:; worker-src blob:">'
    "<style>text{text-rendering:geometricPrecision}%s</style>"
)


_WAIT = f"<script>{wait_for_fonts('toImage')}</script>"


class _Page:
    """Kaleido's page with the fonts of the figures, and without MathJax, which is on the web."""

    def generate_index(self) -> str:
        from kaleido import PageGenerator

        page: str = PageGenerator(mathjax=False).generate_index()
        page = page.replace("<head>", "<head>" + _HEAD % font_faces(), 1)
        return page.replace("</head>", _WAIT + "</head>", 1)


async def _make() -> Any:
    try:
        from choreographer.browsers import Chromium
        from choreographer.errors import ChromeNotFoundError
        from kaleido import Kaleido
    except ImportError as error:
        raise ModuleNotFoundError(
            "PDF, SVG and PNG are drawn with Kaleido 1, which is not installed. Install it with "
            "pip install 'nfviz[figures]', or save the figure as HTML."
        ) from error

    class Offline(Chromium):
        def get_cli(self) -> list[str]:
            return [*super().get_cli(), *_FLAGS]

    try:
        return Kaleido(n=1, timeout=None, page_generator=_Page(), browser_cls=Offline)
    except ChromeNotFoundError as error:
        raise FileNotFoundError(
            "PDF, SVG and PNG are drawn with Chrome or Chromium, and none was found. Install one "
            "(apt install chromium, or kaleido_get_chrome, which downloads it), or name the "
            "program in the environment variable BROWSER_PATH, or save the figure as HTML."
        ) from error


async def _leave(kaleido: Any) -> None:
    """Close the browser, and let tasks of its own that close it at the same time come to an end."""
    await kaleido.close()
    await _come_to_an_end()


async def _come_to_an_end(*, cancel: bool = False) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks if cancel else ():
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=3)


class _Browser:
    """An open Kaleido in an event loop and a thread of its own: notebooks have a loop already."""

    def __init__(self) -> None:
        self._kaleido: Any = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._kaleido = self._wait(_make(), LIMIT)
            self._wait(self._kaleido.open(), LIMIT)
        except BaseException:
            self.close(at_once=True)
            raise

    @property
    def alive(self) -> bool:
        return self._kaleido.subprocess.poll() is None

    def run(self, task: Callable[[Any], Coroutine[Any, Any, Result]]) -> Result:
        return self._wait(task(self._kaleido), LIMIT)

    def _wait(self, work: Coroutine[Any, Any, Result], limit: float) -> Result:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(limit)
        finally:
            future.cancel()

    def close(self, *, at_once: bool) -> None:
        if self._kaleido is not None:
            process = getattr(self._kaleido, "subprocess", None)
            if at_once:
                _end(process)
            # What is closed may hang or be gone already; nobody is waiting for its complaints.
            with contextlib.suppress(Exception, CancelledError):
                self._wait(_leave(self._kaleido), 10)
            _end(process)
        with contextlib.suppress(TimeoutError):
            self._wait(_come_to_an_end(cancel=True), 5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _end(process: Any) -> None:
    """End what is left of the browser: Kaleido gives it a session, so a group, of its own."""
    if process is not None and process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
        process.wait()


_lock = threading.RLock()
_browser: _Browser | None = None
_timer: threading.Timer | None = None


def in_browser(task: Callable[[Any], Coroutine[Any, Any, Result]]) -> Result:
    """Run a task in the browser, which is started where none runs; one task at a time.

    Parameters
    ----------
    task : callable
        Takes an open `kaleido.Kaleido`, gives a coroutine.

    Raises
    ------
    ModuleNotFoundError
        Without Kaleido.
    FileNotFoundError
        Without a browser.
    TimeoutError
        If the browser does not start, or the task is not done, within `LIMIT` seconds.
    ChildProcessError
        If the browser ends or the task fails in it.
    """
    global _browser
    with _lock:
        _keep_open()
        try:
            if _browser is None:
                _browser = _Browser()
                # Last to be registered, first to run: before its temporary folders are removed.
                atexit.unregister(close_browser)
                atexit.register(close_browser)
            return _browser.run(task)
        except TimeoutError as error:
            close_browser(at_once=True)
            raise TimeoutError(
                f"The browser did not answer within {LIMIT:.0f} s and was ended. Try again, or "
                "with fewer points, or with another Chrome or Chromium, named in the "
                "environment variable BROWSER_PATH."
            ) from error
        except (ModuleNotFoundError, FileNotFoundError):
            raise
        except (Exception, CancelledError) as error:
            close_browser()
            told = " ".join(map(str, error.args)) or type(error).__name__
            raise ChildProcessError(f"The browser could not draw the figure: {told}") from error
        finally:
            _close_when_idle()


def close_browser(*, at_once: bool = False) -> None:
    """End the browser, if one runs; the next figure starts another.

    Parameters
    ----------
    at_once : bool
        Without asking it first.
    """
    global _browser
    with _lock:
        browser, _browser = _browser, None
        if browser is not None:
            browser.close(at_once=at_once)


def _keep_open() -> None:
    """Hold the browser for the next task, unless it ended by itself since the last."""
    if _timer is not None:
        _timer.cancel()
    if _browser is not None and not _browser.alive:
        close_browser()


def _close_when_idle() -> None:
    global _timer
    if _browser is not None:
        _timer = threading.Timer(IDLE, close_browser)
        _timer.daemon = True
        _timer.start()


def _forget() -> None:
    """Leave the browser to the parent of a forked process, which has no thread to talk to it."""
    global _lock, _browser, _timer
    _lock, _browser, _timer = threading.RLock(), None, None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
