// @ts-check
// The quartiles of the relative activations of many neurons, at some ranks.

const BINS = 1000; // Of the relative activation: finer than a pixel.
const INNER = 26;
const OUTER = 14;

/** @param {number} count @param {number} most */
function spread(count, most) {
  const places = new Set();
  for (let step = 0; step < count; step++) places.add(Math.round((step * (most - 1)) / Math.max(count - 1, 1)));
  return [...places].filter((place) => place >= 0);
}

/** Ranks that draw a curve well: dense at first. @param {number} count @param {number} most */
function denseAtFirst(count, most) {
  const ranks = new Set();
  for (let step = 0; step < count; step++) ranks.add(Math.round(most ** (step / Math.max(count - 1, 1))) - 1);
  return [...ranks].filter((rank) => rank >= 0 && rank < most);
}

export class WeightBand {
  /**
   * @param {{meta: any, activation: ArrayLike<number>, top: Float64Array, tail: Uint8Array,
   *   dead: Uint8Array}} data
   */
  constructor(data) {
    const { n, curve_ranks: later, parameters } = data.meta;
    this.data = data;
    this.n = n;
    this._inner = denseAtFirst(INNER, parameters.ranks);
    this._outer = spread(Math.min(OUTER, later.length), later.length);
    /** Ranks at which there are quartiles. */
    this.ranks = [...this._inner, ...this._outer.map((place) => later[place])];
    /** @type {Uint16Array | null} (rank, neuron) */
    this._bins = null;
    this._rows = new Uint32Array(n);
    this._counts = new Uint32Array(BINS + 1);
  }

  _measure() {
    const { meta, activation, top, tail } = this.data;
    const { ranks } = meta.parameters;
    const samples = meta.curve_ranks.length;
    const bins = new Uint16Array(this.ranks.length * this.n);
    const inner = this._inner.length;
    for (let row = 0; row < this.n; row++) {
      for (let place = 0; place < inner; place++) {
        const weight = activation[row * ranks + this._inner[place]] / top[row];
        bins[place * this.n + row] = weight > 0 ? Math.round(Math.min(weight, 1) * BINS) : 0;
      }
      for (let place = 0; place < this._outer.length; place++) {
        const weight = tail[row * samples + this._outer[place]] / 255;
        bins[(inner + place) * this.n + row] = Math.round(weight * BINS);
      }
    }
    return bins;
  }

  /**
   * Quartiles of the live neurons in view, by linear interpolation between them.
   * @param {Uint8Array} inView
   * @returns {{ranks: number[], low: Float32Array, median: Float32Array, high: Float32Array, count: number}}
   */
  quartiles(inView) {
    this._bins ??= this._measure();
    const { dead } = this.data;
    let count = 0;
    for (let row = 0; row < this.n; row++) if (inView[row] && !dead[row]) this._rows[count++] = row;
    const [low, median, high] = [0, 0, 0].map(() => new Float32Array(this.ranks.length));
    for (let place = 0; place < this.ranks.length && count; place++) {
      this._count(place, count);
      [low[place], median[place], high[place]] = [0.25, 0.5, 0.75].map((share) => this._quantile(share, count));
    }
    return { ranks: count ? this.ranks : [], low, median, high, count };
  }

  _count(place, count) {
    const { _counts: counts, _rows: rows, n } = this;
    const bins = /** @type {Uint16Array} */ (this._bins);
    const first = place * n;
    counts.fill(0);
    for (let at = 0; at < count; at++) counts[bins[first + rows[at]]]++;
  }

  _quantile(share, count) {
    const at = share * (count - 1);
    const before = Math.floor(at);
    let bin = 0;
    let sum = this._counts[0];
    while (sum <= before) sum += this._counts[++bin];
    let next = bin;
    if (at > before) while (sum <= before + 1) sum += this._counts[++next];
    return (bin + (next - bin) * (at - before)) / BINS;
  }
}
