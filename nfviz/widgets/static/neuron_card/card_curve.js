// @ts-check
// The activation curve of one neuron, and where its image set ends.

import { s } from "../shared/dom.js";

/** Room for the labels of the axes, in pixels. */
const FRAME = { left: 26, right: 6, top: 6, bottom: 18 };

/**
 * What a curve looks like in a box.
 * @param {{ranks: number[], weights: number[]}} curve
 * @param {{width: number, height: number, set: number, n_max: number, min_activation: number}} box
 *   `set` is the size of the image set.
 */
export function curveShapes(curve, { width, height, set, n_max, min_activation }) {
  const last = Math.max(curve.ranks.at(-1) ?? 1, 1);
  const [right, bottom] = [Math.max(width - FRAME.right, FRAME.left + 1), height - FRAME.bottom];
  const x = (rank) => FRAME.left + ((right - FRAME.left) * rank) / last;
  const y = (weight) => bottom - (bottom - FRAME.top) * Math.min(weight, 1);
  const points = curve.ranks.map((rank, place) => `${x(rank).toFixed(1)} ${y(curve.weights[place]).toFixed(1)}`);
  const inSet = curve.ranks.filter((rank) => rank < set).length;
  const upTo = points.slice(0, inSet);
  const lines = [];
  if (set > 0 && set <= last) lines.push({ kind: "set", x1: x(set - 0.5), y1: FRAME.top, x2: x(set - 0.5), y2: bottom });
  if (n_max <= last && n_max !== set) lines.push({ kind: "limit", x1: x(n_max - 0.5), y1: FRAME.top, x2: x(n_max - 0.5), y2: bottom });
  if (min_activation > 0) lines.push({ kind: "limit", x1: FRAME.left, y1: y(min_activation), x2: right, y2: y(min_activation) });
  const edge = upTo.length ? `${x(curve.ranks[inSet - 1]).toFixed(1)} ${bottom}` : "";
  return {
    line: points.length ? `M${points.join("L")}` : "",
    area: upTo.length > 1 ? `M${FRAME.left} ${bottom}L${upTo.join("L")}L${edge}Z` : "",
    lines,
    axes: `M${FRAME.left} ${FRAME.top}V${bottom}H${right}`,
    labels: [
      ...limits(lines, n_max, min_activation),
      { text: "1", x: FRAME.left - 5, y: FRAME.top + 8, anchor: "end" },
      { text: "0", x: FRAME.left - 5, y: bottom, anchor: "end" },
      { text: "1", x: FRAME.left, y: height - 5, anchor: "middle" },
      { text: String(last + 1), x: right, y: height - 5, anchor: "end" },
      { text: "rank", x: (FRAME.left + right) / 2, y: height - 5, anchor: "middle" },
    ],
  };
}

/** What the limits of the set are, beside their lines. */
function limits(lines, n_max, min_activation) {
  return lines.filter(({ kind }) => kind === "limit").map(({ x1, x2, y1 }) =>
    x1 === x2
      ? { text: `N ${n_max}`, x: x1 + 4, y: y1 + 9, anchor: "start" }
      : { text: String(Number(min_activation.toFixed(2))), x: x2, y: y1 - 4, anchor: "end" },
  );
}

/** The curve as elements of the page. */
export class CardCurve {
  constructor() {
    this.area = s("path", { class: "nfviz-card-area" });
    this.axes = s("path", { class: "nfviz-card-axes" });
    this.line = s("path", { class: "nfviz-card-line" });
    this.lines = [0, 1, 2].map(() => s("line", {}));
    this.labels = Array.from({ length: 7 }, () => s("text", {}));
    this.el = s(
      "svg",
      { class: "nfviz-card-curve", role: "img", "aria-label": "activation curve" },
      this.area, this.axes, ...this.lines, this.line, ...this.labels,
    );
    this.last = "";
  }

  /** @param {any} curve @param {any} box As `curveShapes` takes them. */
  draw(curve, box) {
    const shapes = curveShapes(curve, box);
    const key = JSON.stringify(shapes);
    if (key === this.last) return;
    this.last = key;
    this.el.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    this.el.setAttribute("aria-label", `activation curve; the image set has ${box.set} images`);
    this.line.setAttribute("d", shapes.line);
    this.area.setAttribute("d", shapes.area);
    this.axes.setAttribute("d", shapes.axes);
    this.lines.forEach((line, place) => {
      const { kind, ...ends } = shapes.lines[place] ?? { kind: "none", x1: 0, y1: 0, x2: 0, y2: 0 };
      line.setAttribute("class", `nfviz-card-${kind}`);
      for (const [name, value] of Object.entries(ends)) line.setAttribute(name, value.toFixed(1));
    });
    this.labels.forEach((label, place) => {
      const { text, x, y, anchor } = shapes.labels[place] ?? { text: "", x: 0, y: 0, anchor: "start" };
      label.textContent = text;
      label.setAttribute("x", x.toFixed(1));
      label.setAttribute("y", y.toFixed(1));
      label.setAttribute("text-anchor", anchor);
    });
  }
}
