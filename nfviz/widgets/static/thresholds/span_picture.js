// @ts-check
// Draws the small histogram behind a slider: all neurons faint, those in view in the ramp's inks.

import { fitCanvas } from "../shared/dom.js";
import { barHeight } from "./span_counts.js";
import { ramp } from "../shared/theme.js";

const STOPS = 12;
const GHOST = 0.1;

/** The picture of a `SpanCounts` on a canvas. */
export class SpanPicture {
  /**
   * @param {string} column
   * @param {any} counts A `SpanCounts`.
   * @param {[number, number]} extent
   */
  constructor(column, counts, extent) {
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.counts = counts;
    this.extent = extent;
    this.inks = ramp(column, STOPS);
    this.width = 0;
    this.height = 0;
    this.context = null;
    this.faint = "#222";
    this.all = null;
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    [this.width, this.height] = [width, height];
    this.context = width > 0 ? fitCanvas(this.canvas, width, height) : null;
    if (!this.context) return;
    this.ink = this.context.createLinearGradient(0, 0, width, 0);
    this.inks.forEach((ink, step) => this.ink.addColorStop((step + 0.5) / STOPS, ink));
    this.all = null;
  }

  /** All neurons have other values. */
  forget() {
    this.all = null;
  }

  draw() {
    const { context, counts } = this;
    if (!context) return;
    this.all ??= this._outline(counts.all);
    context.clearRect(0, 0, this.width, this.height);
    context.fillStyle = context.strokeStyle = this.faint;
    context.globalAlpha = GHOST;
    context.fill(this.all);
    context.globalAlpha = 1;
    context.fillStyle = this.ink;
    context.fill(this._outline(counts.shown));
  }

  /** The bars as one outline. @param {Uint32Array} bars */
  _outline(bars) {
    const { counts, extent, width, height } = this;
    const path = new Path2D();
    const scale = width / (extent[1] - extent[0]);
    const gap = width / counts.bins > 4 ? 1 : 0;
    for (let bin = 0; bin < counts.bins; bin++) {
      if (!bars[bin]) continue;
      const left = (counts.edges[bin] - extent[0]) * scale;
      const right = Math.min((counts.edges[bin + 1] - extent[0]) * scale, width);
      const tall = height * barHeight(bars[bin], counts.largest, 2 / height);
      path.rect(left, height - tall, right - left - gap, tall);
    }
    return path;
  }
}
