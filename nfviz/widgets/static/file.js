// @ts-check
// The explorer in one HTML file: no kernel, no network.

import { fromAddress, toAddress } from "./address.js";
import { mount, watchTheme } from "./app.js";
import { rememberCrops } from "./crops.js";
import { readPayload } from "./payload.js";
import { Store } from "./store.js";

/** @param {string} id */
function textOf(id) {
  const el = document.getElementById(id);
  const text = el?.textContent ?? "";
  // Millions of letters need not stay in the page.
  el?.remove();
  return text;
}

/** @param {string} text In base64. */
function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let place = 0; place < letters.length; place++) bytes[place] = letters.charCodeAt(place);
  return bytes;
}

/** @param {Uint8Array} bytes Compressed with zlib. */
async function unpack(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Build the page. */
export async function start() {
  const meta = JSON.parse(textOf("nfviz-meta"));
  const packed = await unpack(bytesOf(textOf("nfviz-arrays")));
  const arrays = {};
  for (const [name, [from, length]] of Object.entries(meta.file.arrays)) {
    arrays[name] = packed.subarray(from, from + length);
  }
  for (let page = 0; page < meta.tiles.pages; page++) {
    arrays[`page/${page}`] = bytesOf(textOf(`nfviz-page-${page}`));
  }
  const store = new Store(readPayload(meta, arrays));
  watchTheme(store);
  const host = document.getElementById("nfviz-explorer");
  host?.replaceChildren();
  mount("Explorer", store, /** @type {Element} */ (host), { file: true, title: meta.title });
  globalThis.nfviz = { store };
}
