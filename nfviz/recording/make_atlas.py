"""The steps from a job to an atlas, each skipped where a store has its result."""

import os
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from nfviz.atlas import Atlas
from nfviz.bundle import Parts
from nfviz.recording.features import make_features
from nfviz.recording.images import ImageSource
from nfviz.recording.job import Job
from nfviz.recording.ledger import Ledger
from nfviz.recording.locks import Lock
from nfviz.recording.options import Options
from nfviz.recording.provenance import make_manifest, recording_identity
from nfviz.recording.record import Recording, record
from nfviz.recording.recorder import Recorder
from nfviz.recording.shard import Shard
from nfviz.recording.store import Results, Store
from nfviz.recording.stored_ledger import StoredLedger
from nfviz.recording.tables import (
    class_means,
    class_table,
    count_images,
    image_names,
    image_table,
    layer_table,
    neuron_table,
    ranked_table,
    relative_activations,
    response_table,
)
from nfviz.selectivity import score
from nfviz.selectivity.standard import STANDARD


def make_atlas(
    job: Job, path: str | os.PathLike[str] | None, executor: Executor | None, progress: bool
) -> Atlas:
    """Record, average, tabulate and measure.

    Parameters
    ----------
    job : Job
        What.
    path : path or None
        Of the store.
    executor : Executor or None
        Who records.
    progress : bool
        Show bars.
    """
    options = job.options
    source, recorder = job.open()
    identity = recording_identity(job, source, recorder)
    store = None if path is None else _store(path, identity, recorder, options)
    ledger = _ledger(store, source, recorder, options)
    recording = record(job, recorder, ledger, executor, progress)
    manifest = make_manifest(identity, recording, options)
    if store is None:
        return _index(job, source, recording, manifest, progress, None)
    results = store.results({**manifest, "bad": sorted(recording.bad)})
    with Lock(store.lock("results")):
        store.sweep("results/*/.*")
        return _index(job, source, recording, manifest, progress, results)


def _index(
    job: Job,
    source: ImageSource,
    recording: Recording,
    manifest: dict[str, Any],
    progress: bool,
    results: Results | None,
) -> Atlas:
    """Make the record of a recording, but for what is there among the results already."""
    options = job.options
    weights = relative_activations(recording.ranked)
    n_images = count_images(weights, options.min_activation, options.n_max)
    made = make_features(source, recording, weights, n_images, options, progress, results)
    neurons = neuron_table(recording.layers, recording.ranked, n_images)
    classes = class_table(recording.labels, job.class_names)
    atlas = Atlas(
        images=image_table(job.images, recording),
        classes=classes,
        layers=layer_table(recording.layers),
        ranked=ranked_table(recording.layers, recording.ranked, weights),
        neurons=neurons,
        responses=response_table(recording, neurons.index),
        class_means=class_means(recording, classes.index),
        features=made.features,
        spread=made.spread,
        coverage=made.coverage,
        crops=made.crops,
        hues=recording.hues,
        manifest=manifest,
    )
    return _score(atlas, results)


def _score(atlas: Atlas, results: Results | None) -> Atlas:
    def take(parts: Parts) -> Atlas:
        neurons = parts.tables["neurons"]
        if not neurons[list(atlas.neurons)].equals(atlas.neurons):
            raise ValueError("it was measured on another recording")
        manifest = {**atlas.manifest, "selectivities": parts.manifest["selectivities"]}
        return replace(atlas, neurons=neurons, manifest=manifest)

    scored = None if results is None else results.read("neurons", take)
    if scored is not None:
        return scored
    atlas = score(atlas, *STANDARD)
    if results is not None:
        ran = {"selectivities": atlas.manifest["selectivities"]}
        results.write("neurons", Parts({"neurons": atlas.neurons}, {}, ran))
    return atlas


def _store(
    path: str | os.PathLike[str], identity: dict[str, Any], recorder: Recorder, options: Options
) -> Store:
    return Store(path, {**identity, "n_ranked": options.n_ranked}, recorder.response_to_noise)


def _ledger(
    store: Store | None, source: ImageSource, recorder: Recorder, options: Options
) -> Ledger:
    def new_shard() -> Shard:
        return recorder.new_shard(options.n_ranked)

    if store is None:
        return Ledger(new_shard, len(source), options.batch_size)
    rank, ranks = (os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE"))
    known = rank.isdecimal() and ranks.isdecimal() and int(rank) < int(ranks)
    turn = int(rank) / int(ranks) if known else 0.0
    names = image_names(source.dataset)
    return StoredLedger(store, names, new_shard, options.batch_size, turn)
