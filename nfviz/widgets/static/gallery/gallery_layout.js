// @ts-check
// Where the tiles of a gallery stand: rows of one size, with a heading above each group.

/** Height of a heading in pixels. */
const HEADING = 24;

/** Height of the line below a tile, for tiles from this side on. */
const CAPTION = { height: 15, from: 44 };

/** Up to this side, tiles are as large as wished. */
const SPREAD = 64;

/** Sides of tiles that the zoom offers. */
export const SIDES = [16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256];

/** The place of the side that is closest to a wished one. @param {number} side */
export function nearestSide(side) {
  let best = 0;
  SIDES.forEach((each, place) => {
    if (Math.abs(each - side) < Math.abs(SIDES[best] - side)) best = place;
  });
  return best;
}

/**
 * The places at which the layer changes.
 * @param {Uint32Array} order Rows, sorted by layer.
 * @param {Uint16Array} layer By row.
 */
export function groupStarts(order, layer) {
  const starts = [];
  let last = -1;
  for (let place = 0; place < order.length; place++) {
    const position = layer[order[place]];
    if (position !== last) starts.push(place);
    last = position;
  }
  return Uint32Array.from(starts);
}

/**
 * Lay out so many tiles.
 * @param {{count: number, starts: Uint32Array | null, width: number, side: number}} wish `starts`
 *   are the first places of groups with headings, null for one group without.
 */
export function layOutTiles({ count, starts, width, side }) {
  const gap = 2 * Math.min(Math.max(Math.round(side / 20), 2), 4);
  const left = gap / 2;
  const columns = Math.max(1, Math.floor(width / (side + gap)));
  // What is left of the width goes into large tiles, or between small ones.
  if (side > SPREAD) side = Math.max(side, Math.floor(width / columns) - gap);
  const pitch = columns > 1 ? (width - 2 * left - side) / (columns - 1) : side + gap;
  const caption = side >= CAPTION.from ? CAPTION.height : 0;
  const down = side + gap + caption;
  const first = starts ?? new Uint32Array(count ? 1 : 0);
  const heading = starts ? HEADING : gap;
  const tops = new Float64Array(first.length + 1);
  for (let group = 0; group < first.length; group++) {
    const end = group + 1 < first.length ? first[group + 1] : count;
    tops[group + 1] = tops[group] + heading + Math.ceil((end - first[group]) / columns) * down;
  }
  const height = tops[first.length];
  return { count, columns, pitch, down, side, gap, caption, left, heading, first, tops, height, grouped: starts !== null };
}

