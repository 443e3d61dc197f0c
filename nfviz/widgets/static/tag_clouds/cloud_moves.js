// @ts-check
// How a cloud follows its weights while a slider moves: words that become too small leave, others come.

import { scaleFor, SMALLEST, wishOf } from "./cloud_layout.js";
import { coveredBy, freePlace, newcomers, settleSizes } from "./cloud_newcomers.js";
import { hideWord, setText } from "./cloud_word.js";

/** Words that a cloud shows at most. */
export const MOST = 30;

const TRIED = 3; // Words for which room is looked for in a frame.
const GROWTH = 1.06; // By which a cloud that became sparse grows in a frame at most,
const DENSE = 0.95; // and the share of what it covered at first from which on it does not.

export class CloudMoves {
  /** @param {any} panel A `CloudPanel`. */
  constructor(panel) {
    this.panel = panel;
    this.scale = 0;
    this.covered = 0;
    /** Where words stood that have become too small, by key. */
    this._left = new Map();
    this._turn = 0;
  }

  /** Go on from a layout. @param {number} scale @param {any[]} places */
  begin(scale, places) {
    this.scale = scale;
    this.covered = coveredBy(places);
    this._left.clear();
  }

  /**
   * @param {(key: number) => number} weightOf
   * @returns {{total: number, scale: number}} How many words there are now, and the text size by weight.
   */
  follow(weightOf) {
    const { panel } = this;
    let scale = scaleFor(this.scale, panel.placed, weightOf);
    this._leave(panel.placed.filter((word) => scale * weightOf(word.key) < SMALLEST - 0.05));
    scale = settleSizes(panel.placed, scale, this.scale, weightOf, panel);
    const { total, waiting } = newcomers(weightOf, panel.entries.length, panel.placed, scale);
    if (waiting.length && panel.placed.length < MOST) this._admit(waiting, scale, weightOf);
    else if (coveredBy(panel.placed) < DENSE * this.covered) this.scale = Math.max(GROWTH * scale, this.scale);
    return { total, scale };
  }

  /** Take words out that are too small to be read, but know where they stood. */
  _leave(words) {
    if (!words.length) return;
    const gone = new Set(words);
    for (const word of words) {
      this._left.set(word.key, [word.x, word.y]);
      word.button.tabIndex = -1;
      hideWord(word);
    }
    this.panel.placed = this.panel.placed.filter((word) => !gone.has(word));
  }

  /** Give a few words places in free room. */
  _admit(waiting, scale, weightOf) {
    const { panel } = this;
    const before = panel.placed.length;
    const tries = Math.min(TRIED, waiting.length);
    for (let k = 0; k < tries && panel.placed.length < MOST; k++) {
      const { key, weight } = waiting[(this._turn + k) % waiting.length];
      const { name } = panel.entries[key];
      const ink = panel.inkOf(name);
      const wish = this._left.get(key) ?? wishOf(panel.homes[key], panel.width, panel.height);
      const place = freePlace({ key, size: scale * weight, ink, wish }, panel.placed, panel);
      if (place) this._enter({ ...place, last: 0, ink }, name);
    }
    // Where the greatest find no room, smaller ones may.
    this._turn = panel.placed.length > before ? 0 : this._turn + tries;
    if (panel.placed.length > before) settleSizes(panel.placed, scale, scale, weightOf, panel);
  }

  _enter(place, name) {
    const { panel } = this;
    const used = new Set(panel.placed);
    const word = panel.words.find((each) => !used.has(each));
    Object.assign(word, place);
    setText(word, name);
    word.el.classList.remove("nfviz-cloud-away");
    word.button.tabIndex = -1;
    panel.placed.push(word);
    panel.list.append(word.el);
  }
}
