import assert from "node:assert/strict";
import { test } from "node:test";

import { spanOf } from "../../nfviz/widgets/static/joint_scatter/joint_scale.js";
import { columnOf } from "../../nfviz/widgets/static/shared/column_text.js";
import { ramp } from "../../nfviz/widgets/static/shared/theme.js";
import { bounds, firstState, markInView } from "../../nfviz/widgets/static/store/state.js";
import { Store } from "../../nfviz/widgets/static/store/store.js";
import { madeUpAtlas, random } from "./made_up_atlas.mjs";

const inView = (values, range, extent = [0, 1]) => {
  const found = new Uint8Array(values.length);
  const applied = bounds(range, extent);
  const constraints = applied
    ? [{ values: Float32Array.from(values), low: applied[0], high: applied[1] }]
    : [];
  markInView(found, {
    layer: new Uint16Array(values.length), layers: Uint8Array.from([1]), found: null, constraints,
  });
  return [...found];
};

test("bounds are inclusive in float32: 0.7 passes at 0.7", () => {
  assert.ok(Math.fround(0.7) < 0.7);
  assert.deepEqual(inView([0.7, 0.69, 0.71], [0.7, 1]), [1, 0, 1]);
  assert.deepEqual(inView([0.7, 0.69, 0.71], [0, 0.7]), [1, 1, 0]);
  assert.deepEqual(inView([0.7, 0.69, 0.71], [0.7, 0.7]), [1, 0, 0]);
});

test("ends at the column's extent are open, and let through what is unknown and what is beyond", () => {
  assert.equal(bounds([0, 1], [0, 1]), null);
  assert.deepEqual(inView([NaN, -0.2, 0.5, 1.2], [0, 1]), [1, 1, 1, 1]);
  assert.deepEqual(inView([NaN, -0.2, 0.5, 1.2], [0.1, 1]), [0, 0, 1, 1]);
  assert.deepEqual(inView([NaN, -0.2, 0.5, 1.2], [0, 0.9]), [0, 1, 1, 0]);
});

test("NaN never passes a bound", () => {
  for (const range of [[0.0001, 1], [0, 0.9999], [0.4, 0.6], [-0.5, 0.9]]) {
    assert.deepEqual(inView([NaN], range), [0]);
  }
});

test("a layer that is off hides its neurons, and a search those it does not find", () => {
  const found = new Uint8Array(4);
  const rules = { layer: Uint16Array.from([0, 0, 1, 1]), constraints: [] };
  assert.equal(markInView(found, { ...rules, layers: Uint8Array.from([0, 1]), found: null }), 2);
  assert.deepEqual([...found], [0, 0, 1, 1]);
  const hits = Uint8Array.from([1, 1, 0, 1]);
  assert.equal(markInView(found, { ...rules, layers: Uint8Array.from([0, 1]), found: hits }), 1);
  assert.deepEqual([...found], [0, 0, 0, 1]);
  assert.equal(markInView(found, { ...rules, layers: new Uint8Array(2), found: null }), 0);
});

const storeOf = (data) => new Store(data, { tiles: false, frame: () => {} });

test("the first state shows every neuron, dead ones too, in the order of a column", () => {
  const data = madeUpAtlas();
  const store = storeOf(data);
  assert.equal(store.count, data.n);
  assert.ok(store.inView.every((value) => value === 1));
  assert.equal(store.order.at(-1), data.n - 1, "the dead neuron has no color selectivity");
  assert.deepEqual(firstState(data.meta).ranges.color_selectivity, [0, 1]);
});

test("random states show what the rules say, one neuron at a time", () => {
  const next = random(8);
  const data = madeUpAtlas({ neurons: 120, classes: 8, ranks: 40 });
  const store = storeOf(data);
  for (let step = 0; step < 80; step++) {
    const range = (extent) => {
      const [a, b] = [next(), next()].map((place) => extent[0] + (extent[1] - extent[0]) * place);
      return next() < 0.4 ? [...extent] : [Math.min(a, b), next() < 0.5 ? extent[1] : Math.max(a, b)];
    };
    const names = ["color_selectivity", "class_selectivity", "n_images"];
    const ranges = Object.fromEntries(names.map((name) => [name, range(store.columns.get(name).extent)]));
    store.set({
      ranges,
      layers: Uint8Array.from({ length: 3 }, () => Number(next() < 0.8)),
      threshold: next() < 0.5 ? 1 : next(),
      n_max: 1 + Math.floor(next() * 40),
      min_activation: next(),
      sort_by: ["color_selectivity", "class_selectivity", "unit", "layer"][step % 4],
      ascending: next() < 0.5,
    });
    store.flush();
    const shown = [];
    for (let row = 0; row < data.n; row++) {
      const passes = names.every((name) => {
        const [low, high] = ranges[name];
        const extent = store.columns.get(name).extent;
        const value = store.column(name)[row];
        return (!(low > extent[0]) || value >= Math.fround(low)) && (!(high < extent[1]) || value <= Math.fround(high));
      });
      if (passes && store.state.layers[data.layer[row]]) shown.push(row);
    }
    assert.equal(store.count, shown.length);
    assert.deepEqual([...store.order].sort((a, b) => a - b), shown);
    const key = store.column(store.state.sort_by);
    for (let place = 1; place < store.count; place++) {
      const [a, b] = [store.order[place - 1], store.order[place]];
      const rightly = store.state.ascending ? key[a] < key[b] : key[a] > key[b];
      assert.ok(rightly || Number.isNaN(key[b]) || (key[a] === key[b] && a < b));
    }
  }
  store.reset();
  store.flush();
  assert.equal(store.count, data.n);
});

test("a column may be called like what every object has", () => {
  const data = madeUpAtlas();
  for (const name of ["__proto__", "constructor"]) {
    data.meta.columns.push({ ...data.meta.columns[0], name });
    data.columns.set(name, data.columns.get("color_selectivity"));
  }
  const store = storeOf(data);
  assert.deepEqual(store.state.ranges["__proto__"], [0, 1]);
  store.set({ ranges: { ["__proto__"]: [0.5, 1] } });
  store.flush();
  const all = store.count;
  assert.ok(all < data.n);
  store.set({ ranges: { constructor: [0.7, 1] } });
  store.flush();
  assert.ok(store.count < all);
  assert.deepEqual(spanOf("constructor", [0, 1], Float32Array.of(0.5)), [0, 1]);
  assert.deepEqual(ramp("__proto__", 4), ramp("any other", 4));
  assert.deepEqual(columnOf(store, "toString").name, "toString");
});

test("a neuron is found by its layer and its unit", () => {
  const store = storeOf(madeUpAtlas());
  for (let row = 0; row < store.n; row++) assert.equal(store.rowOf(store.neuron(row)), row);
  for (const none of [null, ["conv1", 999], ["nowhere", 0], ["conv1", -1]]) assert.equal(store.rowOf(none), -1);
});
