import assert from "node:assert/strict";
import { test } from "node:test";

import { binRows, countBins } from "../../nfviz/widgets/static/store/bins.js";

const TENTHS = Array.from({ length: 11 }, (_, edge) => edge / 10);
const count = (values, edges) =>
  [...countBins(binRows(Float32Array.from(values), edges), new Uint8Array(values.length), null, 1, edges.length - 1)];

test("the golden histogram: exact tenths begin a bin, and 1 is in the last one", () => {
  assert.deepEqual(count([0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9, 1], TENTHS), [1, 1, 1, 1, 0, 1, 1, 1, 0, 2]);
});

test("every edge begins its bin in float32, wherever the column lies", () => {
  for (const edges of [
    TENTHS,
    [0, 50, 100, 150, 200, 250, 300, 350, 400],
    [-50, -40, -30, -20, -10, 0, 10],
    [350, 351, 352, 353],
    [1000.1, 1000.2, 1000.3, 1000.4],
    [0.001, 0.002, 0.003],
  ]) {
    const bins = edges.length - 1;
    assert.deepEqual(count(edges, edges), [...new Array(bins - 1).fill(1), 2], `${edges}`);
    const middles = edges.slice(1).map((edge, bin) => (edge + edges[bin]) / 2);
    assert.deepEqual(count(middles, edges), new Array(bins).fill(1), `${edges}`);
  }
});

test("what is unknown is in no bin, what lies beyond is in the outermost", () => {
  assert.deepEqual([...binRows(Float32Array.from([NaN, -3, 2, 0.55]), TENTHS)], [255, 0, 9, 5]);
  assert.deepEqual(count([NaN], TENTHS), new Array(10).fill(0));
});

test("rows are counted by group, those in view alone if these are given", () => {
  const bins = Uint8Array.from([0, 1, 1, 255, 1]);
  const groups = Uint16Array.from([0, 0, 1, 1, 1]);
  assert.deepEqual([...countBins(bins, groups, null, 2, 2)], [1, 1, 0, 2]);
  assert.deepEqual([...countBins(bins, groups, Uint8Array.from([1, 0, 1, 1, 0]), 2, 2)], [1, 0, 0, 1]);
});
