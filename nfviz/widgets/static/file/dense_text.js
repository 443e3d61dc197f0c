// @ts-check
// Bytes written as printable text, as nfviz/page/dense_text.py does.

const FIRST = 35;
const BASE = 91;
const VALUES = new Uint8Array(128);
for (let value = 0; value < BASE; value++) VALUES[FIRST + value] = value;
// "~" stands for "<", which must not be in a page.
VALUES["~".charCodeAt(0)] = "<".charCodeAt(0) - FIRST;

/**
 * Read bytes from text: 13 bits in two letters, the highest bits first.
 * @param {string} text
 * @param {number} length Of the bytes.
 */
export function readDense(text, length) {
  const letters = new TextEncoder().encode(text);
  const bytes = new Uint8Array(length);
  let held = 0;
  let bits = 0;
  let filled = 0;
  for (let at = 0; filled < length; at += 2) {
    held = ((held & 0x7f) << 13) | (VALUES[letters[at]] + BASE * VALUES[letters[at + 1]]);
    bits += 5;
    bytes[filled++] = held >> bits;
    if (bits >= 8) {
      bits -= 8;
      // What is beyond the end of a typed array is dropped.
      bytes[filled++] = held >> bits;
    }
  }
  return bytes;
}
