// @ts-check
// Views in their places, and what those of one selection share.

import { explorer } from "./explorer.js";
import { h } from "./shared/dom.js";
import { watchInks, watchTheme } from "./shared/theme_watch.js";
import { cropsFromKernel } from "./store/crops.js";
import { readPayload } from "./store/payload.js";
import { Sessions } from "./store/sessions.js";
import { Store } from "./store/store.js";
import { keepInStep } from "./store/sync.js";
import { VIEWS } from "./view_list.js";

/**
 * Put a view into an element. Where it cannot be drawn, its place says so.
 * @param {string} kind
 * @param {any} store
 * @param {Element} el
 * @param {any} options
 * @returns {any} The view; `destroy` takes it down.
 */
export function mount(kind, store, el, options = {}) {
  const { root, ...view } = mountInside(kind, store, el, options, () => store.error);
  const forget = watchInks(store, root);
  return {
    ...view,
    destroy() {
      forget();
      view.destroy();
    },
  };
}

/** As `mount`, in a place that another view watches. */
function mountInside(kind, store, el, options, errorOf = () => "") {
  const inner = h("div", { class: `nfviz-body nfviz-${kind}` });
  const alert = h("p", { class: "nfviz-alert", role: "alert", hidden: true });
  const root = h("div", { class: "nfviz" }, inner, alert);
  el.append(root);
  const say = (text) => {
    if (alert.textContent === text) return;
    alert.textContent = text;
    alert.hidden = !text;
  };
  const fail = (error) => say(`This view could not be drawn: ${error.message}`);
  let view;
  try {
    view = makeView(kind, store, inner, options);
  } catch (error) {
    console.error(error);
    fail(error);
    return { root, destroy: () => root.remove() };
  }
  // Whoever saves pictures asks for the views by their names.
  store.views ??= new Map();
  store.views.set(kind, view);
  const stop = store.subscribe(updater(view, fail, () => say(errorOf())));
  return {
    ...view,
    root,
    destroy() {
      stop();
      if (store.views.get(kind) === view) store.views.delete(kind);
      view.destroy();
      root.remove();
    },
  };
}

function makeView(kind, store, el, options) {
  if (kind === "Explorer") return explorer(store, el, options, mountInside);
  const found = VIEWS.find((each) => each.kind === kind);
  if (!found) throw new Error(`there is no view '${kind}'`);
  return found.make(store, el, options);
}

/** What the store calls: a view that failed in a frame makes up for it in the next. */
function updater(view, fail, succeed) {
  /** @type {Set<string>} */
  let owed = new Set();
  return {
    update(changed) {
      const all = owed.size ? new Set([...owed, ...changed]) : changed;
      owed = all;
      view.update(all);
      owed = new Set();
      succeed();
    },
    fail,
  };
}

const sessions = new Sessions();

/** The store that all views of one selection share. */
function openSession(data, selection) {
  const store = new Store(readPayload(data.get("meta"), data.get("arrays")));
  if (store.meta.crops === "kernel") store.crops = cropsFromKernel(selection);
  const ends = [keepInStep(store, selection), watchTheme(store), () => store.close()];
  return { shared: store, close: () => ends.forEach((end) => end()) };
}

/**
 * Draw a view of a notebook.
 * @param {{model: any, el: HTMLElement, data: any, selection: any}} given The models of the view,
 *   of the neurons' data and of the selection.
 * @returns {() => void} Takes it down.
 */
export function render({ model, el, data, selection }) {
  adoptStyle(el, data.get("style"));
  const { shared: store, leave } = sessions.join(model.get("selection"), () => openSession(data, selection));
  const put = () => mount(model.get("kind"), store, el, model.get("options"));
  let view = put();
  const again = () => {
    view.destroy();
    view = put();
  };
  model.on("change:options", again);
  return () => {
    model.off("change:options", again);
    view.destroy();
    leave();
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
