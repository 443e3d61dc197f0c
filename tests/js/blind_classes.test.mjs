import assert from "node:assert/strict";
import { test } from "node:test";

import { BlindClasses } from "../../nfviz/widgets/static/store/blind_classes.js";
import { tallies } from "./made_up_atlas.mjs";

/** n over k. */
function choose(n, k) {
  let found = 1n;
  for (let step = 0; step < k; step++) found = (found * BigInt(n - step)) / BigInt(step + 1);
  return n < k ? 0n : found;
}

test("at threshold 1 the expectation is the sum of the chances that classes are drawn", () => {
  for (const sizes of [[50, 50, 50, 50], [3, 3, 8, 20, 1, 60], new Array(40).fill(1), [200], [1000, 1]]) {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const expected = new BlindClasses(Uint32Array.from(sizes), [], 100).expected(1);
    for (let drawn = 1; drawn <= Math.min(total, 100); drawn++) {
      const all = choose(total, drawn);
      const closed = sizes.reduce(
        (sum, size) => sum + 1 - Number((choose(total - size, drawn) * 10n ** 15n) / all) / 1e15,
        0,
      );
      assert.ok(Math.abs(expected[drawn] - closed) < 1e-9, `${sizes}, ${drawn}`);
      assert.ok(expected[drawn] <= drawn);
    }
  }
});

test("gamma of a label-blind neuron is 0.048 with the 1,000 classes of the paper, 0.909 with 10", () => {
  const expected = new BlindClasses(new Uint32Array(1000).fill(1300), [], 100).expected(1)[100];
  assert.ok(Math.abs((100 - expected) / 99 - 0.048) < 5e-4);
  const ten = new BlindClasses(new Uint32Array(10).fill(400), [], 100).expected(1)[100];
  assert.ok(Math.abs((100 - ten) / 99 - 0.909) < 5e-4);
});

/** The same draws, counted one set at a time. */
function simulate(drawn, images, threshold) {
  const length = drawn.length / 1000;
  let sum = 0;
  for (let draw = 0; draw < 1000; draw++) {
    const counts = [];
    for (const tally of drawn.slice(draw * length, draw * length + images)) {
      if (tally === 1) counts.push(1);
      else counts[counts.indexOf(tally - 1)] = tally;
    }
    counts.sort((a, b) => b - a);
    let [needed, covered] = [0, 0];
    while (needed < 1 || covered < (threshold - 1e-9) * images) covered += counts[needed++];
    sum += needed;
  }
  return sum / 1000;
}

test("below 1 it is the mean over the simulated neurons, to the last of them", () => {
  for (const sizes of [new Array(10).fill(40), [3, 3, 8, 20, 1, 60], [5, 1], new Array(60).fill(2)]) {
    const drawn = tallies(sizes, 40);
    const blind = new BlindClasses(Uint32Array.from(sizes), drawn, 40);
    const most = Math.min(40, sizes.reduce((sum, size) => sum + size, 0));
    for (const threshold of [0.9, 0.5, 1 / 3, 0.8, 0.25, 0.999999, 1e-12]) {
      for (const images of [1, 2, 3, 10, 25, 40]) {
        if (images > most) continue;
        assert.equal(blind.expected(threshold)[images], simulate(drawn, images, threshold), `${sizes}, ${threshold}, ${images}`);
      }
    }
  }
});

test("the fewest classes that can supply N images", () => {
  const fewest = new BlindClasses(Uint32Array.from([3, 10, 1, 5]), [], 19).fewest();
  assert.deepEqual([...fewest].slice(1), [...new Array(10).fill(1), ...new Array(5).fill(2), 3, 3, 3, 4]);
});
