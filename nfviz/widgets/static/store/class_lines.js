// @ts-check
// From classes to what they are kinds of.

/**
 * The nodes of the ontology at or above each class: its own first, then those above it, the nearest first.
 * @param {{classes: any[], nodes: {label: number, above: number[]}[] | null}} meta
 * @returns {number[][]} By class; empty for a class that the ontology lacks.
 */
export function classLines({ classes, nodes }) {
  const lines = classes.map(() => /** @type {number[]} */ ([]));
  (nodes ?? []).forEach((node, position) => {
    if (node.label >= 0) lines[node.label] = [position, ...node.above];
  });
  return lines;
}
