// @ts-check
// The layers as toggles, each with a bar of its neurons in view.

import { h } from "../shared/dom.js";
import { shortNames, withoutMiddle } from "../shared/short_names.js";

const LONGEST = 22; // Letters of a name that a chip shows.
const TITLE = "click: a layer on or off; double-click or shift-click: this layer alone";

/** The position of the layer that an event is about, -1 for none. */
function positionOf(event) {
  const chip = event.target.closest(".nfviz-chip");
  return chip ? Number(chip.dataset.layer) : -1;
}

/**
 * Count the neurons in view by layer.
 * @param {Uint16Array} layer
 * @param {Uint8Array} inView
 * @param {Uint32Array} counts Filled in.
 */
function countByLayer(layer, inView, counts) {
  counts.fill(0);
  for (let row = 0; row < layer.length; row++) counts[layer[row]] += inView[row];
}

/** Toggles in depth order. */
export class LayerChips {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
    this.counts = new Uint32Array(store.layers.length);
    this.totals = new Uint32Array(store.layers.length);
    for (let row = 0; row < store.n; row++) this.totals[store.layer[row]]++;
    this.shown = new Float64Array(store.layers.length).fill(-1);
    this.at = 0;
    this._build();
  }

  _build() {
    const { layers } = this.store;
    const short = shortNames(layers.map((layer) => layer.name));
    this.bars = layers.map(() => h("span", { class: "nfviz-chip-bar" }));
    this.numbers = layers.map((_, position) => this._number(position));
    this.chips = layers.map((layer, position) =>
      h(
        "button",
        {
          type: "button", class: "nfviz-chip", "aria-pressed": "true", "aria-label": layer.name,
          tabindex: position ? -1 : 0, "data-layer": position,
        },
        h("span", { class: "nfviz-chip-name", text: withoutMiddle(short[position], LONGEST) }),
        this.numbers[position],
        this.bars[position],
      ),
    );
    const listeners = {
      click: (event) => this._clicked(event),
      dblclick: (event) => this._only(positionOf(event)),
      keydown: (event) => this._key(event),
      pointerover: (event) => this._tell(positionOf(event)),
      focusin: (event) => this._focused(positionOf(event)),
    };
    this.el = h("div", { class: "nfviz-layers" }, this._head(),
      h("div", { class: "nfviz-chips", role: "toolbar", "aria-label": "layers", on: listeners }, ...this.chips));
  }

  _head() {
    const all = (on) => () => this._set(new Uint8Array(this.chips.length).fill(on));
    const plain = (text, label, on) =>
      h("button", { type: "button", class: "nfviz-plain", text, "aria-label": label, on: { click: all(on) } });
    return h(
      "div",
      { class: "nfviz-layers-head" },
      h("span", { class: "nfviz-title", text: "layers", title: TITLE }),
      plain("all", "all layers", 1),
      plain("none", "no layers", 0),
    );
  }

  /** A count with room for its largest number, so that no chip changes its width. */
  _number(position) {
    const width = `${String(this.totals[position]).length}ch`;
    return h("span", { class: "nfviz-chip-count nfviz-number", "aria-hidden": "true", style: { minWidth: width } });
  }

  _set(layers) {
    this.store.set({ layers });
  }

  _clicked(event) {
    const position = positionOf(event);
    if (position < 0) return;
    if (event.shiftKey) return this._only(position);
    const layers = this.store.state.layers.slice();
    layers[position] ^= 1;
    this._set(layers);
  }

  /** Show one layer alone; all of them if it is already. */
  _only(position) {
    if (position < 0) return;
    const { layers } = this.store.state;
    const alone = layers.every((on, at) => Boolean(on) === (at === position));
    this._set(Uint8Array.from(layers, (_, at) => Number(alone || at === position)));
  }

  _focused(position) {
    if (position < 0) return;
    this.chips[this.at].tabIndex = -1;
    this.chips[position].tabIndex = 0;
    this.at = position;
    this._tell(position);
  }

  _key(event) {
    const last = this.chips.length - 1;
    const to = {
      ArrowRight: Math.min(this.at + 1, last), ArrowDown: Math.min(this.at + 1, last),
      ArrowLeft: Math.max(this.at - 1, 0), ArrowUp: Math.max(this.at - 1, 0), Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.chips[to].focus();
  }

  /** Titles are written when they are about to be read. */
  _tell(position) {
    if (position < 0) return;
    const { name } = this.store.layers[position];
    this.chips[position].title = `${name}: ${this.counts[position]} of ${this.totals[position]} neurons in view`;
  }

  /** @param {Set<string>} changed */
  update(changed) {
    const { layers } = this.store.state;
    if (changed.has("state")) {
      this.chips.forEach((chip, position) => {
        const pressed = layers[position] ? "true" : "false";
        if (chip.getAttribute("aria-pressed") !== pressed) chip.setAttribute("aria-pressed", pressed);
      });
    }
    if (!changed.has("view")) return;
    countByLayer(this.store.layer, this.store.inView, this.counts);
    for (let position = 0; position < this.chips.length; position++) {
      if (this.shown[position] === this.counts[position]) continue;
      this.shown[position] = this.counts[position];
      this.bars[position].style.transform = `scaleX(${this.counts[position] / (this.totals[position] || 1)})`;
      this.numbers[position].textContent = String(this.counts[position]);
    }
  }

  /** What a picture of it needs. */
  facts() {
    return this.store.layers.map(({ name }, position) => ({
      name,
      on: Boolean(this.store.state.layers[position]),
      share: this.counts[position] / (this.totals[position] || 1),
    }));
  }
}
