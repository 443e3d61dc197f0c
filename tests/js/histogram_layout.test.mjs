import assert from "node:assert/strict";
import { test } from "node:test";

import { edgeText, layOutBars, ticksOf } from "../../nfviz/widgets/static/selectivity_histogram/histogram_layout.js";

const names = (count, letters) => Array.from({ length: count }, (_, at) => "x".repeat(letters - 1) + (at % 10));

test("53 layers fit into 320 pixels", () => {
  const layout = layOutBars({ width: 320, names: names(53, 14), most: 2048 });
  assert.ok(layout.left + 53 * layout.pitch <= 320);
  assert.ok(layout.bar > 0 && layout.bar <= layout.pitch);
  assert.ok(layout.turned && layout.every * layout.pitch >= 11);
  assert.equal(layout.counts, "none");
});

test("few layers have level names and counts in a line", () => {
  const layout = layOutBars({ width: 640, names: names(5, 5), most: 64 });
  assert.deepEqual([layout.turned, layout.every, layout.counts], [false, 1, "line"]);
});

test("counts take what room there is", () => {
  const counts = [900, 240, 140, 100].map((width) => layOutBars({ width, names: names(6, 5), most: 64 }).counts);
  assert.deepEqual(counts, ["line", "lines", "turned", "none"]);
});

test("the parts lie one below the other and end within the height", () => {
  for (const width of [240, 320, 560, 1400]) {
    for (const count of [1, 5, 26, 53]) {
      const layout = layOutBars({ width, height: 420, names: names(count, 12), most: 1000 });
      const { top, plot, countsAt, namesAt, legendAt, height } = layout;
      assert.ok(top + plot < Math.min(countsAt, namesAt));
      assert.ok(Math.max(countsAt, namesAt) < legendAt && legendAt < height);
      assert.equal(height, 420);
      assert.ok(plot >= 48);
    }
  }
});

test("no layers, no room and no height are no errors", () => {
  for (const given of [{ width: 0, names: [], most: 0 }, { width: 10, height: 20, names: names(3, 4), most: 9 }]) {
    for (const value of Object.values(layOutBars(given))) if (typeof value === "number") assert.ok(value >= 0);
  }
});

test("ticks are evenly spaced, begin and end with the scale, and have room", () => {
  const edges = Array.from({ length: 11 }, (_, edge) => edge / 10);
  assert.deepEqual(ticksOf(edges, 400), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(ticksOf(edges, 140), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticksOf(edges, 10), [0, 10]);
  assert.deepEqual(ticksOf([0, 1], 10), [0, 1]);
});

test("edges are written without noise", () => {
  assert.equal(edgeText(0.1 + 0.2), "0.3");
  assert.equal(edgeText(-20), "\u221220");
});
