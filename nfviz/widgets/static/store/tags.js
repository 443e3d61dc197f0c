// @ts-check
// What neurons answer, in words: shares of classes, and of what these are kinds of.

import { classLines } from "./class_lines.js";

/**
 * Class distributions summed over the neurons in view, kept in step as neurons come and go. As in
 * `nfviz.summarize_tags`, a neuron's classes are those that reach the threshold.
 */
export class TagSums {
  /** @param {any} store */
  constructor(store) {
    const { meta } = store;
    this.store = store;
    this._of = null;
    this._inView = new Uint8Array(store.n);
    this._sums = new Float64Array(meta.classes.length);
    // How many neurons give each sum: what is left when the last is gone is rounding.
    this._givers = new Int32Array(meta.classes.length);
    this._rows = 0;
    this._lines = linesOf(meta);
    this._byId = meta.classes.map((_, position) => position);
    this._byId.sort((a, b) => meta.classes[a].label - meta.classes[b].label);
  }

  /**
   * The tags of one neuron: key, name and share of its activation, greatest first.
   * @param {number} row
   * @returns {{leaf: any[], nodes: any[] | null}} `nodes` is null where there is no ontology.
   */
  ofNeuron(row) {
    const { classTable } = this.store;
    const sums = new Float64Array(this._sums.length);
    const shares = classTable.sharesOf(row);
    const needed = classTable.classesNeeded(row);
    for (let place = 0; place < needed; place++) sums[shares[place].label] = shares[place].share;
    return this._tags(sums, 1);
  }

  /** The mean tags of all neurons in view that have labeled images, as `ofNeuron`. */
  ofView() {
    this._follow();
    return this._tags(this._sums, Math.max(this._rows, 1));
  }

  /**
   * Shares of the neurons in view by key, as those of `ofView`, but cheap in every frame.
   * @returns {{leaf: (key: number) => number, nodes: (key: number) => number}}
   */
  sharesOfView() {
    this._follow();
    const { _sums: sums } = this;
    const weights = this._weights(sums);
    const rows = Math.max(this._rows, 1);
    return { leaf: (key) => sums[key] / rows, nodes: (key) => weights[key] / rows };
  }

  /** Whether `ofView` has only to follow which neurons are in view. */
  get settled() {
    return this.store.classTable.revision === this._of && this.store.classTable.settled;
  }

  _follow() {
    const { inView, classTable } = this.store;
    const { sums, needed, revision } = classTable;
    const { count } = sums;
    if (revision !== this._of) {
      this._of = revision;
      this._inView.fill(0);
      this._sums.fill(0);
      this._givers.fill(0);
      this._rows = 0;
    }
    for (let row = 0; row < inView.length; row++) {
      if (this._inView[row] === inView[row]) continue;
      this._inView[row] = inView[row];
      if (!count[row]) continue;
      this._add(sums, row, needed[row], inView[row] ? 1 : -1);
    }
  }

  _add({ starts, label, sum, total }, row, needed, sign) {
    const { _sums: sums, _givers: givers } = this;
    this._rows += sign;
    const factor = sign / total[row];
    const end = starts[row] + needed;
    for (let place = starts[row]; place < end; place++) {
      const c = label[place];
      givers[c] += sign;
      sums[c] = givers[c] ? sums[c] + sum[place] * factor : 0;
    }
  }

  /** What falls on each node or below it. @param {Float64Array} sums By class. */
  _weights(sums) {
    const { starts, nodes } = this._lines;
    const weights = new Float64Array(this.store.meta.nodes?.length ?? 0);
    for (let c = 0; c < sums.length; c++) {
      if (!sums[c]) continue;
      for (let place = starts[c]; place < starts[c + 1]; place++) weights[nodes[place]] += sums[c];
    }
    return weights;
  }

  /** @param {Float64Array} sums @param {number} rows */
  _tags(sums, rows) {
    const { classes, nodes } = this.store.meta;
    const leaf = [];
    for (const key of this._byId) {
      if (sums[key] > 0) leaf.push({ key, name: classes[key].name, share: sums[key] / rows });
    }
    // Sorting is stable, so that ties stay by id.
    leaf.sort((a, b) => b.share - a.share);
    if (!nodes) return { leaf, nodes: null };
    const above = [];
    this._weights(sums).forEach((sum, key) => {
      if (sum > 0) above.push({ key, name: nodes[key].name, share: sum / rows });
    });
    above.sort(
      (a, b) =>
        b.share - a.share ||
        nodes[a.key].classes - nodes[b.key].classes ||
        nodes[b.key].above.length - nodes[a.key].above.length ||
        a.key - b.key,
    );
    return { leaf, nodes: above };
  }
}

/** Which nodes each class is below, itself among them, one class behind the other. */
function linesOf(meta) {
  const lines = classLines(meta);
  const starts = new Uint32Array(lines.length + 1);
  lines.forEach((line, c) => (starts[c + 1] = starts[c] + line.length));
  return { starts, nodes: Uint32Array.from(lines.flat()) };
}
