// @ts-check
// The indices of a neuron with N labeled images that needs M classes (`nfviz.ClassSelectivity`).

/**
 * An index by N: it is `height`, or (`height` - M) / `span` where there is a span.
 * @param {string} name
 * @param {import("./blind_classes.js").BlindClasses} blind
 * @param {number} threshold
 * @returns {{height: Float64Array, span?: Float64Array}} NaN where it is not defined.
 */
export function indexByImages(name, blind, threshold) {
  const classes = blind.sizes.length;
  const byImages = (f, least = 2) =>
    Float64Array.from({ length: blind.ranks + 1 }, (_, images) => (images < least ? NaN : f(images)));
  switch (name) {
    case "n_classes":
      return { height: byImages(() => 0, 1), span: byImages(() => -1, 1) };
    case "class_selectivity":
      return { height: byImages((images) => images), span: byImages((images) => images - 1) };
    case "class_selectivity_norm": {
      const fewest = blind.fewest();
      const most = byImages((images) => Math.min(images, classes));
      const span = most.map((value, images) => (value > fewest[images] ? value - fewest[images] : NaN));
      return { height: most, span };
    }
    case "class_selectivity_floor":
      return { height: byImages((images) => (images - Math.min(images, classes)) / (images - 1)) };
    case "class_selectivity_chance": {
      const expected = blind.expected(threshold);
      return { height: byImages((images) => (images - expected[images]) / (images - 1)) };
    }
    default:
      throw new Error(`No column '${name}' follows the thresholds.`);
  }
}
