// @ts-check
// What is shown beside a tile: the feature in large, its numbers, and the crops behind it.

import { columnOf, columnText, mainColumns } from "../shared/column_text.js";
import { cropBoxes, drawCrops } from "../shared/crop_sheet.js";
import { fitCanvas, h, words } from "../shared/dom.js";
import { drawFeature } from "../shared/feature_picture.js";
import { placeBeside } from "./gallery_layout.js";

const SIDE = 112;
const WIDTH = 296;
const CROPS = { width: 280, height: 110, most: 10 };
const LINES = 7;

/** Milliseconds of rest after which the box opens, and after which crops are asked for. */
const REST = 120;

/** A box beside the tile at which the pointer or the keyboard is. */
export class GalleryPopover {
  /** @param {any} store @param {Element} host */
  constructor(store, host) {
    this.store = store;
    this.row = -1;
    this.open = false;
    this.told = "";
    this.full = null;
    this.timers = [0, 0, 0];
    this.feature = h("canvas", { class: "nfviz-pop-feature", "aria-hidden": "true" });
    this.name = h("div", { class: "nfviz-pop-name" });
    this.lines = Array.from({ length: LINES }, () => {
      const [term, value] = [h("span", { class: "nfviz-pop-term nfviz-soft" }), h("span", { class: "nfviz-number" })];
      return { el: h("div", { class: "nfviz-pop-line" }, term, value), term, value };
    });
    this.crops = h("canvas", { class: "nfviz-pop-crops", "aria-hidden": "true", hidden: true });
    this.reason = h("div", { class: "nfviz-pop-reason nfviz-soft nfviz-small", hidden: true });
    const facts = h("div", { class: "nfviz-pop-facts" }, this.name, ...this.lines.map((line) => line.el));
    const head = h("div", { class: "nfviz-pop-head" }, this.feature, facts);
    this.el = h("div", { class: "nfviz-pop", role: "tooltip", popover: "manual" }, head, this.crops, this.reason);
    this.el.hidden = true;
    this.expects = store.meta.crops !== "none";
    host.append(this.el);
  }

  /**
   * Show a neuron beside its tile: at once where another one was shown, else after a rest.
   * @param {number} row
   * @param {() => any} rectOf Gives where the tile is in the page.
   */
  show(row, rectOf) {
    if (row === this.row) return;
    this.row = row;
    this.rectOf = rectOf;
    this._stop();
    if (this.open) this._fill();
    else this.timers[0] = setTimeout(() => this._fill(), REST);
    this.timers[1] = setTimeout(() => this._ask(), this.open ? REST : REST + 10);
  }

  hide() {
    if (this.row < 0) return;
    this._stop();
    this.row = -1;
    if (!this.open) return;
    this.open = false;
    this._raise(false);
  }

  /** Tell the values as they are now, once these rest. */
  refresh() {
    if (!this.open) return;
    clearTimeout(this.timers[2]);
    this.timers[2] = setTimeout(() => this._write(), REST);
  }

  _stop() {
    for (const timer of this.timers) clearTimeout(timer);
  }

  _fill() {
    this.full = null;
    this._write();
    this._draw();
    this.reason.hidden = true;
    this.crops.hidden = !this.expects;
    if (this.expects) fitCanvas(this.crops, CROPS.width, CROPS.height).clearRect(0, 0, CROPS.width, CROPS.height);
    this.open = true;
    this._raise(true);
    this._place();
  }

  /** Into the uppermost layer of the page, where nothing cuts it off. */
  _raise(up) {
    const { el } = this;
    el.hidden = !up;
    if (!el.showPopover || !el.isConnected || el.matches(":popover-open") === up) return;
    if (up) el.showPopover();
    else el.hidePopover();
  }

  _draw() {
    drawFeature(fitCanvas(this.feature, SIDE, SIDE), this.store, this.row, SIDE, this.full);
  }

  _place() {
    const page = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const box = { width: Math.min(WIDTH, page.width - 8), height: this.el.offsetHeight };
    const { x, y } = placeBeside(this.rectOf(), box, page);
    this.el.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  _write() {
    const { store, row } = this;
    this.name.textContent = store.name(row) + (store.dead[row] ? " (dead)" : "");
    const lines = store.dead[row] ? [] : this._facts(row);
    this.lines.forEach(({ el, term, value }, place) => {
      el.hidden = place >= lines.length;
      if (el.hidden) return;
      [term.textContent, value.textContent] = lines[place];
      el.className = `nfviz-pop-line ${lines[place][2] ?? ""}`;
    });
  }

  /** @returns {string[][]} Term, value and class. */
  _facts(row) {
    const { store } = this;
    const sorted = store.state.sort_by;
    const names = mainColumns(store).slice(0, LINES - 1);
    if (!names.includes(sorted) && store.columns.has(sorted)) names.splice(-1, 1, sorted);
    const facts = names.map((name) => {
      const column = columnOf(store, name);
      return [words(name), columnText(column, store.column(name)[row])];
    });
    const [first] = store.classTable.sharesOf(row);
    if (!first) return facts;
    return [...facts, [store.meta.classes[first.label].name, first.share.toFixed(2), "nfviz-pop-class"]];
  }

  async _ask() {
    const { row } = this;
    const answer = await this.store.crops(row).catch(() => ({ reason: "the crops could not be read" }));
    // Another tile may have been hovered meanwhile.
    if (row !== this.row || !this.open) return;
    this.expects = Boolean(answer.count);
    this.full = answer.feature ?? null;
    if (this.full) this._draw();
    this.crops.hidden = !answer.count;
    const reason = answer.reason ?? "";
    // What holds for all neurons is said once, not beside each.
    this.reason.hidden = !reason || reason === this.told;
    this.told = reason || this.told;
    this.reason.textContent = reason;
    if (answer.count) this._lay(answer);
    this._place();
  }

  _lay(answer) {
    const count = Math.min(answer.count, CROPS.most);
    const ratio = answer.width / answer.height;
    const { boxes, height } = cropBoxes({ ...CROPS, count, ratio, most: 92 });
    const context = fitCanvas(this.crops, CROPS.width, Math.max(height, 1));
    context.clearRect(0, 0, CROPS.width, height);
    drawCrops(context, answer, boxes);
  }

  destroy() {
    this._stop();
    this.row = -1;
    this.el.remove();
  }
}
