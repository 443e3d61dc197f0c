// @ts-check
// The tiles of a gallery for those who do not see the canvas: transparent options above it.

import { h } from "../shared/dom.js";
import { boxOf, placesIn } from "./gallery_layout.js";
import { FOCUSED, PINNED } from "./gallery_paint.js";

/** Milliseconds without a change after which options are labeled, and for which they may take. */
const IDLE = 120;
const SLICE = 4;

let galleries = 0;

/** Options of the tiles that are seen, used again and again. */
export class OptionWindow {
  /**
   * @param {any} store
   * @param {HTMLElement} list The element with the role of a list box.
   * @param {HTMLElement} space The element in which options stand.
   * @param {() => any} scene What is seen.
   * @param {() => number} activePlace That of the active tile, -1 for none.
   */
  constructor(store, list, space, scene, activePlace) {
    this.store = store;
    this.list = list;
    this.space = space;
    this.scene = scene;
    this.activePlace = activePlace;
    this.name = `nfviz-gallery-${++galleries}`;
    /** @type {any[]} */
    this.pool = [];
    this.shown = 0;
    this.timer = 0;
    this.busy = false;
  }

  /** Label the options when nothing has changed for a while. */
  later(delay = IDLE) {
    if (!this.busy) {
      this.busy = true;
      this.list.setAttribute("aria-busy", "true");
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.work(0), delay);
  }

  /** Label options from a slot on; what takes long is continued. @param {number} slot */
  work(slot) {
    const { layout, top, height } = this.scene();
    const [from, to] = placesIn(layout, top, top + height);
    const end = performance.now() + SLICE;
    for (; slot < to - from; slot++) {
      this._label(slot, from + slot);
      if (performance.now() > end) {
        this.timer = setTimeout(() => this.work(slot + 1), 0);
        return;
      }
    }
    for (let place = to - from; place < this.shown; place++) this.pool[place].el.remove();
    this.shown = to - from;
    this.point();
    this.busy = false;
    this.list.removeAttribute("aria-busy");
  }

  /** Tell which option is the active one, which is labeled at once. */
  point() {
    const { layout, top, height } = this.scene();
    const [from, to] = placesIn(layout, top, top + height);
    const active = this.activePlace();
    if (active < from || active >= to) {
      this.list.removeAttribute("aria-activedescendant");
      return;
    }
    this._label(active - from, active);
    this.list.setAttribute("aria-activedescendant", `${this.name}-${active - from}`);
  }

  _label(slot, place) {
    const { layout, order, marks } = this.scene();
    const option = this._option(slot);
    const row = order[place];
    const { x, y } = boxOf(layout, place);
    const facts = {
      "aria-label": this.store.describe(row),
      "aria-posinset": String(place + 1),
      "aria-setsize": String(layout.count),
      "aria-selected": String((marks[row] & (FOCUSED | PINNED)) !== 0),
    };
    for (const [name, value] of Object.entries(facts)) {
      if (option.facts[name] === value) continue;
      option.facts[name] = value;
      option.el.setAttribute(name, value);
    }
    const box = [x, y, layout.side];
    if (box.some((value, at) => value !== option.box[at])) {
      option.box = box;
      Object.assign(option.el.style, {
        left: `${x}px`,
        top: `${y}px`,
        width: `${layout.side}px`,
        height: `${layout.side}px`,
      });
    }
  }

  /** The option of a slot; options stand in the page in the order of slots. */
  _option(slot) {
    while (this.pool.length <= slot) {
      const el = h("div", {
        id: `${this.name}-${this.pool.length}`,
        class: "nfviz-gallery-option",
        role: "option",
      });
      this.pool.push({ el, facts: {}, box: [] });
    }
    while (this.shown <= slot) this.space.append(this.pool[this.shown++].el);
    return this.pool[slot];
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
