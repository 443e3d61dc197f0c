// @ts-check
// A histogram of the page as a picture of its own.

import { heldText } from "../shared/dom.js";

/**
 * Copy an SVG of the page, without what is there to be clicked.
 * @param {SVGElement} svg
 * @param {{ground: string, font: string}} inks
 * @returns {string}
 */
export function histogramSvg(svg, { ground, font }) {
  const copy = /** @type {SVGElement} */ (svg.cloneNode(true));
  for (const el of copy.querySelectorAll("[tabindex], [visibility]")) el.remove();
  copy.removeAttribute("class");
  copy.setAttribute("font-family", font);
  const back = document.createElementNS(copy.namespaceURI, "rect");
  for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", ground]]) back.setAttribute(name, value);
  copy.prepend(back);
  // It escapes markup, but writes signs that no XML can hold.
  return heldText(new XMLSerializer().serializeToString(copy));
}
