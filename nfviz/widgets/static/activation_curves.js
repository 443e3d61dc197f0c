// @ts-check
// How the activations of neurons fall over their best images (Fig. 1), live.

import { CurveLegend } from "./activation_curves/curve_legend.js";
import { CurvePlot } from "./activation_curves/curve_plot.js";
import { weightAt } from "./activation_curves/curve_scale.js";
import { escapeText, h, onResize, show } from "./shared/dom.js";
import { shortNames, withoutMiddle } from "./shared/short_names.js";
import { LINES, theme } from "./shared/theme.js";
import { WeightBand } from "./activation_curves/weight_band.js";

const IDLE = 140; // Milliseconds without a change before the band follows.
const KEPT = 400; // Curves that are remembered.
const DASHES = ["", "7 3", "2 2"];
const HEAD = 20; // Pixels above a saved picture.
const LETTER = 6.2; // Pixels that a letter of a saved legend takes at most, on average,
const LEAST = 12; // and letters of a name that are kept.
const TITLE = "relative activation";
const HINT = "Click a neuron to see its curve, shift-click to pin it.";

/**
 * @param {any} store
 * @param {Element} el
 * @param {{height?: number}} options `height` in pixels.
 */
export function activationCurves(store, el, options) {
  const view = new ActivationCurves(store, el, options);
  return {
    update: (changed) => view.update(changed),
    destroy: () => view.destroy(),
    svg: () => view.svg(),
  };
}

class ActivationCurves {
  constructor(store, el, options) {
    this.store = store;
    this.root = el;
    const { ranks } = store.meta.parameters;
    this.plot = new CurvePlot((store.meta.curve_ranks.at(-1) ?? ranks - 1) + 1);
    this.legend = new CurveLegend((row) => store.set({ focus: row }));
    this.shortNames = shortNames(store.layers.map((layer) => layer.name));
    this.bands = new WeightBand(store.data);
    this.band = { ranks: [], low: [], median: [], high: [], weights: [], count: 0 };
    this.cursor = -1;
    this._known = new Map();
    this._timer = 0;
    this._rule = "";
    this._build(el, options);
  }

  _build(el, options) {
    const button = (text, log) => h("button", { type: "button", text, "aria-pressed": String(!log), on: { click: () => this._setLog(log) } });
    this.buttons = [button("linear", false), button("log", true)];
    this.stage = h("div", {
      class: "nfviz-curves-stage", tabindex: "0", role: "slider", "aria-label": "rank", "aria-valuemin": 1,
      "aria-valuemax": this.plot.most, "aria-valuenow": 1, "aria-valuetext": "no rank",
      on: {
        pointermove: (event) => this._point(event.offsetX),
        pointerdown: (event) => this._point(event.offsetX),
        pointerleave: () => this._moveTo(-1),
        blur: () => this._moveTo(-1),
        keydown: (event) => this._key(event),
      },
    }, this.plot.el);
    const choice = h("div", { role: "group", "aria-label": "scale of ranks", class: "nfviz-curves-choice" }, ...this.buttons);
    const head = h("div", { class: "nfviz-curves-head nfviz-small" }, h("span", { text: TITLE }), choice);
    const chart = h("div", { class: "nfviz-curves-chart" }, head, this.stage);
    this.box = h("div", { class: "nfviz-curves" }, h("div", { class: "nfviz-curves-parts" }, chart, this.legend.el));
    if (options.height > 0) {
      this.box.style.height = `${options.height}px`;
      this.box.classList.add("nfviz-curves-fixed");
    }
    el.append(this.box);
    this.inks = theme(el);
    this._stop = onResize(this.stage, (width, height) => {
      [this.width, this.height] = [width, height];
      this._redraw();
    });
  }

  /** @param {Set<string>} changed */
  update(changed) {
    if (changed.has("theme")) {
      this.inks = theme(this.root);
      this._redraw();
      this._later(0);
      return;
    }
    if (changed.has("view")) this._later(IDLE);
    if (!this.width) return;
    const { min_activation, n_max } = this.store.state;
    const rule = `${min_activation} ${n_max}`;
    if (rule !== this._rule) {
      this._rule = rule;
      this.plot.drawRules(this.store.state);
    }
    if (["focus", "pinned", "hover", "columns"].some((what) => changed.has(what))) this._drawLines();
  }

  _redraw() {
    if (!this.width) return;
    this.plot.resize(this.width, this.height, this.inks);
    this.plot.drawRules(this.store.state);
    this.plot.drawBand(this.band);
    this._drawLines();
  }

