"""Executors: threads, processes, a Dask cluster; workers that die; always the same atlas."""

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from small_case import OPTIONS, Images, analyze, differences, network, shards
from torch import nn

import nfviz
from nfviz.recording import remote

pytestmark = pytest.mark.filterwarnings("ignore:Class selectivity")


@pytest.fixture(scope="module")
def whole():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return analyze()


@pytest.fixture(scope="module")
def pool():
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        yield executor


class Deadly(Images):
    """Images of which one kills the worker that reads it, the first time."""

    def __init__(self, mark, home):
        super().__init__()
        self.mark, self.home = mark, home

    def __getitem__(self, number):
        if number == 100 and os.getpid() != self.home and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(number)


class Late(Executor):
    """Gives back results in the opposite order, from this thread."""

    def __init__(self):
        self.waiting = []

    def submit(self, function, *arguments):
        future = Future()
        self.waiting.append((future, function, arguments))
        if len(self.waiting) == 5:
            threading.Thread(target=self.run).start()
        return future

    def run(self):
        while self.waiting:
            future, function, arguments = self.waiting.pop()
            future.set_result(function(*arguments))


@pytest.mark.parametrize("tune", [True, False])
def test_threads(whole, tune):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(4)
        with ThreadPoolExecutor(3) as executor:
            assert not differences(analyze(executor=executor, tune=tune), whole)
            assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)


def test_one_that_is_shut_down():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ValueError, match=r"executor takes no tasks.*Pass one that is open"):
        analyze(executor=executor)


def test_one_that_cancels_its_tasks(whole):
    class Cancels(Executor):
        def submit(self, *_):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.warns(UserWarning, match="its tasks were cancelled"):
        atlas = analyze(executor=Cancels())
    assert not differences(atlas, whole)


def test_workers_with_other_code_are_refused(monkeypatch):
    plain = remote.same_response
    monkeypatch.setattr(
        remote, "same_response", lambda one, other, dtype: plain({**one, "0": [9, 9]}, other, dtype)
    )
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(RuntimeError, match=r"images of noise.*same versions"),
    ):
        analyze(executor=executor)


def test_any_order(whole):
    assert not differences(analyze(executor=Late()), whole)


def test_processes(whole, pool, tmp_path):
    atlas = analyze(tmp_path / "store", executor=pool)
    assert not differences(atlas, whole)
    assert not differences(analyze(tmp_path / "store"), whole)


def test_the_network_is_sent_not_run_here(pool, whole):
    counted = network()
    atlas = nfviz.analyze(counted, Images(), executor=pool, **OPTIONS)
    assert not differences(atlas, whole)
    assert counted.runs <= 3, "for the layers and on noise"


def test_a_view_is_sent_without_what_it_is_a_view_of(pool):
    base = torch.zeros(1000, 3, 12, 12, dtype=torch.uint8)
    job = remote.Job(network(), [base[0]], None, 0, 1, None, None, torch.device("cpu"), None, True)

    class Layers:
        layers = ()
        response_to_noise: ClassVar = {}

    assert len(remote.pack(job, Layers())) < 20_000


def test_a_worker_of_a_pool_dies(whole, tmp_path):
    """The pool is broken for good: the rest is recorded here."""
    images = Deadly(tmp_path / "mark", os.getpid())
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as executor,
        pytest.warns(UserWarning, match=r"executor broke.*recorded in this process"),
    ):
        atlas = analyze(tmp_path / "store", images, executor=executor)
    assert not differences(atlas, whole)


def test_an_interruption_keeps_what_came_back(whole, tmp_path):
    class Interrupted(Late):
        def submit(self, function, *arguments):
            future = Future()
            if self.waiting:
                future.set_exception(KeyboardInterrupt())
            else:
                self.waiting.append(1)
                future.set_result(function(*arguments))
            return future

    with pytest.raises(KeyboardInterrupt):
        analyze(tmp_path / "store", executor=Interrupted())
    assert not differences(analyze(tmp_path / "store"), whole)


def test_workers_of_another_kind_are_refused(monkeypatch):
    job = remote.numerical_identity

    def other(device):
        here = job(device)
        if threading.current_thread() is not threading.main_thread():
            here["processor"] = "ABACUS"
        return here

    monkeypatch.setattr(remote, "numerical_identity", other)
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(RuntimeError, match=r"ABACUS.*machines and versions that are alike"),
    ):
        analyze(executor=executor)


