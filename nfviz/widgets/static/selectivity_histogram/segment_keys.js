// @ts-check
// Where the arrow keys lead among the segments of a histogram.

/**
 * The segment that a key leads to; empty ones are passed over.
 * @param {{counts: ArrayLike<number>, layers: number, bins: number}} given
 * @param {number} cell
 * @param {string} key
 * @returns {number | null} The cell itself where there is none; -1 if the key chooses; null if it means nothing.
 */
export function nextCell({ counts, layers, bins }, cell, key) {
  const layer = Math.floor(cell / bins);
  const bin = cell % bins;
  switch (key) {
    case "Enter":
    case " ":
      return -1;
    case "ArrowUp":
      return along(counts, cell, 1, (layer + 1) * bins);
    case "ArrowDown":
      return along(counts, cell, -1, layer * bins - 1);
    case "ArrowRight":
      return across(counts, bins, cell, layer + 1, layers, 1, bin);
    case "ArrowLeft":
      return across(counts, bins, cell, layer - 1, -1, -1, bin);
    case "Home":
      return across(counts, bins, cell, 0, layers, 1, bin);
    case "End":
      return across(counts, bins, cell, layers - 1, -1, -1, bin);
    default:
      return null;
  }
}

/** The next segment of the same layer. */
function along(counts, cell, step, end) {
  for (let at = cell + step; at !== end; at += step) if (counts[at]) return at;
  return cell;
}

/** The segment of the nearest degree in the next layer that has any. */
function across(counts, bins, cell, from, end, step, bin) {
  for (let layer = from; layer !== end; layer += step) {
    for (let away = 0; away < bins; away++) {
      for (const near of [bin - away, bin + away]) {
        if (near >= 0 && near < bins && counts[layer * bins + near]) return layer * bins + near;
      }
    }
  }
  return cell;
}

/**
 * The boxes around what is chosen: in each layer, from the lowest degree to the highest.
 * @param {{geometry: Float64Array}} marks
 * @param {{bins: number, counts: ArrayLike<number>, edges: number[]}} counts
 * @param {{layers: Uint8Array, range: [number, number]}} choice
 * @returns {[number, number, number, number][]} x, y, width, height.
 */
export function outlines({ geometry }, { bins, edges }, { layers, range }) {
  const first = edges.findIndex((_, bin) => edges[bin + 1] > range[0]);
  let last = first;
  while (last + 1 < bins && edges[last + 1] < range[1]) last++;
  /** @type {[number, number, number, number][]} */
  const boxes = [];
  layers.forEach((on, layer) => {
    if (!on) return;
    const low = 4 * (layer * bins + first);
    const high = 4 * (layer * bins + last);
    const [x, bottom, width] = [geometry[low], geometry[low + 1] + geometry[low + 3], geometry[low + 2]];
    const top = geometry[high + 1];
    boxes.push([x, top, width, bottom - top]);
  });
  return boxes;
}
