// @ts-check
// The arrays of a file as nfviz/page/packing.py packs them.

const STEPS = 20000;
const LEAST = 0.5;

/** @param {Uint8Array} bytes Compressed with zlib. */
export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Put planes of bytes together: the lowest byte of all numbers comes first, then the next.
 * @param {Uint8Array} bytes
 * @param {number} width Bytes a number; 1 where they stand as they are.
 */
export function joinPlanes(bytes, width) {
  if (width === 1) return bytes;
  const count = bytes.length / width;
  const joined = new Uint8Array(bytes.length);
  for (let plane = 0; plane < width; plane++) {
    const first = plane * count;
    for (let place = 0; place < count; place++) joined[place * width + plane] = bytes[first + place];
  }
  return joined;
}

/**
 * The arrays that `readPayload` reads.
 * @param {any} meta
 * @param {Uint8Array} packed As it is after `inflate`.
 * @returns {Record<string, Uint8Array>}
 */
export function unpackArrays(meta, packed) {
  /** @type {Record<string, Uint8Array>} */
  const arrays = {};
  for (const [name, [offset, length, width]] of Object.entries(meta.file.places)) {
    arrays[name] = joinPlanes(packed.subarray(offset, offset + length), width);
  }
  const { steps, "exact/row": row, "exact/activation": exact, "exact/top": tops, ...rest } = arrays;
  const Kind = meta.dtypes.activation === "f8" ? Float64Array : Float32Array;
  const { activation, top } = readSteps(new Uint16Array(steps.buffer), meta, Kind);
  const { ranks } = meta.parameters;
  const values = new Kind(exact.slice().buffer);
  const highest = new Float64Array(tops.slice().buffer);
  new Uint32Array(row.slice().buffer).forEach((at, place) => {
    activation.set(values.subarray(place * ranks, (place + 1) * ranks), at * ranks);
    top[at] = highest[place];
  });
  return { ...rest, activation: bytesOf(activation), top: bytesOf(top) };
}

/** @param {Float32Array | Float64Array} numbers */
function bytesOf(numbers) {
  return new Uint8Array(numbers.buffer);
}

/**
 * Relative activations from steps: how far each rank falls below the one before, rank by rank.
 * @param {Uint16Array} falls
 * @param {any} meta
 * @param {typeof Float32Array | typeof Float64Array} Kind
 */
function readSteps(falls, { n, parameters }, Kind) {
  const { ranks } = parameters;
  const activation = new Kind(n * ranks);
  const top = new Float64Array(n).fill(STEPS);
  const steps = new Uint16Array(n);
  for (let rank = 0; rank < ranks; rank++) {
    const first = rank * n;
    for (let row = 0; row < n; row++) {
      const fall = falls[first + row];
      steps[row] = rank ? steps[row] - fall : fall;
      // 0 is no image, 1 an activation below the first step.
      const whole = steps[row];
      activation[row * ranks + rank] = whole > 1 ? whole - 1 : whole ? LEAST : 0;
    }
  }
  return { activation, top };
}
