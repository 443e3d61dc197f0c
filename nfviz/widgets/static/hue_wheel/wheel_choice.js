// @ts-check
// Which neurons the hue wheel shows, and which stands beside which.

/** Bins of the hue, and sectors of the wheel. */
export const SECTORS = 36;

const FEWEST = 4; // Pictures that a cell may show.
const CROWD = 1.2; // How often they may cover their cell where many are shown,
const MANY = 1000; // and where so many are shown, once.

/**
 * Choose what is drawn: of each cell of the wheel, the first in view, as many as its room allows.
 * @param {{rows: Uint32Array, cell: Uint16Array, room: Float32Array}} wheel Rows by place, in each
 *   ring from the most selective down; the cell of each place, and for how many each cell has room.
 * @param {Uint8Array} inView By row.
 * @param {Uint8Array | null} strong By row: whether it passes; all do where it is null.
 * @param {{places: Int32Array, taken: Uint32Array, bins: Uint32Array}} into Filled in: the places that
 *   are drawn, scratch space for each cell, and how many are shown in each bin of the hue.
 * @returns {{shown: number, drawn: number}} How many there are, and how many of them are drawn.
 */
export function chooseDrawn({ rows, cell, room }, inView, strong, { places, taken, bins }) {
  bins.fill(0);
  let shown = 0;
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place];
    if (!inView[row] || (strong !== null && !strong[row])) continue;
    places[shown++] = place;
    bins[cell[place] % SECTORS]++;
  }
  // The fewer are shown, the more of them may lie upon each other: then it is better to show all.
  const crowd = Math.max(CROWD, MANY / Math.max(shown, 1));
  for (let at = 0; at < taken.length; at++) taken[at] = Math.max(FEWEST, Math.round(crowd * room[at]));
  let drawn = 0;
  for (let k = 0; k < shown; k++) {
    const at = cell[places[k]];
    if (taken[at] === 0) continue;
    taken[at]--;
    places[drawn++] = places[k];
  }
  return { shown, drawn };
}

/**
 * The drawn place next to another by hue, on the same ring, around the circle.
 * @param {number} from A place; -1 for the first that is drawn.
 * @param {1 | -1} direction 1: toward larger hues, counter-clockwise.
 * @param {Int32Array} places Those drawn.
 * @param {{hue: (place: number) => number, ring: (place: number) => number}} where
 * @returns {number} -1 where nothing is drawn.
 */
export function besideByHue(from, direction, places, { hue, ring }) {
  if (!places.length) return -1;
  if (from < 0) return places[0];
  let [next, first] = [-1, -1];
  // The order of hue and place, so that none of equal hue is skipped.
  const before = (a, b) => direction * (hue(a) - hue(b) || a - b) < 0;
  for (const place of places) {
    if (ring(place) !== ring(from)) continue;
    if (first < 0 || before(place, first)) first = place;
    if (before(from, place) && (next < 0 || before(place, next))) next = place;
  }
  return next >= 0 ? next : first >= 0 ? first : places[0];
}

/**
 * The drawn place of nearest hue on the next ring that has one; `from` itself where there is none.
 * @param {number} from
 * @param {1 | -1} direction 1: outward.
 * @param {Int32Array} places
 * @param {{hue: (place: number) => number, ring: (place: number) => number}} where
 */
export function besideByRing(from, direction, places, { hue, ring }) {
  if (from < 0) return places.length ? places[0] : -1;
  let [best, rings, turn] = [from, Infinity, Infinity];
  for (const place of places) {
    const away = direction * (ring(place) - ring(from));
    if (away <= 0 || away > rings) continue;
    const apart = Math.abs(((hue(place) - hue(from) + 540) % 360) - 180);
    if (away < rings || apart < turn) [best, rings, turn] = [place, away, apart];
  }
  return best;
}

/**
 * The place drawn at a point: the topmost whose square holds it, or else the nearest.
 * @param {number} x From the center, as the places' own coordinates.
 * @param {number} y
 * @param {{places: Int32Array, count: number, x: Float32Array, y: Float32Array}} drawn Later ones lie below.
 * @param {number} half Half of a square's side.
 * @param {number} reach How far beyond the square the nearest may be.
 */
export function placeAt(x, y, { places, count, x: across, y: down }, half, reach) {
  let [nearest, least] = [-1, reach];
  for (let k = 0; k < count; k++) {
    const place = places[k];
    const apart = Math.max(Math.abs(across[place] - x), Math.abs(down[place] - y)) - half;
    if (apart <= 0) return place;
    if (apart < least) [nearest, least] = [place, apart];
  }
  return nearest;
}

/**
 * The direction, in degrees, in which circles are farthest from what lies around them.
 * @param {number[]} circles
 * @param {ArrayLike<number>} x
 * @param {ArrayLike<number>} y Upward.
 */
export function freeDirection(circles, x, y) {
  let [best, most] = [0, -1];
  for (let direction = 0; direction < 360; direction += 4) {
    const [c, s] = [Math.cos((direction * Math.PI) / 180), Math.sin((direction * Math.PI) / 180)];
    let room = Infinity;
    for (const circle of circles) {
      for (let k = 0; k < x.length; k++) {
        room = Math.min(room, Math.max(Math.abs(circle * c - x[k]), Math.abs(circle * s - y[k])));
      }
    }
    if (room > most) [best, most] = [direction, room];
  }
  return best;
}
