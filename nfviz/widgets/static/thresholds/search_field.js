// @ts-check
// The search, with what it finds.

import { h } from "../shared/dom.js";

/**
 * What can be typed: an example of each kind.
 * @param {any} store
 * @returns {string[]}
 */
function examplesOf(store) {
  const { classes, color_names: colors } = store.meta;
  const found = [];
  if (classes.length) found.push(classes[0].name.split(/\s+/).find(Boolean) ?? classes[0].name);
  if (store.n) {
    const shortest = store.layers.reduce((best, layer) => (layer.name.length < best.name.length ? layer : best));
    const first = store.layer.indexOf(store.layers.indexOf(shortest));
    found.push(shortest.name);
    if (first >= 0) found.push(store.name(Math.min(first + 17, store.layer.lastIndexOf(store.layer[first]))));
  }
  if (colors?.length) found.push(colors[colors.length - 1]);
  return found;
}

/** A search that is answered letter by letter. */
export class SearchField {
  /** @param {any} store @param {string} id */
  constructor(store, id) {
    this.store = store;
    this.known = "";
    const { classes, nodes, color_names: colors } = store.meta;
    const names = [
      ...classes.map((each) => each.name),
      ...(nodes ?? []).filter((node) => node.label < 0).map((node) => node.name),
      ...store.layers.map((layer) => layer.name),
      ...(colors ?? []),
    ];
    this.list = h("datalist", { id: `${id}-names` });
    for (const name of new Set(names)) this.list.append(h("option", { value: name }));
    this.input = h("input", {
      type: "search", name: "search", class: "nfviz-search", "aria-label": "search", list: `${id}-names`,
      placeholder: "search", autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-hint`,
      on: { input: () => store.set({ search: (this.known = this.input.value) }) },
    });
    const hint = `such as ${examplesOf(store).join(", ")}`;
    const title =
      "Finds classes and what they are kinds of, layers, neurons as layer/unit, units and colors; " +
      "all words must be found.";
    this.el = h(
      "div",
      { class: "nfviz-find" },
      this.input,
      this.list,
      h("div", { class: "nfviz-hint nfviz-small nfviz-soft", id: `${id}-hint`, text: hint, title }),
    );
  }

  /** @param {Set<string>} changed */
  update(changed) {
    if (!changed.has("state")) return;
    const { search } = this.store.state;
    if (search === this.known) return;
    this.known = search;
    if (this.input.value !== search) this.input.value = search;
  }
}
