// @ts-check
// Any two columns against each other: a point per neuron, inked by the depth of its layer.

import { h, onResize, words } from "./shared/dom.js";
import { frameSvg } from "./joint_scatter/joint_axes.js";
import { JointKeys } from "./joint_scatter/joint_keys.js";
import { JointPlot } from "./joint_scatter/joint_plot.js";
import { JointPointer } from "./joint_scatter/joint_pointer.js";
import { correlation } from "./joint_scatter/joint_scale.js";
import { layerColor, theme } from "./shared/theme.js";

const PREFERRED = ["color_selectivity", "class_selectivity"];
const NARROW = 480; // Below that, a line of words may take two.
const LATER = 250; // Milliseconds until what is shown is measured and described.
const NUMBER = new Intl.NumberFormat("en-US");
const TOOLS = {
  box: "Box: drag to set the ranges of both columns",
  lasso: "Lasso: drag to pin the neurons inside as well; with Shift, to unpin them",
};

/** The columns of both axes: those asked for, or else usual ones, or else the first two. */
function chooseColumns(names, x, y) {
  const first = [x, PREFERRED[0], ...names].find((name) => names.includes(name));
  const second = [y, PREFERRED[1], PREFERRED[0], ...names].find((name) => names.includes(name) && name !== first);
  return [first, second ?? first];
}

class JointScatter {
  constructor(store, el, options) {
    this.store = store;
    this.el = el;
    this.names = [...store.columns.keys()];
    const [x, y] = chooseColumns(this.names, options.x, options.y);
    this.plot = new JointPlot(store);
    this._build(Number(options.height));
    if (!x) return;
    this._head(x, y);
    this.plot.choose(x, y);
    this.pointer = new JointPointer(this);
    this.root.append(new JointKeys(this.pointer).told);
    this._stop = onResize(this.plot.el, (width, height) => {
      if (width < 120 || height < 100) return;
      this.root.classList.toggle("nfviz-joint-narrow", width < NARROW);
      this.plot.resize(width, height);
      this.update(new Set(["size", "theme"]));
    });
  }

  _build(height) {
    this.head = h("div", { class: "nfviz-joint-head" });
    this.caption = h("span");
    this.said = h("span", { class: "nfviz-joint-said", "aria-live": "polite" });
    const line = h("p", { class: "nfviz-joint-line" }, this.caption, " ", this.said);
    this.empty = h("div", { class: "nfviz-joint-empty", hidden: true });
    this.plot.el.append(this.empty);
    this.root = h("div", { class: "nfviz-joint" }, this.head, line, this.plot.el, this._legend());
    if (height > 0) {
      this.root.classList.add("nfviz-joint-tall");
      this.root.style.height = `${height}px`;
    }
    this.el.append(this.root);
    if (!this.names.length) this._empty("This atlas has no columns of numbers.");
  }

  /** Both columns and the tools. */
  _head(x, y) {
    const select = (label, chosen) =>
      h("select", { "aria-label": label, on: { change: () => this._columns() } },
        ...this.names.map((name) => h("option", { value: name, text: words(name), selected: name === chosen })));
    this.x = select("Column across", x);
    this.y = select("Column up", y);
    this.tools = Object.entries(TOOLS).map(([tool, title]) =>
      h("button", { type: "button", text: tool, title, "aria-pressed": "false", on: { click: () => this.pointer.use(tool) } }));
    const button = (text, title, click) => h("button", { type: "button", text, title, disabled: true, on: { click } });
    this.clear = button("clear box", "Open the ranges of both columns again", () => this.pointer.clear());
    this.unpin = button("unpin all", "Take all pins out", () => this.store.set({ pinned: [] }));
    const columns = h("span", { class: "nfviz-joint-columns" }, this.x, h("span", { text: "×", "aria-hidden": "true" }), this.y);
    const tools = h("span", { class: "nfviz-joint-tools", role: "group", "aria-label": "Tools" }, ...this.tools, this.clear, this.unpin);
    this.head.append(columns, tools);
  }

  _legend() {
    const { layers } = this.store;
    this.bar = h("span", { class: "nfviz-joint-bar" });
    const name = ({ name: text }) => h("span", { class: "nfviz-joint-layer", text, title: text });
    const last = layers.length > 1 ? name(layers[layers.length - 1]) : null;
    return h("div", { class: "nfviz-joint-legend", hidden: !this.names.length }, name(layers[0]), this.bar, last);
  }

  _columns() {
    this.plot.choose(this.x.value, this.y.value);
    this.update(new Set(["size"]));
  }

  _empty(text) {
    if (this.empty.textContent !== text) this.empty.textContent = text;
    this.empty.hidden = !text;
  }

  update(changed) {
    if (!this.names.length) return;
    const { plot, store } = this;
    if (changed.has("theme") || !this.theme) {
      this.theme = theme(this.el);
      plot.setTheme(this.theme);
      this.bar.style.background = `linear-gradient(to right, ${this._colors().join(", ")})`;
    }
    if (changed.has("pinned")) this.unpin.disabled = !store.state.pinned.length;
    if (!plot.ready) return;
    const moved = changed.has("size") || (changed.has("columns") && plot.isLive());
    plot.update(changed, moved);
    if (changed.has("state") || moved) this.pointer.showBox();
    if (moved || changed.has("view")) {
      this.pointer.check();
      this.pointer.say("");
      this._empty(store.count ? "" : "no neuron is in view");
      this._say(store.live());
      clearTimeout(this._later);
      this._later = setTimeout(() => this._describe(), LATER);
    }
  }

  /** Answer a person. @param {string} text */
  say(text) {
    this.said.textContent = text;
    this._describe();
  }

  _say(text) {
    if (this.caption.textContent !== text) this.caption.textContent = text;
  }

  /** Measure and describe what is shown, when a drag is over. */
  _describe() {
    const { store, plot } = this;
    const { count, r } = correlation(plot.x, plot.y, store.inView);
    const unknown = count < store.count ? `; ${NUMBER.format(store.count - count)} without a value` : "";
    const measured = Number.isNaN(r) ? "" : `, correlation r = ${r.toFixed(2).replace("-", "−")}`;
    this._say(store.live() + (this.said.textContent ? "" : measured + unknown));
    const axes = `${words(plot.y.name)} against ${words(plot.x.name)}`;
    plot.picture.setAttribute("aria-label", `Scatter of ${axes}: ${NUMBER.format(count)} points${measured}`);
  }

  _colors() {
    const count = this.store.layers.length;
    const steps = Math.min(Math.max(count, 2), 16);
    return Array.from({ length: steps }, (_, step) => layerColor(step, steps, this.theme.dark));
  }

  svg() {
    const { plot, store, theme: inks } = this;
    if (!plot.ready) return "";
    const { layers } = store;
    return frameSvg({
      ...plot.shown(),
      theme: inks,
      caption: this.caption.textContent,
      layers: { colors: this._colors(), first: layers[0].name, last: layers.length > 1 ? layers[layers.length - 1].name : "" },
    });
  }

  destroy() {
    clearTimeout(this._later);
    this._stop?.();
    this.pointer?.destroy();
    this.root.remove();
  }
}

/**
 * A scatter of two columns.
 * @param {any} store
 * @param {Element} el
 * @param {{x?: string, y?: string, height?: number}} options Names of columns.
 */
export function jointScatter(store, el, options) {
  const scatter = new JointScatter(store, el, options ?? {});
  return {
    update: (changed) => scatter.update(changed),
    destroy: () => scatter.destroy(),
    svg: () => scatter.svg(),
  };
}
