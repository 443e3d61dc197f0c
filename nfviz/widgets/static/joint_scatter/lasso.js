// @ts-check
// What lies inside a line drawn by hand.

/**
 * Whether a point lies inside a closed line, by the even-odd rule.
 * @param {number} x
 * @param {number} y
 * @param {ArrayLike<number>} line x and y by turns.
 */
export function isInside(x, y, line) {
  let inside = false;
  for (let k = 0, before = line.length - 2; k < line.length; before = k, k += 2) {
    const [y0, y1] = [line[before + 1], line[k + 1]];
    if (y0 > y === y1 > y) continue;
    if (x < line[before] + ((y - y0) / (y1 - y0)) * (line[k] - line[before])) inside = !inside;
  }
  return inside;
}

/**
 * The rows inside a closed line, in the order given.
 * @param {Uint32Array} rows
 * @param {{x: Int32Array, y: Int32Array, at: Int32Array}} points `at` is -1 where a row has no point.
 * @param {number[]} line x and y by turns, in the points' units.
 * @returns {number[]}
 */
export function rowsInside(rows, { x, y, at }, line) {
  const every = (from) => line.filter((_, place) => place % 2 === from);
  const bounds = [0, 1].map((from) => [Math.min(...every(from)), Math.max(...every(from))]);
  const [[left, right], [above, below]] = bounds;
  const found = [];
  for (const row of rows) {
    if (at[row] < 0 || x[row] < left || x[row] > right || y[row] < above || y[row] > below) continue;
    if (isInside(x[row], y[row], line)) found.push(row);
  }
  return found;
}

/**
 * The pinned neurons after a lasso: those inside are pinned as well.
 * @param {number[]} inside
 * @param {number[]} before Those pinned before.
 * @param {boolean} away Whether those inside are unpinned instead.
 * @param {number} most
 * @returns {number[]}
 */
export function pinInside(inside, before, away, most) {
  if (away) {
    const out = new Set(inside);
    return before.filter((row) => !out.has(row));
  }
  const had = new Set(before);
  return [...before, ...inside.filter((row) => !had.has(row))].slice(0, Math.max(most, before.length));
}
