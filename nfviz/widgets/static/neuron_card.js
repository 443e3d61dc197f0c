// @ts-check
// The card of the focused neuron: all that is known about it.

import { CardCurve } from "./neuron_card/card_curve.js";
import { cardColumns, huesOf, placeText, pythonText, valueAlone } from "./neuron_card/card_facts.js";
import { CardNumbers } from "./neuron_card/card_numbers.js";
import { CardPictures } from "./neuron_card/card_pictures.js";
import { cardSvg } from "./neuron_card/card_svg.js";
import { CardTags } from "./neuron_card/card_tags.js";
import { h, onResize, show } from "./shared/dom.js";
import { hueColor, LEAF_FRAME, NODE_FRAME } from "./shared/theme.js";

const CURVE = 128;

/** Milliseconds of rest after which is told what takes long to know. */
const REST = 120;

/**
 * @param {any} store
 * @param {Element} el
 * @param {{height?: number}} options
 */
export function neuronCard(store, el, options) {
  const card = new NeuronCard(store, el, Number(options?.height));
  return {
    update: (changed) => card.update(changed),
    destroy: () => card.destroy(),
    svg: () => cardSvg(store, store.state.focus, card),
  };
}

class NeuronCard {
  constructor(store, el, height) {
    this.store = store;
    this.timer = 0;
    this.width = 0;
    this.known = new Map();
    this.pictures = new CardPictures(store);
    this.curve = new CardCurve();
    this.tags = [
      new CardTags("classes", LEAF_FRAME, "no labeled images"),
      new CardTags("ontology", NODE_FRAME, "no ontology is given"),
    ];
    const { main, more } = cardColumns(store);
    const { opponent } = store.meta.parameters;
    this.numbers = new CardNumbers(main, "numbers", opponent);
    this.more = new CardNumbers(more, "more numbers", opponent);
    this._build(el, height);
    this.stop = onResize(this.stacks[1], (width) => this._resize(width));
  }

  _build(el, height) {
    const { store } = this;
    this.hint = h("p", { class: "nfviz-card-hint nfviz-soft", text: "Click a neuron to see all about it here." });
    this.details = h(
      "details",
      { class: "nfviz-card-more", hidden: !this.more.rows.length, on: { toggle: () => this._fillMore() } },
      h("summary", { text: `more (${this.more.rows.length})` }),
      this.more.el,
    );
    const section = (title, ...parts) => h("section", { "aria-label": `${title} of the neuron` }, h("h3", { text: title }), ...parts);
    const stack = (...parts) => h("div", { class: "nfviz-card-stack" }, ...parts);
    this.stacks = [
      stack(this._codeRow(), section("numbers", this.numbers.el, this.details)),
      stack(this.pictures.el, section("relative activation", this.curve.el)),
      stack(...this.tags.map((tags) => tags.el)),
    ];
    this.body = h("div", {}, this._head(), h("div", { class: "nfviz-card-stacks" }, ...this.stacks));
    this.root = h("div", { class: "nfviz-card" }, this.hint, this.body);
    if (height > 0) Object.assign(this.root.style, { height: `${height}px`, overflowY: "auto" });
    el.append(this.root);
    this.body.hidden = store.state.focus < 0;
  }

  _head() {
    const button = (text, label, click) =>
      h("button", { type: "button", text, "aria-label": label, title: label, on: { click } });
    this.name = h("h2", { class: "nfviz-card-name" });
    this.place = h("p", { class: "nfviz-soft nfviz-number" });
    this.chips = [0, 1].map(() => h("span", { class: "nfviz-card-chip", role: "img", hidden: true }));
    this.previous = button("‹", "previous neuron", () => this._step(-1));
    this.next = button("›", "next neuron", () => this._step(1));
    this.at = h("span", { class: "nfviz-soft nfviz-number nfviz-card-at" });
    this.pin = h("button", {
      type: "button",
      text: "pin",
      on: { click: () => this.store.togglePin(this.store.state.focus) },
    });
    const buttons = h("div", { class: "nfviz-card-buttons" }, this.at, this.previous, this.next, this.pin);
    const title = h("div", { class: "nfviz-card-title" }, this.name, ...this.chips);
    return h("div", { class: "nfviz-card-head" }, h("div", {}, title, this.place), buttons);
  }

  _codeRow() {
    this.code = h("code", { class: "nfviz-card-code" });
    this.copied = h("span", { class: "nfviz-soft nfviz-small", "aria-live": "polite" });
    const copy = h("button", {
      type: "button",
      text: "copy",
      title: "copy the Python expression",
      on: { click: () => this._copy() },
    });
    return h("div", { class: "nfviz-card-python" }, this.code, copy, this.copied);
  }

