// @ts-check
// The median of a column, found without sorting it.

/**
 * The median of the numbers among values, NaN where there is none.
 * @param {Float32Array} values Left as they are.
 */
export function medianOf(values) {
  const known = new Float32Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    if (values[row] === values[row]) known[count++] = values[row];
  }
  if (!count) return NaN;
  const upper = select(known, count, count >> 1);
  if (count % 2) return upper;
  // What is left of the upper middle is not above it.
  let lower = -Infinity;
  for (let place = 0; place < count >> 1; place++) lower = Math.max(lower, known[place]);
  return (lower + upper) / 2;
}

/** Hoare's selection: the values are moved until the one of a rank stands there. */
function select(values, count, rank) {
  let [left, right] = [0, count - 1];
  while (left < right) {
    const pivot = values[(left + right) >> 1];
    let [low, high] = [left, right];
    while (low <= high) {
      while (values[low] < pivot) low++;
      while (values[high] > pivot) high--;
      if (low > high) break;
      [values[low], values[high]] = [values[high], values[low]];
      low++;
      high--;
    }
    if (rank <= high) right = high;
    else if (rank >= low) left = low;
    else break;
  }
  return values[rank];
}
