// @ts-check
// Paints the tiles of a gallery that are seen; those that did not change are left alone.

import { columnText } from "../shared/column_text.js";
import { endOf, groupOf, placesIn } from "./gallery_layout.js";

/** What may be said of a tile; bits of a byte. */
export const FOCUSED = 1;
export const PINNED = 2;
export const HOVERED = 4;
export const ACTIVE = 8;

const EQUAL = { trueScale: false };
const TRUE = { trueScale: true };

/**
 * What is painted.
 * @typedef {{layout: any, top: number, width: number, height: number, order: Uint32Array,
 *   marks: Uint8Array, column: any, values: Float32Array | null, trueScale: boolean,
 *   inks: any, context: CanvasRenderingContext2D}} Scene
 */

/** Remembers what stands on the canvas. */
export class GalleryPainter {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
    this.rows = new Int32Array(0);
    this.values = new Float32Array(0);
    this.marks = new Uint8Array(0);
    this.painted = "";
    this.layout = null;
    this.crisp = new Uint8Array(store.layers.length);
  }

  /** Paint everything the next time. */
  forget() {
    this.painted = "";
  }

  /** @param {Scene} scene */
  paint(scene) {
    const { layout, top, width, height, trueScale, column } = scene;
    const [from, to] = placesIn(layout, top, top + height);
    const key = `${top} ${width} ${height} ${layout.side} ${trueScale} ${column.name}`;
    const moved = key !== this.painted || (layout.grouped && layout !== this.layout);
    this.painted = key;
    this.layout = layout;
    if (moved) this._start(scene, Math.max((Math.ceil(height / layout.down) + 1) * layout.columns, to - from));
    const changed = this._tiles(scene, from, to, moved);
    if (layout.grouped && (changed || moved)) paintHeadings(scene, this.store);
  }

  /** Paint the tiles that are not as they stand on the canvas. @param {Scene} scene */
  _tiles(scene, from, to, fresh) {
    const { layout } = scene;
    let group = layout.count ? groupOf(layout, from) : 0;
    let end = layout.count ? endOf(layout, group) : 0;
    let changed = false;
    for (let slot = 0; slot < this.rows.length; slot++) {
      const place = from + slot;
      while (place >= end && group < layout.first.length - 1) end = endOf(layout, ++group);
      if (!this._note(scene, slot, place < to ? scene.order[place] : -1)) continue;
      changed = true;
      const within = place - (layout.first[group] ?? 0);
      const line = Math.floor(within / layout.columns);
      const x = layout.left + Math.round((within - line * layout.columns) * layout.pitch);
      const y = (layout.tops[group] ?? 0) + layout.heading + line * layout.down - scene.top;
      if (!fresh) clearTile(scene, x, y);
      if (this.rows[slot] >= 0) this._tile(scene, slot, x, y);
    }
    return changed;
  }

  /** Note what a slot is to show. @returns {boolean} Whether it shows something else. */
  _note({ marks, values }, slot, row) {
    const mark = row < 0 ? 0 : marks[row];
    const value = row < 0 || !values ? 0 : values[row];
    const before = this.values[slot];
    // NaN is no other value than NaN.
    const same = value === before || (value !== value && before !== before);
    if (row === this.rows[slot] && mark === this.marks[slot] && same) return false;
    this.rows[slot] = row;
    this.marks[slot] = mark;
    this.values[slot] = value;
    return true;
  }

  /** @param {Scene} scene @param {number} slots */
  _start({ context, width, height, layout, inks }, slots) {
    context.clearRect(0, 0, width, height);
    context.textAlign = "center";
    context.textBaseline = "top";
    context.font = `11px ${inks.font}`;
    context.imageSmoothingEnabled = true;
    const { store } = this;
    const dots = layout.side * (context.canvas.width / Math.max(width, 1));
    store.layers.forEach((layer, position) => {
      const pixels = Math.max(...layer.field);
      const tile = Math.max(...layer.tile);
      this.crisp[position] = pixels * 2 <= tile && dots > tile ? 1 : 0;
    });
    if (this.rows.length !== slots) {
      this.rows = new Int32Array(slots);
      this.values = new Float32Array(slots);
      this.marks = new Uint8Array(slots);
    }
    this.rows.fill(-1);
    this.values.fill(0);
    this.marks.fill(0);
  }

  /** @param {Scene} scene */
  _tile({ context, layout, inks, values, column, trueScale }, slot, x, y) {
    const { store } = this;
    const row = this.rows[slot];
    const crisp = this.crisp[store.layer[row]];
    if (crisp) context.imageSmoothingEnabled = false;
    store.tiles.draw(context, row, x, y, layout.side, trueScale ? TRUE : EQUAL);
    if (crisp) context.imageSmoothingEnabled = true;
    if (values) {
      context.fillStyle = inks.soft;
      const text = columnText(column, this.values[slot]);
      context.fillText(text, x + layout.side / 2, y + layout.side + 2, layout.side + layout.gap);
    }
    if (this.marks[slot]) markTile(context, inks, x, y, layout.side, this.marks[slot]);
  }
}

