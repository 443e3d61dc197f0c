// @ts-check
// The images that a neuron is judged by: how many, of how many classes.

const TOLERANCE = 1e-6;

/** The image set of every neuron: its first images, as far as they are active enough. */
export class ImageSets {
  /**
   * @param {{n: number, ranks: number, activation: ArrayLike<number>, top: Float64Array,
   *   label: ArrayLike<number>, dead: Uint8Array, classes: number}} data
   */
  constructor(data) {
    const { n, ranks } = data;
    this.data = data;
    /** How many images each set has. */
    this.size = whole(ranks, n);
    /**
     * The image of the same class before each, (n, ranks): counted from 1 within a neuron, 0 where
     * an image is the first of its class, or has none.
     */
    this.before = whole(ranks, n * ranks);
    // Labeled images, and distinct classes, among the first images of each neuron.
    this._labeled = whole(ranks, n * ranks);
    this._distinct = whole(ranks, n * ranks);
    this._countUp();
    // The sizes if sets could have any number of images.
    this._reach = whole(ranks, n);
    this._chosen = { n_max: -1, min_activation: NaN };
  }

  /** Go through the images of each neuron once, and count. */
  _countUp() {
    const { n, ranks, label, classes } = this.data;
    const { before, _labeled: labeledUpTo, _distinct: distinctUpTo } = this;
    const last = new Int32Array(classes).fill(-1);
    for (let row = 0; row < n; row++) {
      const first = row * ranks;
      let labeled = 0;
      let distinct = 0;
      for (let image = first; image < first + ranks; image++) {
        const c = label[image];
        if (c >= 0 && c < classes) {
          labeled++;
          if (last[c] >= first) before[image] = last[c] - first + 1;
          else distinct++;
          last[c] = image;
        }
        labeledUpTo[image] = labeled;
        distinctUpTo[image] = distinct;
      }
    }
  }

  /**
   * Choose the sets.
   * @param {number} n_max The most images of a set.
   * @param {number} min_activation The least relative activation of its images.
   * @returns {boolean} Whether the sets may be others now.
   */
  choose(n_max, min_activation) {
    const { size, _reach: reach, _chosen: chosen } = this;
    if (n_max === chosen.n_max && min_activation === chosen.min_activation) return false;
    if (min_activation !== chosen.min_activation) this._measureReach(min_activation - TOLERANCE);
    const most = Math.min(n_max, this.data.ranks);
    for (let row = 0; row < size.length; row++) size[row] = reach[row] < most ? reach[row] : most;
    this._chosen = { n_max, min_activation };
    return true;
  }

  /** Weights fall with the rank: find where they first are too small. @param {number} least */
  _measureReach(least) {
    const { n, ranks, activation, top, dead } = this.data;
    const { _reach: reach } = this;
    const enough = (image, greatest) => {
      const weight = activation[image] / greatest;
      return weight > 0 && weight >= least;
    };
    for (let row = 0; row < n; row++) {
      if (dead[row]) continue;
      const first = row * ranks;
      let low = 0;
      let high = ranks;
      // Mostly it is where it was.
      const before = reach[row];
      if (before < ranks && enough(first + before, top[row])) low = before + 1;
      else {
        high = before;
        if (before && enough(first + before - 1, top[row])) low = before;
      }
      while (low < high) {
        const middle = (low + high) >> 1;
        if (enough(first + middle, top[row])) low = middle + 1;
        else high = middle;
      }
      reach[row] = low;
    }
  }

  /** The labeled images of each set. @returns {Uint8Array | Uint16Array | Uint32Array} */
  labeled() {
    return this._upTo(this._labeled);
  }

  /** The distinct classes of each set. @returns {Uint8Array | Uint16Array | Uint32Array} */
  distinct() {
    return this._upTo(this._distinct);
  }

  _upTo(counts) {
    const { ranks } = this.data;
    const { size } = this;
    const found = whole(ranks, size.length);
    for (let row = 0; row < found.length; row++) {
      if (size[row]) found[row] = counts[row * ranks + size[row] - 1];
    }
    return found;
  }

  /** The distinct classes of all images of a neuron. @param {number} row */
  distinctInAll(row) {
    const { ranks } = this.data;
    return ranks ? this._distinct[(row + 1) * ranks - 1] : 0;
  }
}

/**
 * Zeros for whole numbers up to `most`, in few bytes.
 * @param {number} most
 * @param {number} length
 */
export function whole(most, length) {
  if (most < 2 ** 8) return new Uint8Array(length);
  return most < 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}
