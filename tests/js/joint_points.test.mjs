import assert from "node:assert/strict";
import { test } from "node:test";

import { Points, diskStamp, strideOf } from "../../nfviz/widgets/static/joint_scatter/joint_points.js";
import { pixelOf } from "../../nfviz/widgets/static/shared/pixels.js";

const UP = { start: 0, per: 1 };

function plot(xs, ys, { width = 40, height = 30, radius = 2 } = {}) {
  const points = new Points(xs.length);
  points.resize(width, height, radius);
  points.place(Float32Array.from(xs), Float32Array.from(ys), UP, UP);
  return points;
}

test("a disk covers its area, and is the same from all sides", () => {
  for (const radius of [0.8, 1.7, 2, 2.4, 3, 4.8, 9]) {
    const { full, part, reach } = diskStamp(radius);
    const area = full.length + part.reduce((sum, [, , share]) => sum + share, 0);
    assert.ok(Math.abs(area / (Math.PI * radius ** 2) - 1) < 0.12, `${radius} ${area}`);
    const keys = new Set([...full, ...part].map(([x, y]) => `${x},${y}`));
    for (const [x, y] of [...full, ...part]) {
      for (const turned of [[-x, y], [x, -y], [y, x]]) assert.ok(keys.has(turned.map((v) => v + 0).join()));
      assert.ok(Math.abs(x) <= reach && Math.abs(y) <= reach);
    }
  }
});

test("steps of the stride visit every row once", () => {
  for (const n of [1, 2, 3, 10, 256, 3944, 26560]) {
    const stride = strideOf(n);
    const seen = new Set();
    for (let k = 0, row = 0; k < n; k++, row = (row + stride) % n) seen.add(row);
    assert.equal(seen.size, n);
  }
});

test("only rows in view with both values are drawn, in the ink of their group", () => {
  const points = plot([5, 20, NaN, 30], [5, 10, 10, 20]);
  const pixels = new Uint32Array(points.width * points.height);
  const inks = Uint32Array.of(0x112233, 0x445566);
  points.draw(pixels, inks, Uint16Array.of(0, 1, 0, 1), Uint8Array.of(1, 1, 1, 0));
  const at = (x, y) => pixels[(y + points.reach) * points.width + x + points.reach];
  assert.equal(at(5, 5), 0xff112233);
  assert.equal(at(20, 10), 0xff445566);
  assert.equal(at(30, 20), 0);
  assert.equal(points.at[2], -1);
});

test("points at the edges and beyond are drawn whole, and write nothing outside", () => {
  const points = plot([0, 39, -500, 500, 20], [0, 29, 500, -500, 14], { radius: 3 });
  const pixels = new Uint32Array(points.width * points.height);
  points.draw(pixels, Uint32Array.of(1), null, null);
  const { full, part } = diskStamp(3);
  assert.equal(pixels.filter((pixel) => pixel >>> 24).length, 5 * (full.length + part.length));
});

test("the rim of a point does not eat another point", () => {
  const points = plot([10, 12], [10, 10]);
  const pixels = new Uint32Array(points.width * points.height);
  points.draw(pixels, Uint32Array.of(1, 2), Uint16Array.of(0, 1), null);
  for (const x of [10, 12]) assert.equal(pixels[(10 + points.reach) * points.width + x + points.reach] >>> 24, 255);
});

test("the nearest point in view is the one that a search of all finds", () => {
  const n = 500;
  const [xs, ys] = [0, 1].map((k) => Array.from({ length: n }, (_, row) => Math.abs(Math.sin(row * 12.9898 + k * 78.233) * 43758) % (k ? 300 : 400)));
  const points = plot(xs, ys, { width: 400, height: 300 });
  const inView = Uint8Array.from({ length: n }, (_, row) => Number(row % 3 > 0));
  for (let k = 0; k < 300; k++) {
    const [x, y] = [(k * 37) % 400, (k * 53) % 300];
    let [best, least] = [-1, 15 * 15];
    for (let row = 0; row < n; row++) {
      const apart = (points.x[row] - x) ** 2 + (points.y[row] - y) ** 2;
      if (inView[row] && apart < least) [best, least] = [row, apart];
    }
    const found = points.nearest(x, y, 15, inView, 1);
    const apart = found < 0 ? 225 : (points.x[found] - x) ** 2 + (points.y[found] - y) ** 2;
    assert.equal(found < 0, best < 0);
    assert.equal(apart, least);
  }
});

test("colors become pixels as the browser computes them", () => {
  assert.equal(pixelOf("rgb(1, 2, 3)"), 0xff030201);
  assert.equal(pixelOf("rgba(255, 0, 16, 0.87)", 0), 0x001000ff);
  assert.equal(pixelOf("color(srgb 1 0.5 0)", 0.8), 0xcc0080ff);
});
