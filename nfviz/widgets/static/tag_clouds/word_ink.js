// @ts-check
// The extent of words' ink, in lengths of the text size.

import { cutText } from "./cloud_layout.js";

const KEPT = 4000;

export class WordInk {
  /** @param {number} base Text size at which words are set. */
  constructor(base) {
    this.base = base;
    this._context = document.createElement("canvas").getContext("2d");
    this._known = new Map();
    this._font = "";
  }

  /** @param {string} font A family. */
  useFont(font) {
    if (font === this._font) return;
    this._font = font;
    this._known.clear();
    this._context.font = `${this.base}px ${font}`;
  }

  /**
   * @param {string} name
   * @param {number} most Width at text size 1 from which on its middle is left out.
   * @returns {{text: string, across: number, up: number, middle: number, below: number, center: number}}
   *   The text as shown; width and height of its ink; how far the middle of the ink is right of
   *   where the text begins, above its base line, and below the top of a line of height 1.
   */
  of(name, most) {
    const key = `${Math.round(most)} ${name}`;
    let found = this._known.get(key);
    if (found) return found;
    // A name may be empty, or white space.
    const whole = name.trim() ? name.replace(/\s/g, " ") : `'${name}'`;
    const text = cutText(whole, most * this.base, (each) => this._context.measureText(each).width);
    const ink = this._context.measureText(text);
    const [left, right, ascent, descent] = [
      ink.actualBoundingBoxLeft, ink.actualBoundingBoxRight, ink.actualBoundingBoxAscent, ink.actualBoundingBoxDescent,
    ].map((length) => length / this.base);
    const below = (ascent - descent) / 2;
    found = {
      text,
      across: Math.max(left + right, 0.2),
      up: Math.max(ascent + descent, 0.2),
      middle: (right - left) / 2,
      below,
      center: 0.5 + (ink.fontBoundingBoxAscent - ink.fontBoundingBoxDescent) / 2 / this.base - below,
    };
    if (this._known.size > KEPT) this._known.clear();
    this._known.set(key, found);
    return found;
  }
}
