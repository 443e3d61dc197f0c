// @ts-check
// The bars of a histogram as elements that stay: only what differs is set again.

import { s } from "../shared/dom.js";
import { edgeText, ticksOf } from "./histogram_layout.js";
import { shortened } from "../shared/short_names.js";
import { ramp } from "../shared/theme.js";

const FAINT = 0.28;
const BOX = ["x", "y", "width", "height"];

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 100) / 100;
}

/** The elements of the bars of all layers. */
export class HistogramMarks {
  /** @param {string[]} names As they are written. @param {string[]} titles */
  constructor(names, titles) {
    this.names = names;
    this.axis = s("g", { "aria-hidden": "true" });
    this.bars = s("g", { "aria-hidden": "true" });
    this.segments = s("g", {});
    this.labels = s("g", { "aria-hidden": "true" });
    this.legend = s("g", { "aria-hidden": "true" });
    this.chosen = s("path", { fill: "none", "stroke-width": 2, "pointer-events": "none" });
    this.cursor = s("rect", { fill: "none", "stroke-width": 2, "pointer-events": "none", visibility: "hidden" });
    this.nothing = s("text", { "text-anchor": "middle", "font-size": 12 });
    this.svg = s(
      "svg",
      { class: "nfviz-degrees", role: "group", "font-size": 11 },
      this.axis, this.bars, this.segments, this.labels, this.legend, this.chosen, this.cursor, this.nothing,
    );
    this.texts = names.map((_, layer) => {
      const title = s("title", { text: titles[layer] });
      const texts = { name: s("text", {}), first: s("text", {}), second: s("text", {}), title };
      texts.group = s("g", {}, title, texts.name, texts.first, texts.second);
      this.labels.append(texts.group);
      return texts;
    });
    this.bins = 0;
  }

  /** Make as many segments as are needed. @param {number} bins @param {string} column */
  setColumn(bins, column) {
    if (bins !== this.bins) {
      this.bins = bins;
      const count = this.names.length * bins;
      this.all = Array.from({ length: count }, (_, cell) => s("rect", {
        class: "nfviz-degree", role: "button", tabindex: -1, "data-cell": cell, fill: "transparent",
      }));
      this.segments.replaceChildren(...this.all);
      this.at = 0;
      this.geometry = new Float64Array(4 * count);
      this.wide = new Float64Array(count);
    }
    this.colors = ramp(column, bins);
    // A path per degree holds the segments of all layers: few elements change in a frame.
    const path = (facts) => (fill) => s("path", { fill, ...facts });
    this.faint = this.colors.map(path({ "fill-opacity": FAINT }));
    this.ink = this.colors.map(path({}));
    this.bars.replaceChildren(...this.faint, ...this.ink);
    this.written = this.names.map(() => ["", ""]);
  }

  /** Put bars where the counts have them. @param {any} layout @param {any} counts */
  place(layout, counts) {
    const { bins, geometry } = this;
    for (let layer = 0; layer < this.names.length; layer++) {
      const x = layout.left + (layer + 0.5) * layout.pitch - layout.bar / 2;
      const scale = counts.known[layer] ? layout.plot / counts.known[layer] : 0;
      let y = layout.top + layout.plot;
      for (let bin = 0; bin < bins; bin++) {
        const at = 4 * (layer * bins + bin);
        const tall = counts.counts[layer * bins + bin] * scale;
        y -= tall;
        geometry[at] = x;
        geometry[at + 1] = y;
        geometry[at + 2] = layout.bar;
        geometry[at + 3] = tall;
      }
    }
    this.settled = false;
    for (let cell = 0; cell < this.wide.length; cell++) this.wide[cell] = layout.bar;
    this.faint.forEach((path, bin) => path.setAttribute("d", this._outline(bin)));
    this.wide.fill(-1);
  }

  /** The segments of one degree, as wide as they are inked. @param {number} bin */
  _outline(bin) {
    const { geometry, wide, bins } = this;
    let outline = "";
    for (let cell = bin; cell < wide.length; cell += bins) {
      const height = geometry[4 * cell + 3];
      if (!height || !wide[cell]) continue;
      const [width, tall] = [rounded(wide[cell]), rounded(height > 3 ? height - 0.5 : height)];
      outline += `M${rounded(geometry[4 * cell])} ${rounded(geometry[4 * cell + 1])}h${width}v${tall}h${-width}z`;
    }
    return outline;
  }

