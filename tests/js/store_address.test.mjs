import assert from "node:assert/strict";
import { test } from "node:test";

import { Store } from "../../nfviz/widgets/static/store/store.js";
import { addressOf, applyAddress } from "../../nfviz/widgets/static/store/store_address.js";
import { madeUpAtlas } from "./made_up_atlas.mjs";

const made = () => new Store(madeUpAtlas(), { tiles: false, frame: (f) => f() });

test("the address of everything is #", () => {
  assert.equal(addressOf(made()), "#");
});

test("a state comes back from its address, in another page too", () => {
  const store = made();
  store.set({
    ranges: { color_selectivity: [0.25, 1], n_images: [0, 20] },
    layers: Uint8Array.of(1, 0, 1),
    threshold: 0.9,
    n_max: 12,
    min_activation: 0.5,
    search: "kind 1/",
    sort_by: "unit",
    ascending: true,
    focus: 3,
    pinned: [2, 50],
  });
  const address = addressOf(store);
  const other = made();
  assert.ok(applyAddress(other, `https://example.org/page.html${address}`));
  assert.equal(addressOf(other), address);
  assert.deepEqual(other.state, store.state);
  assert.deepEqual(other.order, store.order);
});

test("what an address does not mention is as at first", () => {
  const store = made();
  store.set({ threshold: 0.5, focus: 3, search: "red" });
  assert.ok(applyAddress(store, "#n=10"));
  assert.equal(addressOf(store), "#n=10");
  assert.ok(applyAddress(store, "#"));
  assert.equal(addressOf(store), "#");
});

test("a text that is no address changes nothing", () => {
  const store = made();
  store.set({ threshold: 0.5 });
  for (const text of ["nonsense", "#unknown=3", "https://example.org/#th=two"]) {
    assert.ok(!applyAddress(store, text));
    assert.equal(addressOf(store), "#th=0.5");
  }
});
