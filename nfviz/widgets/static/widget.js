// The front end of a view in a notebook. What all views share is sent once, with the data.
const loaded = (globalThis.nfvizModules ??= new Map());

function load(text) {
  if (!loaded.has(text)) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    loaded.set(text, import(/* webpackIgnore: true */ url).finally(() => URL.revokeObjectURL(url)));
  }
  return loaded.get(text);
}

export default {
  async render({ model, el }) {
    const find = (name) => {
      const id = model.get(name).replace(/^(IPY_MODEL_|anywidget:)/, "");
      return model.widget_manager.get_model(id);
    };
    const [data, selection] = await Promise.all([find("data"), find("selection")]);
    el.classList.add("nfviz-view");
    const { render } = await load(data.get("code"));
    return render({ model, el, data, selection });
  },
};
