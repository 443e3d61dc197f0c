import assert from "node:assert/strict";
import { test } from "node:test";

import { binRows } from "../../nfviz/widgets/static/store/bins.js";
import { choose, holds, rangeOfBin, release } from "../../nfviz/widgets/static/selectivity_histogram/segment_choice.js";
import { bounds, firstState } from "../../nfviz/widgets/static/store/state.js";

const TENTHS = Array.from({ length: 11 }, (_, edge) => edge / 10);
const SHARE = { name: "share", extent: [0, 1], edges: TENTHS, step: 0.01, whole: false };
const COUNT = { name: "count", extent: [0, 50], edges: TENTHS.map((edge) => 50 * edge), step: 1, whole: true };

function inRange(values, range, extent) {
  const [low, high] = bounds(range, extent) ?? [-Infinity, Infinity];
  return Array.from(values, (value) => value >= low && value <= high);
}

test("the range of a degree holds its neurons and no others", () => {
  const quotients = Float32Array.from({ length: 400 }, (_, at) => (at % 100) / (1 + Math.floor(at / 4)) % 1);
  const wholes = Float32Array.from({ length: 400 }, (_, at) => (at * 7) % 51);
  for (const [column, values] of [[SHARE, quotients], [COUNT, wholes], [SHARE, Float32Array.of(0.5, 0.4999, 0.1, 1, 2)]]) {
    const binOf = binRows(values, column.edges);
    for (let bin = 0; bin < 10; bin++) {
      const range = rangeOfBin(column, bin, values, binOf);
      const inside = inRange(values, range, column.extent);
      assert.deepEqual(inside, Array.from(binOf, (each) => each === bin), `${bin}: ${range}`);
    }
  }
});

test("the range of a degree is its edges where no neuron lies on them", () => {
  const values = Float32Array.of(0.33, 0.47, 0.81);
  assert.deepEqual(rangeOfBin(SHARE, 4, values, binRows(values, TENTHS)), [0.4, 0.5]);
  const onEdge = Float32Array.of(0.47, 0.5);
  assert.deepEqual(rangeOfBin(SHARE, 4, onEdge, binRows(onEdge, TENTHS)), [0.4, 0.49]);
});

function stateOf(layers = 3) {
  return firstState({
    parameters: { threshold: 1, n_max: 9, min_activation: 0, sort_by: "share" },
    layers: new Array(layers).fill({}),
    columns: [SHARE],
  });
}

function apply(state, { choice, patch }) {
  Object.assign(state, { layers: patch.layers, ranges: { ...state.ranges, ...patch.ranges } });
  return choice;
}

const segment = (layer, range, add = false) => ({ column: "share", layer, range, add });

test("choosing a segment shows its layer and degree alone; choosing it again goes back", () => {
  const state = stateOf();
  state.layers = Uint8Array.of(1, 0, 1);
  let choice = apply(state, choose(state, null, segment(2, [0.4, 0.5])));
  assert.deepEqual([...state.layers], [0, 0, 1]);
  assert.deepEqual(state.ranges.share, [0.4, 0.5]);
  assert.ok(holds(state, choice, "share"));
  choice = apply(state, choose(state, choice, segment(2, [0.4, 0.5])));
  assert.equal(choice, null);
  assert.deepEqual([...state.layers], [1, 0, 1]);
  assert.deepEqual(state.ranges.share, [0, 1]);
});

test("from segment to segment, what was shown before the first one comes back", () => {
  const state = stateOf();
  let choice = apply(state, choose(state, null, segment(0, [0.1, 0.2])));
  choice = apply(state, choose(state, choice, segment(1, [0.4, 0.5])));
  assert.deepEqual([...state.layers], [0, 1, 0]);
  apply(state, release(choice));
  assert.deepEqual([...state.layers], [1, 1, 1]);
  assert.deepEqual(state.ranges.share, [0, 1]);
});

test("adding a segment adds its layer and widens the range", () => {
  const state = stateOf();
  let choice = apply(state, choose(state, null, segment(0, [0.4, 0.5], true)));
  assert.deepEqual([...state.layers], [1, 0, 0]);
  choice = apply(state, choose(state, choice, segment(2, [0.7, 0.8], true)));
  assert.deepEqual([...state.layers], [1, 0, 1]);
  assert.deepEqual(state.ranges.share, [0.4, 0.8]);
});

test("a choice that somebody has changed is not taken back", () => {
  const state = stateOf();
  const choice = apply(state, choose(state, null, segment(0, [0.4, 0.5])));
  state.ranges.share = [0.3, 0.5];
  assert.ok(!holds(state, choice, "share"));
  const next = apply(state, choose(state, choice, segment(0, [0.4, 0.5])));
  assert.deepEqual(next.before.range, [0.3, 0.5]);
});
