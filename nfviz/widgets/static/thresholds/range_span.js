// @ts-check
// The range of a column: two ends on one track, the values' histogram behind them.

import { h, onResize, words } from "../shared/dom.js";
import { medianOf } from "../shared/median.js";
import { EndDrag, THUMB } from "./slider_drag.js";
import { numberIn, placeOf, settled, valueText, withEnd } from "./slider_math.js";
import { SpanCounts } from "./span_counts.js";
import { SpanPicture } from "./span_picture.js";

const ENDS = ["from", "to"];
const PAUSE = 150;

/** Where a value of a track stands, for `left`. @param {number} place From 0 to 1. */
export function trackPlace(place) {
  return `calc(${THUMB / 2}px + ${place} * (100% - ${THUMB}px))`;
}

/** A double-ended slider. */
export class RangeSpan {
  /**
   * @param {any} store
   * @param {any} column Of the payload.
   * @param {string} id For what is described elsewhere in the page.
   * @param {(() => void) | null} onRemove Where it can be removed.
   */
  constructor(store, column, id, onRemove) {
    this.store = store;
    this.column = column;
    this.counts = new SpanCounts(column);
    this.picture = new SpanPicture(column.name, this.counts, column.extent);
    this.visible = true;
    this.stale = true;
    this.known = [NaN, NaN];
    this.timer = null;
    this._build(id, onRemove);
    this.drag = new EndDrag(this.track, this.inputs, column.extent, () => this.range);
    this.stop = onResize(this.plot, (width, height) => {
      this.picture.resize(width, height);
      if (!this.stale) this.picture.draw();
    });
    this._bin();
    if (this.chance) this.timer = setTimeout(() => this._markChance());
  }

  /** @returns {[number, number]} */
  get range() {
    return this.store.state.ranges[this.column.name];
  }

  _build(id, onRemove) {
    const { name, extent, step, help } = this.column;
    const title = words(name);
    const described = help ? `${id}-help` : null;
    this.inputs = ENDS.map((end, at) =>
      h("input", {
        type: "range", min: extent[0], max: extent[1], step, class: `nfviz-end nfviz-end-${end}`,
        "aria-label": `${name} ${end}`, "aria-describedby": described,
        on: { input: () => this._moved(at), change: () => this.sync(true) },
      }),
    );
    this.band = h("div", { class: "nfviz-band" });
    this.chance = this.column.chance ? h("span", { class: "nfviz-chance", role: "img", hidden: true }) : null;
    this.plot = h("div", { class: "nfviz-plot" }, this.picture.canvas);
    const over = [this.band, this.chance, ...this.inputs, this._notch()];
    this.track = h("div", { class: "nfviz-track" }, this.plot, ...over);
    this.el = h(
      "div",
      { class: "nfviz-range", role: "group", "aria-label": title },
      this._head(title, onRemove),
      this.track,
      help ? h("span", { id: described, hidden: true, text: help }) : null,
    );
  }

  /** The name of the column and its ends as numbers to type over. */
  _head(title, onRemove) {
    const { extent, step, help } = this.column;
    const wide = Math.max(...[...extent, extent[1] - step].map((end) => valueText(end, step).length));
    this.fields = ["least", "greatest"].map((end, at) =>
      h("input", {
        type: "text", inputmode: "decimal", class: "nfviz-field nfviz-number",
        style: { width: `calc(${Math.max(wide, 3)}ch + 8px)` }, "aria-label": `${end} ${title}`, autocomplete: "off",
        on: { focus: () => this._open(at), change: () => this._typed(at), blur: () => this.sync(true) },
      }),
    );
    return h(
      "div",
      { class: "nfviz-range-head" },
      h("span", { class: "nfviz-range-name", text: title, title: help ? `${title}: ${help}` : title }),
      this.fields[0],
      h("span", { "aria-hidden": "true", text: "–" }),
      this.fields[1],
      onRemove && h("button", {
        type: "button", class: "nfviz-remove", text: "×", title: "remove",
        "aria-label": `remove ${title}`, on: { click: onRemove },
      }),
    );
  }

