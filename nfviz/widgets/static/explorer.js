// @ts-check
// All views on one page.

import { h } from "./shared/dom.js";
import { VIEWS } from "./view_list.js";

/** What views are told: heights that stand well side by side. */
const OPTIONS = { JointScatter: { height: 390 } };

/** Width in pixels from which the thresholds stand beside the other views, as in explorer.css. */
const BESIDE = 960;

/**
 * @param {any} store
 * @param {Element} el
 * @param {{views?: string[], columns?: string[], inTurn?: boolean}} options `columns`: whose
 *   sliders are shown at first; `inTurn`: the page is seen while its views are made; `done` tells
 *   when all are there.
 * @param {Function} mount Puts a view into a panel; where that fails, the panel says so.
 */
export function explorer(store, el, options, mount) {
  const shown = VIEWS.filter(({ kind }) => !options.views || options.views.includes(kind));
  const grid = h("div", { class: "nfviz-grid" });
  if (shown.length < VIEWS.length) grid.classList.add("nfviz-some");
  el.append(grid);
  const places = shown.map(({ kind, title }) => {
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
  const told = { ...OPTIONS, Thresholds: { columns: options.columns } };
  const add = ({ kind, place }) => gone || parts.push(mount(kind, store, place, told[kind] ?? {}));
  const done = options.inTurn
    ? addInTurn(places, add, grid.clientWidth)
    : Promise.resolve(places.forEach(add));
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
    add(each);
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }
}
