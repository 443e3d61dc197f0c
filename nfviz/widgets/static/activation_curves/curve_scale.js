// @ts-check
// Axes and paths of activation curves: pure geometry. Ranks count from 0, and are told from 1.

const APART = 30; // Pixels between ticks at least.

/**
 * Where ranks stand.
 * @param {number} most The last rank, from 1.
 * @param {number} left Of the first rank, in pixels.
 * @param {number} right Of the last one.
 * @param {boolean} log
 */
export function rankScale(most, left, right, log) {
  const end = Math.max(most, 2);
  const width = right - left;
  const x = log
    ? (rank) => left + (width * Math.log(rank + 1)) / Math.log(end)
    : (rank) => left + (width * rank) / (end - 1);
  const rankAt = (at) => {
    const part = Math.min(Math.max((at - left) / Math.max(width, 1), 0), 1);
    return Math.min(Math.round(log ? end ** part : 1 + part * (end - 1)), Math.max(most, 1)) - 1;
  };
  return { x, rankAt, ticks: () => rankTicks(most, log, x) };
}

/** Ranks, from 1, at which there are ticks: the first, the last if there is room, and round ones. */
function rankTicks(most, log, x) {
  const found = [1];
  const add = (rank, last = false) => {
    const free = (tick) => Math.abs(x(tick - 1) - x(rank - 1)) >= APART;
    if (rank > 1 && rank <= most && found.every((tick) => free(tick) || (last && tick > 1))) {
      if (last) while (found.length > 1 && !free(found[found.length - 1])) found.pop();
      found.push(rank);
    }
  };
  if (log) for (let ten = 1; ten <= most; ten *= 10) for (const digit of [1, 2, 5]) add(digit * ten);
  else {
    const step = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000].find((each) => x(each) - x(0) >= APART) ?? most;
    for (let rank = step; rank <= most; rank += step) add(rank);
  }
  if (x(most - 1) - x(0) >= APART) add(most, true);
  return found;
}

/**
 * A line through weights as the `d` of a path.
 * @param {number[]} ranks
 * @param {ArrayLike<number>} weights
 * @param {(rank: number) => number} x
 * @param {(weight: number) => number} y
 */
export function linePath(ranks, weights, x, y) {
  let path = "";
  for (let place = 0; place < ranks.length; place++) {
    path += `${place ? "L" : "M"}${x(ranks[place]).toFixed(1)} ${y(weights[place]).toFixed(1)}`;
  }
  return path;
}

/** The area between two lines. */
export function bandPath(ranks, lower, upper, x, y) {
  if (!ranks.length) return "";
  const back = [...ranks].reverse();
  return `${linePath(ranks, upper, x, y)}${linePath(back, [...lower].reverse(), x, y).replace("M", "L")}Z`;
}

/** The area under the first images of a curve. @param {number} count How many images. */
export function setPath({ ranks, weights }, count, x, y) {
  if (!count) return "";
  const chosen = ranks.filter((rank) => rank < count);
  const last = chosen[chosen.length - 1];
  return `${linePath(chosen, weights, x, y)}L${x(last).toFixed(1)} ${y(0).toFixed(1)}L${x(0).toFixed(1)} ${y(0).toFixed(1)}Z`;
}

/**
 * The weight at a rank, between samples in a straight line.
 * @param {{ranks: number[], weights: ArrayLike<number>}} curve
 * @param {number} rank
 */
export function weightAt({ ranks, weights }, rank) {
  if (!ranks.length || rank > ranks[ranks.length - 1] || rank < ranks[0]) return NaN;
  let [low, high] = [0, ranks.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranks[middle] < rank) low = middle + 1;
    else high = middle;
  }
  if (ranks[low] === rank) return weights[low];
  const part = (rank - ranks[low - 1]) / (ranks[low] - ranks[low - 1]);
  return weights[low - 1] + part * (weights[low] - weights[low - 1]);
}
