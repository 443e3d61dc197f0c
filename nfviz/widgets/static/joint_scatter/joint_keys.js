// @ts-check
// The scatter under the keyboard: arrow keys go from point to point.

import { h } from "../shared/dom.js";

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const ASIDE = 2; // How much farther what lies aside is than what lies ahead.

/**
 * The next point in view in a direction, from one point; -1 where there is none. Points at the same
 * place follow each other by row.
 * @param {number} from A row.
 * @param {number[]} direction
 * @param {{x: Int32Array, y: Int32Array, at: Int32Array}} points
 * @param {Uint8Array} inView
 */
export function nextPoint(from, [across, down], { x, y, at }, inView) {
  const forward = across + down > 0;
  let [best, least] = [-1, Infinity];
  for (let row = 0; row < at.length; row++) {
    if (row === from || at[row] < 0 || !inView[row]) continue;
    const [dx, dy] = [x[row] - x[from], y[row] - y[from]];
    if (!dx && !dy) {
      if (row > from !== forward) continue;
      const steps = -1 / (1 + Math.abs(row - from));
      if (steps < least) [best, least] = [row, steps];
      continue;
    }
    const ahead = dx * across + dy * down;
    const aside = Math.abs(dx * down) + Math.abs(dy * across);
    if (ahead <= 0 || aside > 2 * ahead) continue;
    const far = ahead * ahead + (ASIDE * aside) ** 2;
    if (far < least) [best, least] = [row, far];
  }
  return best;
}

export class JointKeys {
  /** @param {any} pointer A `JointPointer`. */
  constructor(pointer) {
    this.pointer = pointer;
    this.told = h("span", { class: "nfviz-sr", "aria-live": "polite" });
    const { picture } = pointer.plot;
    picture.addEventListener("keydown", (event) => this._key(event));
    picture.addEventListener("blur", () => this._leave());
  }

  _key(event) {
    const { pointer } = this;
    const { store } = pointer;
    if (event.altKey || event.ctrlKey || event.metaKey || !pointer.plot.ready) return;
    const direction = ARROWS[event.key];
    const { row } = pointer;
    if (direction) this._go(direction);
    else if (row < 0) return;
    else if (event.key === "Enter") store.set({ focus: row });
    else if (event.key === " ") this._pin(row);
    else if (event.key === "Escape") this._leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  _pin(row) {
    const { store } = this.pointer;
    const pinned = store.state.pinned.includes(row);
    store.togglePin(row);
    this.told.textContent = `${store.name(row)} ${pinned ? "unpinned" : "pinned"}`;
  }

  _go(direction) {
    const { pointer } = this;
    const { plot, store } = pointer;
    const { points } = plot;
    const to = pointer.row < 0 ? this._first() : nextPoint(pointer.row, direction, points, store.inView);
    const at = plot.spot(to);
    if (!at) return;
    const { left, top } = plot.el.getBoundingClientRect();
    pointer.point(to, left + at.x, top + at.y);
    this.told.textContent = store.describe(to);
  }

  /** Where arrow keys begin: the focused neuron, or else the first in the order. */
  _first() {
    const { plot, store } = this.pointer;
    const shown = (row) => row >= 0 && store.inView[row] && plot.points.at[row] >= 0;
    return shown(store.state.focus) ? store.state.focus : (store.order.find(shown) ?? -1);
  }

  _leave() {
    this.pointer.leave();
    this.told.textContent = "";
  }
}
