import assert from "node:assert/strict";
import { test } from "node:test";

import { keepInView, sortRows } from "../../nfviz/widgets/static/store/order.js";
import { random } from "./made_up_atlas.mjs";

const sorted = (values, ascending) => [...sortRows(Float32Array.from(values), ascending)];

test("descending and ascending, with ties by row in both directions", () => {
  assert.deepEqual(sorted([0.5, 1, 0.5, 0], false), [1, 0, 2, 3]);
  assert.deepEqual(sorted([0.5, 1, 0.5, 0], true), [3, 0, 2, 1]);
});

test("what is unknown comes last in both directions, by row", () => {
  assert.deepEqual(sorted([NaN, 1, NaN, 2], false), [3, 1, 0, 2]);
  assert.deepEqual(sorted([NaN, 1, NaN, 2], true), [1, 3, 0, 2]);
});

test("0 and -0 are equal, and values of any size and sign are in order", () => {
  assert.deepEqual(sorted([-0, 0, -0], true), [0, 1, 2]);
  assert.deepEqual(sorted([0, -1e-45, 1e-45, -3e38, 3e38, -2, 2], true), [3, 5, 1, 0, 2, 6, 4]);
  assert.deepEqual(sorted([Infinity, -Infinity, 0], false), [0, 2, 1]);
});

test("nothing to sort", () => assert.deepEqual(sorted([], true), []));

test("random columns are as the language's own stable sort has them", () => {
  const next = random(4);
  for (let time = 0; time < 30; time++) {
    const values = Float32Array.from({ length: 1 + Math.floor(next() * 3000) }, () =>
      next() < 0.05 ? NaN : next() < 0.5 ? Math.round(next() * 20 - 10) / 10 : (next() - 0.5) * 10 ** (60 * next() - 30),
    );
    for (const ascending of [true, false]) {
      const slow = Array.from(values, (_, row) => row).sort((a, b) => {
        const [unknownA, unknownB] = [Number.isNaN(values[a]), Number.isNaN(values[b])];
        if (unknownA || unknownB) return Number(unknownA) - Number(unknownB);
        return ascending ? values[a] - values[b] : values[b] - values[a];
      });
      assert.deepEqual([...sortRows(values, ascending)], slow);
    }
  }
});

test("rows in view keep their order", () => {
  const order = Uint32Array.from([4, 2, 0, 3, 1]);
  assert.deepEqual([...keepInView(order, Uint8Array.from([1, 0, 1, 0, 1]), 3)], [4, 2, 0]);
  assert.deepEqual([...keepInView(order, new Uint8Array(5), 0)], []);
});
