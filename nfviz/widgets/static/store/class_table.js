// @ts-check
// Class selectivity, measured anew for any threshold, number of images and least activation.

import { BlindClasses } from "./blind_classes.js";
import { indexByImages } from "./class_index.js";
import { ClassSums } from "./class_sums.js";
import { ImageSets, whole } from "./image_sets.js";

const SHARE_TOLERANCE = 1e-9;

/** Columns that follow the thresholds. */
export const LIVE = [
  "n_images",
  "n_labeled",
  "n_classes",
  "class_selectivity",
  "class_selectivity_floor",
  "class_selectivity_norm",
  "class_selectivity_chance",
  "top_label_share",
];

/** The classes of the ranked images of every neuron (equations 3 and 4 of the paper). */
export class ClassTable {
  /**
   * @param {{n: number, ranks: number, activation: ArrayLike<number>, top: Float64Array,
   *   label: ArrayLike<number>, dead: Uint8Array, classes: number, ids?: number[],
   *   sizes: Uint32Array, tallies: ArrayLike<number>}} data `ids` of the classes, where these are
   *   not in the order of their ids.
   */
  constructor(data) {
    this.data = data;
    this.threshold = 1;
    /** Goes up with every change of the parameters. */
    this.revision = 0;
    this._sets = new ImageSets(data);
    /** How many images each neuron's set has. */
    this.setSize = this._sets.size;
    this._order = idOrder(data.ids, data.classes);
    this._blind = new BlindClasses(data.sizes, data.tallies, data.ranks);
    /** @type {ClassSums | null} */
    this._sums = null;
    this._summed = false;
    this._ready = false;
    this._images = null;
    this._needed = null;
    this.setParameters(1, data.ranks, 0);
  }

  /**
   * Choose the image sets and the share that the classes must cover.
   * @param {number} threshold
   * @param {number} n_max
   * @param {number} min_activation
   */
  setParameters(threshold, n_max, min_activation) {
    if (this._sets.choose(n_max, min_activation)) {
      this._summed = false;
      this._images = null;
    } else if (threshold === this.threshold) return;
    this.threshold = threshold;
    this._needed = null;
    this.revision++;
  }

  /** The sums of all neurons by class, greatest first. */
  get sums() {
    this.prepare();
    return /** @type {ClassSums} */ (this._sums);
  }

  /** Whether the sums of all neurons are at hand. */
  get settled() {
    return this._summed;
  }

  /** Whether the sums have once been at hand: from then on they only grow and shrink. */
  get ready() {
    return this._ready;
  }

  /**
   * Work towards the sums of all neurons.
   * @param {number} time In milliseconds, after which to leave the rest for another time.
   * @returns {boolean} Whether they are at hand.
   */
  prepare(time = Infinity) {
    if (!this._sums) this._sums = new ClassSums(this.data, this._sets, this._order);
    if (!this._summed) this._summed = this._sums.resize(this.setSize, performance.now() + time);
    this._ready ||= this._summed;
    return this._summed;
  }

  /** N of each neuron: the labeled images of its set. */
  get images() {
    if (!this._images) this._images = this._sets.labeled();
    return this._images;
  }

  /** M of equation 4 of each neuron. */
  get needed() {
    if (!this._needed) this._needed = this.threshold < 1 ? this._sumUp() : this._sets.distinct();
    return this._needed;
  }

  _sumUp() {
    const needed = whole(this.data.ranks, this.data.n);
    const { starts, count, sum, total } = this.sums;
    const share = this.threshold - SHARE_TOLERANCE;
    for (let row = 0; row < needed.length; row++) {
      const enough = share * total[row];
      const start = starts[row];
      const end = start + count[row];
      let place = start;
      let sofar = 0;
      while (place < end) {
        sofar += sum[place++];
        if (sofar >= enough) break;
      }
      needed[row] = place - start;
    }
    return needed;
  }

  /** The sums of one neuron by class, greatest first; those of all need not be at hand. */
  _sumsOf(row) {
    const { ranks, activation, top, label, classes } = this.data;
    const sums = new Map();
    for (let image = row * ranks; image < row * ranks + this.setSize[row]; image++) {
      const c = label[image];
      if (c >= 0 && c < classes) sums.set(c, (sums.get(c) ?? 0) + activation[image] / top[row]);
    }
    const { _order: order } = this;
    const found = [...sums].sort((a, b) => b[1] - a[1] || order[a[0]] - order[b[0]]);
    return { found, total: found.reduce((all, [, sum]) => all + sum, 0) };
  }

  /**
   * The class distribution of one neuron, greatest share first.
   * @param {number} row
   * @returns {{label: number, share: number}[]} Positions of classes.
   */
  sharesOf(row) {
    const { found, total } = this._sumsOf(row);
    return found.map(([label, sum]) => ({ label, share: sum / total }));
  }

  /** M of equation 4 of a neuron. @param {number} row */
  classesNeeded(row) {
    if (this._needed) return this._needed[row];
    const { found, total } = this._sumsOf(row);
    if (this.threshold >= 1) return found.length;
    const enough = (this.threshold - SHARE_TOLERANCE) * total;
    let sofar = 0;
    const last = found.findIndex(([, sum]) => (sofar += sum) >= enough);
    return last < 0 ? found.length : last + 1;
  }

  /**
   * Measure a column that follows the thresholds.
   * @param {string} name One of `LIVE`.
   * @returns {Float32Array} NaN for dead neurons, and as `nfviz.ClassSelectivity` says.
   */
  measure(name) {
    const values = new Float32Array(this.data.n);
    if (name === "n_images") values.set(this.setSize);
    else if (name === "n_labeled") values.set(this.images);
    else if (name === "top_label_share") this._topShares(values);
    else this._index(name, values);
    return values;
  }

  _topShares(values) {
    const { starts, count, sum, total } = this.sums;
    for (let row = 0; row < values.length; row++) {
      values[row] = count[row] ? sum[starts[row]] / total[row] : NaN;
    }
  }

  _index(name, values) {
    const { images } = this;
    const { height, span } = indexByImages(name, this._blind, this.threshold);
    if (!span) {
      for (let row = 0; row < values.length; row++) values[row] = height[images[row]];
      return;
    }
    const { needed } = this;
    const most = name === "class_selectivity_norm" ? 1 : Infinity;
    for (let row = 0; row < values.length; row++) {
      const value = (height[images[row]] - needed[row]) / span[images[row]];
      values[row] = value > most ? most : value;
    }
  }

  /** The class of the greatest share of each neuron, -1 where there is none. */
  topLabels() {
    const { starts, count, label } = this.sums;
    return Int32Array.from(count, (some, row) => (some ? label[starts[row]] : -1));
  }

  /** How many classes a neuron blind to them needs on average, by N (`expected_classes`). */
  chance() {
    return this._blind.expected(this.threshold);
  }
}

/** The place of each class by its id: ties go to the smaller one. */
function idOrder(ids, classes) {
  const order = new Int32Array(classes);
  const byId = Array.from(order, (_, position) => position);
  if (ids) byId.sort((a, b) => ids[a] - ids[b]);
  byId.forEach((position, place) => (order[position] = place));
  return order;
}
