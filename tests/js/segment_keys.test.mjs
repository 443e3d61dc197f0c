import assert from "node:assert/strict";
import { test } from "node:test";

import { nextCell, outlines } from "../../nfviz/widgets/static/selectivity_histogram/segment_keys.js";

// Three layers of four degrees; the second layer is empty.
const given = { counts: [2, 0, 3, 1, 0, 0, 0, 0, 0, 5, 0, 0, 99], layers: 3, bins: 4 };

test("up and down lead to the next degree of the layer that has neurons", () => {
  assert.equal(nextCell(given, 0, "ArrowUp"), 2);
  assert.equal(nextCell(given, 3, "ArrowUp"), 3);
  assert.equal(nextCell(given, 2, "ArrowDown"), 0);
  assert.equal(nextCell(given, 0, "ArrowDown"), 0);
});

test("left and right lead to the nearest degree of the next layer that has neurons", () => {
  assert.equal(nextCell(given, 3, "ArrowRight"), 9);
  assert.equal(nextCell(given, 9, "ArrowRight"), 9);
  assert.equal(nextCell(given, 9, "ArrowLeft"), 0);
  assert.equal(nextCell(given, 9, "Home"), 0);
  assert.equal(nextCell(given, 0, "End"), 9);
});

test("Enter and the space bar choose, other keys mean nothing", () => {
  assert.equal(nextCell(given, 0, "Enter"), -1);
  assert.equal(nextCell(given, 0, " "), -1);
  assert.equal(nextCell(given, 0, "a"), null);
});

test("what is chosen is framed from its lowest degree to its highest", () => {
  // x, y, width, height of one layer of two degrees.
  const geometry = Float64Array.of(10, 60, 8, 40, 10, 20, 8, 40);
  const counts = { bins: 2, edges: [0, 0.5, 1] };
  const layers = Uint8Array.of(1);
  assert.deepEqual(outlines({ geometry }, counts, { layers, range: [0, 0.49] }), [[10, 60, 8, 40]]);
  assert.deepEqual(outlines({ geometry }, counts, { layers, range: [0.5, 1] }), [[10, 20, 8, 40]]);
  assert.deepEqual(outlines({ geometry }, counts, { layers, range: [0, 1] }), [[10, 20, 8, 80]]);
  assert.deepEqual(outlines({ geometry }, counts, { layers: Uint8Array.of(0), range: [0, 1] }), []);
});
