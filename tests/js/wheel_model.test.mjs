import assert from "node:assert/strict";
import { test } from "node:test";

import { WheelModel } from "../../nfviz/widgets/static/hue_wheel/wheel_model.js";

/** As much of a store as the model asks for. */
function store(columns, { layers = 2 } = {}) {
  const n = Object.values(columns)[0].length;
  const extent = { color_selectivity: [0, 1], hue: [0, 360], balance: [0, 1] };
  return {
    n,
    count: n,
    inView: new Uint8Array(n).fill(1),
    layers: Array.from({ length: layers }, (_, position) => ({ name: `conv${position + 1}` })),
    layer: Uint16Array.from({ length: n }, (_, row) => row % layers),
    columns: new Map(Object.keys(columns).map((name) => [name, { name, extent: extent[name] ?? [0, 1] }])),
    column: (name) => Float32Array.from(columns[name]),
    state: { ranges: { color_selectivity: [0, 1] } },
    meta: { parameters: { color_threshold: 0.4 } },
  };
}

const COLORS = {
  color_selectivity: [0.9, 0.1, 0.4, 0.39, 0.7, NaN],
  hue: [0, 90, 200, 300, NaN, 40],
  balance: [0.6, 0.1, 0.5, 0.9, 0.7, NaN],
};

/** @param {any} given */
function shown(given, rings) {
  const model = new WheelModel(given, rings);
  model.place(270);
  model.choose();
  return model;
}

test("without a bound only the color-selective are shown, and the caption says so", () => {
  const model = shown(store(COLORS));
  assert.deepEqual([...model.places.subarray(0, model.count)].map((place) => model.rows[place]), [0, 2]);
  assert.equal(model.caption(), "2 of 6 in view: color selectivity ≥ 0.40");
});

test("0.4 is color-selective in float32 too, 0.39 is not", () => {
  const model = new WheelModel(store(COLORS));
  assert.deepEqual([...model.strong], [1, 0, 1, 0, 1, 0]);
});

test("a lower bound rules instead of the threshold, an upper one beside it", () => {
  const rules = [
    [[0.05, 1], "4 of 5 in view have a hue"],
    [[0, 0.95], "2 of 5 in view: color selectivity ≥ 0.40"],
  ];
  for (const [range, caption] of rules) {
    const given = store(COLORS);
    given.state.ranges.color_selectivity = range;
    given.inView[5] = 0;
    given.count = 5;
    assert.equal(shown(given).caption(), caption);
  }
});

test("filters move nothing", () => {
  const given = store(COLORS);
  const model = shown(given);
  const before = [[...model.x], [...model.y], model.side];
  given.inView.fill(0);
  given.inView[1] = 1;
  given.count = 1;
  given.state.ranges.color_selectivity = [0.05, 0.5];
  model.choose();
  assert.equal(model.count, 1);
  assert.deepEqual([[...model.x], [...model.y], model.side], before);
});

test("features stand at the angle of their hue, counter-clockwise from the right", () => {
  const model = shown(store(COLORS));
  model.rows.forEach((row, place) => {
    const turn = (Math.atan2(-model.y[place], model.x[place]) * 180) / Math.PI;
    assert.ok(Math.abs(((turn - COLORS.hue[row] + 540) % 360) - 180) < 1e-3);
  });
});

test("wheels of nearly the same size are the same but for their scale", () => {
  const model = shown(store(COLORS));
  const [x, side] = [[...model.x], model.side];
  model.place(2 * 270);
  model.x.forEach((each, place) => assert.ok(Math.abs(each - 2 * x[place]) < 1e-3));
  assert.ok(Math.abs(model.side - 2 * side) < 1e-9);
});

test("only neurons of a balance above 0.5 are opponent", () => {
  const model = new WheelModel(store(COLORS));
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((row) => model.isOpponent(row)), [true, false, false, true, true, false]);
});

test("an empty wheel says why", () => {
  assert.equal(shown(store({ sharpness: [1, 2] })).whyEmpty(), "This atlas has no hues: score it with nfviz.ColorSelectivity().");
  assert.equal(shown(store({ hue: [NaN, NaN] })).whyEmpty(), "no neuron has a hue");
  assert.equal(shown(store({ hue: [10, 20], color_selectivity: [0.1, 0.2] })).whyEmpty(), "no neuron in view is that color-selective");
  const none = store({ hue: [10, 20] });
  none.inView.fill(0);
  none.count = 0;
  assert.equal(shown(none).whyEmpty(), "no neuron is in view");
});

test("rings are named by their layers, and odd numbers of rings are not taken", () => {
  const given = store(COLORS, { layers: 3 });
  assert.deepEqual(new WheelModel(given, 2).ringNames(), ["conv1 – conv2", "conv3"]);
  for (const odd of [0, -1, 2.5, "3", null, undefined, NaN]) {
    assert.equal(new WheelModel(given, odd).ringNames().length, 3);
  }
});
