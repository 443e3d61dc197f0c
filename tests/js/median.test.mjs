import assert from "node:assert/strict";
import { test } from "node:test";

import { medianOf } from "../../nfviz/widgets/static/shared/median.js";
import { random } from "./made_up_atlas.mjs";

test("the median is that of the sorted numbers, whatever is unknown", () => {
  const next = random(5);
  for (let length = 1; length < 60; length++) {
    const values = Float32Array.from({ length }, () => (next() < 0.2 ? NaN : Math.round(8 * next()) / 4));
    const kept = values.slice();
    const known = Array.from(values).filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const middle = known.length >> 1;
    const median = known.length % 2 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
    assert.ok(Object.is(medianOf(values), known.length ? median : NaN));
    assert.deepEqual(values, kept);
  }
});

test("nothing known has no median", () => {
  assert.ok(Number.isNaN(medianOf(new Float32Array(0))));
  assert.ok(Number.isNaN(medianOf(Float32Array.of(NaN, NaN))));
});
