// @ts-check
// What neurons answer, in words: shares of classes, and of what these are kinds of.

/** Class distributions summed over the neurons in view, kept in step as neurons come and go. */
export class TagSums {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
    this._shares = null;
    this._inView = new Uint8Array(store.n);
    this._sums = new Float64Array(store.meta.classes.length);
    this._rows = 0;
    // Which nodes each class is below, itself among them.
    this._nodesOf = store.meta.classes.map(() => []);
    (store.meta.nodes ?? []).forEach((node, position) => {
      if (node.label >= 0) this._nodesOf[node.label] = [position, ...node.above];
    });
  }

  /** The tags of one neuron. @param {number} row */
  ofNeuron(row) {
    const sums = new Float64Array(this._sums.length);
    for (const { label, share } of this.store.classTable.sharesOf(row)) sums[label] = share;
    return this._tags(sums, 1);
  }

  /** The mean tags of all neurons in view that have labeled images. */
  ofView() {
    this._follow();
    return this._tags(this._sums, Math.max(this._rows, 1));
  }

  _follow() {
    const { store } = this;
    const { shares } = store.classTable;
    if (shares !== this._shares) {
      this._shares = shares;
      this._inView.fill(0);
      this._sums.fill(0);
      this._rows = 0;
    }
    for (let row = 0; row < store.n; row++) {
      if (this._inView[row] === store.inView[row]) continue;
      const sign = store.inView[row] ? 1 : -1;
      this._inView[row] = store.inView[row];
      const end = shares.starts[row + 1];
      if (shares.starts[row] < end) this._rows += sign;
      for (let place = shares.starts[row]; place < end; place++) {
        this._sums[shares.label[place]] += sign * shares.share[place];
      }
    }
    // Nothing is left of sums that went back to zero but rounding.
    if (!this._rows) this._sums.fill(0);
  }

  /** @param {Float64Array} sums @param {number} rows */
  _tags(sums, rows) {
    const { classes, nodes } = this.store.meta;
    const leaf = [];
    const weights = new Float64Array(nodes?.length ?? 0);
    for (let position = 0; position < sums.length; position++) {
      const share = sums[position] / rows;
      if (share < 1e-9) continue;
      leaf.push({ key: position, name: classes[position].name, share });
      for (const node of this._nodesOf[position]) weights[node] += share;
    }
    leaf.sort((a, b) => b.share - a.share || a.key - b.key);
    const above = [];
    weights.forEach((share, node) => {
      if (share >= 1e-9) above.push({ key: node, name: nodes[node].name, share });
    });
    above.sort((a, b) => b.share - a.share || nodes[a.key].classes - nodes[b.key].classes || a.key - b.key);
    return { leaf, nodes: nodes === null ? null : above };
  }
}
