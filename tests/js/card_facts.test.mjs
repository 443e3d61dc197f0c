import assert from "node:assert/strict";
import { test } from "node:test";
import { chanceText, pythonText, shareOfExtent, valueAlone } from "../../nfviz/widgets/static/neuron_card/card_facts.js";
import { curveShapes } from "../../nfviz/widgets/static/neuron_card/card_curve.js";
import { ClassTable } from "../../nfviz/widgets/static/store/class_table.js";
import { columnText, digitsOf, mainColumns } from "../../nfviz/widgets/static/shared/column_text.js";

const column = (name, step, more = {}) => ({ name, step, whole: false, extent: [0, 1], ...more });

test("numbers have as many digits as their slider has steps", () => {
  assert.equal(columnText(column("color_selectivity", 0.01), 0.7149), "0.71");
  assert.equal(columnText(column("kurtosis", 0.005), 12.3456), "12.35");
  assert.equal(columnText(column("max_activation", 2), 1342.6), "1,343");
  assert.equal(columnText(column("hue", 0.5), 210.4), "210°");
  assert.equal(columnText(column("n_images", 1, { whole: true }), 48), "48");
  assert.equal(columnText(column("sharpness", 0.01), NaN), "–");
  assert.equal(digitsOf(column("auc", 0.2)), 1);
});

test("selectivities come first among the main columns", () => {
  const columns = [
    column("n_images", 1, { slider: true, threshold: null }),
    column("color_selectivity", 0.01, { slider: true, threshold: 0.4 }),
    column("kurtosis", 1, { slider: false, threshold: null }),
    column("hue", 1, { slider: false, threshold: null }),
  ];
  const store = { columns: new Map(columns.map((each) => [each.name, each])) };
  assert.deepEqual(mainColumns(store), ["color_selectivity", "n_images", "hue"]);
});

test("a neuron is written as Python writes it, whatever its layer is called", () => {
  const store = (name) => ({ layers: [{ name }], layer: [0], unit: [17] });
  assert.equal(pythonText(store("conv3"), 0), 'atlas.neurons.loc[("conv3", 17)]');
  assert.equal(pythonText(store('a"b\\c\n'), 0), 'atlas.neurons.loc[("a\\"b\\\\c\\n", 17)]');
});

test("chance levels are told where they are known", () => {
  assert.equal(chanceText(column("class_selectivity", 0.01), 0.914), "by chance 0.91");
  assert.equal(chanceText(column("class_selectivity", 0.01), NaN), "");
  assert.equal(shareOfExtent({ extent: [10, 20] }, 15), 0.5);
  assert.equal(shareOfExtent({ extent: [10, 20] }, 99), 1);
  assert.equal(shareOfExtent({ extent: [10, 20] }, NaN), 0);
});

test("the values of one neuron are those of its columns", () => {
  const [n, ranks, classes] = [40, 30, 6];
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const activation = new Float32Array(n * ranks);
  const label = new Uint8Array(n * ranks);
  for (let row = 0; row < n; row++) {
    const falling = Array.from({ length: ranks }, random).sort((a, b) => b - a);
    falling.forEach((value, rank) => {
      activation[row * ranks + rank] = value;
      label[row * ranks + rank] = random() < 0.1 ? 255 : Math.floor(random() * classes);
    });
  }
  const top = Float64Array.from({ length: n }, (_, row) => activation[row * ranks]);
  const dead = Uint8Array.from({ length: n }, (_, row) => (row % 9 === 8 ? 1 : 0));
  const table = new ClassTable({
    n, ranks, activation, top, label, dead, classes,
    sizes: new Uint32Array(classes).fill(50), tallies: new Uint8Array(1000 * ranks).fill(1),
  });
  for (const parameters of [[1, 30, 0], [0.8, 20, 0.5], [0.5, 3, 0.9], [1, 1, 1]]) {
    table.setParameters(...parameters);
    for (const name of ["n_images", "n_labeled", "n_classes", "class_selectivity", "class_selectivity_chance"]) {
      const alone = Float32Array.from({ length: n }, (_, row) => valueAlone(table, name, row));
      assert.deepEqual(alone, table.measure(name));
    }
  }
  assert.equal(valueAlone(table, "top_label_share", 0), null);
});

test("a curve's filled part ends with the image set", () => {
  const ranks = [0, 1, 2, 3, 10, 20];
  const curve = { ranks, weights: [1, 0.9, 0.8, 0.7, 0.3, 0] };
  const box = { width: 226, height: 124, set: 3, n_max: 15, min_activation: 0.75 };
  const { line, area, lines } = curveShapes(curve, box);
  assert.equal(line.split("L").length, 6);
  assert.equal(area.split("L").length, 5);
  assert.deepEqual(lines.map(({ kind }) => kind), ["set", "limit", "limit"]);
  assert.ok(lines.every(({ x1, x2 }) => x1 >= 26 && x2 <= 220));
  const dead = curveShapes({ ranks: [], weights: [] }, { ...box, set: 0 });
  assert.equal(dead.line + dead.area, "");
});
