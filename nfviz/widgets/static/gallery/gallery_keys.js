// @ts-check
// What pointer and keyboard do in a gallery.

import { boxOf, placeAfter, placesIn, topToShow } from "./gallery_layout.js";

/** A press of a finger as long as this, in milliseconds, pins. */
const LONG = 500;
const SLACK = 10;

/** Listens to a gallery's list. */
export class GalleryKeys {
  /** @param {any} gallery */
  constructor(gallery) {
    this.gallery = gallery;
    this.keyboard = false;
    this.focused = false;
    this.press = { timer: 0, x: 0, y: 0, long: false };
    const { list } = gallery;
    const on = {
      keydown: (event) => this._key(event),
      focus: () => this._enter(),
      blur: () => this._leave(),
      pointermove: (event) => this._move(event),
      pointerleave: () => this._unhover(),
      pointerdown: (event) => this._down(event),
      pointerup: () => clearTimeout(this.press.timer),
      pointercancel: () => clearTimeout(this.press.timer),
      click: (event) => this._click(event),
      contextmenu: (event) => this.press.long && event.preventDefault(),
    };
    for (const [name, f] of Object.entries(on)) list.addEventListener(name, f);
  }

  /** Whether the active tile is to be seen. */
  get shown() {
    return this.focused && this.keyboard;
  }

  _key(event) {
    const { gallery } = this;
    const { store, layout } = gallery;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = this._activePlace();
    const to = placeAfter(layout, place, event.key, gallery.height);
    this.keyboard = true;
    if (to >= 0) this.activate(to);
    else if (event.key === "Enter" && place >= 0) store.set({ focus: gallery.active });
    else if (event.key === " " && place >= 0) store.togglePin(gallery.active);
    else if (event.key === "Escape") {
      gallery.popover.hide();
      if (store.state.focus >= 0) store.set({ focus: -1 });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The place of the active tile; where it is no longer in view, one nearby. */
  _activePlace() {
    const { gallery } = this;
    const { order } = gallery.store;
    if (!order.length) return -1;
    let place = order.indexOf(gallery.active);
    if (place < 0) {
      place = order.indexOf(gallery.store.state.focus);
      if (place < 0) place = placesIn(gallery.layout, gallery.top, gallery.top + gallery.height)[0];
      place = Math.min(place, order.length - 1);
      gallery.active = order[place];
    }
    return place;
  }

  /** Make a tile the active one. @param {number} place */
  activate(place) {
    const { gallery } = this;
    gallery.active = gallery.store.order[place];
    gallery._moveTo(topToShow(gallery.layout, place, gallery.top, gallery.height), true);
    gallery._mark();
    gallery._paint();
    gallery.options.point();
    gallery.options.later();
    if (this.shown) this._explain(gallery.active, place);
  }

  _explain(row, place) {
    const { gallery } = this;
    gallery.popover.show(row, () => {
      const box = gallery.list.getBoundingClientRect();
      const { x, y } = boxOf(gallery.layout, place);
      const { side } = gallery.layout;
      const [left, top] = [box.left + x, box.top + y - gallery.top];
      return { left, top, right: left + side, bottom: top + side };
    });
  }

  _enter() {
    this.focused = true;
    this.keyboard = this.gallery.list.matches(":focus-visible");
    const place = this._activePlace();
    if (place >= 0 && this.keyboard) this.activate(place);
  }

  _leave() {
    this.focused = false;
    this.gallery.popover.hide();
    this._repaint();
  }

  _repaint() {
    if (this.gallery._mark()) this.gallery._paint();
  }

  _move(event) {
    const { gallery, press } = this;
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLACK) clearTimeout(press.timer);
    if (event.pointerType === "touch") return;
    const row = gallery.rowAt(event);
    if (row < 0) {
      this._unhover();
      return;
    }
    gallery.store.setHover(row);
    this._explain(row, gallery.store.order.indexOf(row));
  }

  _unhover() {
    this.gallery.store.setHover(-1);
    this.gallery.popover.hide();
  }

  _down(event) {
    const { gallery, press } = this;
    this.keyboard = false;
    clearTimeout(press.timer);
    Object.assign(press, { x: event.clientX, y: event.clientY, long: false });
    if (event.pointerType === "mouse") return;
    const row = gallery.rowAt(event);
    press.timer = setTimeout(() => {
      press.long = true;
      if (row >= 0) gallery.store.togglePin(row);
    }, LONG);
  }

  _click(event) {
    const { gallery, press } = this;
    if (press.long) {
      press.long = false;
      return;
    }
    const row = gallery.rowAt(event);
    if (row < 0) return;
    gallery.active = row;
    if (event.shiftKey) gallery.store.togglePin(row);
    else gallery.store.set({ focus: row });
  }

  /** The tiles have moved under the pointer. */
  scrolled() {
    clearTimeout(this.press.timer);
    if (!this.shown) this._unhover();
  }

  destroy() {
    clearTimeout(this.press.timer);
  }
}
