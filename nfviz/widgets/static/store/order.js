// @ts-check
// Rows in the order of a column.

// Keys are sorted by digits, the least first: each pass keeps what those before have done.
const DIGITS = [
  [0, 11],
  [11, 11],
  [22, 10],
];
const UNKNOWN = 0xffffffff;

/**
 * Whole numbers in the order of the values; unknown ones come last.
 * @param {Float32Array} values
 * @param {boolean} ascending
 */
function sortKeys(values, ascending) {
  const copy = new Float32Array(values.length);
  // 0 and -0 are equal.
  for (let row = 0; row < copy.length; row++) copy[row] = values[row] + 0;
  const keys = new Uint32Array(copy.buffer);
  for (let row = 0; row < keys.length; row++) {
    const value = values[row];
    if (value !== value) {
      keys[row] = UNKNOWN;
      continue;
    }
    const bits = keys[row];
    const key = bits & 0x80000000 ? ~bits : bits | 0x80000000;
    keys[row] = ascending ? key : ~key;
  }
  return keys;
}

/**
 * Sort rows by a column: stable, NaN last in both directions, ties by row.
 * @param {Float32Array} values
 * @param {boolean} ascending
 * @returns {Uint32Array} All rows.
 */
export function sortRows(values, ascending) {
  const keys = sortKeys(values, ascending);
  let order = new Uint32Array(keys.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  let next = new Uint32Array(keys.length);
  for (const [shift, width] of DIGITS) {
    const mask = 2 ** width - 1;
    const starts = new Uint32Array(2 ** width + 1);
    for (let row = 0; row < keys.length; row++) starts[((keys[row] >>> shift) & mask) + 1]++;
    for (let digit = 0; digit < mask; digit++) starts[digit + 1] += starts[digit];
    for (let place = 0; place < order.length; place++) {
      const row = order[place];
      next[starts[(keys[row] >>> shift) & mask]++] = row;
    }
    [order, next] = [next, order];
  }
  return order;
}

/**
 * Keep the rows that are in view.
 * @param {Uint32Array} order
 * @param {Uint8Array} inView
 * @param {number} count
 */
export function keepInView(order, inView, count) {
  const kept = new Uint32Array(count);
  let filled = 0;
  for (let place = 0; place < order.length; place++) {
    const row = order[place];
    if (inView[row]) kept[filled++] = row;
  }
  return kept;
}
