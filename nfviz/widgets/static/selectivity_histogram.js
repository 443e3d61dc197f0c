// @ts-check
// Degrees of a column in each layer (Fig. 8 and 9 of the paper), those in view inked.

import { h, onResize, words } from "./shared/dom.js";
import { HistogramCounts } from "./selectivity_histogram/histogram_counts.js";
import { edgeText, layOutBars } from "./selectivity_histogram/histogram_layout.js";
import { HistogramMarks } from "./selectivity_histogram/histogram_marks.js";
import { histogramSvg } from "./selectivity_histogram/histogram_picture.js";
import { choose, holds, rangeOfBin, release } from "./selectivity_histogram/segment_choice.js";
import { nextCell, outlines } from "./selectivity_histogram/segment_keys.js";
import { shortNames } from "./shared/short_names.js";
import { theme } from "./shared/theme.js";

const HEAD = 34;
const REST = 250;
const ABOUT = "share of live neurons; inked: in view";

/** @param {any} store @param {Element} el @param {any} options */
export function selectivityHistogram(store, el, options) {
  const view = new Histogram(store, el, options ?? {});
  return {
    update: (changed) => view.update(changed),
    destroy: () => view.destroy(),
    svg: () => view.svg(),
  };
}

class Histogram {
  constructor(store, el, options) {
    this.store = store;
    this.root = el;
    this.height = Number(options.height) > 0 ? Number(options.height) - HEAD : null;
    this.width = 0;
    this.inks = theme(el);
    /** @type {any} */
    this.choice = null;
    this.hovered = -1;
    this.timer = null;
    this.counts = new HistogramCounts(store);
    this.names = shortNames(store.layers.map((layer) => layer.name));
    const titles = store.layers.map((layer, at) => {
      const dead = this.counts.dead[at];
      return `${layer.name}: ${this.counts.units[at]} neurons${dead ? `, ${dead} of them dead` : ""}`;
    });
    this.marks = new HistogramMarks(this.names, titles);
    this._build(el);
    this.setColumn(firstColumn(store, options.column));
    this.stop = onResize(this.frame, (width) => this._resize(width));
  }

  _build(el) {
    const columns = [...this.store.columns.values()];
    this.select = h(
      "select",
      { "aria-label": "column of the histogram", on: { change: () => this.setColumn(this.select.value) } },
      ...columns.map(({ name, help }) => h("option", { value: name, text: words(name), title: help || null })),
    );
    this.readout = h("div", { class: "nfviz-readout nfviz-small nfviz-soft", "aria-hidden": "true", text: ABOUT });
    this.frame = h("div", { class: "nfviz-degrees-frame" }, this.marks.svg);
    el.append(h("div", { class: "nfviz-degrees-head" }, this.select, this.readout), this.frame);
    const { svg } = this.marks;
    const listeners = {
      click: (event) => this._choose(cellOf(event), event.shiftKey),
      keydown: (event) => this._key(event),
      pointerover: (event) => this._tell(cellOf(event)),
      pointerleave: () => this._tell(-1),
      focusin: (event) => this._focused(cellOf(event)),
      focusout: () => this._focused(-1),
    };
    for (const [type, listener] of Object.entries(listeners)) svg.addEventListener(type, listener);
  }

  /** @param {string} name */
  setColumn(name) {
    if (!this.store.columns.has(name)) return;
    this.select.value = name;
    this.counts.setColumn(name);
    const { edges, bins } = this.counts;
    this.title = words(name);
    this.degrees = Array.from({ length: bins }, (_, bin) => `${edgeText(edges[bin])} to ${edgeText(edges[bin + 1])}`);
    this.marks.setColumn(bins, name);
    this.marks.svg.setAttribute("aria-label", `degrees of ${this.title} by layer`);
    this.said = new Array(this.names.length * bins).fill("");
    this._draw(true);
    this._say();
    this._stop(this._firstCell());
  }

  _resize(width) {
    this.width = width;
    this._draw(true);
  }

  /** @param {boolean} anew Whether the layout is another one, too. */
  _draw(anew) {
    if (!this.width) return;
    const { counts, marks } = this;
    if (anew) {
      const most = counts.units.reduce((a, b) => Math.max(a, b), 1);
      this.layout = layOutBars({ width: this.width, height: this.height, names: this.names, most });
      marks.write(this.layout, this.inks, this.title, counts.edges);
    }
    marks.place(this.layout, counts);
    marks.fill(this.layout, counts);
    if (anew) marks.settle();
    const known = counts.known.some((count) => count);
    marks.nothing.textContent = known ? "" : this.names.length ? "no known values" : "no layers";
    this._mark();
  }

