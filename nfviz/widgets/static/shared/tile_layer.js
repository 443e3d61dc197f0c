// @ts-check
// Many small neuron features on one canvas, as pixels: one write to the canvas instead of one a feature.

const MEMORY = 24e6; // Of shrunk features, in bytes.
const FEWEST = 2048; // Shrunk features kept in any case.
const MOST_SHRUNK = 4;
const BATCH = 8; // Features along each side of the canvas on which they are shrunk.

/** Whether the browser lets pages read what they drew; some protect their users from that. */
function readable(context) {
  context.fillStyle = "rgb(200, 100, 50)";
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return Math.abs(red - 200) + Math.abs(green - 100) + Math.abs(blue - 50) < 12;
}

/** Features at one size, shrunk once and kept, and the canvas on which they are put. */
export class TileLayer {
  /**
   * @param {any} tiles `store.tiles`.
   * @param {number} n Rows.
   * @param {HTMLCanvasElement} canvas
   */
  constructor(tiles, n, canvas) {
    this.tiles = tiles;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.slotOf = new Int32Array(n).fill(-1);
    this.used = 0;
    this.side = 0;
    /** The pixel that sets features apart. */
    this.edge = 0;
    this.missing = new Int32Array(n);
  }

  /**
   * @param {number} width In dots of the screen, as all that follows.
   * @param {number} height
   * @param {number} side Of a feature.
   */
  resize(width, height, side) {
    if (width !== this.canvas.width || height !== this.canvas.height || !this.image) {
      [this.canvas.width, this.canvas.height] = [width, height];
      this.image = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    if (side === this.side) return;
    this.side = side;
    // Drawn at a whole multiple and averaged, because canvases shrink coarsely.
    this.times = Math.min(MOST_SHRUNK, Math.ceil(this.tiles.facts.side / side));
    this.most = Math.min(this.slotOf.length, Math.max(FEWEST, Math.floor(MEMORY / (4 * side * side))));
    this.shrunk = new Uint32Array(0);
    this.forget();
    const scratch = document.createElement("canvas");
    scratch.width = scratch.height = BATCH * side * this.times;
    this.scratch = scratch.getContext("2d", { willReadFrequently: true });
    this.reads = readable(this.scratch);
  }

  /** Start with nothing shrunk. */
  forget() {
    this.used = 0;
    this.slotOf.fill(-1);
    /** @type {number[]} Rows of pages that were not there yet. */
    this.pale = [];
  }

  /** A page came: shrink again what had none. */
  refresh() {
    for (const row of this.pale) this.slotOf[row] = -1;
    this.pale = [];
  }

  /**
   * Draw features at points of the canvas; earlier ones come out on top.
   * @param {Uint32Array} rows
   * @param {Int32Array} x Of the upper left corner, in whole dots.
   * @param {Int32Array} y
   * @param {number} count
   */
  draw(rows, x, y, count) {
    if (!this.reads) return this._drawEach(rows, x, y, count);
    this._shrink(rows, count);
    const { pixels, shrunk, side, slotOf, edge } = this;
    const [width, height] = [this.canvas.width, this.canvas.height];
    pixels.fill(0);
    for (let k = count - 1; k >= 0; k--) {
      if (x[k] < 1 || y[k] < 1 || x[k] + side >= width || y[k] + side >= height) continue;
      this._frame((y[k] - 1) * width + x[k] - 1, width, side, edge);
      let from = slotOf[rows[k]] * side * side;
      let to = y[k] * width + x[k];
      for (const end = from + side * side; from < end; to += width - side) {
        for (const last = from + side; from < last; from++, to++) pixels[to] = shrunk[from];
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }

  /** Set a feature apart from those beneath it. */
  _frame(corner, width, side, edge) {
    const { pixels } = this;
    const last = (side + 1) * width;
    for (let along = 0; along < side + 2; along++) {
      pixels[corner + along] = pixels[corner + last + along] = edge;
      pixels[corner + along * width] = pixels[corner + along * width + side + 1] = edge;
    }
  }

  _drawEach(rows, x, y, count) {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (let k = count - 1; k >= 0; k--) this.tiles.draw(this.context, rows[k], x[k], y[k], this.side);
  }

  /** Shrink more features for later, if that takes little. @returns {boolean} Whether all are there. */
  warm(rows) {
    if (!this.reads || this.used >= this.most) return true;
    let found = 0;
    for (let k = 0; k < rows.length && found < BATCH * BATCH; k++) {
      if (this.slotOf[rows[k]] < 0) this.missing[found++] = rows[k];
    }
    this._add(Math.min(found, this.most - this.used));
    return found < BATCH * BATCH;
  }

  /** Have all of these rows at hand. */
  _shrink(rows, count) {
    let found = this._absent(rows, count);
    if (this.used + found > this.most) {
      this.forget();
      found = this._absent(rows, Math.min(count, this.most));
    }
    this._add(found);
  }

  _absent(rows, count) {
    let found = 0;
    for (let k = 0; k < count; k++) if (this.slotOf[rows[k]] < 0) this.missing[found++] = rows[k];
    return found;
  }

  /** Shrink the first of the missing rows. */
  _add(count) {
    const { side, times, scratch, tiles, missing } = this;
    const large = side * times;
    this._reserve(this.used + count);
    for (let from = 0; from < count; from += BATCH * BATCH) {
      const many = Math.min(BATCH * BATCH, count - from);
      const high = Math.ceil(many / BATCH) * large;
      scratch.clearRect(0, 0, BATCH * large, high);
      for (let k = 0; k < many; k++) {
        tiles.draw(scratch, missing[from + k], (k % BATCH) * large, Math.floor(k / BATCH) * large, large);
      }
      const { data } = scratch.getImageData(0, 0, BATCH * large, high);
      for (let k = 0; k < many; k++) {
        average(data, BATCH * large, (k % BATCH) * large, Math.floor(k / BATCH) * large, side, times,
          this.shrunk, this.used * side * side);
        const row = missing[from + k];
        this.slotOf[row] = this.used++;
        if (!tiles.pages[Math.floor(row / tiles.facts.perPage)]) this.pale.push(row);
      }
    }
  }

  _reserve(slots) {
    const needed = slots * this.side ** 2;
    if (needed <= this.shrunk.length) return;
    const most = this.most * this.side ** 2;
    const larger = new Uint32Array(Math.max(needed, Math.min(most, 2 * this.shrunk.length)));
    larger.set(this.shrunk);
    this.shrunk = larger;
  }
}

/** Average the blocks of a square of pixels into smaller pixels. */
function average(data, width, left, above, side, times, into, to) {
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++, to++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let solid = 0;
      for (let down = 0; down < times; down++) {
        let from = 4 * ((above + y * times + down) * width + left + x * times);
        for (let across = 0; across < times; across++, from += 4) {
          const weight = data[from + 3];
          red += data[from] * weight;
          green += data[from + 1] * weight;
          blue += data[from + 2] * weight;
          solid += weight;
        }
      }
      const alpha = Math.round(solid / times ** 2);
      red = red / (solid || 1) + 0.5;
      green = green / (solid || 1) + 0.5;
      blue = blue / (solid || 1) + 0.5;
      // Bytes stand in the order red, green, blue, alpha on all machines that run browsers.
      into[to] = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
  }
}
