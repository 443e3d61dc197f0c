// @ts-check
// The weight that falls on each class, greatest first, of image sets that grow and shrink.

import { whole } from "./image_sets.js";

/** Where a set changes by more images than this, it is summed up anew. */
const FEW = 12;
/** Neurons after which to look at the clock. */
const STEPS = 256;

/**
 * Sums of the weights of a neuron's images by class. They are kept sorted: as a slider moves, a
 * set gains or loses few images, and each moves one class a few places. Every sum is that of its
 * weights in the order of the ranks, whatever came before.
 */
export class ClassSums {
  /**
   * @param {{n: number, ranks: number, activation: ArrayLike<number>, top: Float64Array,
   *   label: ArrayLike<number>, classes: number}} data
   * @param {import("./image_sets.js").ImageSets} sets
   * @param {Int32Array} order Of the classes: on a tie the first comes first.
   */
  constructor(data, sets, order) {
    const { n, ranks, classes } = data;
    this.data = data;
    // Where the classes of each neuron begin, with room for all that it can have.
    this.starts = new Uint32Array(n + 1);
    for (let row = 0; row < n; row++) {
      this.starts[row + 1] = this.starts[row] + sets.distinctInAll(row);
    }
    this.count = whole(ranks, n);
    this.label = whole(classes, this.starts[n]);
    this.sum = new Float64Array(this.starts[n]);
    this.total = new Float64Array(n);
    this._size = whole(ranks, n);
    this._order = order;
    this._place = new Int32Array(classes).fill(-1);
    this._before = sets.before;
    // Weights of each image and of those of its class before it, once its neuron was asked for.
    this._upTo = new Float64Array(n * ranks);
    this._added = new Uint8Array(n);
  }

  /**
   * Give each neuron an image set of so many images.
   * @param {ArrayLike<number>} sizes
   * @param {number} deadline Time at which to stop; what is done need not be done again.
   * @returns {boolean} Whether all is done.
   */
  resize(sizes, deadline = Infinity) {
    const { starts, count, sum, total, _size: size, _added: added } = this;
    let steps = 0;
    for (let row = 0; row < size.length; row++) {
      const from = size[row];
      const to = sizes[row];
      if (from === to) continue;
      if (steps++ % STEPS === STEPS - 1 && performance.now() > deadline) return false;
      if (!added[row]) added[row] = this._addUp(row);
      if (Math.abs(to - from) > FEW) this._fill(row, to);
      else if (to > from) this._grow(row, from, to);
      else this._shrink(row, from, to);
      size[row] = to;
      const end = starts[row] + count[row];
      let all = 0;
      for (let place = starts[row]; place < end; place++) all += sum[place];
      total[row] = all;
    }
    return true;
  }

  /** Add up the weights of the images of a neuron by class. */
  _addUp(row) {
    const { ranks, activation, top } = this.data;
    const { _upTo: upTo, _before: before } = this;
    const first = row * ranks;
    const greatest = top[row];
    for (let image = first; image < first + ranks; image++) {
      const weight = activation[image] / greatest;
      upTo[image] = before[image] ? upTo[first + before[image] - 1] + weight : weight;
    }
    return 1;
  }

  /** Sum up a set anew. */
  _fill(row, to) {
    const { label, sum, count, _order: order, _place: placeOf, _upTo: upTo } = this;
    const { ranks, label: labels, classes } = this.data;
    const start = this.starts[row];
    const first = row * ranks;
    let end = start;
    for (let image = first; image < first + to; image++) {
      const c = labels[image];
      if (!(c >= 0 && c < classes)) continue;
      if (!this._before[image]) placeOf[c] = end++;
      sum[placeOf[c]] = upTo[image];
      label[placeOf[c]] = c;
    }
    for (let from = start + 1; from < end; from++) {
      const value = sum[from];
      const c = label[from];
      let place = from;
      while (place > start) {
        const above = sum[place - 1];
        if (above > value || (above === value && order[label[place - 1]] < order[c])) break;
        sum[place] = above;
        label[place] = label[--place];
      }
      sum[place] = value;
      label[place] = c;
    }
    count[row] = end - start;
  }

  /** Add images: their classes move up. */
  _grow(row, from, to) {
    const { label, sum, count, _order: order, _before: before, _upTo: upTo } = this;
    const { ranks, label: labels, classes } = this.data;
    const start = this.starts[row];
    let end = start + count[row];
    for (let image = row * ranks + from; image < row * ranks + to; image++) {
      const c = labels[image];
      if (!(c >= 0 && c < classes)) continue;
      let place = start;
      if (before[image]) while (label[place] !== c) place++;
      else place = end++;
      const value = upTo[image];
      while (place > start) {
        const above = sum[place - 1];
        if (above > value || (above === value && order[label[place - 1]] < order[c])) break;
        sum[place] = above;
        label[place] = label[--place];
      }
      sum[place] = value;
      label[place] = c;
    }
    count[row] = end - start;
  }

  /** Take the last images away: their classes move down, or out. */
  _shrink(row, from, to) {
    const { label, sum, count, _order: order, _before: before, _upTo: upTo } = this;
    const { ranks, label: labels, classes } = this.data;
    const first = row * ranks;
    const start = this.starts[row];
    let end = start + count[row];
    for (let image = first + from - 1; image >= first + to; image--) {
      const c = labels[image];
      if (!(c >= 0 && c < classes)) continue;
      let place = start;
      while (label[place] !== c) place++;
      const value = before[image] ? upTo[first + before[image] - 1] : -1;
      while (place < end - 1) {
        const below = sum[place + 1];
        if (below < value || (below === value && order[label[place + 1]] > order[c])) break;
        sum[place] = below;
        label[place] = label[++place];
      }
      if (before[image]) {
        sum[place] = value;
        label[place] = c;
      } else end--;
    }
    count[row] = end - start;
  }
}
