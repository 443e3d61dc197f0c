// @ts-check
// How many neurons of each layer have which degree, and how many of these are in view.

import { binRows } from "../store/bins.js";

/** Counts by layer and bin, in one pass a frame. */
export class HistogramCounts {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
    this.layers = store.layers.length;
    this.units = new Uint32Array(this.layers);
    this.dead = new Uint32Array(this.layers);
    for (let row = 0; row < store.n; row++) {
      this.units[store.layer[row]]++;
      this.dead[store.layer[row]] += store.dead[row] ? 1 : 0;
    }
    this.known = new Uint32Array(this.layers);
    this.knownShown = new Uint32Array(this.layers);
    this.cells = new Uint32Array(store.n);
    this.setColumn(store.columns.keys().next().value);
  }

  /** Choose a column and sort the neurons into its bins. @param {string} name */
  setColumn(name) {
    this.column = this.store.columns.get(name);
    this.edges = this.column.edges;
    this.bins = this.edges.length - 1;
    // The last place is that of neurons without a known value.
    this.counts = new Uint32Array(this.layers * this.bins + 1);
    this.shown = new Uint32Array(this.layers * this.bins + 1);
    this.bin();
  }

  /** Sort the neurons into bins, by their values as they are now. */
  bin() {
    const { store, bins, cells, counts } = this;
    const values = store.column(this.column.name);
    this.binOf = binRows(values, this.edges);
    const none = this.layers * bins;
    counts.fill(0);
    for (let row = 0; row < store.n; row++) {
      const bin = this.binOf[row];
      cells[row] = bin === 255 || store.dead[row] ? none : store.layer[row] * bins + bin;
      counts[cells[row]]++;
    }
    this._sum(counts, this.known);
    this.count();
  }

  /** Count those in view. */
  count() {
    const { cells, shown } = this;
    const { inView } = this.store;
    shown.fill(0);
    for (let row = 0; row < cells.length; row++) shown[cells[row]] += inView[row];
    this._sum(shown, this.knownShown);
  }

  _sum(counts, sums) {
    for (let layer = 0; layer < this.layers; layer++) {
      let sum = 0;
      for (let bin = 0; bin < this.bins; bin++) sum += counts[layer * this.bins + bin];
      sums[layer] = sum;
    }
  }

  /** The share of a layer's known values below a bin, from 0 to 1. @param {number} layer @param {number} bin */
  below(layer, bin) {
    let sum = 0;
    for (let each = 0; each < bin; each++) sum += this.counts[layer * this.bins + each];
    return this.known[layer] ? sum / this.known[layer] : 0;
  }
}
