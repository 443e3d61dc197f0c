// @ts-check
// The arithmetic of sliders: digits, ends, and which end a pointer means.

/**
 * How many digits behind the point the multiples of a step have.
 * @param {number} step
 */
export function digitsOf(step) {
  for (let digits = 0; digits < 12; digits++) {
    const scaled = step * 10 ** digits;
    const whole = Math.round(scaled);
    if (whole >= 1 && Math.abs(scaled - whole) < 1e-6 * whole) return digits;
  }
  return 12;
}

/**
 * A value as text, with the digits of its step.
 * @param {number} value
 * @param {number} step
 */
export function valueText(value, step) {
  const text = value.toFixed(digitsOf(step));
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/**
 * The number that people typed; NaN where it is none.
 * @param {string} text
 */
export function numberIn(text) {
  const plain = text.trim().replace(",", ".").replace(/^\u2212/, "-");
  const value = plain ? Number(plain) : NaN;
  return Number.isFinite(value) ? value : NaN;
}

/**
 * What a native slider says, within an extent. Where no further step fits, it is the upper end:
 * the multiples of a step need not reach it.
 * @param {number} value
 * @param {[number, number]} extent
 * @param {number} step
 */
export function settled(value, extent, step) {
  return value + step > extent[1] + step * 1e-6 ? extent[1] : Math.max(value, extent[0]);
}

/**
 * Where a value lies in an extent, from 0 to 1.
 * @param {number} value
 * @param {[number, number]} extent
 */
export function placeOf(value, extent) {
  const place = (value - extent[0]) / (extent[1] - extent[0]);
  return Math.min(Math.max(place, 0), 1);
}

/**
 * The value at a place of an extent.
 * @param {number} place From 0 to 1; beyond is cut off.
 * @param {[number, number]} extent
 */
export function valueAt(place, extent) {
  return extent[0] + Math.min(Math.max(place, 0), 1) * (extent[1] - extent[0]);
}

/**
 * A range after one end moved: it stops at the other.
 * @param {[number, number]} range
 * @param {number} end 0 or 1.
 * @param {number} value
 * @returns {[number, number]}
 */
export function withEnd(range, end, value) {
  return end ? [range[0], Math.max(value, range[0])] : [Math.min(value, range[1]), range[1]];
}

/**
 * Which end a pointer means.
 * @param {number} at
 * @param {number} low
 * @param {number} high
 * @param {number} reach How far from a thumb's middle it is still touched.
 * @returns {number} 0 or 1; -1 where the thumbs lie over each other and only the next move tells.
 */
export function nearestEnd(at, low, high, reach = 0) {
  if (low === high && Math.abs(at - low) <= reach) return -1;
  return at - low <= high - at ? 0 : 1;
}
