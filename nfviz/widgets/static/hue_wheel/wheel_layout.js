// @ts-check
// Where neuron features stand on the hue wheel: at their angle, as far out as is free.

import { SECTORS } from "./wheel_choice.js";

const SPACING = 1.5; // From ring to ring, in sides: more than the diagonal, so that none touch,
const TIGHT = 1.35; // and where there is no room for all.
const HALF = 0.75; // Of a picture, in sides, in any direction.
const ROUNDS = 6;

/**
 * The ring of each layer: neighbors in depth share one, as evenly as possible.
 * @param {number} layers
 * @param {number} rings Most rings there may be.
 */
export function shareRings(layers, rings) {
  const parts = Math.max(1, Math.min(rings, layers));
  const [size, more] = [Math.floor(layers / parts), layers % parts];
  const ringOf = new Uint8Array(layers);
  for (let ring = 0, layer = 0; ring < parts; ring++) {
    for (let last = layer + size + (ring < more ? 1 : 0); layer < last; layer++) ringOf[layer] = ring;
  }
  return ringOf;
}

/**
 * The neurons that have a hue, ring by ring.
 * @param {Float32Array} hue NaN where there is none.
 * @param {Uint32Array} ranked All rows, in the order in which they are placed.
 * @param {(row: number) => number} ringOf
 * @param {number} rings
 * @returns {{rows: Uint32Array, starts: Uint32Array}} `starts` tells where each ring begins, and the end.
 */
export function orderByRing(hue, ranked, ringOf, rings) {
  const starts = new Uint32Array(rings + 1);
  for (const row of ranked) if (hue[row] === hue[row]) starts[ringOf(row) + 1]++;
  for (let ring = 0; ring < rings; ring++) starts[ring + 1] += starts[ring];
  const next = starts.slice();
  const rows = new Uint32Array(starts[rings]);
  for (const row of ranked) if (hue[row] === hue[row]) rows[next[ringOf(row)]++] = row;
  return { rows, starts };
}

/** Equal squares around a center, and where along a ray there is room for one more. */
class Squares {
  /** @param {number} most */
  constructor(most) {
    this.x = new Float64Array(most);
    this.y = new Float64Array(most);
    this.count = 0;
    this.low = new Float64Array(most);
    this.high = new Float64Array(most);
  }

  add(x, y) {
    this.x[this.count] = x;
    this.y[this.count++] = y;
  }

  /** The intervals of the radius, sorted, in which a square on the ray would overlap another. */
  _blocked(c, s, start, side) {
    const [perC, perS] = [1 / (Math.abs(c) > 1e-9 ? c : 1e-9), 1 / (Math.abs(s) > 1e-9 ? s : 1e-9)];
    const [across, up] = [side * Math.abs(perC), side * Math.abs(perS)];
    const { x, y, low, high } = this;
    let found = 0;
    for (let k = 0; k < this.count; k++) {
      if (Math.abs(x[k] * s - y[k] * c) > 1.42 * side) continue;
      const from = Math.max(x[k] * perC - across, y[k] * perS - up);
      const to = Math.min(x[k] * perC + across, y[k] * perS + up);
      // Those that touch at the last digit do not overlap.
      if (from >= to - 1e-9 * side || to <= start) continue;
      let at = found++;
      for (; at > 0 && low[at - 1] > from; at--) {
        low[at] = low[at - 1];
        high[at] = high[at - 1];
      }
      low[at] = from;
      high[at] = to;
    }
    return found;
  }

  /** The smallest radius from `start` on at which a square in the direction (c, s) overlaps none. */
  firstFree(c, s, start, side) {
    const found = this._blocked(c, s, start, side);
    let free = start;
    for (let k = 0; k < found && this.low[k] < free + 1e-9 * side; k++) {
      if (this.high[k] > free) free = this.high[k];
    }
    return free;
  }
}

/** Where rings begin and end if all that must have room get it; null where they would go beyond `outer`. */
function fillBase({ c, s, starts, base, inner, squares }, outer, side, more) {
  const [circles, ends] = [[], []];
  let start = inner;
  for (let ring = 0; ring < base.length; ring++) {
    let end = start;
    squares.count = 0;
    for (let place = starts[ring]; place < starts[ring] + base[ring]; place++) {
      const free = squares.firstFree(c[place], s[place], start, side);
      if (free > outer - HALF * side) return null;
      squares.add(free * c[place], free * s[place]);
      end = Math.max(end, free);
    }
    circles.push(start);
    ends.push(end);
    start = end + SPACING * side + more;
  }
  const spare = outer - HALF * side - ends[ends.length - 1];
  return spare >= 0 ? { circles, ends, spare } : null;
}

/** The largest side with which all that must have room get it, and where rings begin. */
function largestThatFits(given, outer, smallest, largest) {
  let found = fillBase(given, outer, smallest, 0);
  if (!found) return { side: smallest, circles: shareBands(given, outer, smallest), spacing: TIGHT };
  let [low, high] = [smallest, largest];
  const most = fillBase(given, outer, largest, 0);
  if (most) [low, high, found] = [largest, largest, most];
  for (let round = 0; round < ROUNDS && low < high; round++) {
    const middle = (low + high) / 2;
    const tried = fillBase(given, outer, middle, 0);
    if (tried) [low, found] = [middle, tried];
    else high = middle;
  }
  // Not by moving what is placed: squares that go outward may meet.
  for (const share of [1, 0.5]) {
    const more = (share * found.spare) / Math.max(given.base.length - 1, 1);
    const roomy = fillBase(given, outer, low, more);
    if (roomy) return { side: low, circles: roomy.circles, spacing: SPACING };
  }
  return { side: low, circles: found.circles, spacing: SPACING };
}

