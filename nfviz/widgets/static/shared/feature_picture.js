// @ts-check
// A neuron feature in large.

/**
 * Draw a feature into the middle of a square. The pixels of a small field stay pixels.
 * @param {CanvasRenderingContext2D} context
 * @param {any} store
 * @param {number} row
 * @param {number} side
 * @param {ImageBitmap | null} full In its own resolution, where it is known.
 */
export function drawFeature(context, store, row, side, full = null) {
  context.clearRect(0, 0, side, side);
  const picture = store.dead[row] ? null : (full ?? pixelsOf(store, row));
  if (!picture) {
    store.tiles?.draw(context, row, 0, 0, side);
    return;
  }
  const [across, down] = store.tiles.extent(row, false);
  context.imageSmoothingEnabled = picture.width * 2 > side * across;
  context.imageSmoothingQuality = "high";
  const [width, height] = [side * across, side * down];
  context.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
  context.imageSmoothingEnabled = true;
}

/** The pixels of a small field, one each; null for fields that fill their tile. */
function pixelsOf(store, row) {
  const { facts, pages } = store.tiles;
  const layer = store.layers[store.layer[row]];
  const [height, width] = layer.field;
  const page = pages[Math.floor(row / facts.perPage)];
  if (!page || width * 2 > layer.tile[0] || height * 2 > layer.tile[1]) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  if (!context) return null;
  // Without smoothing, the middle of each enlarged pixel is read, where JPEG errs least.
  context.imageSmoothingEnabled = false;
  const place = row % facts.perPage;
  const x = (place % facts.perRow) * facts.side;
  const y = Math.floor(place / facts.perRow) * facts.side;
  context.drawImage(page, x, y, layer.tile[0], layer.tile[1], 0, 0, width, height);
  return canvas;
}
