// Neurons made up for tests.

/** Numbers from 0 to 1 that are the same every time. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What `ClassTable` reads, of neurons with these images: [class, weight], the greatest weight first. */
export function imagesOf(sets, { classes = 4, sizes = new Array(classes).fill(50), ids, dead = [] } = {}) {
  const ranks = Math.max(1, ...sets.map((set) => set.length));
  const activation = new Float64Array(sets.length * ranks);
  const label = new Int32Array(sets.length * ranks).fill(-1);
  sets.forEach((set, row) =>
    set.forEach(([c, weight], rank) => {
      activation[row * ranks + rank] = weight;
      label[row * ranks + rank] = c;
    }),
  );
  return {
    n: sets.length, ranks, activation, label, classes, ids,
    top: new Float64Array(sets.length).fill(1),
    dead: Uint8Array.from(sets, (_, row) => Number(dead.includes(row))),
    sizes: Uint32Array.from(sizes),
    tallies: tallies(sizes, ranks),
  };
}

/** As `nfviz.selectivity.blind_sets.class_tallies` for 1,000 draws. */
export function tallies(sizes, ranks, next = random(7)) {
  const classOf = sizes.flatMap((size, c) => new Array(size).fill(c));
  const length = Math.min(ranks, classOf.length);
  const found = new Uint8Array(1000 * length);
  for (let draw = 0; draw < 1000; draw++) {
    const left = classOf.slice();
    const seen = new Map();
    for (let image = 0; image < length; image++) {
      const place = image + Math.floor(next() * (left.length - image));
      const c = left[place];
      left[place] = left[image];
      seen.set(c, (seen.get(c) ?? 0) + 1);
      found[draw * length + image] = seen.get(c);
    }
  }
  return found;
}

/** Sets of random images, some of them without a class, some neurons with few of them or none. */
export function randomSets(neurons, images, classes, next) {
  return Array.from({ length: neurons }, (_, row) => {
    const length = row % 7 === 3 ? Math.floor(next() * 3) : 1 + Math.floor(next() * images);
    const weights = Array.from({ length }, () => Math.fround(0.05 + 0.95 * next())).sort((a, b) => b - a);
    const kinds = 1 + Math.floor(next() * classes);
    return weights.map((weight) => [next() < 0.1 ? -1 : Math.floor(next() * kinds), weight]);
  });
}

/** An atlas as `readPayload` gives it. */
export function madeUpAtlas({ neurons = 60, classes = 6, ranks = 30, seed = 3, ids } = {}) {
  const next = random(seed);
  const sets = randomSets(neurons, ranks, classes, next);
  sets[0] = Array.from({ length: ranks }, (_, rank) => [rank % classes, 1 - rank / (2 * ranks)]);
  const images = imagesOf(sets, { classes, dead: [neurons - 1] });
  const column = (f) => Float32Array.from({ length: neurons }, (_, row) => (row === neurons - 1 ? NaN : f(row)));
  const layers = ["conv1", "conv2", "Mixed_5.conv"];
  const numbers = [
    ["color_selectivity", column(() => next())],
    ["auc_percent", column(() => 100 * next())],
  ];
  const live = ["n_images", "n_labeled", "n_classes", "class_selectivity", "class_selectivity_norm", "top_label_share"];
  const known = (name, extent, isLive) => ({
    name, extent, live: isLive, whole: name.startsWith("n_"), slider: true, threshold: null, chance: null, help: "",
    edges: Array.from({ length: 11 }, (_, bin) => extent[0] + ((extent[1] - extent[0]) * bin) / 10),
  });
  const perLayer = Math.ceil(neurons / layers.length);
  return {
    ...images,
    meta: {
      n: neurons,
      layers: layers.map((name) => ({ name, units: perLayer, field: [7, 7], tile: [8, 8] })),
      classes: Array.from({ length: classes }, (_, c) => ({ label: ids ? ids[c] : c, name: `Kind ${c}` })),
      nodes: kinds(classes),
      columns: [
        known("color_selectivity", [0, 1], false),
        known("auc_percent", [0, 100], false),
        ...live.map((name) => known(name, name.startsWith("n_") ? [0, ranks] : [0, 1], true)),
      ],
      color_names: ["Blue", "Red"],
      parameters: { threshold: 1, n_max: ranks, min_activation: 0.1, ranks, sort_by: "color_selectivity" },
      tiles: { side: 8, page: 64, pages: 0, perRow: 8, perPage: 64 },
      curve_ranks: [],
    },
    layer: Uint16Array.from({ length: neurons }, (_, row) => Math.floor(row / perLayer)),
    unit: Uint32Array.from({ length: neurons }, (_, row) => row % perLayer),
    color_name: Uint8Array.from({ length: neurons }, (_, row) => (row % 3 === 2 ? 255 : row % 3)),
    columns: new Map(numbers),
    tail: new Uint8Array(0),
    pages: [],
  };
}

/** Each class is a node; the even ones are animals, 0 and 2 are dogs too. */
function kinds(classes) {
  const nodes = Array.from({ length: classes }, (_, c) => ({
    name: `Kind ${c}`, classes: 1, label: c, above: c % 2 ? [] : c < 3 ? [classes + 1, classes] : [classes],
  }));
  nodes.push({ name: "Animal", classes: Math.ceil(classes / 2), label: -1, above: [] });
  nodes.push({ name: "Dog", classes: 2, label: -1, above: [classes] });
  return nodes;
}