/** Where rings begin when there is no room for all: a ring that needs more gets more. */
function shareBands(given, outer, side) {
  const { inner, base } = given;
  const { circles: starts, ends } = fillBase(given, Infinity, side, 0);
  const needs = starts.map((start, ring) => ends[ring] - start);
  const all = needs.reduce((sum, need) => sum + need, 0) || 1;
  const spare = Math.max(0, outer - HALF * side - inner - (base.length - 1) * TIGHT * side);
  const circles = [inner];
  for (let ring = 1; ring < base.length; ring++) {
    circles.push(circles[ring - 1] + TIGHT * side + (spare * needs[ring - 1]) / all);
  }
  return circles;
}

/** Levels of a ring's band, on which those stand for which there is no free place. */
class Levels {
  constructor(start, end, side) {
    this.start = start;
    this.count = Math.max(1, Math.floor((2 * (end - start)) / side + 1e-6) + 1);
    this.step = this.count > 1 ? (end - start) / (this.count - 1) : 0;
    this.bins = Math.max(8, Math.floor((2 * Math.PI * start) / side));
    this.load = new Uint16Array(this.bins * this.count);
  }

  note(hue, radius) {
    const level = this.step ? Math.round((radius - this.start) / this.step) : 0;
    this.load[this._bin(hue) * this.count + level]++;
  }

  _bin(hue) {
    return Math.floor((((hue % 360) + 360) % 360) * (this.bins / 360)) % this.bins;
  }

  /** The radius of the level that has the least nearby. */
  emptiest(hue) {
    const { load, count, bins } = this;
    const bin = this._bin(hue);
    const [before, after] = [(bin + bins - 1) % bins, (bin + 1) % bins];
    let [best, least] = [0, Infinity];
    for (let level = 0; level < count; level++) {
      const here = 2 * load[bin * count + level] + load[before * count + level] + load[after * count + level];
      if (here < least) [best, least] = [level, here];
    }
    return this.start + best * this.step;
  }
}

/**
 * Place pictures at their angles. Each stands on its ring's circle or, where another lies already,
 * further out in the ring's band, at the first free place; where there is none, on the emptiest level.
 * The side is the largest with which those that must have room overlap none.
 * @param {{hue: Float32Array, rows: Uint32Array, starts: Uint32Array, base: number[], inner: number,
 *   outer: number, smallest: number, largest: number}} given `base`: how many of each ring's first
 *   must have room. Radii and sides in the wheel's units.
 * @returns {{side: number, radius: Float32Array, circles: number[], ends: number[]}} By place in `rows`;
 *   `ends`: the largest radius of each ring.
 */
export function placeOnWheel({ hue, rows, starts, base, inner, outer, smallest, largest }) {
  const rings = base.length;
  const turns = Float64Array.from(rows, (row) => (hue[row] * Math.PI) / 180);
  const squares = new Squares(rows.length);
  const room = { c: turns.map(Math.cos), s: turns.map(Math.sin), starts, base, inner, squares };
  const narrow = Math.min(smallest, (outer - inner) / (SPACING * (rings - 1) + HALF));
  const { side, circles, spacing } = largestThatFits(room, outer, narrow, Math.max(narrow, largest));
  const ends = circles.map((start, ring) =>
    Math.max(start, ring + 1 < rings ? circles[ring + 1] - spacing * side : outer - HALF * side),
  );
  const radius = new Float32Array(rows.length);
  for (let ring = 0; ring < rings; ring++) {
    const levels = new Levels(circles[ring], ends[ring], side);
    squares.count = 0;
    for (let place = starts[ring]; place < starts[ring + 1]; place++) {
      const [c, s, angle] = [room.c[place], room.s[place], hue[rows[place]]];
      let free = squares.firstFree(c, s, circles[ring], side);
      if (free <= ends[ring] + 1e-6 * side) squares.add(free * c, free * s);
      else free = levels.emptiest(angle);
      levels.note(angle, Math.min(free, ends[ring]));
      radius[place] = free;
    }
  }
  return { side, radius, circles, ends };
}

/**
 * The cells of the wheel, each a sector of a ring, and for how many pictures each has room.
 * @param {Float32Array} hue
 * @param {Uint32Array} rows
 * @param {Uint32Array} starts
 * @param {{side: number, circles: number[], ends: number[]}} placed
 * @returns {{cell: Uint16Array, room: Float32Array}} The cell by place; the room by cell.
 */
export function wheelCells(hue, rows, starts, { side, circles, ends }) {
  const cell = new Uint16Array(rows.length);
  const room = new Float32Array(circles.length * SECTORS);
  circles.forEach((start, ring) => {
    const area = (2 * Math.PI * (start + ends[ring])) / 2 * (ends[ring] - start + side);
    room.fill(area / SECTORS / side ** 2, ring * SECTORS, (ring + 1) * SECTORS);
    for (let place = starts[ring]; place < starts[ring + 1]; place++) {
      const turn = ((hue[rows[place]] % 360) + 360) % 360;
      cell[place] = ring * SECTORS + Math.min(SECTORS - 1, Math.floor((turn * SECTORS) / 360));
    }
  });
  return { cell, room };
}
