"""The browser behind the figures: offline, one for many, ended when it hangs."""

import asyncio
import http.server
import os
import signal
import sys
import threading

import plotly.graph_objects as go
import pytest

from nfviz.figures import browser
from nfviz.figures.save import save_figure

FIGURE = go.Figure(go.Scatter(y=[1, 3, 2]))


async def nothing(kaleido):
    return "done"


@pytest.fixture(scope="module")
def chromium():
    """Skip where no browser is installed."""
    pytest.importorskip("pypdf", reason="saving figures needs pypdf")
    try:
        browser.in_browser(nothing)
    except (ModuleNotFoundError, FileNotFoundError) as error:
        pytest.skip(f"{error}")


def test_the_browser_reaches_no_network(chromium):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"

    async def fetch(kaleido):
        tab = await kaleido.create_tab("about:blank")
        try:
            options = {"expression": f"fetch('{url}', {{mode: 'no-cors'}})", "awaitPromise": True}
            return await tab.send_command("Runtime.evaluate", params=options)
        finally:
            await kaleido.close_tab(tab)

    try:
        answer = browser.in_browser(fetch)
    finally:
        server.shutdown()
        server.server_close()
    assert "Failed to fetch" in str(answer)
    assert asked == []


def test_a_browser_that_hangs_is_ended_in_time(chromium, monkeypatch):
    async def hang(kaleido):
        await asyncio.sleep(60)

    with monkeypatch.context() as patch:
        patch.setattr(browser, "LIMIT", 0.2)
        browser.in_browser(nothing)
        with pytest.raises(TimeoutError, match="did not answer within 0 s"):
            browser.in_browser(hang)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="ends the browser as POSIX does")
def test_a_browser_that_was_killed_is_replaced_and_draws_the_same(chromium, tmp_path):
    async def process(kaleido):
        return kaleido.subprocess

    before = save_figure(FIGURE, tmp_path / "before.pdf")
    killed = browser.in_browser(process)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    after = save_figure(FIGURE, tmp_path / "after.pdf")
    assert browser.in_browser(process) is not killed
    assert after.read_bytes() == before.read_bytes()


def test_what_the_browser_refuses_is_told(chromium):
    async def refuse(kaleido):
        return await kaleido.calc_fig({"data": [{"type": "scatter", "y": 3}], "layout": 7})

    with pytest.raises(ChildProcessError, match="could not draw the figure"):
        browser.in_browser(refuse)


def test_one_browser_serves_until_it_is_idle(chromium, monkeypatch):
    async def itself(kaleido):
        return kaleido

    assert browser.in_browser(itself) is browser.in_browser(itself)
    ended = threading.Event()
    monkeypatch.setattr(browser, "IDLE", 0.01)
    kaleido = browser.in_browser(itself)
    threading.Thread(target=lambda: (kaleido.subprocess.wait(), ended.set())).start()
    assert ended.wait(30)


def test_without_kaleido_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    browser.close_browser()
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'nfviz\[figures\]'"):
        save_figure(FIGURE, tmp_path / "f.svg")
    save_figure(FIGURE, tmp_path / "f.html")


def test_without_a_browser_the_error_says_how_to_get_one(tmp_path, monkeypatch):
    chromium = pytest.importorskip("choreographer.browsers").Chromium
    browser.close_browser()
    monkeypatch.setattr(chromium, "find_browser", lambda **options: None)
    with pytest.raises(FileNotFoundError, match=r"apt install chromium.*BROWSER_PATH"):
        save_figure(FIGURE, tmp_path / "f.pdf")
    assert list(tmp_path.iterdir()) == []
