// @ts-check
// The inks of the theme as every program that reads SVG knows them.

import { theme } from "./theme.js";

/** @param {Element} el */
export function svgInks(el) {
  const inks = theme(el);
  const [ink, ground, faint, soft, accent] = [inks.ink, inks.ground, inks.faint, inks.soft, inks.accent].map(plainColor);
  return { ...inks, ink, ground, faint, soft, accent };
}

/** A color that the browser computed, as rgb(). @param {string} color */
export function plainColor(color) {
  if (!color.startsWith("color(")) return color;
  const [red, green, blue, alpha = 1] = (color.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  const parts = [red, green, blue].map((part) => Math.round(255 * Math.min(Math.max(part, 0), 1)));
  return alpha < 1 ? `rgba(${parts.join(", ")}, ${alpha})` : `rgb(${parts.join(", ")})`;
}
