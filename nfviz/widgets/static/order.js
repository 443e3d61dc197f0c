// @ts-check
// Rows in the order of a column.

const PLACES = 2 ** 21;
const scratch = new Float32Array(1);
const bits = new Uint32Array(scratch.buffer);

/** A number's rank among all float32 numbers; NaN comes last. @param {number} value */
function rank(value) {
  if (value !== value) return 0xffffffff;
  scratch[0] = value + 0;
  const pattern = bits[0];
  return pattern & 0x80000000 ? ~pattern >>> 0 : (pattern | 0x80000000) >>> 0;
}

/**
 * Sort rows by a column: stable, NaN last in both directions, ties by row.
 * @param {Float32Array} values
 * @param {boolean} ascending
 * @returns {Uint32Array} All rows.
 */
export function sortRows(values, ascending) {
  // Key and row in one number, because sorting numbers is what the engine does fastest.
  const keys = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const place = rank(values[row]);
    const key = ascending || place === 0xffffffff ? place : 0xfffffffe - place;
    keys[row] = key * PLACES + row;
  }
  keys.sort();
  const order = new Uint32Array(values.length);
  for (let place = 0; place < keys.length; place++) order[place] = keys[place] % PLACES;
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
