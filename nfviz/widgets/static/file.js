// @ts-check
// The explorer in one HTML file: no kernel, no network.

import { mount } from "./app.js";
import { readDense } from "./file/dense_text.js";
import { h } from "./shared/dom.js";
import { watchTheme } from "./shared/theme_watch.js";
import { followAddress } from "./file/file_address.js";
import { cropsFromFile } from "./file/file_crops.js";
import { addTools } from "./file/file_tools.js";
import { readPayload } from "./store/payload.js";
import { Store } from "./store/store.js";
import { decodePage } from "./store/tiles.js";
import { inflate, unpackArrays } from "./file/unpack.js";

/** @param {string} id */
function find(id) {
  return /** @type {HTMLElement} */ (document.getElementById(`nfviz-${id}`));
}

/** @param {string} id */
function takeText(id) {
  const el = find(id);
  const text = el.textContent ?? "";
  // Millions of letters need not stay in the page.
  el.remove();
  return text;
}

/** Build the page. */
export async function start() {
  const host = find("explorer");
  try {
    await build(host);
  } catch (error) {
    console.error(error);
    host.replaceChildren(
      h("p", { class: "nfviz-file-note", role: "alert", text: `This page could not be opened: ${error.message}` }),
    );
  }
}

/** @param {HTMLElement} host */
async function build(host) {
  // Browsers that lack it are told so by the page itself.
  if (typeof DecompressionStream === "undefined") return;
  const meta = JSON.parse(takeText("meta"));
  const read = (name) => readDense(takeText(name), meta.file.lengths[name]);
  // Pages are decoded while the rest is read.
  const pages = Array.from({ length: meta.tiles.pages }, (_, page) => decodePage(read(`page-${page}`)));
  const arrays = unpackArrays(meta, await inflate(read("arrays")));
  pages.forEach((page, number) => (arrays[`page/${number}`] = page));
  const store = new Store(readPayload(meta, arrays));
  store.crops =
    meta.crops === "file"
      ? cropsFromFile(store, () => read("crops"))
      : async () => ({ reason: "this file holds no crops" });
  watchTheme(store);
  store.page = location.href.split("#")[0];
  followAddress(store, meta.state);
  store.flush();
  find("title").textContent = document.title = meta.title;
  host.replaceChildren();
  await mount("Explorer", store, host, { inTurn: true }).done;
  addTools(store, find("tools"));
  globalThis.nfviz = { store };
}
