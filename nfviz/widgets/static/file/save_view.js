// @ts-check
// Pictures of views, and what else a page hands over as a file.

import { escapeText } from "../shared/dom.js";
import { addressOf } from "../store/store_address.js";

const FINENESS = 2;
const LONGEST = 16000;
const KEPT = 60000;

/** Hand a file over. @param {string} name @param {Blob} blob */
export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}

/**
 * An SVG that says what it shows: how many neurons, and the address that leads there.
 * @param {string} text
 * @param {any} store
 */
export function describedSvg(text, store) {
  const said = `<desc>${escapeText(`${store.live()}; ${addressOf(store)}`)}</desc>`;
  return text.replace(/<svg\b[^>]*>/, (opening) => opening + said);
}

/**
 * The picture of a view.
 * @param {any} store
 * @param {any} view With `svg()`.
 * @param {"svg" | "png"} format
 * @returns {Promise<Blob>}
 */
export async function pictureOf(store, view, format) {
  const plain = await view.svg();
  if (!plain) throw new Error("this view has no picture");
  const text = describedSvg(plain, store);
  const drawing = new Blob([text], { type: "image/svg+xml" });
  return format === "svg" ? drawing : rasterOf(drawing);
}

/** An SVG as PNG, with two dots a pixel. @param {Blob} drawing */
async function rasterOf(drawing) {
  const image = new Image();
  image.src = URL.createObjectURL(drawing);
  try {
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const scale = Math.min(FINENESS, LONGEST / Math.max(width, height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
