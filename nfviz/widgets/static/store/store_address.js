// @ts-check
// The address of a store's state, and back.

import { fromAddress, toAddress } from "./address.js";
import { firstState } from "./state.js";

/** What an address is written and read by. @param {any} store */
function factsOf(store) {
  const { threshold, n_max, min_activation, sort_by, ascending } = firstState(store.meta);
  return {
    layers: store.layers.map((layer) => layer.name),
    units: store.layers.map((layer) => layer.units),
    columns: Object.fromEntries(Array.from(store.columns, ([name, column]) => [name, column.extent])),
    defaults: { threshold, n_max, min_activation, sort_by, ascending },
  };
}

/**
 * The address of what is shown; `#` alone if that is everything.
 * @param {any} store
 */
export function addressOf(store) {
  const { layers, ranges, focus, pinned, ...rest } = store.state;
  const state = {
    ...rest,
    layers: store.layers.map((layer) => layer.name).filter((_, position) => layers[position]),
    ranges,
    focus: store.neuron(focus),
    pinned: pinned.map((row) => store.neuron(row)),
  };
  return toAddress(state, factsOf(store));
}

/**
 * Show what an address tells; what it does not mention is as at first.
 * @param {any} store
 * @param {string} text With or without what stands before its `#`.
 * @returns {boolean} Whether it tells anything; the state is left as it is if not.
 */
export function applyAddress(store, text) {
  const told = fromAddress(text.trim(), factsOf(store));
  const empty = !text.trim().replace(/^[^#]*#/, "");
  if (!Object.keys(told).length && !empty) return false;
  const first = firstState(store.meta);
  const { layers, ranges, focus, pinned, ...rest } = told;
  store.set({
    ...first,
    ...rest,
    layers: layers
      ? Uint8Array.from(store.layers, (layer) => Number(layers.includes(layer.name)))
      : first.layers,
    ranges: { ...first.ranges, ...ranges },
    focus: store.rowOf(focus ?? null),
    pinned: (pinned ?? []).map((neuron) => store.rowOf(neuron)).filter((row) => row >= 0),
  });
  return true;
}
