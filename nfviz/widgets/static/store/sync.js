// @ts-check
// The store in the page and the selection in the kernel, kept in step.

/** Least time between two messages of a drag, in milliseconds. */
const PAUSE = 50;

/**
 * Keep a store and the model of a selection in step, both ways.
 * @param {any} store
 * @param {any} model With `get`, `set`, `save_changes`, `on` and `off`.
 * @returns {() => void} Ends it.
 */
export function keepInStep(store, model) {
  const traits = traitsOf(store, model);
  let writing = false;
  let saved = -Infinity;
  /** @type {any} */
  let timer = null;

  const read = (names) => {
    const patch = {};
    for (const name of names) {
      const value = model.get(name);
      if (value !== undefined) traits.get(name).read(value, patch);
    }
    store.set(patch, "kernel");
  };
  const save = () => {
    timer = null;
    saved = performance.now();
    model.save_changes();
  };
  const listeners = [...traits.keys()].map((name) => {
    const listener = () => writing || read([name]);
    model.on(`change:${name}`, listener);
    return [name, listener];
  });
  const complain = () => {
    store.error = model.get("error") ?? "";
    store.notify("error");
  };
  model.on("change:error", complain);
  const stop = store.onState((keys, origin) => {
    if (origin === "kernel") return;
    writing = true;
    for (const [name, trait] of traits) {
      const value = keys.includes(trait.key) ? trait.write() : undefined;
      if (value !== undefined && !same(value, model.get(name))) model.set(name, value);
    }
    writing = false;
    // The last value of a drag is sent in any case.
    timer ??= setTimeout(save, Math.max(0, saved + PAUSE - performance.now()));
  });
  read([...traits.keys()]);
  complain();
  return () => {
    stop();
    if (timer !== null) {
      clearTimeout(timer);
      save();
    }
    for (const [name, listener] of listeners) model.off(`change:${name}`, listener);
    model.off("change:error", complain);
  };
}

/** How each trait of the selection is read into a patch of the state, and written from it. */
function traitsOf(store, model) {
  const traits = new Map();
  const names = store.layers.map((layer) => layer.name);
  for (const key of ["threshold", "n_max", "min_activation", "sort_by", "ascending", "search"]) {
    traits.set(key, {
      key,
      read: (value, patch) => (patch[key] = value),
      write: () => store.state[key],
    });
  }
  traits.set("layers", {
    key: "layers",
    read: (value, patch) => (patch.layers = Uint8Array.from(names, (name) => Number(value.includes(name)))),
    write: () => names.filter((_, position) => store.state.layers[position]),
  });
  traits.set("focus", {
    key: "focus",
    read: (value, patch) => (patch.focus = store.rowOf(value)),
    write: () => store.neuron(store.state.focus),
  });
  traits.set("pinned", {
    key: "pinned",
    read: (value, patch) => (patch.pinned = value.map((each) => store.rowOf(each)).filter((row) => row >= 0)),
    write: () => store.state.pinned.map((row) => store.neuron(row)),
  });
  for (const name of store.columns.keys()) {
    // A column that is called like something else of the selection has a longer name there.
    const longer = `${name}_range`;
    traits.set(model.get(longer) === undefined ? name : longer, {
      key: "ranges",
      read: (value, patch) => (patch.ranges = { ...patch.ranges, [name]: [...value] }),
      write: () => [...store.state.ranges[name]],
    });
  }
  return traits;
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
