// @ts-check
// The gallery: neuron features of all neurons in view, in order. Only what is seen is drawn.

import { columnOf } from "./shared/column_text.js";
import { fitCanvas, h, onResize } from "./shared/dom.js";
import { galleryBar } from "./gallery/gallery_bar.js";
import { GalleryKeys } from "./gallery/gallery_keys.js";
import { boxOf, groupStarts, layOutTiles, placeAt, placesIn, topToShow } from "./gallery/gallery_layout.js";
import { OptionWindow } from "./gallery/gallery_options.js";
import { ACTIVE, FOCUSED, GalleryPainter, HOVERED, PINNED } from "./gallery/gallery_paint.js";
import { GalleryPopover } from "./gallery/gallery_popover.js";
import { gallerySvg } from "./gallery/gallery_svg.js";
import { theme } from "./shared/theme.js";

const HEIGHT = 420;
const SIDE = 48;

/**
 * @param {any} store
 * @param {Element} el
 * @param {{height?: number, size?: number, scale?: string}} options
 */
export function gallery(store, el, options) {
  const view = new Gallery(store, el, options ?? {});
  return {
    update: (changed) => view.update(changed),
    destroy: () => view.destroy(),
    svg: () => gallerySvg(store, view.scene()),
  };
}

class Gallery {
  constructor(store, el, options) {
    const size = Number(options.size);
    this.store = store;
    this.side = size >= 8 && size <= 512 ? Math.round(size) : SIDE;
    this.trueScale = options.scale === "true";
    [this.width, this.height, this.top, this.wanted] = [0, 0, 0, 0];
    this.marks = new Uint8Array(store.n);
    this.marked = { focus: -1, pinned: [], hover: -1, active: -1 };
    this.active = -1;
    this._build(el, Number(options.height));
    this.painter = new GalleryPainter(store);
    const activePlace = () => (this.active < 0 ? -1 : store.order.indexOf(this.active));
    this.options = new OptionWindow(store, this.list, this.space, () => this.scene(), activePlace);
    this.popover = new GalleryPopover(store, this.root);
    this.inks = theme(this.root);
    this.layout = this._layOut();
    this.keys = new GalleryKeys(this);
    this.stop = onResize(this.list, (width, height) => this._resize(width, height));
  }

  _build(el, height) {
    this.bar = galleryBar(this.store, {
      side: this.side,
      trueScale: this.trueScale,
      onSide: (side) => this._reshape(() => (this.side = side)),
      onScale: (trueScale) => this._reshape(() => (this.trueScale = trueScale)),
    });
    this.canvas = h("canvas", { class: "nfviz-gallery-canvas", "aria-hidden": "true" });
    this.space = h("div", { class: "nfviz-gallery-space", role: "presentation" });
    this.list = h(
      "div",
      {
        class: "nfviz-gallery-list",
        role: "listbox",
        tabindex: "0",
        "aria-label": "neuron features",
        "aria-multiselectable": "true",
        on: { scroll: () => this._scrolled() },
      },
      this.space,
    );
    this.empty = h("p", { class: "nfviz-gallery-empty nfviz-soft", text: "no neuron is in view", hidden: true });
    const frame = h("div", { class: "nfviz-gallery-frame" }, this.canvas, this.list, this.empty);
    this.root = h("div", { class: "nfviz-gallery" }, this.bar.el, frame);
    if (height > 0) this.root.classList.add("nfviz-gallery-fixed");
    this.root.style.flexBasis = this.root.style.height = `${height > 0 ? height : HEIGHT}px`;
    el.append(this.root);
  }

  /** What painters and options need to know. */
  scene() {
    const { store, layout, top, width, height, marks, trueScale, inks, context } = this;
    const column = columnOf(store, this._caption());
    const values = layout.caption ? store.column(column.name) : null;
    return { layout, top, width, height, order: store.order, marks, column, values, trueScale, inks, context };
  }

  /** What is written below tiles: what they are sorted by, or what tells them apart. */
  _caption() {
    const name = this.store.state.sort_by;
    return name === "layer" ? "unit" : name;
  }

  /** @param {Set<string>} changed */
  update(changed) {
    if (changed.has("theme")) {
      this.inks = theme(this.root);
      this.painter.forget();
    }
    if (changed.has("ready")) this.painter.forget();
    if (changed.has("state") || changed.has("order")) this.bar.update();
    if (changed.has("order")) this._reorder();
    if (changed.has("columns")) this.popover.refresh();
    const marked = this._mark();
    if (changed.has("focus")) this._showFocus();
    if (!marked && !["theme", "ready", "order", "columns", "focus"].some((each) => changed.has(each))) return;
    this._paint();
    if (changed.has("order") || changed.has("columns")) this.options.later();
    else if (changed.has("focus") || changed.has("pinned")) this.options.later(0);
  }

