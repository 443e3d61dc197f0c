import assert from "node:assert/strict";
import { test } from "node:test";

import { isInside, pinInside, rowsInside } from "../../nfviz/widgets/static/joint_scatter/lasso.js";

const SQUARE = [0, 0, 10, 0, 10, 10, 0, 10];

test("points are inside a square, or not, whichever way the line runs", () => {
  for (const line of [SQUARE, [0, 10, 10, 10, 10, 0, 0, 0]]) {
    assert.ok(isInside(5, 5, line) && isInside(0.1, 9.9, line));
    assert.ok(!isInside(-1, 5, line) && !isInside(5, 11, line) && !isInside(11, 10, line));
  }
});

test("a ring of a line leaves its hole out", () => {
  const ring = [...SQUARE, 0, 0, 3, 3, 3, 7, 7, 7, 7, 3, 3, 3];
  assert.ok(isInside(1, 5, ring));
  assert.ok(!isInside(5, 5, ring));
});

test("a circle drawn by hand holds the points within its radius", () => {
  const line = Array.from({ length: 720 }, (_, k) => (k % 2 ? Math.sin : Math.cos)((Math.floor(k / 2) * Math.PI) / 180) * 50);
  for (let x = -60; x <= 60; x += 7) {
    for (let y = -60; y <= 60; y += 7) {
      const away = Math.hypot(x, y);
      if (Math.abs(away - 50) > 0.1) assert.equal(isInside(x, y, line), away < 50);
    }
  }
});

test("rows inside come in the order given; those without a point never", () => {
  const points = { x: Int32Array.of(5, 20, 6, 7), y: Int32Array.of(5, 5, 5, 5), at: Int32Array.of(1, 1, 1, -1) };
  assert.deepEqual(rowsInside(Uint32Array.of(3, 2, 1, 0), points, SQUARE), [2, 0]);
});

test("a lasso adds to earlier pins, or takes away from them, and pins none twice or too many", () => {
  assert.deepEqual(pinInside([4, 5], [1, 4], false, 200), [1, 4, 5]);
  assert.deepEqual(pinInside([4, 5], [1, 4], true, 200), [1]);
  assert.deepEqual(pinInside([4, 5, 6], [1], false, 3), [1, 4, 5]);
  assert.deepEqual(pinInside([9], [1, 2, 3, 4], false, 3), [1, 2, 3, 4]);
});
