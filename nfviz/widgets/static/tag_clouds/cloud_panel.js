// @ts-check
// One tag cloud in its frame: words that stay where they are while their sizes follow.

import { layOut, SMALLEST } from "./cloud_layout.js";
import { CloudMoves, MOST } from "./cloud_moves.js";
import { cloudSvg } from "./cloud_svg.js";
import { CloudTip } from "./cloud_tip.js";
import { BASE, hideWord, makeWord, setText, showWord } from "./cloud_word.js";
import { h, onResize } from "../shared/dom.js";
import { WordInk } from "./word_ink.js";

const LONGEST = 0.6; // Share of the panel's width that a word has at the smallest size.
const AWAY = 140; // Milliseconds in which a word fades.
const WORTH = 0.85; // Words stay where they can be so large there, as a share of what they could be.

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)}%`;

export class CloudPanel {
  /**
   * @param {{title: string, short?: string, kind: string, ink: string, entries: {name: string}[], homes: [number, number][],
   *   pick: (name: string) => void, resized: () => void}} facts `entries` and `homes` by key.
   */
  constructor({ title, short = title, kind, ink, entries, homes, pick, resized }) {
    this.title = title;
    /** Its heading where room is short. */
    this.short = short;
    this.ink = ink;
    this.entries = entries;
    this.homes = homes;
    this.rest = h("span", { class: "nfviz-cloud-rest nfviz-soft" });
    this.note = h("p", { class: "nfviz-cloud-note nfviz-soft", hidden: true });
    this.list = h("ul", { role: "list", class: "nfviz-cloud-words" });
    this.tip = new CloudTip();
    this.panel = h("div", { class: "nfviz-cloud-panel", style: { borderColor: ink } }, this.list, this.note, this.tip.el);
    const head = h("div", { class: "nfviz-cloud-head nfviz-small" }, h("span", { text: title, title }), this.rest);
    this.el = h("div", { role: "group", class: `nfviz-cloud nfviz-cloud-${kind}`, "aria-label": title }, head, this.panel);
    this.words = Array.from({ length: MOST }, () => makeWord());
    this.width = 0;
    this.height = 0;
    this._moves = new CloudMoves(this);
    /** @type {any[]} The words that have a place. */
    this.placed = [];
    this._inks = new WordInk(BASE);
    this._fading = 0;
    this._search = "";
    this._listen(pick);
    this._stop = onResize(this.panel, (width, height) => {
      [this.width, this.height] = [width, height];
      resized();
    });
  }

  _listen(pick) {
    const wordOf = (event) => {
      const button = event.target.closest(".nfviz-cloud-word");
      return this.placed.find((word) => word.button === button);
    };
    const show = (event) => {
      const word = wordOf(event);
      if (word) this.tip.show(word, this);
    };
    const hide = () => this.tip.hide();
    const choose = (event) => {
      const word = wordOf(event);
      if (!word) return;
      event.preventDefault();
      pick(word.name);
    };
    this.list.addEventListener("pointerover", show);
    this.list.addEventListener("focusin", show);
    this.list.addEventListener("pointerout", hide);
    this.list.addEventListener("focusout", hide);
    this.list.addEventListener("click", (event) => {
      // Whoever marks text to copy it does not mean to search.
      if (document.getSelection()?.isCollapsed !== false) choose(event);
    });
    this.list.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") choose(event);
      else this._step(event, wordOf(event));
    });
  }

  /** Arrow keys go from word to word, so that the cloud is one stop of the tabulator. */
  _step(event, word) {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -MOST, End: MOST };
    const step = steps[event.key];
    if (!word || !step) return;
    event.preventDefault();
    const shown = this.placed.filter((each) => each.shown);
    const to = Math.min(Math.max(shown.indexOf(word) + step, 0), shown.length - 1);
    this._offer(shown[to]);
    shown[to].button.focus();
  }

  _offer(word) {
    for (const each of this.words) each.button.tabIndex = each === word ? 0 : -1;
  }

  /** Measure text anew. @param {string} font */
  useFont(font) {
    this._inks.useFont(font);
  }

  /**
   * Place words, the greatest first.
   * @param {{key: number, name: string, share: number}[]} tags
   * @param {string} note What is said where there are none.
   * @param {{stay: boolean, fade: boolean}} how `stay`: none moves, if that is good enough; `fade`:
   *   those that move vanish before they appear.
   */
  lay(tags, note, { stay, fade }) {
    this._settleFade();
    const words = tags.slice(0, MOST).map(({ key, name, share }) => {
      const ink = this.inkOf(name);
      return { key, name, ink, weight: share, across: ink.across, up: ink.up, home: this.homes[key] };
    });
    this.note.hidden = tags.length > 0;
    if (this.note.textContent !== note) this.note.textContent = note;
    const found = this._choose(words, stay);
    this._count(tags.length, found.places.length);
    if (!fade || !this.placed.length) this._put(found, words);
    else this._fade(found, words);
  }

  inkOf(name) {
    return this._inks.of(name, (LONGEST * this.width) / SMALLEST);
  }

  /** Say how many are not shown. */
  _count(total, shown) {
    const more = shown ? total - shown : 0;
    const text = more ? `and ${more.toLocaleString("en-US")} smaller one${more > 1 ? "s" : ""}` : "";
    if (this.rest.textContent !== text) this.rest.textContent = text;
  }

  /** Leave words where they are, as long as they are not much smaller there. */
  _choose(words, stay) {
    const best = layOut(words, this.width, this.height);
    if (!stay || !this.placed.length) return best;
    const kept = layOut(words, this.width, this.height, new Map(this.placed.map((word) => [word.key, word])));
    return kept.places.length >= best.places.length && kept.scale >= WORTH * best.scale ? kept : best;
  }

  /** Let the words that will stand elsewhere vanish first. */
  _fade(found, words) {
    const places = new Map(found.places.map((place) => [place.key, place]));
    for (const word of this.placed) {
      const to = places.get(word.key);
      const stays = to && Math.hypot(to.x - word.x, to.y - word.y) < 1.5;
      word.el.classList.toggle("nfviz-cloud-away", !stays);
    }
    this._fading = window.setTimeout(() => {
      this._fading = 0;
      this._put(found, words);
    }, AWAY);
    this._settleFade = () => {
      if (!this._fading) return;
      clearTimeout(this._fading);
      this._fading = 0;
      this._put(found, words);
    };
  }

  _settleFade() {}

  _put({ scale, places }, words) {
    const byKey = new Map(words.map((word) => [word.key, word]));
    const kept = new Map(this.placed.map((word) => [word.key, word]));
    const free = this.words.filter((word) => !places.some(({ key }) => kept.get(key) === word));
    this._moves.begin(scale, places);
    const { activeElement: active } = /** @type {any} */ (this.el.getRootNode());
    const focused = this.placed.find((word) => word.button === active);
    this.placed = places.map((place) => {
      const word = kept.get(place.key) ?? free.pop();
      Object.assign(word, place, { last: 0, ink: byKey.get(place.key).ink, share: byKey.get(place.key).weight });
      setText(word, byKey.get(place.key).name);
      word.el.classList.remove("nfviz-cloud-away");
      return word;
    });
    for (const word of free) hideWord(word);
    // In the order in which they are read; words that stand where they stood are left alone.
    this.placed.forEach((word, place) => {
      if (this.list.children[place] !== word.el) this.list.insertBefore(word.el, this.list.children[place] ?? null);
    });
    this._size(scale, (key) => byKey.get(key).weight);
    this._tell();
    this._offer(this.placed.find((word) => word === focused) ?? this.placed[0]);
    if (focused && !this.placed.includes(focused)) this.placed[0]?.button.focus();
  }

  /**
   * Let sizes follow new weights; places stay, and words that are large enough now find free room.
   * @param {(key: number) => number} weightOf
   * @param {string} note What is said where there are no words.
   */
  follow(weightOf, note) {
    if (this._fading) this._settleFade();
    const { total, scale } = this._moves.follow(weightOf);
    this._size(scale, weightOf);
    this._count(total, this.placed.length);
    if (this.note.hidden !== total > 0) this.note.hidden = total > 0;
    if (!total && this.note.textContent !== note) this.note.textContent = note;
    this._tell();
    if (this.placed.length && !this.placed.some(({ button }) => button.tabIndex === 0)) this._offer(this.placed[0]);
  }

  /** @param {number} scale @param {(key: number) => number} weightOf */
  _size(scale, weightOf) {
    for (const word of this.placed) {
      word.share = weightOf(word.key);
      const size = scale * word.share;
      if (word.shown && Math.abs(size - word.last) < 0.05) continue;
      word.last = size;
      showWord(word, size / BASE);
    }
    this.tip.refresh();
  }

  /** Say the shares to those who cannot see sizes. */
  _tell() {
    for (const word of this.placed) {
      const text = `, ${percent(word.share)}`;
      if (word.told !== text) word.says.data = word.told = text;
    }
    this.mark(this._search);
  }

  /** Mark the word that is searched for. @param {string} search */
  mark(search) {
    this._search = search;
    for (const word of this.placed) {
      const pressed = String(word.name === search);
      if (word.pressed !== pressed) word.button.setAttribute("aria-pressed", (word.pressed = pressed));
    }
  }

  /** The cloud as SVG, its frame at a place. */
  svg(x, y, inks) {
    return cloudSvg(this, x, y, inks);
  }

  destroy() {
    clearTimeout(this._fading);
    this._stop();
  }
}
