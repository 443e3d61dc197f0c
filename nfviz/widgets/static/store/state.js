// @ts-check
// The state that views share: what it is at first, and which rows it shows.

/**
 * The state that shows everything.
 * @param {any} meta
 */
export function firstState(meta) {
  const { threshold, n_max, min_activation } = meta.parameters;
  // Not by assignment: a column may be called "__proto__".
  const ranges = Object.fromEntries(meta.columns.map(({ name, extent }) => [name, [...extent]]));
  return {
    layers: new Uint8Array(meta.layers.length).fill(1),
    ranges,
    threshold,
    n_max,
    min_activation,
    sort_by: meta.parameters.sort_by,
    ascending: false,
    search: "",
    focus: -1,
    /** @type {number[]} */
    pinned: [],
  };
}

/**
 * The bounds of a range that apply: its ends are open where they are those of the column.
 * @param {[number, number]} range
 * @param {[number, number]} extent
 * @returns {[number, number] | null} In float32; null where neither applies.
 */
export function bounds(range, extent) {
  const [above, below] = [range[0] > extent[0], range[1] < extent[1]];
  if (!above && !below) return null;
  return [above ? Math.fround(range[0]) : -Infinity, below ? Math.fround(range[1]) : Infinity];
}

/**
 * Mark the rows in view.
 * @param {Uint8Array} inView Filled in.
 * @param {{layer: Uint16Array, layers: Uint8Array, found: Uint8Array | null,
 *   constraints: {values: Float32Array, low: number, high: number}[]}} rules
 * @returns {number} How many they are.
 */
export function markInView(inView, { layer, layers, found, constraints }) {
  const rows = inView.length;
  for (let row = 0; row < rows; row++) inView[row] = layers[layer[row]];
  if (found) for (let row = 0; row < rows; row++) inView[row] &= found[row];
  for (const { values, low, high } of constraints) {
    // A comparison with NaN is false, so that what is unknown is not in view.
    for (let row = 0; row < rows; row++) {
      if (!(values[row] >= low && values[row] <= high)) inView[row] = 0;
    }
  }
  let count = 0;
  for (let row = 0; row < rows; row++) count += inView[row];
  return count;
}
