// @ts-check
// Above a gallery: how it is sorted, and how large the features are.

import { h, words } from "../shared/dom.js";
import { nearestSide, SIDES } from "./gallery_layout.js";

/**
 * @param {any} store
 * @param {{side: number, trueScale: boolean, onSide: (side: number) => void,
 *   onScale: (trueScale: boolean) => void}} wish
 */
export function galleryBar(store, { side, trueScale, onSide, onScale }) {
  const sort = h(
    "select",
    { class: "nfviz-gallery-sort", "aria-label": "sort by", on: { change: () => store.set({ sort_by: sort.value }) } },
    ...sortGroups(store),
  );
  const direction = h("button", {
    type: "button",
    class: "nfviz-gallery-direction",
    on: { click: () => store.set({ ascending: !store.state.ascending }) },
  });
  const count = h("span", { class: "nfviz-gallery-count nfviz-soft nfviz-number" });
  const label = (text) => h("span", { class: "nfviz-gallery-label nfviz-soft", "aria-hidden": "true", text });
  const el = h(
    "div",
    { class: "nfviz-gallery-bar", role: "group", "aria-label": "sort and zoom" },
    h("span", { class: "nfviz-gallery-pair" }, label("sort by"), sort, direction),
    h("span", { class: "nfviz-gallery-pair" }, label("zoom"), zoomSlider(side, onSide)),
    scaleButton(trueScale, onScale),
    count,
  );
  return { el, update: () => follow(store, sort, direction, count) };
}

/** A slider over the sides that tiles may have. */
function zoomSlider(side, onSide) {
  const zoom = h("input", {
    type: "range",
    name: "zoom",
    class: "nfviz-gallery-zoom",
    "aria-label": "zoom",
    "aria-valuetext": `${side} pixels`,
    title: "zoom",
    min: 0,
    max: SIDES.length - 1,
    step: 1,
    on: {
      input() {
        const pixels = SIDES[Number(zoom.value)];
        zoom.setAttribute("aria-valuetext", `${pixels} pixels`);
        onSide(pixels);
      },
    },
  });
  zoom.value = String(nearestSide(side));
  return zoom;
}

/** A button between equal and true scale. */
function scaleButton(trueScale, onScale) {
  const button = h("button", {
    type: "button",
    text: "true scale",
    title: "each feature in proportion to its field",
    "aria-pressed": String(trueScale),
    on: {
      click() {
        trueScale = !trueScale;
        button.setAttribute("aria-pressed", String(trueScale));
        onScale(trueScale);
      },
    },
  });
  return button;
}

/** Show the state. */
function follow(store, sort, direction, count) {
  const { sort_by: name, ascending } = store.state;
  if (sort.value !== name) sort.value = name;
  const arrow = ascending ? "↑" : "↓";
  if (direction.textContent !== arrow) {
    const [is, other] = ascending ? ["ascending", "descending"] : ["descending", "ascending"];
    direction.textContent = arrow;
    direction.setAttribute("aria-label", `${is}; sort ${other}`);
    direction.title = is;
  }
  const text = store.live();
  if (count.textContent !== text) count.textContent = text;
}

/** What can be sorted by; the columns with sliders first. */
function sortGroups(store) {
  const columns = [...store.columns.values()];
  const option = (name) => h("option", { value: name, text: words(name) });
  const group = (label, names) => (names.length ? h("optgroup", { label }, ...names.map(option)) : null);
  const names = (shown) => columns.filter((each) => Boolean(each.slider) === shown).map((each) => each.name);
  return [
    group("main columns", names(true)),
    group("place in the network", ["layer", "unit"]),
    group("all other columns", names(false)),
  ].filter((each) => each !== null);
}
