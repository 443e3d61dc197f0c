// @ts-check
// One tag cloud in its frame: words that stay where they are while their sizes follow.

import { layOut, scaleFor, SMALLEST } from "./cloud_layout.js";
import { CloudTip } from "./cloud_tip.js";
import { BASE, hideWord, makeWord, setText, showWord } from "./cloud_word.js";
import { escapeText, h, onResize } from "../shared/dom.js";
import { WordInk } from "./word_ink.js";

const MOST = 30;
const LONGEST = 0.6; // Share of the panel's width that a word has at the smallest size.
const AWAY = 140; // Milliseconds in which a word fades.
const WORTH = 0.85; // Words stay where they can be so large there, as a share of what they could be.

/** @param {number} share */
export const percent = (share) => `${(100 * share).toFixed(1)}%`;

export class CloudPanel {
  /**
   * @param {{title: string, kind: string, ink: string, pick: (name: string) => void, resized: () => void}} facts
   */
  constructor({ title, kind, ink, pick, resized }) {
    this.title = title;
    this.ink = ink;
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
    this.scale = 0;
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
   * @param {[number, number][]} homes By key.
   * @param {string} note What is said where there are none.
   * @param {{stay: boolean, fade: boolean}} how `stay`: none moves, if that is good enough; `fade`:
   *   those that move vanish before they appear.
   */
  lay(tags, homes, note, { stay, fade }) {
    this._settleFade();
    const words = tags.slice(0, MOST).map(({ key, name, share }) => {
      const ink = this._inks.of(name, (LONGEST * this.width) / SMALLEST);
      return { key, name, ink, weight: share, across: ink.across, up: ink.up, home: homes[key] };
    });
    this.note.hidden = tags.length > 0;
    if (this.note.textContent !== note) this.note.textContent = note;
    const found = this._choose(words, stay);
    const more = found.places.length ? tags.length - found.places.length : 0;
    this.rest.textContent = more ? `and ${more.toLocaleString("en-US")} smaller one${more > 1 ? "s" : ""}` : "";
    if (!fade || !this.placed.length) this._put(found, words);
    else this._fade(found, words);
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
    this.scale = scale;
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
    this.follow((key) => byKey.get(key).weight);
    this._tell();
    this._offer(this.placed.find((word) => word === focused) ?? this.placed[0]);
    if (focused && !this.placed.includes(focused)) this.placed[0]?.button.focus();
  }

  /** Let sizes follow new weights; places stay. @param {(key: number) => number} weightOf */
  follow(weightOf) {
    if (this._fading) this._settleFade();
    const scale = scaleFor(this.scale, this.placed, weightOf);
    for (const word of this.placed) {
      word.share = weightOf(word.key);
      const size = scale * word.share;
      if (Math.abs(size - word.last) < 0.05) continue;
      word.last = size;
      if (size < SMALLEST - 0.05) hideWord(word);
      else showWord(word, size / BASE);
    }
    this.tip.refresh();
  }

  /** Say the shares to those who cannot see sizes. */
  _tell() {
    for (const word of this.placed) {
      const text = `, ${percent(word.share)}`;
      if (word.told !== text) word.says.textContent = word.told = text;
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
    const text = (at, down, size, ink, words, anchor = "start") =>
      `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" font-size="${size}" fill="${ink}" text-anchor="${anchor}">${escapeText(words)}</text>`;
    const parts = [text(x, y - 6, 11, inks.ink, this.title)];
    if (this.rest.textContent) parts.push(text(x + this.width, y - 6, 11, inks.soft, this.rest.textContent, "end"));
    parts.push(`<rect x="${x}" y="${y}" width="${this.width}" height="${this.height}" fill="none" stroke="${this.ink}" stroke-width="1.5"/>`);
    if (!this.note.hidden) parts.push(text(x + this.width / 2, y + this.height / 2, 12, inks.soft, this.note.textContent, "middle"));
    for (const word of this.placed) {
      if (!word.shown) continue;
      const size = word.last;
      const { middle, below } = word.ink;
      parts.push(text(x + word.x - size * middle, y + word.y + size * below, size.toFixed(2), inks.ink, word.ink.text));
    }
    return parts.join("");
  }

  destroy() {
    clearTimeout(this._fading);
    this._stop();
  }
}
