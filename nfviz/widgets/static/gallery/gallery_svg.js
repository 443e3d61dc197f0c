// @ts-check
// The gallery as it is seen, as a picture for papers: features in one image, the rest as shapes.

import { columnText } from "../shared/column_text.js";
import { escapeText } from "../shared/dom.js";
import { boxOf, endOf, placesIn } from "./gallery_layout.js";
import { FOCUSED, headingsIn, PINNED } from "./gallery_paint.js";

const DENSITY = 2;

/**
 * @param {any} store
 * @param {any} scene As the gallery paints it.
 * @returns {string} A standalone SVG.
 */
export function gallerySvg(store, scene) {
  const { layout, inks } = scene;
  const width = Math.max(scene.width, 1);
  const { top, height } = wholeRows(scene);
  const parts = [`<rect width="${width}" height="${height}" fill="${inks.ground}"/>`];
  if (!layout.count) parts.push(word(inks.soft, width / 2, height / 2, "no neuron is in view", "middle"));
  else parts.push(...tiles(store, { ...scene, top }, width, height));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="Open Sans, Arial, sans-serif" font-size="11"><title>${escapeText(`neuron features: ${store.live()}`)}</title>` +
    `${parts.join("")}</svg>`
  );
}

/** The window without the rows that it cuts, if others are left. */
function wholeRows({ layout, top, height }) {
  const [from, to] = placesIn(layout, top, top + height);
  const tall = layout.side + layout.caption;
  const ys = [];
  for (let place = from; place < to; place++) {
    const { y } = boxOf(layout, place);
    if (y >= top && y + tall <= top + height) ys.push(y);
  }
  if (!ys.length) return { top, height: Math.max(height, 40) };
  const first = Math.max(0, ys[0] - layout.heading);
  return { top: first, height: /** @type {number} */ (ys.at(-1)) + tall + layout.gap - first };
}

function word(ink, x, y, text, anchor, weight = "normal") {
  return `<text x="${x}" y="${y}" fill="${ink}" text-anchor="${anchor}" font-weight="${weight}">${escapeText(text)}</text>`;
}

function tiles(store, { layout, top, order, marks, column, values, trueScale, inks }, width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(width * DENSITY), Math.round(height * DENSITY)];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(DENSITY, DENSITY);
  const shapes = [];
  const [from, to] = placesIn(layout, top, top + height);
  for (let place = from; place < to; place++) {
    const row = order[place];
    const { x, y: down } = boxOf(layout, place);
    const y = down - top;
    const { field, tile } = store.layers[store.layer[row]];
    // The pixels of a small field stay pixels.
    context.imageSmoothingEnabled = 2 * Math.max(...field) > Math.max(...tile);
    store.tiles.draw(context, row, x, y, layout.side, { trueScale });
    if (values && layout.caption) {
      shapes.push(word(inks.soft, x + layout.side / 2, y + layout.side + 11, columnText(column, values[row]), "middle"));
    }
    if (marks[row] & (FOCUSED | PINNED)) shapes.push(mark(inks, x, y, layout.side, marks[row]));
  }
  const picture = `<image width="${width}" height="${height}" href="${canvas.toDataURL("image/png")}"/>`;
  const headings = !layout.grouped ? [] : headingsIn(layout, top, height).map(({ group, y }) => {
    const layer = store.layers[store.layer[order[layout.first[group]]]];
    const title = `${layer.name} (${endOf(layout, group) - layout.first[group]})`;
    return (
      `<rect y="${y}" width="${width}" height="${layout.heading - 3}" fill="${inks.ground}"/>` +
      word(inks.ink, layout.left, y + 15, title, "start", "600")
    );
  });
  return [picture, ...shapes, ...headings];
}

function mark(inks, x, y, side, bits) {
  const box = (inset, ink, wide) => {
    const length = side - 2 * inset;
    const place = `x="${x + inset}" y="${y + inset}" width="${length}" height="${length}"`;
    return `<rect ${place} fill="none" stroke="${ink}" stroke-width="${wide}"/>`;
  };
  const outline = box(0.75, inks.ground, 1.5) + box(-1, inks.ink, bits & FOCUSED ? 2 : 1);
  if (!(bits & PINNED)) return outline;
  const [pinX, pinY] = [x + side - 7, y + 7];
  return (
    `${outline}<circle cx="${pinX}" cy="${pinY}" r="6" fill="${inks.ground}"/>` +
    `<circle cx="${pinX}" cy="${pinY - 1.5}" r="2.6" fill="${inks.ink}"/>` +
    `<rect x="${pinX - 0.75}" y="${pinY}" width="1.5" height="4.5" fill="${inks.ink}"/>`
  );
}
