import assert from "node:assert/strict";
import { test } from "node:test";

import { orderByRing, placeOnWheel, shareRings, wheelCells } from "../../nfviz/widgets/static/hue_wheel/wheel_layout.js";

/** The same numbers every time. */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function wheel(n, rings, { clustered = false } = {}) {
  const next = random(n + rings);
  const hue = Float32Array.from({ length: n }, () => (clustered ? 30 + 20 * next() : 360 * next()));
  const ranked = Uint32Array.from({ length: n }, (_, row) => row);
  const found = orderByRing(hue, ranked, (row) => row % rings, rings);
  const base = Array.from({ length: rings }, (_, ring) => found.starts[ring + 1] - found.starts[ring]);
  return { hue, ...found, base };
}

const ROOM = { inner: 0.17, outer: 1, smallest: 0.05, largest: 0.15 };

/** Middles of the pictures of a wheel. */
function middles({ hue, rows }, { radius }) {
  return [...rows].map((row, place) => {
    const turn = (hue[row] * Math.PI) / 180;
    return [radius[place] * Math.cos(turn), radius[place] * Math.sin(turn)];
  });
}

function overlaps(points, side) {
  let count = 0;
  points.forEach(([x, y], a) => {
    for (let b = 0; b < a; b++) {
      const apart = Math.max(Math.abs(points[b][0] - x), Math.abs(points[b][1] - y));
      count += Number(apart < side * (1 - 1e-4));
    }
  });
  return count;
}

test("rings are shared as numpy.array_split shares: the first get one more", () => {
  assert.deepEqual([...shareRings(8, 3)], [0, 0, 0, 1, 1, 1, 2, 2]);
  assert.deepEqual([...shareRings(5, 6)], [0, 1, 2, 3, 4]);
  assert.deepEqual([...shareRings(26, 6)].map((ring) => ring), [
    0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5,
  ]);
});

test("neurons without a hue are left out, and the order within a ring stays", () => {
  const hue = Float32Array.of(10, NaN, 20, 30, 40);
  const { rows, starts } = orderByRing(hue, Uint32Array.of(4, 3, 2, 1, 0), (row) => row % 2, 2);
  assert.deepEqual([...rows], [4, 2, 0, 3]);
  assert.deepEqual([...starts], [0, 3, 4]);
});

test("where there is room no picture overlaps another, on any ring, and all stay within the rim", () => {
  for (const [n, rings] of [[1, 1], [12, 1], [60, 3], [100, 5], [48, 6]]) {
    const given = wheel(n, rings);
    const placed = placeOnWheel({ ...given, ...ROOM });
    assert.equal(overlaps(middles(given, placed), placed.side), 0, `${n} on ${rings}`);
    for (const radius of placed.radius) assert.ok(radius + 0.7 * placed.side <= 1 + 1e-6);
    assert.ok(placed.side >= ROOM.smallest - 1e-9 && placed.side <= ROOM.largest + 1e-9);
  }
});

test("the first of each ring stands on its circle, all others on it or further out in its band", () => {
  for (const clustered of [false, true]) {
    const given = wheel(400, 4, { clustered });
    const { radius, circles, ends } = placeOnWheel({ ...given, ...ROOM });
    for (let ring = 0; ring < 4; ring++) {
      assert.ok(Math.abs(radius[given.starts[ring]] - circles[ring]) < 1e-6);
      for (let place = given.starts[ring]; place < given.starts[ring + 1]; place++) {
        assert.ok(radius[place] >= circles[ring] - 1e-6 && radius[place] <= ends[ring] + 1e-6);
      }
      if (ring) assert.ok(circles[ring] > ends[ring - 1]);
    }
  }
});

test("a crowd that must have room pushes nobody: those placed first stand as if they were alone", () => {
  const crowd = wheel(3000, 3, { clustered: true });
  const all = placeOnWheel({ ...crowd, ...ROOM });
  const again = placeOnWheel({ ...crowd, ...ROOM });
  assert.deepEqual(all.radius, again.radius);
  const first = [...crowd.starts.subarray(0, 3)].flatMap((start) => Array.from({ length: 5 }, (_, k) => start + k));
  const points = middles(crowd, all);
  assert.equal(overlaps(first.map((place) => points[place]), all.side), 0);
});

test("those that need no room do not move those that do", () => {
  const given = wheel(900, 3);
  const base = [40, 40, 40];
  const some = { hue: given.hue, rows: new Uint32Array(120), starts: Uint32Array.of(0, 40, 80, 120) };
  for (let ring = 0; ring < 3; ring++) {
    some.rows.set(given.rows.subarray(given.starts[ring], given.starts[ring] + 40), 40 * ring);
  }
  const alone = placeOnWheel({ ...some, base, ...ROOM });
  const among = placeOnWheel({ ...given, base, ...ROOM });
  assert.equal(alone.side, among.side);
  for (let ring = 0; ring < 3; ring++) {
    for (let k = 0; k < 40; k++) {
      assert.equal(alone.radius[40 * ring + k], among.radius[given.starts[ring] + k]);
    }
  }
});

test("a wheel of nothing, and rings on which nothing stands, can be placed", () => {
  const none = placeOnWheel({ hue: new Float32Array(0), rows: new Uint32Array(0), starts: new Uint32Array(4), base: [0, 0, 0], ...ROOM });
  assert.equal(none.circles.length, 3);
  assert.ok(none.circles.every((circle, ring) => circle >= 0.17 && (!ring || circle > none.circles[ring - 1])));
});

test("forty rings still fit", () => {
  const given = wheel(200, 40);
  const { radius, circles, side } = placeOnWheel({ ...given, ...ROOM });
  assert.ok(side > 0.005);
  assert.ok(circles.every((circle) => circle < 1));
  assert.ok(radius.every((each) => each <= 1));
});

test("cells are ten degrees of a ring, and the wheel's cells have room for its area", () => {
  const given = wheel(300, 2);
  const placed = placeOnWheel({ ...given, ...ROOM });
  const { cell, room } = wheelCells(given.hue, given.rows, given.starts, placed);
  given.rows.forEach((row, place) => {
    assert.equal(cell[place], (row % 2) * 36 + Math.floor(given.hue[row] / 10));
  });
  const pictures = room.reduce((sum, each) => sum + each, 0);
  assert.ok(pictures * placed.side ** 2 < Math.PI * 1.2);
});
