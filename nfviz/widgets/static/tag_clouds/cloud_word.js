// @ts-check
// A word of a tag cloud in the page: set once at one size, then scaled, so that nothing is laid out
// anew while a slider moves.

import { h } from "../shared/dom.js";

/** Text size at which words are set. */
export const BASE = 100;

/** A word without text, hidden. */
export function makeWord() {
  const text = document.createTextNode("");
  const says = document.createTextNode("");
  const share = h("span", { class: "nfviz-cloud-share" }, says);
  const button = h("span", { role: "button", tabindex: "-1", "aria-pressed": "false", class: "nfviz-cloud-word" }, text, share);
  const el = h("li", { hidden: true }, button);
  return { el, button, text, says, name: "", told: "", pressed: "false", shown: false, last: 0 };
}

/** @param {any} word @param {string} name */
export function setText(word, name) {
  word.name = name;
  if (word.text.data !== word.ink.text) word.text.data = word.ink.text;
}

/** @param {any} word */
export function hideWord(word) {
  if (!word.shown) return;
  word.shown = false;
  word.el.hidden = true;
}

/** Show a word at its place. @param {any} word @param {number} scale Of the size at which it is set. */
export function showWord(word, scale) {
  const { middle, center } = word.ink;
  const x = word.x - scale * BASE * middle;
  const y = word.y - scale * BASE * center;
  word.el.style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px) scale(${scale.toFixed(4)})`;
  // Outlines are scaled with the word.
  word.button.style.setProperty("--nfviz-word-pixel", (1 / scale).toFixed(1));
  if (word.shown) return;
  word.shown = true;
  word.el.hidden = false;
}
