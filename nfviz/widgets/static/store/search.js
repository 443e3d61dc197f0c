// @ts-check
// Which neurons a text finds: by class, layer, unit or color name.

/**
 * Search the neurons. All words must be found; a word is found in the name of the neuron's first
 * class or of what that is a kind of, in the name of its layer, as `layer/unit`, as the number of
 * its unit, or in the name of its color.
 */
export class Search {
  /** @param {any} data As `readPayload` gives it. */
  constructor(data) {
    const { meta } = data;
    this.data = data;
    this.layerNames = meta.layers.map((layer) => layer.name.toLowerCase());
    this.colorNames = (meta.color_names ?? []).map((name) => name.toLowerCase());
    this.classNames = meta.classes.map((each) => [each.name.toLowerCase()]);
    for (const node of meta.nodes ?? []) {
      if (node.label < 0) continue;
      for (const above of node.above) {
        this.classNames[node.label].push(meta.nodes[above].name.toLowerCase());
      }
    }
  }

  /**
   * Mark the rows that a text finds.
   * @param {string} text
   * @param {Int32Array} topLabels Position of each neuron's first class, -1 where there is none.
   * @returns {Uint8Array | null} null where the text is empty.
   */
  find(text, topLabels) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    const found = new Uint8Array(this.data.meta.n).fill(1);
    for (const word of words) this._keep(found, word, topLabels);
    return found;
  }

  _keep(found, word, topLabels) {
    const { layer, unit, color_name: color } = this.data;
    const classHit = this.classNames.map((names) => names.some((name) => name.includes(word)));
    const layerHit = this.layerNames.map((name) => name.includes(word));
    const colorHit = this.colorNames.map((name) => name.includes(word));
    const slash = word.includes("/");
    const number = /^[0-9]+$/.test(word) ? Number(word) : -1;
    for (let row = 0; row < found.length; row++) {
      if (!found[row]) continue;
      const hit =
        layerHit[layer[row]] ||
        unit[row] === number ||
        (topLabels[row] >= 0 && classHit[topLabels[row]]) ||
        (color && colorHit[color[row]]) ||
        (slash && `${this.layerNames[layer[row]]}/${unit[row]}`.endsWith(word));
      if (!hit) found[row] = 0;
    }
  }
}
