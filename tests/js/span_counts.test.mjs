import assert from "node:assert/strict";
import { test } from "node:test";

import { barHeight, spanEdges, SpanCounts } from "../../nfviz/widgets/static/thresholds/span_counts.js";

const sum = (counts) => counts.reduce((total, count) => total + count, 0);

test("bins cover the extent, and whole numbers have bins of equally many", () => {
  const shares = spanEdges({ extent: [0, 1], whole: false });
  assert.equal(shares[0], 0);
  assert.ok(Math.abs(shares.at(-1) - 1) < 1e-9);
  for (const extent of [[0, 100], [5, 50], [0, 1], [1, 62], [0, 1000]]) {
    const edges = spanEdges({ extent, whole: true });
    assert.ok(edges.at(-1) >= extent[1] && edges.at(-2) < extent[1]);
    assert.ok(edges.every(Number.isInteger));
    assert.ok(edges.length <= 61);
  }
});

test("each known value is counted once, beyond the ends in the outermost bins", () => {
  const counts = new SpanCounts({ extent: [0, 1], whole: false });
  counts.bin(Float32Array.of(0, 0.01, 1, 3, -2, NaN, 0.5));
  assert.equal(sum(counts.all), 6);
  assert.equal(counts.all[0], 3);
  assert.equal(counts.all.at(-1), 2);
  assert.equal(counts.largest, 3);
});

test("those in view are some of all", () => {
  const counts = new SpanCounts({ extent: [0, 10], whole: true });
  counts.bin(Float32Array.of(1, 2, 2, NaN, 9));
  counts.count(Uint8Array.of(1, 0, 1, 1, 0));
  assert.equal(sum(counts.shown), 2);
  assert.deepEqual([counts.shown[1], counts.shown[2], counts.shown[9]], [1, 1, 0]);
  counts.count(new Uint8Array(5));
  assert.equal(sum(counts.shown), 0);
});

test("the fullest bin is as high as there is room, an empty one has no bar, a single neuron is seen", () => {
  assert.equal(barHeight(50, 50), 1);
  assert.equal(barHeight(0, 50, 0.1), 0);
  assert.equal(barHeight(1, 1e6, 0.1), 0.1);
  assert.equal(barHeight(25, 100), 0.5);
});
