// @ts-check
// The scatter under the pointer: hover, click, box and lasso.

import { h, s, show, words } from "../shared/dom.js";
import { ROOM } from "./joint_axes.js";
import { boundsOf } from "./joint_scale.js";
import { pinInside, rowsInside } from "./lasso.js";
import { NeuronPopover } from "../shared/neuron_popover.js";
import { bounds } from "../store/state.js";

const CLICK = 4; // Pixels that a pointer may move within a click.
const REACH = { mouse: 12, pen: 14, touch: 22 };
const MOST = 200; // Pinned neurons up to which a lasso pins more.

/** What a person does on the plot. */
export class JointPointer {
  /** @param {any} scatter A `JointScatter`. */
  constructor(scatter) {
    this.scatter = scatter;
    this.store = scatter.store;
    this.plot = scatter.plot;
    this.popover = new NeuronPopover(scatter.store, scatter.root);
    this.line = s("path", { class: "nfviz-joint-drawn" });
    this.overlay = s("svg", { class: "nfviz-joint-frame", "aria-hidden": "true" }, this.line);
    this.box = h("div", { class: "nfviz-joint-box", hidden: true });
    this.plot.picture.append(this.box, this.overlay);
    this.row = -1;
    this.drag = null;
    const on = (event, f) => this.plot.el.addEventListener(event, f);
    on("pointerdown", (event) => this._down(event));
    on("pointermove", (event) => this._move(event));
    on("pointerup", (event) => this._up(event));
    on("pointercancel", () => this._cancel());
    on("pointerleave", (event) => event.pointerType === "mouse" && this.leave());
    this._onKey = (event) => {
      if (event.key !== "Escape" || !this.drag) return;
      event.preventDefault();
      event.stopPropagation();
      this._cancel();
    };
    // Touching the plot scrolls the page unless a tool is asked for.
    this.use(matchMedia("(pointer: coarse)").matches ? null : "box");
  }

  /** Take a tool, or put it back. @param {string | null} tool */
  use(tool) {
    this.tool = tool === this.tool ? null : tool;
    for (const button of this.scatter.tools) button.setAttribute("aria-pressed", String(button.textContent === this.tool));
    this.plot.el.classList.toggle("nfviz-joint-drags", this.tool !== null);
  }

  /** Where a pointer is, in pixels from the plot's corner. */
  _at(event) {
    const { left, top } = this.plot.el.getBoundingClientRect();
    return [event.clientX - left - ROOM.left, event.clientY - top - ROOM.top];
  }

  _down(event) {
    if (event.button !== 0 || !this.plot.ready) return;
    const [x, y] = this._at(event);
    this.drag = { line: [x, y], moved: false, id: event.pointerId };
  }

  _move(event) {
    if (!this.plot.ready) return;
    const [x, y] = this._at(event);
    // Without a tool, nobody hears of a button that is let go outside.
    if (this.drag && !event.buttons) this._end();
    const { drag } = this;
    if (!drag) return this._hover(event, x, y);
    const away = Math.hypot(x - drag.line[0], y - drag.line[1]);
    if (!this.tool || (!drag.moved && away < CLICK)) return;
    if (!drag.moved) this._begin(drag);
    const { line } = drag;
    if (this.tool === "box") drag.line = [line[0], line[1], x, y];
    else if (Math.hypot(x - line[line.length - 2], y - line[line.length - 1]) >= 3) line.push(x, y);
    this._draw();
  }

  _begin(drag) {
    drag.moved = true;
    this.leave();
    this.plot.el.setPointerCapture(drag.id);
    document.addEventListener("keydown", this._onKey, true);
  }

  _draw() {
    const { line } = this.drag;
    const at = (k) => `${line[k] + ROOM.left} ${line[k + 1] + ROOM.top}`;
    if (this.tool === "box") {
      const [x0, y0, x1, y1] = line;
      this.line.setAttribute("d", `M${at(0)}h${x1 - x0}v${y1 - y0}h${x0 - x1}z`);
    } else {
      const points = [];
      for (let k = 0; k < line.length; k += 2) points.push(at(k));
      this.line.setAttribute("d", `M${points.join("L")}z`);
    }
  }

  _end() {
    this.drag = null;
    this.line.removeAttribute("d");
    document.removeEventListener("keydown", this._onKey, true);
  }

  _cancel() {
    this._end();
  }

