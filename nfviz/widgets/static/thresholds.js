// @ts-check
// The controls: what is in view, layers, ranges of columns, and the parameters of the indices.

import { AddressBox } from "./thresholds/address_box.js";
import { h, words } from "./shared/dom.js";
import { LayerChips } from "./thresholds/layer_chips.js";
import { ParameterSlider, parametersOf } from "./thresholds/parameter_slider.js";
import { RangeSpan } from "./thresholds/range_span.js";
import { SearchField } from "./thresholds/search_field.js";
import { theme } from "./shared/theme.js";
import { drawThresholds } from "./thresholds/thresholds_svg.js";

let panels = 0;

/** @param {any} store @param {Element} el @param {any} options */
export function thresholds(store, el, options) {
  const view = new Panel(store, el, options ?? {});
  return {
    update: (changed) => view.update(changed),
    destroy: () => view.destroy(),
    svg: () => view.svg(),
  };
}

class Panel {
  constructor(store, el, options) {
    this.store = store;
    this.root = el;
    // Two copies of this code may be in one page.
    this.id = `nfviz-${Math.random().toString(36).slice(2, 8)}-${panels++}`;
    this.inks = theme(el);
    /** @type {Map<string, any>} */
    this.spans = new Map();
    this.first = firstColumns(store, options.columns);
    /** Columns that people have added. */
    this.added = new Set();
    this.box = new AddressBox(store);
    this.search = new SearchField(store, this.id);
    this.chips = new LayerChips(store);
    this.parameters = parametersOf(store.meta).map(
      (parameter) => new ParameterSlider(store, parameter, `${this.id}-${parameter.name}`),
    );
    this.observer = new IntersectionObserver((entries) => this._seen(entries), { rootMargin: "80px" });
    this._build(el, options.height);
    this._choose();
  }

  _build(el, height) {
    this.more = h("select", {
      class: "nfviz-more", "aria-label": "add a column",
      on: { change: () => this._add(this.more.value) },
    });
    this.ranges = h("div", { class: "nfviz-ranges" });
    const live = this.store.columns.has("class_selectivity");
    const hint = live
      ? "These re-evaluate the class selectivity of every neuron, live."
      : "These choose the images that stand for each neuron; no labeled images are given.";
    el.append(
      this.box.el,
      this.search.el,
      this.chips.el,
      h("div", { class: "nfviz-parameters", role: "group", "aria-label": "parameters" },
        h("div", { class: "nfviz-hint nfviz-small nfviz-soft", text: hint }),
        ...this.parameters.map((slider) => slider.el)),
      this.ranges,
      h("div", { class: "nfviz-add" }, this.more),
    );
    if (height) {
      Object.assign(el.style, { maxHeight: `${height}px`, overflowY: "auto" });
    }
  }

  /** Show the sliders of the first columns, of those added and of those that are narrowed. */
  _choose() {
    const { ranges } = this.store.state;
    let any = false;
    for (const [name, { extent }] of this.store.columns) {
      const [low, high] = ranges[name];
      const narrowed = low > extent[0] || high < extent[1];
      any ||= narrowed;
      if (narrowed && !this.spans.has(name)) this._show(name);
    }
    for (const name of [...this.first, ...this.added]) if (!this.spans.has(name)) this._show(name);
    // Sliders that came by themselves stay while anything is narrowed: nothing jumps in a drag.
    if (any) return;
    for (const [name, span] of this.spans) {
      if (!this.first.includes(name) && !this.added.has(name) && !span.busy) this._hide(name);
    }
  }

  _show(name) {
    const removable = !this.first.includes(name);
    const remove = removable ? () => this._remove(name) : null;
    const id = `${this.id}-${[...this.store.columns.keys()].indexOf(name)}`;
    const span = new RangeSpan(this.store, this.store.columns.get(name), id, remove);
    this.spans.set(name, span);
    this.ranges.append(span.el);
    this.observer.observe(span.track);
    span.update(new Set(["state", "view", "theme"]), this.inks);
    this._list();
  }

  _hide(name) {
    const span = this.spans.get(name);
    this.observer.unobserve(span.track);
    span.destroy();
    this.spans.delete(name);
    this._list();
  }

  _add(name) {
    if (!this.store.columns.has(name)) return;
    this.added.add(name);
    if (!this.spans.has(name)) this._show(name);
    const { el, inputs } = this.spans.get(name);
    el.scrollIntoView({ block: "nearest" });
    inputs[0].focus({ preventScroll: true });
  }

  _remove(name) {
    this.added.delete(name);
    this._hide(name);
    this.more.focus({ preventScroll: true });
    const { extent } = this.store.columns.get(name);
    this.store.set({ ranges: { [name]: [...extent] } });
  }

  /** The columns that can still be added. */
  _list() {
    const left = [...this.store.columns.keys()].filter((name) => !this.spans.has(name));
    this.more.replaceChildren(
      h("option", { value: "", text: "add a column…" }),
      ...left.map((name) => h("option", { value: name, text: words(name), title: this.store.columns.get(name).help })),
    );
    this.more.hidden = !left.length;
  }

  _seen(entries) {
    for (const entry of entries) {
      for (const span of this.spans.values()) {
        if (span.track !== entry.target) continue;
        span.visible = entry.isIntersecting;
        if (span.visible) span.redraw();
      }
    }
  }

  /** @param {Set<string>} changed */
  update(changed) {
    if (changed.has("theme")) this.inks = theme(this.root);
    if (changed.has("state")) {
      this.box.update();
      this.search.update(changed);
      for (const slider of this.parameters) slider.sync();
      this._choose();
    }
    this.chips.update(changed);
    for (const span of this.spans.values()) span.update(changed, this.inks);
  }

  destroy() {
    this.observer.disconnect();
    this.box.destroy();
    for (const span of this.spans.values()) span.destroy();
  }

  /** What is shown as a picture. */
  svg() {
    const { store } = this;
    for (const span of this.spans.values()) span.redraw();
    return drawThresholds({
      count: store.live(),
      search: store.state.search,
      layers: this.chips.facts(),
      ranges: [...this.spans.values()].map((span) => span.facts()),
      parameters: this.parameters.map((slider) => slider.facts()),
    }, this.inks);
  }
}

/** What people look for first, in this order; then come the others. */
const FIRST = ["color_selectivity", "class_selectivity", "chroma_selectivity", "sharpness"];

/** @param {any} store @param {any} named By the options. @returns {string[]} */
function firstColumns(store, named) {
  if (Array.isArray(named)) return named.filter((name) => store.columns.has(name));
  const names = [...store.columns.values()].filter((each) => each.slider).map((each) => each.name);
  return [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))];
}
