// @ts-check
// Where the words of a tag cloud stand, and how large: pure geometry.

/** Text size in pixels below which a word is not shown. */
export const SMALLEST = 10;

export const GAP = 3; // Pixels between words.
export const EDGE = 6; // Pixels between words and the frame.
const TALLEST = 0.5; // Size of the largest word as a share of the panel's height.
const DENSEST = 0.65; // Share of the panel that words can cover.
const STEP = 0.94; // By which words are made smaller until they fit.
const OUTWARD = 0.12; // How far from the middle a word wants to be, on the way to its home.
export const LOOSE = 1.07; // Words can grow by so much before they touch.
const LARGEST_ROOM = 2;
const NEGLIGIBLE = 1e-6;

/**
 * @typedef {{key: number, weight: number, across: number, up: number, home: [number, number]}} Word
 *   Width and height of its ink at text size 1; home: a direction from the middle, at most 1 long.
 * @typedef {{key: number, size: number, x: number, y: number, across: number, up: number, room: number}} Place
 *   Text size and middle of a word; it can be `room` times as large and still touch no other.
 */

/**
 * Place words in a panel so that text sizes are proportional to weights and none overlap: as large
 * as they can be, each as near as it can be to where it wants to stand, the greatest first. The
 * same words give the same cloud, and kindred ones stand on the same side.
 * @param {Word[]} words From the greatest weight down.
 * @param {number} width
 * @param {number} height
 * @param {Map<number, {x: number, y: number}> | null} stay Where words stand that are to stay there,
 *   by key: others find room between them.
 * @returns {{scale: number, places: Place[]}} `scale`: text size by weight.
 */
export function layOut(words, width, height, stay = null) {
  const [inner, tall] = [width - 2 * EDGE, height - 2 * EDGE];
  if (!words.length || inner <= 0 || tall <= 0) return { scale: 0, places: [] };
  const least = SMALLEST / words[0].weight;
  for (let scale = greatestScale(words, inner, tall); scale > least; scale *= STEP) {
    const shown = words.filter(({ weight }) => scale * weight >= SMALLEST);
    const places = placeAll(shown, scale, { width, height, stay });
    if (places.length === shown.length) return finish(scale, places, { width, height, stay });
  }
  const shown = words.filter(({ weight }) => least * weight >= SMALLEST * (1 - 1e-9));
  const places = placeAll(shown, least, { width, height, stay, all: true });
  return finish(least, places, { width, height, stay });
}

/** A scale that the first words cannot exceed, as their width or the area says. */
function greatestScale(words, inner, tall) {
  const { weight } = words[0];
  let scale = (TALLEST * tall) / weight;
  let area = 0;
  for (const word of words) {
    if (scale * word.weight < SMALLEST) break;
    area += word.weight ** 2 * word.across * word.up * LOOSE ** 2;
    // A word that is left out below some scale confines only what is above.
    const left = SMALLEST / word.weight;
    scale = Math.min(scale, Math.max(inner / (word.weight * word.across * LOOSE), left));
    scale = Math.min(scale, Math.max(Math.sqrt((DENSEST * inner * tall) / area), left));
  }
  return scale;
}

/** @returns {Place[]} From the greatest word to the first that has no room, or all that have. */
function placeAll(words, scale, { width, height, stay, all = false }) {
  const places = [];
  const order = stay ? [...words.filter(({ key }) => stay.has(key)), ...words.filter(({ key }) => !stay.has(key))] : words;
  for (const { key, weight, across, up, home } of order) {
    const size = scale * weight;
    const box = { across: size * across * LOOSE, up: size * up * LOOSE };
    const kept = stay?.get(key);
    const wish = kept ? [kept.x, kept.y] : wishOf(home, width, height);
    const at = nearest(wish, box, places, width, height);
    if (at) places.push({ key, size, x: at[0], y: at[1], ...box, room: 1 });
    else if (!all) break;
  }
  if (stay) places.sort((a, b) => b.size - a.size);
  return places;
}

/** Where a word would like to stand. @param {number[]} home */
export function wishOf(home, width, height) {
  return [(width / 2) * (1 + OUTWARD * home[0]), (height / 2) * (1 + OUTWARD * home[1])];
}

/**
 * The free place that is nearest to a wish, distances counted in widths and heights of the panel:
 * for each way to stand flush with other words from left to right, the nearest from top to bottom.
 * @returns {[number, number] | null}
 */
