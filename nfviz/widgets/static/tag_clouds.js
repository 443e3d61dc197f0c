// @ts-check
// Two tag clouds: the classes of a neuron or of the selection, and what these are kinds of.

import { homes } from "./tag_clouds/cloud_homes.js";
import { CloudPanel } from "./tag_clouds/cloud_panel.js";
import { escapeText, h } from "./shared/dom.js";
import { LEAF_FRAME, NODE_FRAME, theme } from "./shared/theme.js";

const IDLE = 80; // Milliseconds without a change before what is expensive is computed.
const SETTLED = 300; // The same before words may move.
const EXPENSIVE = 3e5; // Ranked images of all neurons.
const MARGIN = 6; // Pixels around a saved picture.
const SLICE = 8; // Milliseconds of work at a time.

/**
 * @param {any} store
 * @param {Element} el
 * @param {{height?: number, kind?: "auto" | "neuron" | "selection"}} options `height` in pixels.
 *   `kind`: whose classes are shown; "auto": the focused neuron's, if there is one.
 */
export function tagClouds(store, el, options) {
  const view = new TagClouds(store, el, options);
  return {
    update: (changed) => view.update(changed),
    destroy: () => view.destroy(),
    svg: () => view.svg(),
  };
}

class TagClouds {
  constructor(store, el, options) {
    this.store = store;
    this.root = el;
    this.kind = ["neuron", "selection"].includes(options.kind) ? options.kind : "auto";
    const sides = homes(store.meta);
    const { classes, nodes } = store.meta;
    const button = (kind) =>
      h("button", { type: "button", text: kind, "aria-pressed": "false", on: { click: () => this._choose(kind) } });
    this.buttons = { neuron: button("neuron"), selection: button("selection") };
    this.whose = h("span", { class: "nfviz-clouds-whose nfviz-number" });
    const choice = h("div", { role: "group", "aria-label": "whose classes", class: "nfviz-clouds-choice" }, ...Object.values(this.buttons));
    const pick = (name) => store.set({ search: store.state.search === name ? "" : name });
    const resized = () => this._resized();
    this.panels = {
      leaf: new CloudPanel({ title: "classes", kind: "leaf", ink: LEAF_FRAME, entries: classes, homes: sides.leaf, pick, resized }),
      nodes: new CloudPanel({
        title: "all classes of the ontology", short: "ontology", kind: "nodes", ink: NODE_FRAME,
        entries: nodes ?? [], homes: sides.nodes, pick, resized,
      }),
    };
    this.box = h("div", { class: "nfviz-clouds" },
      h("div", { class: "nfviz-clouds-bar" }, choice, this.whose), this.panels.leaf.el, this.panels.nodes.el);
    if (options.height > 0) {
      this.box.style.height = `${options.height}px`;
      this.box.classList.add("nfviz-clouds-fixed");
    }
    el.append(this.box);
    this.subject = "";
    this._idle = 0;
    this._settle = 0;
    this._calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** Whose classes: a row, or the view. */
  _subject() {
    const { focus } = this.store.state;
    if (this.kind === "selection") return "view";
    if (focus >= 0) return String(focus);
    return this.kind === "neuron" ? "none" : "view";
  }

  _choose(kind) {
    this.kind = kind;
    this._say();
    this._show(this._subject());
  }

  _resized() {
    // Both panels are as wide as each other; they are told one after the other.
    if (this.panels.leaf.width && this.panels.nodes.width) this._lay("now");
  }

  /** @param {Set<string>} changed */
  update(changed) {
    if (changed.has("theme")) this._useFont();
    if (changed.has("state") || changed.has("focus")) this._say();
    const subject = this._subject();
    if (subject !== this.subject) this._show(subject);
    else if (changed.has("columns") || (subject === "view" && changed.has("view"))) this._follow();
  }

  _useFont() {
    const { font } = theme(this.root);
    if (font === this.font) return;
    this.font = font;
    for (const panel of Object.values(this.panels)) panel.useFont(font);
    if (this.subject) this._lay("now");
  }

  /** The line above the clouds, and which word is searched for. */
  _say() {
    const { store } = this;
    const { focus, search, threshold } = store.state;
    const subject = this._subject();
    const count = store.count.toLocaleString("en-US");
    const whose = subject === "view" ? `mean of ${count} neuron${store.count === 1 ? "" : "s"}` : subject === "none" ? "" : store.name(focus);
    const covers = threshold < 1 ? `, the classes that cover ${Number((100 * threshold).toFixed(2))}%` : "";
    if (this.whose.textContent !== whose + covers) this.whose.textContent = this.whose.title = whose + covers;
    for (const [kind, button] of Object.entries(this.buttons)) {
      const pressed = String((subject === "view") === (kind === "selection"));
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
    const off = focus < 0 && this.kind !== "neuron";
    if (this.buttons.neuron.disabled !== off) this.buttons.neuron.disabled = off;
    for (const panel of Object.values(this.panels)) panel.mark(search);
  }

  /** Show another neuron, or the selection. */
  _show(subject) {
    this.subject = subject;
    this._stopTimers();
    if (this._mustWait()) this._prepare("anew", IDLE);
    // The frame belongs to what was clicked.
    else this._idle = window.setTimeout(() => this._lay("anew"));
  }

  _mustWait() {
    const { classTable, n, meta } = this.store;
    return this.subject === "view" && !classTable.ready && n * meta.parameters.ranks > EXPENSIVE;
  }

  /** Compute what is expensive, a little at a time, when all is still. */
  _prepare(how, wait = 0) {
    this._idle = window.setTimeout(() => {
      if (this.store.classTable.prepare(SLICE)) this._lay(how);
      else this._prepare(how);
    }, wait);
  }

  /** Sizes follow at once, or when it does not stop a frame; places when all is still. */
  _follow() {
    this._stopTimers();
    if (this._mustWait()) {
      this._prepare("gently", IDLE);
      return;
    }
    for (const [cloud, shareOf] of Object.entries(this._shares())) this.panels[cloud].follow(shareOf, this._noteOf(cloud));
    this._settle = window.setTimeout(() => this._lay("gently"), SETTLED);
  }

  _shares() {
    const { tags } = this.store;
    if (this.subject === "view") return tags.sharesOfView();
    const { leaf, nodes } = tags.ofNeuron(Number(this.subject));
    const lookUp = (found) => {
      const shares = new Map((found ?? []).map(({ key, share }) => [key, share]));
      return (key) => shares.get(key) ?? 0;
    };
    return { leaf: lookUp(leaf), nodes: lookUp(nodes) };
  }

  _tags() {
    const { tags } = this.store;
    if (this.subject === "none") return { leaf: [], nodes: this.store.meta.nodes && [] };
    return this.subject === "view" ? tags.ofView() : tags.ofNeuron(Number(this.subject));
  }

  /**
   * Give all words their places.
   * @param {"now" | "anew" | "gently"} how "anew": they fade to where they belong; "gently": they stay
   *   where they are, if that is good enough.
   */
  _lay(how) {
    if (!this.panels.leaf.width || !this.panels.nodes.width || !this.subject) return;
    if (how === "now" && this._mustWait()) {
      this._show(this.subject);
      return;
    }
    this._stopTimers();
    const found = this._tags();
    for (const cloud of ["leaf", "nodes"]) {
      const options = { stay: how === "gently", fade: how !== "now" && !this._calm.matches };
      this.panels[cloud].lay(found[cloud] ?? [], this._noteOf(cloud), options);
    }
  }

  /** What is said in a cloud without words. */
  _noteOf(cloud) {
    if (cloud === "nodes" && !this.store.meta.nodes) return "no ontology is given";
    if (this.subject === "none") return "no neuron is in focus: click one";
    return this.subject === "view" && !this.store.count ? "no neuron is in view" : "no labeled images";
  }

  _stopTimers() {
    clearTimeout(this._idle);
    clearTimeout(this._settle);
  }

  svg() {
    const inks = theme(this.root);
    const bounds = this.box.getBoundingClientRect();
    const parts = Object.values(this.panels).map((panel) => {
      const box = panel.panel.getBoundingClientRect();
      return panel.svg(box.left - bounds.left, box.top - bounds.top, inks);
    });
    const [width, height] = [Math.ceil(bounds.width) + 2 * MARGIN, Math.ceil(bounds.height) + MARGIN];
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} 0 ${width} ${height}" font-family="${escapeText(inks.font)}">` +
      `<title>Tag clouds: ${escapeText(this.whose.textContent)}</title><rect x="${-MARGIN}" width="${width}" height="${height}" fill="${inks.ground}"/>` +
      `<text x="0" y="16" font-size="12" fill="${inks.ink}">${escapeText(this.whose.textContent)}</text>${parts.join("")}</svg>`
    );
  }

  destroy() {
    this._stopTimers();
    for (const panel of Object.values(this.panels)) panel.destroy();
    this.box.remove();
  }
}
