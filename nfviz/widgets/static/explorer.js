// @ts-check
// All views on one page.

import { h } from "./dom.js";

/** The views in reading order, with the titles of their panels. */
const PANELS = [
  ["Thresholds", "Thresholds"],
  ["Gallery", "Neuron features"],
  ["NeuronCard", "Neuron"],
  ["HueWheel", "Hue wheel"],
  ["SelectivityHistogram", "Degrees by layer"],
  ["JointScatter", "Joint selectivity"],
  ["TagClouds", "Classes"],
  ["ActivationCurves", "Activation curves"],
];

/**
 * @param {any} store
 * @param {Element} el
 * @param {{views?: string[]} & Record<string, any>} options
 * @param {Function} mount
 */
export function explorer(store, el, options, mount) {
  const shown = PANELS.filter(([kind]) => !options.views || options.views.includes(kind));
  const grid = h("div", { class: "nfviz-grid" });
  if (shown.length < PANELS.length) grid.classList.add("nfviz-some");
  el.append(grid);
  const parts = shown.map(([kind, title]) => {
    const place = h(
      "section",
      { class: `nfviz-panel nfviz-panel-${kind}`, "aria-label": title },
      h("div", { class: "nfviz-panel-title", "aria-hidden": "true", text: title }),
    );
    grid.append(place);
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
