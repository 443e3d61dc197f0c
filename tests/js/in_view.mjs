// Read what a page would be sent, and compare what is in view with what Python says. Run by
// tests/test_page_rules.py: node in_view.mjs CASE.json
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { applyAddress, addressOf } from "../../nfviz/widgets/static/store/store_address.js";
import { readPayload } from "../../nfviz/widgets/static/store/payload.js";
import { Store } from "../../nfviz/widgets/static/store/store.js";

/** Whether pairs of a key and a share fall from the greatest, and are those of an object. */
function near(pairs, wanted, where) {
  pairs.forEach(([, share], place) => assert.ok(!place || share <= pairs[place - 1][1], where));
  assert.deepEqual(pairs.map(([key]) => String(key)).sort(), Object.keys(wanted).sort(), where);
  for (const [key, share] of pairs) assert.ok(Math.abs(share - wanted[key]) < 1e-9, `${where}: ${key}`);
}

for (const { meta, arrays, states } of JSON.parse(readFileSync(process.argv[2], "utf-8"))) {
  const bytes = Object.fromEntries(
    Object.entries(arrays).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, "base64"))]),
  );
  const store = new Store(readPayload(meta, bytes), { tiles: false, frame: () => {} });
  states.forEach(({ state, address, rows, columns, tags }, number) => {
    const { layers, ranges, ...rest } = state;
    store.reset();
    store.set({
      ...rest,
      ranges,
      layers: Uint8Array.from(store.layers, (layer) => Number(layers.includes(layer.name))),
    });
    store.flush();
    const where = `state ${number}: ${address}`;
    assert.deepEqual([...store.order], rows, where);
    assert.equal(store.count, rows.length, where);
    for (const [name, values] of Object.entries(columns)) {
      if (name === "top_label") {
        const top = [...store.classTable.topLabels()].map((c) => (c < 0 ? null : meta.classes[c].label));
        assert.deepEqual(top, values, `${where}, ${name}`);
      } else if (store.columns.has(name)) {
        const wanted = values.map((value) => (value === null ? NaN : Math.fround(value)));
        assert.deepEqual([...store.column(name)], wanted, `${where}, ${name}`);
      }
    }
    for (const { row, leaf, nodes } of tags) {
      const found = store.tags.ofNeuron(row);
      const labels = found.leaf.map(({ key, share }) => [meta.classes[key].label, share]);
      near(labels, leaf, `${where}, classes of ${row}`);
      assert.equal(found.nodes === null, nodes === null, where);
      const above = (found.nodes ?? []).map(({ name, share }) => [name, share]);
      near(above, nodes ?? {}, `${where}, what is above the classes of ${row}`);
    }
    assert.equal(addressOf(store), address, where);
    store.reset();
    assert.ok(applyAddress(store, address), where);
    store.flush();
    assert.deepEqual([...store.order], rows, `${where}, read back`);
  });
}
