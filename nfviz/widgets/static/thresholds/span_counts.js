// @ts-check
// How many neurons have which value: the small histogram behind a slider.

import { binRows } from "../store/bins.js";

const FEW = 40;
const MOST = 60;

/**
 * The bins behind a slider; whole numbers get bins of equally many.
 * @param {{extent: [number, number], whole: boolean}} column
 * @returns {number[]} Their edges; the last may lie beyond the extent.
 */
export function spanEdges({ extent: [low, high], whole }) {
  const span = high - low;
  const width = whole ? Math.ceil(span / MOST) : span / FEW;
  const count = whole ? Math.max(Math.ceil(span / width), 1) : FEW;
  return Array.from({ length: count + 1 }, (_, bin) => low + bin * width);
}

/** Counts by bin, of all neurons and of those in view. */
export class SpanCounts {
  /** @param {{extent: [number, number], whole: boolean}} column */
  constructor(column) {
    this.edges = spanEdges(column);
    this.bins = this.edges.length - 1;
    this.binOf = new Uint8Array(0);
    this.all = new Uint32Array(this.bins);
    this.largest = 0;
    this._counts = new Uint32Array(256);
    /** Of the neurons in view; changed by `count`. */
    this.shown = this._counts.subarray(0, this.bins);
  }

  /** Sort the neurons into bins. @param {Float32Array} values */
  bin(values) {
    this.binOf = binRows(values, this.edges);
    this.all.fill(0);
    for (let row = 0; row < this.binOf.length; row++) {
      if (this.binOf[row] !== 255) this.all[this.binOf[row]]++;
    }
    this.largest = this.all.reduce((most, count) => Math.max(most, count), 0);
  }

  /** Count those in view. @param {Uint8Array} inView */
  count(inView) {
    const { binOf, _counts: counts } = this;
    counts.fill(0);
    // Unknown values are counted in a place of their own, which is cheaper than to ask.
    for (let row = 0; row < binOf.length; row++) counts[binOf[row]] += inView[row];
  }
}

/**
 * The height of a bar, from 0 to 1. Areas are what the eye compares where a few bins hold nearly
 * all neurons: heights go with the square root, and one neuron is still seen.
 * @param {number} count
 * @param {number} largest
 * @param {number} least
 */
export function barHeight(count, largest, least = 0) {
  return count ? Math.max(Math.sqrt(count / largest), least) : 0;
}
