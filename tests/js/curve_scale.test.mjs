import assert from "node:assert/strict";
import { test } from "node:test";

import { bandPath, linePath, rankScale, setPath, weightAt } from "../../nfviz/widgets/static/activation_curves/curve_scale.js";

test("the first rank stands at the left, the last at the right, and a place tells its rank", () => {
  for (const log of [false, true]) {
    for (const most of [2, 10, 100, 400]) {
      const { x, rankAt } = rankScale(most, 40, 440, log);
      assert.ok(Math.abs(x(0) - 40) < 1e-9);
      assert.ok(Math.abs(x(most - 1) - 440) < 1e-9);
      for (let rank = 0; rank < most; rank++) assert.equal(rankAt(x(rank)), rank);
      assert.equal(rankAt(-100), 0);
      assert.equal(rankAt(1000), most - 1);
    }
  }
});

test("ticks are round, apart from each other, and tell both ends", () => {
  assert.deepEqual(rankScale(400, 40, 440, false).ticks(), [1, 50, 100, 150, 200, 250, 300, 350, 400]);
  assert.deepEqual(rankScale(400, 40, 440, true).ticks(), [1, 2, 5, 10, 20, 50, 100, 200, 400]);
  assert.deepEqual(rankScale(100, 40, 240, false).ticks(), [1, 20, 40, 60, 80, 100]);
  assert.deepEqual(rankScale(1, 40, 240, false).ticks(), [1]);
  for (const log of [false, true]) {
    for (const most of [2, 7, 63, 100, 213, 400, 5000]) {
      for (const right of [100, 250, 900]) {
        const { x, ticks } = rankScale(most, 40, right, log);
        const found = ticks();
        assert.equal(found[0], 1);
        if (x(most - 1) - x(0) >= 30) assert.equal(found.at(-1), most);
        for (let place = 1; place < found.length; place++) {
          assert.ok(x(found[place] - 1) - x(found[place - 1] - 1) >= 30 - 1e-9);
        }
      }
    }
  }
});

const [x, y] = [(rank) => 10 * rank, (weight) => 100 - 100 * weight];

test("paths go through their points", () => {
  assert.equal(linePath([0, 1, 3], [1, 0.5, 0], x, y), "M0.0 0.0L10.0 50.0L30.0 100.0");
  assert.equal(linePath([], [], x, y), "");
  assert.equal(bandPath([0, 1], [0.5, 0.25], [1, 0.75], x, y), "M0.0 0.0L10.0 25.0L10.0 75.0L0.0 50.0Z");
  assert.equal(bandPath([], [], [], x, y), "");
});

test("the area of an image set ends with its last image", () => {
  const curve = { ranks: [0, 1, 2, 12], weights: [1, 0.8, 0.5, 0.1] };
  assert.equal(setPath(curve, 2, x, y), "M0.0 0.0L10.0 20.0L10.0 100.0L0.0 100.0Z");
  assert.equal(setPath(curve, 0, x, y), "");
});

test("a weight between samples lies on the line, beyond them there is none", () => {
  const curve = { ranks: [0, 1, 11], weights: [1, 0.5, 0.3] };
  assert.equal(weightAt(curve, 1), 0.5);
  assert.ok(Math.abs(weightAt(curve, 6) - 0.4) < 1e-12);
  assert.ok(Number.isNaN(weightAt(curve, 12)));
  assert.ok(Number.isNaN(weightAt({ ranks: [], weights: [] }, 0)));
});
