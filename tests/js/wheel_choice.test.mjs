import assert from "node:assert/strict";
import { test } from "node:test";

import { besideByHue, besideByRing, chooseDrawn, freeDirection, placeAt } from "../../nfviz/widgets/static/hue_wheel/wheel_choice.js";

const scratch = (n, cells) => ({ places: new Int32Array(n), taken: new Uint32Array(cells), bins: new Uint32Array(36) });

test("of a crowded cell the first in view are drawn, up to 1.2 times its room; all are counted", () => {
  const n = 3000;
  const wheel = { rows: Uint32Array.from({ length: n }, (_, k) => k), cell: new Uint16Array(n).fill(7), room: new Float32Array(36).fill(10) };
  const inView = new Uint8Array(n).fill(1);
  inView[0] = inView[2] = 0;
  const into = scratch(n, 36);
  assert.deepEqual(chooseDrawn(wheel, inView, null, into), { shown: n - 2, drawn: 12 });
  assert.deepEqual([...into.places.subarray(0, 12)], [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  assert.equal(into.bins[7], n - 2);
});

test("where few are shown, all are drawn, though they lie upon each other", () => {
  const n = 90;
  const wheel = { rows: Uint32Array.from({ length: n }, (_, k) => k), cell: new Uint16Array(n).fill(7), room: new Float32Array(36).fill(9) };
  assert.deepEqual(chooseDrawn(wheel, new Uint8Array(n).fill(1), null, scratch(n, 36)), { shown: 90, drawn: 90 });
});

test("the fewer are shown, the more of them are drawn: filtering hides nobody else", () => {
  const n = 2000;
  const wheel = { rows: Uint32Array.from({ length: n }, (_, k) => k), cell: Uint16Array.from({ length: n }, (_, k) => k % 36), room: new Float32Array(36).fill(6) };
  let before = null;
  for (const kept of [2000, 1500, 900, 400, 100]) {
    const inView = Uint8Array.from({ length: n }, (_, row) => Number(row < kept));
    const into = scratch(n, 36);
    const { drawn } = chooseDrawn(wheel, inView, null, into);
    const now = new Set(into.places.subarray(0, drawn));
    if (before) for (const place of before) if (place < kept) assert.ok(now.has(place));
    before = now;
  }
});

test("only the strong are shown where that is asked for", () => {
  const wheel = { rows: Uint32Array.of(2, 0, 1), cell: Uint16Array.of(0, 1, 2), room: new Float32Array(36).fill(3) };
  const into = scratch(3, 36);
  assert.deepEqual(chooseDrawn(wheel, Uint8Array.of(1, 1, 1), Uint8Array.of(0, 1, 1), into), { shown: 2, drawn: 2 });
  assert.deepEqual([...into.places.subarray(0, 2)], [0, 2]);
});

const HUES = [350, 10, 90, 10, 40];
const RINGS = [0, 0, 0, 0, 1];
const where = { hue: (place) => HUES[place], ring: (place) => RINGS[place] };
const DRAWN = Int32Array.of(0, 1, 2, 3, 4);

test("steps by hue go once around a ring, over equal hues and over 0", () => {
  const walk = (direction) => {
    const seen = [2];
    for (let step = 0; step < 4; step++) seen.push(besideByHue(seen[seen.length - 1], direction, DRAWN, where));
    return seen;
  };
  assert.deepEqual(walk(1), [2, 0, 1, 3, 2]);
  assert.deepEqual(walk(-1), [2, 3, 1, 0, 2]);
  assert.equal(besideByHue(-1, 1, DRAWN, where), 0);
  assert.equal(besideByHue(-1, 1, new Int32Array(0), where), -1);
});

test("steps by ring go to the nearest hue, and end at the last ring", () => {
  assert.equal(besideByRing(0, 1, DRAWN, where), 4);
  assert.equal(besideByRing(4, 1, DRAWN, where), 4);
  assert.equal(besideByRing(4, -1, DRAWN, where), 1);
});

test("the nearest hue is found across 0 degrees", () => {
  const hues = [355, 5, 180];
  const at = { hue: (place) => hues[place], ring: (place) => (place ? 1 : 0) };
  assert.equal(besideByRing(0, 1, Int32Array.of(2, 1, 0), at), 1);
});

test("the topmost of those at a point is found, then the nearest within reach", () => {
  const drawn = { places: Int32Array.of(1, 0, 2), count: 3, x: Float32Array.of(3, 0, 60), y: Float32Array.of(0, 0, 0) };
  assert.equal(placeAt(2, 0, drawn, 5, 4), 1);
  assert.equal(placeAt(7, 0, drawn, 5, 4), 0);
  assert.equal(placeAt(11, 0, drawn, 5, 4), 0);
  assert.equal(placeAt(30, 0, drawn, 5, 4), -1);
});

test("numbers of rings go where nothing stands", () => {
  assert.equal(freeDirection([1], [1], [0]), 180);
  const direction = freeDirection([1, 2], [1, 2, 0, 0], [0, 0, 1, 2]);
  assert.ok(direction > 180 && direction < 270);
});
