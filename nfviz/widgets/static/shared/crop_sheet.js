// @ts-check
// Where the crops of a neuron stand, side by side, and how they are drawn.

/** Between crops, and between them and the feature, in pixels. */
const GAP = 3;
const APART = 12;

/** The side of a feature beside its crops, and of crops that flow around it. */
const FEATURE = 168;
const CELL = 52;
const WIDE = 480;

/**
 * The largest tiles of which so many fill a box.
 * @param {{count: number, ratio: number, width: number, height: number, most?: number}} wish `ratio`
 *   is the width of a crop over its height, `most` the longest side that a crop may have.
 */
export function cropGrid({ count, ratio, width, height, most = Infinity }) {
  let best = { columns: 1, across: 0, down: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const widest = Math.min((width - (columns - 1) * GAP) / columns, most);
    const highest = Math.min((height - (rows - 1) * GAP) / rows, most);
    const across = Math.floor(Math.min(widest, highest * ratio));
    if (across > best.across) best = { columns, across, down: Math.max(1, Math.round(across / ratio)) };
  }
  return best;
}

/**
 * The boxes of crops that fill a box, row by row, and the height that they take.
 * @param {{count: number, ratio: number, width: number, height: number, most?: number}} wish
 */
export function cropBoxes(wish) {
  const { columns, across, down } = cropGrid(wish);
  const boxes = Array.from({ length: across ? wish.count : 0 }, (_, place) => ({
    x: (place % columns) * (across + GAP),
    y: Math.floor(place / columns) * (down + GAP),
    across,
    down,
  }));
  return { boxes, height: boxes.length ? /** @type {any} */ (boxes.at(-1)).y + down : 0 };
}

/**
 * The feature in the upper left and its crops: beside it where there is room, else around it.
 * @param {{width: number, count: number, ratio: number}} wish
 * @returns {{side: number, left: number, height: number, boxes: any[]}} `left` is where crops begin.
 */
export function pictureLayout({ width, count, ratio }) {
  if (width >= WIDE) {
    const left = FEATURE + APART;
    const { boxes } = cropBoxes({ count, ratio, width: width - left, height: FEATURE });
    for (const box of boxes) box.x += left;
    return { side: FEATURE, left, height: FEATURE, boxes };
  }
  const columns = Math.max(4, Math.round((width + GAP) / (CELL + GAP)));
  const cell = Math.floor((width + GAP) / columns) - GAP;
  const taken = columns < 5 ? 2 : 3;
  const side = taken * (cell + GAP) - GAP;
  const scale = cell / Math.max(ratio, 1);
  const [across, down] = [Math.floor(scale * ratio), Math.floor(scale)];
  const beside = taken * (columns - taken);
  const boxes = Array.from({ length: count }, (_, place) => {
    const under = place - beside;
    const [column, row] =
      under < 0
        ? [taken + (place % (columns - taken)), Math.floor(place / (columns - taken))]
        : [under % columns, taken + Math.floor(under / columns)];
    return { x: column * (cell + GAP), y: row * (cell + GAP), across, down };
  });
  const rows = Math.max(taken, taken + Math.ceil((count - beside) / columns));
  return { side, left: taken * (cell + GAP), height: rows * (cell + GAP) - GAP, boxes };
}

/**
 * Draw the first crops into their boxes.
 * @param {CanvasRenderingContext2D} context
 * @param {any} crops As `readCrops` gives them.
 * @param {any[]} boxes
 */
export function drawCrops(context, crops, boxes) {
  boxes.forEach(({ x, y, across, down }, place) => crops.draw(context, place, x, y, across, down));
}
