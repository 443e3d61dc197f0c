// @ts-check
// Values of columns in words for people.

const DEGREES = new Set(["hue", "axis"]);
const OF_THE_NETWORK = new Map(["layer", "unit"].map((name) => [name, { name, step: 1, whole: true }]));

/** How many digits behind the point matter. @param {{step: number, whole?: boolean}} column */
export function digitsOf(column) {
  if (column.whole) return 0;
  return Math.min(Math.max(Math.ceil(-Math.log10(column.step) - 1e-9), 0), 2);
}

/**
 * A value of a column as text.
 * @param {any} column As the payload has it.
 * @param {number} value
 */
export function columnText(column, value) {
  if (!Number.isFinite(value)) return "–";
  if (DEGREES.has(column.name)) return `${value.toFixed(0)}°`;
  const digits = digitsOf(column);
  // Grouping digits is slow, and few columns need it.
  const text = value.toFixed(digits);
  if (Math.abs(value) < 1000) return text;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** What a name stands for: a column, the layer or the unit. @param {any} store @param {string} name */
export function columnOf(store, name) {
  return store.columns.get(name) ?? OF_THE_NETWORK.get(name) ?? { name, step: 0.01, whole: false };
}

/**
 * The columns that tell most: those with a slider, hues and counts, the selectivities before the others.
 * @param {any} store
 * @returns {string[]}
 */
export function mainColumns(store) {
  const main = [...store.columns.values()].filter(
    (column) => column.slider || ["hue", "n_classes", "n_images"].includes(column.name),
  );
  // What neurons count as selective by comes first.
  const selective = (column) => column.threshold !== null;
  return [...main.filter(selective), ...main.filter((column) => !selective(column))].map((column) => column.name);
}