  /** Ink what is in view. @param {any} layout @param {any} counts */
  fill(layout, counts) {
    const { wide, bins } = this;
    for (let bin = 0; bin < bins; bin++) {
      let differs = false;
      for (let cell = bin; cell < wide.length; cell += bins) {
        const count = counts.counts[cell];
        const width = count ? (layout.bar * counts.shown[cell]) / count : 0;
        differs ||= width !== wide[cell];
        wide[cell] = width;
      }
      if (differs) this.ink[bin].setAttribute("d", this._outline(bin));
    }
    if (layout.counts !== "none") this._count(layout, counts);
  }

  /** Put what pointers and keys reach over the bars, once these rest. */
  settle() {
    if (this.settled) return;
    this.settled = true;
    const { geometry } = this;
    this.all.forEach((rect, cell) => {
      for (const [place, name] of BOX.entries()) rect.setAttribute(name, String(rounded(geometry[4 * cell + place])));
    });
  }

  _count(layout, counts) {
    const lines = layout.counts === "lines";
    for (let layer = 0; layer < this.names.length; layer++) {
      const [shown, known] = [counts.knownShown[layer], counts.known[layer]];
      const first = lines ? `${shown}` : layout.counts === "line" ? `${shown} / ${known}` : `${shown}/${known}`;
      const { [layer]: written } = this.written;
      if (written[0] !== first) this.texts[layer].first.textContent = written[0] = first;
      const second = lines ? `/${known}` : "";
      if (written[1] !== second) this.texts[layer].second.textContent = written[1] = second;
    }
  }

  /**
   * Write names, axis and legend.
   * @param {any} layout
   * @param {any} inks
   * @param {string} title Of the legend.
   * @param {number[]} edges
   */
  write(layout, inks, title, edges) {
    this.svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    this.svg.setAttribute("width", String(layout.width));
    this.svg.setAttribute("height", String(layout.height));
    this.texts.forEach((texts, layer) => this._label(texts, layer, layout, inks));
    this._axis(layout, inks);
    this._legend(layout, inks, title, edges);
    this.chosen.setAttribute("stroke", inks.ink);
    this.cursor.setAttribute("stroke", inks.accent);
    this.nothing.setAttribute("fill", inks.soft);
    this.nothing.setAttribute("x", String(layout.width / 2));
    this.nothing.setAttribute("y", String(layout.top + layout.plot / 2));
    this.written = this.names.map(() => ["", ""]);
  }

  _label({ name, first, second }, layer, layout, inks) {
    const x = layout.left + (layer + 0.5) * layout.pitch;
    const put = (text, y, turned, ink) => {
      text.setAttribute("fill", ink);
      text.setAttribute("text-anchor", turned ? "end" : "middle");
      const place = turned ? `translate(${x + 4} ${y}) rotate(-90)` : `translate(${x} ${y + 10})`;
      text.setAttribute("transform", place);
    };
    const shown = layer % layout.every === 0;
    name.textContent = shown ? shortened(this.names[layer], layout.letters) : "";
    put(name, layout.namesAt, layout.turned, inks.ink);
    put(first, layout.countsAt, layout.counts === "turned", inks.soft);
    put(second, layout.countsAt + 13, false, inks.soft);
    if (layout.counts === "none") first.textContent = second.textContent = "";
  }

  _axis({ left, top, plot, width }, inks) {
    this.axis.replaceChildren(
      ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
        const y = top + plot * (1 - share);
        const text = share % 0.5 ? "" : share === 1 ? "100%" : String(100 * share);
        return [
          s("line", {
            x1: left - 3, x2: width - 4, y1: y, y2: y, stroke: inks.faint, "stroke-opacity": share ? 0.6 : 1,
          }),
          s("text", { x: left - 5, y: y + 4, "text-anchor": "end", fill: inks.soft, text }),
        ];
      }),
    );
  }

  _legend({ left, width, legendAt }, inks, title, edges) {
    const named = Math.min(title.length * 6.4 + 10, (width - left) / 2);
    const from = left + named;
    const block = Math.min(width - 10 - from, 300) / this.bins;
    const write = (x, y, text, ink, anchor) =>
      s("text", { x: rounded(x), y, fill: ink, text, "text-anchor": anchor });
    this.legend.replaceChildren(
      write(left, legendAt + 9, shortened(title, Math.floor(named / 6)), inks.ink, "start"),
      ...this.colors.map((fill, bin) =>
        s("rect", { x: rounded(from + bin * block), y: legendAt, width: rounded(block - 0.5), height: 10, fill }),
      ),
      ...ticksOf(edges, block * this.bins).map((tick) =>
        write(from + tick * block, legendAt + 22, edgeText(edges[tick]), inks.soft, "middle"),
      ),
    );
  }

  /** The box of a cell. @param {number} cell */
  box(cell) {
    const [x, y, width, height] = this.geometry.subarray(4 * cell, 4 * cell + 4);
    return { x, y, width, height };
  }
}
