// @ts-check
// Colors as pixels of a canvas.

/**
 * A color as the 32 bits of a pixel: bytes stand in the order red, green, blue, alpha on all
 * machines that run browsers.
 * @param {string} color As the browser computes it: `rgb(1, 2, 3)` or `color(srgb 0.1 0.2 0.3)`.
 * @param {number} alpha From 0 to 1.
 */
export function pixelOf(color, alpha = 1) {
  const parts = (color.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  const scale = color.startsWith("color(") ? 255 : 1;
  const [red, green, blue] = [0, 1, 2].map((at) => Math.min(255, Math.max(0, Math.round(scale * (parts[at] || 0)))));
  return ((Math.round(255 * alpha) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
