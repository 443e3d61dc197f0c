// @ts-check
// A neuron's feature, enlarged beside the pointer; above everything, so that nothing clips it.

import { fitCanvas, h } from "./dom.js";

const SIDE = 96;
const AWAY = 14; // From the pointer, in pixels.

/** What shows the neuron under the pointer. It is for the eyes: views say the same in words. */
export class NeuronPopover {
  /**
   * @param {any} store
   * @param {Element} el Where it stands in the page.
   */
  constructor(store, el) {
    this.store = store;
    this.canvas = h("canvas");
    this.layer = h("span", { class: "nfviz-popover-layer" });
    this.unit = h("span");
    this.name = h("div", { class: "nfviz-popover-name" }, this.layer, this.unit);
    this.facts = h("div", { class: "nfviz-popover-facts" });
    this.box = h(
      "div",
      { class: "nfviz-popover", popover: "manual", "aria-hidden": "true", hidden: true },
      this.canvas,
      h("div", { class: "nfviz-popover-text" }, this.name, this.facts),
    );
    this.row = -1;
    el.append(this.box);
  }

  /**
   * Show a neuron.
   * @param {number} row
   * @param {string[]} facts Lines below its name.
   * @param {number} x In the window, in pixels.
   * @param {number} y
   */
  show(row, facts, x, y) {
    const text = facts.join("\n");
    if (row !== this.row || text !== this.facts.textContent) this._fill(row, text);
    const { clientWidth, clientHeight } = document.documentElement;
    const left = x + AWAY + this.width <= clientWidth ? x + AWAY : x - AWAY - this.width;
    const above = y + AWAY + this.height <= clientHeight ? y + AWAY : y - AWAY - this.height;
    this.box.style.left = `${Math.max(2, left)}px`;
    this.box.style.top = `${Math.max(2, above)}px`;
  }

  _fill(row, text) {
    this.box.hidden = false;
    if (this.row < 0) this.box.showPopover?.();
    this.row = row;
    this.layer.textContent = this.store.layers[this.store.layer[row]].name;
    this.unit.textContent = `/${this.store.unit[row]}`;
    this.facts.textContent = text;
    const context = fitCanvas(this.canvas, SIDE, SIDE);
    context.clearRect(0, 0, SIDE, SIDE);
    context.imageSmoothingQuality = "high";
    this.store.tiles.draw(context, row, 0, 0, SIDE);
    [this.width, this.height] = [this.box.offsetWidth, this.box.offsetHeight];
  }

  /** Show nothing. */
  hide() {
    if (this.row < 0) return;
    this.row = -1;
    this.box.hidePopover?.();
    this.box.hidden = true;
  }
}
