// @ts-check
// Degrees of a column, by the rule of `nfviz.summarize_selectivity`.

// Columns are in float32, where 0.7 is a little less than 0.7.
const TOLERANCE = 1e-6;
const PRECISION = 2 ** -23;

/**
 * The bin of each row; 255 where the value is unknown.
 * @param {Float32Array} values
 * @param {number[]} edges
 */
export function binRows(values, edges) {
  const bins = edges.length - 1;
  const low = edges[0];
  const scale = bins / (edges[bins] - low);
  const tolerance = Math.max(TOLERANCE, PRECISION * scale * Math.max(Math.abs(low), Math.abs(edges[bins])));
  const found = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const place = Math.floor((values[row] - low) * scale + tolerance);
    found[row] = place === place ? Math.min(Math.max(place, 0), bins - 1) : 255;
  }
  return found;
}
