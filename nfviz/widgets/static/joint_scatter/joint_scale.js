// @ts-check
// The axes of a scatter: what they span, where their ticks are.

const TURNS = new Map([["hue", 360], ["axis", 180]]); // Columns of angles, and the turn that they span.
const ANGLES = [5, 10, 15, 30, 45, 90, 180];
const MARGIN = 0.03; // Beyond the ends, as a share of the span.

/**
 * What an axis spans: the column's extent and all of its values. It never shrinks while thresholds
 * move, so that points do, and not the axis.
 * @param {string} name
 * @param {[number, number]} extent
 * @param {Float32Array} values
 * @param {[number, number] | null} before What it spanned before.
 * @returns {[number, number]}
 */
export function spanOf(name, extent, values, before = null) {
  const turn = TURNS.get(name);
  if (turn) return [0, turn];
  let [low, high] = before ?? extent;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value < low && value !== -Infinity) low = value;
    else if (value > high && value !== Infinity) high = value;
  }
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

/**
 * From values to pixels and back.
 * @param {[number, number]} span
 * @param {number} from Pixel of the lower end, without its margin.
 * @param {number} to Pixel of the upper end.
 */
export function scaleOf([low, high], from, to) {
  const edge = MARGIN * (to - from);
  const per = (to - from - 2 * edge) / (high - low);
  const start = from + edge - low * per;
  return {
    start,
    per,
    /** @param {number} value */
    pixel: (value) => start + value * per,
    /** @param {number} pixel */
    value: (pixel) => (pixel - start) / per,
  };
}

/**
 * Round values within a span, at most so many.
 * @param {string} name
 * @param {[number, number]} span
 * @param {number} most
 * @returns {{values: number[], step: number}}
 */
export function ticksOf(name, [low, high], most) {
  const wanted = (high - low) / Math.max(most, 1);
  const turn = TURNS.get(name);
  let step;
  if (turn) step = ANGLES.find((angle) => angle >= wanted) ?? turn;
  else {
    const power = 10 ** Math.floor(Math.log10(wanted));
    step = power * ([1, 2, 5].find((times) => times * power >= wanted * (1 - 1e-9)) ?? 10);
  }
  const values = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at++) {
    // Without the noise of the last digits.
    values.push(Number((at * step).toPrecision(12)) + 0);
  }
  return { values, step };
}

/** A tick's value with as many digits as its step has. @param {number} value @param {number} step */
export function tickText(value, step) {
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return value
    .toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replace("-", "−");
}

/**
 * The bounds that a box sets on a column, in the column's steps; what reaches beyond all values is open.
 * @param {number} low
 * @param {number} high
 * @param {{extent: [number, number], step: number, whole: boolean, span?: [number, number]}} column
 * @returns {[number, number]}
 */
export function boundsOf(low, high, { extent, step, whole, span = extent }) {
  const snap = (value, round) => Number((extent[0] + round((value - extent[0]) / step) * step).toPrecision(12));
  const from = low <= Math.max(extent[0], span[0]) ? extent[0] : snap(low, whole ? Math.ceil : Math.round);
  const to = high >= Math.min(extent[1], span[1]) ? extent[1] : snap(high, whole ? Math.floor : Math.round);
  return from <= to ? [from, to] : [snap((low + high) / 2, Math.round), snap((low + high) / 2, Math.round)];
}

/**
 * Pearson's correlation of the rows in view of which both values are known.
 * @param {{name: string, values: Float32Array}} across
 * @param {{name: string, values: Float32Array}} up
 * @param {Uint8Array} inView
 * @returns {{count: number, r: number}} `r` is NaN where it is not defined, as for angles.
 */
export function correlation(across, up, inView) {
  const [x, y] = [across.values, up.values];
  let [count, sumX, sumY] = [0, 0, 0];
  const known = (row) => inView[row] && Number.isFinite(x[row]) && Number.isFinite(y[row]);
  for (let row = 0; row < x.length; row++) {
    if (!known(row)) continue;
    count++;
    sumX += x[row];
    sumY += y[row];
  }
  const [meanX, meanY] = [sumX / count, sumY / count];
  let [xx, yy, xy] = [0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    if (!known(row)) continue;
    xx += (x[row] - meanX) ** 2;
    yy += (y[row] - meanY) ** 2;
    xy += (x[row] - meanX) * (y[row] - meanY);
  }
  const angles = TURNS.has(across.name) || TURNS.has(up.name);
  return { count, r: !angles && xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN };
}
