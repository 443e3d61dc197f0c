// @ts-check
// What the kernel or the file sends, as typed arrays.

// By letter and bytes, as NumPy calls them.
const KINDS = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  i4: Int32Array,
  f4: Float32Array,
  f8: Float64Array,
};

const FIXED = {
  layer: "u2",
  unit: "u4",
  dead: "u1",
  color_name: "u1",
  top: "f8",
  sizes: "u4",
  tail: "u1",
  hues: "f4",
};

/** The version of the payload that this code reads. */
const SCHEMA = 1;

/**
 * Copy bytes into an aligned typed array.
 * @param {DataView | ArrayBuffer | Uint8Array} bytes
 * @param {keyof typeof KINDS} kind
 */
function typed(bytes, kind) {
  const from =
    bytes instanceof ArrayBuffer
      ? new Uint8Array(bytes)
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = from.slice();
  return kind === "u1" ? copy : new KINDS[kind](copy.buffer);
}

/**
 * Read the payload of an atlas.
 * @param {any} meta
 * @param {Record<string, DataView | ArrayBuffer | Uint8Array>} arrays
 */
export function readPayload(meta, arrays) {
  if (meta.schema !== SCHEMA) {
    throw new Error(
      `These views were saved by another version of nfviz (payload ${meta.schema}, this one reads ${SCHEMA}). Run the cell again.`,
    );
  }
  const columns = new Map();
  const pages = [];
  const found = {};
  for (const [name, bytes] of Object.entries(arrays)) {
    if (name.startsWith("column/")) columns.set(name.slice(7), typed(bytes, "f4"));
    else if (name.startsWith("page/")) pages[Number(name.slice(5))] = bytes;
    else if (name.startsWith("crops/")) continue;
    else found[name] = typed(bytes, meta.dtypes[name] ?? FIXED[name]);
  }
  return { meta, arrays, columns, pages, ...found };
}
