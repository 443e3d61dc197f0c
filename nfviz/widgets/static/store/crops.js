// @ts-check
// The crops of a neuron: strips of tiles, asked for when they are wanted.

const REMEMBERED = 200;
const PATIENCE = 8000;

/**
 * What a strip holds, ready to be drawn.
 * @param {{tile: [number, number], count: number, strip: ArrayBuffer | DataView | null,
 *   feature: ArrayBuffer | DataView | null}} found `tile` is height and width in pixels.
 */
async function readCrops({ tile, count, strip, feature }) {
  const [sheet, picture] = await Promise.all([decode(strip), decode(feature)]);
  const [height, width] = tile;
  const step = Math.ceil(width / 8) * 8;
  return {
    count: sheet ? count : 0,
    height,
    width,
    feature: picture,
    closed: false,
    /** Draw crop number `place` into a box. */
    draw(context, place, x, y, across, down) {
      if (this.closed) return;
      context.imageSmoothingEnabled = across < width * 2;
      context.drawImage(sheet, place * step, 0, width, height, x, y, across, down);
      context.imageSmoothingEnabled = true;
    },
    /** Free the pictures, which the browser may keep long after they are forgotten. */
    close() {
      this.closed = true;
      this.feature = null;
      sheet?.close();
      picture?.close();
    },
  };
}

async function decode(bytes) {
  return bytes && bytes.byteLength ? createImageBitmap(new Blob([bytes])) : null;
}

/**
 * A function that gives the crops of a row, and remembers those asked for last. Its `close` frees
 * all; what has been freed says that it is `closed`.
 * @param {(row: number) => Promise<any>} fetch Gives what `readCrops` reads, or `{reason}`.
 */
export function rememberCrops(fetch) {
  /** @type {Map<number, Promise<any>>} */
  const known = new Map();
  const free = (row) => {
    known.get(row)?.then((each) => each.close?.(), () => {});
    known.delete(row);
  };
  const ask = (row) => {
    const found = known.get(row) ?? fetch(row).then((each) => (each.reason ? each : readCrops(each)));
    if (!known.has(row)) {
      const drop = () => known.get(row) === found && known.delete(row);
      found.then((each) => each.reason && drop(), drop);
    }
    // What was asked for last is forgotten last.
    known.delete(row);
    known.set(row, found);
    if (known.size > REMEMBERED) free(known.keys().next().value);
    return found;
  };
  ask.close = () => [...known.keys()].forEach(free);
  return ask;
}

/**
 * Ask the kernel for crops.
 * @param {any} model Of the selection, which answers.
 */
export function cropsFromKernel(model) {
  let asked = 0;
  return rememberCrops(
    (row) =>
      new Promise((resolve) => {
        if (model.comm_live === false) {
          resolve({ reason: "crops are with the kernel, which is not running: run the cell again" });
          return;
        }
        const id = ++asked;
        const done = (answer) => {
          clearTimeout(timer);
          model.off("msg:custom", listen);
          resolve(answer);
        };
        const listen = (content, buffers) => {
          if (content.type !== "crops" || content.id !== id || content.row !== row) return;
          if (content.reason) done({ reason: content.reason });
          else done({ ...content, strip: buffers[0], feature: buffers[1] });
        };
        const timer = setTimeout(() => done({ reason: "the kernel is busy" }), PATIENCE);
        model.on("msg:custom", listen);
        model.send({ type: "crops", id, row });
      }),
  );
}
