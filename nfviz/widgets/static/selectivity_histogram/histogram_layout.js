// @ts-check
// Where the bars of a histogram stand, and how much is written at them.

const LETTER = 6.2;
const LINE = 14;
const LEFT = 38;
const RIGHT = 4;
const TOP = 8;
const LEGEND = 36;
const PLOT = 200;
const LEAST_PLOT = 48;
const LONGEST = 16;

/** Width of a text of 11 pixels, about. @param {number} letters */
function widthOf(letters) {
  return letters * LETTER;
}

/**
 * @typedef {{width: number, height: number, left: number, top: number, plot: number, pitch: number,
 *   bar: number, turned: boolean, every: number, letters: number, counts: "line" | "lines" | "turned" | "none",
 *   countsAt: number, namesAt: number, legendAt: number}} Layout
 */

/**
 * Lay out the bars of layers side by side.
 * @param {{width: number, height?: number | null, names: string[], most: number}} given `names` of
 *   the layers as they are written, `most` neurons that one of them has.
 * @returns {Layout}
 */
export function layOutBars({ width, height, names, most }) {
  const layers = Math.max(names.length, 1);
  const across = Math.max(width - LEFT - RIGHT, 40);
  const pitch = across / layers;
  const longest = names.reduce((letters, name) => Math.max(letters, name.length), 1);
  const turned = widthOf(longest) + 4 > pitch;
  const letters = Math.min(longest, turned ? LONGEST : longest);
  const digits = String(most).length;
  const counts =
    pitch >= widthOf(2 * digits + 3) + 4 ? "line"
    : pitch >= widthOf(digits) + 4 ? "lines"
    : pitch >= LINE ? "turned"
    : "none";
  const countsTall = { line: LINE, lines: 2 * LINE, turned: widthOf(2 * digits + 1) + 6, none: 0 }[counts];
  const namesTall = turned ? widthOf(letters) + 8 : LINE;
  const below = 6 + countsTall + namesTall + LEGEND;
  const plot = height ? Math.max(height - TOP - below, LEAST_PLOT) : PLOT;
  return {
    width,
    height: TOP + plot + below,
    left: LEFT,
    top: TOP,
    plot,
    pitch,
    bar: Math.max(Math.min(pitch * 0.8, 72), Math.min(pitch, 1)),
    turned,
    every: turned ? Math.max(Math.ceil(11.5 / pitch), 1) : 1,
    letters,
    counts,
    countsAt: TOP + plot + 6 + (counts === "turned" ? namesTall : 0),
    namesAt: TOP + plot + 6 + (counts === "turned" ? 0 : countsTall),
    legendAt: TOP + plot + below - LEGEND + 8,
  };
}

/**
 * Which edges of a scale are written: as many as have room, evenly.
 * @param {number[]} edges
 * @param {number} room In pixels.
 * @returns {number[]} Their places.
 */
export function ticksOf(edges, room) {
  const bins = edges.length - 1;
  const widest = edges.reduce((most, edge) => Math.max(most, edgeText(edge).length), 1);
  const every = Array.from({ length: bins }, (_, step) => step + 1).filter((step) => bins % step === 0);
  const step = every.find((each) => (room * each) / bins >= widthOf(widest) + 8) ?? bins;
  return Array.from({ length: bins / step + 1 }, (_, tick) => tick * step);
}

/** An edge in as few digits as tell it. @param {number} edge */
export function edgeText(edge) {
  return String(Number(edge.toPrecision(6))).replace("-", "\u2212");
}
