// Crops: asked for once, matched with their answers, freed when they are forgotten.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { cropsFromKernel, rememberCrops } from "../../nfviz/widgets/static/store/crops.js";
import { FakeModel, stopClock } from "./fake_model.mjs";

const known = globalThis.createImageBitmap;
let open = 0;
beforeEach(() => {
  open = 0;
  globalThis.createImageBitmap = async (blob) => {
    open++;
    return { bytes: blob.size, close: () => open-- };
  };
});
afterEach(() => (globalThis.createImageBitmap = known));

const bytes = (length) => new DataView(new ArrayBuffer(length));
const facts = { type: "crops", tile: [8, 12], count: 3 };
const answer = (model, { id, row }, more = {}, buffers = [bytes(5), bytes(7)]) =>
  model.trigger("msg:custom", { ...facts, id, row, ...more }, buffers);
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("each answer finds who asked, in whatever order answers come", async () => {
  const model = new FakeModel();
  const crops = cropsFromKernel(model);
  const [three, five] = [crops(3), crops(5)];
  const [first, second] = model.sent;
  assert.deepEqual([first.row, second.row, first.type], [3, 5, "crops"]);
  assert.notEqual(first.id, second.id);
  answer(model, second, { count: 9 });
  answer(model, { id: first.id, row: 5 }, { count: 1 });
  answer(model, { id: second.id, row: 3 }, { count: 1 });
  answer(model, { id: 99, row: 3 }, { count: 1 });
  answer(model, first, { type: "other", count: 1 });
  answer(model, first, { count: 4 });
  assert.equal((await three).count, 4);
  assert.equal((await five).count, 9);
  assert.deepEqual([(await three).height, (await three).width], [8, 12]);
  assert.equal((await three).feature.bytes, 7);
  assert.equal(model.heard, 0);
});

test("tiles are as wide as whole blocks of 8 pixels", async () => {
  const model = new FakeModel();
  const found = cropsFromKernel(model)(0);
  answer(model, model.sent[0]);
  const drawn = [];
  (await found).draw({ drawImage: (_, ...box) => drawn.push(box) }, 2, 1, 2, 30, 20);
  assert.deepEqual(drawn, [[32, 0, 12, 8, 1, 2, 30, 20]]);
});

test("crops are asked for once; a neuron without any has none, and no picture", async () => {
  const model = new FakeModel();
  const crops = cropsFromKernel(model);
  const found = crops(1);
  assert.equal(crops(1), found);
  answer(model, model.sent[0], {}, [bytes(0), bytes(0)]);
  assert.equal((await found).count, 0);
  assert.equal((await found).feature, null);
  await crops(1);
  assert.equal(model.sent.length, 1);
});

test("a reason is passed on, and asked for again", async () => {
  const model = new FakeModel();
  const crops = cropsFromKernel(model);
  const found = crops(1);
  answer(model, model.sent[0], { reason: "none are kept" });
  assert.deepEqual(await found, { reason: "none are kept" });
  await settle();
  crops(1);
  assert.equal(model.sent.length, 2);
});

test("without a kernel nothing is asked", async () => {
  const model = new FakeModel();
  model.comm_live = false;
  assert.match((await cropsFromKernel(model)(1)).reason, /kernel, which is not running/);
  assert.deepEqual(model.sent, []);
  assert.equal(model.heard, 0);
});

test("a kernel that does not answer is busy, and its late answer is nobody's", async (t) => {
  const pass = stopClock(t);
  const model = new FakeModel();
  const crops = cropsFromKernel(model);
  const found = crops(1);
  pass(7999);
  assert.equal(model.heard, 1);
  pass(1);
  assert.deepEqual(await found, { reason: "the kernel is busy" });
  assert.equal(model.heard, 0);
  answer(model, model.sent[0]);
  assert.equal(open, 0);
});

test("what was asked for longest ago is freed, the rest at the end", async () => {
  const asked = [];
  const crops = rememberCrops(async (row) => {
    asked.push(row);
    return { ...facts, strip: bytes(1), feature: bytes(1) };
  });
  const [zero, one] = await Promise.all([crops(0), crops(1)]);
  for (let row = 2; row < 200; row++) await crops(row);
  await crops(0);
  await crops(200);
  await settle();
  assert.deepEqual([zero.closed, one.closed], [false, true]);
  assert.equal(open, 400);
  one.draw({ drawImage: () => assert.fail("what is closed cannot be drawn") }, 0, 0, 0, 1, 1);
  assert.equal((await crops(1)).closed, false);
  assert.deepEqual(asked.filter((row) => row < 2), [0, 1, 1]);
  crops.close();
  await settle();
  assert.equal(open, 0);
  assert.ok(zero.closed);
});

test("crops that cannot be read are asked for again", async () => {
  let fails = true;
  const crops = rememberCrops(async () => {
    if (fails) throw new Error("no");
    return { ...facts, strip: bytes(1), feature: null };
  });
  await assert.rejects(crops(0), /no/);
  await settle();
  fails = false;
  assert.equal((await crops(0)).count, 3);
});
