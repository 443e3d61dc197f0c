// @ts-check
// The hue wheel as one SVG: pictures are embedded, all else is drawn with lines and text.

import { escapeText } from "../shared/dom.js";
import { hueColor } from "../shared/theme.js";
import { axisAlpha } from "./wheel_paint.js";

const STEPS = 120;
const MARGIN = 10;
const LINE = 16;

const number = (value) => String(Math.round(value * 100) / 100);

/** @param {string} text */
function write(text, x, y, fill, { size = 12, anchor = "start", more = "" } = {}) {
  return `<text x="${number(x)}" y="${number(y)}" fill="${fill}" font-size="${size}" text-anchor="${anchor}"${more}>${escapeText(text)}</text>`;
}

function rim({ center, rim: radius, rimWidth }, opponent) {
  const parts = [];
  for (let step = 0; step < STEPS; step++) {
    const [from, to] = [(360 * step) / STEPS, (360 * (step + 1.2)) / STEPS];
    const at = (hue) => {
      const turn = (hue * Math.PI) / 180;
      return `${number(center + radius * Math.cos(turn))} ${number(center - radius * Math.sin(turn))}`;
    };
    const ink = hueColor((from + to) / 2, opponent);
    parts.push(`<path d="M${at(from)}A${number(radius)} ${number(radius)} 0 0 0 ${at(to)}" stroke="${ink}"/>`);
  }
  return `<g fill="none" stroke-width="${number(rimWidth)}">${parts.join("")}</g>`;
}

function wheel({ sizes, circles, axes, dot, direction, theme, opponent, tiles, marks }) {
  const { center, size } = sizes;
  const turn = (direction * Math.PI) / 180;
  const rings = circles.map((radius) => `<circle cx="${number(center)}" cy="${number(center)}" r="${number(radius)}"/>`);
  const lines = axes.map(({ x, y }) =>
    `M${number(center + x)} ${number(center + y)}L${number(center - x)} ${number(center - y)}`);
  const dots = axes.map(({ x, y, ink }) =>
    `<circle cx="${number(center - x)}" cy="${number(center - y)}" r="${number(dot)}" fill="${ink}"/>`);
  const halo = ` stroke="${theme.ground}" stroke-width="4" stroke-linejoin="round" paint-order="stroke" dominant-baseline="central"`;
  return [
    rim(sizes, opponent),
    `<g fill="none" stroke="${theme.faint}" stroke-dasharray="4 4">${rings.join("")}</g>`,
    `<path d="${lines.join("")}" stroke="${theme.faint}" stroke-opacity="${number(axisAlpha(axes.length))}"/>`,
    ...dots,
    ...[tiles, marks].map((picture) => `<image href="${picture}" width="${number(size)}" height="${number(size)}"/>`),
    ...circles.map((radius, ring) =>
      write(String(ring + 1), center + radius * Math.cos(turn), center - radius * Math.sin(turn), theme.ink,
        { size: 11, anchor: "middle", more: halo })),
  ].join("\n");
}

function strip({ bars, texts, lines }, width, theme) {
  return [
    ...bars.map(({ x, y, width: wide, height, fill }) =>
      `<rect x="${number(x)}" y="${number(y)}" width="${number(wide)}" height="${number(height)}" fill="${fill}"/>`),
    ...lines.map((y) => `<path d="M0 ${y}H${number(width)}" stroke="${theme.faint}"/>`),
    ...texts.map(({ text, x, y, anchor }) => write(text, x, y, theme.soft, { size: 11, anchor })),
  ].join("\n");
}

/**
 * Write the wheel as an SVG.
 * @param {any} shown What the wheel shows; see `HueWheel.svg`.
 */
export function wheelSvg(shown) {
  const { sizes, theme, caption, rings, bars, barsWidth, barsHeight } = shown;
  const width = Math.max(sizes.size, barsWidth) + 2 * MARGIN;
  const key = rings.map((name, ring) => `${ring + 1} ${name}`);
  const below = MARGIN + LINE + sizes.size + MARGIN;
  const end = below + key.length * LINE;
  const height = end + barsHeight + 2 * MARGIN;
  const across = (each) => number((width - each) / 2);
  const font = escapeText(theme.font);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}"`,
    ` viewBox="0 0 ${number(width)} ${number(height)}" font-family="${font}">`,
    `<rect width="100%" height="100%" fill="${theme.ground}"/>`,
    write(caption, MARGIN, MARGIN + 10, theme.ink),
    `<g transform="translate(${across(sizes.size)} ${MARGIN + LINE})">`,
    wheel(shown),
    "</g>",
    ...key.map((text, ring) => write(text, MARGIN, below + ring * LINE + 12, theme.ink, { size: 11 })),
    `<g transform="translate(${across(barsWidth)} ${number(end + MARGIN)})">`,
    strip(bars, barsWidth, theme),
    "</g>",
    "</svg>",
  ].join("\n");
}
