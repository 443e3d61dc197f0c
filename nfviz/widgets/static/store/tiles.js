// @ts-check
// Neuron features: pages of tiles, decoded once, drawn wherever a view wants one.

/** Decode a page, which the browser does beside what else it does. @param {BufferSource} bytes */
export function decodePage(bytes) {
  return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
}

/** The neuron features of all neurons. */
export class Tiles {
  /**
   * @param {any} data As `readPayload` gives it.
   * @param {() => void} onReady Called when a page has been decoded.
   */
  constructor(data, onReady) {
    const { tiles, layers } = data.meta;
    this.data = data;
    this.facts = tiles;
    this.pages = new Array(tiles.pages).fill(null);
    this.ready = false;
    // Seen at true scale, the largest field fills the side.
    this.largest = Math.max(1, ...layers.map((layer) => Math.max(...layer.field)));
    this._decode(data.pages, onReady);
  }

  async _decode(pages, onReady) {
    await Promise.all(
      pages.map(async (bytes, number) => {
        this.pages[number] = await (bytes instanceof Promise ? bytes : decodePage(bytes));
        onReady();
      }),
    );
    this.ready = true;
    onReady();
  }

  /**
   * The width and height of a feature as shares of the side at which it is drawn.
   * @param {number} row
   * @param {boolean} trueScale
   */
  extent(row, trueScale) {
    const layer = this.data.meta.layers[this.data.layer[row]];
    const [height, width] = layer.field;
    const longest = trueScale ? this.largest : Math.max(height, width);
    return [width / longest, height / longest];
  }

  /**
   * Draw the feature of a neuron into the middle of a square.
   * @param {CanvasRenderingContext2D} context
   * @param {number} row
   * @param {number} x
   * @param {number} y
   * @param {number} side
   * @param {{trueScale?: boolean}} options
   */
  draw(context, row, x, y, side, { trueScale = false } = {}) {
    const { side: tile, perRow, perPage } = this.facts;
    const page = this.pages[Math.floor(row / perPage)];
    const layer = this.data.meta.layers[this.data.layer[row]];
    const [across, down] = this.extent(row, trueScale);
    const [width, height] = [Math.max(1, side * across), Math.max(1, side * down)];
    const [left, above] = [x + (side - width) / 2, y + (side - height) / 2];
    if (!page || this.data.dead[row]) {
      context.fillStyle = "rgba(128, 128, 128, 0.25)";
      context.fillRect(left, above, width, height);
      return;
    }
    const place = row % perPage;
    context.drawImage(
      page,
      (place % perRow) * tile,
      Math.floor(place / perRow) * tile,
      layer.tile[0],
      layer.tile[1],
      left,
      above,
      width,
      height,
    );
  }

  /** Free the decoded pages. */
  close() {
    for (const page of this.pages) page?.close();
    this.pages.fill(null);
  }
}
