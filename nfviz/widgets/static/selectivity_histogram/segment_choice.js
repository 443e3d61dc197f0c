// @ts-check
// A click on a segment of a histogram: its layer and degree alone, and back.

/**
 * @typedef {{column: string, layers: Uint8Array, range: [number, number],
 *   before: {layers: Uint8Array, range: [number, number]}}} Choice
 */

/**
 * The range that holds the values of a bin and no others. Ranges include their ends and bins do
 * not include their upper edge, which matters where a neuron lies on it.
 * @param {{extent: [number, number], edges: number[], step: number, whole: boolean}} column
 * @param {number} bin
 * @param {Float32Array} values
 * @param {Uint8Array} binOf
 * @returns {[number, number]}
 */
export function rangeOfBin({ edges, step, whole }, bin, values, binOf) {
  const [low, high] = [edges[bin], edges[bin + 1]];
  if (bin === edges.length - 2) return [low, high];
  if (whole && high - low >= 1) return [low, high - 1];
  let greatest = -Infinity;
  let onEdge = false;
  for (let row = 0; row < values.length; row++) {
    if (binOf[row] === bin) greatest = Math.max(greatest, values[row]);
    else if (binOf[row] !== 255 && binOf[row] > bin && values[row] <= Math.fround(high)) onEdge = true;
  }
  if (!onEdge) return [low, high];
  for (let less = step; less > step / 1e5; less /= 10) {
    const end = Number((high - less).toPrecision(7));
    if (end > low && Math.fround(end) >= greatest) return [low, end];
  }
  return [low, high];
}

/**
 * Whether what was chosen is still what is shown.
 * @param {any} state
 * @param {Choice | null} choice
 * @param {string} column
 */
export function holds(state, choice, column) {
  if (!choice || choice.column !== column) return false;
  const [low, high] = state.ranges[column];
  return (
    low === choice.range[0] &&
    high === choice.range[1] &&
    choice.layers.every((on, layer) => on === state.layers[layer])
  );
}

/**
 * Choose a segment. Choosing what is chosen alone goes back to what was shown before.
 * @param {any} state
 * @param {Choice | null} choice The one before.
 * @param {{column: string, layer: number, range: [number, number], add: boolean}} segment With
 *   `add`, the layer comes to those chosen and the range reaches to this one.
 * @returns {{choice: Choice | null, patch: {layers: Uint8Array, ranges: Record<string, number[]>}}}
 */
export function choose(state, choice, { column, layer, range, add }) {
  const kept = holds(state, choice, column) ? choice : null;
  const layers = Uint8Array.from(state.layers, (on, each) => Number((add && kept && on) || each === layer));
  /** @type {[number, number]} */
  const wider = kept && add
    ? [Math.min(kept.range[0], range[0]), Math.max(kept.range[1], range[1])]
    : range;
  const next = {
    column,
    layers,
    range: wider,
    before: kept?.before ?? { layers: state.layers.slice(), range: [...state.ranges[column]] },
  };
  if (kept && holds({ layers, ranges: { [column]: wider } }, kept, column)) return release(kept);
  return { choice: next, patch: { layers, ranges: { [column]: wider } } };
}

/** Go back to what was shown before a choice. @param {Choice} choice */
export function release({ column, before }) {
  return { choice: null, patch: { layers: before.layers, ranges: { [column]: before.range } } };
}
