// @ts-check
// The canvases of the hue wheel, one upon the other: what seldom changes is not painted again.

import { fitCanvas, h } from "../shared/dom.js";
import { hueColor } from "../shared/theme.js";
import { pixelOf } from "../shared/pixels.js";
import { TileLayer } from "../shared/tile_layer.js";
import { paintAxes, paintBase, paintMarked, paintNumbers, wheelSizes } from "./wheel_paint.js";

const MOST_AXES = 150;
const RAISED = 1.6; // How much larger the feature in focus is, at least so large:
const RAISED_SIDE = 22;
const ROOM = 6; // Around a raised feature, for its outline.
const WARM = 6000;

/** What is painted of a wheel. */
export class WheelStage {
  /**
   * @param {any} store
   * @param {any} model A `WheelModel`.
   */
  constructor(store, model) {
    this.store = store;
    this.model = model;
    [this.base, this.axes, this.tiles, this.marks, this.hover] = Array.from({ length: 5 }, () => h("canvas"));
    this.hover.hidden = true;
    this.canvases = [this.base, this.axes, this.tiles, this.marks, this.hover];
    this.layer = new TileLayer(store.tiles, store.n, this.tiles);
    this.rows = new Uint32Array(model.rows.length);
    this.left = new Int32Array(model.rows.length);
    this.above = new Int32Array(model.rows.length);
    this.listed = [];
    this.opponent = store.meta.parameters.opponent;
    this.sizes = null;
  }

  /** @param {number} size In pixels. */
  resize(size) {
    const { model } = this;
    this.sizes = wheelSizes(size);
    model.place(this.sizes.outer);
    this.ratio = Math.min(globalThis.devicePixelRatio || 1, 3);
    const dots = Math.max(3, Math.round(model.side * this.ratio));
    this.side = dots / this.ratio;
    this.layer.resize(Math.round(size * this.ratio), Math.round(size * this.ratio), dots);
    Object.assign(this.tiles.style, { width: `${size}px`, height: `${size}px` });
    this.listed = [];
    this.warm();
  }

  /** Shrink features when the page has nothing else to do. */
  warm() {
    const wait = globalThis.requestIdleCallback ?? ((f) => setTimeout(f, 50));
    if (this.warming || !this.store.tiles.ready) return;
    const rows = this.model.ranked.subarray(0, WARM);
    const step = () => {
      if (!this.gone && !this.layer.warm(rows)) wait(step);
      else this.warming = false;
    };
    this.warming = true;
    wait(step);
  }

  paintBase(theme) {
    const { size } = this.sizes;
    paintBase(fitCanvas(this.base, size, size), this.sizes, this.model.circles, theme, this.opponent);
  }

  paintTiles(theme) {
    const { model, rows, left, above, ratio } = this;
    this.layer.edge = pixelOf(theme.ground, 0.8);
    const corner = this.sizes.center - this.side / 2;
    for (let k = 0; k < model.count; k++) {
      const place = model.places[k];
      rows[k] = model.rows[place];
      left[k] = Math.round((corner + model.x[place]) * ratio);
      above[k] = Math.round((corner + model.y[place]) * ratio);
    }
    this.layer.draw(rows, left, above, model.count);
  }

  /** Paint axes, unless they are the same as before. */
  paintAxes(theme, always) {
    const { model } = this;
    const places = [];
    for (let k = 0; k < model.count && places.length < MOST_AXES; k++) {
      if (model.isOpponent(model.rows[model.places[k]])) places.push(model.places[k]);
    }
    if (!always && places.length === this.listed.length && places.every((place, k) => place === this.listed[k])) return;
    this.listed = places;
    const { size } = this.sizes;
    paintAxes(fitCanvas(this.axes, size, size), this.sizes, this.axesOf(), theme, this.dot());
  }

  axesOf() {
    const { model } = this;
    return this.listed.map((place) => ({
      x: model.x[place],
      y: model.y[place],
      ink: hueColor(model.hue(place) + 180, this.opponent),
    }));
  }

  dot() {
    return Math.max(2.5, this.side / 6);
  }

  /** Paint the focused and the pinned neurons; those out of view are pale. */
  paintMarks(theme, canvas = this.marks, numbers = true) {
    const { size } = this.sizes;
    const context = fitCanvas(canvas, size, size);
    context.clearRect(0, 0, size, size);
    const { pinned, focus } = this.store.state;
    for (const row of pinned) if (row !== focus) this._mark(context, row, this.side, theme, 1.5);
    this._mark(context, focus, this.raised(), { ...theme, ink: theme.accent }, 2);
    if (numbers) paintNumbers(context, this.sizes, this.model.circles, this.model.direction, theme);
  }

  hasMarks() {
    const { pinned, focus } = this.store.state;
    return focus >= 0 || pinned.length > 0;
  }

  raised() {
    return Math.max(RAISED * this.side, RAISED_SIDE);
  }

  _mark(context, row, side, { ink, ground }, width) {
    const place = row < 0 ? -1 : this.model.placeOf[row];
    if (place < 0) return;
    const { center } = this.sizes;
    context.globalAlpha = this.store.inView[row] ? 1 : 0.5;
    const [x, y] = [center + this.model.x[place], center + this.model.y[place]];
    paintMarked(context, this.store.tiles, row, x, y, side, { ink, ground, width });
    context.globalAlpha = 1;
  }

  /** Raise the neuron that is pointed at, here or in another view. */
  paintHover(theme) {
    const { hover: row } = this.store;
    const place = row < 0 ? -1 : this.model.placeOf[row];
    this.hover.hidden = place < 0;
    if (place < 0) return;
    const half = this.raised() / 2 + ROOM;
    const context = fitCanvas(this.hover, 2 * half, 2 * half);
    context.clearRect(0, 0, 2 * half, 2 * half);
    const outline = { ink: theme.ink, ground: theme.ground, width: 2 };
    paintMarked(context, this.store.tiles, row, half, half, this.raised(), outline);
    const corner = this.sizes.center - half;
    this.hover.style.transform = `translate(${corner + this.model.x[place]}px, ${corner + this.model.y[place]}px)`;
  }
}
