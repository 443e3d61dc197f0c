import assert from "node:assert/strict";
import { test } from "node:test";

import { Search } from "../../nfviz/widgets/static/store/search.js";

const LAYERS = ["conv1", "Mixed_5/Branch"];
const data = {
  meta: {
    n: 6,
    layers: LAYERS.map((name) => ({ name })),
    classes: [{ name: "Beagle" }, { name: "tabby cat" }, { name: "7" }],
    nodes: [
      { name: "Beagle", label: 0, above: [1, 2] },
      { name: "hound dog", label: -1, above: [2] },
      { name: "Animal", label: -1, above: [] },
      { name: "tabby cat", label: 1, above: [2] },
      { name: "7", label: 2, above: [] },
    ],
    color_names: ["Blue", "Red"],
  },
  layer: Uint16Array.from([0, 0, 0, 1, 1, 1]),
  unit: Uint32Array.from([0, 1, 12, 0, 1, 12]),
  color_name: Uint8Array.from([255, 0, 1, 1, 255, 0]),
};
const top = Int32Array.from([0, 1, 2, -1, 0, 1]);
const search = new Search(data);
const rows = (text) => {
  const found = search.find(text, top);
  return found && [...found.keys()].filter((row) => found[row]);
};

test("no words: everything", () => {
  assert.equal(rows(""), null);
  assert.equal(rows(" \t\u00a0"), null);
});

test("a neuron is found by the name of its first class, and of what that is a kind of", () => {
  assert.deepEqual(rows("beagle"), [0, 4]);
  assert.deepEqual(rows("BEAG"), [0, 4]);
  assert.deepEqual(rows("hound"), [0, 4]);
  assert.deepEqual(rows("animal"), [0, 1, 4, 5]);
  assert.deepEqual(rows("sparrow"), []);
});

test("all words must be found, in whatever names", () => {
  assert.deepEqual(rows("cat tabby"), [1, 5]);
  assert.deepEqual(rows("animal conv1"), [0, 1]);
  assert.deepEqual(rows("animal blue mixed"), [5]);
  assert.deepEqual(rows("beagle cat"), []);
});

test("by layer, by layer and unit, by the number of the unit", () => {
  assert.deepEqual(rows("conv"), [0, 1, 2]);
  assert.deepEqual(rows("conv1/1"), [1], "not conv1/12");
  assert.deepEqual(rows("v1/12"), [2]);
  assert.deepEqual(rows("/12"), [2, 5]);
  assert.deepEqual(rows("branch/0"), [3]);
  assert.deepEqual(rows("mixed_5/branch"), [3, 4, 5]);
  assert.deepEqual(rows("conv1/"), []);
  assert.deepEqual(rows("12"), [2, 5]);
  assert.deepEqual(rows("012"), [2, 5]);
  assert.deepEqual(rows("1"), [0, 1, 2, 4], "units 1, and the layer whose name has a 1");
});

test("a number is a name too: class 7 is found, and no unit need be", () => {
  assert.deepEqual(rows("7"), [2]);
});

test("by the name of its color", () => {
  assert.deepEqual(rows("red"), [2, 3]);
  assert.deepEqual(rows("blu"), [1, 5]);
});

test("a code beyond the names of colors is no color, however wide codes are", () => {
  const wide = new Search({ ...data, color_name: Uint16Array.from([65535, 0, 1, 1, 255, 0]) });
  const found = (text) => [...wide.find(text, top)].flatMap((hit, row) => (hit ? [row] : []));
  assert.deepEqual(found("blu"), [1, 5]);
  assert.deepEqual(found("red"), [2, 3]);
  assert.deepEqual(found("undefined"), []);
});

test("without an ontology, colors or classes", () => {
  const meta = { ...data.meta, nodes: null, color_names: null };
  const bare = new Search({ ...data, meta, color_name: undefined });
  const none = new Int32Array(6).fill(-1);
  assert.deepEqual([...bare.find("beagle", none)], [0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...bare.find("animal", top)], [0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...bare.find("beagle", top)], [1, 0, 0, 0, 1, 0]);
});

test("signs of patterns are only signs", () => {
  for (const text of [".*", "(", "[a", "\\", "conv1|"]) assert.deepEqual(rows(text), []);
});