export function nearest(wish, { across, up }, places, width, height) {
  const [low, high] = [EDGE + up / 2, height - EDGE - up / 2];
  if (low > high + NEGLIGIBLE) return null;
  const start = Math.min(Math.max(wish[1], low), Math.max(high, low));
  let best = Infinity;
  /** @type {[number, number] | null} */
  let found = null;
  for (const [x, distance] of columnsNear(wish[0], across, places, width)) {
    if (distance >= best) break;
    const blocks = [];
    for (const place of places) {
      if (Math.abs(place.x - x) >= (place.across + across) / 2 + GAP - NEGLIGIBLE) continue;
      const apart = (place.up + up) / 2 + GAP;
      blocks.push(place.y - apart, place.y + apart);
    }
    for (const y of [walk(start, blocks, 1), walk(start, blocks, -1)]) {
      if (y < low - NEGLIGIBLE || y > high + NEGLIGIBLE) continue;
      const all = distance + ((y - wish[1]) / height) ** 2;
      if (all >= best) continue;
      best = all;
      found = [x, y];
    }
  }
  return found;
}

/** Places at the wish and flush with words, with their distance, nearest first. */
function columnsNear(wish, across, places, width) {
  const [low, high] = [EDGE + across / 2, width - EDGE - across / 2];
  if (low > high + NEGLIGIBLE) return [];
  const found = [Math.min(Math.max(wish, low), Math.max(high, low))];
  for (const place of places) {
    const apart = (place.across + across) / 2 + GAP;
    for (const x of [place.x - apart, place.x + apart]) {
      if (x >= low && x <= high) found.push(x);
    }
  }
  return found.map((x) => [x, ((x - wish) / width) ** 2]).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
}

/** Go in one direction until no block is in the way. @param {number[]} blocks Ends of each. */
function walk(start, blocks, direction) {
  let y = start;
  for (let block = 0; block < blocks.length; block += 2) {
    if (y <= blocks[block] + NEGLIGIBLE || y >= blocks[block + 1] - NEGLIGIBLE) continue;
    y = blocks[direction > 0 ? block + 1 : block];
    // What was passed may be in the way now.
    block = -2;
  }
  return y;
}

/** Move new words alike, so that the cloud stands in the middle, and give each its room. */
function finish(scale, places, { width, height, stay }) {
  const [x, y] = stay ? [0, 0] : [toMiddle(places, "x", "across", width), toMiddle(places, "y", "up", height)];
  for (const place of places) {
    place.across /= LOOSE;
    place.up /= LOOSE;
    place.x += x;
    place.y += y;
  }
  for (const place of places) place.room = roomOf(place, places, width, height);
  return { scale, places };
}

function toMiddle(places, middle, side, extent) {
  const low = Math.min(...places.map((place) => place[middle] - place[side] / 2));
  const high = Math.max(...places.map((place) => place[middle] + place[side] / 2));
  return (extent - low - high) / 2;
}

/** How many times as large a word can be before it touches another, grown as far as that may. */
export function roomOf(place, places, width, height) {
  const toSide = Math.min(place.x, width - place.x) - 1;
  const toEnd = Math.min(place.y, height - place.y) - 1;
  let room = Math.min(LARGEST_ROOM, (2 * toSide) / place.across, (2 * toEnd) / place.up);
  for (const other of places) {
    if (other === place) continue;
    const free = (middle, side) =>
      (2 * (Math.abs(place[middle] - other[middle]) - GAP / 2) - other.room * other[side]) / place[side];
    room = Math.min(room, Math.max(free("x", "across"), free("y", "up")));
  }
  return Math.max(room, 1);
}

/**
 * The scale at which words that keep their places show other weights.
 * @param {number} scale That of the layout.
 * @param {Place[]} places
 * @param {(key: number) => number} weightOf
 */
export function scaleFor(scale, places, weightOf) {
  let found = scale;
  for (const { key, size, room } of places) {
    const weight = weightOf(key);
    if (weight * found > size * room) found = (size * room) / weight;
  }
  return found;
}

/**
 * Leave out the middle of a text that is too wide.
 * @param {string} text
 * @param {number} most
 * @param {(text: string) => number} widthOf
 */
export function cutText(text, most, widthOf) {
  const letters = [...text];
  let kept = text;
  for (let count = letters.length - 1; count > 0 && widthOf(kept) > most; count--) {
    const end = Math.floor(count / 3);
    kept = letters.slice(0, count - end).join("").trimEnd() + "…" + letters.slice(letters.length - end).join("").trimStart();
  }
  return kept;
}