  /** The paper's threshold, which a click sets. */
  _notch() {
    const { threshold, extent, step, name } = this.column;
    if (threshold === null || threshold === undefined) return null;
    const text = valueText(threshold, Math.min(step, 0.01));
    return h("button", {
      type: "button", class: "nfviz-notch", title: `${text}, the paper's`,
      "aria-label": `${words(name)} from ${text} on, as in the paper`,
      style: { left: trackPlace(placeOf(threshold, extent)) },
      on: { click: () => this._set([threshold, Math.max(this.range[1], threshold)]) },
    });
  }

  _set(range) {
    const [low, high] = this.range;
    if (range[0] !== low || range[1] !== high) this.store.set({ ranges: { [this.column.name]: range } });
  }

  _moved(end) {
    const { extent, step } = this.column;
    const input = this.inputs[end];
    const next = withEnd(this.range, end, settled(Number(input.value), extent, step));
    this._set(next);
    if (Number(input.value) !== next[end]) input.value = String(next[end]);
  }

  /** All digits, to be typed over. */
  _open(end) {
    this.fields[end].value = String(this.range[end]);
    this.fields[end].select();
  }

  _typed(end) {
    const value = numberIn(this.fields[end].value);
    const { extent } = this.column;
    if (value === value) this._set(withEnd(this.range, end, Math.min(Math.max(value, extent[0]), extent[1])));
    this.sync(true);
  }

  /** Show the range as it is. @param {boolean} anew Whatever was shown. */
  sync(anew = false) {
    const { range, known } = this;
    if (!anew && range[0] === known[0] && range[1] === known[1]) return;
    const { extent, step } = this.column;
    for (const end of [0, 1]) {
      const { [end]: field } = this.fields;
      const typing = field.getRootNode().activeElement === field && !anew;
      const text = valueText(range[end], step);
      if (!typing && field.value !== text) field.value = text;
      // The thumb in hand stays where the hand has it.
      if (this.drag.end !== end) this.inputs[end].value = String(range[end]);
      known[end] = range[end];
    }
    const [low, high] = range.map((value) => placeOf(value, extent));
    this.band.style.left = trackPlace(low);
    this.band.style.right = trackPlace(1 - high);
    this.el.classList.toggle("nfviz-narrowed", range[0] > extent[0] || range[1] < extent[1]);
  }

  _bin() {
    const values = this.store.column(this.column.name);
    if (values === this.values) return;
    this.values = values;
    this.counts.bin(values);
    this.picture.forget();
  }

  /** Draw the median of the chance level once the thresholds rest: it takes time to find. */
  _markChance() {
    const { chance, extent, step } = this.column;
    if (!this.store.columns.has(chance)) return;
    const value = medianOf(this.store.column(chance));
    this.chance.hidden = Number.isNaN(value);
    if (this.chance.hidden) return;
    const text = `by chance ${valueText(value, Math.min(step, 0.01))}`;
    this.chance.style.left = trackPlace(placeOf(value, extent));
    this.chance.title = text;
    this.chance.setAttribute("aria-label", text);
  }

  /** @param {Set<string>} changed @param {{ink: string, dark: boolean}} inks */
  update(changed, inks) {
    if (changed.has("theme")) this.picture.faint = inks.ink;
    if (changed.has("state")) this.sync();
    if (changed.has("columns") && this.column.live) {
      this.unbinned = true;
      if (this.chance) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this._markChance(), PAUSE);
      }
    } else if (!changed.has("view") && !changed.has("theme")) return;
    this.stale = true;
    if (this.visible) this.redraw();
  }

  /** Count and draw what has changed since. */
  redraw() {
    if (!this.stale) return;
    if (this.unbinned) this._bin();
    this.unbinned = this.stale = false;
    this.counts.count(this.store.inView);
    this.picture.draw();
  }

  /** Whether it has the focus or a pointer. */
  get busy() {
    return this.drag.end >= 0 || this.el.contains(this.el.getRootNode().activeElement);
  }

  /** What a picture of it needs. */
  facts() {
    const { range, counts, column } = this;
    return {
      name: column.name,
      label: words(column.name),
      low: valueText(range[0], column.step),
      high: valueText(range[1], column.step),
      places: range.map((value) => placeOf(value, column.extent)),
      extent: column.extent,
      edges: counts.edges,
      all: counts.all,
      shown: counts.shown,
      largest: counts.largest,
    };
  }

  destroy() {
    clearTimeout(this.timer);
    this.drag.stop();
    this.stop();
    this.el.remove();
  }
}
