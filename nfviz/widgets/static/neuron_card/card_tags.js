// @ts-check
// The first classes of a neuron, and what these are kinds of, as short ranked bars.

import { h } from "../shared/dom.js";

/** How many are told. */
const TAGS = 6;

/** A list of bars. */
export class CardTags {
  /**
   * @param {string} title
   * @param {string} ink
   * @param {string} none What is said where there is none.
   */
  constructor(title, ink, none) {
    this.none = none;
    this.rows = Array.from({ length: TAGS }, () => {
      const name = h("span", { class: "nfviz-card-tag-name" });
      const fill = h("span", { class: "nfviz-card-tag-fill", style: { background: ink } });
      const share = h("span", { class: "nfviz-number" });
      const bar = h("span", { class: "nfviz-card-tag-bar", "aria-hidden": "true" }, fill);
      return { el: h("li", { class: "nfviz-card-tag" }, name, bar, share), name, fill, share, last: null };
    });
    this.list = h("ol", { class: "nfviz-card-tags" }, ...this.rows.map((row) => row.el));
    this.note = h("p", { class: "nfviz-card-note nfviz-soft", text: none, hidden: true });
    this.el = h("section", { "aria-label": `${title} of the neuron` }, h("h3", { text: title }), this.list, this.note);
  }

  /** @param {{name: string, share: number}[] | null} tags Greatest first. @param {string} note */
  show(tags, note = this.none) {
    const found = tags ?? [];
    if (this.note.textContent !== note) this.note.textContent = note;
    this.note.hidden = found.length > 0;
    this.list.hidden = !found.length;
    this.rows.forEach((row, place) => {
      const tag = found[place];
      const key = tag ? `${tag.share.toFixed(3)} ${tag.name}` : "";
      if (key === row.last) return;
      row.last = key;
      // An empty line keeps its room.
      row.el.style.visibility = tag ? "" : "hidden";
      row.name.textContent = tag?.name ?? " ";
      row.name.title = tag?.name ?? "";
      row.share.textContent = tag?.share.toFixed(2) ?? "";
      row.fill.style.width = `${100 * (tag?.share ?? 0)}%`;
    });
  }
}
