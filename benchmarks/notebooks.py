"""Execute every notebook as a reader would, and print how long each takes and in how much memory.

``python benchmarks/notebooks.py`` runs the notebooks one after the other, each in a kernel of its
own, in one temporary folder, so that the demo atlas is made once. It prints the seconds and the
peak memory of each: the resident set of the kernel, and what the processes take that it starts,
such as the browser that draws figures. These share much, so theirs is the proportional set size
where the system tells it (Linux). It is sampled five times a second. What the server of JupyterLab
takes beside the kernel is measured too, and what cells write to stderr is shown.

It fails where a cell raises, where all notebooks together take more than ``--most-seconds``, or
where one of them and JupyterLab's server together take more than ``--most-gib``.
``binder/start python benchmarks/notebooks.py`` sets the threads as they are on Binder.
"""

import argparse
import shutil
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ui"))
from lab import Lab

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
GIB = 2**30
EVERY = 0.2


class PeakMemory:
    """The most memory that a child of this process and what it starts take, while it is open."""

    def __init__(self) -> None:
        self.peak = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "PeakMemory":
        """Begin to sample."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take a last sample."""
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            first = psutil.Process().children()
            others = {*psutil.Process().children(recursive=True)} - {*first}
            taken = sum(memory(process, shared=True) for process in first)
            taken += sum(memory(process, shared=False) for process in others)
            self.peak = max(self.peak, taken)
            if self._end.wait(EVERY):
                return


def memory(process: psutil.Process, *, shared: bool) -> int:
    """Return the bytes of a process, pages that it shares as a whole or in part; 0 if it ended."""
    try:
        if psutil.LINUX and not shared:
            return process.memory_full_info().pss
        return process.memory_info().rss
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def execute(path: Path, folder: Path, seconds: float) -> str | None:
    """Execute a notebook and show what its cells write to stderr; return what failed, if any."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=seconds,
        resources={"metadata": {"path": str(folder)}},
        config=Config(KernelManager=_talk(folder.parent) if psutil.POSIX else {}),
    )
    at = {"cell": "the kernel"}
    client.on_cell_start = lambda cell, cell_index: at.update(cell=f"cell {cell.id!r}")
    failure = None
    try:
        client.execute()
    except CellExecutionError as error:
        failure = f"{error.ename}: {error.evalue}"
    except (CellTimeoutError, DeadKernelError) as error:
        failure = f"{type(error).__name__}: {error}"
    for cell in notebook.cells:
        for line in stderr_lines(cell):
            print(f"    {path.name}, cell {cell.id!r}: {line}", flush=True)
    return failure and f"{path.name}, {at['cell']}: {failure}"


def _talk(folder: Path) -> dict[str, str]:
    """Have kernels listen at files instead of ports, which others on the machine could reach."""
    return {"transport": "ipc", "ip": str(folder / "kernel")}


def stderr_lines(cell: nbformat.NotebookNode) -> Iterable[str]:
    """Yield what a cell wrote to stderr, progress bars as they stood in the end."""
    for output in cell.get("outputs", ()):
        if output.output_type == "stream" and output.name == "stderr":
            yield from (line.rsplit("\r", 1)[-1] for line in output.text.rstrip().split("\n"))


def server_memory(folder: Path) -> int:
    """Return what the server of JupyterLab takes, with its page loaded and no kernel."""
    with PeakMemory() as lab_memory, Lab(folder) as lab:
        urllib.request.urlopen(f"{lab.url}/lab", timeout=60).read()
        time.sleep(2)
    return lab_memory.peak


def main() -> int:
    """Run the notebooks that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/")
    parser.add_argument("--with-demo", type=Path, help="a demo atlas that is there already")
    parser.add_argument("--most-seconds", type=float, default=240)
    parser.add_argument("--most-gib", type=float, default=2)
    parsed = parser.parse_args()
    failures, total, most = [], 0.0, 0
    paths = parsed.notebooks or sorted(NOTEBOOKS.glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as name:
        server = server_memory(Path(tempfile.mkdtemp(dir=name)))
        folder = Path(tempfile.mkdtemp(dir=name))
        if parsed.with_demo:
            shutil.copy(parsed.with_demo, folder / "demo.nfviz")
        print(f"{'notebook':28}{'seconds':>9}{'GiB':>7}", flush=True)
        for path in paths:
            start = time.perf_counter()
            with PeakMemory() as kernel:
                failure = execute(path, folder, parsed.most_seconds)
            seconds = time.perf_counter() - start
            total, most = total + seconds, max(most, kernel.peak)
            print(f"{path.stem:28}{seconds:9.1f}{kernel.peak / GIB:7.2f}", flush=True)
            failures += [failure] if failure else []
    print(f"{'all':28}{total:9.1f}{most / GIB:7.2f}")
    print(f"The server of JupyterLab adds {server / GIB:.2f} GiB.")
    if total > parsed.most_seconds:
        failures.append(f"{total:.0f} s in all are more than {parsed.most_seconds:g}")
    if most + server > parsed.most_gib * GIB:
        failures.append(f"{(most + server) / GIB:.2f} GiB are more than {parsed.most_gib:g}")
    print("".join(f"FAILED: {failure}\n" for failure in failures), end="", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