/** The last group that begins at or before a value. @param {ArrayLike<number>} begins */
function lastBefore(begins, length, value) {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (begins[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The group of a place. @param {any} layout @param {number} place */
export function groupOf(layout, place) {
  return lastBefore(layout.first, layout.first.length, place);
}

/** One past the last place of a group. @param {any} layout @param {number} group */
export function endOf(layout, group) {
  return group + 1 < layout.first.length ? layout.first[group + 1] : layout.count;
}

/**
 * The upper left corner of a tile, in pixels from that of the content.
 * @param {any} layout
 * @param {number} place
 */
export function boxOf(layout, place) {
  const group = groupOf(layout, place);
  const within = place - layout.first[group];
  const row = Math.floor(within / layout.columns);
  return {
    x: layout.left + Math.round((within - row * layout.columns) * layout.pitch),
    y: layout.tops[group] + layout.heading + row * layout.down,
  };
}

/**
 * The tile at a point; the gap around a tile is its own.
 * @param {any} layout
 * @param {number} x
 * @param {number} y
 * @returns {number} -1 where there is none.
 */
export function placeAt(layout, x, y) {
  const half = layout.gap / 2;
  const column = Math.floor((x - layout.left + (layout.pitch - layout.side) / 2) / layout.pitch);
  if (!layout.count || column < 0 || column >= layout.columns) return -1;
  const group = lastBefore(layout.tops, layout.first.length, y + half);
  const row = Math.floor((y - layout.tops[group] - layout.heading + half) / layout.down);
  const place = layout.first[group] + row * layout.columns + column;
  return row >= 0 && place < endOf(layout, group) ? place : -1;
}

/**
 * The places of the rows that a window touches.
 * @param {any} layout
 * @param {number} top
 * @param {number} bottom
 * @returns {[number, number]} The first, and one past the last.
 */
export function placesIn(layout, top, bottom) {
  if (!layout.count) return [0, 0];
  return [rowStart(layout, top, false), rowStart(layout, bottom, true)];
}

function rowStart(layout, y, after) {
  const group = lastBefore(layout.tops, layout.first.length, y);
  const rows = (y - layout.tops[group] - layout.heading) / layout.down;
  const row = Math.max(0, after ? Math.ceil(rows) : Math.floor(rows));
  return Math.min(layout.first[group] + row * layout.columns, endOf(layout, group));
}

/**
 * Where a key leads.
 * @param {any} layout
 * @param {number} place
 * @param {string} key
 * @param {number} height Of the window, for page keys.
 * @returns {number} -1 for keys that lead nowhere.
 */
export function placeAfter(layout, place, key, height) {
  const last = layout.count - 1;
  if (last < 0) return -1;
  const page = Math.max(1, Math.floor(height / layout.down) - 1);
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, place - 1);
    case "ArrowRight":
      return Math.min(last, place + 1);
    case "ArrowUp":
      return rowsAway(layout, place, -1);
    case "ArrowDown":
      return rowsAway(layout, place, 1);
    case "PageUp":
      return rowsAway(layout, place, -page);
    case "PageDown":
      return rowsAway(layout, place, page);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return -1;
  }
}

function rowsAway(layout, place, rows) {
  let group = groupOf(layout, place);
  const within = place - layout.first[group];
  let row = Math.floor(within / layout.columns);
  const column = within - row * layout.columns;
  const rowsOf = (each) => Math.ceil((endOf(layout, each) - layout.first[each]) / layout.columns);
  row += rows;
  while (row < 0 && group > 0) row += rowsOf(--group);
  while (row >= rowsOf(group) && group < layout.first.length - 1) row -= rowsOf(group++);
  row = Math.min(Math.max(row, 0), rowsOf(group) - 1);
  const found = layout.first[group] + row * layout.columns + column;
  return Math.min(found, endOf(layout, group) - 1);
}

/**
 * How far to scroll so that a tile is seen.
 * @param {any} layout
 * @param {number} place
 * @param {number} top How far it is scrolled.
 * @param {number} height Of the window.
 */
export function topToShow(layout, place, top, height) {
  const { y } = boxOf(layout, place);
  const above = layout.grouped ? layout.heading : layout.gap;
  if (y - above < top) return Math.max(0, y - above);
  const below = y + layout.side + layout.caption + layout.gap / 2;
  return below > top + height ? below - height : top;
}

/**
 * Where to put a box beside a tile: right, left, below or above it, wherever there is room.
 * @param {{left: number, top: number, right: number, bottom: number}} tile
 * @param {{width: number, height: number}} box
 * @param {{width: number, height: number}} page
 * @param {number} gap
 */
export function placeBeside(tile, box, page, gap = 8) {
  const clamp = (value, most) => Math.min(Math.max(value, gap / 2), Math.max(most - gap / 2, gap / 2));
  const x = clamp(tile.left, page.width - box.width);
  const y = clamp(tile.top, page.height - box.height);
  if (tile.right + gap + box.width <= page.width) return { x: tile.right + gap, y };
  if (tile.left - gap - box.width >= 0) return { x: tile.left - gap - box.width, y };
  if (tile.bottom + gap + box.height <= page.height) return { x, y: tile.bottom + gap };
  if (tile.top - gap - box.height >= 0) return { x, y: tile.top - gap - box.height };
  const room = [page.height - tile.bottom, tile.top];
  return { x, y: room[0] >= room[1] ? clamp(tile.bottom + gap, page.height - box.height) : gap / 2 };
}
