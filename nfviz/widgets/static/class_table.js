// @ts-check
// Class selectivity, measured anew for any threshold, number of images and least activation.

const SET_TOLERANCE = 1e-6;
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
   *   label: ArrayLike<number>, dead: Uint8Array, classes: number, sizes: Uint32Array,
   *   tallies: Uint8Array}} data
   */
  constructor(data) {
    this.data = data;
    this.threshold = 1;
    this.n_max = data.ranks;
    this.min_activation = 0;
    this.setSize = new Uint16Array(data.n);
    this._prefixes();
    this._shares = null;
    this._chances = new Map();
  }

  /** Count labeled images and distinct classes among the first images of each neuron. */
  _prefixes() {
    const { n, ranks, label, classes } = this.data;
    this.labeled = new Uint16Array(n * ranks);
    this.distinct = new Uint16Array(n * ranks);
    const seen = new Int32Array(classes).fill(-1);
    for (let row = 0; row < n; row++) {
      let labeled = 0;
      let distinct = 0;
      for (let place = row * ranks; place < (row + 1) * ranks; place++) {
        const c = label[place];
        if (c < classes && c >= 0) {
          labeled++;
          if (seen[c] !== row) {
            seen[c] = row;
            distinct++;
          }
        }
        this.labeled[place] = labeled;
        this.distinct[place] = distinct;
      }
    }
  }

  /**
   * Choose the image sets and the share that the classes must cover.
   * @param {number} threshold
   * @param {number} n_max
   * @param {number} min_activation
   */
  setParameters(threshold, n_max, min_activation) {
    if (this._shares && n_max === this.n_max && min_activation === this.min_activation) {
      this.threshold = threshold;
      return;
    }
    Object.assign(this, { threshold, n_max, min_activation });
    this._shares = null;
    const { n, ranks, activation, top, dead } = this.data;
    const most = Math.min(n_max, ranks);
    const least = min_activation - SET_TOLERANCE;
    for (let row = 0; row < n; row++) {
      let low = 0;
      let high = dead[row] ? 0 : most;
      // Weights fall with the rank: the set ends where they first are too small.
      while (low < high) {
        const middle = (low + high) >> 1;
        const weight = activation[row * ranks + middle] / top[row];
        if (weight > 0 && weight >= least) low = middle + 1;
        else high = middle;
      }
      this.setSize[row] = low;
    }
  }

  /** The shares of all neurons, greatest first, as flat arrays. */
  get shares() {
    if (this._shares === null) this._shares = this._measureShares();
    return this._shares;
  }

  /** Whether the shares of all neurons are at hand. */
  get settled() {
    return this._shares !== null;
  }

  _measureShares() {
    const { n, ranks } = this.data;
    const starts = new Uint32Array(n + 1);
    for (let row = 0; row < n; row++) {
      const size = this.setSize[row];
      starts[row + 1] = starts[row] + (size ? this.distinct[row * ranks + size - 1] : 0);
    }
    const label = new Uint16Array(starts[n]);
    const share = new Float64Array(starts[n]);
    const sums = new Float64Array(this.data.classes);
    for (let row = 0; row < n; row++) this._measure(row, sums, label, share, starts[row]);
    return { starts, label, share };
  }

  /**
   * Put the shares of one neuron at a place of flat arrays.
   * @param {number} row
   * @param {Float64Array} sums Zeros, one a class; zeros again when done.
   * @param {Uint16Array} label
   * @param {Float64Array} share
   * @param {number} start
   */
  _measure(row, sums, label, share, start) {
    const { ranks, activation, top, label: labels, classes } = this.data;
    const first = row * ranks;
    let total = 0;
    let end = start;
    for (let place = first; place < first + this.setSize[row]; place++) {
      const c = labels[place];
      if (!(c < classes && c >= 0)) continue;
      const weight = activation[place] / top[row];
      total += weight;
      if (sums[c] === 0) label[end++] = c;
      sums[c] += weight;
    }
    for (let place = start; place < end; place++) {
      const c = label[place];
      const value = sums[c] / total;
      sums[c] = 0;
      let to = place;
      while (to > start && (share[to - 1] < value || (share[to - 1] === value && label[to - 1] > c))) {
        share[to] = share[to - 1];
        label[to] = label[to - 1];
        to--;
      }
      share[to] = value;
      label[to] = c;
    }
  }

  /**
   * The class distribution of one neuron, greatest share first.
   * @param {number} row
   * @returns {{label: number, share: number}[]} Positions of classes.
   */
  sharesOf(row) {
    const size = this.setSize[row];
    const count = size ? this.distinct[row * this.data.ranks + size - 1] : 0;
    const label = new Uint16Array(count);
    const share = new Float64Array(count);
    this._measure(row, new Float64Array(this.data.classes), label, share, 0);
    return Array.from(label, (c, place) => ({ label: c, share: share[place] }));
  }

  /** M of equation 4 of a neuron. @param {number} row */
  classesNeeded(row) {
    const size = this.setSize[row];
    if (!size) return 0;
    const distinct = this.distinct[row * this.data.ranks + size - 1];
    if (this.threshold >= 1 || !distinct) return distinct;
    const { starts, share } = this.shares;
    const enough = this.threshold - SHARE_TOLERANCE;
    let sum = 0;
    let needed = 0;
    for (let place = starts[row]; place < starts[row + 1]; place++) {
      sum += share[place];
      needed++;
      if (sum >= enough) break;
    }
    return needed;
  }

  /**
   * Measure a column that follows the thresholds.
   * @param {string} name One of `LIVE`.
   * @returns {Float32Array} NaN for dead neurons, and as `nfviz.ClassSelectivity` says.
   */
  measure(name) {
    const { n, ranks, dead } = this.data;
    const values = new Float32Array(n);
    const facts = this._facts(name);
    for (let row = 0; row < n; row++) {
      const size = this.setSize[row];
      const images = size ? this.labeled[row * ranks + size - 1] : 0;
      values[row] = dead[row] && name !== "n_images" && name !== "n_labeled" ? NaN : facts(row, images);
    }
    return values;
  }

  /** @param {string} name @returns {(row: number, images: number) => number} */
  _facts(name) {
    switch (name) {
      case "n_images":
        return (row) => this.setSize[row];
      case "n_labeled":
        return (_, images) => images;
      case "n_classes":
        return (row, images) => (images ? this.classesNeeded(row) : NaN);
      case "class_selectivity":
        return (row, images) =>
          images < 2 ? NaN : (images - this.classesNeeded(row)) / (images - 1);
      case "class_selectivity_floor": {
        const classes = this.data.sizes.length;
        return (_, images) =>
          images < 2 ? NaN : (images - Math.min(images, classes)) / (images - 1);
      }
      case "class_selectivity_norm": {
        const fewest = this._fewest();
        const classes = this.data.sizes.length;
        return (row, images) => {
          const most = Math.min(images, classes);
          if (images < 2 || most <= fewest[images]) return NaN;
          return Math.min((most - this.classesNeeded(row)) / (most - fewest[images]), 1);
        };
      }
      case "class_selectivity_chance": {
        const expected = this.chance();
        return (_, images) =>
          images < 2 ? NaN : (images - expected[images]) / (images - 1);
      }
      case "top_label_share": {
        const { starts, share } = this.shares;
        return (row, images) => (images ? share[starts[row]] : NaN);
      }
      default:
        throw new Error(`No column '${name}' follows the thresholds.`);
    }
  }

  /** The class of the greatest share of each neuron, -1 where there is none. */
  topLabels() {
    const { starts, label } = this.shares;
    return Int32Array.from({ length: this.data.n }, (_, row) =>
      starts[row] < starts[row + 1] ? label[starts[row]] : -1,
    );
  }

  /** The fewest classes that can supply N images, by N. */
  _fewest() {
    const sizes = Array.from(this.data.sizes).sort((a, b) => b - a);
    const fewest = [];
    let sum = 0;
    let used = 0;
    for (let images = 0; images <= this.data.ranks; images++) {
      while (used < sizes.length && sum + sizes[used] < images) sum += sizes[used++];
      fewest.push(used + 1);
    }
    return fewest;
  }

  /** How many classes a neuron blind to them needs on average, by N (`expected_classes`). */
  chance() {
    const known = this._chances.get(this.threshold);
    if (known) return known;
    const found = this.threshold >= 1 ? this._exactChance() : this._drawnChance();
    if (this._chances.size > 256) this._chances.clear();
    this._chances.set(this.threshold, found);
    return found;
  }

  _exactChance() {
    const { sizes, ranks } = this.data;
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const times = new Map();
    for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1);
    const expected = new Float64Array(ranks + 1);
    for (const [size, count] of times) {
      let absent = 1;
      for (let drawn = 1; drawn <= ranks; drawn++) {
        absent *= Math.max(total - size - drawn + 1, 0) / Math.max(total - drawn + 1, 1);
        expected[drawn] += count * (1 - absent);
      }
    }
    return expected.map((value, drawn) => Math.min(value, drawn));
  }

  _drawnChance() {
    const { tallies, ranks } = this.data;
    const draws = 1000;
    const length = tallies.length / draws;
    const sums = new Float64Array(ranks + 1);
    const often = new Int32Array(length + 2);
    for (let draw = 0; draw < draws; draw++) {
      often.fill(0);
      let greatest = 0;
      for (let images = 1; images <= length; images++) {
        const tally = tallies[draw * length + images - 1];
        if (tally > 1) often[tally - 1]--;
        often[tally]++;
        if (tally > greatest) greatest = tally;
        sums[images] += fewestCounts(often, greatest, (this.threshold - SHARE_TOLERANCE) * images);
      }
    }
    return sums.map((sum) => sum / draws);
  }
}

/**
 * How many of the greatest counts reach a sum.
 * @param {Int32Array} often How often each count occurs.
 * @param {number} greatest
 * @param {number} needed
 */
function fewestCounts(often, greatest, needed) {
  let sum = 0;
  let used = 0;
  for (let count = greatest; count > 0; count--) {
    if (!often[count]) continue;
    if (sum + often[count] * count >= needed) {
      let some = Math.max(1, Math.ceil((needed - sum) / count));
      while (some > 1 && sum + (some - 1) * count >= needed) some--;
      while (sum + some * count < needed) some++;
      return used + some;
    }
    sum += often[count] * count;
    used += often[count];
  }
  return Math.max(used, 1);
}
