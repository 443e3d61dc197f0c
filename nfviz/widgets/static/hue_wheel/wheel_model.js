// @ts-check
// The neurons of the hue wheel: which there are, where they stand, which are drawn.

import { sortRows } from "../store/order.js";
import { SECTORS, chooseDrawn, freeDirection } from "./wheel_choice.js";
import { orderByRing, placeOnWheel, shareRings, wheelCells } from "./wheel_layout.js";

const RINGS = 6; // That can still be told apart.
const MOST_RINGS = 40;
const OPPONENT = 0.5; // Balance above which both ends of an axis are seen.
const INNER = 0.17; // Shares of the largest radius, as those of a feature's side:
const SMALLEST = 0.05;
const LARGEST = 0.15;
const SELECTIVITY = "color_selectivity";
const NUMBER = new Intl.NumberFormat("en-US");

/** The neurons that have a hue. A place is a neuron's number among them. */
export class WheelModel {
  /**
   * @param {any} store
   * @param {unknown} rings Most rings.
   */
  constructor(store, rings) {
    this.store = store;
    const most = Number.isInteger(rings) && Number(rings) > 0 ? Number(rings) : RINGS;
    this.ringOfLayer = shareRings(store.layers.length, Math.min(most, MOST_RINGS));
    const column = (name) => (store.columns.has(name) ? store.column(name) : null);
    this.hues = column("hue") ?? new Float32Array(store.n).fill(NaN);
    this.balance = column("balance");
    this.selectivity = column(SELECTIVITY);
    this.least = store.meta.parameters.color_threshold;
    this._order();
    this.places = new Int32Array(this.rows.length);
    this.bins = new Uint32Array(SECTORS);
    this.count = 0;
    this.shown = 0;
    this.placements = new Map();
  }

  /** By ring, from the most selective down. */
  _order() {
    const { store, selectivity, ringOfLayer } = this;
    const rings = 1 + ringOfLayer[ringOfLayer.length - 1];
    /** All rows, from the most selective down. */
    this.ranked = sortRows(selectivity ?? new Float32Array(store.n), false);
    const found = orderByRing(this.hues, this.ranked, (row) => ringOfLayer[store.layer[row]], rings);
    this.rows = found.rows;
    this.starts = found.starts;
    this.placeOf = new Int32Array(store.n).fill(-1);
    this.rows.forEach((row, place) => (this.placeOf[row] = place));
    const least = Math.fround(this.least);
    this.strong = Uint8Array.from({ length: store.n }, (_, row) => Number(!selectivity || selectivity[row] >= least));
    this.base = new Array(rings).fill(0);
    this.rows.forEach((row, place) => (this.base[this.ring(place)] += this.strong[row]));
  }

  /** The layers of each ring, in words. */
  ringNames() {
    return this.base.map((_, ring) => {
      const names = this.store.layers.filter((_, position) => this.ringOfLayer[position] === ring);
      const [first, last] = [names[0].name, names[names.length - 1].name];
      return first === last ? first : `${first} – ${last}`;
    });
  }

  /** @param {number} place */
  ring(place) {
    return this.ringOfLayer[this.store.layer[this.rows[place]]];
  }

  /** @param {number} place */
  hue(place) {
    return this.hues[this.rows[place]];
  }

  /** Whether both ends of a neuron's axis are seen. @param {number} row */
  isOpponent(row) {
    return this.balance !== null && this.balance[row] > OPPONENT;
  }

  /**
   * Place all neurons, in view or not, so that none moves when others are filtered out.
   * @param {number} outer The largest radius, in pixels; a wheel that is only scaled keeps its places.
   */
  place(outer) {
    const larger = outer < 110 ? 1.8 : outer < 190 ? 1.35 : 1;
    const unit = this.placements.get(larger) ?? this._placeUnit(larger);
    this.placements.set(larger, unit);
    this.cell = unit.cell;
    this.room = unit.room;
    this.direction = unit.direction;
    this.taken = new Uint32Array(unit.room.length);
    this.circles = unit.circles.map((radius) => radius * outer);
    this.side = unit.side * outer;
    this.x = unit.x.map((each) => each * outer);
    this.y = unit.y.map((each) => -each * outer);
  }

  /** Place all neurons on a wheel of radius 1. @param {number} larger How much larger they are than usual. */
  _placeUnit(larger) {
    const { hues: hue, rows, starts, base, strong } = this;
    const smallest = SMALLEST * larger;
    const placed = placeOnWheel({ hue, rows, starts, base, inner: INNER, outer: 1, smallest, largest: LARGEST });
    const turn = (place) => (this.hue(place) * Math.PI) / 180;
    const x = placed.radius.map((radius, place) => radius * Math.cos(turn(place)));
    const y = placed.radius.map((radius, place) => radius * Math.sin(turn(place)));
    const firm = (_, place) => strong[rows[place]] === 1;
    const direction = freeDirection(placed.circles, x.filter(firm), y.filter(firm));
    return { ...placed, ...wheelCells(hue, rows, starts, placed), x, y, direction };
  }

  /** Whether no bound of color selectivity applies, so that the wheel shows the selective ones only. */
  isOpen() {
    if (!this.selectivity) return false;
    // An upper bound alone lets nothing more be seen.
    return this.store.state.ranges[SELECTIVITY][0] <= this.store.columns.get(SELECTIVITY).extent[0];
  }

  /** Choose what is drawn: `places`, `count` of them, of `shown`; `bins` are the hues of those shown. */
  choose() {
    this.open = this.isOpen();
    const found = chooseDrawn(this, this.store.inView, this.open ? this.strong : null, this);
    this.shown = found.shown;
    this.count = found.drawn;
  }

  /** What is shown, in a line. */
  caption() {
    const { count: all } = this.store;
    const text = (value) => NUMBER.format(value);
    const of = this.shown < all ? `${text(this.shown)} of ${text(all)} in view` : `${text(all)} in view`;
    const rule = this.open ? `: color selectivity ≥ ${this.least.toFixed(2)}` : this.shown < all ? " have a hue" : "";
    const cap = this.count < this.shown ? `; showing ${text(this.count)}, the most selective` : "";
    return of + rule + cap;
  }

  /** Why nothing is shown; empty where something is. */
  whyEmpty() {
    if (this.shown) return "";
    if (!this.store.columns.has("hue")) return "This atlas has no hues: score it with nfviz.ColorSelectivity().";
    if (!this.rows.length) return "no neuron has a hue";
    if (!this.store.count) return "no neuron is in view";
    return this.open ? "no neuron in view is that color-selective" : "no neuron in view has a hue";
  }
}
