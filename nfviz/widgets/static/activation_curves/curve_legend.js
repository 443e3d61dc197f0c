// @ts-check
// Which curve is whose: name, area, size of the image set, and the value at a rank.

import { h, s, write } from "../shared/dom.js";

/** A table with a line per curve. */
export class CurveLegend {
  /** @param {(row: number) => void} pick Called with the neuron whose name is clicked. */
  constructor(pick) {
    const head = (text, title) => h("th", { scope: "col", text, title });
    this.at = head("", "relative activation at this rank");
    this.head = h("tr", {}, head("neuron", ""), head("AUC", "area under the curve, in percent of the largest one in the network"),
      head("N", "images in the neuron's set"), this.at);
    this.body = h("tbody", {});
    this.hint = h("p", { class: "nfviz-curves-hint nfviz-soft" });
    this.table = h("table", { class: "nfviz-curves-table nfviz-number" }, h("thead", {}, this.head), this.body);
    this.el = h("div", { class: "nfviz-curves-legend", tabindex: "0", role: "region", "aria-label": "curves" }, this.table, this.hint);
    this.lines = [];
    this.pick = pick;
  }

  _line() {
    const stroke = s("path", { d: "M1 5H21", fill: "none" });
    const swatch = s("svg", { width: 22, height: 10, "aria-hidden": "true" }, stroke);
    const layer = h("span", { class: "nfviz-curves-layer" });
    const unit = h("span", {});
    const name = h("button", { type: "button", class: "nfviz-curves-name" }, layer, unit);
    const title = h("span", { class: "nfviz-curves-layer" });
    const [auc, count, value] = [0, 0, 0].map(() => h("td", {}));
    const cell = h("th", { scope: "row" }, h("div", { class: "nfviz-curves-whose" }, swatch, name, title));
    const el = h("tr", {}, cell, auc, count, value);
    const line = { el, cell, stroke, name, layer, unit, title, auc, count, value, row: -1, said: {} };
    name.addEventListener("click", () => this.pick(line.row));
    return line;
  }

  /**
   * @param {{row: number, name: string, layer?: string, ink: string, width: number, dash: string, auc: string,
   *   count: string, value: string}[]} curves `row` is -1 for what is no neuron.
   * @param {number} rank -1 for none.
   * @param {string} hint
   */
  show(curves, rank, hint) {
    while (this.lines.length < curves.length) this.lines.push(this._line());
    if (this.body.childElementCount !== curves.length) {
      this.body.replaceChildren(...this.lines.slice(0, curves.length).map((line) => line.el));
    }
    curves.forEach((curve, place) => this._say(this.lines[place], curve));
    write(this.at, rank < 0 ? "at rank" : `at ${(rank + 1).toLocaleString("en-US")}`);
    write(this.hint, hint);
    this.hint.hidden = !hint;
    this.table.hidden = !curves.length;
  }

  _say(line, curve) {
    line.row = curve.row;
    const neuron = curve.row >= 0;
    line.name.hidden = !neuron;
    line.title.hidden = neuron;
    if (line.said.name !== curve.name) {
      line.said.name = line.name.title = line.title.title = curve.name;
      // Where there is no room for all of it, the unit is still told.
      line.layer.textContent = curve.layer;
      line.unit.textContent = curve.name.slice(curve.name.lastIndexOf("/"));
      line.title.textContent = curve.name;
    }
    // What has no area and no set has room for its name.
    line.cell.colSpan = neuron ? 1 : 3;
    line.auc.hidden = line.count.hidden = !neuron;
    write(line.auc, curve.auc);
    write(line.count, curve.count);
    write(line.value, curve.value);
    for (const [name, value] of [["stroke", curve.ink], ["stroke-width", String(curve.width)], ["stroke-dasharray", curve.dash]]) {
      if (line.said[name] !== value) line.stroke.setAttribute(name, (line.said[name] = value));
    }
  }
}
