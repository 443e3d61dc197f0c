// @ts-check
// The hue wheel under pointer and keyboard.

import { besideByHue, besideByRing, placeAt } from "./wheel_choice.js";
import { NeuronPopover } from "../shared/neuron_popover.js";

const REACH = { mouse: 4, pen: 6, touch: 14 };

/** Moves by key: around the ring, or from ring to ring. */
const MOVES = {
  ArrowLeft: [besideByHue, 1],
  ArrowRight: [besideByHue, -1],
  ArrowUp: [besideByRing, 1],
  ArrowDown: [besideByRing, -1],
};

/** What a person points at on a wheel. */
export class WheelPointer {
  /** @param {any} wheel A `HueWheel`. */
  constructor(wheel) {
    this.wheel = wheel;
    this.store = wheel.store;
    this.model = wheel.model;
    this.popover = new NeuronPopover(wheel.store, wheel.root);
    this.place = -1;
    const on = (event, f) => wheel.square.addEventListener(event, f);
    on("pointermove", (event) => this._point(event));
    on("pointerleave", (event) => event.pointerType === "mouse" && this.leave());
    on("click", (event) => this._click(event));
    on("keydown", (event) => this._key(event));
    on("blur", () => this.leave());
  }

  /** The place under a pointer; -1 where there is none. */
  _under(event) {
    const { square, stage, model } = this.wheel;
    const { left, top } = square.getBoundingClientRect();
    const { center } = stage.sizes;
    const reach = REACH[event.pointerType] ?? REACH.mouse;
    return placeAt(event.clientX - left - center, event.clientY - top - center, model, stage.side / 2, reach);
  }

  _point(event) {
    if (!this.wheel.stage.sizes) return;
    const place = this._under(event);
    this.wheel.square.classList.toggle("nfviz-wheel-hit", place >= 0);
    if (place < 0) this.leave();
    else this._show(place, event.clientX, event.clientY);
  }

  _show(place, x, y) {
    this.place = place;
    const row = this.model.rows[place];
    this.popover.show(row, this._facts(row), x, y);
    this.store.setHover(row);
  }

  _facts(row) {
    const { store } = this;
    const facts = [`hue ${Math.round(store.column("hue")[row]) % 360}°`];
    if (store.columns.has("color_selectivity")) {
      facts.push(`color selectivity ${store.column("color_selectivity")[row].toFixed(2)}`);
    }
    if (this.model.isOpponent(row)) facts.push(`opponent, balance ${store.column("balance")[row].toFixed(2)}`);
    return facts;
  }

  /** Nothing is pointed at. */
  leave() {
    if (this.place < 0) return;
    if (this.store.hover === this.model.rows[this.place]) this.store.setHover(-1);
    this.place = -1;
    this.popover.hide();
  }

  _click(event) {
    if (!this.wheel.stage.sizes) return;
    const place = this._under(event);
    if (place < 0) return this.leave();
    this._show(place, event.clientX, event.clientY);
    this._act(event.shiftKey, this.model.rows[place]);
  }

  _act(pin, row) {
    if (pin) this.store.togglePin(row);
    else this.store.set({ focus: row });
  }

  _key(event) {
    if (!this.wheel.stage.sizes || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = event.key === "Enter" || event.key === " ";
    if (event.key === "Escape" && this.place >= 0) this.leave();
    else if (acts && this.place >= 0) {
      this._act(event.key === " ", this.model.rows[this.place]);
      this._say();
    } else if (MOVES[event.key]) this._move(...MOVES[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  _move(beside, direction) {
    const { model, store } = this;
    const drawn = model.places.subarray(0, model.count);
    const focus = store.state.focus < 0 ? -1 : model.placeOf[store.state.focus];
    const from = this.place >= 0 ? this.place : drawn.includes(focus) ? focus : -1;
    const next = beside(from, direction, drawn, { hue: (place) => model.hue(place), ring: (place) => model.ring(place) });
    if (next < 0) return;
    const { left, top } = this.wheel.square.getBoundingClientRect();
    const { center } = this.wheel.stage.sizes;
    this._show(next, left + center + model.x[next], top + center + model.y[next]);
    this._say();
  }

  _say() {
    const { store, model } = this;
    const row = model.rows[this.place];
    const { focus, pinned } = store.state;
    const more = [focus === row ? ", focused" : "", pinned.includes(row) ? ", pinned" : ""].join("");
    const ring = `ring ${model.ring(this.place) + 1} of ${model.base.length}`;
    this.wheel.aloud.textContent = `${store.describe(row)}, ${ring}${more}`;
  }

  /** What is in view has changed. */
  check() {
    if (this.place >= 0 && !this.store.inView[this.model.rows[this.place]]) this.leave();
  }

  destroy() {
    this.leave();
  }
}
