// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function gallery(store, el, options) {
  const p = h("p", { text: "gallery" });
  el.append(p);
  return {
    update() {
      p.textContent = "gallery " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
