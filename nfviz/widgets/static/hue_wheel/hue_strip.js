// @ts-check
// Two rows of bars: the hues of the neurons that are shown, and those of the data set's images.

import { fitCanvas, h, onResize } from "../shared/dom.js";
import { hueColor } from "../shared/theme.js";
import { SECTORS } from "./wheel_choice.js";

const ROW = 34; // Height of a row, its words included.
const WORDS = 12; // Of the row, above the bars.
const TICKS = 14;
const GAP = 2;
const STEP = 360 / SECTORS;

/** Shares of a whole. @param {ArrayLike<number>} counts */
function shares(counts) {
  let sum = 0;
  for (let bin = 0; bin < SECTORS; bin++) sum += counts[bin];
  return Float64Array.from({ length: SECTORS }, (_, bin) => (sum ? counts[bin] / sum : 0));
}

/** The bin with the largest share, in words. @param {Float64Array} row */
function peak(row) {
  let best = 0;
  for (let bin = 1; bin < row.length; bin++) if (row[bin] > row[best]) best = bin;
  if (!row[best]) return "none";
  return `most, ${Math.round(100 * row[best])} %, at ${best * STEP} to ${(best + 1) * STEP}°`;
}

/** The strip below the wheel. */
export class HueStrip {
  /**
   * @param {any} store
   * @param {Element} el
   */
  constructor(store, el) {
    this.canvas = h("canvas", { role: "img", "aria-label": "Hues" });
    // Words are slow to write, and seldom change.
    this.words = h("canvas", { "aria-hidden": "true" });
    this.box = h("div", { class: "nfviz-wheel-strip" }, this.canvas, this.words);
    el.append(this.box);
    const { opponent } = store.meta.parameters;
    this.inks = Array.from({ length: SECTORS }, (_, bin) => hueColor((bin + 0.5) * STEP, opponent));
    const { hues } = store.data;
    this.rows = [{ name: "neurons", row: new Float64Array(SECTORS) }];
    if (hues?.length === SECTORS) this.rows.push({ name: "images", row: shares(hues) });
    this.height = this.rows.length * (ROW + GAP) + TICKS;
    this.box.style.height = `${this.height}px`;
    this.width = 0;
    this._stop = onResize(this.box, (width) => {
      this.width = width;
      this._drawWords();
      this._drawBars();
    });
  }

  /**
   * @param {Uint32Array} bins How many neurons are shown in each bin.
   * @param {any} theme
   * @param {boolean} words Whether the words have to be written anew.
   */
  update(bins, theme, words) {
    this.rows[0].row = shares(bins);
    this.theme = theme;
    if (words) this._drawWords();
    this._drawBars();
  }

  /** Say it in words; not in each frame. */
  describe() {
    const words = this.rows.map(({ name, row }) => `hues of the ${name}: ${peak(row)}`).join("; ");
    this.canvas.setAttribute("aria-label", words);
  }

  /** Bars and words as rectangles and texts, in pixels. */
  parts() {
    const wide = this.width / SECTORS;
    const [bars, texts] = [[], []];
    this.rows.forEach(({ name, row }, number) => {
      const floor = number * (ROW + GAP) + ROW;
      const most = Math.max(...row) || 1;
      texts.push({ text: name, x: 2, y: floor - ROW + 10, anchor: "start" });
      row.forEach((share, bin) => {
        const high = ((ROW - WORDS) * share) / most;
        if (high) bars.push({ x: bin * wide, y: floor - high, width: wide, height: high, fill: this.inks[bin] });
      });
    });
    for (let hue = 0; hue <= 360; hue += 90) {
      const anchor = hue === 0 ? "start" : hue === 360 ? "end" : "middle";
      texts.push({ text: `${hue}°`, x: (hue / 360) * this.width, y: this.height - 3, anchor });
    }
    const lines = this.rows.map((_, number) => number * (ROW + GAP) + ROW + 0.5);
    return { bars, texts, lines };
  }

  _drawBars() {
    if (!this.width || !this.theme) return;
    const context = fitCanvas(this.canvas, this.width, this.height);
    context.clearRect(0, 0, this.width, this.height);
    const { bars, lines } = this.parts();
    for (const { x, y, width, height, fill } of bars) {
      context.fillStyle = fill;
      context.fillRect(x, y, width, height);
    }
    context.fillStyle = this.theme.faint;
    for (const y of lines) context.fillRect(0, y - 0.5, this.width, 1);
  }

  _drawWords() {
    if (!this.width || !this.theme) return;
    const context = fitCanvas(this.words, this.width, this.height);
    context.clearRect(0, 0, this.width, this.height);
    context.font = `11px ${this.theme.font}`;
    context.fillStyle = this.theme.soft;
    for (const { text, x, y, anchor } of this.parts().texts) {
      context.textAlign = anchor === "middle" ? "center" : anchor;
      context.fillText(text, x, y);
    }
  }

  destroy() {
    this._stop();
  }
}
