// The cases of fixtures/addresses.json, which tests/test_address.py runs too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromAddress, toAddress } from "../../nfviz/widgets/static/store/address.js";

const { facts, cases } = JSON.parse(
  readFileSync(new URL("./fixtures/addresses.json", import.meta.url), "utf8"),
);

for (const each of cases) {
  const known = facts[each.facts];
  if (each.state) {
    test(`write: ${each.what}`, () => {
      assert.equal(toAddress(each.state, known), each.address);
    });
  }
  test(`read: ${each.what}`, () => {
    assert.deepEqual(fromAddress(each.address, known), each.parsed);
  });
  test(`read and written again: ${each.what}`, () => {
    const address = toAddress(fromAddress(each.address, known), known);
    assert.equal(toAddress(fromAddress(address, known), known), address);
    if (each.state) assert.equal(address, each.address);
  });
}

test("what is read does not touch other objects", () => {
  fromAddress("#__proto__=0..0.5", facts.odd);
  assert.equal({}.length, undefined);
  assert.equal(Object.keys(Object.prototype).length, 0);
});
