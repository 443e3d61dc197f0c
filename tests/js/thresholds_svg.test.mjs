import assert from "node:assert/strict";
import { test } from "node:test";

import { drawThresholds } from "../../nfviz/widgets/static/thresholds/thresholds_svg.js";

const INKS = { ink: "rgb(0, 0, 0)", ground: "rgb(255, 255, 255)", faint: "#ddd", soft: "#666", accent: "#00f", font: '"Open Sans", Arial' };

const facts = (more = {}) => ({
  count: "3 of 5 neurons",
  search: "",
  layers: [{ name: "conv1", on: true, share: 0.5 }, { name: "conv2", on: false, share: 0 }],
  ranges: [
    {
      name: "color_selectivity", label: "color selectivity", low: "0.00", high: "0.50", places: [0, 0.5],
      extent: [0, 1], edges: [0, 0.5, 1], all: [4, 1], shown: [3, 0], largest: 4,
    },
  ],
  parameters: [{ label: "minimum activation", text: "0.70", place: 0.7 }],
  ...more,
});

test("names are text, whatever they hold", () => {
  const hostile = '<img src=x onerror="alert(1)">';
  const layers = [{ name: hostile, on: true, share: 1 }, { name: "a", on: false, share: 0 }];
  const svg = drawThresholds(facts({ search: hostile, layers }), INKS);
  assert.ok(!svg.includes("<img"));
  assert.ok(svg.includes("&#60;img"));
});

test("all bars lie within the picture", () => {
  const svg = drawThresholds(facts(), INKS);
  const [, width, height] = svg.match(/viewBox="0 0 (\d+) (\d+)"/).map(Number);
  for (const [, x, y, wide, tall] of svg.matchAll(/<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.-]+)" height="([\d.-]+)"/g)) {
    assert.ok(Number(x) >= 0 && Number(x) + Number(wide) <= width);
    assert.ok(Number(y) >= 0 && Number(y) + Number(tall) <= height);
  }
});
