// @ts-check
// The state in the page: derived once a frame, handed to every view.

import { ClassTable, LIVE } from "./class_table.js";
import { keepInView, sortRows } from "./order.js";
import { Search } from "./search.js";
import { bounds, firstState, markInView } from "./state.js";
import { TagSums } from "./tags.js";
import { Tiles } from "./tiles.js";

const EVERYTHING = [
  "view", "order", "columns", "focus", "pinned", "hover", "state", "ready", "theme", "size",
];

/** An atlas in the page with one state. Views subscribe; a change reaches all in one frame. */
export class Store {
  /**
   * @param {any} data As `readPayload` gives it.
   * @param {{tiles?: boolean, frame?: (f: () => void) => void}} options For tests without a page.
   */
  constructor(data, options = {}) {
    const { meta } = data;
    this.data = data;
    this.meta = meta;
    this.n = meta.n;
    this.layer = data.layer;
    this.unit = data.unit;
    this.dead = data.dead;
    this.layers = meta.layers;
    this.columns = new Map(meta.columns.map((column) => [column.name, column]));
    this.classTable = new ClassTable({
      n: meta.n,
      ranks: meta.parameters.ranks,
      activation: data.activation,
      top: data.top,
      label: data.label,
      dead: data.dead,
      classes: meta.classes.length,
      ids: meta.classes.map((each) => each.label),
      sizes: data.sizes,
      tallies: data.tallies,
    });
    this.search = new Search(data);
    this.state = firstState(meta);
    this.hover = -1;
    this.inView = new Uint8Array(meta.n);
    this.count = 0;
    this.order = new Uint32Array(0);
    this.error = "";
    // The address of a page of its own; nothing in a notebook.
    this.page = "";
    this._columns = new Map(data.columns);
    this._columns.set("layer", Float32Array.from(data.layer));
    this._columns.set("unit", Float32Array.from(data.unit));
    this._sorted = new Map();
    this._views = new Set();
    this._changed = new Set();
    this._stateListeners = new Set();
    this._due = false;
    this._frame = options.frame ?? ((f) => requestAnimationFrame(f));
    this._found = { key: "", rows: null };
    this.tags = new TagSums(this);
    /** @type {((row: number) => Promise<any>) & {close?: () => void}} */
    this.crops = async () => ({ reason: "this atlas keeps no crops" });
    this.tiles = options.tiles === false ? null : new Tiles(data, () => this._touch("ready"));
    this._setParameters();
    this.derive(new Set(EVERYTHING));
  }

  /**
   * Change the state; all views follow in the next frame.
   * @param {Partial<ReturnType<typeof firstState>>} patch `ranges` is merged, the rest replaced.
   * @param {any} origin Who changes it; passed to state listeners.
   */
  set(patch, origin = null) {
    const { ranges, ...rest } = patch;
    Object.assign(this.state, rest);
    if (ranges) this.state.ranges = { ...this.state.ranges, ...ranges };
    const keys = Object.keys(patch);
    this._touch("state");
    if (keys.some((key) => ["threshold", "n_max", "min_activation"].includes(key))) {
      this._touch("parameters");
    }
    if (keys.includes("focus")) this._touch("focus");
    if (keys.includes("pinned")) this._touch("pinned");
    for (const listener of this._stateListeners) listener(keys, origin);
  }

  /** Show everything again; the focused and pinned neurons stay. */
  reset() {
    const { focus, pinned, ...rest } = firstState(this.meta);
    this.set(rest);
  }

  /** @param {number} row */
  togglePin(row) {
    const { pinned } = this.state;
    this.set({ pinned: pinned.includes(row) ? pinned.filter((r) => r !== row) : [...pinned, row] });
  }

  /** @param {number} row -1 for none. */
  setHover(row) {
    if (row === this.hover) return;
    this.hover = row;
    this._touch("hover");
  }

  /**
   * Call a view's `update` in each frame in which something changed.
   * @param {{update: (changed: Set<string>) => void}} view
   * @returns {() => void} Ends it.
   */
  subscribe(view) {
    this._views.add(view);
    this._update(view, new Set(EVERYTHING));
    return () => this._views.delete(view);
  }

  /** Call a function with (keys, origin) whenever the state is set. @param {Function} listener */
  onState(listener) {
    this._stateListeners.add(listener);
    return () => this._stateListeners.delete(listener);
  }

  /** Tell all views that something outside of the state changed, such as the theme. */
  notify(what) {
    this._touch(what);
  }

  _touch(what) {
    this._changed.add(what);
    if (this._due) return;
    this._due = true;
    this._frame(() => this.flush());
  }

  /** Derive what follows from the state and update the views, now. */
  flush() {
    this._due = false;
    const changed = this._changed;
    this._changed = new Set();
    this.derive(changed);
    for (const view of this._views) this._update(view, changed);
  }

