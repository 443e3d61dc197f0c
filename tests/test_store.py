"""The store: whatever happens to it, the atlas is the one of an undisturbed call, to the bit."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
from small_case import (
    BENCHMARKS,
    COUNT,
    OPTIONS,
    Counted,
    Images,
    analyze,
    differences,
    network,
    shards,
)

import nfviz
from nfviz import bundle
from nfviz.recording.images import ImageSource
from nfviz.recording.preprocessing import split
from nfviz.recording.recorder import Recorder
from nfviz.recording.store import Store

pytestmark = [
    pytest.mark.filterwarnings("ignore:Class selectivity"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def interrupted(store, stop, **options):
    with pytest.raises(KeyboardInterrupt):
        analyze(store, Images(stop=stop), workers=0, **options)


@pytest.fixture(scope="module")
def whole():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return analyze()


@pytest.fixture
def store(tmp_path):
    return tmp_path / "runs" / "one"


class TestContinues:
    def test_the_same_as_without(self, whole, store):
        assert not differences(analyze(store), whole)

    def test_at_once_when_all_is_there(self, whole, store):
        analyze(store)
        counted, images = network(), Images()
        atlas = nfviz.analyze(counted, images, store=store, **OPTIONS)
        assert not differences(atlas, whole)
        assert counted.runs <= 3, "for the layers and on noise"
        assert len(images.reads) < 25, "a sample, to see that they are the same"

    def test_after_an_interruption(self, whole, store):
        interrupted(store, 90)
        images = Images()
        assert not differences(analyze(store, images, workers=0), whole)
        early = [number for number in set(images.reads) if number < 80]
        needed = set(whole.ranked["image"])
        assert len(set(early) - needed) < 20, "what was recorded is read for its crops alone"

    def test_other_images_of_the_ranking_are_kept(self, whole, store):
        """Only what the recording rests on makes the identity."""
        analyze(store)
        counted = network()
        options = {**OPTIONS, "n_max": 3, "min_activation": 0.5, "n_crops": 2}
        atlas = nfviz.analyze(counted, Images(), store=store, **options)
        assert counted.runs <= 3
        assert not differences(atlas, analyze(**{k: options[k] for k in options if k != "store"}))

    def test_more_images_are_one_call(self, store):
        analyze(store, Images(COUNT))
        images = Images(COUNT + 77)
        atlas = analyze(store, images)
        assert not differences(atlas, analyze(None, Images(COUNT + 77)))
        fresh = analyze(None, Images(COUNT + 77))
        assert len(set(images.reads) - set(fresh.ranked["image"])) < COUNT

    def test_fewer_images_are_recorded_anew(self, whole, store):
        analyze(store, Images(COUNT + 77))
        assert not differences(analyze(store), whole)
        counted = network()
        nfviz.analyze(counted, Images(COUNT + 77), store=store, **OPTIONS)
        assert counted.runs <= 3, "and what there was is still there"


class Picky(Counted):
    """Refuses batches of more than one image, or takes another way for noise than for images."""

    def __init__(self, kind, *modules):
        super().__init__(*modules)
        self.kind = kind

    def forward(self, images):
        if self.kind == "one":
            assert len(images) == 1
            return super().forward(images)
        return self[0](images) if images.std() > 1.1 else super().forward(images)


@pytest.mark.parametrize(("kind", "batch_size"), [("one", 1), ("route", 8)])
def test_networks_that_fail_on_noise_have_stores_too(store, kind, batch_size):
    options = {**OPTIONS, "batch_size": batch_size}
    images = [(torch.full((3, 12, 12), number, dtype=torch.uint8), 0) for number in range(30)]
    expected = nfviz.analyze(Picky(kind, *network()), images, **options)
    for _ in range(2):
        atlas = nfviz.analyze(Picky(kind, *network()), images, store=store, **options)
        assert not differences(atlas, expected)


class TestAddsUp:
    """Shards in any order, any split, and twice."""

    @pytest.mark.parametrize("seed", range(4))
    def test_shards(self, whole, store, seed):
        interrupted(store, 8 if seed % 2 else 40)
        for path in shards(store):
            path.unlink()
        source = ImageSource(Images(), split(None, 0.5, 0.25), None)
        recorder = Recorder(network(), source, None, torch.device("cpu"), 8)
        random = np.random.default_rng(seed)
        batches = [np.arange(start, min(start + 8, COUNT)) for start in range(0, COUNT, 8)]
        mixed = [batches[place] for place in random.permutation(len(batches) - 1)]
        groups = [mixed[cut::3] for cut in range(3)] + [batches[-1:]]
        identity = json.loads((store / "identity.json").read_text())
        response = identity.pop("response_to_noise")
        for group in groups:
            shard = recorder.new_shard(OPTIONS["n_ranked"])
            for learned in recorder.run(group, 0):
                shard.update(*learned)
            numbers = shard.images()[0]
            arrays = {**shard.arrays(), "image/name": np.zeros(len(numbers), np.uint64)}
            kept = Store(store, identity, response).write_shard(arrays)
            shutil.copy(kept, kept.with_name(f"twice-{kept.name}"))
        counted = network()
        atlas = nfviz.analyze(counted, Images(), store=store, **OPTIONS)
        assert not differences(atlas, whole)
        assert counted.runs <= 3
        assert len(shards(store)) == 2, "one for all whole batches, one for the last"

    def test_two_folders_become_one(self, whole, tmp_path):
        """Each of two machines did a part; their shards are copied together."""
        one, other = tmp_path / "one", tmp_path / "other"
        interrupted(one, 80)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RANK", "1")
            patch.setenv("WORLD_SIZE", "2")
            interrupted(other, 20)
        for path in shards(other):
            shutil.copy(path, one / "shards")
        assert shards(other)
        images = Images()
        assert not differences(analyze(one, images), whole)
        lacking = np.ones(COUNT, bool)
        for path in (*shards(one), *shards(other)):
            lacking[bundle.read(path).arrays["image/number"]] = False
        assert not lacking.any()
        assert len(images.reads) < COUNT, "some were neither recorded again nor cut"


class TestInterruptions:
    """In the middle of anything that changes what was learned."""

    @pytest.mark.parametrize(
        "place",
        [
            "statistics.Statistics.update",
            "ranking.Ranking.update",
            "ranking.Ranking._merge",
            "hues.HueCensus.update",
        ],
    )
    @pytest.mark.parametrize("when", [1, 5, 9])
    def test_a_batch_half_done_does_not_count(self, whole, store, monkeypatch, place, when):
        calls = []

        def interrupt(*_):
            calls.append(1)
            if len(calls) == when:
                raise KeyboardInterrupt
            return plain(*_)

        module, name, method = place.split(".")
        kind = getattr(import_module(f"nfviz.recording.{module}"), name)
        plain = getattr(kind, method)
        with monkeypatch.context() as patch:
            patch.setattr("nfviz.recording.stored_ledger.EVERY", 0.0)
            patch.setattr(kind, method, interrupt)
            with pytest.raises(KeyboardInterrupt):
                analyze(store)
        assert not differences(analyze(store), whole)

    def test_locks_that_a_forked_child_holds_are_let_go(self, whole, store):
        """Also where locks/ was not copied along."""
        interrupted(store, 60)
        shutil.rmtree(store / "locks")
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            assert not differences(analyze(store, executor=pool), whole)
            assert not differences(analyze(store), whole)


class TestDamage:
    @pytest.fixture
    def half(self, store):
        interrupted(store, 120)
        (path,) = shards(store)
        return path

    @pytest.mark.parametrize(
        "kind", ["truncated", "empty", "flipped", "name", "label", "digest", "foreign", "other"]
    )
    def test_a_shard_that_is_no_use_is_recorded_again(self, whole, store, half, kind, tmp_path):
        data = bytearray(half.read_bytes())
        if kind == "truncated":
            del data[len(data) // 2 :]
        elif kind in ("name", "label", "digest"):
            array = bundle.read(half).arrays[f"image/{kind}"]
            data[data.index(array.tobytes())] ^= 1
        elif kind == "empty":
            data.clear()
        elif kind == "flipped":
            data[len(data) // 2] ^= 16
        elif kind == "foreign":
            data = bytearray(b"not a shard at all")
        else:
            interrupted(tmp_path / "else", 120, seed=1)
            data = bytearray(shards(tmp_path / "else")[0].read_bytes())
        half.write_bytes(data)
        with pytest.warns(UserWarning, match=r"cannot be used \(.*recorded again"):
            atlas = analyze(store)
        assert not differences(atlas, whole)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "Class selectivity")
            assert not differences(analyze(store), whole)

    def test_what_a_killed_process_left_is_swept_up(self, whole, store, half):
        left = [half.with_name(".x.shard.1.part"), store / "locks" / "images-0-32"]
        for path in left:
            self.leave(path)
        young = half.with_name(".z.shard.1.part")
        young.write_bytes(b"half")
        assert not differences(analyze(store), whole)
        (result,) = store.glob("results/*")
        left.append(result / ".y.nfviz.2.part")
        self.leave(left[-1])
        assert not differences(analyze(store), whole)
        assert not any(path.exists() for path in left)
        assert young.exists(), "which somebody may be writing"

    def leave(self, path):
        """Half a file, two hours old."""
        path.write_bytes(b"half")
        then = time.time() - 7200
        os.utime(path, (then, then))

    def test_an_own_shard_is_deleted_meanwhile(self, whole, store, monkeypatch):
        monkeypatch.setattr("nfviz.recording.stored_ledger.EVERY", 0.0)
        deleted = []

        class Deleting(Images):
            def __getitem__(self, number):
                for path in shards(store) if number == 90 and not deleted else ():
                    path.unlink()
                    deleted.append(path)
                return super().__getitem__(number)

        assert not differences(analyze(store, Deleting(), workers=0), whole)
        assert deleted

    def test_a_shard_without_images(self, whole, store, half):
        source = ImageSource(Images(), split(None, 0.5, 0.25), None)
        recorder = Recorder(network(), source, None, torch.device("cpu"), 8)
        empty = recorder.new_shard(OPTIONS["n_ranked"]).arrays()
        manifest = bundle.read(half).manifest
        arrays = {**empty, "image/name": np.zeros(0, np.uint64)}
        bundle.write(half.with_name("empty.shard"), bundle.Parts({}, arrays, manifest))
        assert not differences(analyze(store), whole)
        assert not (store / "shards" / "empty.shard").exists()

    def test_what_was_whole_stays_whole(self, whole, store, half):
        other = half.with_name("broken.shard")
        other.write_bytes(b"x" * 100)
        images = Images()
        with pytest.warns(UserWarning, match=r"broken\.shard cannot be used"):
            assert not differences(analyze(store, images), whole)
        assert not other.exists()

    @pytest.mark.parametrize(
        ("name", "change", "message"),
        [
            ("ranking/keys", lambda a: a[:-1], "of other neurons"),
            ("ranking/keys", lambda a: a[:, :-1], "of other neurons"),
            ("ranking/keys", lambda a: a - 1000, "other images than it"),
            ("ranking/keys", lambda a: np.repeat(a[:, :1], 9, axis=1), "one of them twice"),
            ("ranking/positions", lambda a: a + 100, "outside of the maps"),
            ("ranking/positions", lambda a: -a - 1, "outside of the maps"),
            ("ranking/nonfinite", lambda a: a[1:], "of other neurons"),
            ("image/number", lambda a: a[::-1], "not in order"),
            ("image/number", lambda a: a.astype(float), "not listed"),
            ("image/label", lambda a: a[1:], "not listed"),
            ("image/name", lambda a: a[1:], "not named"),
            ("image/bad", lambda a: np.frombuffer(b"[3]", np.uint8), "bad images are not"),
            ("image/bad", lambda a: np.frombuffer(b'{"7777": "x"}', np.uint8), "does not hold"),
            ("image/bad", lambda a: np.frombuffer(b"{", np.uint8), "Expecting"),
            ("statistics/powers", lambda a: a[:, :3], "of other neurons"),
            ("statistics/sizes", lambda a: -a, "what there is not"),
            ("statistics/labels", lambda a: a * 0, "a class twice"),
            ("statistics/fired", lambda a: a.astype(np.int32), "statistics/fired is not"),
            ("census/cells", lambda a: a + 511**2, "its hues are none"),
            ("census/counts", lambda a: a[1:], "not counted"),
            ("census/green", None, "census/green"),
        ],
    )
    def test_a_shard_that_lies(self, whole, store, half, name, change, message):
        """Checksums fit, contents do not."""
        parts = bundle.read(half)
        arrays = {key: np.array(array) for key, array in parts.arrays.items()}
        array = arrays.pop(name)
        if change is not None:
            arrays[name] = change(array)
        bundle.write(half, bundle.Parts({}, arrays, parts.manifest))
        with pytest.warns(UserWarning, match=f"{message}.*recorded again"):
            assert not differences(analyze(store), whole)

    def test_results_that_are_no_use_are_made_again(self, whole, store):
        analyze(store)
        for path in Path(store).glob("results/*/*"):
            path.write_bytes(path.read_bytes()[:-100])
        with pytest.warns(UserWarning, match="made again"):
            assert not differences(analyze(store), whole)

    @pytest.mark.parametrize("kind", ["swapped", "shape", "missing", "numbers", "columns"])
    def test_results_that_lie(self, whole, store, kind):
        analyze(store)
        one, other, neurons = sorted(Path(store).glob("results/*/*"))
        if kind == "swapped":
            shutil.copy(one, other)
        elif kind in ("shape", "missing"):
            parts = bundle.read(one)
            arrays = dict(parts.arrays)
            spread = arrays.pop("spread")
            if kind == "shape":
                arrays["spread"] = spread[:, 1:]
            bundle.write(one, bundle.Parts({}, arrays, parts.manifest))
        else:
            parts = bundle.read(neurons)
            table = parts.tables["neurons"]
            if kind == "numbers":
                table["max_activation"] += 1
            else:
                del table["n_images"]
            bundle.write(neurons, bundle.Parts({"neurons": table}, {}, parts.manifest))
        with pytest.warns(UserWarning, match="made again"):
            assert not differences(analyze(store), whole)

    def test_a_shard_that_cannot_be_opened_is_kept(self, whole, store, half, monkeypatch):
        """Access may come back."""

        def refuse(path, **_):
            raise PermissionError(errno.EACCES, "Permission denied")

        with monkeypatch.context() as patch:
            patch.setattr("nfviz.recording.store.read", refuse)
            with pytest.raises(OSError, match=r"Permission denied.*give access"):
                analyze(store)
        images = Images()
        assert not differences(analyze(store, images), whole)
        assert not set(range(80)) <= set(images.reads)

    @pytest.mark.parametrize("stage", ["shards", "results"])
    def test_a_full_disk(self, whole, store, tmp_path, stage):
        """A limit on the size of files stands in for it: writing fails half way."""
        analyze(store)
        assert any(path.stat().st_size > 5000 for path in store.glob(f"{stage}/**/*"))
        shutil.rmtree(store / "results" if stage == "results" else store)
        limit = (
            "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
            "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))"
        )
        process = started(store, tmp_path / "never.nfviz", before=limit)
        _, errors = process.communicate(timeout=120)
        assert re.search(rf"OSError: \[Errno {errno.EFBIG}\] .*make room", errors)
        assert not list(store.rglob("*.part"))
        assert not differences(analyze(store), whole)

    def test_a_folder_that_cannot_be_written_to(self, whole, store, monkeypatch):
        interrupted(store, 60)

        def refuse(*_):
            raise PermissionError(errno.EACCES, "Permission denied")

        with monkeypatch.context() as patch:
            patch.setattr("nfviz.recording.store.write", refuse)
            with pytest.raises(OSError, match=r"Permission denied.*give access"):
                analyze(store)
        assert not differences(analyze(store), whole)
        with monkeypatch.context() as patch:
            patch.setattr("nfviz.recording.store.write", refuse)
            patch.setattr(os, "access", lambda *_: False)
            assert not differences(analyze(store), whole), "reading is enough when all is there"


class TestRefuses:
    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("weights", {"seed": 1}),
            ("preprocessing.mean", {"mean": 0.4}),
            ("hook_points.2", {"layers": ["0"]}),
            ("numerical_identity.batch_size", {"batch_size": 10}),
            ("n_ranked", {"n_ranked": 10}),
        ],
    )
    def test_another_recording(self, store, name, options):
        analyze(store)
        with pytest.raises(ValueError, match=rf"store is .*holds another recording: .*{name} was"):
            analyze(store, **options)

    def test_the_same_modules_in_other_code(self, store):
        analyze(store)
        other = network()
        plain = other.forward
        other.forward = lambda images: plain(images * 1.1)
        with pytest.raises(ValueError, match=r"another recording: response_to_noise\.0 was"):
            nfviz.analyze(other, Images(), store=store, **OPTIONS)

    def test_other_code_in_the_shards_alone(self, whole, store, tmp_path):
        """Where identity.json was deleted, or shards were copied from elsewhere."""
        other = network()
        plain = other.forward
        other.forward = lambda images: plain(images * 1.01)
        with pytest.raises(KeyboardInterrupt):
            nfviz.analyze(other, Images(stop=90), store=store, **{**OPTIONS, "workers": 0})
        (store / "identity.json").unlink()
        with pytest.warns(UserWarning, match="other code of the network.*recorded again"):
            assert not differences(analyze(store), whole)

    def test_the_same_network_that_sees_a_little_less(self, store):
        analyze(store)
        other = network()
        plain = other.forward
        other.forward = lambda images: plain(images * 1.0009)
        with pytest.raises(ValueError, match="response_to_noise"):
            nfviz.analyze(other, Images(), store=store, **OPTIONS)

    def test_two_recordings_for_one_new_folder(self, whole, store, monkeypatch):
        """The other one comes between looking and writing."""
        plain = Store._make_folders

        def late(self):
            if not (store / "identity.json").exists():
                monkeypatch.undo()
                plain(self)
                analyze(store, seed=1)
            plain(self)

        monkeypatch.setattr(Store, "_make_folders", late)
        with pytest.raises(ValueError, match="another recording: weights was"):
            analyze(store)
        with pytest.raises(ValueError, match="another recording"):
            analyze(store)

    def test_rounding_is_not_another_network(self, whole, store):
        analyze(store)
        path = store / "identity.json"
        identity = json.loads(path.read_text())
        for values in identity["response_to_noise"].values():
            values[0] += 1e-5
        path.write_text(json.dumps(identity))
        assert not differences(analyze(store), whole)

    def test_the_same_weights_in_another_network(self, store):
        analyze(store)
        other = network()
        other[2].stride = (1, 1)
        with pytest.raises(ValueError, match="architecture was"):
            nfviz.analyze(other, Images(), store=store, **OPTIONS)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"store": 3}, "store is 3; it accepts the path"),
            ({"store": ""}, "store is ''; it accepts the path"),
            (
                {"store": "~no-such-user-here/x"},
                "store is '~no-such-user-here/x'; there is no such home folder",
            ),
            ({"executor": "pool"}, r"executor is a str; .*get_executor"),
        ],
    )
    def test_what_is_no_helper(self, options, message):
        with pytest.raises(ValueError, match=message):
            analyze(**options)

    def test_another_precision(self, store):
        analyze(store)
        with pytest.raises(ValueError, match=r"dtype was \"torch.float32\" and is .*64"):
            nfviz.analyze(network().double(), Images(), store=store, **OPTIONS)

    def test_other_images(self, store):
        analyze(store)
        with pytest.raises(ValueError, match=r"made from other images: image \d+ has other pixels"):
            analyze(store, Images(seed=1))

    def test_images_that_were_renamed(self, store, tmp_path):
        for name in ("a", "b"):
            (tmp_path / name / "x").mkdir(parents=True)
        paths = [(str(tmp_path / "a" / "x" / f"{number}.png"), 0) for number in range(COUNT)]
        images = Images()
        images.samples = paths
        analyze(store, images)
        moved = Images()
        moved.samples = [(path.replace("/a/", "/b/"), label) for path, label in paths]
        analyze(store, moved)
        mixed = Images()
        mixed.samples = [*paths[:100], *paths[:99:-1]]
        with pytest.raises(ValueError, match=r"image 1\d\d has another name or label"):
            analyze(store, mixed)

    def test_labels_that_were_mended(self, store):
        images = Images()
        images.targets = [number % 7 for number in range(COUNT)]
        analyze(store, images)
        images.targets[71] = 0
        with pytest.raises(ValueError, match="image 71 has another name or label"):
            analyze(store, images)

    def test_home_is_known(self, whole, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        assert not differences(analyze("~/run"), whole)
        assert shards(tmp_path / "run")

    def test_a_file(self, store):
        store.parent.mkdir()
        store.write_text("")
        with pytest.raises(ValueError, match="a file; it accepts a folder"):
            analyze(store)

    def test_a_folder_of_something_else(self, store):
        store.mkdir(parents=True)
        (store / "thesis.tex").write_text("")
        with pytest.raises(ValueError, match="holds something else"):
            analyze(store)

    @pytest.mark.parametrize("text", ["", "[]", "{"])
    def test_a_damaged_identity(self, store, text):
        analyze(store)
        (store / "identity.json").write_text(text)
        with pytest.raises(ValueError, match=r"identity\.json is damaged"):
            analyze(store)


SCRIPT = """
import signal, sys, warnings
# What a shell starts in the background is told to ignore this.
signal.signal(signal.SIGINT, signal.default_int_handler)
warnings.simplefilter("ignore")
sys.path.insert(0, {tests!r})
from small_case import analyze, Images
from nfviz.recording import stored_ledger
import os, time, torch
torch.set_num_threads(1)
stored_ledger.EVERY = 0.0
{before}
class Slow(Images):
    def __getitem__(self, number):
        time.sleep({delay})
        return super().__getitem__(number)
