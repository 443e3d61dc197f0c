import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boxOf, endOf, groupOf, groupStarts, layOutTiles, nearestSide, placeAfter, placeAt, placeBeside, placesIn, SIDES, topToShow,
} from "../../nfviz/widgets/static/gallery/gallery_layout.js";

const plain = (count, width = 600, side = 48) => layOutTiles({ count, starts: null, width, side });
const grouped = (starts, count, width = 600, side = 48) =>
  layOutTiles({ count, starts: Uint32Array.from(starts), width, side });
const LAYOUTS = [
  plain(0), plain(1), plain(26560), plain(100, 20), plain(57, 1400, 16), plain(57, 700, 128),
  grouped([0], 5), grouped([0, 7, 8, 40], 100), grouped([0, 1, 2], 3, 60), grouped([0, 64, 80], 1000, 320, 24),
];

test("every tile is found where it stands", () => {
  for (const layout of LAYOUTS) {
    for (let place = 0; place < layout.count; place += 1 + (place >> 6)) {
      const { x, y } = boxOf(layout, place);
      for (const [dx, dy] of [[1, 1], [layout.side - 1, 1], [layout.side / 2, layout.side - 1]]) {
        assert.equal(placeAt(layout, x + dx, y + dy), place);
      }
    }
  }
});

test("tiles do not overlap, and stay within the width", () => {
  for (const layout of LAYOUTS) {
    for (let place = 1; place < Math.min(layout.count, 300); place++) {
      const [a, b] = [boxOf(layout, place - 1), boxOf(layout, place)];
      const beside = b.y === a.y && b.x >= a.x + layout.side + 2;
      assert.ok(beside || (b.x === layout.left && b.y >= a.y + layout.side + layout.caption));
      if (layout.columns > 1) assert.ok(b.x + layout.side <= (layout.columns - 1) * layout.pitch + layout.left + layout.side + 1);
    }
    assert.ok(layout.columns === 1 || layout.left + (layout.columns - 1) * layout.pitch + layout.side <= 1400);
  }
});

test("many rows of tiles reach both edges", () => {
  for (const width of [320, 333, 601, 1400]) {
    for (const side of [16, 48, 64, 96, 256]) {
      const layout = plain(1000, width, side);
      const { x } = boxOf(layout, layout.columns - 1);
      if (layout.columns > 1) assert.ok(Math.abs(width - (x + layout.side + layout.left)) <= layout.columns + 8);
      assert.ok(layout.side >= Math.min(side, width));
    }
  }
});

test("a window shows the rows that it touches, and no others", () => {
  for (const layout of LAYOUTS) {
    for (let top = 0; top < Math.min(layout.height, 3000); top += 37) {
      const [from, to] = placesIn(layout, top, top + 300);
      for (let place = 0; place < Math.min(layout.count, 1500); place++) {
        const { y } = boxOf(layout, place);
        const touched = y + layout.side + layout.caption > top && y < top + 300;
        if (touched) assert.ok(place >= from && place < to, `${place} in ${from}..${to}`);
        // A row more may be drawn for the gap below it.
        if (place >= from && place < to) assert.ok(y + layout.down > top && y < top + 300);
      }
    }
  }
});

test("groups end where the next begin", () => {
  const layout = grouped([0, 7, 8, 40], 100);
  assert.deepEqual([0, 6, 7, 8, 39, 40, 99].map((place) => groupOf(layout, place)), [0, 0, 1, 2, 2, 3, 3]);
  assert.deepEqual([0, 1, 2, 3].map((group) => endOf(layout, group)), [7, 8, 40, 100]);
  const layer = Uint16Array.from([2, 2, 0, 5, 5, 5]);
  assert.deepEqual([...groupStarts(Uint32Array.from([0, 1, 2, 3, 5]), layer)], [0, 2, 3]);
  assert.equal(groupStarts(new Uint32Array(0), layer).length, 0);
});

test("a heading is no tile", () => {
  const layout = grouped([0, 7], 20);
  assert.equal(placeAt(layout, 10, layout.tops[1] + 5), -1);
  assert.equal(placeAt(layout, -20, 40), -1);
  assert.equal(placeAt(layout, 10, 1e6), -1);
});

test("keys stay among the tiles and undo each other", () => {
  for (const layout of LAYOUTS.filter(({ count }) => count > 0)) {
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"];
    for (let place = 0; place < layout.count; place += 1 + (place >> 5)) {
      for (const key of keys) {
        const to = placeAfter(layout, place, key, 400);
        assert.ok(to >= 0 && to < layout.count, `${key} from ${place} leads to ${to}`);
      }
      const down = placeAfter(layout, place, "ArrowDown", 400);
      const straight = down !== place && boxOf(layout, down).x === boxOf(layout, place).x;
      if (straight) assert.equal(placeAfter(layout, down, "ArrowUp", 400), place);
    }
    assert.equal(placeAfter(layout, 0, "a", 400), -1);
    assert.equal(placeAfter(layout, 0, "End", 400), layout.count - 1);
  }
  assert.equal(placeAfter(plain(0), 0, "Home", 400), -1);
});

test("up and down keep the column across groups", () => {
  const layout = grouped([0, 7, 40], 100);
  const { columns } = layout;
  assert.equal(placeAfter(layout, 3, "ArrowDown", 400), 7 + 3);
  assert.equal(placeAfter(layout, 7 + columns - 1, "ArrowUp", 400), 6);
  assert.equal(placeAfter(layout, 99, "ArrowDown", 400), 99);
});

test("after scrolling a tile is wholly in the window, and no farther than needed", () => {
  for (const layout of LAYOUTS.filter(({ count }) => count > 20)) {
    for (const top of [0, 100, 900]) {
      for (let place = 0; place < layout.count; place += 13) {
        const to = topToShow(layout, place, top, 300);
        const { y } = boxOf(layout, place);
        assert.ok(to <= y && y + layout.side <= to + 300);
        if (y - layout.heading >= top && y + layout.down <= top + 300) assert.equal(to, top);
      }
    }
  }
});

test("a box beside a tile is in the page and does not hide the tile, if there is room", () => {
  const page = { width: 800, height: 600 };
  const box = { width: 296, height: 250 };
  for (let left = 0; left <= 750; left += 25) {
    for (let top = 0; top <= 550; top += 25) {
      const tile = { left, top, right: left + 48, bottom: top + 48 };
      const { x, y } = placeBeside(tile, box, page);
      assert.ok(x >= 0 && y >= 0 && x + box.width <= page.width && y + box.height <= page.height);
      const apart = x >= tile.right || x + box.width <= left || y >= tile.bottom || y + box.height <= top;
      assert.ok(apart);
    }
  }
  const narrow = placeBeside({ left: 100, top: 300, right: 148, bottom: 348 }, { width: 312, height: 250 }, { width: 320, height: 600 });
  assert.deepEqual(narrow, { x: 4, y: 42 });
});

test("the zoom has a step near every size", () => {
  for (const side of SIDES) assert.equal(SIDES[nearestSide(side)], side);
  assert.equal(SIDES[nearestSide(50)], 48);
  assert.equal(SIDES[nearestSide(1000)], 256);
});
