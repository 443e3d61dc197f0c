"""A small random atlas with states, and what is in view in each: plain JSON for other languages.

``make_case(seed, states)`` gives a mapping of ``meta`` and ``arrays`` (base64), the payload as the
page gets it, and ``states``: [{state, address, rows, columns}]. A state is {layers (names), ranges
{column: [low, high]}, threshold, n_max, min_activation, sort_by, ascending, search}; rows are the
neurons in view, in their order; columns are the live ones and ``top_label`` (a class id) of *all*
neurons, null where unknown, in float64; tags are [{row, leaf (share by class id), nodes (weight by
name, null without an ontology)}] of some neurons.

Weights are quotients by powers of two, so that sums do not depend on their order. Run as a script
it prints a list of cases: ``python tests/rules_fixture.py 3 40`` for 3 atlases of 40 states each.
"""

import base64
import json
import sys
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

import nfviz
from nfviz.atlas import Atlas
from nfviz.neuron_index import neuron_index
from nfviz.page.payload import make_payload
from nfviz.state.address import to_address
from nfviz.state.in_view import Rules
from nfviz.summaries.tags import ontology_of, summarize_tags

LAYERS = {"conv1": 9, "Block.2/expand 1x1": 14, "conv3": 23, "fc": 5}
RANKS, N_MAX = 12, 8
CLASSES = {2: "beagle", 3: "tabby Cat", 7: "taxi", 11: "<b>sky</b>", 20: "Größe", 21: "beagle"}
KINDS = {
    "beagle": ["hound", "dog", "animal"],
    "tabby Cat": ["cat", "animal"],
    "taxi": ["car"],
    "<b>sky</b>": [],
    "Größe": ["hound"],
}
WORDS = ["dog", "Animal", "conv", "conv3/1", "7", "007", "RED", "sky", "block.2", "a", "zebra", "é"]


