// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function activationCurves(store, el, options) {
  const p = h("p", { text: "activation_curves" });
  el.append(p);
  return {
    update() {
      p.textContent = "activation_curves " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
