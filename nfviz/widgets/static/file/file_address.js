// @ts-check
// The state of the explorer stands in the address of its file.

import { addressOf, applyAddress } from "../store/store_address.js";

/** The address is written when nothing has changed for so many milliseconds. */
const SETTLED = 250;

/**
 * Start in the state of the page's address, or else in another; keep the address in step.
 * @param {any} store
 * @param {string | null} first The address of the state in which the file starts.
 */
export function followAddress(store, first) {
  // An address that shows everything is `#` alone, of which `location.hash` knows nothing.
  const own = location.href.includes("#") ? location.hash || "#" : "";
  const told = own && applyAddress(store, own);
  if (!told && first) applyAddress(store, first);
  /** @type {any} */
  let timer = null;
  let written = told ? own : (first ?? "#");
  const write = () => {
    const address = addressOf(store);
    if (address === written) return;
    written = address;
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // Where a page may not change its address, the address can still be copied.
    }
  };
  store.onState(() => {
    clearTimeout(timer);
    timer = setTimeout(write, SETTLED);
  });
  addEventListener("hashchange", () => {
    written = location.hash || "#";
    applyAddress(store, written);
  });
}