def make_record(seed, *, threshold=1.0, ontology=True):
    """Return an atlas with unlabeled images, dead neurons, ties, gaps and short rankings."""
    random = np.random.default_rng(seed)
    names, units = list(LAYERS), list(LAYERS.values())
    neurons = sum(units)
    layer = np.repeat(np.arange(len(units)), units)
    unit = np.concatenate([np.arange(count) for count in units])
    labels = list(CLASSES)[: 6 if not ontology else 5]
    of_image = random.choice([-1, *labels, labels[0], labels[1]], 60)
    dead = random.random(neurons) < 0.12
    top = 2.0 ** random.integers(-2, 3, neurons)
    parts = np.sort(random.integers(0, 17, (neurons, RANKS)), axis=1)[:, ::-1] / 16
    parts[:, 0] = 1
    activation = np.where(dead[:, np.newaxis], -parts, parts * top[:, np.newaxis])
    count = random.choice([1, 5, RANKS, RANKS, RANKS], neurons)
    row, rank = np.nonzero(np.arange(RANKS) < count[:, np.newaxis])
    weight = np.where(dead[row], np.nan, parts[row, rank])
    favorite = random.integers(1, 6, neurons)
    images = (random.integers(0, 60, (neurons, RANKS)) // favorite[:, np.newaxis])[row, rank]
    table = pd.DataFrame(index=neuron_index(names, layer, unit=unit))
    table["max_activation"] = activation[:, 0]
    table["dead"] = dead
    chosen = (weight > 0) & (weight >= 0.5 - 1e-6)
    table["n_images"] = np.minimum(np.bincount(row, chosen, neurons).astype(int), N_MAX)
    _add_columns(table, random)
    kinds = {CLASSES[c]: KINDS[CLASSES[c]] for c in labels}
    atlas = Atlas(
        images=pd.DataFrame({"label": of_image}, index=pd.RangeIndex(60, name="image")),
        classes=pd.DataFrame(
            {"name": [CLASSES[c] for c in labels]}, index=pd.Index(labels, name="label")
        ),
        ontology=nfviz.Ontology.from_mapping(kinds) if ontology else None,
        layers=pd.DataFrame(
            {
                "depth": range(len(units)),
                "units": units,
                "rf_height": 3,
                "rf_width": 3,
                "rf_status": "exact",
            },
            index=pd.Index(names, name="layer", dtype="str"),
        ),
        ranked=pd.DataFrame(
            {
                "image": images,
                "activation": activation[row, rank].astype(np.float32),
                "weight": weight,
                "row": 0,
                "col": 0,
            },
            index=neuron_index(names, layer[row], unit=unit[row], rank=rank),
        ),
        neurons=table,
        features={},
        spread={},
        coverage={},
        crops={},
        hues=pd.DataFrame({"pixels": 0, "chroma": 0.0}, index=pd.RangeIndex(360, name="hue")),
        manifest={"parameters": {"n_max": N_MAX, "min_activation": 0.5, "n_ranked": RANKS}},
    )
    return nfviz.score(atlas, nfviz.ClassSelectivity(threshold))


def _add_columns(table, random):
    """Add columns of numbers of many sorts."""
    count, dead = len(table), table["dead"].to_numpy()
    color = np.round(random.uniform(0, 1, count), 1)  # Ties.
    color[random.random(count) < 0.1] = np.nan
    table["color_selectivity"] = np.where(dead, np.nan, color)
    table["hue"] = np.where(dead, np.nan, random.uniform(0, 360, count))
    odd = random.normal(0, 1000, count)
    odd[:3] = [np.inf, -np.inf, -1e-300]
    table["odd"] = odd
    table["vast"] = 10.0 ** random.uniform(36, 40, count)  # Some are beyond float32.
    table["many"] = random.integers(0, 3_000_000, count)
    table["few"] = pd.array(random.integers(-2, 3, count), dtype="Int64")
    table.loc[table.index[::7], "few"] = pd.NA
    table["nothing"] = np.nan
    names = random.choice(["red", "dark Blue", "pink"], count)
    table["color_name"] = pd.Categorical(np.where(dead, None, names))


def make_states(rules, random, count):
    """Return the state of the start and random ones."""
    return [rules.start, *(_state(rules, random) for _ in range(count - 1))]


def _state(rules, random):
    ranges = {}
    for name in random.choice(list(rules.columns), random.integers(0, 3), replace=False):
        low, high = rules.columns[name].extent
        least = low + (high - low) * random.integers(0, 11) / 20
        most = low + (high - low) * random.integers(10, 21) / 20
        bounds = [(least, most), (low, most), (least, high)][random.integers(3)]
        ranges[str(name)] = (float(bounds[0]), float(bounds[1]))
    words = random.choice(WORDS, random.choice([0, 0, 0, 1, 2]))
    on = random.random(len(rules.layers)) < 0.85
    return replace(
        rules.start,
        layers=tuple(name for name, kept in zip(rules.layers, on, strict=True) if kept),
        ranges=ranges,
        threshold=float(random.choice([1.0, 0.9, 0.75, 0.5, 0.3, 0.01])),
        n_max=int(random.integers(1, RANKS + 1)),
        min_activation=float(random.choice([0, 0.25, 0.5, 0.7, 1])),
        sort_by=str(random.choice([*rules.columns, "layer", "unit"])),
        ascending=bool(random.integers(2)),
        search="  ".join(map(str, words)),
    )


def make_case(seed, states=20):
    """Return an atlas, states, and what is in view."""
    random = np.random.default_rng(1000 + seed)
    threshold = [1.0, 0.9, 0.6][seed % 3]
    atlas = make_record(seed, threshold=threshold, ontology=seed % 2 == 0)
    return case_of(atlas, make_states(Rules(atlas), random, states))


def case_of(atlas, states):
    """Return the payload of an atlas, and what is in view in some states."""
    rules, payload = Rules(atlas), make_payload(atlas)
    return {
        "meta": payload.meta,
        "arrays": {name: base64.b64encode(data).decode() for name, data in payload.arrays.items()},
        "states": [_seen(atlas, rules, state, place) for place, state in enumerate(states)],
    }


def _seen(atlas, rules, state, place):
    live = rules.reevaluate(state.threshold, state.n_max, state.min_activation)
    plain = asdict(state)
    return {
        "state": plain,
        "address": to_address(plain | {"layers": list(state.layers)}, rules.facts),
        "rows": rules.rows(state).tolist(),
        "columns": {name: _known(values) for name, values in live.items()},
        "tags": _tags(atlas, live["n_images"], state.threshold, place),
    }


def _tags(atlas, n_images, threshold, place):
    """Return the tags of a few neurons, others in each state."""
    count = len(atlas.neurons)
    atlas = replace(atlas, neurons=atlas.neurons.assign(n_images=n_images.astype(np.int64)))
    found = []
    for row in {7 * place % count, (11 * place + 3) % count}:
        table = summarize_tags(atlas, atlas.neurons.index[row], threshold=threshold)
        classes = table[table["share"] > 0]
        weights = dict(zip(table["name"], table["weight"], strict=True))
        found.append(
            {
                "row": row,
                "leaf": dict(zip(map(str, classes["label"]), classes["share"], strict=True)),
                "nodes": None if ontology_of(atlas, None) is None else weights,
            }
        )
    return found


def _known(values):
    """Return numbers as JSON has them: without NaN and infinity."""
    return [value if np.isfinite(value) else None for value in values.tolist()]


if __name__ == "__main__":
    cases, states = map(int, sys.argv[1:])
    json.dump([make_case(seed, states) for seed in range(cases)], sys.stdout, allow_nan=False)
