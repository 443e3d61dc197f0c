import assert from "node:assert/strict";
import { test } from "node:test";

import { boundsOf, correlation, scaleOf, spanOf, tickText, ticksOf } from "../../nfviz/widgets/static/joint_scatter/joint_scale.js";

test("an axis spans the extent and every finite value, and never shrinks", () => {
  const span = spanOf("kurtosis", [0, 1], Float32Array.of(-0.5, NaN, 0.25, Infinity), null);
  assert.deepEqual(span, [-0.5, 1]);
  assert.deepEqual(spanOf("kurtosis", [0, 1], Float32Array.of(0.5), span), [-0.5, 1]);
  assert.deepEqual(spanOf("n", [3, 3], Float32Array.of(3), null), [2.5, 3.5]);
});

test("angles span their turn, whatever bins their column has", () => {
  assert.deepEqual(spanOf("hue", [0, 400], Float32Array.of(20), null), [0, 360]);
  assert.deepEqual(spanOf("axis", [0, 180], Float32Array.of(20), null), [0, 180]);
});

test("pixels and values are each other's inverse, upward too", () => {
  for (const [from, to] of [[0, 400], [300, 0]]) {
    const scale = scaleOf([-2, 8], from, to);
    for (const value of [-2, 0, 3.25, 8]) assert.ok(Math.abs(scale.value(scale.pixel(value)) - value) < 1e-9);
    assert.ok(Math.abs(scale.pixel(3) - (from + to) / 2) < 1e-9);
  }
});

test("ticks are round, lie within the span, and are not more than asked for", () => {
  for (const span of [[0, 1], [-0.37, 0.82], [-200, 1400], [55, 100], [0, 0.004], [1e6, 1.5e6]]) {
    for (const most of [2, 4, 7, 12]) {
      const { values, step } = ticksOf("x", span, most);
      assert.ok(values.length <= most + 1 && values.length >= 1, `${span} ${most} ${values}`);
      assert.ok(values.every((value) => value >= span[0] - 1e-9 * step && value <= span[1] + 1e-9 * Math.abs(span[1])));
      const digits = step.toExponential().split("e")[0];
      assert.ok(["1", "2", "5"].includes(String(Number(Number(digits).toPrecision(6)))), digits);
    }
  }
  assert.deepEqual(ticksOf("x", [0, 1], 5).values, [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticksOf("hue", [0, 360], 5).values, [0, 90, 180, 270, 360]);
});

test("ticks are written with the digits of their step and a true minus", () => {
  assert.equal(tickText(0.2, 0.2), "0.2");
  assert.equal(tickText(1, 0.05), "1.00");
  assert.equal(tickText(-1400, 200), "−1,400");
});

const UNIT = { extent: [0, 1], step: 0.01, whole: false };
const WHOLE = { extent: [1, 11], step: 1, whole: true };

test("a box sets bounds in the column's steps", () => {
  assert.deepEqual(boundsOf(0.3049, 0.7002, UNIT), [0.3, 0.7]);
  assert.deepEqual(boundsOf(2.2, 4.8, WHOLE), [3, 4]);
});

test("a box that reaches beyond all values leaves that end open", () => {
  assert.deepEqual(boundsOf(-0.2, 0.5, UNIT), [0, 0.5]);
  assert.deepEqual(boundsOf(0.5, 1.01, UNIT), [0.5, 1]);
  assert.deepEqual(boundsOf(90, 365, { extent: [0, 400], step: 5, whole: false, span: [0, 360] }), [90, 400]);
});

test("a box between two whole numbers holds the nearest", () => {
  assert.deepEqual(boundsOf(4.2, 4.4, WHOLE), [4, 4]);
});

test("correlation is of the rows in view that have both values", () => {
  const column = (name, values) => ({ name, values: Float32Array.from(values) });
  const x = column("a", [0, 1, 2, 3, NaN, 9]);
  const y = column("b", [1, 3, 5, 7, 2, -9]);
  const { count, r } = correlation(x, y, Uint8Array.of(1, 1, 1, 1, 1, 0));
  assert.equal(count, 4);
  assert.ok(Math.abs(r - 1) < 1e-12);
  assert.ok(Number.isNaN(correlation(x, column("b", [1, 1, 1, 1, 1, 1]), new Uint8Array(6).fill(1)).r));
  assert.ok(Number.isNaN(correlation(x, column("hue", [1, 3, 5, 7, 2, 9]), new Uint8Array(6).fill(1)).r));
});