print("ready", flush=True)
out = sys.argv[2].replace("RANK", os.environ.get("RANK", ""))
analyze(sys.argv[1], Slow(), workers=0).save(out)
"""


def started(store, out, delay=0.0, launcher=(), before=""):
    script = SCRIPT.format(tests=str(Path(__file__).parent), delay=delay, before=before)
    file = out.with_suffix(".py")
    file.write_text(script)
    return subprocess.Popen(
        [sys.executable, *launcher, str(file), str(store), str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        text=True,
    )


class TestProcesses:
    def test_several_at_once(self, whole, store, tmp_path):
        """Two ranks of torchrun and another process part the work, and all return the whole."""
        torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
        running = [
            started(store, tmp_path / "rank-RANK.nfviz", 0.01, torchrun),
            started(store, tmp_path / "single.nfviz", 0.01),
        ]
        for process in running:
            _, errors = process.communicate(timeout=180)
            assert process.returncode == 0, errors
        outs = sorted(tmp_path.glob("*.nfviz"))
        assert [out.stem for out in outs] == ["rank-0", "rank-1", "single"]
        for out in outs:
            assert not differences(nfviz.load(out), whole)
        assert not differences(analyze(store), whole)

    def test_interrupted_by_hand(self, whole, store, tmp_path):
        process = started(store, tmp_path / "never.nfviz", 0.06)
        process.stdout.readline()
        while not shards(store):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        assert errors.rstrip().endswith("KeyboardInterrupt")
        assert "During handling" not in errors
        assert shards(store)
        assert not list(store.rglob("*.part"))
        assert not differences(analyze(store), whole)

    def test_killed_at_random_moments(self):
        drill = [sys.executable, str(BENCHMARKS / "kill_drill.py"), "--kills", "20"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            drill, capture_output=True, text=True, check=False, env=environment, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "nothing, to the bit" in done.stdout
