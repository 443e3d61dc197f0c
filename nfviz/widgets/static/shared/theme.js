// @ts-check
// The colors of the figures: ramps, hues, and inks on light and dark ground.

const RAMPS = {
  red: ["#dcdcdc", "#e8a58c", "#d4563f", "#8a1515"],
  blue: ["#dcdcdc", "#9db8dd", "#4a78bd", "#143a7d"],
  green: ["#dcdcdc", "#9ccb9a", "#4a9a55", "#14592a"],
  purple: ["#dcdcdc", "#c3addb", "#8a66b5", "#4b2377"],
  brown: ["#dcdcdc", "#dcb98a", "#b07c2c", "#664005"],
};
// Columns may have any name, such as "constructor".
const RAMP_OF = new Map([
  ["color_selectivity", "red"],
  ["chroma_selectivity", "red"],
  ["class_selectivity", "blue"],
  ["class_selectivity_norm", "blue"],
  ["own_ratio", "green"],
  ["own_layer", "green"],
  ["sharpness", "brown"],
]);
const DEPTHS = {
  light: ["#c9b037", "#5fa777", "#2f7f93", "#414487", "#3b0f4f"],
  dark: ["#fde725", "#7ad151", "#22a884", "#5b93c9", "#a98fe0"],
};

/** Frames of the two tag clouds. */
export const LEAF_FRAME = "#e08214";
export const NODE_FRAME = "#3a923a";

/** Inks of lines that have to be told apart, 3:1 and more against white and black ground. */
export const LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a6761d", "#7570b3"];

/** @param {string} hex */
function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** @param {string[]} colors @param {number} place From 0 to 1. */
function between(colors, place) {
  const at = Math.min(Math.max(place, 0), 1) * (colors.length - 1);
  const low = Math.min(Math.floor(at), colors.length - 2);
  const [a, b] = [channels(colors[low]), channels(colors[low + 1])];
  const mixed = a.map((value, channel) => Math.round(value + (b[channel] - value) * (at - low)));
  return `rgb(${mixed.join(", ")})`;
}

/** So many colors of a column's ramp, from low to high. @param {string} column @param {number} count */
export function ramp(column, count) {
  const colors = RAMPS[RAMP_OF.get(column) ?? "purple"];
  return Array.from({ length: count }, (_, step) => between(colors, (2 * step + 1) / (2 * count)));
}

/** The ink of a layer by its depth. @param {number} position @param {number} count @param {boolean} dark */
export function layerColor(position, count, dark) {
  return between(DEPTHS[dark ? "dark" : "light"], count > 1 ? position / (count - 1) : 0);
}

/**
 * The color in which a hue is drawn (`nfviz.opponent.hue_to_rgb`).
 * @param {number} hue In degrees.
 * @param {string} opponent
 */
export function hueColor(hue, opponent) {
  const turn = (hue * Math.PI) / 180;
  const [a, b] = [Math.cos(turn), Math.sin(turn)];
  const rgb =
    opponent === "orthonormal"
      ? [a / Math.SQRT2 + b / Math.sqrt(6), -a / Math.SQRT2 + b / Math.sqrt(6), (-2 * b) / Math.sqrt(6)]
      : [a / 2 + b / 3, -a / 2 + b / 3, (-2 * b) / 3];
  const [red, green, blue] = rgb.map((part) => Math.round(255 * Math.min(Math.max(0.5 + part, 0), 1)));
  return `rgb(${red}, ${green}, ${blue})`;
}

/**
 * The inks in force where an element stands, as colors that a canvas understands.
 * @param {Element} el
 * @returns {{ink: string, ground: string, faint: string, soft: string, accent: string, dark: boolean, font: string}}
 */
export function theme(el) {
  const probe = el.ownerDocument.createElement("span");
  probe.hidden = true;
  el.append(probe);
  const read = (name) => {
    probe.style.color = `var(--nfviz-${name})`;
    return getComputedStyle(probe).color;
  };
  const ground = opaque(read("ground"), "rgb(255, 255, 255)");
  const [ink, faint, soft, accent] = ["ink", "faint", "soft", "accent"].map((name) => opaque(read(name), ground));
  const font = getComputedStyle(el).fontFamily || "sans-serif";
  probe.remove();
  return { ink, ground, faint, soft, accent, dark: isDark(ground), font };
}

/**
 * A color as it looks on a ground, written as every program reads it.
 * @param {string} color As the browser computes it.
 * @param {string} ground As this function gives it.
 */
function opaque(color, ground) {
  if (!/^(rgba?\(|color\(srgb )/.test(color)) return color;
  const scale = color.startsWith("color(") ? 255 : 1;
  const [red, green, blue, alpha = 1] = (color.match(/[\d.]+(?:e-?\d+)?/g) ?? ["0", "0", "0"]).map(Number);
  const below = (ground.match(/[\d.]+/g) ?? ["255", "255", "255"]).map(Number);
  const mixed = [red, green, blue].map((part, channel) =>
    Math.round(part * scale * alpha + below[channel] * (1 - alpha)),
  );
  return `rgb(${mixed.join(", ")})`;
}

/** @param {string} color As `opaque` gives it. */
function isDark(color) {
  const [red, green, blue] = (color.match(/[\d.]+/g) ?? ["255", "255", "255"]).map(Number);
  return red * 0.299 + green * 0.587 + blue * 0.114 < 128;
}
