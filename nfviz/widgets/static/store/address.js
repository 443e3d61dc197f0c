// @ts-check
// The state of the explorer as the end of an address, as nfviz/state/address.py has it.

const KEYS = ["layers", "th", "n", "min", "sort", "q", "focus", "pin"];
const COLUMN = "c.";
const NUMBER = "-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?";
const NUMBER_ALONE = new RegExp(`^${NUMBER}$`);
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})$`);
const HALVES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const MOST = 1e9;

/**
 * @typedef {{layers: string[], units: number[], columns: Record<string, number[]>,
 *   defaults: {threshold: number, n_max: number, min_activation: number, sort_by: string,
 *   ascending: boolean}}} Facts
 * @typedef {{layers?: string[], ranges?: Record<string, number[]>, threshold?: number,
 *   n_max?: number, min_activation?: number, sort_by?: string, ascending?: boolean,
 *   search?: string, focus?: [string, number] | null, pinned?: [string, number][]}} PlainState
 */

/**
 * Write what differs from the defaults; `#` alone if nothing does.
 * @param {PlainState} state What is missing is as by default.
 * @param {Facts} facts
 */
export function toAddress(state, facts) {
  const all = { ...facts.defaults, ...state };
  const given = state.layers ?? facts.layers;
  const on = facts.layers.filter((name) => given.includes(name));
  const parts = [];
  if (on.length < facts.layers.length) parts.push(`layers=${on.map(encode).join(",")}`);
  for (const [name, extent] of Object.entries(facts.columns)) {
    const ranges = state.ranges ?? {};
    const [low, high] = Object.hasOwn(ranges, name) ? ranges[name] : extent;
    if (low !== extent[0] || high !== extent[1]) {
      parts.push(`${columnKey(name)}=${encode(`${String(low)}..${String(high)}`)}`);
    }
  }
  if (all.threshold !== facts.defaults.threshold) parts.push(`th=${encode(String(all.threshold))}`);
  if (all.n_max !== facts.defaults.n_max) parts.push(`n=${String(all.n_max)}`);
  if (all.min_activation !== facts.defaults.min_activation) {
    parts.push(`min=${encode(String(all.min_activation))}`);
  }
  if (all.sort_by !== facts.defaults.sort_by || all.ascending !== facts.defaults.ascending) {
    parts.push(`sort=${all.ascending ? "" : "-"}${encode(all.sort_by)}`);
  }
  if (state.search) parts.push(`q=${encode(state.search)}`);
  if (state.focus) parts.push(`focus=${writeNeuron(state.focus)}`);
  if (state.pinned?.length) parts.push(`pin=${state.pinned.map(writeNeuron).join(",")}`);
  return `#${parts.join("&")}`;
}

/**
 * Read an address, or what follows its `#`; what is unknown or out of range is passed over.
 * @param {string} text
 * @param {Facts} facts
 * @returns {PlainState} What it tells; `ranges` has the columns that it tells.
 */
export function fromAddress(text, facts) {
  /** @type {PlainState} */
  const found = {};
  /** @type {Map<string, number[]>} */
  const ranges = new Map();
  const columns = new Map(Object.keys(facts.columns).map((name) => [columnKey(name), name]));
  for (const part of text.slice(text.indexOf("#") + 1).split("&")) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    const key = part.slice(0, equals);
    const value = part.slice(equals + 1);
    const column = columns.get(key);
    if (KEYS.includes(key)) {
      Object.assign(found, READERS[key](value, facts));
    } else if (column !== undefined) {
      const bounds = readRange(value, facts.columns[column]);
      if (bounds) ranges.set(column, bounds);
    }
  }
  if (ranges.size) found.ranges = Object.fromEntries(ranges);
  return found;
}

/** @param {string} name */
function columnKey(name) {
  const taken = KEYS.includes(name) || name.startsWith(COLUMN);
  return encode(taken ? COLUMN + name : name);
}

/** @param {string} text */
function encode(text) {
  // Half a character cannot be written.
  return encodeURIComponent(text.replace(HALVES, "\ufffd"));
}

/** @param {string} text @returns {string | null} null if it is malformed. */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** @param {string | null} text @returns {number | null} */
function readNumber(text) {
  const number = text !== null && NUMBER_ALONE.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : null;
}

/** @param {string} value @param {number[]} extent @returns {number[] | null} */
function readRange(value, extent) {
  const found = RANGE.exec(decode(value) ?? "");
  const low = found && readNumber(found[1]);
  const high = found && readNumber(found[2]);
  if (low === null || high === null || low > high) return null;
  return [low, high].map((bound) => Math.min(Math.max(bound, extent[0]), extent[1]));
}

/** @param {[string, number]} neuron */
function writeNeuron([layer, unit]) {
  return `${encode(layer)}/${unit}`;
}

/** @param {string} value @param {Facts} facts @returns {[string, number] | null} */
function readNeuron(value, facts) {
  const slash = value.lastIndexOf("/");
  const layer = slash < 0 ? null : decode(value.slice(0, slash));
  const unit = value.slice(slash + 1);
  const position = layer === null ? -1 : facts.layers.indexOf(layer);
  if (layer === null || position < 0 || !/^[0-9]{1,9}$/.test(unit)) return null;
  return Number(unit) < facts.units[position] ? [layer, Number(unit)] : null;
}

/** @param {string} name @param {string} value @param {boolean} above */
function readShare(name, value, above) {
  const number = readNumber(decode(value));
  if (number === null || !(number >= 0 && number <= 1) || (above && number === 0)) return {};
  return { [name]: number };
}

/** @type {Record<string, (value: string, facts: Facts) => PlainState>} */
const READERS = {
  layers: (value, facts) => {
    const named = value ? value.split(",").map(decode) : [];
    const on = facts.layers.filter((name) => named.includes(name));
    return on.length || !value ? { layers: on } : {};
  },
  th: (value) => readShare("threshold", value, true),
  n: (value) => {
    const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : 0;
    return number >= 1 && number <= MOST ? { n_max: number } : {};
  },
  min: (value) => readShare("min_activation", value, false),
  sort: (value, facts) => {
    const descending = value.startsWith("-");
    const name = decode(descending ? value.slice(1) : value);
    if (name === null) return {};
    const known = Object.hasOwn(facts.columns, name) || name === "layer" || name === "unit";
    return known ? { sort_by: name, ascending: !descending } : {};
  },
  q: (value) => {
    const text = decode(value);
    return text === null ? {} : { search: text };
  },
  focus: (value, facts) => {
    const neuron = readNeuron(value, facts);
    return neuron ? { focus: neuron } : {};
  },
  pin: (value, facts) => {
    /** @type {[string, number][]} */
    const pinned = [];
    for (const part of value.split(",")) {
      const neuron = readNeuron(part, facts);
      if (neuron && !pinned.some(([layer, unit]) => layer === neuron[0] && unit === neuron[1])) {
        pinned.push(neuron);
      }
    }
    return pinned.length ? { pinned } : {};
  },
};
