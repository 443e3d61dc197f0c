// @ts-check
// The crops that a file holds.

import { rememberCrops } from "../store/crops.js";

/**
 * A function that gives the crops of a row.
 * @param {any} store
 * @param {() => Uint8Array} read Gives the strips of all rows; called once, when they are wanted.
 */
export function cropsFromFile(store, read) {
  const { crop_tiles: tiles } = store.meta.file;
  const { "crops/count": counts, "crops/length": bytes } = store.data.arrays;
  const lengths = new Uint32Array(bytes.slice().buffer);
  const starts = new Uint32Array(store.n + 1);
  for (let row = 0; row < store.n; row++) starts[row + 1] = starts[row] + lengths[row];
  /** @type {Uint8Array | null} */
  let strips = null;
  return rememberCrops(async (row) => {
    const tile = tiles[store.layer[row]];
    if (!tile) return { reason: "this file holds no crops of this layer" };
    strips ??= read();
    const strip = strips.subarray(starts[row], starts[row + 1]);
    return { tile, count: counts[row], strip, feature: null };
  });
}