def test_what_cannot_be_sent_is_refused(pool):
    class Local(nn.Sequential):
        def __reduce__(self):
            raise TypeError("holds an open file")

    with pytest.raises(ValueError, match=r"cannot be sent to the workers.*open file"):
        nfviz.analyze(Local(nn.Conv2d(3, 2, 3)), Images(), executor=pool, **OPTIONS)


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(sys.path.extend, [str(Path(__file__).parent)])
        yield client


class TestDask:
    """A real cluster of two processes on this machine."""

    def test_the_same_atlas(self, whole, client):
        assert not differences(analyze(executor=client.get_executor()), whole)

    def test_a_worker_is_killed_in_the_middle(self, whole, client, tmp_path):
        images = Deadly(tmp_path / "mark", os.getpid())
        atlas = analyze(tmp_path / "store", images, executor=client.get_executor())
        assert (tmp_path / "mark").exists(), "it did happen"
        assert not differences(atlas, whole)
        assert len(shards(tmp_path / "store")) == 2

    def test_the_allocator_of_the_nanny_is_undone(self, client):
        """It sets MALLOC_TRIM_THRESHOLD_, with which each map costs page faults anew."""
        faults = list(client.run(page_faults).values())
        assert all(inside < outside / 4 for outside, inside in faults), faults


def page_faults():
    """Count the page faults of allocating the same map again and again, bare and tuned."""
    import resource

    from nfviz.recording.heap import kept_heap

    def count():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(20):
            torch.ones(1 << 20)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    outside = count()
    with kept_heap():
        count()
        return outside, count()


def test_a_worker_unpacks_the_job_once(whole, monkeypatch):
    opened = []
    plain = remote.pickle.loads
    monkeypatch.setattr(remote.pickle, "loads", lambda data: opened.append(1) or plain(data))
    with ThreadPoolExecutor(1) as executor:
        assert not differences(analyze(executor=executor), whole)
    assert len(opened) == 1


class TestTheJob:
    """It lies in a file, and is sent to those who cannot read that."""

    def sent(self, monkeypatch):
        """Return a list that grows with each time the job is sent or left out."""
        sizes, plain = [], remote._submit

        def submit(executor, key, path, job, *chunk):
            sizes.append(0 if job is None else len(job))
            return plain(executor, key, path, job, *chunk)

        monkeypatch.setattr(remote, "_submit", submit)
        return sizes

    def test_is_not_sent_where_the_file_is(self, whole, monkeypatch):
        sizes = self.sent(monkeypatch)
        with ThreadPoolExecutor(2) as executor:
            assert not differences(analyze(executor=executor), whole)
        assert len(sizes) > 3
        assert not any(sizes)

    @pytest.mark.parametrize("there", ["nothing", "something else", "no folder"])
    def test_is_sent_where_it_is_not(self, whole, monkeypatch, there):
        sizes, plain = self.sent(monkeypatch), remote._read

        def elsewhere(path, key):
            if there == "something else":
                Path(path).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
                return plain(path, key)
            return plain("/nowhere/at/all" if there == "no folder" else "/dev/null", key)

        monkeypatch.setattr(remote, "_read", elsewhere)
        with ThreadPoolExecutor(1) as executor:
            assert not differences(analyze(executor=executor), whole)
        assert any(sizes)

    def test_half_a_store(self, whole, tmp_path):
        """What is there is neither recorded again, nor in this process."""
        store = tmp_path / "store"
        with pytest.raises(KeyboardInterrupt):
            analyze(store, Images(stop=90), workers=0)
        done = set()

        class Watched(Late):
            def submit(self, function, *arguments):
                assert not done & set(range(*arguments[-2:]))
                done.update(range(*arguments[-2:]))
                future = Future()
                future.set_result(function(*arguments))
                return future

        counted = network()
        atlas = nfviz.analyze(counted, Images(), store=store, executor=Watched(), **OPTIONS)
        assert not differences(atlas, whole)
        assert 40 < len(done) < 120
        assert counted.runs <= 3, "for the layers and on noise"
