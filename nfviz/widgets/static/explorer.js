// @ts-check
// All views on one page.

import { h } from "./shared/dom.js";

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

/** What views are told where nothing else is asked for: heights that stand well side by side. */
const OPTIONS = { JointScatter: { height: 390 } };

/** Width in pixels from which the thresholds stand beside the other views, as in explorer.css. */
const BESIDE = 960;

/**
 * @param {any} store
 * @param {Element} el
 * @param {{views?: string[], inTurn?: boolean} & Record<string, any>} options `inTurn`: the page is
 *   seen while its views are made; `done` tells when all are there.
 * @param {Function} mount
 */
export function explorer(store, el, options, mount) {
  const shown = PANELS.filter(([kind]) => !options.views || options.views.includes(kind));
  const grid = h("div", { class: "nfviz-grid" });
  if (shown.length < PANELS.length) grid.classList.add("nfviz-some");
  el.append(grid);
  const places = shown.map(([kind, title]) => {
    const place = h(
      "section",
      { class: `nfviz-panel nfviz-panel-${kind}`, "aria-label": title },
      h("div", { class: "nfviz-panel-title", "aria-hidden": "true", text: title }),
    );
    grid.append(place);
    return { kind, place };
  });
  const parts = [];
  let gone = false;
  const add = ({ kind, place }) => gone || parts.push(mount(kind, store, place, options[kind] ?? OPTIONS[kind] ?? {}));
  const done = options.inTurn ? addInTurn(places, add, grid.clientWidth) : Promise.resolve(places.forEach(add));
  return {
    done,
    update() {},
    destroy() {
      gone = true;
      for (const part of parts) part.destroy();
    },
    svg: () => "",
  };
}

/** Add a view a frame, so that what is there is drawn; first what people wait for. */
async function addInTurn(places, add, width) {
  // Where views stand below each other, one above would push it down.
  const first = places.filter(({ kind }) => kind === "Gallery" && width >= BESIDE);
  for (const each of new Set([...first, ...places])) {
    try {
      add(each);
    } catch (error) {
      // The place of the view says so.
      console.error(error);
    }
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }
}
