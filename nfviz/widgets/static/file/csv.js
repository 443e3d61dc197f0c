// @ts-check
// The rows in view as a table of text, by RFC 4180.

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r\n]/;

/**
 * A cell of text, never a formula. It is quoted whatever it holds: other programs separate cells at
 * ";" or at tabs, and what follows these would be a cell of its own.
 * @param {string} text
 */
export function textCell(text) {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** The shortest text of a number in float32; empty where it is unknown. @param {number} value */
export function numberCell(value) {
  if (Number.isNaN(value)) return "";
  if (Number.isInteger(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * The table: all columns as they are now, in the order of the view.
 * @param {any} store
 */
export function csvOf(store) {
  const columns = [
    ["layer", (row) => textCell(store.layers[store.layer[row]].name)],
    ["unit", (row) => String(store.unit[row])],
    ["dead", (row) => (store.dead[row] ? "True" : "False")],
    ...Array.from(store.columns.keys(), (name) => {
      const values = store.column(name);
      return [name, (row) => numberCell(values[row])];
    }),
    ...namedColumns(store),
  ];
  const lines = [columns.map(([name]) => textCell(name)).join(",")];
  for (const row of store.order) lines.push(columns.map(([, cell]) => cell(row)).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** Columns of text: the color's name, and the class with the greatest share. */
function namedColumns(store) {
  const { color_names: names, classes } = store.meta;
  const { color_name: colors } = store.data;
  const found = [];
  if (names) found.push(["color_name", (row) => textCell(names[colors[row]] ?? "")]);
  const top = store.classTable.topLabels();
  if (top.some((position) => position >= 0)) {
    found.push(["top_label", (row) => (top[row] < 0 ? "" : String(classes[top[row]].label))]);
    found.push(["top_class", (row) => (top[row] < 0 ? "" : textCell(classes[top[row]].name))]);
  }
  return found;
}
