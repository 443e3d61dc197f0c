// The rows in view as a table: RFC 4180, float32 as written, and nothing that is a formula.

import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf, numberCell, textCell } from "../../nfviz/widgets/static/file/csv.js";

test("text is quoted whatever it holds", () => {
  assert.equal(textCell("plain text"), '"plain text"');
  assert.equal(textCell("a,b"), '"a,b"');
  assert.equal(textCell('say "a"'), '"say ""a"""');
  assert.equal(textCell("two\nlines"), '"two\nlines"');
  // Some spreadsheets separate cells at semicolons.
  assert.equal(textCell("dog;=1+1"), '"dog;=1+1"');
});

test("no text begins like a formula", () => {
  for (const text of ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\n=1"]) {
    assert.match(textCell(text), /^"'/);
  }
  assert.equal(textCell('=HYPERLINK("http://x","y")'), '"\'=HYPERLINK(""http://x"",""y"")"');
});

test("a number in float32 is written so that it is read as the same one", () => {
  const scratch = new Float32Array(1);
  const bits = new Uint32Array(scratch.buffer);
  let seed = 1;
  for (let turn = 0; turn < 20000; turn++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    bits[0] = seed;
    const value = scratch[0];
    if (!Number.isFinite(value)) continue;
    assert.ok(Object.is(Math.fround(Number(numberCell(value))), value) || value === 0, `${value}`);
  }
  assert.equal(numberCell(Math.fround(0.1)), "0.1");
  assert.equal(numberCell(Math.fround(-0.7)), "-0.7");
  assert.equal(numberCell(100), "100");
  assert.equal(numberCell(NaN), "");
});

/** A store of three neurons, of which two are in view. */
function smallStore() {
  const columns = { "=a": Float32Array.of(1, 0.5, NaN), hue: Float32Array.of(10, 20, 30) };
  return {
    layers: [{ name: "-conv" }],
    layer: [0, 0, 0],
    unit: [4, 5, 6],
    dead: [0, 0, 1],
    order: Uint32Array.of(2, 0),
    columns: new Map(Object.entries(columns)),
    column: (name) => columns[name],
    classTable: { topLabels: () => Int32Array.of(1, 0, -1) },
    meta: { color_names: ["red"], classes: [{ label: 7, name: "a" }, { label: 9, name: '@b "c"' }] },
    data: { color_name: [0, 0, 255] },
  };
}

test("the table has a head, and the rows in view in their order", () => {
  assert.deepEqual(csvOf(smallStore()).split("\r\n"), [
    `"layer","unit","dead","'=a","hue","color_name","top_label","top_class"`,
    `"'-conv",6,True,,30,"",,`,
    `"'-conv",4,False,1,10,"red",9,"'@b ""c"""`,
    "",
  ]);
});

test("without labels and colors there are no columns of them", () => {
  const store = smallStore();
  store.classTable.topLabels = () => Int32Array.of(-1, -1, -1);
  store.meta.color_names = null;
  assert.equal(csvOf(store).split("\r\n")[0], `"layer","unit","dead","'=a","hue"`);
});
