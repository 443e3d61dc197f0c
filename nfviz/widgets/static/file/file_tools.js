// @ts-check
// What stands above the explorer in its file: save what is shown, and read where it comes from.

import { csvOf } from "./csv.js";
import { h } from "../shared/dom.js";
import { VIEWS } from "../view_list.js";
import { download, pictureOf } from "./save_view.js";

/** Views by the names of their classes, named for people. */
const NAMES = new Map(VIEWS.map(({ kind, title }) => [kind, title.toLowerCase()]));

/**
 * Add the tools of a file.
 * @param {any} store
 * @param {Element} host
 */
export function addTools(store, host) {
  const note = h("span", { class: "nfviz-soft nfviz-file-told", "aria-live": "polite" });
  const stem = stemOf(location.pathname);
  const say = (text) => (note.textContent = text);
  const csv = h("button", {
    type: "button", text: "CSV of the selection", title: "a table of the neurons in view",
    on: { click: () => {
      download(`${stem}-neurons${measuredWith(store)}.csv`, new Blob([csvOf(store)], { type: "text/csv" }));
      say(`${store.live()} saved`);
    } },
  });
  host.append(csv, saveView(store, stem, say), note, madeOf(store));
}

/** The thresholds of the columns that follow them, where they are not those of the record. */
function measuredWith(store) {
  const { state, meta } = store;
  const own = meta.parameters;
  const told = [["th", "threshold"], ["n", "n_max"], ["min", "min_activation"]]
    .filter(([, name]) => state[name] !== own[name])
    .map(([short, name]) => `-${short}${state[name]}`);
  return told.join("");
}

/** The choice of a view, and a button for each format. */
function saveView(store, stem, say) {
  const kinds = [...NAMES.keys()].filter((kind) => store.views?.has(kind));
  const choice = h(
    "select",
    { "aria-label": "view to save" },
    ...kinds.map((kind) => h("option", { value: kind, text: NAMES.get(kind) })),
  );
  choice.value = kinds.includes("Gallery") ? "Gallery" : kinds[0];
  const button = (format) =>
    h("button", {
      type: "button", text: format.toUpperCase(), "aria-label": `save view as ${format.toUpperCase()}`,
      on: { click: async () => {
        const kind = choice.value;
        const title = NAMES.get(kind);
        try {
          const name = `${stem}-${title.replaceAll(" ", "-")}.${format}`;
          download(name, await pictureOf(store, store.views.get(kind), format));
          say(`${title} saved`);
        } catch (error) {
          say(`not saved: ${error.message}`);
        }
      } },
    });
  return h(
    "span",
    { class: "nfviz-file-save", role: "group", "aria-label": "save view", hidden: !kinds.length },
    h("span", { text: "save view" }),
    choice,
    button("svg"),
    button("png"),
  );
}

/** What the file was made of, behind a disclosure that a printed page opens. */
function madeOf(store) {
  const list = h("dl", { class: "nfviz-file-facts", tabindex: "0", "aria-label": "provenance" });
  for (const [name, value] of Object.entries(store.meta.file.facts)) {
    list.append(h("dt", { text: name }), h("dd", { text: value }));
  }
  const made = h("details", { class: "nfviz-file-made" }, h("summary", { text: "provenance" }), list);
  addEventListener("beforeprint", () => (made.open = true));
  return made;
}

/** The name of a file without folder and ending, to call others by. @param {string} path */
function stemOf(path) {
  let name = path.slice(path.lastIndexOf("/") + 1);
  try {
    name = decodeURIComponent(name);
  } catch {
    // Not every address is well written.
  }
  const stem = name.replace(/\.html?$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "-");
  return /[\p{L}\p{N}]/u.test(stem) ? stem : "nfviz";
}
