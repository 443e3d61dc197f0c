// @ts-check
// The sliders of th, N and the minimum activation, which re-evaluate class selectivity.

import { h } from "../shared/dom.js";
import { trackPlace } from "./range_span.js";
import { numberIn, placeOf, valueText } from "./slider_math.js";

/**
 * The parameters, with what their sliders accept.
 * @param {any} meta
 */
export function parametersOf(meta) {
  const { parameters } = meta;
  return [
    {
      name: "threshold", label: "th — share the classes must cover", extent: [0.05, 1], step: 0.01, least: 0.001,
      help: "Class selectivity counts the classes that cover this share of a neuron's activation.",
    },
    {
      name: "n_max", label: "N — images at most", extent: [2, Math.max(parameters.ranks, 3)], step: 1, least: 1,
      help: "At most so many of a neuron's best images are looked at.",
    },
    {
      name: "min_activation", label: "minimum activation", extent: [0, 1], step: 0.01, least: 0,
      help: "Images with less than this share of the neuron's greatest activation are left out.",
    },
  ].map((each) => ({ ...each, first: parameters[each.name] }));
}

/** One value on a track. */
export class ParameterSlider {
  /** @param {any} store @param {any} parameter Of `parametersOf`. @param {string} id */
  constructor(store, parameter, id) {
    this.store = store;
    this.parameter = parameter;
    this.held = false;
    this.known = NaN;
    this._build(id);
  }

  _build(id) {
    const { name, label, extent, step, help } = this.parameter;
    const hold = (held) => () => {
      this.held = held;
      if (!held) this.sync(true);
    };
    this.input = h("input", {
      type: "range", class: "nfviz-one", "aria-label": name, "aria-describedby": `${id}-help`,
      min: extent[0], max: extent[1], step,
      on: {
        input: () => this._set(Number(this.input.value)),
        pointerdown: hold(true), pointerup: hold(false), pointercancel: hold(false), change: hold(false),
      },
    });
    this.field = h("input", {
      type: "text", inputmode: "decimal", class: "nfviz-field nfviz-number", autocomplete: "off",
      style: { width: "calc(4ch + 8px)" }, "aria-label": `value of ${label.split(" — ")[0]}`,
      on: { focus: () => this._open(), change: () => this._typed(), blur: () => this.sync(true) },
    });
    this.el = h(
      "div",
      { class: "nfviz-range nfviz-parameter" },
      h("div", { class: "nfviz-range-head" },
        h("span", { class: "nfviz-range-name", text: label, title: help }), this.field),
      h("div", { class: "nfviz-track" }, this.input, this._mark()),
      h("span", { id: `${id}-help`, hidden: true, text: help }),
    );
  }

  /** The value with which the atlas was made, which a click sets. */
  _mark() {
    const { label, extent, step, first } = this.parameter;
    const text = valueText(first, step);
    return h("button", {
      type: "button", class: "nfviz-notch", title: `${text}, as the atlas was made`,
      "aria-label": `${label.split(" — ")[0]} ${text}, as the atlas was made`,
      style: { left: trackPlace(placeOf(first, extent)) }, on: { click: () => this._set(first) },
    });
  }

  _set(value) {
    const { name } = this.parameter;
    if (value !== this.store.state[name]) this.store.set({ [name]: value });
  }

  /** All digits, to be typed over. */
  _open() {
    this.field.value = String(this.store.state[this.parameter.name]);
    this.field.select();
  }

  _typed() {
    const { name, extent, least } = this.parameter;
    const value = numberIn(this.field.value);
    if (value === value) {
      const within = Math.min(Math.max(value, least), extent[1]);
      this._set(name === "n_max" ? Math.round(within) : within);
    }
    this.sync(true);
  }

  /** Show the value as it is. @param {boolean} anew Whatever was shown. */
  sync(anew = false) {
    const { name, step } = this.parameter;
    const value = this.store.state[name];
    if (!anew && value === this.known) return;
    this.known = value;
    const typing = this.field.getRootNode().activeElement === this.field && !anew;
    if (!typing) this.field.value = valueText(value, step);
    if (!this.held) this.input.value = String(value);
  }

  /** What a picture of it needs. */
  facts() {
    const { name, label, extent, step } = this.parameter;
    const value = this.store.state[name];
    return { label, text: valueText(value, step), place: placeOf(value, extent) };
  }
}
