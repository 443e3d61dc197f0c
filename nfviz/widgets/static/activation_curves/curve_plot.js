// @ts-check
// The picture of activation curves: axes, band, lines, the rule by which images enter a set.

import { bandPath, linePath, rankScale, setPath, weightAt } from "./curve_scale.js";
import { s } from "../shared/dom.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [30, 12, 8, 32];
const SMALL = 11;

/** Elements of a picture, with inks in their attributes, so that it can be saved as it is. */
export class CurvePlot {
  /** @param {number} most How many ranks there are. */
  constructor(most) {
    this.most = most;
    this.log = false;
    const path = (facts) => s("path", { fill: "none", ...facts });
    this.axes = path({ "stroke-width": 1 });
    this.texts = s("g", { "font-size": SMALL });
    this.band = path({ stroke: "none", "fill-opacity": 0.16 });
    this.median = path({ "stroke-width": 1.2, "stroke-dasharray": "4 3" });
    this.set = path({ stroke: "none", "fill-opacity": 0.2 });
    this.rules = path({ "stroke-width": 1.2, "stroke-dasharray": "1.5 2.5" });
    this.least = s("text", { "font-size": SMALL, "text-anchor": "end" });
    this.limit = s("text", { "font-size": SMALL });
    this.lines = s("g", { fill: "none", "stroke-linejoin": "round" });
    this.cursor = path({ "stroke-width": 1 });
    this.dots = s("g", {});
    this.el = s("svg", { "aria-hidden": "true", class: "nfviz-curves-svg" },
      this.band, this.median, this.set, this.rules, this.least, this.limit, this.axes, this.texts, this.lines, this.cursor, this.dots);
  }

  /** @param {number} width @param {number} height @param {any} inks */
  resize(width, height, inks) {
    Object.assign(this, { width, height, inks });
    this.scale = rankScale(this.most, LEFT + 4, Math.max(width - RIGHT, LEFT + 20), this.log);
    const [top, bottom] = [TOP, Math.max(height - BOTTOM, TOP + 20)];
    this.y = (weight) => bottom - (bottom - top) * Math.min(weight, 1);
    this.bottom = bottom;
    this.el.setAttribute("width", String(width));
    this.el.setAttribute("height", String(height));
    const set = (el, facts) => Object.entries(facts).forEach(([name, value]) => el.setAttribute(name, value));
    set(this.axes, { stroke: inks.ink });
    set(this.band, { fill: inks.soft });
    set(this.median, { stroke: inks.soft });
    set(this.rules, { stroke: inks.soft });
    set(this.cursor, { stroke: inks.soft });
    for (const text of [this.least, this.limit]) set(text, { fill: inks.soft });
    set(this.texts, { fill: inks.ink });
    this._drawAxes();
  }

  _drawAxes() {
    const { scale, y, bottom, width } = this;
    const right = Math.max(width - RIGHT, LEFT + 20);
    let path = `M${LEFT} ${TOP}V${bottom}H${right}`;
    const texts = [];
    const text = (x, down, words, anchor) => texts.push(s("text", { x, y: down, "text-anchor": anchor, text: words }));
    for (const weight of [0, 0.5, 1]) {
      path += `M${LEFT} ${y(weight)}h-3`;
      text(LEFT - 5, y(weight) + 4, String(weight), "end");
    }
    const ticks = scale.ticks();
    for (const rank of ticks) {
      const x = scale.x(rank - 1).toFixed(1);
      path += `M${x} ${bottom}v3`;
      text(x, bottom + 14, rank.toLocaleString("en-US"), rank === this.most ? "end" : "middle");
    }
    text((LEFT + right) / 2, bottom + 28, "rank", "middle");
    this.axes.setAttribute("d", path);
    this.texts.replaceChildren(...texts);
  }

  /** The dotted lines that the sliders move. @param {{min_activation: number, n_max: number}} rule */
  drawRules({ min_activation, n_max }) {
    const { scale, y, bottom, width } = this;
    const right = Math.max(width - RIGHT, LEFT + 20);
    let path = "";
    this.least.textContent = min_activation > 0 ? String(Number(min_activation.toFixed(3))) : "";
    if (min_activation > 0) {
      path += `M${LEFT} ${y(min_activation).toFixed(1)}H${right}`;
      this.least.setAttribute("x", String(right));
      this.least.setAttribute("y", (y(min_activation) - 3).toFixed(1));
    }
    // Behind the last image of a set.
    const x = scale.x(n_max - 0.5);
    const shown = n_max < this.most;
    this.limit.textContent = shown ? `N ${n_max}` : "";
    if (shown) {
      path += `M${x.toFixed(1)} ${TOP}V${bottom}`;
      const flips = x > right - 50;
      this.limit.setAttribute("x", (x + (flips ? -4 : 4)).toFixed(1));
      this.limit.setAttribute("y", String(TOP + 8));
      this.limit.setAttribute("text-anchor", flips ? "end" : "start");
    }
    this.rules.setAttribute("d", path);
  }

  /** @param {{ranks: number[], low: Float32Array, median: Float32Array, high: Float32Array}} quartiles */
  drawBand({ ranks, low, median, high }) {
    this.band.setAttribute("d", bandPath(ranks, low, high, this.scale.x, this.y));
    this.median.setAttribute("d", linePath(ranks, median, this.scale.x, this.y));
  }

  /** @param {{curve: any, ink: string, width: number, dash: string}[]} curves The last one on top. */
  drawLines(curves) {
    while (this.lines.childElementCount > curves.length) this.lines.lastChild.remove();
    while (this.lines.childElementCount < curves.length) this.lines.append(s("path", {}));
    curves.forEach(({ curve, ink, width, dash }, place) => {
      const line = this.lines.children[place];
      line.setAttribute("d", this._path(curve));
      line.setAttribute("stroke", ink);
      line.setAttribute("stroke-width", String(width));
      line.setAttribute("stroke-dasharray", dash);
    });
  }

  /** A curve's path at this scale is made once. */
  _path(curve) {
    if (curve.scale !== this.scale || curve.y !== this.y) {
      curve.path = linePath(curve.ranks, curve.weights, this.scale.x, this.y);
      Object.assign(curve, { scale: this.scale, y: this.y });
    }
    return curve.path;
  }

  /** The image set of a neuron. @param {any} curve null for none. @param {number} count @param {string} ink */
  drawSet(curve, count, ink) {
    this.set.setAttribute("d", curve ? setPath(curve, count, this.scale.x, this.y) : "");
    this.set.setAttribute("fill", ink);
  }

  /** Mark a rank on all curves. @param {number} rank -1 for none. @param {{curve: any, ink: string}[]} curves */
  drawCursor(rank, curves) {
    const x = rank < 0 ? 0 : this.scale.x(rank);
    this.cursor.setAttribute("d", rank < 0 ? "" : `M${x.toFixed(1)} ${TOP}V${this.bottom}`);
    const dots = [];
    for (const { curve, ink } of rank < 0 ? [] : curves) {
      const weight = weightAt(curve, rank);
      if (weight === weight) dots.push(s("circle", { cx: x.toFixed(1), cy: this.y(weight).toFixed(1), r: 3, fill: ink }));
    }
    this.dots.replaceChildren(...dots);
  }
}
