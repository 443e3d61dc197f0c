// @ts-check
// The frame of a scatter: axes, ticks, thresholds; once for the page and once for an SVG file.

import { escapeText, s, words } from "../shared/dom.js";
import { tickText, ticksOf } from "./joint_scale.js";

/** Room around the plot, in pixels. */
export const ROOM = { left: 56, right: 12, top: 8, bottom: 40 };

const TICK = 4;
const APART = { x: 80, y: 48 }; // Pixels between ticks, at least.

/**
 * Lines and texts, in pixels.
 * @param {{x: any, y: any, width: number, height: number}} frame Each axis has `name`, `span`,
 *   `scale` (in pixels of the plot) and `threshold`; the size is that of all.
 */
export function frameParts({ x, y, width, height }) {
  const [left, right, top, bottom] = [ROOM.left, width - ROOM.right, ROOM.top, height - ROOM.bottom];
  const lines = [
    { x1: left, y1: bottom, x2: right, y2: bottom, kind: "axis" },
    { x1: left, y1: top, x2: left, y2: bottom, kind: "axis" },
  ];
  const texts = [
    { text: words(x.name), x: (left + right) / 2, y: height - 6, anchor: "middle", kind: "title" },
    { text: words(y.name), x: 13, y: (top + bottom) / 2, anchor: "middle", kind: "title", turned: true },
  ];
  const across = ticksOf(x.name, x.span, (right - left) / APART.x);
  for (const value of across.values) {
    const at = left + x.scale.pixel(value);
    lines.push({ x1: at, y1: bottom, x2: at, y2: bottom + TICK, kind: "axis" });
    texts.push({ text: tickText(value, across.step), x: at, y: bottom + 17, anchor: "middle", kind: "tick" });
  }
  const down = ticksOf(y.name, y.span, (bottom - top) / APART.y);
  for (const value of down.values) {
    const at = top + y.scale.pixel(value);
    lines.push({ x1: left - TICK, y1: at, x2: left, y2: at, kind: "axis" });
    texts.push({ text: tickText(value, down.step), x: left - 7, y: at + 4, anchor: "end", kind: "tick" });
  }
  const within = ({ threshold, span }) => threshold !== null && threshold >= span[0] && threshold <= span[1];
  if (within(x)) {
    const at = left + x.scale.pixel(x.threshold);
    lines.push({ x1: at, y1: top, x2: at, y2: bottom, kind: "threshold" });
  }
  if (within(y)) {
    const at = top + y.scale.pixel(y.threshold);
    lines.push({ x1: left, y1: at, x2: right, y2: at, kind: "threshold" });
  }
  return { lines, texts };
}

/** Show lines and texts in an element of SVG. */
export function showFrame(svg, { lines, texts }, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    ...lines.map(({ kind, ...line }) => s("line", { class: `nfviz-joint-${kind}`, ...line })),
    ...texts.map(({ text, kind, x, y, anchor, turned }) => {
      const turn = turned ? `rotate(-90 ${x} ${y})` : null;
      return s("text", { class: `nfviz-joint-${kind}`, x, y, "text-anchor": anchor, transform: turn, text });
    }),
  );
}

const number = (value) => String(Math.round(value * 100) / 100);

function lineText({ x1, y1, x2, y2, kind }, ink) {
  const dots = kind === "threshold" ? ' stroke-dasharray="2 3"' : "";
  return `<path d="M${number(x1)} ${number(y1)}L${number(x2)} ${number(y2)}" stroke="${ink}"${dots}/>`;
}

function textText({ text, x, y, anchor, kind, turned }, ink) {
  const turn = turned ? ` transform="rotate(-90 ${number(x)} ${number(y)})"` : "";
  const size = kind === "tick" ? 11 : 12;
  return `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" font-size="${size}" fill="${ink}"${turn}>${escapeText(text)}</text>`;
}

/**
 * Write the scatter as an SVG.
 * @param {{parts: any, width: number, height: number, theme: any, caption: string, points: string[],
 *   pointsBox: {x: number, y: number, width: number, height: number},
 *   marks: {x: number, y: number, radius: number, fill: string, ink: string}[], layers: {colors: string[],
 *   first: string, last: string}}} shown `points`: pictures.
 */
export function frameSvg({ parts, width, height, theme, caption, points, pointsBox, marks, layers }) {
  const { ink, ground } = theme;
  const head = 24;
  const box = Object.entries(pointsBox).map(([name, value]) => `${name}="${number(value)}"`).join(" ");
  const all = height + head + 26;
  const stops = layers.colors.map((color, place) =>
    `<stop offset="${number(place / Math.max(1, layers.colors.length - 1))}" stop-color="${color}"/>`);
  const key = { y: height + head + 16, kind: "tick" };
  const [from, to] = [width / 2 - 45, width / 2 + 45];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${all}" viewBox="0 0 ${width} ${all}" font-family="${escapeText(theme.font)}">`,
    `<defs><linearGradient id="nfviz-depth">${stops.join("")}</linearGradient></defs>`,
    `<rect width="100%" height="100%" fill="${ground}"/>`,
    textText({ text: caption, x: 8, y: 16, anchor: "start", kind: "title" }, ink),
    `<g transform="translate(0 ${head})">`,
    ...points.map((picture) => `<image href="${picture}" ${box}/>`),
    ...parts.lines.map((line) => lineText(line, ink)),
    ...parts.texts.map((text) => textText(text, ink)),
    ...marks.map(({ x, y, radius, fill, ink: rim }) =>
      `<circle cx="${number(x)}" cy="${number(y)}" r="${radius}" fill="${fill}" stroke="${rim}" stroke-width="2"/>`),
    "</g>",
    `<rect x="${from}" y="${height + head + 7}" width="90" height="10" fill="url(#nfviz-depth)"/>`,
    textText({ ...key, text: layers.first, x: from - 8, anchor: "end" }, ink),
    textText({ ...key, text: layers.last, x: to + 8, anchor: "start" }, ink),
    "</svg>",
  ].join("\n");
}
