// @ts-check
// A table of columns: value, where it lies, and its chance level.

import { chanceText, shareOfExtent } from "./card_facts.js";
import { columnText } from "../shared/column_text.js";
import { h, words } from "../shared/dom.js";
import { hueColor, ramp } from "../shared/theme.js";

/** The numbers of one neuron. */
export class CardNumbers {
  /** @param {any[]} columns @param {string} title @param {string} opponent The space of hues. */
  constructor(columns, title, opponent) {
    this.opponent = opponent;
    this.rows = columns.map((column) => {
      const value = h("td", { class: "nfviz-number nfviz-card-value" });
      const fill = h("span", { class: "nfviz-card-bar-fill", style: { background: ramp(column.name, 4)[2] } });
      const tick = h("span", { class: "nfviz-card-bar-tick", hidden: true });
      const bar = h("td", { class: "nfviz-card-bar", "aria-hidden": "true" }, h("span", {}, fill, tick));
      const chance = h("td", { class: "nfviz-soft nfviz-number nfviz-small" });
      const name = h("th", { scope: "row", title: column.help || null, text: words(column.name) });
      return { column, el: h("tr", {}, name, value, bar, chance), value, fill, tick, chance, last: "" };
    });
    this.el = h(
      "table",
      { class: "nfviz-card-numbers", "aria-label": title },
      h("tbody", {}, ...this.rows.map((row) => row.el)),
    );
  }

  /** @param {(name: string) => number} valueOf */
  show(valueOf) {
    for (const row of this.rows) {
      const { column } = row;
      const value = valueOf(column.name);
      const chance = column.chance ? valueOf(column.chance) : NaN;
      const texts = [columnText(column, value), chanceText(column, chance)];
      const key = `${texts.join("\n")} ${value}`;
      if (key === row.last) continue;
      row.last = key;
      [row.value.textContent, row.chance.textContent] = texts;
      this._fill(row, value);
      row.tick.hidden = !texts[1];
      row.tick.style.left = `${100 * shareOfExtent(column, chance)}%`;
    }
  }

  /** A bar as long as the value; of a hue, its color. */
  _fill({ column, fill }, value) {
    const hue = column.name === "hue" && Number.isFinite(value);
    fill.style.width = hue ? "100%" : `${100 * shareOfExtent(column, value)}%`;
    if (hue) fill.style.background = hueColor(value, this.opponent);
  }
}
