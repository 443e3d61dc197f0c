// @ts-check
// The hue wheel: neuron features at their hue, on the rings of their layers.

import { h, onResize, write } from "./shared/dom.js";
import { HueStrip } from "./hue_wheel/hue_strip.js";
import { theme } from "./shared/theme.js";
import { WheelModel } from "./hue_wheel/wheel_model.js";
import { WheelPointer } from "./hue_wheel/wheel_pointer.js";
import { WheelStage } from "./hue_wheel/wheel_stage.js";
import { wheelSvg } from "./hue_wheel/wheel_svg.js";

const LEAST = 40; // Pixels below which there is nothing to see.
const NARROW = 460; // Below that, a line of words may take two.
const LATER = 500; // Milliseconds until what is shown is described in words.
const HELP =
  "Hue wheel. Left and right arrows move around a ring, up and down from ring to ring, Enter focuses, Space pins.";

let wheels = 0;

class HueWheel {
  constructor(store, el, options) {
    this.store = store;
    this.el = el;
    this.model = new WheelModel(store, options.rings);
    this.stage = new WheelStage(store, this.model);
    this._build(Number(options.height));
    this.strip = new HueStrip(store, this.root);
    this.strip.box.hidden = !this.model.rows.length;
    this.pointer = new WheelPointer(this);
    this._stop = onResize(this.place, (width, height) => this._resize(width, height));
  }

  _build(height) {
    const id = `nfviz-wheel-${++wheels}`;
    this.caption = h("p", { class: "nfviz-wheel-caption" });
    const facts = { tabindex: 0, role: "application", "aria-label": HELP, "aria-describedby": id };
    this.square = h("div", { class: "nfviz-wheel-square", ...facts }, ...this.stage.canvases);
    this.why = h("span");
    this.empty = h("div", { class: "nfviz-wheel-empty", hidden: true }, this.why);
    this.place = h("div", { class: "nfviz-wheel-stage" }, this.square, this.empty);
    this.aloud = h("p", { class: "nfviz-wheel-aloud", "aria-live": "polite" });
    this.text = h("p", { class: "nfviz-wheel-aloud", id });
    const names = this.model.ringNames().map((name, ring) =>
      h("span", { title: name }, h("b", { text: `${ring + 1} ` }), name));
    const key = h("div", { class: "nfviz-wheel-key", hidden: !this.model.rows.length }, ...names);
    this.root = h("div", { class: "nfviz-wheel" }, this.caption, this.place, key, this.aloud, this.text);
    if (height > 0) {
      this.root.classList.add("nfviz-wheel-tall");
      this.root.style.height = `${height}px`;
    }
    this.el.append(this.root);
  }

  _resize(width, height) {
    const size = Math.floor(Math.min(width, height));
    if (size < LEAST) return;
    this.theme = theme(this.el);
    this.root.classList.toggle("nfviz-wheel-narrow", width < NARROW);
    Object.assign(this.square.style, { width: `${size}px`, height: `${size}px`, left: `${(width - size) / 2}px` });
    this.stage.resize(size);
    this.update(new Set(["size"]));
  }

  update(changed) {
    const any = (...names) => names.some((name) => changed.has(name));
    if (any("theme") || !this.theme) this.theme = theme(this.el);
    const { stage, model } = this;
    if (!stage.sizes) return;
    if (any("ready")) {
      stage.layer.refresh();
      stage.warm();
    }
    if (any("size", "theme")) stage.paintBase(this.theme);
    if (any("view", "size", "theme", "ready") || model.open !== model.isOpen()) this._choose(any("size", "theme"));
    if (any("focus", "pinned", "size", "theme", "ready") || (any("view") && stage.hasMarks())) stage.paintMarks(this.theme);
    if (any("hover", "size", "theme")) stage.paintHover(this.theme);
  }

  _choose(always) {
    const { model, stage } = this;
    model.choose();
    stage.paintTiles(this.theme);
    stage.paintAxes(this.theme, always);
    this.strip.update(model.bins, this.theme, always);
    this.pointer.check();
    write(this.caption, model.caption());
    write(this.why, model.whyEmpty());
    this.empty.hidden = model.shown > 0;
    clearTimeout(this._later);
    this._later = setTimeout(() => this._describe(), LATER);
  }

  /** The same in words, when a drag is over. */
  _describe() {
    const { model } = this;
    const on = new Array(model.base.length).fill(0);
    for (let k = 0; k < model.count; k++) on[model.ring(model.places[k])]++;
    const rings = model.ringNames().map((name, ring) => `ring ${ring + 1}, ${name}: ${on[ring]}`);
    write(this.text, `${model.caption()}. Drawn on ${rings.join("; ")}.`);
    this.strip.describe();
  }

  svg() {
    const { stage, model, theme: inks, strip } = this;
    if (!stage.sizes) return "";
    const marks = h("canvas");
    stage.paintMarks(inks, marks, false);
    return wheelSvg({
      sizes: stage.sizes,
      circles: model.circles,
      axes: stage.axesOf(),
      dot: stage.dot(),
      direction: model.direction,
      theme: inks,
      opponent: stage.opponent,
      tiles: stage.tiles.toDataURL(),
      marks: marks.toDataURL(),
      caption: model.caption(),
      rings: model.ringNames(),
      bars: strip.parts(),
      barsWidth: strip.width,
      barsHeight: strip.height,
    });
  }

  destroy() {
    clearTimeout(this._later);
    this.stage.gone = true;
    this._stop();
    this.strip.destroy();
    this.pointer.destroy();
    this.root.remove();
  }
}

/**
 * The hue wheel of the neurons in view.
 * @param {any} store
 * @param {Element} el
 * @param {{height?: number, rings?: number}} options `rings`: most rings, 6 by default.
 */
export function hueWheel(store, el, options) {
  const wheel = new HueWheel(store, el, options ?? {});
  return {
    update: (changed) => wheel.update(changed),
    destroy: () => wheel.destroy(),
    svg: () => wheel.svg(),
  };
}
