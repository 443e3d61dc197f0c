// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function hueWheel(store, el, options) {
  const p = h("p", { text: "hue_wheel" });
  el.append(p);
  return {
    update() {
      p.textContent = "hue_wheel " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
