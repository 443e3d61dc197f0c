// @ts-check
// Views hear of it when the page turns light or dark.

import { theme } from "./theme.js";

const TOLD_BY = [
  "class", "theme", "data-jp-theme-name", "data-jp-theme-light", "data-theme", "data-vscode-theme-id",
];

/** Remember how an element looks, until `close` is called. @param {any} store @param {Element} el */
export function watchInks(store, el) {
  store.looks ??= new Map();
  store.looks.set(el, inksOf(el));
  return () => store.looks.delete(el);
}

/** Tell views when the page turns light or dark. @param {any} store @returns {() => void} Ends it. */
export function watchTheme(store) {
  let due = false;
  // Classes of the page change for many a reason, as in each drag of JupyterLab's splitters.
  const check = () => {
    due = false;
    let differs = false;
    for (const [el, before] of store.looks ?? []) {
      if (!el.isConnected) continue;
      const inks = inksOf(el);
      store.looks.set(el, inks);
      if (inks !== before) differs = true;
    }
    if (differs) store.notify("theme");
  };
  const ask = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(check);
  };
  const observer = new MutationObserver(ask);
  for (const el of [document.body, document.documentElement]) {
    observer.observe(el, { attributes: true, attributeFilter: TOLD_BY });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", ask);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", ask);
  };
}

/** @param {Element} el */
function inksOf(el) {
  return JSON.stringify(theme(el));
}
