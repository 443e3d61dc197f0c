import assert from "node:assert/strict";
import { test } from "node:test";

import { homes } from "../../nfviz/widgets/static/tag_clouds/cloud_homes.js";
import { cutText, layOut, scaleFor, SMALLEST } from "../../nfviz/widgets/static/tag_clouds/cloud_layout.js";
import { random } from "./made_up_atlas.mjs";

const PANELS = [[430, 180], [300, 150], [640, 260], [260, 150], [90, 60]];
const KINDS = {
  even: () => 1,
  zipf: (place) => 1 / (place + 1),
  one: (place) => (place ? 0.01 : 1),
  falling: (place) => 0.9 ** place,
};

function words(count, kind, next) {
  const weights = Array.from({ length: count }, (_, place) => (KINDS[kind](place) * (1 + 0.1 * next())) / 50);
  return weights
    .sort((a, b) => b - a)
    .map((weight, key) => {
      const turn = 2 * Math.PI * next();
      return { key, weight, across: 0.5 * (2 + Math.floor(12 * next())), up: 0.75 + 0.3 * next(), home: [Math.cos(turn), Math.sin(turn)] };
    });
}

/** Boxes of words at a text size, (left, top, right, bottom). */
function boxes(places, sizeOf) {
  return places.map((place) => {
    const grown = sizeOf(place) / place.size;
    const [half, high] = [(place.across * grown) / 2, (place.up * grown) / 2];
    return [place.x - half, place.y - high, place.x + half, place.y + high];
  });
}

function apart(found, width, height) {
  found.forEach((a, number) => {
    assert.ok(a[0] >= -1e-6 && a[1] >= -1e-6 && a[2] <= width + 1e-6 && a[3] <= height + 1e-6, "inside the frame");
    for (const b of found.slice(0, number)) {
      assert.ok(a[0] >= b[2] || b[0] >= a[2] || a[1] >= b[3] || b[1] >= a[3], "no two words overlap");
    }
  });
}

test("text sizes are proportional to weights, and no word is smaller than the smallest", () => {
  const next = random(1);
  for (const [width, height] of PANELS) {
    for (const kind of Object.keys(KINDS)) {
      const given = words(30, kind, next);
      const { scale, places } = layOut(given, width, height);
      for (const { key, size } of places) {
        assert.ok(Math.abs(size - scale * given[key].weight) < 1e-9);
        assert.ok(size >= SMALLEST - 1e-6);
      }
      apart(boxes(places, (place) => place.size), width, height);
      // A word is left out because it would be too small, or because nothing fits at all.
      const expected = given.filter(({ weight }) => weight * scale >= SMALLEST).length;
      if (scale * given[0].weight > SMALLEST * 1.001) assert.equal(places.length, expected);
    }
  }
});

test("1, 2, 10, 48 and 1,000 words", () => {
  for (const count of [1, 2, 10, 48, 1000]) {
    const { places } = layOut(words(count, "even", random(count)).slice(0, 30), 430, 180);
    assert.ok(places.length >= Math.min(count, 20), `${places.length} of ${count}`);
    apart(boxes(places, (place) => place.size), 430, 180);
  }
  assert.deepEqual(layOut([], 430, 180).places, []);
  assert.deepEqual(layOut(words(3, "even", random(1)), 0, 0).places, []);
});

test("the same words give the same cloud", () => {
  const given = words(30, "falling", random(3));
  assert.deepEqual(layOut(given, 430, 180), layOut(structuredClone(given), 430, 180));
});

test("a cloud stands in the middle, and a single word too", () => {
  for (const count of [1, 5, 30]) {
    const { places } = layOut(words(count, "falling", random(count)), 430, 180);
    const found = boxes(places, (place) => place.size);
    const [left, right] = [Math.min(...found.map((box) => box[0])), Math.max(...found.map((box) => box[2]))];
    assert.ok(Math.abs(left + right - 430) < 12);
  }
});

test("whatever the weights become, words at their places stay proportional and apart", () => {
  const next = random(17);
  for (const [width, height] of PANELS) {
    for (const kind of Object.keys(KINDS)) {
      const given = words(30, kind, next);
      const { scale, places } = layOut(given, width, height);
      for (let step = 0; step < 20; step++) {
        const weights = given.map(({ weight }) => weight * next() * (step % 3 ? 1.1 : 5));
        const now = scaleFor(scale, places, (key) => weights[key]);
        assert.ok(now <= scale);
        apart(boxes(places, ({ key }) => now * weights[key]), width, height);
      }
      assert.equal(scaleFor(scale, places, (key) => given[key].weight), scale, "nothing changes where nothing changed");
    }
  }
});

test("words that are to stay do so, and others find room between them", () => {
  const next = random(8);
  const given = words(30, "even", next);
  const first = layOut(given.slice(0, 24), 430, 180);
  const stay = new Map(first.places.map((place) => [place.key, place]));
  const smaller = given.map((word) => ({ ...word, weight: word.weight * (0.6 + 0.1 * next()) }));
  smaller.sort((a, b) => b.weight - a.weight);
  const then = layOut(smaller, 430, 180, stay);
  apart(boxes(then.places, (place) => place.size), 430, 180);
  const moved = then.places.filter(({ key, x, y }) => stay.has(key) && Math.hypot(x - stay.get(key).x, y - stay.get(key).y) > 1e-6);
  assert.ok(moved.length <= 2, `${moved.length} moved`);
  assert.deepEqual(
    then.places.map(({ size }) => size),
    then.places.map(({ size }) => size).sort((a, b) => b - a),
  );
});

test("kindred classes are neighbors around the middle, what is general is in it", () => {
  // Cats are 0 and 3, dogs 1 and 4, cars 2 and 5.
  const nodes = [0, 1, 2, 3, 4, 5].map((label) => ({ label, classes: 1, above: label % 3 === 2 ? [9] : [6, 7 + (label % 3)] }));
  nodes.push({ label: -1, classes: 4, above: [] }, { label: -1, classes: 2, above: [6] }, { label: -1, classes: 2, above: [6] }, { label: -1, classes: 2, above: [] });
  const found = homes({ classes: nodes.slice(0, 6).map(() => ({ name: "" })), nodes });
  const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  for (const [a, b] of [[0, 3], [1, 4], [2, 5]]) {
    const others = [0, 1, 2, 3, 4, 5].filter((each) => each !== a && each !== b);
    const next = others.filter((each) => far(found.leaf[a], found.leaf[each]) < far(found.leaf[a], found.leaf[b]) - 1e-9);
    assert.equal(next.length, 0);
  }
  for (const home of found.leaf) assert.ok(Math.abs(Math.hypot(...home) - 1) < 1e-9);
  const length = (home) => Math.hypot(...home);
  assert.ok(length(found.nodes[6]) < length(found.nodes[7]) && length(found.nodes[7]) < length(found.nodes[0]));
});

test("without an ontology classes stand in their order", () => {
  const { leaf, nodes } = homes({ classes: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }], nodes: null });
  assert.equal(leaf.length, 4);
  assert.deepEqual(nodes, []);
});

test("a long text loses its middle, by whole characters", () => {
  const widthOf = (text) => [...text].length;
  assert.equal(cutText("beagle", 10, widthOf), "beagle");
  assert.equal(cutText("abcdefghijklmno", 10, widthOf), "abcdef…mno");
  assert.equal([...cutText("😀".repeat(30), 8, widthOf)].length, 8);
  assert.equal(cutText("abc", 0, widthOf), "a…");
});
