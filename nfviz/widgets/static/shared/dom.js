// @ts-check
// Elements of the page. Text is always text: nothing here reads markup.

const KEYBOARD = new Set(["input", "button", "select", "textarea", "a", "summary"]);
const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, any>} facts `class`, `text`, `on: {event: f}`, `style: {name: value}`; the rest are attributes
 *   (true: present, false or null: absent).
 * @param {...(Node | string | null)} children
 * @returns {any}
 */
export function h(tag, facts = {}, ...children) {
  return fill(document.createElement(tag), tag, facts, children);
}

/** Make an element of SVG, as `h` does. @param {string} tag @param {Record<string, any>} facts @returns {any} */
export function s(tag, facts = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), tag, facts, children);
}

function fill(el, tag, facts, children) {
  for (const [name, value] of Object.entries(facts)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") el.textContent = value;
    else if (name === "on") for (const [event, f] of Object.entries(value)) el.addEventListener(event, f);
    else if (name === "style") Object.assign(el.style, value);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  // JupyterLab would take the arrow keys of anything that has the focus.
  if (KEYBOARD.has(tag) || "tabindex" in facts) el.setAttribute("data-lm-suppress-shortcuts", "true");
  el.append(...children.filter((child) => child !== null));
  return el;
}

/**
 * Call a function with the width and height of an element, now and whenever they change.
 * @param {Element} el
 * @param {(width: number, height: number) => void} f
 * @returns {() => void} Ends it.
 */
export function onResize(el, f) {
  let last = [-1, -1];
  const observer = new ResizeObserver(() => {
    const size = [el.clientWidth, el.clientHeight];
    if (size[0] === last[0] && size[1] === last[1]) return;
    last = size;
    f(size[0], size[1]);
  });
  observer.observe(el);
  return () => observer.disconnect();
}

/**
 * Fit a canvas to a size in CSS pixels, with as many dots as the screen has.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D} Its units are CSS pixels.
 */
export function fitCanvas(canvas, width, height) {
  const ratio = Math.min(globalThis.devicePixelRatio || 1, 3);
  const [across, down] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Write a text where another one stands: nothing is laid out anew for the same. @param {Element} el @param {string} text */
export function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

/** A number for people: as many digits as matter. @param {number} value @param {number} digits */
export function show(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toFixed(digits);
}

/** The name of a column for people. @param {string} column */
export function words(column) {
  return column.replaceAll("_", " ");
}

/** Text without the signs that no XML can hold. @param {string} text */
export function heldText(text) {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}

/** Text made safe for SVG and XML. @param {string} text */
export function escapeText(text) {
  return heldText(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
