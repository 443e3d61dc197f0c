// @ts-check
// The card of a neuron as a picture for papers.

import { placeText } from "./card_facts.js";
import { curveShapes } from "./card_curve.js";
import { MOST_CROPS } from "./card_pictures.js";
import { cropBoxes, drawCrops } from "../shared/crop_sheet.js";
import { escapeText, words } from "../shared/dom.js";
import { drawFeature } from "../shared/feature_picture.js";
import { LEAF_FRAME, NODE_FRAME, ramp, theme } from "../shared/theme.js";

const WIDTH = 640;
const MARGIN = 8;
const HALF = (WIDTH - 3 * MARGIN) / 2;
const FEATURE = 168;
const LINE = 18;
const CURVE = 150;

/**
 * @param {any} store
 * @param {number} row
 * @param {any} card With its parts as they are shown.
 * @returns {string} A standalone SVG.
 */
export function cardSvg(store, row, card) {
  const inks = theme(card.root);
  if (row < 0) return page(inks, 60, text(inks.soft, WIDTH / 2, 34, "no neuron is focused", "middle"));
  const top = 2 * LINE + MARGIN;
  const below = top + LINE + FEATURE + MARGIN;
  const right = MARGIN * 2 + HALF;
  const numbers = numberRows(card, inks, right, below);
  const { leaf, nodes } = store.tags.ofNeuron(row);
  const under = Math.max(below + LINE + CURVE, numbers.bottom) + MARGIN;
  const bars = [
    ...tagRows(inks, MARGIN, under, "classes", LEAF_FRAME, leaf, "no labeled images"),
    ...tagRows(inks, right, under, "ontology", NODE_FRAME, nodes, nodes ? "no labeled images" : "no ontology is given"),
  ];
  const parts = [
    text(inks.ink, MARGIN, 20, card.name.textContent, "start", 'font-weight="600" font-size="14"'),
    text(inks.soft, MARGIN, 20 + LINE, placeText(store, row)),
    pictures(store, row, card, inks, top),
    curve(store, row, inks, MARGIN, below),
    ...bars,
    ...numbers.parts,
  ];
  const height = under + LINE + 6 * 16 + MARGIN;
  return page(inks, height, parts.join(""), store.describe(row));
}

function page(inks, height, content, title = "neuron") {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="Open Sans, Arial, sans-serif" font-size="11"><title>${escapeText(title)}</title>` +
    `<rect width="${WIDTH}" height="${height}" fill="${inks.ground}"/>${content}</svg>`
  );
}

function text(ink, x, y, words, anchor = "start", more = "") {
  return `<text x="${x}" y="${y}" fill="${ink}" text-anchor="${anchor}" ${more}>${escapeText(words)}</text>`;
}

function picture(x, y, width, height, draw) {
  const canvas = document.createElement("canvas");
  draw(canvas);
  return `<image x="${x}" y="${y}" width="${width}" height="${height}" href="${canvas.toDataURL("image/png")}"/>`;
}

function pictures(store, row, card, inks, top) {
  const { answer } = card.pictures;
  const y = top + LINE;
  const feature = picture(MARGIN, y, FEATURE, FEATURE, (canvas) => {
    canvas.width = canvas.height = 3 * FEATURE;
    drawFeature(canvas.getContext("2d"), store, row, 3 * FEATURE, answer?.feature ?? null);
  });
  const [left, width] = [FEATURE + 3 * MARGIN, WIDTH - FEATURE - 4 * MARGIN];
  const count = Math.min(answer?.count ?? 0, MOST_CROPS);
  const crops = count
    ? picture(left, y, width, FEATURE, (canvas) => {
        const { boxes } = cropBoxes({ count, ratio: answer.width / answer.height, width, height: FEATURE });
        [canvas.width, canvas.height] = [3 * width, 3 * FEATURE];
        const context = canvas.getContext("2d");
        context.scale(3, 3);
        drawCrops(context, answer, boxes);
      })
    : text(inks.soft, left + width / 2, y + FEATURE / 2, answer?.reason ?? "no crops", "middle");
  return text(inks.ink, MARGIN, y - 5, "feature") + feature + text(inks.ink, left, y - 5, card.pictures.titles[1].textContent) + crops;
}

function curve(store, row, inks, left, top) {
  const { n_max, min_activation } = store.state;
  const set = store.classTable.setSize[row];
  const shapes = curveShapes(store.curve(row), { width: HALF, height: CURVE, set, n_max, min_activation });
  const green = ramp("own_ratio", 4)[2];
  const lines = shapes.lines.map(
    ({ kind, x1, y1, x2, y2 }) =>
      `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${kind === "set" ? inks.ink : inks.faint}" stroke-dasharray="2 2"/>`,
  );
  const labels = shapes.labels.map((each) => text(inks.soft, each.x, each.y, each.text, each.anchor));
  return (
    text(inks.ink, left, top + LINE - 5, "relative activation") +
    `<g transform="translate(${left} ${top + LINE})"><path d="${shapes.area}" fill="${green}" fill-opacity="0.25"/>` +
    `<path d="${shapes.axes}" fill="none" stroke="${inks.ink}"/>${lines.join("")}` +
    `<path d="${shapes.line}" fill="none" stroke="${green}" stroke-width="2"/>${labels.join("")}</g>`
  );
}

function tagRows(inks, left, top, title, ink, tags, none) {
  const parts = [text(inks.ink, left, top + LINE - 5, title)];
  if (!tags?.length) return [...parts, text(inks.soft, left, top + LINE + 11, none)];
  tags.slice(0, 6).forEach(({ name, share }, place) => {
    const y = top + LINE + 16 * place;
    const short = name.length > 24 ? `${name.slice(0, 23)}…` : name;
    parts.push(text(inks.ink, left, y + 11, short), text(inks.soft, left + HALF, y + 11, share.toFixed(2), "end"));
    parts.push(`<rect x="${left + 150}" y="${y + 3}" width="${(HALF - 184) * share}" height="9" fill="${ink}"/>`);
  });
  return parts;
}

function numberRows(card, inks, left, top) {
  const parts = [text(inks.ink, left, top + LINE - 5, "numbers")];
  let y = top + LINE;
  for (const { column, value, chance } of card.numbers.rows) {
    parts.push(text(inks.ink, left, y + 11, words(column.name)), text(inks.ink, left + 200, y + 11, value.textContent, "end"));
    parts.push(text(inks.soft, left + 210, y + 11, chance.textContent));
    y += 16;
  }
  return { parts, bottom: y };
}