  async _copy() {
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.copied.textContent = "copied";
    } catch {
      // The clipboard may be denied to a page; whoever reads can still press the keys.
      getSelection()?.selectAllChildren(this.code);
      this.copied.textContent = "selected; press Ctrl+C";
    }
  }

  /** @param {Set<string>} changed */
  update(changed) {
    const { focus } = this.store.state;
    const turned = changed.has("focus");
    if (turned) this._turn(focus);
    if (focus < 0) return;
    if (turned || changed.has("columns")) this._tell(focus, turned);
    if (turned || changed.has("order")) this._follow(focus);
    if (turned || changed.has("pinned")) this._pinned(focus);
    if (changed.has("ready")) this.pictures.draw();
  }

  /** Show or hide what is said of one neuron. */
  _turn(row) {
    this.body.hidden = row < 0;
    this.hint.hidden = row >= 0;
    if (row < 0) {
      clearTimeout(this.timer);
      this.pictures.clear();
      return;
    }
    const { store } = this;
    const layer = store.layers[store.layer[row]].name;
    this.name.textContent = `${layer}, unit ${store.unit[row]}${store.dead[row] ? ", dead" : ""}`;
    this.name.title = layer;
    this.code.textContent = pythonText(store, row);
    this.copied.textContent = "";
    this.known.clear();
    const hues = huesOf(store, row);
    this.chips.forEach((chip, place) => {
      chip.hidden = place >= hues.length;
      if (chip.hidden) return;
      chip.style.background = hueColor(hues[place], store.meta.parameters.opponent);
      chip.title = `hue ${hues[place].toFixed(0)}°`;
      chip.setAttribute("aria-label", chip.title);
    });
    this.pictures.show(row);
  }

  /** What follows the thresholds. */
  _tell(row, turned) {
    const { store } = this;
    const place = placeText(store, row);
    if (this.place.textContent !== place) this.place.textContent = place;
    const { leaf, nodes } = store.tags.ofNeuron(row);
    this.tags[0].show(leaf);
    if (nodes) this.tags[1].show(nodes, "no labeled images");
    else this.tags[1].show(null);
    this._drawCurve(row);
    // What takes all neurons to know must not hold up a drag.
    this.numbers.show((name) => this._value(name, row, turned));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this._settle(), REST);
  }

  _settle() {
    const { focus } = this.store.state;
    if (focus < 0) return;
    this.numbers.show((name) => this._value(name, focus, true));
    this._fillMore();
  }

  _fillMore() {
    const { focus } = this.store.state;
    if (this.details.open && focus >= 0) this.more.show((name) => this._value(name, focus, true));
  }

  /** A value; where it takes long to know, the one known last, unless it is to be exact. */
  _value(name, row, exact) {
    const { store } = this;
    const live = store.columns.get(name)?.live;
    const value = live && !exact ? valueAlone(store.classTable, name, row) : store.column(name)[row];
    if (value === null) return this.known.get(name) ?? NaN;
    if (live) this.known.set(name, value);
    return value;
  }

  _drawCurve(row) {
    if (!this.width) return;
    const { n_max, min_activation } = this.store.state;
    const set = this.store.classTable.setSize[row];
    this.curve.draw(this.store.curve(row), { width: this.width, height: CURVE, set, n_max, min_activation });
  }

  /** Where the neuron stands in the order. */
  _follow(row) {
    const { order } = this.store;
    const place = order.indexOf(row);
    const text = place < 0 ? "not in view" : `${show(place + 1)} of ${show(order.length)}`;
    if (this.at.textContent !== text) this.at.textContent = text;
    this.previous.disabled = place < 0 ? !order.length : place === 0;
    this.next.disabled = place < 0 ? !order.length : place === order.length - 1;
  }

  _step(by) {
    const { order, state } = this.store;
    const place = order.indexOf(state.focus);
    const to = place < 0 ? (by > 0 ? 0 : order.length - 1) : place + by;
    if (to >= 0 && to < order.length) this.store.set({ focus: order[to] });
  }

  _pinned(row) {
    const pinned = this.store.state.pinned.includes(row);
    this.pin.setAttribute("aria-pressed", String(pinned));
    this.pin.textContent = pinned ? "pinned" : "pin";
  }

  _resize(width) {
    if (!width) return;
    this.width = width;
    this.pictures.resize(width);
    if (this.store.state.focus >= 0) this._drawCurve(this.store.state.focus);
  }

  destroy() {
    clearTimeout(this.timer);
    this.pictures.clear();
    this.stop();
  }
}