  /** Quartiles of thousands of neurons can wait until the slider rests. */
  _later(time) {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      const band = this.bands.quartiles(this.store.inView);
      this.band = { ...band, weights: band.median };
      if (!this.width) return;
      this.plot.drawBand(this.band);
      this._tell();
    }, this.band.count ? time : 0);
  }

  _curve(row) {
    let curve = this._known.get(row);
    if (!curve) {
      if (this._known.size >= KEPT) this._known.clear();
      this._known.set(row, (curve = this.store.curve(row)));
    }
    return curve;
  }

  /** The curves that are shown, in the order of the legend. */
  _shown() {
    const { focus, pinned } = this.store.state;
    const { hover } = this.store;
    const found = focus >= 0 ? [this._line(focus, 2.8)] : [];
    for (const row of pinned) if (row !== focus) found.push(this._line(row, 1.6));
    const known = found.find(({ row }) => row === hover);
    if (known) known.width += 1;
    else if (hover >= 0) found.push({ ...this._line(hover, 1.1), ink: this.inks.soft });
    return found;
  }

  _line(row, width) {
    const place = this.store.state.pinned.indexOf(row);
    const ink = place < 0 ? this.inks.ink : LINES[place % LINES.length];
    const dash = DASHES[Math.floor(Math.max(place, 0) / LINES.length) % DASHES.length];
    return { row, curve: this._curve(row), ink, width, dash };
  }

  _drawLines() {
    const { focus } = this.store.state;
    this.lines = this._shown();
    this.plot.drawLines([...this.lines].reverse());
    const line = this.lines.find(({ row }) => row === focus);
    this.plot.drawSet(line?.curve, focus < 0 ? 0 : this.store.classTable.setSize[focus], line?.ink ?? "none");
    this._tell();
  }

  /** The legend, and what is at the cursor. */
  _tell() {
    const { store, cursor, band } = this;
    const lines = this.lines ?? [];
    const percent = store.columns.has("auc_percent") ? store.column("auc_percent") : null;
    const value = (curve) => (cursor < 0 ? "" : show(weightAt(curve, cursor)));
    const told = lines.map(({ row, curve, ink, width, dash }) => ({
      row, ink, width, dash,
      name: store.name(row) + (store.dead[row] ? " (dead)" : ""),
      layer: this.shortNames[store.layer[row]],
      auc: percent && percent[row] === percent[row] ? `${percent[row].toFixed(0)}%` : "–",
      count: store.classTable.setSize[row].toLocaleString("en-US"),
      value: value(curve),
    }));
    if (band.count) {
      const whose = `median of ${band.count.toLocaleString("en-US")} in view`;
      // Behind what stays, before the neuron under the pointer.
      const place = lines.filter(({ row }) => row === store.state.focus || store.state.pinned.includes(row)).length;
      told.splice(place, 0, { row: -1, name: whose, ink: this.inks.soft, width: 1.2, dash: "4 3", auc: "", count: "", value: value(band) });
    }
    const none = store.count ? "" : "No neuron is in view. ";
    this.legend.show(told, cursor, lines.length ? none : none + HINT);
    this.plot.drawCursor(cursor, [...lines, { curve: band, ink: this.inks.soft }]);
    this.told = told;
    const said = cursor < 0 ? "no rank" : [`rank ${cursor + 1}`, ...told.map((line) => `${line.name} ${line.value}`)].join(", ");
    this.stage.setAttribute("aria-valuetext", said);
  }

  _point(x) {
    if (this.width) this._moveTo(this.plot.scale.rankAt(x));
  }

  _moveTo(rank) {
    if (rank === this.cursor) return;
    this.cursor = rank;
    this.stage.setAttribute("aria-valuenow", String(Math.max(rank, 0) + 1));
    if (this.width) this._tell();
  }

  _key(event) {
    const { most } = this.plot;
    const at = this.cursor;
    const to = {
      ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1,
      PageUp: at + 10, PageDown: at - 10, Home: 0, End: most - 1,
    }[event.key];
    if (event.key === "Escape") this._moveTo(-1);
    if (to === undefined) return;
    event.preventDefault();
    this._moveTo(Math.min(Math.max(to, 0), most - 1));
  }

  _setLog(log) {
    this.plot.log = log;
    this.buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(Boolean(place) === log)));
    this._redraw();
  }

  svg() {
    const { inks, width = 400, height = 200 } = this;
    const rows = (this.told ?? []).map(({ name, layer, ink, width: wide, dash, auc, count }, place) => {
      const y = HEAD + height + 14 + 16 * place;
      const more = [auc && auc !== "–" ? `AUC ${auc}` : "", count ? `N ${count}` : ""].filter(Boolean).map((fact) => `, ${fact}`).join("");
      const room = Math.max((width - 64) / LETTER - more.length, LEAST);
      // A short name still tells layers apart.
      const whose = name.length > room && layer ? layer + name.slice(name.lastIndexOf("/")) : name;
      const facts = withoutMiddle(whose, room) + more;
      return (
        `<path d="M30 ${y - 4}h22" fill="none" stroke="${ink}" stroke-width="${wide}" stroke-dasharray="${dash}"/>` +
        `<text x="60" y="${y}" font-size="11" fill="${inks.ink}">${escapeText(facts)}</text>`
      );
    });
    const tall = HEAD + height + 16 * rows.length + 8;
    const picture = new XMLSerializer().serializeToString(this.plot.el);
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${tall}" viewBox="0 0 ${width} ${tall}" font-family="${escapeText(inks.font)}">` +
      `<title>Activation curves</title><rect width="${width}" height="${tall}" fill="${inks.ground}"/>` +
      `<text x="2" y="14" font-size="11" fill="${inks.ink}">${TITLE}</text><g transform="translate(0, ${HEAD})">${picture}</g>${rows.join("")}</svg>`
    );
  }

  destroy() {
    clearTimeout(this._timer);
    this._stop();
    this.box.remove();
  }
}
