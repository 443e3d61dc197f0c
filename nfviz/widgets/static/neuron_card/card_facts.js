// @ts-check
// What the card of a neuron says, in words and numbers.

import { columnText, mainColumns } from "../shared/column_text.js";

/** From this balance on, both ends of a color axis are seen (as in the figures). */
const OPPONENT = 0.5;

/**
 * The value of one neuron in a column that follows the thresholds, without those of all others.
 * @param {any} table The class table.
 * @param {string} name
 * @param {number} row
 * @returns {number | null} null where it takes all neurons to know.
 */
export function valueAlone(table, name, row) {
  if (name === "n_images") return table.setSize[row];
  const images = labeledImages(table, row);
  if (name === "n_labeled") return images;
  if (name === "n_classes") return images && !table.data.dead[row] ? table.classesNeeded(row) : NaN;
  if (name !== "class_selectivity" && name !== "class_selectivity_chance") return null;
  if (images < 2 || table.data.dead[row]) return NaN;
  const needed = name === "class_selectivity" ? table.classesNeeded(row) : table.chance()[images];
  return (images - needed) / (images - 1);
}

/** N of one neuron: the labeled images of its set. */
function labeledImages({ data: { ranks, label, classes }, setSize }, row) {
  let images = 0;
  for (let place = row * ranks; place < row * ranks + setSize[row]; place++) {
    if (label[place] >= 0 && label[place] < classes) images++;
  }
  return images;
}

/** The hues of a neuron: both ends of its axis where both are seen. @param {any} store @param {number} row */
export function huesOf(store, row) {
  const value = (name) => (store.columns.has(name) ? store.column(name)[row] : NaN);
  const hue = value("hue");
  if (Number.isNaN(hue)) return [];
  return value("balance") > OPPONENT ? [hue, (hue + 180) % 360] : [hue];
}

/** Where a neuron is, and what it sees. @param {any} store @param {number} row */
export function placeText(store, row) {
  const position = store.layer[row];
  const { field } = store.layers[position];
  const parts = [`layer ${position + 1} of ${store.layers.length}`, `field ${field[0]} × ${field[1]} px`];
  const images = store.classTable.setSize[row];
  if (!store.dead[row]) parts.push(`${images} image${images === 1 ? "" : "s"}`);
  return parts.join(" · ");
}

/** How a neuron is written in Python. @param {any} store @param {number} row */
export function pythonText(store, row) {
  // What JSON escapes, Python reads alike.
  const name = JSON.stringify(store.layers[store.layer[row]].name);
  return `atlas.neurons.loc[(${name}, ${store.unit[row]})]`;
}

/**
 * The columns of the table and those behind it; chance levels stand beside what they are of.
 * @param {any} store
 * @returns {{main: any[], more: any[]}}
 */
export function cardColumns(store) {
  const columns = [...store.columns.values()];
  const chances = new Set(columns.map((column) => column.chance).filter(Boolean));
  const main = mainColumns(store);
  return {
    main: main.map((name) => store.columns.get(name)),
    more: columns.filter(({ name }) => !main.includes(name) && !chances.has(name)),
  };
}

/** A chance level as text, nothing where there is none. @param {any} column @param {number} value */
export function chanceText(column, value) {
  return Number.isFinite(value) ? `by chance ${columnText(column, value)}` : "";
}

/** Where a value lies in the extent of its column, 0 to 1. @param {any} column @param {number} value */
export function shareOfExtent({ extent: [low, high] }, value) {
  return Number.isFinite(value) ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0;
}
