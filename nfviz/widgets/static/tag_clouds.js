// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options */
export function tagClouds(store, el, options) {
  const p = h("p", { text: "tag_clouds" });
  el.append(p);
  return {
    update() {
      p.textContent = "tag_clouds " + store.live();
    },
    destroy() {},
    svg: () => "",
  };
}
