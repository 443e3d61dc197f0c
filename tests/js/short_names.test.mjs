import assert from "node:assert/strict";
import { test } from "node:test";

import { shortened, shortNames, withoutMiddle } from "../../nfviz/widgets/static/shared/short_names.js";

test("what most layers begin with is left out", () => {
  const names = ["features.0", "features.3.squeeze", "features.3.expand", "classifier.1"];
  assert.deepEqual(shortNames(names), ["0", "3.squeeze", "3.expand", "classifier.1"]);
});

test("what most layers end with is left out", () => {
  assert.deepEqual(shortNames(["a.conv", "b.conv", "c/conv", "head"]), ["a", "b", "c", "head"]);
});

test("names without parts in common stay", () => {
  for (const names of [["conv1", "conv2"], ["x"], [], ["", "."], ["layer1.0.conv1", "layer2.0.conv1", "layer3.1.conv2"]]) {
    assert.equal(new Set(shortNames(names)).size, new Set(names).size);
  }
  assert.deepEqual(shortNames(["conv1", "conv2"]), ["conv1", "conv2"]);
});

test("short names remain distinct", () => {
  const names = ["a.x", "x", "a.y"];
  assert.deepEqual(shortNames(names), names);
});

test("a name has never nothing left", () => {
  for (const short of shortNames(["m.m", "m.m.m", "m.n", "m"])) assert.ok(short);
});

test("a long text keeps its end", () => {
  assert.equal(shortened("layer4.2.conv3", 8), "…2.conv3");
  assert.equal(shortened("conv3", 8), "conv3");
  assert.equal(shortened("🙂🙂🙂", 2), "…🙂");
});

test("a text without its middle has so many letters at most, and keeps its end", () => {
  assert.equal(withoutMiddle("features.12.squeeze/17", 30), "features.12.squeeze/17");
  assert.equal(withoutMiddle("features.12.squeeze_activation/117", 16), "featur…ation/117");
  assert.equal([...withoutMiddle("x".repeat(50), 16.7)].length, 16);
});
