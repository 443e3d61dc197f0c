// @ts-check
// A tag cloud as SVG.

import { escapeText } from "../shared/dom.js";

const LETTER = 6.2; // Pixels that a letter of a heading takes at most, on average.

/**
 * @param {any} panel A `CloudPanel`.
 * @param {number} x Where its frame stands.
 * @param {number} y
 * @param {any} inks
 */
export function cloudSvg(panel, x, y, inks) {
  const text = (at, down, size, ink, words, anchor = "start") =>
    `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" font-size="${size}" fill="${ink}" text-anchor="${anchor}">${escapeText(words)}</text>`;
  const { width, height } = panel;
  const rest = panel.rest.textContent;
  const title = LETTER * (panel.title.length + rest.length + 2) > width ? panel.short : panel.title;
  const parts = [text(x, y - 6, 11, inks.ink, title)];
  if (rest) parts.push(text(x + width, y - 6, 11, inks.soft, rest, "end"));
  parts.push(`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="${panel.ink}" stroke-width="1.5"/>`);
  if (!panel.note.hidden) parts.push(text(x + width / 2, y + height / 2, 12, inks.soft, panel.note.textContent, "middle"));
  for (const word of panel.placed) {
    if (!word.shown) continue;
    const size = word.last;
    const { middle, below } = word.ink;
    parts.push(text(x + word.x - size * middle, y + word.y + size * below, size.toFixed(2), inks.ink, word.ink.text));
  }
  return parts.join("");
}
