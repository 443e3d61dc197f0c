// @ts-check
// What is painted under and over the neuron features of the hue wheel.

import { hueColor } from "../shared/theme.js";

const STOPS = 120;
const MANY_AXES = 50;

/**
 * The sizes of a wheel.
 * @param {number} size Of the square, in pixels.
 */
export function wheelSizes(size) {
  const rimWidth = Math.min(8, Math.max(4, size * 0.016));
  const rim = size / 2 - rimWidth / 2 - 1;
  return { size, center: size / 2, rim, rimWidth, outer: Math.max(10, rim - rimWidth / 2 - 2) };
}

/** Paint the rim of hues and the dashed rings. */
export function paintBase(context, { size, center, rim, rimWidth }, circles, theme, opponent) {
  context.clearRect(0, 0, size, size);
  const hues = context.createConicGradient(0, center, center);
  // A canvas turns clockwise, hues the other way.
  for (let stop = 0; stop <= STOPS; stop++) {
    hues.addColorStop(stop / STOPS, hueColor(360 - (360 * stop) / STOPS, opponent));
  }
  context.lineWidth = rimWidth;
  context.strokeStyle = hues;
  circle(context, center, center, rim);
  context.stroke();
  context.lineWidth = 1;
  context.strokeStyle = theme.faint;
  context.setLineDash([4, 4]);
  for (const radius of circles) {
    circle(context, center, center, radius);
    context.stroke();
  }
  context.setLineDash([]);
}

function circle(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

/** How solid the lines of so many axes are. @param {number} count */
export function axisAlpha(count) {
  return Math.min(1, MANY_AXES / Math.max(count, 1));
}

/**
 * Paint the axes of opponent neurons: a line through the center, a dot of the opposite hue.
 * @param {CanvasRenderingContext2D} context
 * @param {{size: number, center: number}} sizes
 * @param {{x: number, y: number, ink: string}[]} axes From the center.
 * @param {any} theme
 * @param {number} dot Radius of a dot.
 */
export function paintAxes(context, { size, center }, axes, theme, dot) {
  context.clearRect(0, 0, size, size);
  if (!axes.length) return;
  context.lineWidth = 1;
  context.strokeStyle = theme.faint;
  context.globalAlpha = axisAlpha(axes.length);
  context.beginPath();
  for (const { x, y } of axes) {
    context.moveTo(center + x, center + y);
    context.lineTo(center - x, center - y);
  }
  context.stroke();
  context.globalAlpha = 1;
  for (const { x, y, ink } of axes) {
    context.fillStyle = ink;
    circle(context, center - x, center - y, dot);
    context.fill();
  }
}

/** Write the rings' numbers, on a halo of the ground. */
export function paintNumbers(context, { center }, circles, direction, theme) {
  const turn = (direction * Math.PI) / 180;
  context.font = `11px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = theme.ground;
  context.fillStyle = theme.ink;
  circles.forEach((radius, ring) => {
    const [x, y] = [center + radius * Math.cos(turn), center - radius * Math.sin(turn)];
    context.strokeText(String(ring + 1), x, y);
    context.fillText(String(ring + 1), x, y);
  });
}

/**
 * Paint a feature with a double outline: an ink and, around and inside it, the ground.
 * @param {CanvasRenderingContext2D} context
 * @param {any} tiles
 * @param {number} row
 * @param {number} x Of its middle.
 * @param {number} y
 * @param {number} side
 * @param {{ink: string, ground: string, width: number}} outline
 */
export function paintMarked(context, tiles, row, x, y, side, { ink, ground, width }) {
  const half = side / 2;
  const frame = (away, color, wide) => {
    context.lineWidth = wide;
    context.strokeStyle = color;
    context.strokeRect(x - half - away, y - half - away, side + 2 * away, side + 2 * away);
  };
  frame(width / 2 + 1, ground, width + 3);
  tiles.draw(context, row, x - half, y - half, side);
  frame(width / 2 + 1, ink, width);
}