  _update(view, changed) {
    try {
      view.update(changed);
    } catch (error) {
      console.error(error);
      view.fail?.(error);
    }
  }

  _setParameters() {
    const { threshold, n_max, min_activation } = this.state;
    this.classTable.setParameters(threshold, n_max, min_activation);
    for (const name of LIVE) {
      this._columns.delete(name);
      for (const direction of ["+", "-"]) this._sorted.delete(direction + name);
    }
    this._found.key = "";
  }

  /** @param {Set<string>} changed What is found to have changed is added. */
  derive(changed) {
    if (changed.has("parameters")) {
      this._setParameters();
      changed.add("columns");
    }
    if (!changed.has("state")) return;
    const { state } = this;
    const constraints = [];
    for (const [name, column] of this.columns) {
      const applied = bounds(state.ranges[name], column.extent);
      if (applied) constraints.push({ values: this.column(name), low: applied[0], high: applied[1] });
    }
    const before = this.inView.slice();
    this.count = markInView(this.inView, {
      layer: this.layer,
      layers: state.layers,
      found: this._search(),
      constraints,
    });
    if (before.some((value, row) => value !== this.inView[row])) changed.add("view");
    const sort = (state.ascending ? "+" : "-") + state.sort_by;
    if (changed.has("view") || changed.has("columns") || sort !== this._sort) {
      this._sort = sort;
      this.order = keepInView(this._ordered(state.sort_by, state.ascending), this.inView, this.count);
      changed.add("order");
    }
  }

  _search() {
    const { search } = this.state;
    if (!search.trim()) return null;
    if (this._found.key !== search) {
      this._found = { key: search, rows: this.search.find(search, this.classTable.topLabels()) };
    }
    return this._found.rows;
  }

  _ordered(name, ascending) {
    const key = (ascending ? "+" : "-") + name;
    let rows = this._sorted.get(key);
    if (!rows) {
      rows = sortRows(this.column(name), ascending);
      this._sorted.set(key, rows);
    }
    return rows;
  }

  /** All rows by a column, ascending, NaN last. @param {string} name */
  sorted(name) {
    return this._ordered(name, true);
  }

  /** The values of a column as they are now. @param {string} name @returns {Float32Array} */
  column(name) {
    let values = this._columns.get(name);
    if (!values) {
      if (!LIVE.includes(name)) throw new Error(`There is no column '${name}'.`);
      values = this.classTable.measure(name);
      this._columns.set(name, values);
    }
    return values;
  }

  /** @param {number} row */
  name(row) {
    return `${this.layers[this.layer[row]].name}/${this.unit[row]}`;
  }

  /** The row of a neuron, -1 where there is none. @param {[string, number] | null} neuron */
  rowOf(neuron) {
    if (!neuron) return -1;
    this._rows ??= new Map(Array.from(this.unit, (_, row) => [this.name(row), row]));
    return this._rows.get(`${neuron[0]}/${neuron[1]}`) ?? -1;
  }

  /** @param {number} row */
  neuron(row) {
    return row < 0 ? null : [this.layers[this.layer[row]].name, this.unit[row]];
  }

  /** One line about a neuron. @param {number} row */
  describe(row) {
    const parts = [`${this.layers[this.layer[row]].name} neuron ${this.unit[row]}`];
    if (this.dead[row]) return `${parts[0]}, dead`;
    for (const name of ["color_selectivity", "class_selectivity", "hue"]) {
      if (!this.columns.has(name)) continue;
      const value = this.column(name)[row];
      if (Number.isNaN(value)) continue;
      const text = name === "hue" ? `${value.toFixed(0)}°` : value.toFixed(2);
      parts.push(`${name.replaceAll("_", " ")} ${text}`);
    }
    return parts.join(", ");
  }

  /** The ranked activations of a neuron, relative to the first. @param {number} row */
  curve(row) {
    const { ranks } = this.meta.parameters;
    const { activation, top, tail } = this.data;
    const found = { ranks: [], weights: [] };
    if (this.dead[row]) return found;
    for (let rank = 0; rank < ranks; rank++) {
      const weight = activation[row * ranks + rank] / top[row];
      found.ranks.push(rank);
      found.weights.push(weight > 0 ? weight : 0);
    }
    this.meta.curve_ranks.forEach((rank, place) => {
      found.ranks.push(rank);
      found.weights.push(tail[row * this.meta.curve_ranks.length + place] / 255);
    });
    return found;
  }

  /** How many neurons are in view, as text. */
  live() {
    const number = (value) => value.toLocaleString("en-US");
    return `${number(this.count)} of ${number(this.n)} neuron${this.n === 1 ? "" : "s"}`;
  }

  /** Free what the page would keep. */
  close() {
    this._views.clear();
    this.tiles?.close();
    this.crops.close?.();
  }
}
