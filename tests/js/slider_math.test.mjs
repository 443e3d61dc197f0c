import assert from "node:assert/strict";
import { test } from "node:test";

import {
  digitsOf, nearestEnd, numberIn, placeOf, settled, valueAt, valueText, withEnd,
} from "../../nfviz/widgets/static/thresholds/slider_math.js";

test("a step says how many digits its multiples have", () => {
  const digits = [[1, 0], [20, 0], [0.5, 1], [0.01, 2], [0.005, 3], [0.2, 1], [1e-7, 7], [0.3, 1]];
  for (const [step, count] of digits) assert.equal(digitsOf(step), count, String(step));
});

test("values are written with the digits of their step, and never as -0", () => {
  assert.equal(valueText(0.4, 0.01), "0.40");
  assert.equal(valueText(48, 1), "48");
  assert.equal(valueText(-0.001, 0.01), "0.00");
  assert.equal(valueText(-3.5, 0.5), "-3.5");
});

test("a number is read with a comma, a true minus and spaces; other texts are none", () => {
  assert.equal(numberIn(" 0,4 "), 0.4);
  assert.equal(numberIn("\u22122"), -2);
  assert.equal(numberIn("1e-3"), 0.001);
  for (const text of ["", "  ", "a", "1 2", "Infinity", "1..2"]) assert.ok(Number.isNaN(numberIn(text)), text);
});

test("a slider that no step leads on is at the end", () => {
  assert.equal(settled(0.99, [0, 1], 0.01), 0.99);
  assert.equal(settled(1, [0, 1], 0.01), 1);
  assert.equal(settled(9, [0, 10], 3), 10);
  assert.equal(settled(6, [0, 10], 3), 6);
  assert.equal(settled(-1, [0, 10], 3), 0);
});

test("places and values are each other's inverse within the extent, and cut off beyond", () => {
  const extent = [-20, 160];
  for (const value of [-20, 0, 33.5, 160]) {
    assert.ok(Math.abs(valueAt(placeOf(value, extent), extent) - value) < 1e-9);
  }
  assert.equal(placeOf(500, extent), 1);
  assert.equal(valueAt(-3, extent), -20);
});

test("the ends of a range cannot cross: the one that moves stops at the other", () => {
  assert.deepEqual(withEnd([0.2, 0.6], 0, 0.9), [0.6, 0.6]);
  assert.deepEqual(withEnd([0.2, 0.6], 1, 0.1), [0.2, 0.2]);
  assert.deepEqual(withEnd([0.2, 0.6], 1, 0.7), [0.2, 0.7]);
});

test("a pointer means the nearest end; thumbs over each other wait for its direction", () => {
  assert.equal(nearestEnd(0.1, 0.2, 0.8), 0);
  assert.equal(nearestEnd(0.6, 0.2, 0.8), 1);
  assert.equal(nearestEnd(0.5, 0.2, 0.8), 0);
  assert.equal(nearestEnd(0.51, 0.5, 0.5, 0.03), -1);
  assert.equal(nearestEnd(0.9, 0.5, 0.5, 0.03), 1);
  assert.equal(nearestEnd(0.1, 0.5, 0.5, 0.03), 0);
});
