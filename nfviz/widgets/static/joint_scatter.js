// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function jointScatter(store, el, options) {
  const p = h("p", { text: "joint_scatter" });
  el.append(p);
  return {
    update() {
      p.textContent = "joint_scatter " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
