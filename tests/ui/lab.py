"""A real JupyterLab on loopback, and notebooks in it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

__all__ = ["Lab", "LabNotebook"]

_START = 60
_READY = "document.querySelector('.jp-Notebook') && window.jupyterapp !== undefined"
_IDLE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const kernel = panel?.context?.sessionContext?.session?.kernel;
  return kernel?.status === "idle" && panel.context.isReady;
}"""
_RUN = "window.jupyterapp.commands.execute('notebook:run-all-cells')"


class Lab:
    """A server in a folder of its own, without a token, reachable from this machine alone."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._process = None
        self.url = ""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        places = {
            name: str(self.folder / name.lower())
            for name in (
                "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
                "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR",
            )
        }  # fmt: skip
        self._settle(Path(places["JUPYTERLAB_SETTINGS_DIR"]))
        self.url = f"http://127.0.0.1:{port}"
        self._log = open(self.folder / "lab.log", "w")
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1",
                f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
                "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
                "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                "--allow-root", f"--ServerApp.root_dir={self.folder}",
            ],
            env={**os.environ, **places},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        end = time.monotonic() + _START
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api/status", timeout=2).read()
                return self
            if self._process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise RuntimeError((self.folder / "lab.log").read_text())
            time.sleep(0.2)

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    @staticmethod
    def _settle(settings):
        """Turn on "Save Widget State Automatically", and news off."""
        chosen = {
            "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
            "@jupyterlab/apputils-extension/notification": {
                "fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True,
            },
        }  # fmt: skip
        for name, values in chosen.items():
            place = settings / f"{name}.jupyterlab-settings"
            place.parent.mkdir(parents=True)
            place.write_text(json.dumps(values))

    def open(self, page, name, cells):
        """Open a notebook of code cells, run them all, and wait until the kernel is idle."""
        content = {
            "cells": [
                {
                    "cell_type": "code", "execution_count": None, "id": f"cell-{number}",
                    "metadata": {}, "outputs": [], "source": source,
                }
                for number, source in enumerate(cells)
            ],
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }  # fmt: skip
        (self.folder / f"{name}.ipynb").write_text(json.dumps(content))
        notebook = LabNotebook(self, page, name)
        notebook.show()
        notebook.run()
        return notebook


class LabNotebook:
    """A notebook in a page."""

    def __init__(self, lab, page, name):
        self.lab, self.page, self.name = lab, page, name

    def show(self):
        """Load the page, and wait for the kernel."""
        # Each page has a workspace of its own, or it would open what the last one had.
        self.page.goto(f"{self.lab.url}/lab/workspaces/{self.name}/tree/{self.name}.ipynb?reset")
        self.page.wait_for_function(_READY, timeout=60_000)
        self.page.wait_for_function(_IDLE, timeout=60_000)

    def run(self):
        """Run all cells."""
        self.page.evaluate(_RUN)
        self.page.wait_for_function(_IDLE, timeout=120_000)

    def python(self, code, *, timeout=30):
        """Run code in the kernel as the page would, and return what it printed."""
        return self.page.evaluate(
            """async ([code, timeout]) => {
              const panel = window.jupyterapp.shell.currentWidget;
              const { kernel } = panel.context.sessionContext.session;
              let text = "";
              const future = kernel.requestExecute({ code, store_history: false });
              future.onIOPub = (message) => {
                const { header, content } = message;
                if (header.msg_type === "stream") text += content.text;
                if (header.msg_type === "error") text += content.traceback.join("\\n");
              };
              await Promise.race([
                future.done,
                new Promise((_, reject) =>
                  setTimeout(() => reject(new Error("the kernel is busy")), timeout)),
              ]);
              return text;
            }""",
            [code, timeout * 1000],
        )
