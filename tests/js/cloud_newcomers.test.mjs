import assert from "node:assert/strict";
import { test } from "node:test";

import { layOut, scaleFor, SMALLEST } from "../../nfviz/widgets/static/tag_clouds/cloud_layout.js";
import { freePlace, newcomers, settleSizes } from "../../nfviz/widgets/static/tag_clouds/cloud_newcomers.js";
import { random } from "./made_up_atlas.mjs";

const PANEL = { width: 430, height: 180 };

function apart(places) {
  places.forEach((a, number) => {
    assert.ok(a.x - a.across / 2 >= -1e-6 && a.x + a.across / 2 <= PANEL.width + 1e-6, "inside the frame");
    for (const b of places.slice(0, number)) {
      const [across, up] = [(a.across + b.across) / 2, (a.up + b.up) / 2];
      assert.ok(Math.abs(a.x - b.x) >= across - 1e-6 || Math.abs(a.y - b.y) >= up - 1e-6, "no two words overlap");
    }
  });
}

test("words that wait are those without a place that are large enough, greatest first", () => {
  const weights = [0.5, 0, 0.3, 0.1, 0.4];
  const { total, waiting } = newcomers((key) => weights[key], 5, [{ key: 0 }], 40);
  assert.equal(total, 4);
  assert.deepEqual(waiting.map(({ key }) => key), [4, 2]);
});

test("however weights wander, words that come, stay and grow never overlap, and none is too small", () => {
  const next = random(5);
  const inks = Array.from({ length: 48 }, () => ({ across: 0.5 * (2 + Math.floor(12 * next())), up: 0.75 + 0.3 * next() }));
  let weights = inks.map(() => 0.2 + next());
  const weightOf = (key) => weights[key];
  const words = weights.map((weight, key) => ({ key, weight, ...inks[key], home: [0, 0] })).sort((a, b) => b.weight - a.weight);
  const { scale: laid, places } = layOut(words.slice(0, 30), PANEL.width, PANEL.height);
  let placed = places.map((place) => ({ ...place, ink: inks[place.key] }));
  let entered = 0;
  for (let step = 0; step < 200; step++) {
    weights = weights.map((weight) => Math.max(0, weight + 0.08 * (next() - 0.5)));
    let scale = scaleFor(laid, placed, weightOf);
    placed = placed.filter(({ key }) => scale * weights[key] >= SMALLEST);
    scale = settleSizes(placed, scale, laid, weightOf, PANEL);
    assert.ok(scale <= laid + 1e-9);
    for (const { key, weight } of newcomers(weightOf, 48, placed, scale).waiting.slice(0, 3)) {
      const place = freePlace({ key, size: scale * weight, ink: inks[key], wish: [200, 90] }, placed, PANEL);
      if (!place) continue;
      placed.push({ ...place, ink: inks[key] });
      entered++;
    }
    settleSizes(placed, scale, scale, weightOf, PANEL);
    apart(placed);
    for (const { key, size } of placed) assert.ok(Math.abs(size - scale * weights[key]) < 1e-9 && size >= SMALLEST - 1e-6);
  }
  assert.ok(entered > 10, `${entered} words came`);
});