  _layOut() {
    const { order, layer, state } = this.store;
    const starts = state.sort_by === "layer" ? groupStarts(order, layer) : null;
    return layOutTiles({ count: order.length, starts, width: this.width, side: this.side });
  }

  /** Lay out anew; the window stays where it is, as far as there is something to see. */
  _reorder() {
    const before = this.layout;
    this.layout = this._layOut();
    if (this.layout.height !== before.height) this.space.style.height = `${this.layout.height}px`;
    if (!this.layout.count !== !this.empty.hidden) this.empty.hidden = this.layout.count > 0;
    this._moveTo(this.wanted, false);
  }

  /** Lay out in another shape; what was uppermost stays so. @param {() => void} change */
  _reshape(change) {
    if (!this.layout) return;
    const { layout, top } = this;
    const focused = this.store.state.focus;
    const [from, to] = placesIn(layout, top, top + this.height);
    const place = focused >= 0 ? this.store.order.indexOf(focused) : -1;
    const anchor = place >= from && place < to ? place : Math.min(from, layout.count - 1);
    const above = layout.count ? boxOf(layout, anchor).y - top : 0;
    change();
    this._reorder();
    if (this.layout.count && top > 0) this._moveTo(boxOf(this.layout, anchor).y - above, true);
    this.popover.hide();
    this._paint();
    this.options.later();
  }

  /**
   * Scroll to where there is something to see.
   * @param {number} wanted
   * @param {boolean} lasting Whether to come back there once there is room again.
   */
  _moveTo(wanted, lasting) {
    const most = Math.max(0, this.layout.height - this.height);
    const top = Math.round(Math.min(Math.max(wanted, 0), most));
    if (lasting) this.wanted = top;
    if (top === this.top) return;
    this.top = top;
    this.list.scrollTop = top;
  }

  _scrolled() {
    const top = this.list.scrollTop;
    if (Math.abs(top - this.top) < 1) return;
    this.top = this.wanted = top;
    this.keys.scrolled();
    this._paint();
    this.options.later();
  }

  _resize(width, height) {
    this.context = fitCanvas(this.canvas, width, height);
    this.painter.forget();
    const first = !this.height;
    this._reshape(() => Object.assign(this, { width, height }));
    if (!first || this.store.state.focus < 0) return;
    this._showFocus();
    this._paint();
  }

  /** Note what is to be said of tiles. @returns {boolean} Whether something changed. */
  _mark() {
    const { marks, marked, store } = this;
    const { focus, pinned } = store.state;
    const active = this.keys.shown ? this.active : -1;
    const { hover } = store;
    if (marked.focus === focus && marked.pinned === pinned && marked.hover === hover && marked.active === active) {
      return false;
    }
    for (const row of [marked.focus, marked.hover, marked.active, ...marked.pinned]) if (row >= 0) marks[row] = 0;
    if (focus >= 0) marks[focus] |= FOCUSED;
    if (hover >= 0) marks[hover] |= HOVERED;
    if (active >= 0) marks[active] |= ACTIVE;
    for (const row of pinned) marks[row] |= PINNED;
    this.marked = { focus, pinned, hover, active };
    return true;
  }

  _paint() {
    if (this.context && this.width) this.painter.paint(this.scene());
  }

  /** Scroll to a neuron that was focused elsewhere. */
  _showFocus() {
    const { focus } = this.store.state;
    if (focus < 0 || focus === this.active || !this.height) return;
    const place = this.store.order.indexOf(focus);
    if (place < 0) return;
    this.active = focus;
    this._moveTo(topToShow(this.layout, place, this.top, this.height), true);
  }

  /** The tile at a point of the page, -1 for none. */
  rowAt(event) {
    const box = this.list.getBoundingClientRect();
    const place = placeAt(this.layout, event.clientX - box.left, event.clientY - box.top + this.top);
    return place < 0 ? -1 : this.store.order[place];
  }

  destroy() {
    this.stop();
    this.keys.destroy();
    this.options.destroy();
    this.popover.destroy();
    if (this.store.hover >= 0) this.store.setHover(-1);
  }
}
