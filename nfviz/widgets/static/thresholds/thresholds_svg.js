// @ts-check
// The controls as a picture.

import { escapeText } from "../shared/dom.js";
import { barHeight } from "./span_counts.js";
import { ramp } from "../shared/theme.js";

const WIDTH = 320;
const LEFT = 8;
const WIDE = WIDTH - 2 * LEFT;
const TALL = 28;
const GHOST = 0.1;

/**
 * Draw the controls.
 * @param {{count: string, search: string, layers: {name: string, on: boolean, share: number}[],
 *   ranges: any[], parameters: {label: string, text: string, place: number}[]}} facts
 * @param {{ink: string, ground: string, faint: string, soft: string, accent: string, font: string}} inks
 * @returns {string} A whole SVG.
 */
export function drawThresholds(facts, inks) {
  const parts = [];
  let y = 22;
  parts.push(written(LEFT, y, facts.count, inks.ink, 16, "600"));
  if (facts.search) parts.push(written(LEFT, (y += 18), `search: ${facts.search}`, inks.soft, 12));
  y += 14;
  y = addLayers(parts, facts.layers, y, inks);
  for (const parameter of facts.parameters) y = addParameter(parts, parameter, y, inks);
  for (const range of facts.ranges) y = addRange(parts, range, y, inks);
  const font = escapeText(inks.font);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" ` +
    `viewBox="0 0 ${WIDTH} ${y}" font-family="${font}">` +
    `<rect width="100%" height="100%" fill="${inks.ground}"/>${parts.join("")}</svg>`
  );
}

function written(x, y, text, ink, size, weight = "400", anchor = "start") {
  return (
    `<text x="${round(x)}" y="${round(y)}" fill="${ink}" font-size="${size}" font-weight="${weight}" ` +
    `text-anchor="${anchor}">${escapeText(text)}</text>`
  );
}

function rectangle(x, y, width, height, ink, opacity = 1) {
  const veil = opacity < 1 ? ` fill-opacity="${opacity}"` : "";
  const box = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
  return `<rect ${box} fill="${ink}"${veil}/>`;
}

function round(value) {
  return Math.round(value * 100) / 100;
}

/** Layers as a row of bars: the frame is faint where a layer is off. */
function addLayers(parts, layers, y, inks) {
  const pitch = WIDE / Math.max(layers.length, 1);
  layers.forEach(({ on, share }, place) => {
    const x = LEFT + place * pitch;
    const wide = Math.max(pitch - Math.min(pitch * 0.2, 3), 1);
    parts.push(rectangle(x, y, wide, 6, inks.faint));
    if (on) parts.push(rectangle(x, y, wide * share, 6, inks.accent));
  });
  const on = layers.filter((layer) => layer.on);
  const some = `${on.length} of ${layers.length} layers`;
  const named = on.length && on.length < 4 ? `${some}: ${on.map((layer) => layer.name).join(", ")}` : some;
  const text = on.length === layers.length ? `all ${on.length} layers` : named;
  parts.push(written(LEFT, y + 20, text, inks.soft, 11));
  return y + 38;
}

function addRange(parts, { name, label, low, high, places, edges, extent, all, shown, largest }, y, inks) {
  parts.push(written(LEFT, y, label, inks.ink, 12));
  parts.push(written(LEFT + WIDE, y, `${low} – ${high}`, inks.ink, 12, "400", "end"));
  const base = y + 6 + TALL;
  const scale = WIDE / (extent[1] - extent[0]);
  const colors = ramp(name, all.length);
  for (const [counts, inked] of [[all, false], [shown, true]]) {
    counts.forEach((count, bin) => {
      if (!count) return;
      const left = (edges[bin] - extent[0]) * scale;
      const right = Math.min((edges[bin + 1] - extent[0]) * scale, WIDE);
      const tall = TALL * barHeight(count, largest, 1 / TALL);
      const [ink, opacity] = inked ? [colors[bin], 1] : [inks.ink, GHOST];
      parts.push(rectangle(LEFT + left, base - tall, right - left - 0.5, tall, ink, opacity));
    });
  }
  addTrack(parts, places, base + 3, inks);
  return base + 24;
}

function addTrack(parts, [low, high], y, inks) {
  parts.push(rectangle(LEFT, y, WIDE, 1, inks.faint));
  parts.push(rectangle(LEFT + low * WIDE, y - 0.5, (high - low) * WIDE, 2, inks.accent));
  for (const place of new Set([low, high])) {
    const inked = `fill="${inks.ground}" stroke="${inks.accent}" stroke-width="1.5"`;
    parts.push(`<circle cx="${round(LEFT + place * WIDE)}" cy="${y + 0.5}" r="4" ${inked}/>`);
  }
}

function addParameter(parts, { label, text, place }, y, inks) {
  parts.push(written(LEFT, y, label, inks.ink, 12));
  parts.push(written(LEFT + WIDE, y, text, inks.ink, 12, "400", "end"));
  parts.push(rectangle(LEFT, y + 9, WIDE, 1, inks.faint));
  parts.push(`<circle cx="${round(LEFT + place * WIDE)}" cy="${y + 9.5}" r="4" fill="${inks.accent}"/>`);
  return y + 32;
}
