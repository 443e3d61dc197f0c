import assert from "node:assert/strict";
import { test } from "node:test";

import { WeightBand } from "../../nfviz/widgets/static/activation_curves/weight_band.js";
import { random } from "./made_up_atlas.mjs";

function made(n, ranks, later, next) {
  const activation = new Float32Array(n * ranks);
  const tail = new Uint8Array(n * later.length);
  for (let row = 0; row < n; row++) {
    const weights = Array.from({ length: ranks + later.length }, () => next()).sort((a, b) => b - a);
    weights.forEach((weight, rank) => {
      if (rank < ranks) activation[row * ranks + rank] = (3 * weight) / weights[0];
      else tail[row * later.length + rank - ranks] = Math.round((255 * weight) / weights[0]);
    });
  }
  const dead = Uint8Array.from({ length: n }, (_, row) => Number(row % 10 === 4));
  return { meta: { n, curve_ranks: later, parameters: { ranks } }, activation, top: new Float64Array(n).fill(3), tail, dead };
}

const weight = ({ meta, activation, tail }, row, rank) => {
  const { ranks } = meta.parameters;
  if (rank < ranks) return activation[row * ranks + rank] / 3;
  return tail[row * meta.curve_ranks.length + meta.curve_ranks.indexOf(rank)] / 255;
};

test("quartiles at some forty ranks are those of the live neurons in view, to half a thousandth", () => {
  const next = random(12);
  const later = Array.from({ length: 30 }, (_, place) => 109 + 10 * place);
  const data = made(200, 100, later, next);
  const band = new WeightBand(data);
  assert.ok(band.ranks.length >= 30 && band.ranks.length <= 40);
  assert.equal(band.ranks[0], 0);
  assert.ok(band.ranks.includes(99));
  assert.equal(band.ranks.at(-1), 399);
  for (const share of [1, 0.5, 0.03]) {
    const inView = Uint8Array.from({ length: 200 }, () => Number(next() < share));
    const rows = [...inView.keys()].filter((row) => inView[row] && !data.dead[row]);
    const found = band.quartiles(inView);
    assert.equal(found.count, rows.length);
    found.ranks.forEach((rank, place) => {
      const sorted = rows.map((row) => weight(data, row, rank)).sort((a, b) => a - b);
      for (const [name, quantile] of [["low", 0.25], ["median", 0.5], ["high", 0.75]]) {
        const at = quantile * (sorted.length - 1);
        const below = sorted[Math.floor(at)];
        const expected = below + (sorted[Math.ceil(at)] - below) * (at % 1);
        assert.ok(Math.abs(found[name][place] - expected) <= 0.00051, `${name} at ${rank}`);
      }
    });
  }
});

test("no neuron in view, or dead ones alone: no band", () => {
  const data = made(20, 10, [], random(1));
  const band = new WeightBand(data);
  assert.deepEqual(band.quartiles(new Uint8Array(20)).ranks, []);
  const dead = Uint8Array.from(data.dead);
  assert.equal(band.quartiles(dead).count, 0);
});

test("few ranks", () => {
  const band = new WeightBand(made(5, 1, [], random(1)));
  assert.deepEqual(band.ranks, [0]);
  assert.equal(band.quartiles(new Uint8Array(5).fill(1)).median[0], 1);
});
