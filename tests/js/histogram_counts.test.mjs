import assert from "node:assert/strict";
import { test } from "node:test";

import { HistogramCounts } from "../../nfviz/widgets/static/selectivity_histogram/histogram_counts.js";
import { Store } from "../../nfviz/widgets/static/store/store.js";
import { madeUpAtlas } from "./made_up_atlas.mjs";

const made = () => new Store(madeUpAtlas({ neurons: 90 }), { tiles: false, frame: (f) => f() });

/** Count as one reads it. */
function slowly(store, name, layer, bin, shown) {
  const { edges } = store.columns.get(name);
  const width = edges[1] - edges[0];
  let count = 0;
  for (let row = 0; row < store.n; row++) {
    const value = store.column(name)[row];
    if (store.layer[row] !== layer || store.dead[row] || Number.isNaN(value) || (shown && !store.inView[row])) continue;
    const place = Math.min(Math.floor((value - edges[0]) / width + 1e-6), edges.length - 2);
    if (place === bin) count++;
  }
  return count;
}

test("counts are those of a slow reading, in view too, whatever is set", () => {
  const store = made();
  const counts = new HistogramCounts(store);
  const patches = [{}, { ranges: { color_selectivity: [0.3, 1] } }, { threshold: 0.5 }, { n_max: 7, search: "dog" }];
  for (const name of ["color_selectivity", "class_selectivity", "n_images"]) {
    counts.setColumn(name);
    for (const patch of patches) {
      store.set(patch);
      if (store.columns.get(name).live) counts.bin();
      else counts.count();
      for (let cell = 0; cell < counts.layers * counts.bins; cell++) {
        const [layer, bin] = [Math.floor(cell / counts.bins), cell % counts.bins];
        assert.equal(counts.counts[cell], slowly(store, name, layer, bin, false));
        assert.equal(counts.shown[cell], slowly(store, name, layer, bin, true));
      }
    }
    store.reset();
  }
});

test("a layer's segments are all of its live neurons with a known value", () => {
  const store = made();
  const counts = new HistogramCounts(store);
  counts.setColumn("n_images");
  for (let layer = 0; layer < counts.layers; layer++) {
    assert.equal(counts.known[layer], counts.units[layer] - counts.dead[layer]);
    assert.equal(counts.knownShown[layer], counts.known[layer]);
  }
  assert.equal(counts.dead.reduce((a, b) => a + b), 1);
});
