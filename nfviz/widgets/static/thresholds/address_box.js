// @ts-check
// How many neurons are in view; reset; the address of the state to copy, and a place to paste one.

import { h } from "../shared/dom.js";
import { addressOf, applyAddress } from "../store/store_address.js";

const TOLD = 1600;

/** The count with what stands beside it. */
export class AddressBox {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
    this.timer = null;
    this.count = h("div", { role: "status", class: "nfviz-count nfviz-number" });
    this.reset = h("button", {
      type: "button", text: "reset", title: "show every neuron again", on: { click: () => store.reset() },
    });
    this.copy = h("button", {
      type: "button", class: "nfviz-copy", title: "copy the address of what is shown",
      on: { click: () => this._copy() },
    }, h("span", { text: "copy address" }));
    this.field = h("input", {
      type: "text", class: "nfviz-address", "aria-label": "paste an address", placeholder: "address",
      autocomplete: "off", spellcheck: "false",
      on: { input: (event) => this._pasted(event), change: () => this._pasted(null) },
    });
    this.note = h("span", { class: "nfviz-sr", "aria-live": "polite" });
    this.el = h(
      "div",
      { class: "nfviz-head" },
      this.count,
      h("div", { class: "nfviz-head-tools" }, this.reset, this.copy, this.field, this.note),
    );
  }

  update() {
    const text = this.store.live();
    if (this.count.textContent !== text) this.count.textContent = text;
  }

  async _copy() {
    // Of a file or a page of its own the whole address leads here.
    const address = this.store.page + addressOf(this.store);
    try {
      await navigator.clipboard.writeText(address);
      this._tell("copied");
    } catch {
      // Not every page may write to the clipboard: there the address can be taken by hand.
      this.field.value = address;
      this.field.focus();
      this.field.select();
      this._tell(this.el.ownerDocument.execCommand?.("copy") ? "copied" : "copy it here");
    }
  }

  /** @param {any} event Of what is typed; null when people are done. */
  _pasted(event) {
    const text = this.field.value;
    // An address comes as a whole; what is typed letter by letter is read at the end.
    if (!text.trim() || (event && (event.data ?? "").length === 1)) return;
    if (event && !/#.*=/.test(text)) return;
    const told = applyAddress(this.store, text);
    if (told) this.field.value = "";
    this._tell(told ? "shown" : "no address");
  }

  _tell(text) {
    const [label] = this.copy.children;
    this.copy.dataset.note = this.note.textContent = text;
    label.classList.add("nfviz-told");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      label.classList.remove("nfviz-told");
      delete this.copy.dataset.note;
      this.note.textContent = "";
    }, TOLD);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
