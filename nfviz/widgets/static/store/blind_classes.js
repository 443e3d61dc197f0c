// @ts-check
// How many classes neurons need that are blind to them (`nfviz.selectivity.class_bounds`).

// By which a share may miss the threshold.
const TOLERANCE = 1e-9;
const DRAWS = 1000;

/** What a data set lets a neuron with N images have. */
export class BlindClasses {
  /** @param {Uint32Array} sizes Images per class. @param {ArrayLike<number>} tallies @param {number} ranks */
  constructor(sizes, tallies, ranks) {
    this.sizes = sizes;
    this.tallies = tallies;
    this.ranks = ranks;
    this._known = { threshold: NaN, expected: new Float64Array(0) };
    this._fewer = null;
    this._fewest = null;
  }

  /** The expected number of classes by N, as `expected_classes`. @param {number} threshold */
  expected(threshold) {
    if (this._known.threshold !== threshold) {
      const expected = threshold >= 1 ? this._exact() : this._drawn(threshold);
      this._known = { threshold, expected };
    }
    return this._known.expected;
  }

  /** The fewest classes that can supply N images, by N. */
  fewest() {
    if (this._fewest) return this._fewest;
    const sizes = Uint32Array.from(this.sizes).sort().reverse();
    const fewest = new Uint32Array(this.ranks + 1);
    let sum = 0;
    let used = 0;
    for (let images = 0; images <= this.ranks; images++) {
      while (used < sizes.length && sum + sizes[used] < images) sum += sizes[used++];
      fewest[images] = used + 1;
    }
    this._fewest = fewest;
    return fewest;
  }

  _exact() {
    const { sizes, ranks } = this;
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

  _drawn(threshold) {
    if (!this._fewer) this._fewer = this._countFewer();
    const { ranks, _fewer: fewer } = this;
    const expected = new Float64Array(ranks + 1);
    for (let images = 1; images <= ranks; images++) {
      const needed = Math.max(Math.ceil((threshold - TOLERANCE) * images), 1);
      expected[images] = (DRAWS + fewer[images * (ranks + 1) + needed]) / DRAWS;
    }
    return expected;
  }

  /**
   * Count, over all draws, the classes that do not reach a sum with those before them, the
   * greatest first: one more is needed. Once counted, any threshold is a look into this table.
   * @returns {Uint32Array} (N + 1, sum + 1)
   */
  _countFewer() {
    const { tallies, ranks } = this;
    const length = tallies.length / DRAWS;
    const width = ranks + 1;
    const fewer = new Uint32Array(width * width);
    const atLeast = new Int32Array(length + 2);
    const sums = new Int32Array(length + 1);
    for (let draw = 0; draw < DRAWS; draw++) {
      atLeast.fill(0);
      let classes = 0;
      for (let images = 1; images <= length; images++) {
        // Its class moves up behind those that have as many images: from there sums grow by one.
        const tally = tallies[draw * length + images - 1];
        const place = atLeast[tally]++;
        if (tally === 1) sums[classes++] = images - 1;
        for (let each = place; each < classes; each++) sums[each]++;
        for (let each = 0; each < classes; each++) fewer[images * width + sums[each]]++;
      }
    }
    for (let images = 1; images <= ranks; images++) {
      // From how many end at a sum to how many end below it.
      let below = 0;
      for (let sum = 0; sum <= ranks; sum++) {
        const here = fewer[images * width + sum];
        fewer[images * width + sum] = below;
        below += here;
      }
    }
    return fewer;
  }
}
