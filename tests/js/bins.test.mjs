import assert from "node:assert/strict";
import { test } from "node:test";

import { binRows } from "../../nfviz/widgets/static/store/bins.js";

const TENTHS = Array.from({ length: 11 }, (_, edge) => edge / 10);
const count = (values, edges) => {
  const counts = new Array(edges.length - 1).fill(0);
  for (const bin of binRows(Float32Array.from(values), edges)) if (bin !== 255) counts[bin]++;
  return counts;
};

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
