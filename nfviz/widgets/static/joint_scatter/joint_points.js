// @ts-check
// Tens of thousands of points as pixels, and which of them is near.

const CELL = 16; // Of the grid in which points are looked up, in pixels.
const EMPTY = 0.06; // Of a pixel that a disk covers less than that, nothing is drawn,
const FULL = 0.94; // and of one that it covers more than that, all is.
const FINE = 8;

/**
 * A disk as pixels.
 * @param {number} radius In dots.
 * @returns {{reach: number, full: number[][], part: number[][]}} Pixels, as [across, down] from the
 *   middle one; those at the rim are followed by how much of them is covered. `reach`: the farthest.
 */
export function diskStamp(radius) {
  const reach = Math.ceil(radius - 0.5);
  const [full, part] = [[], []];
  for (let down = -reach; down <= reach; down++) {
    for (let across = -reach; across <= reach; across++) {
      let inside = 0;
      for (let a = 0.5; a < FINE; a++) {
        for (let b = 0.5; b < FINE; b++) {
          inside += Number(Math.hypot(across - 0.5 + a / FINE, down - 0.5 + b / FINE) <= radius);
        }
      }
      const share = inside / FINE ** 2;
      if (share > FULL) full.push([across, down]);
      else if (share > EMPTY) part.push([across, down, share]);
    }
  }
  return { reach, full, part };
}

/** A number without a common divisor with `n`, about 0.62 of it: steps of it visit all, well mixed. */
export function strideOf(n) {
  const divisor = (a, b) => (b ? divisor(b, a % b) : a);
  let stride = Math.max(1, Math.round(n * 0.618));
  while (divisor(stride, n) !== 1) stride++;
  return stride % n || 1;
}

/** Points in a plot. */
export class Points {
  /** @param {number} n */
  constructor(n) {
    this.n = n;
    /** Dots from the plot's corner; `at` is the pixel, -1 where a value is unknown. */
    this.x = new Int32Array(n);
    this.y = new Int32Array(n);
    this.at = new Int32Array(n).fill(-1);
    this.items = new Uint32Array(n);
    this.stride = strideOf(Math.max(n, 1));
    this.dirty = true;
  }

  /**
   * @param {number} width Of the plot, in dots.
   * @param {number} height
   * @param {number} radius Of a point, in dots.
   */
  resize(width, height, radius) {
    const { reach, full, part } = diskStamp(radius);
    this.reach = reach;
    // A margin around the plot, so that no point has to be cut.
    this.width = width + 2 * reach;
    this.height = height + 2 * reach;
    const offset = ([across, down]) => down * this.width + across;
    this.full = Int32Array.from(full, offset);
    this.part = Int32Array.from(part, offset);
    this.alphas = Uint8Array.from(part, ([, , share]) => Math.round(255 * share));
  }

  /**
   * Place the points.
   * @param {Float32Array} across
   * @param {Float32Array} up
   * @param {{start: number, per: number}} scaleX From values to dots.
   * @param {{start: number, per: number}} scaleY
   */
  place(across, up, scaleX, scaleY) {
    const { x, y, at, width, height, reach, n } = this;
    const [right, bottom] = [width - 2 * reach - 1, height - 2 * reach - 1];
    for (let row = 0; row < n; row++) {
      let column = scaleX.start + across[row] * scaleX.per;
      let line = scaleY.start + up[row] * scaleY.per;
      // A comparison with NaN is false.
      if (!(column > -1e6 && column < 1e6 && line > -1e6 && line < 1e6)) {
        at[row] = -1;
        continue;
      }
      column = column < 0 ? 0 : column > right ? right : (column + 0.5) | 0;
      line = line < 0 ? 0 : line > bottom ? bottom : (line + 0.5) | 0;
      x[row] = column;
      y[row] = line;
      at[row] = (line + reach) * width + column + reach;
    }
    this.dirty = true;
  }

  /**
   * Draw points.
   * @param {Uint32Array} pixels Of the plot and its margin.
   * @param {Uint32Array} inks By group, without alpha.
   * @param {Uint16Array | null} groups By row; all are of the first group where it is null.
   * @param {Uint8Array | null} inView By row; all are drawn where it is null.
   */
  draw(pixels, inks, groups, inView) {
    const { at, full, part, alphas, n, stride } = this;
    pixels.fill(0);
    const [fulls, parts] = [full.length, part.length];
    // In well-mixed order, so that no layer covers all others.
    for (let k = 0, row = 0; k < n; k++, row += stride) {
      if (row >= n) row -= n;
      const middle = at[row];
      if (middle < 0 || (inView !== null && inView[row] === 0)) continue;
      const ink = inks[groups === null ? 0 : groups[row]];
      const solid = (ink | 0xff000000) >>> 0;
      for (let j = 0; j < fulls; j++) pixels[middle + full[j]] = solid;
      for (let j = 0; j < parts; j++) {
        const pixel = middle + part[j];
        if (pixels[pixel] === 0) pixels[pixel] = (ink | (alphas[j] << 24)) >>> 0;
      }
    }
  }

  /** Sort the points in view into the cells of a grid. */
  _index(inView, cell) {
    const { x, y, at, n, items } = this;
    this.columns = Math.ceil(this.width / cell) + 1;
    const cells = this.columns * (Math.ceil(this.height / cell) + 1);
    const starts = new Uint32Array(cells + 1);
    const cellOf = (row) => Math.floor(y[row] / cell) * this.columns + Math.floor(x[row] / cell);
    for (let row = 0; row < n; row++) if (at[row] >= 0 && inView[row]) starts[cellOf(row) + 1]++;
    for (let number = 0; number < cells; number++) starts[number + 1] += starts[number];
    const next = starts.slice();
    for (let row = 0; row < n; row++) if (at[row] >= 0 && inView[row]) items[next[cellOf(row)]++] = row;
    this.starts = starts;
    this.dirty = false;
  }

  /**
   * The point in view nearest to a place; -1 where none is near.
   * @param {number} x In dots.
   * @param {number} y
   * @param {number} reach How far it may be.
   * @param {Uint8Array} inView After a change of it, `dirty` has to be set.
   * @param {number} ratio Dots per pixel.
   */
  nearest(x, y, reach, inView, ratio) {
    const cell = CELL * ratio;
    if (this.dirty) this._index(inView, cell);
    let [best, least] = [-1, reach * reach];
    const cells = (from, count) => [Math.max(0, Math.floor((from - reach) / cell)), Math.min(count, Math.floor((from + reach) / cell) + 1)];
    const [left, right] = cells(x, this.columns);
    const [above, below] = cells(y, (this.starts.length - 1) / this.columns);
    for (let line = above; line < below; line++) {
      for (let k = this.starts[line * this.columns + left]; k < this.starts[line * this.columns + right]; k++) {
        const row = this.items[k];
        const apart = (this.x[row] - x) ** 2 + (this.y[row] - y) ** 2;
        if (apart < least) [best, least] = [row, apart];
      }
    }
    return best;
  }
}
