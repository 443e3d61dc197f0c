// @ts-check
// The plot of a scatter: points as pixels, the frame as SVG, marks above both.

import { fitCanvas, h, s } from "../shared/dom.js";
import { ROOM, frameParts, showFrame } from "./joint_axes.js";
import { Points } from "./joint_points.js";
import { scaleOf, spanOf } from "./joint_scale.js";
import { pixelOf } from "../shared/pixels.js";
import { layerColor } from "../shared/theme.js";

/** Radius of a point in pixels: the smaller, the more there are. */
function radiusFor(n) {
  return n <= 600 ? 3 : n <= 3000 ? 2.4 : n <= 12000 ? 2 : 1.5;
}

/** One layer of points. */
class Sheet {
  constructor() {
    this.canvas = h("canvas", { class: "nfviz-joint-points", "aria-hidden": "true" });
    this.context = this.canvas.getContext("2d");
  }

  resize(width, height, ratio, left, top) {
    [this.canvas.width, this.canvas.height] = [width, height];
    const style = { width: `${width / ratio}px`, height: `${height / ratio}px`, left: `${left}px`, top: `${top}px` };
    Object.assign(this.canvas.style, style);
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  put() {
    this.context.putImageData(this.image, 0, 0);
  }
}

/** What is drawn of a scatter. */
export class JointPlot {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
    [this.rest, this.sheet] = [new Sheet(), new Sheet()];
    this.frame = s("svg", { class: "nfviz-joint-frame", "aria-hidden": "true" });
    this.marks = h("canvas", { class: "nfviz-joint-marks", "aria-hidden": "true" });
    this.ring = h("div", { class: "nfviz-joint-ring", hidden: true });
    this.picture = h("div", {
      class: "nfviz-joint-picture", role: "img", tabindex: "0", "aria-label": "Scatter", "aria-roledescription": "scatter, arrow keys go from neuron to neuron",
    });
    this.picture.append(this.rest.canvas, this.sheet.canvas, this.frame, this.marks, this.ring);
    this.el = h("div", { class: "nfviz-joint-plot" }, this.picture);
    this.points = new Points(store.n);
    this.radius = radiusFor(store.n);
    this.ready = false;
  }

  /** Put two columns on the axes. @param {string} x @param {string} y */
  choose(x, y) {
    const axis = (name) => ({ name, ...this.store.columns.get(name), span: null });
    [this.x, this.y] = [axis(x), axis(y)];
  }

  /** Whether a column is measured anew when thresholds move. */
  isLive() {
    return this.x.live || this.y.live;
  }

  resize(width, height) {
    this.ratio = Math.min(globalThis.devicePixelRatio || 1, 3);
    [this.width, this.height] = [width, height];
    const size = [width - ROOM.left - ROOM.right, height - ROOM.top - ROOM.bottom];
    [this.across, this.down] = size;
    const [wide, high] = size.map((side) => Math.round(side * this.ratio));
    this.points.resize(wide, high, this.radius * this.ratio);
    const { reach } = this.points;
    for (const sheet of [this.rest, this.sheet]) {
      sheet.resize(this.points.width, this.points.height, this.ratio, ROOM.left - reach / this.ratio, ROOM.top - reach / this.ratio);
    }
    this.ready = true;
  }

  setTheme(theme) {
    this.theme = theme;
    const count = this.store.layers.length;
    this.colors = Array.from({ length: count }, (_, position) => layerColor(position, count, theme.dark));
    this.inks = Uint32Array.from(this.colors, (color) => pixelOf(color, 0));
    this.faint = Uint32Array.of(pixelOf(theme.faint, 0));
  }

  update(changed, moved) {
    const { store } = this;
    const themed = changed.has("theme");
    if (moved) this._place();
    if (moved || themed || changed.has("view")) {
      this.points.dirty = true;
      this._drawRest(moved || themed);
      this.points.draw(this.sheet.pixels, this.inks, store.layer, store.inView);
      this.sheet.put();
    }
    if (moved || themed || changed.has("focus") || changed.has("pinned")) this._drawMarks();
    if (moved || changed.has("hover")) this._showHover();
  }

  /** Place the points, and the frame where an axis spans more than before. */
  _place() {
    const spans = [];
    for (const axis of [this.x, this.y]) {
      axis.values = this.store.column(axis.name);
      if (axis.live || !axis.span) axis.span = spanOf(axis.name, axis.extent, axis.values, axis.span);
      spans.push(axis.span);
    }
    this.x.scale = scaleOf(this.x.span, 0, this.across);
    this.y.scale = scaleOf(this.y.span, this.down, 0);
    const { ratio } = this;
    const dots = ({ start, per }) => ({ start: start * ratio, per: per * ratio });
    this.points.place(this.x.values, this.y.values, dots(this.x.scale), dots(this.y.scale));
    const key = [this.x.name, this.y.name, ...spans, this.width, this.height].join();
    if (key === this.key) return;
    this.key = key;
    this.parts = frameParts(this);
    showFrame(this.frame, this.parts, this.width, this.height);
  }

  /** The neurons out of view lie beneath, in gray; drawn only when there are some. */
  _drawRest(again) {
    this.stale = this.stale || again;
    const some = this.store.count < this.store.n;
    if (this.rest.canvas.hidden === some) this.rest.canvas.hidden = !some;
    if (!some || !this.stale) return;
    this.points.draw(this.rest.pixels, this.faint, null, null);
    this.rest.put();
    this.stale = false;
  }

  /** Where a row's point is, in pixels; null where it has none. */
  spot(row) {
    const { points, ratio } = this;
    if (row < 0 || points.at[row] < 0) return null;
    return { x: ROOM.left + (points.x[row] + 0.5) / ratio, y: ROOM.top + (points.y[row] + 0.5) / ratio };
  }

  /** The focused and the pinned neurons as circles. */
  marked() {
    const { store, theme, radius } = this;
    const { focus, pinned } = store.state;
    const mark = (row, ink, more) => {
      const at = this.spot(row);
      const fill = at && (store.inView[row] ? this.colors[store.layer[row]] : theme.faint);
      return at && { ...at, radius: radius + more, fill, ink };
    };
    const marks = pinned.filter((row) => row !== focus).map((row) => mark(row, theme.ink, 2.5));
    return [...marks, mark(focus, theme.accent, 4)].filter((each) => each);
  }

  _drawMarks() {
    const context = fitCanvas(this.marks, this.width, this.height);
    context.clearRect(0, 0, this.width, this.height);
    for (const { x, y, radius, fill, ink } of this.marked()) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.lineWidth = 5;
      context.strokeStyle = this.theme.ground;
      context.stroke();
      context.fillStyle = fill;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = ink;
      context.stroke();
    }
  }

  _showHover() {
    const at = this.spot(this.store.hover);
    this.ring.hidden = !at;
    if (at) this.ring.style.transform = `translate(${at.x}px, ${at.y}px) translate(-50%, -50%)`;
  }

  /** What an SVG needs. */
  shown() {
    const { points, ratio, width, height, parts } = this;
    const sheets = this.store.count < this.store.n ? [this.rest, this.sheet] : [this.sheet];
    return {
      parts, width, height,
      points: sheets.map(({ canvas }) => canvas.toDataURL()),
      pointsBox: {
        x: ROOM.left - points.reach / ratio, y: ROOM.top - points.reach / ratio,
        width: points.width / ratio, height: points.height / ratio,
      },
      marks: this.marked(),
    };
  }
}
