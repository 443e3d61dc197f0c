// What a file holds: text into bytes, planes into numbers, falls into relative activations.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { readDense } from "../../nfviz/widgets/static/file/dense_text.js";
import { inflate, joinPlanes, unpackArrays } from "../../nfviz/widgets/static/file/unpack.js";

/** Slowly, by numbers of any length: as nfviz/page/dense_text.py says. */
function writeDense(bytes) {
  const padded = [...bytes, ...new Array((13 - (bytes.length % 13)) % 13).fill(0)];
  let text = "";
  for (let at = 0; at < padded.length; at += 13) {
    let number = padded.slice(at, at + 13).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    let letters = "";
    for (let place = 0; place < 8; place++, number >>= 13n) {
      const value = Number(number & 8191n);
      letters = String.fromCharCode((value % 91) + 35, Math.floor(value / 91) + 35) + letters;
    }
    text += letters.replaceAll("<", "~");
  }
  return text;
}

test("dense text is read back, whatever its length", () => {
  for (const length of [0, 1, 2, 12, 13, 14, 26, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, place) => (place * place * 31 + 7 * place) % 256);
    const text = writeDense(bytes);
    assert.ok(!text.includes("<"));
    assert.deepEqual(readDense(text, length), bytes);
  }
});

test("planes of bytes become numbers", () => {
  assert.deepEqual(joinPlanes(Uint8Array.of(1, 2, 3), 1), Uint8Array.of(1, 2, 3));
  const joined = joinPlanes(Uint8Array.of(1, 2, 3, 0, 0, 1), 2);
  assert.deepEqual(new Uint16Array(joined.buffer), Uint16Array.of(1, 2, 259));
});

test("compressed bytes are inflated", async () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, place) => place % 251);
  assert.deepEqual(await inflate(deflateSync(bytes)), bytes);
});

for (const [kind, Kind] of [["f4", Float32Array], ["f8", Float64Array]]) {
  test(`falls become activations, exact ones stay (${kind})`, () => {
    // Two neurons of three ranks: steps 20001, 14001, 1 and 20001, 0, 0.
    const falls = Uint16Array.of(20001, 20001, 6000, 20001, 14000, 0);
    const low = Array.from(falls, (fall) => fall & 255);
    const high = Array.from(falls, (fall) => fall >> 8);
    const parts = {
      steps: [[...low, ...high], 2],
      "exact/row": [new Uint8Array(Uint32Array.of(1).buffer), 1],
      "exact/activation": [new Uint8Array(Kind.of(3, 2, 0.1).buffer), 1],
      "exact/top": [new Uint8Array(Float64Array.of(3).buffer), 1],
      label: [[4, 5], 1],
    };
    const places = {};
    const packed = [];
    for (const [name, [bytes, width]] of Object.entries(parts)) {
      places[name] = [packed.length, bytes.length, width];
      packed.push(...bytes);
    }
    const meta = { n: 2, parameters: { ranks: 3 }, dtypes: { activation: kind }, file: { places } };
    const found = unpackArrays(meta, Uint8Array.from(packed));
    assert.deepEqual(Object.keys(found).sort(), ["activation", "label", "top"]);
    assert.deepEqual(
      new Kind(found.activation.slice().buffer),
      Kind.of(20000, 14000, 0.5, 3, 2, 0.1),
    );
    assert.deepEqual(new Float64Array(found.top.slice().buffer), Float64Array.of(20000, 3));
    assert.deepEqual(found.label, Uint8Array.of(4, 5));
  });
}
