// @ts-check
// What the word under the pointer says: its whole name and its share.

import { h } from "../shared/dom.js";

const ABOVE = 34;

export class CloudTip {
  constructor() {
    this.el = h("div", { class: "nfviz-cloud-tip", "aria-hidden": "true", hidden: true });
    this.word = null;
    this._text = "";
  }

  /** @param {any} word @param {{width: number, height: number}} panel */
  show(word, panel) {
    this.word = word;
    const half = (word.last * word.ink.up) / 2;
    const above = word.y - half - ABOVE;
    const y = above >= 0 ? above : Math.min(word.y + half + 6, panel.height - ABOVE + 6);
    // Far to the right it hangs by its right end, so that it stays inside.
    const across = Math.min(Math.max(word.x / Math.max(panel.width, 1), 0), 1);
    this.el.style.transform = `translate(${word.x.toFixed(0)}px, ${y.toFixed(0)}px) translateX(${(-100 * across).toFixed(1)}%)`;
    this.el.hidden = false;
    this.refresh();
  }

  /** Shares change while a slider moves. */
  refresh() {
    if (!this.word) return;
    if (!this.word.shown) {
      this.hide();
      return;
    }
    const text = `${this.word.name}: ${(100 * this.word.share).toFixed(1)}% of the activation`;
    if (text !== this._text) this.el.textContent = this._text = text;
  }

  hide() {
    this.word = null;
    this.el.hidden = true;
  }
}