/** @param {Scene} scene */
function clearTile({ context, layout }, x, y) {
  const half = layout.gap / 2;
  context.clearRect(x - half, y - half, layout.side + layout.gap, layout.down);
}

/**
 * Outline a tile in ground and ink, so that it is seen on whatever it shows.
 * @param {CanvasRenderingContext2D} context
 */
function markTile(context, inks, x, y, side, mark) {
  if (mark & (FOCUSED | PINNED | ACTIVE)) {
    outline(context, inks.ground, x, y, side, 0.75, 1.5);
    outline(context, mark & ACTIVE ? inks.accent : inks.ink, x, y, side, -1, mark & (FOCUSED | ACTIVE) ? 2 : 1);
  } else if (mark & HOVERED) {
    outline(context, inks.soft, x, y, side, -0.5, 1);
  }
  if ((mark & (FOCUSED | ACTIVE)) === (FOCUSED | ACTIVE)) outline(context, inks.ink, x, y, side, 2, 1);
  if (mark & PINNED && side >= 20) drawPin(context, inks, x + side - 7, y + 7);
}

function outline(context, ink, x, y, side, inset, width) {
  context.strokeStyle = ink;
  context.lineWidth = width;
  context.strokeRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset);
}

/** A small pin. @param {CanvasRenderingContext2D} context */
function drawPin(context, inks, x, y) {
  context.fillStyle = inks.ground;
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = inks.ink;
  context.beginPath();
  context.arc(x, y - 1.5, 2.6, 0, 2 * Math.PI);
  context.fill();
  context.fillRect(x - 0.75, y, 1.5, 4.5);
}

/**
 * The headings that are seen, the uppermost of which stays as long as its group.
 * @param {any} layout
 * @param {number} top
 * @param {number} height
 * @returns {{group: number, y: number}[]}
 */
export function headingsIn(layout, top, height) {
  const found = [];
  if (!layout.count) return found;
  const bottom = top + height;
  let group = groupOf(layout, placesIn(layout, top, bottom)[0]);
  // A group of which nothing is left but the gap is gone.
  if (layout.tops[group + 1] <= top && group < layout.first.length - 1) group++;
  for (const first = group; group < layout.first.length && layout.tops[group] < bottom; group++) {
    let y = layout.tops[group] - top;
    if (group === first) y = Math.min(Math.max(y, 0), layout.tops[group + 1] - top - layout.heading);
    found.push({ group, y });
  }
  return found;
}

/** @param {Scene} scene @param {any} store */
function paintHeadings({ context, layout, top, width, height, order, inks }, store) {
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const { group, y } of headingsIn(layout, top, height)) {
    context.clearRect(0, y, width, layout.heading - layout.gap / 2);
    const middle = y + (layout.heading - layout.gap / 2) / 2;
    const layer = store.layers[store.layer[order[layout.first[group]]]];
    const count = String(endOf(layout, group) - layout.first[group]);
    context.font = `600 12px ${inks.font}`;
    const name = cutText(context, layer.name, width - 2 * layout.left - 50);
    context.fillStyle = inks.ink;
    context.fillText(name, layout.left, middle);
    const beside = layout.left + context.measureText(name).width + 8;
    context.font = `11px ${inks.font}`;
    context.fillStyle = inks.soft;
    context.fillText(count, beside, middle);
  }
  context.font = `11px ${inks.font}`;
  context.textAlign = "center";
  context.textBaseline = "top";
}

/** As much of a text as has room. */
function cutText(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}
