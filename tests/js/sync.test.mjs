// The store and the selection in the kernel: both hear of each other, and neither of itself.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../nfviz/widgets/static/store/store.js";
import { keepInStep } from "../../nfviz/widgets/static/store/sync.js";
import { FakeModel, stopClock } from "./fake_model.mjs";
import { madeUpAtlas } from "./made_up_atlas.mjs";

const FIRST = {
  layers: ["conv1", "conv2", "Mixed_5.conv"],
  threshold: 1, n_max: 30, min_activation: 0.1, sort_by: "color_selectivity", ascending: false,
  search: "", focus: null, pinned: [], error: "",
};

function together(values = {}, data = madeUpAtlas()) {
  const store = new Store(data, { tiles: false, frame: () => {} });
  const ranges = Object.fromEntries(data.meta.columns.map(({ name, extent }) => [name, [...extent]]));
  const model = new FakeModel({ ...ranges, ...FIRST, ...values });
  const origins = [];
  store.onState((_, origin) => origins.push(origin));
  const end = keepInStep(store, model);
  return { store, model, origins, end };
}

test("the store begins where the selection is", () => {
  const { store, model } = together({
    threshold: 0.8, layers: ["conv2"], color_selectivity: [0.25, 1], focus: ["conv2", 3], pinned: [["conv1", 0]],
    error: "Traceback",
  });
  assert.equal(store.state.threshold, 0.8);
  assert.deepEqual([...store.state.layers], [0, 1, 0]);
  assert.deepEqual(store.state.ranges.color_selectivity, [0.25, 1]);
  assert.deepEqual(store.state.ranges.auc_percent, [0, 100]);
  assert.equal(store.name(store.state.focus), "conv2/3");
  assert.deepEqual(store.state.pinned.map((row) => store.name(row)), ["conv1/0"]);
  assert.equal(store.error, "Traceback");
  assert.deepEqual(model.messages, []);
});

test("a drag sends at most one message in 50 ms, and its last value in any case", (t) => {
  const pass = stopClock(t);
  const { store, model } = together();
  for (let step = 1; step <= 40; step++) {
    store.set({ ranges: { color_selectivity: [step / 100, 1] } });
    pass(5);
  }
  assert.ok(model.messages.length >= 3 && model.messages.length <= 5, `${model.messages.length} in 200 ms`);
  pass(50);
  assert.deepEqual(model.messages.at(-1), { color_selectivity: [0.4, 1] });
  const { length } = model.messages;
  pass(1000);
  assert.equal(model.messages.length, length);
  store.set({ threshold: 0.5 });
  pass(0);
  assert.deepEqual(model.messages.at(-1), { threshold: 0.5 }, "after a rest nothing waits");
});

test("the page hears nothing of what it writes, the kernel nothing of what it sends", (t) => {
  const pass = stopClock(t);
  const { store, model, origins } = together();
  origins.length = 0;
  store.set({ threshold: 0.7, search: "dog", sort_by: "unit", ascending: true, layers: Uint8Array.of(1, 0, 1), focus: 4, pinned: [4, 21] });
  assert.deepEqual(origins, [null]);
  pass(100);
  assert.deepEqual(model.messages, [{
    threshold: 0.7, search: "dog", sort_by: "unit", ascending: true, layers: ["conv1", "Mixed_5.conv"],
    focus: ["conv1", 4], pinned: [["conv1", 4], ["conv2", 1]],
  }]);
  model.hear("threshold", 0.9);
  model.hear("color_selectivity", [0.5, 0.6]);
  model.hear("focus", ["conv2", 2]);
  pass(1000);
  assert.deepEqual(origins, [null, "kernel", "kernel", "kernel"]);
  assert.equal(store.state.threshold, 0.9);
  assert.deepEqual(store.state.ranges.color_selectivity, [0.5, 0.6]);
  assert.deepEqual(store.state.ranges.auc_percent, [0, 100], "other ranges stay");
  assert.equal(store.name(store.state.focus), "conv2/2");
  assert.equal(model.messages.length, 1);
});

test("a column that is called like something else has a longer name in the selection", (t) => {
  const pass = stopClock(t);
  const data = madeUpAtlas();
  data.meta.columns.push({ ...data.meta.columns[0], name: "search" });
  data.columns.set("search", data.columns.get("color_selectivity"));
  const { store, model } = together({ search: "cat", search_range: [0.1, 1] }, data);
  assert.equal(store.state.search, "cat");
  assert.deepEqual(store.state.ranges.search, [0.1, 1]);
  store.set({ ranges: { search: [0.3, 1] } });
  pass(100);
  assert.deepEqual(model.messages, [{ search_range: [0.3, 1] }]);
});

test("neurons that the page has not are nobody", () => {
  const { store, model } = together();
  model.hear("focus", ["gone", 3]);
  model.hear("pinned", [["gone", 1], ["conv1", 2]]);
  assert.equal(store.state.focus, -1);
  assert.deepEqual(store.state.pinned, [2]);
});

test("what an observer raises reaches the views", () => {
  const { store, model } = together();
  store.flush();
  const seen = [];
  store.subscribe({ update: (changed) => seen.push(changed.has("error") && store.error) });
  model.hear("error", "RuntimeError: no");
  store.flush();
  assert.equal(seen.at(-1), "RuntimeError: no");
});

test("after its end nobody listens, and what was waiting has been sent", (t) => {
  const pass = stopClock(t);
  const { store, model, end } = together();
  store.set({ threshold: 0.6 });
  pass(0);
  store.set({ threshold: 0.5 });
  end();
  assert.deepEqual(model.messages, [{ threshold: 0.6 }, { threshold: 0.5 }]);
  assert.equal(model.heard, 0);
  store.set({ threshold: 0.3 });
  model.hear("search", "dog");
  pass(1000);
  assert.equal(model.messages.length, 2);
  assert.equal(model.get("threshold"), 0.5);
  assert.equal(store.state.search, "");
});
