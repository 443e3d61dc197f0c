// @ts-check
// On which side of a cloud words stand: kindred ones on the same.

import { classLines } from "../store/class_lines.js";

/**
 * Directions of classes and nodes from the middle of a cloud. The classes stand around it in the
 * order of what they are kinds of; a node is where its classes are on average, so that the most
 * general ones stand in the middle.
 * @param {{classes: {name: string}[], nodes: {label: number, classes: number, above: number[]}[] | null}} meta
 * @returns {{leaf: [number, number][], nodes: [number, number][]}} At most 1 long.
 */
export function homes({ classes, nodes }) {
  // From the most general down to the class itself.
  const general = (a, b) => nodes[b].classes - nodes[a].classes || a - b;
  const lines = classLines({ classes, nodes }).map(([own, ...above]) =>
    own === undefined ? [] : [...above.sort(general), own],
  );
  const order = classes.map((_, position) => position);
  order.sort((a, b) => compare(lines[a], lines[b]) || a - b);
  const leaf = new Array(classes.length);
  const sums = (nodes ?? []).map(() => [0, 0, 0]);
  order.forEach((position, place) => {
    const turn = Math.PI * (1 + (2 * (place + 0.5)) / order.length);
    const home = [Math.cos(turn), Math.sin(turn)];
    leaf[position] = home;
    for (const node of lines[position]) {
      sums[node][0] += home[0];
      sums[node][1] += home[1];
      sums[node][2]++;
    }
  });
  return { leaf, nodes: sums.map(([x, y, count]) => (count ? [x / count, y / count] : [0, 0])) };
}

/** @param {number[]} a @param {number[]} b */
function compare(a, b) {
  for (let place = 0; place < Math.min(a.length, b.length); place++) {
    if (a[place] !== b[place]) return a[place] - b[place];
  }
  return a.length - b.length;
}