  _up(event) {
    const { drag } = this;
    if (!drag) return;
    this._end();
    if (!drag.moved) this._click(event);
    else if (this.tool === "box") this._setBox(drag.line);
    else this._pin(drag.line, event.shiftKey);
  }

  _click(event) {
    const [x, y] = this._at(event);
    this._hover(event, x, y);
    if (this.row < 0) return;
    if (event.shiftKey) this.store.togglePin(this.row);
    else this.store.set({ focus: this.row });
  }

  /** A box sets the ranges of both columns. */
  _setBox([x0, y0, x1, y1]) {
    const { x, y } = this.plot;
    const across = [x0, x1].map((at) => x.scale.value(at)).sort((a, b) => a - b);
    const up = [y0, y1].map((at) => y.scale.value(at)).sort((a, b) => a - b);
    // Where both axes are of one column, x counts.
    const ranges = { [y.name]: boundsOf(up[0], up[1], y), [x.name]: boundsOf(across[0], across[1], x) };
    this.store.set({ ranges });
    this.say("");
  }

  /** Open both ranges. */
  clear() {
    const { x, y } = this.plot;
    this.store.set({ ranges: { [y.name]: [...y.extent], [x.name]: [...x.extent] } });
    this.say("");
  }

  /** A lasso pins the neurons inside as well, or unpins them. */
  _pin(line, away) {
    const { store, plot } = this;
    const before = store.state.pinned;
    const inside = rowsInside(store.order, plot.points, line.map((at) => at * plot.ratio));
    if (!inside.length) return this.say("No neuron in view is inside.");
    const pinned = pinInside(inside, before, away, MOST);
    store.set({ pinned });
    const count = (number) => number.toLocaleString("en-US");
    if (away) return this.say(`Unpinned ${count(before.length - pinned.length)}, ${count(pinned.length)} pinned.`);
    const now = new Set(pinned);
    const taken = inside.filter((row) => now.has(row)).length;
    const some = taken < inside.length ? `the first ${count(taken)} of ${count(inside.length)} inside, as sorted` : `${count(taken)} inside`;
    this.say(`Pinned ${some}; ${count(pinned.length)} in all.`);
  }

  say(text) {
    if (this.scatter.said.textContent !== text) this.scatter.say(text);
  }

  _hover(event, x, y) {
    const { plot, store } = this;
    const reach = (REACH[event.pointerType] ?? REACH.mouse) * plot.ratio;
    const row = plot.points.nearest(x * plot.ratio, y * plot.ratio, reach, store.inView, plot.ratio);
    if (row < 0) return this.leave();
    this.point(row, event.clientX, event.clientY);
  }

  /** Point at a neuron. @param {number} row @param {number} clientX @param {number} clientY */
  point(row, clientX, clientY) {
    const { plot, store } = this;
    this.row = row;
    const fact = ({ name, values }) => `${words(name)} ${show(values[row])}`;
    this.popover.show(row, plot.x.name === plot.y.name ? [fact(plot.x)] : [fact(plot.x), fact(plot.y)], clientX, clientY);
    store.setHover(row);
  }

  /** Nothing is pointed at. */
  leave() {
    if (this.row < 0) return;
    if (this.store.hover === this.row) this.store.setHover(-1);
    this.row = -1;
    this.popover.hide();
  }

  /** What is in view has changed. */
  check() {
    if (this.row >= 0 && !this.store.inView[this.row]) this.leave();
  }

  /** Show the ranges of both columns, where they are narrowed. */
  showBox() {
    const { x, y, across, down } = this.plot;
    const { ranges } = this.store.state;
    const edges = ({ name, extent, scale }, ends) => {
      const [low, high] = bounds(ranges[name], extent) ?? [-Infinity, Infinity];
      return [low > -Infinity ? scale.pixel(low) : ends[0], high < Infinity ? scale.pixel(high) : ends[1]];
    };
    const [left, right] = edges(x, [0, across]);
    const [bottom, top] = edges(y, [down, 0]);
    const none = left === 0 && right === across && bottom === down && top === 0;
    const key = `${none} ${left} ${top} ${right} ${bottom}`;
    if (key === this.boxKey) return;
    this.boxKey = key;
    this.box.hidden = none;
    this.scatter.clear.disabled = none;
    Object.assign(this.box.style, {
      left: `${ROOM.left + left}px`, top: `${ROOM.top + top}px`,
      width: `${Math.max(0, right - left)}px`, height: `${Math.max(0, bottom - top)}px`,
    });
  }

  destroy() {
    this._end();
    this.leave();
  }
}
