import assert from "node:assert/strict";
import { test } from "node:test";
import { cropBoxes, cropGrid, pictureLayout } from "../../nfviz/widgets/static/shared/crop_sheet.js";

const apart = (a, b) =>
  a.x + a.across <= b.x || b.x + b.across <= a.x || a.y + a.down <= b.y || b.y + b.down <= a.y;

test("crops are as large as their box allows", () => {
  assert.deepEqual(cropGrid({ count: 1, ratio: 1, width: 100, height: 50 }), { columns: 1, across: 50, down: 50 });
  assert.equal(cropGrid({ count: 4, ratio: 1, width: 103, height: 103 }).columns, 2);
  assert.equal(cropGrid({ count: 4, ratio: 1, width: 1000, height: 20 }).columns, 4);
  assert.equal(cropGrid({ count: 2, ratio: 1, width: 400, height: 400, most: 90 }).across, 90);
  assert.equal(cropGrid({ count: 5, ratio: 1, width: 3, height: 3 }).across, 0);
});

test("crops fill their box without touching each other, in the shape of their field", () => {
  for (const ratio of [0.5, 1, 2]) {
    for (const count of [1, 2, 5, 16, 24]) {
      const { boxes, height } = cropBoxes({ count, ratio, width: 280, height: 110 });
      assert.equal(boxes.length, count);
      assert.ok(height <= 112);
      boxes.forEach((box, place) => {
        assert.ok(box.x >= 0 && box.x + box.across <= 280 && box.y + box.down <= height);
        assert.ok(Math.abs(box.across / box.down - ratio) < 0.2 * ratio);
        for (const other of boxes.slice(0, place)) assert.ok(apart(box, other));
      });
    }
  }
  assert.deepEqual(cropBoxes({ count: 0, ratio: 1, width: 280, height: 110 }), { boxes: [], height: 0 });
});

test("the feature is not covered by its crops, nor are these by each other", () => {
  for (let width = 200; width <= 1000; width += 17) {
    for (const count of [0, 1, 7, 16, 24]) {
      const { side, left, height, boxes } = pictureLayout({ width, count, ratio: 1 });
      assert.ok(side >= 90 && side < width && left > side && height >= side);
      const feature = { x: 0, y: 0, across: side, down: side };
      boxes.forEach((box, place) => {
        assert.ok(box.across > 20 && box.x + box.across <= width && box.y + box.down <= height);
        for (const other of [feature, ...boxes.slice(0, place)]) assert.ok(apart(box, other));
      });
    }
  }
});
