// @ts-check
import { h } from "./dom.js";

/** @param {any} store @param {Element} el @param {any} options @param {Function} mount */
export function explorer(store, el, options, mount) {
  const parts = (options.views ?? ["Thresholds", "Gallery", "HueWheel", "SelectivityHistogram", "JointScatter", "TagClouds", "ActivationCurves", "NeuronCard"]).map((kind) => {
    const place = h("section", { class: "nfviz-panel" });
    el.append(place);
    return mount(kind, store, place, options[kind] ?? {});
  });
  return {
    update() {},
    destroy() {
      for (const part of parts) part.destroy();
    },
    svg: () => "",
  };
}
