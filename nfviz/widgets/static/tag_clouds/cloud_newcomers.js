// @ts-check
// Words that come and go while a slider moves, without moving those that stay: pure geometry.

import { EDGE, GAP, LOOSE, nearest, roomOf, SMALLEST } from "./cloud_layout.js";

/**
 * How many words there are now, and those that are large enough but have no place, greatest first.
 * @param {(key: number) => number} weightOf
 * @param {number} count Of keys.
 * @param {{key: number}[]} placed
 * @param {number} scale Text size by weight.
 */
export function newcomers(weightOf, count, placed, scale) {
  const have = new Set(placed.map(({ key }) => key));
  const waiting = [];
  let total = 0;
  for (let key = 0; key < count; key++) {
    const weight = weightOf(key);
    if (!(weight > 0)) continue;
    total++;
    if (scale * weight >= SMALLEST && !have.has(key)) waiting.push({ key, weight });
  }
  return { total, waiting: waiting.sort((a, b) => b.weight - a.weight) };
}

/** The area that words cover. @param {{across: number, up: number}[]} places */
export function coveredBy(places) {
  return places.reduce((sum, { across, up }) => sum + across * up, 0);
}

/** How many times as large all words can be together before two touch, or one the frame. */
function roomOfAll(places, { width, height }) {
  let room = Infinity;
  places.forEach((a, number) => {
    const toSide = Math.min(a.x, width - a.x) - EDGE / 2;
    const toEnd = Math.min(a.y, height - a.y) - EDGE / 2;
    room = Math.min(room, (2 * toSide) / a.across, (2 * toEnd) / a.up);
    for (let k = 0; k < number; k++) {
      const b = places[k];
      const across = (2 * Math.abs(a.x - b.x) - GAP) / (a.across + b.across);
      const up = (2 * Math.abs(a.y - b.y) - GAP) / (a.up + b.up);
      room = Math.min(room, Math.max(across, up));
    }
  });
  return Math.max(room, 1);
}

/**
 * Make words as large as they can be where they stand, and take that as the sizes from which they
 * grow: what became smaller leaves room.
 * @param {any[]} places
 * @param {number} scale At which none overlap.
 * @param {number} most The scale that they may have.
 * @param {(key: number) => number} weightOf
 * @param {{width: number, height: number}} panel
 * @returns {number} The scale that they have.
 */
export function settleSizes(places, scale, most, weightOf, panel) {
  const resize = (by) => {
    for (const place of places) {
      const size = by * weightOf(place.key);
      Object.assign(place, { size, across: size * place.ink.across, up: size * place.ink.up, room: 1 });
    }
  };
  resize(scale);
  const found = Math.max(scale, Math.min(most, scale * roomOfAll(places, panel)));
  if (found > scale) resize(found);
  for (const place of places) place.room = roomOf(place, places, panel.width, panel.height);
  return found;
}

/**
 * A place in free room.
 * @param {{key: number, size: number, ink: {across: number, up: number}, wish: number[]}} word
 * @param {any[]} places At their present sizes.
 * @param {{width: number, height: number}} panel
 */
export function freePlace({ key, size, ink, wish }, places, { width, height }) {
  const [across, up] = [size * ink.across, size * ink.up];
  const at = nearest(wish, { across: across * LOOSE, up: up * LOOSE }, places, width, height);
  return at && { key, size, x: at[0], y: at[1], across, up, room: 1 };
}
