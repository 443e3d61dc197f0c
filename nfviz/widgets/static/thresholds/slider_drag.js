// @ts-check
// Two native sliders over each other, moved by one pointer: the nearest end is meant.

import { nearestEnd, placeOf, valueAt } from "./slider_math.js";

/** Width of a thumb in pixels, as in thresholds.css. */
export const THUMB = 16;

const SLOP = 4;

/**
 * Lets a pointer move the nearer of two ends. The native sliders take no pointers of their own
 * (the upper one would hide the lower one); they are moved and say so by input events.
 */
export class EndDrag {
  /**
   * @param {HTMLElement} track
   * @param {HTMLInputElement[]} inputs From and to.
   * @param {[number, number]} extent
   * @param {() => [number, number]} range The range as it is.
   */
  constructor(track, inputs, extent, range) {
    Object.assign(this, { track, inputs, extent, range });
    /** The end being dragged, -1 for none. */
    this.end = -1;
    this.pointer = -1;
    this.box = { left: 0, width: 1 };
    this.from = [0, 0];
    this.pressed = 0;
    this.offset = 0;
    this.waits = false;
    const up = (event) => this._up(event);
    this.listeners = {
      pointerdown: (event) => this._down(event),
      pointermove: (event) => this._during(event),
      pointerup: up,
      pointercancel: up,
    };
    for (const [type, listener] of Object.entries(this.listeners)) track.addEventListener(type, listener);
  }

  _place(event) {
    return (event.clientX - this.box.left - THUMB / 2) / (this.box.width - THUMB);
  }

  _down(event) {
    if (event.button || this.pointer >= 0 || event.target.closest("button")) return;
    event.preventDefault();
    const { left, width } = this.track.getBoundingClientRect();
    this.box = { left, width };
    this.pointer = event.pointerId;
    this.from = [event.clientX, event.clientY];
    this.waits = event.pointerType === "touch";
    this.pressed = this._place(event);
    const ends = this.range().map((value) => placeOf(value, this.extent));
    const reach = THUMB / 2 / (width - THUMB);
    const end = nearestEnd(this.pressed, ends[0], ends[1], reach);
    const beside = this.pressed - ends[Math.max(end, 0)];
    // A thumb does not jump when it is taken beside its middle.
    this.offset = Math.abs(beside) <= reach ? beside : 0;
    this.track.setPointerCapture(event.pointerId);
    if (end >= 0) this._take(end);
    if (end >= 0 && !this.offset && !this.waits) this._move(event);
  }

  _take(end) {
    this.end = end;
    this.inputs[end].focus({ preventScroll: true });
  }

  _during(event) {
    if (event.pointerId !== this.pointer) return;
    if (this.waits) {
      // A finger may be about to scroll the page: only its way along the slider counts.
      const [along, aside] = [event.clientX - this.from[0], event.clientY - this.from[1]].map(Math.abs);
      if (along < SLOP || along <= aside) return;
      this.waits = false;
    }
    this._move(event);
  }

  _move(event) {
    const place = this._place(event);
    if (this.end < 0) {
      // Both ends lie under the pointer: its direction tells which one is meant.
      if (place === this.pressed) return;
      this._take(place < this.pressed ? 0 : 1);
    }
    const input = this.inputs[this.end];
    const before = input.value;
    input.value = String(valueAt(place - this.offset, this.extent));
    if (input.value !== before) input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  _up(event) {
    if (event.pointerId !== this.pointer) return;
    if (event.type === "pointerup" && this.waits && this.end >= 0) this._move(event);
    const { end } = this;
    this.end = this.pointer = -1;
    if (end >= 0) this.inputs[end].dispatchEvent(new Event("change", { bubbles: true }));
  }

  stop() {
    for (const [type, listener] of Object.entries(this.listeners)) this.track.removeEventListener(type, listener);
  }
}
