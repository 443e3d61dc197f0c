import assert from "node:assert/strict";
import { test } from "node:test";

import { nextPoint } from "../../nfviz/widgets/static/joint_scatter/joint_keys.js";

const [RIGHT, LEFT, DOWN, UP] = [[1, 0], [-1, 0], [0, 1], [0, -1]];
const points = {
  x: Int32Array.of(50, 60, 90, 50, 50, 50, 20),
  y: Int32Array.of(50, 52, 50, 50, 80, 10, 50),
  at: Int32Array.of(1, 1, 1, 1, 1, 1, -1),
};
const all = new Uint8Array(7).fill(1);

test("the next point is the nearest ahead", () => {
  assert.equal(nextPoint(3, RIGHT, points, all), 1);
  assert.equal(nextPoint(1, RIGHT, points, all), 2);
  assert.equal(nextPoint(3, DOWN, points, all), 4);
  assert.equal(nextPoint(0, UP, points, all), 5);
});

test("points at the same place follow each other", () => {
  assert.equal(nextPoint(0, RIGHT, points, all), 3);
  assert.equal(nextPoint(3, LEFT, points, all), 0);
});

test("what is out of view or has no point is passed over", () => {
  assert.equal(nextPoint(3, RIGHT, points, Uint8Array.of(1, 0, 1, 1, 1, 1, 1)), 2);
  assert.equal(nextPoint(0, LEFT, points, all), -1);
});
