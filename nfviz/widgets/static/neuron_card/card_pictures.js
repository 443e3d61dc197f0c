// @ts-check
// The feature of a neuron and the crops of the images that are behind it.

import { drawCrops, pictureLayout } from "../shared/crop_sheet.js";
import { fitCanvas, h } from "../shared/dom.js";
import { drawFeature } from "../shared/feature_picture.js";

/** How many crops are shown at most, and for how many there is room before it is known. */
export const MOST_CROPS = 9;
const EXPECTED = 9;

/** Feature and crops. */
export class CardPictures {
  /** @param {any} store */
  constructor(store) {
    this.store = store;
    this.row = -1;
    this.answer = null;
    this.asked = 0;
    this.width = 320;
    this.expected = store.meta.crops === "none" ? 0 : EXPECTED;
    this.feature = h("canvas", { role: "img" });
    this.crops = h("canvas", { role: "img" });
    this.note = h("p", { class: "nfviz-card-note nfviz-soft", hidden: true });
    this.titles = [h("h3", { text: "feature" }), h("h3", { text: "crops" })];
    this.box = h("div", { class: "nfviz-card-mosaic" }, this.crops, this.feature, this.note);
    this.el = h(
      "section",
      { "aria-label": "feature and crops of the neuron" },
      h("div", { class: "nfviz-card-titles" }, ...this.titles),
      this.box,
    );
  }

  /** @param {number} width Of the room for both, in pixels. */
  resize(width) {
    this.width = width;
    if (this.row >= 0) this.draw();
  }

  /** @param {number} row */
  show(row) {
    if (row === this.row) return;
    this.row = row;
    this.answer = null;
    const name = this.store.name(row);
    this.feature.setAttribute("aria-label", `neuron feature of ${name}`);
    this.crops.setAttribute("aria-label", `crops of ${name}`);
    this.draw();
    this._ask(row);
  }

  async _ask(row) {
    const asked = ++this.asked;
    const answer = await this.store.crops(row).catch(() => ({ reason: "the crops could not be read" }));
    // Another neuron may have been focused meanwhile.
    if (asked !== this.asked || row !== this.row) return;
    this.answer = answer;
    this.expected = Math.min(answer.count ?? 0, MOST_CROPS);
    this.draw();
  }

  draw() {
    // Of many neurons looked at since, the crops of this one may have been freed.
    if (this.answer?.closed) {
      this.answer = null;
      this._ask(this.row);
    }
    const { store, row, answer, width } = this;
    const count = Math.min(answer?.count ?? 0, MOST_CROPS);
    const ratio = answer?.count ? answer.width / answer.height : 1;
    const { side, left, height, boxes } = pictureLayout({ width, count: count || this.expected, ratio });
    this.box.style.height = `${height}px`;
    this.titles[1].style.left = this.note.style.left = `${left}px`;
    this.note.style.height = `${side}px`;
    drawFeature(fitCanvas(this.feature, side, side), store, row, side, answer?.feature ?? null);
    const context = fitCanvas(this.crops, width, height);
    context.clearRect(0, 0, width, height);
    if (count) drawCrops(context, answer, boxes);
    this.crops.hidden = !count;
    this.note.hidden = count > 0 || !answer;
    const note = answer?.reason ?? "no crops of this neuron are kept";
    if (this.note.textContent !== note) this.note.textContent = note;
    this.titles[1].textContent = cropsTitle(count, answer?.count ?? 0, store.dead[row]);
  }

  /** Forget what was asked for. */
  clear() {
    this.asked++;
    this.row = -1;
  }
}

/**
 * What the crops are. Images that do not activate a dead neuron are no better than others.
 * @param {number} shown
 * @param {number} count
 * @param {boolean | number} dead
 */
function cropsTitle(shown, count, dead) {
  if (!shown) return "crops";
  const which = dead ? "first" : "best";
  if (shown < count) return `${which} ${shown} of ${count} images`;
  return shown === 1 ? `${which} image` : `${which} ${shown} images`;
}