  /** @param {number} cell */
  _text(cell) {
    const { counts } = this;
    const layer = Math.floor(cell / counts.bins);
    const { name } = this.store.layers[layer];
    return (
      `${name}, ${this.title} ${this.degrees[cell % counts.bins]}: ` +
      `${counts.counts[cell]} of ${counts.known[layer]} neurons, ${counts.shown[cell]} in view`
    );
  }

  /** Write the names of all segments, once the counts rest: each frame has no time for it. */
  _say() {
    this.timer = null;
    this.marks.settle();
    for (let cell = 0; cell < this.said.length; cell++) {
      const text = this._text(cell);
      if (text === this.said[cell]) continue;
      this.marks.all[cell].setAttribute("aria-label", (this.said[cell] = text));
    }
  }

  _tell(cell) {
    this.hovered = cell;
    const text = cell < 0 ? ABOUT : this._text(cell);
    if (this.readout.textContent !== text) this.readout.textContent = this.readout.title = text;
  }

  _focused(cell) {
    const { cursor, all } = this.marks;
    const shown = cell >= 0 && all[cell].matches(":focus-visible");
    cursor.setAttribute("visibility", shown ? "visible" : "hidden");
    this.focused = shown ? cell : -1;
    if (cell >= 0) this._stop(cell);
    if (shown) {
      this._mark();
      this._tell(cell);
      all[cell].setAttribute("aria-label", this._text(cell));
    }
  }

  /** Make a segment the one that the tab key reaches. */
  _stop(cell) {
    const { marks } = this;
    marks.all[marks.at]?.setAttribute("tabindex", "-1");
    marks.at = cell;
    marks.all[cell]?.setAttribute("tabindex", "0");
  }

  _firstCell() {
    return Math.max(this.counts.counts.findIndex((count, cell) => count && cell < this.said.length), 0);
  }

  _key(event) {
    if (event.key === "Escape") {
      if (!holds(this.store.state, this.choice, this.counts.column.name)) return;
      event.preventDefault();
      event.stopPropagation();
      return this._apply(release(this.choice));
    }
    const cell = cellOf(event);
    if (cell < 0) return;
    const to = nextCell(this.counts, cell, event.key);
    if (to === null) return;
    event.preventDefault();
    if (to === cell) return;
    if (to >= 0) return this.marks.all[to].focus();
    this._choose(cell, event.shiftKey);
  }

  _choose(cell, add) {
    if (cell < 0 || !this.counts.counts[cell]) return;
    const { column, bins, binOf } = this.counts;
    const layer = Math.floor(cell / bins);
    const range = rangeOfBin(column, cell % bins, this.store.column(column.name), binOf);
    this._apply(choose(this.store.state, this.choice, { column: column.name, layer, range, add }));
  }

  _apply({ choice, patch }) {
    this.choice = choice;
    this.store.set(patch);
  }

  /** Frame what is chosen and what has the focus. */
  _mark() {
    const { marks, counts, choice } = this;
    const held = holds(this.store.state, choice, counts.column.name);
    const parts = held && this.layout ? outlines(marks, counts, choice) : [];
    const path = parts.map(([x, y, width, height]) => `M${x} ${y}h${width}v${height}h${-width}z`).join("");
    if (path !== this.path) marks.chosen.setAttribute("d", (this.path = path));
    if (this.focused >= 0) {
      const box = Object.entries(marks.box(this.focused));
      for (const [name, value] of box) marks.cursor.setAttribute(name, String(value));
    }
  }

  /** @param {Set<string>} changed */
  update(changed) {
    if (changed.has("theme")) {
      this.inks = theme(this.root);
      this._draw(true);
    }
    const anew = changed.has("columns") && this.counts.column.live;
    if (anew) this.counts.bin();
    else if (changed.has("view")) this.counts.count();
    else if (changed.has("state")) return this._mark();
    else return;
    if (anew) this._draw(false);
    else if (this.layout) {
      this.marks.fill(this.layout, this.counts);
      this._mark();
    }
    if (this.hovered >= 0) this._tell(this.hovered);
    this.timer ??= setTimeout(() => this._say(), REST);
  }

  destroy() {
    clearTimeout(this.timer);
    this.stop();
  }

  /** The histogram as a picture of its own. */
  svg() {
    return histogramSvg(this.marks.svg, this.inks);
  }
}

/** The cell of a segment that an event is about, -1 for none. */
function cellOf(event) {
  const segment = event.target.closest?.("[data-cell]");
  return segment ? Number(segment.getAttribute("data-cell")) : -1;
}

/** @param {any} store @param {any} named By the options. */
function firstColumn(store, named) {
  if (store.columns.has(named)) return named;
  return store.columns.has("color_selectivity") ? "color_selectivity" : store.columns.keys().next().value;
}
