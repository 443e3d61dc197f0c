import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../nfviz/widgets/static/store/store.js";
import { imagesOf, madeUpAtlas, random } from "./made_up_atlas.mjs";

const storeOf = (data) => new Store(data, { tiles: false, frame: () => {} });
const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-9, `${found} is not ${expected}`);
const table = (tags) => Object.fromEntries(tags.map(({ name, share }) => [name, share]));

/** The kinds of the golden example: beagle and whippet are hounds, dogs, animals. */
function golden(sets, parameters = {}) {
  const names = ["beagle", "whippet", "tabby", "cab"];
  const nodes = [
    ["beagle", 0, [4, 5, 6]], ["whippet", 1, [4, 5, 6]], ["tabby", 2, [7, 6]], ["cab", 3, [8, 9]],
    ["hound", -1, [5, 6]], ["dog", -1, [6]], ["animal", -1, []], ["cat", -1, [6]], ["car", -1, [9]], ["artifact", -1, []],
  ].map(([name, label, above]) => ({ name, label, above, classes: 1 }));
  [4, 5].forEach((node) => (nodes[node].classes = 2));
  nodes[6].classes = 3;
  const data = madeUpAtlas({ neurons: sets.length, classes: 4, ranks: Math.max(...sets.map((set) => set.length)) });
  Object.assign(data, imagesOf(sets, { classes: 4 }));
  data.meta.classes = names.map((name, label) => ({ label, name }));
  data.meta.nodes = nodes;
  Object.assign(data.meta.parameters, { min_activation: 0 }, parameters);
  return data;
}

const SET = [[0, 0.4], [1, 0.3], [2, 0.2], [3, 0.1]];

test("the golden weights: a class counts for all that it is a kind of", () => {
  const { leaf, nodes } = storeOf(golden([SET])).tags.ofNeuron(0);
  assert.deepEqual(leaf.map(({ name }) => name), ["beagle", "whippet", "tabby", "cab"]);
  for (const [name, share] of Object.entries({ beagle: 0.4, whippet: 0.3, tabby: 0.2, cab: 0.1 })) near(table(leaf)[name], share);
  const weights = { animal: 0.9, dog: 0.7, hound: 0.7, beagle: 0.4, whippet: 0.3, cat: 0.2, tabby: 0.2, artifact: 0.1, car: 0.1, cab: 0.1 };
  assert.equal(nodes.length, 10);
  for (const [name, weight] of Object.entries(weights)) near(table(nodes)[name], weight);
  assert.deepEqual(nodes.map(({ name }) => name).slice(0, 4), ["animal", "hound", "dog", "beagle"]);
});

test("as in a neuron's figure, classes beyond the threshold are left out of all sums", () => {
  const { leaf, nodes } = storeOf(golden([SET], { threshold: 0.7 })).tags.ofNeuron(0);
  assert.deepEqual(leaf.map(({ name }) => name), ["beagle", "whippet"]);
  near(table(nodes).animal, 0.7);
  assert.equal(table(nodes).cat, undefined);
});

test("the tags of a selection are the mean of those of its neurons that have labeled images", () => {
  const store = storeOf(golden([SET, [[3, 1]], [[-1, 1]]]));
  const { leaf, nodes } = store.tags.ofView();
  near(table(leaf).cab, 0.55);
  near(table(leaf).beagle, 0.2);
  near(table(nodes).animal, 0.45);
});

test("without an ontology there are no nodes, without labels no tags", () => {
  const data = golden([SET, [[-1, 1]]]);
  data.meta.nodes = null;
  const { tags } = storeOf(data);
  assert.equal(tags.ofNeuron(0).nodes, null);
  assert.deepEqual(tags.ofNeuron(1), { leaf: [], nodes: null });
});

test("ties go to the smaller id", () => {
  const data = golden([[[2, 0.5], [0, 0.5]]]);
  data.meta.classes.forEach((each, place) => (each.label = 9 - place));
  assert.deepEqual(storeOf(data).tags.ofNeuron(0).leaf.map(({ name }) => name), ["tabby", "beagle"]);
});

test("sums kept in step through random walks are those taken anew", () => {
  const next = random(21);
  const options = { neurons: 150, classes: 9, ranks: 25 };
  const store = storeOf(madeUpAtlas(options));
  for (let step = 0; step < 200; step++) {
    const patch = {};
    if (step % 5 === 0) patch.threshold = next() < 0.5 ? 1 : next();
    if (step % 7 === 0) patch.n_max = 1 + Math.floor(next() * 25);
    if (step % 11 === 0) patch.min_activation = next();
    patch.ranges = { color_selectivity: [next() * 0.9, 1] };
    if (step % 9 === 0) patch.layers = Uint8Array.from({ length: 3 }, () => Number(next() < 0.6));
    store.set(patch);
    store.flush();
    // Sometimes much happens between two looks.
    if (step % 3 === 1) continue;
    const kept = store.tags.ofView();
    const fresh = storeOf(madeUpAtlas(options));
    fresh.set({ ...store.state });
    fresh.flush();
    const anew = fresh.tags.ofView();
    for (const cloud of ["leaf", "nodes"]) {
      const [a, b] = [table(kept[cloud]), table(anew[cloud])];
      assert.deepEqual(Object.keys(a).sort(), Object.keys(b).sort(), "what is gone leaves nothing");
      for (const name of Object.keys(b)) near(a[name], b[name]);
    }
    const rows = [...store.order];
    const mean = {};
    let counted = 0;
    for (const row of rows) {
      const { leaf } = store.tags.ofNeuron(row);
      if (leaf.length) counted++;
      for (const { name, share } of leaf) mean[name] = (mean[name] ?? 0) + share;
    }
    for (const { name, share } of kept.leaf) near(share, mean[name] / counted);
  }
});
