// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function thresholds(store, el, options) {
  const p = h("p", { text: "thresholds" });
  el.append(p);
  return {
    update() {
      p.textContent = "thresholds " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
