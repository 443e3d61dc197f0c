"""Views of a notebook with models that stand in for those of JupyterLab."""

import base64
import json
from pathlib import Path

import pytest
from picture_atlas import make_atlas

import nfviz
from nfviz.page.modules import join_modules, stylesheet
from nfviz.page.payload import make_payload
from nfviz.widgets.picture import KINDS

MODELS = (Path(__file__).parents[1] / "js" / "fake_model.mjs").read_text()
# Nobody wants to wait for the end of a session.
PAGE = """
const wait = globalThis.setTimeout;
globalThis.setTimeout = (f, time, ...rest) => wait(f, time === 5000 ? 50 : time, ...rest);
globalThis.rest = (time) => new Promise((resolve) => wait(resolve, time));
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
globalThis.start = ({ meta, arrays, style, state }) => {
  const read = Object.fromEntries(Object.entries(arrays).map(([k, text]) => [k, bytes(text)]));
  const data = new FakeModel({ meta, arrays: read, style });
  globalThis.selection = new FakeModel(state);
  globalThis.put = (kind, options = {}) => {
    const el = document.createElement("div");
    document.body.append(el);
    const model = new FakeModel({ kind, options, selection: "one" });
    const end = render({ model, el, data, selection });
    return { el, model, end: () => (end(), el.remove()) };
  };
};
"""


@pytest.fixture
def page(browser):
    """A page with `put`, which draws a view of `selection`; `errors` are what it complains of."""
    atlas = make_atlas()
    payload, selection = make_payload(atlas), nfviz.Selection(atlas)
    state = {name: selection.get_state(name)[name] for name in selection.traits(sync=True)}
    given = {
        "meta": payload.meta, "style": stylesheet(),
        "arrays": {k: base64.b64encode(v).decode() for k, v in payload.arrays.items()},
        "state": {name: value for name, value in state.items() if not name.startswith("_")},
    }  # fmt: skip
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text))
    code = f"{join_modules('app')}\n{MODELS.replace('export ', '')}\n{PAGE}"
    page.add_script_tag(type="module", content=f"{code}\nstart({json.dumps(given, default=str)});")
    page.wait_for_function("Boolean(globalThis.put)")
    yield page
    page.close()


def test_the_session_ends_with_its_last_view(page):
    heard = page.evaluate(
        """async () => {
          const views = [put("Explorer"), put("Gallery")];
          await rest(300);
          const heard = [selection.heard];
          for (const view of views) {
            view.end();
            await rest(200);
            heard.push(selection.heard);
          }
          return heard;
        }"""
    )
    assert heard[0] == heard[1] > 10
    assert heard[2] == 0
    assert page.locator(".nfviz").count() == 0
    assert page.errors == []


def test_a_view_that_fails_leaves_the_others_alone_and_ends_with_them(page):
    found = page.evaluate(
        """async () => {
          const known = globalThis.IntersectionObserver;
          globalThis.IntersectionObserver = class { constructor() { throw new Error("no"); } };
          const views = [put("Explorer"), put("Thresholds")];
          globalThis.IntersectionObserver = known;
          await rest(300);
          const alerts = () => [...document.querySelectorAll("[role=alert]:not([hidden])")];
          const said = alerts().map((el) => el.textContent);
          const filled = document.querySelectorAll(".nfviz-panel .nfviz-body > *").length;
          views[1].model.set("options", { height: 300 });
          const mended = alerts().length;
          for (const view of views) view.end();
          await rest(200);
          return { said, filled, mended, heard: selection.heard };
        }"""
    )
    assert found["said"] == ["This view could not be drawn: no"] * 2
    assert found["filled"] >= len(KINDS) - 1
    assert (found["mended"], found["heard"]) == (1, 0)
    assert len(page.errors) == 2


def test_a_frame_that_fails_is_made_up_for(page):
    found = page.evaluate(
        """async () => {
          const view = put("Gallery");
          await rest(300);
          const alert = view.el.querySelector("[role=alert]");
          const drawing = CanvasRenderingContext2D.prototype;
          const known = drawing.drawImage;
          drawing.drawImage = () => { throw new Error("no"); };
          selection.hear("layers", ["conv2"]);
          await rest(100);
          const said = alert.textContent;
          let drawn = 0;
          drawing.drawImage = function (...given) { drawn++; known.apply(this, given); };
          selection.hear("search", " ");
          await rest(100);
          return { said, then: alert.textContent, hidden: alert.hidden, drawn };
        }"""
    )
    assert found.pop("drawn") >= 4
    assert found == {"said": "This view could not be drawn: no", "then": "", "hidden": True}


def test_an_error_is_said_once(page):
    page.evaluate("put('Explorer')")
    page.evaluate("selection.hear('error', 'RuntimeError: of the user')")
    alerts = page.get_by_role("alert").filter(visible=True)
    alerts.first.wait_for()
    assert alerts.all_inner_texts() == ["RuntimeError: of the user"]
    page.evaluate("selection.hear('error', '')")
    page.wait_for_function("!document.querySelector('[role=alert]:not([hidden])')")


def test_classes_of_the_page_are_no_change_of_theme(page):
    page.evaluate("put('Explorer')")
    page.wait_for_timeout(600)
    drawn = page.evaluate(
        """async () => {
          let drawn = 0;
          const known = CanvasRenderingContext2D.prototype.clearRect;
          CanvasRenderingContext2D.prototype.clearRect = function (...box) {
            drawn++;
            known.apply(this, box);
          };
          const found = [];
          for (const change of [
            () => document.body.classList.add("lm-mod-override-cursor"),
            () => document.body.style.setProperty("--jp-layout-color0", "#111"),
            () => document.body.classList.remove("lm-mod-override-cursor"),
          ]) {
            change();
            await rest(150);
            found.push(drawn);
          }
          return found;
        }"""
    )
    assert drawn[0] == drawn[1] == 0 < drawn[2]
