// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function neuronCard(store, el, options) {
  const p = h("p", { text: "neuron_card" });
  el.append(p);
  return {
    update() {
      p.textContent = "neuron_card " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
