import assert from "node:assert/strict";
import { test } from "node:test";

import { ClassTable, LIVE } from "../../nfviz/widgets/static/store/class_table.js";
import { imagesOf, random, randomSets } from "./made_up_atlas.mjs";

const close = (found, expected, tolerance = 1e-6) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected}`);

// Four dogs, three cats, two cars and a sky: the golden numbers of the design.
const GOLDEN = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3].map((c, rank) => [
  c,
  [1, 0.95, 0.9, 0.85, 0.8, 0.8, 0.75, 0.75, 0.7, 0.7][rank],
]);

/** Equations 3 and 4, one neuron at a time. */
function slowly(set, { threshold, n_max, min_activation }, order = (c) => c) {
  const images = [];
  for (const [c, weight] of set.slice(0, n_max)) {
    if (!(weight > 0 && weight >= min_activation - 1e-6)) break;
    images.push([c, weight]);
  }
  const sums = new Map();
  const labeled = images.filter(([c]) => c >= 0);
  for (const [c, weight] of labeled) sums.set(c, (sums.get(c) ?? 0) + weight);
  const total = labeled.reduce((sum, [, weight]) => sum + weight, 0);
  const shares = [...sums].map(([label, sum]) => ({ label, share: sum / total }));
  shares.sort((a, b) => b.share - a.share || order(a.label) - order(b.label));
  let [needed, sum] = [0, 0];
  while (needed < shares.length && (threshold >= 1 || sum < threshold - 1e-9)) sum += shares[needed++].share;
  return { images: images.length, labeled: labeled.length, shares, needed };
}

test("the golden distribution and its index at five thresholds", () => {
  const table = new ClassTable(imagesOf([GOLDEN]));
  const shares = table.sharesOf(0);
  assert.deepEqual(shares.map(({ label }) => label), [0, 1, 2, 3]);
  [0.45122, 0.286585, 0.176829, 0.085366].forEach((share, place) => close(shares[place].share, share));
  for (const [threshold, needed, gamma] of [
    [1, 4, 0.666667], [0.9, 3, 0.777778], [0.75, 3, 0.777778], [0.5, 2, 0.888889], [0.4, 1, 1],
  ]) {
    table.setParameters(threshold, 100, 0);
    assert.equal(table.classesNeeded(0), needed);
    assert.equal(table.measure("n_classes")[0], needed);
    close(table.measure("class_selectivity")[0], gamma);
  }
});

test("sums of equal shares reach a threshold in spite of rounding", () => {
  const tenths = Array.from({ length: 10 }, (_, c) => [c, 0.1]);
  assert.ok(tenths.reduce((sum) => sum + 0.1, 0) < 1);
  for (const [threshold, needed] of [[1, 10], [0.8, 8], [0.3, 3], [0.1, 1]]) {
    const table = new ClassTable(imagesOf([tenths], { classes: 10 }));
    table.setParameters(threshold, 100, 0);
    assert.equal(table.needed[0], needed);
  }
});

test("any share of equal shares is reached by as many classes", () => {
  for (let classes = 1; classes <= 60; classes++) {
    const table = new ClassTable(imagesOf([Array.from({ length: classes }, (_, c) => [c, 0.1])], { classes }));
    for (let needed = 1; needed <= classes; needed++) {
      table.setParameters(needed / classes, 100, 0);
      assert.equal(table.classesNeeded(0), needed);
      assert.equal(table.needed[0], needed);
    }
  }
});

test("an image set is a prefix: to the least activation with it, and no further than n_max", () => {
  const set = [1, 1, 0.72, 0.7, 0.6].map((weight) => [0, weight]);
  const table = new ClassTable(imagesOf([set]));
  const sizeFor = (n_max, min_activation) => {
    table.setParameters(1, n_max, min_activation);
    return table.setSize[0];
  };
  assert.equal(sizeFor(100, 0.7), 4);
  assert.equal(sizeFor(100, 0.7000005), 4, "0.7 in float32 is still in");
  assert.equal(sizeFor(100, 0.71), 3);
  assert.equal(sizeFor(2, 0.7), 2);
  assert.equal(sizeFor(100, 0), 5);
  assert.equal(sizeFor(100, 1), 2);
});

test("images without a response are in no set, however low the least activation", () => {
  const table = new ClassTable(imagesOf([[[0, 1], [1, 0.2], [2, 0]], [[0, 1], [1, 0.5], [2, 0.1]]], { dead: [1] }));
  table.setParameters(1, 100, 0);
  assert.deepEqual([...table.measure("n_images")], [2, 0]);
  assert.deepEqual([...table.measure("class_selectivity")], [0, NaN]);
});

test("all columns of random neurons agree with the equations, whatever came before", () => {
  const next = random(11);
  const [classes, ranks] = [9, 25];
  const sets = randomSets(80, ranks, classes, next);
  const ids = [8, 1, 2, 30, 4, 5, 6, 7, 0];
  const data = imagesOf(sets, { classes, ids, sizes: [20, 3, 1, 20, 7, 7, 0, 9, 2].filter(Boolean), dead: [5] });
  const table = new ClassTable(data);
  for (let step = 0; step < 60; step++) {
    const threshold = next() < 0.3 ? 1 : next();
    // Small steps and large ones.
    const n_max = step % 3 ? 1 + Math.floor(next() * 30) : 4 + (step % 5);
    const rule = { threshold, n_max, min_activation: next() };
    table.setParameters(threshold, n_max, rule.min_activation);
    const columns = Object.fromEntries(LIVE.map((name) => [name, table.measure(name)]));
    sets.forEach((set, row) => {
      const slow = slowly(row === 5 ? [] : set, rule, (c) => ids[c]);
      const { labeled: images, needed, shares } = slow;
      assert.equal(columns.n_images[row], slow.images);
      assert.equal(columns.n_labeled[row], images);
      const fast = table.sharesOf(row);
      assert.deepEqual(fast.map(({ label }) => label), shares.map(({ label }) => label));
      fast.forEach(({ share }, place) => close(share, shares[place].share, 1e-12));
      assert.equal(table.classesNeeded(row), needed);
      assert.equal(table.topLabels()[row], shares[0]?.label ?? -1);
      const most = Math.min(images, data.sizes.length);
      const fewest = slowFewest(data.sizes, images);
      const defined = images >= 2;
      const expected = {
        n_classes: images ? needed : NaN,
        class_selectivity: defined ? (images - needed) / (images - 1) : NaN,
        class_selectivity_floor: defined ? (images - most) / (images - 1) : NaN,
        class_selectivity_norm: defined && most > fewest ? Math.min((most - needed) / (most - fewest), 1) : NaN,
        class_selectivity_chance: defined ? (images - table.chance()[images]) / (images - 1) : NaN,
        top_label_share: images ? shares[0].share : NaN,
      };
      for (const [name, value] of Object.entries(expected)) {
        const found = columns[name][row];
        assert.ok(Object.is(found, Math.fround(value)) || Math.abs(found - value) < 1e-7, `${name} of ${row}: ${found}, ${value}`);
      }
    });
  }
});

function slowFewest(sizes, images) {
  const sorted = [...sizes].sort((a, b) => b - a);
  let [sum, used] = [sorted[0], 1];
  while (sum < images && used < sorted.length) sum += sorted[used++];
  return used;
}

test("one neuron asked for alone and all of them give the same shares", () => {
  const sets = randomSets(40, 20, 5, random(2));
  const [alone, together] = [0, 1].map(() => new ClassTable(imagesOf(sets, { classes: 5 })));
  for (const table of [alone, together]) table.setParameters(0.8, 15, 0.2);
  assert.equal(alone.settled, false);
  const { starts, count, label, sum, total } = together.sums;
  assert.equal(together.settled, true);
  sets.forEach((_, row) => {
    const shares = Array.from({ length: count[row] }, (_, place) => ({
      label: label[starts[row] + place],
      share: sum[starts[row] + place] / total[row],
    }));
    assert.deepEqual(alone.sharesOf(row), shares);
    assert.equal(alone.classesNeeded(row), together.needed[row]);
  });
  assert.equal(alone.settled, false);
});

test("sums that grew and shrank are those of sets that were that large at first", () => {
  const next = random(5);
  // Few weights, so that many sums are equal.
  const even = (set) => set.map(([c, weight]) => [c, Math.ceil(4 * weight) / 4]);
  const sets = [...randomSets(50, 60, 12, next), ...randomSets(50, 60, 12, next).map(even)];
  let n_max = 60;
  const walked = new ClassTable(imagesOf(sets, { classes: 12 }));
  for (let step = 0; step < 80; step++) {
    const far = step % 9 ? 8 : 60;
    n_max = Math.min(Math.max(n_max + Math.round((next() - 0.5) * 2 * far), 1), 60);
    const least = step % 4 ? 0.3 : next();
    walked.setParameters(0.9, n_max, least);
    walked.sums;
    const fresh = new ClassTable(imagesOf(sets, { classes: 12 }));
    fresh.setParameters(0.9, n_max, least);
    const [a, b] = [walked.sums, fresh.sums];
    assert.deepEqual(a.count, b.count);
    assert.deepEqual(a.total, b.total);
    for (let row = 0; row < sets.length; row++) {
      const [from, to] = [a.starts[row], a.starts[row] + a.count[row]];
      assert.deepEqual(a.label.slice(from, to), b.label.slice(from, to));
      assert.deepEqual(a.sum.slice(from, to), b.sum.slice(from, to));
    }
    assert.deepEqual(walked.needed, fresh.needed);
  }
});

test("sums come to the same a little at a time, and when sets change meanwhile", () => {
  const sets = randomSets(3000, 20, 6, random(31));
  const [bits, whole] = [0, 1].map(() => new ClassTable(imagesOf(sets, { classes: 6 })));
  let steps = 0;
  for (const rule of [[0.9, 20, 0], [0.9, 7, 0.1]]) {
    for (const table of [bits, whole]) table.setParameters(...rule);
    assert.equal(bits.settled, false);
    for (let step = 0; step < 2; step++) assert.equal(bits.prepare(-1), false);
  }
  while (!bits.prepare(-1)) steps++;
  assert.ok(steps > 0);
  assert.deepEqual(bits.needed, whole.needed);
  assert.deepEqual(bits.sums.total, whole.sums.total);
});

test("gamma falls weakly as the threshold rises, and at 1 counts distinct classes", () => {
  const sets = randomSets(60, 30, 8, random(3));
  const table = new ClassTable(imagesOf(sets, { classes: 8 }));
  let before = new Float32Array(60).fill(Infinity);
  for (const threshold of [1e-6, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1 - 1e-12, 1]) {
    table.setParameters(threshold, 100, 0);
    const now = table.measure("class_selectivity");
    now.forEach((value, row) => assert.ok(Number.isNaN(value) || value <= before[row]));
    before = now;
  }
  sets.forEach((set, row) =>
    assert.equal(table.needed[row], new Set(set.map(([c]) => c).filter((c) => c >= 0)).size),
  );
});

test("renaming and renumbering classes changes no index, and ties go to the smaller id", () => {
  const sets = [...randomSets(50, 20, 6, random(9)), [[4, 1], [2, 1], [0, 0.5], [1, 0.5]]];
  const turned = [3, 5, 0, 1, 4, 2];
  const moved = sets.map((set) => set.map(([c, weight]) => [c < 0 ? c : turned[c], weight]));
  const ids = [10, 20, 30, 40, 50, 60];
  const newIds = [];
  turned.forEach((to, from) => (newIds[to] = ids[from]));
  const a = new ClassTable(imagesOf(sets, { classes: 6, ids }));
  const b = new ClassTable(imagesOf(moved, { classes: 6, ids: newIds }));
  for (const threshold of [0.6, 1]) {
    a.setParameters(threshold, 18, 0.1);
    b.setParameters(threshold, 18, 0.1);
    for (const name of LIVE) assert.deepEqual(a.measure(name), b.measure(name), name);
    a.topLabels().forEach((c, row) => assert.equal(c < 0 ? c : turned[c], b.topLabels()[row]));
    assert.deepEqual(a.sharesOf(50).map(({ label }) => label), [2, 4, 0, 1]);
    assert.deepEqual(b.sharesOf(50).map(({ label }) => newIds[label]), [30, 50, 10, 20]);
  }
});

test("the revision tells of every change, and of nothing else", () => {
  const table = new ClassTable(imagesOf([GOLDEN]));
  const seen = [[1, 10, 0], [1, 10, 0], [0.9, 10, 0], [0.9, 9, 0], [0.9, 9, 0.75], [0.9, 9, 0.75]].map((rule) => {
    table.setParameters(...rule);
    return table.revision;
  });
  assert.deepEqual(seen.map((revision, step) => step > 0 && revision !== seen[step - 1]), [
    false, false, true, true, true, false,
  ]);
});
