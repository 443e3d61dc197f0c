// @ts-check
// All views by name, and where they are put.

import { activationCurves } from "./activation_curves.js";
import { cropsFromKernel } from "./store/crops.js";
import { h } from "./shared/dom.js";
import { explorer } from "./explorer.js";
import { gallery } from "./gallery.js";
import { hueWheel } from "./hue_wheel.js";
import { jointScatter } from "./joint_scatter.js";
import { neuronCard } from "./neuron_card.js";
import { readPayload } from "./store/payload.js";
import { selectivityHistogram } from "./selectivity_histogram.js";
import { Store } from "./store/store.js";
import { keepInStep } from "./store/sync.js";
import { tagClouds } from "./tag_clouds.js";
import { thresholds } from "./thresholds.js";

/** Views by the names of `nfviz.widgets`. */
const VIEWS = {
  ActivationCurves: activationCurves,
  Gallery: gallery,
  HueWheel: hueWheel,
  JointScatter: jointScatter,
  NeuronCard: neuronCard,
  SelectivityHistogram: selectivityHistogram,
  TagClouds: tagClouds,
  Thresholds: thresholds,
};

/** Time in milliseconds for which a store without views is kept: outputs are moved about. */
const GRACE = 5000;

/**
 * Put a view into an element.
 * @param {string} kind
 * @param {any} store
 * @param {Element} el
 * @param {any} options
 * @returns {any} The view; `destroy` takes it down.
 */
export function mount(kind, store, el, options = {}) {
  const inner = h("div", { class: `nfviz-body nfviz-${kind}` });
  const alert = h("p", { class: "nfviz-alert", role: "alert", hidden: true });
  const root = h("div", { class: "nfviz" }, inner, alert);
  el.append(root);
  const say = (text) => {
    alert.textContent = text;
    alert.hidden = !text;
  };
  let view;
  try {
    view = kind === "Explorer"
      ? explorer(store, inner, options, mount)
      : VIEWS[kind](store, inner, options);
  } catch (error) {
    say(`This view could not be drawn: ${error.message}`);
    throw error;
  }
  // Whoever saves pictures asks for the views by their names.
  store.views ??= new Map();
  store.views.set(kind, view);
  let told = "";
  const stop = store.subscribe({
    update(changed) {
      view.update(changed);
      if (store.error !== told) say((told = store.error));
    },
    fail: (error) => say(`This view could not be drawn: ${error.message}`),
  });
  return {
    ...view,
    destroy() {
      stop();
      if (store.views.get(kind) === view) store.views.delete(kind);
      view.destroy();
      root.remove();
    },
  };
}

/** Tell views when the page turns light or dark. @param {any} store */
export function watchTheme(store) {
  const tell = () => store.notify("theme");
  const observer = new MutationObserver(tell);
  for (const el of [document.body, document.documentElement]) {
    observer.observe(el, { attributes: true, attributeFilter: ["class", "theme", "data-jp-theme-name", "data-jp-theme-light", "data-theme", "data-vscode-theme-id"] });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", tell);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", tell);
  };
}

/** @type {Map<string, {store: any, close: () => void, users: number}>} */
const sessions = new Map();

/** The store that all views of one selection share. */
function session(key, data, selection) {
  let found = sessions.get(key);
  if (!found) {
    const store = new Store(readPayload(data.get("meta"), data.get("arrays")));
    if (store.meta.crops === "kernel") store.crops = cropsFromKernel(selection);
    const ends = [keepInStep(store, selection), watchTheme(store), () => store.close()];
    found = { store, users: 0, close: () => ends.forEach((end) => end()) };
    sessions.set(key, found);
  }
  return found;
}

/**
 * Draw a view of a notebook.
 * @param {{model: any, el: HTMLElement, data: any, selection: any}} given The models of the view,
 *   of the neurons' data and of the selection.
 * @returns {() => void} Takes it down.
 */
export function render({ model, el, data, selection }) {
  const key = model.get("selection");
  adoptStyle(el, data.get("style"));
  const shared = session(key, data, selection);
  shared.users++;
  let view = mount(model.get("kind"), shared.store, el, model.get("options"));
  const again = () => {
    view.destroy();
    view = mount(model.get("kind"), shared.store, el, model.get("options"));
  };
  model.on("change:options", again);
  return () => {
    model.off("change:options", again);
    view.destroy();
    shared.users--;
    setTimeout(() => {
      if (shared.users || sessions.get(key) !== shared) return;
      sessions.delete(key);
      shared.close();
    }, GRACE);
  };
}

/** Put the style where the element stands: in the page, or in the shadow tree around it. */
function adoptStyle(el, text) {
  const root = el.getRootNode();
  const place = root instanceof ShadowRoot ? root : document.head;
  for (const style of place.querySelectorAll("style.nfviz-style")) {
    if (style.textContent === text) return;
  }
  place.append(h("style", { class: "nfviz-style", text }));
}
