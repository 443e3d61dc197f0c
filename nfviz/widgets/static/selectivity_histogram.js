// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function selectivityHistogram(store, el, options) {
  const p = h("p", { text: "selectivity_histogram" });
  el.append(p);
  return {
    update() {
      p.textContent = "selectivity_histogram " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
