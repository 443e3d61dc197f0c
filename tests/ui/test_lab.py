"""The explorer in a real JupyterLab: what people do to it, done to it."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from picture_atlas import make_atlas

from lab import Lab  # isort: skip

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
pytest.importorskip("jupyterlab", reason="needs JupyterLab")
expect = playwright.expect

HOSTILE = '<img src=x onerror="globalThis.hacked=1">'


def save(atlas, path):
    """Save an atlas with all that a bundle has beside features."""
    flat = {layer: np.ones(array.shape[:3], "f4") for layer, array in atlas.features.items()}
    return replace(atlas, spread=flat, coverage=flat).save(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a bundle, which is the server's root."""
    folder = tmp_path_factory.mktemp("lab")
    save(make_atlas(), folder / "small.nfviz")
    return folder


@pytest.fixture(scope="module")
def lab(folder, browser):
    with Lab(folder) as lab:
        yield lab


class Watch:
    """What a page complains about, and what it asks for outside of its server."""

    def __init__(self, page, lab):
        self.errors, self.requests = [], []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self._ask(request.url, lab.url))

    def _hear(self, message):
        # JupyterLab itself asks for what this server does not have.
        if message.type == "error" and "nfviz" in message.text:
            self.errors.append(message.text)

    def _ask(self, url, own):
        if not url.startswith((own, "blob:", "data:")):
            self.requests.append(url)


@pytest.fixture
def page(browser, lab):
    """A page that must end without an error of ours and without a request to elsewhere."""
    page = browser.new_page(viewport={"width": 1500, "height": 1100})
    watch = Watch(page, lab)
    yield page
    page.close()
    assert watch.errors == []
    assert watch.requests == []


LOAD = "import nfviz\natlas = nfviz.load('small.nfviz')"
SHOW = "explorer = nfviz.explore(atlas)\nexplorer"


def slider(page, name, number=0):
    return page.get_by_role("slider", name=name, exact=True).nth(number)


def options(page):
    """The neurons of the gallery."""
    return page.get_by_role("listbox", name="neuron features").get_by_role("option")


def status(page, number=0):
    return page.get_by_role("status").and_(page.locator(".nfviz *")).nth(number)


def change_theme(page, theme):
    page.evaluate(
        "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
    )
    page.wait_for_timeout(1500)


def counted(page, number=0):
    """How many neurons the page says are in view."""
    return int(status(page, number).inner_text().split()[0].replace(",", ""))


def press(page, name, key, times=1, number=0):
    slider(page, name, number).focus()
    for _ in range(times):
        page.keyboard.press(key)
    page.wait_for_timeout(150)


def agree(notebook, page, name="explorer"):
    """Wait until Python has as many neurons as the page shows."""
    for _ in range(40):
        count = int(notebook.python(f"print(len({name}.selected))"))
        if count == counted(page):
            return count
        page.wait_for_timeout(50)
    raise AssertionError(f"Python has {count}, the page {counted(page)}")


def test_sliders_move_python_and_python_moves_sliders(lab, page):
    notebook = lab.open(page, "both_ways", [LOAD, SHOW])
    expect(status(page)).to_have_text("15 of 15 neurons")
    press(page, "color_selectivity from", "ArrowRight", 45)
    fewer = agree(notebook, page)
    assert 0 < fewer < 15
    low = float(slider(page, "color_selectivity from").input_value())
    found = notebook.python("print(explorer.selection.color_selectivity)")
    assert found.strip() == f"({low}, 1.0)"
    selected = json.loads(
        notebook.python(
            "import json; print(json.dumps([list(n) for n in explorer.selected.index]))"
        )
    )
    table = make_atlas().neurons
    column = table["color_selectivity"].astype("float32")
    wanted = table[column >= low].sort_values("color_selectivity", ascending=False)
    assert selected == [list(name) for name in wanted.index]

    notebook.python("explorer.selection.color_selectivity = (0.2, 0.6)")
    expect(slider(page, "color_selectivity from")).to_have_value("0.2")
    expect(slider(page, "color_selectivity to")).to_have_value("0.6")
    agree(notebook, page)
    notebook.python("explorer.selection.reset()")
    expect(status(page)).to_have_text("15 of 15 neurons")


def test_a_drag_with_the_mouse_counts_in_the_page(lab, page):
    notebook = lab.open(page, "drag", [LOAD, SHOW])
    handle = slider(page, "color_selectivity from")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, y)
    page.mouse.down()
    seen = {counted(page)}
    for step in range(30):
        page.mouse.move(box["x"] + 8 + step / 29 * (box["width"] - 16), y)
        page.wait_for_timeout(20)
        seen.add(counted(page))
    page.mouse.up()
    assert len(seen) > 5
    page.wait_for_timeout(200)
    assert float(handle.input_value()) > 0.9
    agree(notebook, page)


def test_click_focuses_and_shift_click_pins(lab, page):
    notebook = lab.open(page, "click", [LOAD, SHOW])
    tiles = options(page)
    tiles.first.wait_for()
    page.wait_for_timeout(300)
    tiles.nth(1).click()
    page.wait_for_timeout(200)
    first = notebook.python("print(explorer.focus == explorer.selected.index[1])")
    assert first.strip() == "True"
    tiles.nth(2).click(modifiers=["Shift"])
    page.wait_for_timeout(200)
    assert notebook.python("print(len(explorer.pinned))").strip() == "1"
    notebook.python("explorer.focus = ('conv2', 3)")
    expect(page.get_by_text('atlas.neurons.loc[("conv2", 3)]')).to_be_visible()


def test_search_finds_classes_layers_and_units(lab, page):
    notebook = lab.open(page, "search", [LOAD, SHOW])
    field = page.get_by_label("search", exact=True)
    for words, count in {"conv2": 5, "conv2/3": 1, "cat": 6, "nothing here": 0, "": 15}.items():
        field.fill(words)
        page.wait_for_timeout(100)
        assert counted(page) == count, words
        assert agree(notebook, page) == count


def test_views_of_one_selection_are_linked_across_cells(lab, page):
    cells = [
        LOAD + "\nselection = nfviz.Selection(atlas)",
        "nfviz.Thresholds(atlas, selection=selection)",
        "nfviz.Gallery(atlas, selection=selection, height=200)",
        "nfviz.SelectivityHistogram(atlas, selection=selection)",
    ]
    notebook = lab.open(page, "linked", cells)
    options(page).first.wait_for()
    page.wait_for_timeout(300)
    assert options(page).count() == 15
    press(page, "color_selectivity from", "ArrowRight", 60)
    page.wait_for_timeout(500)
    assert options(page).count() == counted(page) < 15
    assert int(notebook.python("print(len(selection.selected))")) == counted(page)


def test_views_share_the_width_of_a_box_or_of_the_explorer(lab, page):
    cells = [
        LOAD + "\nfrom ipywidgets import HBox\nselection = nfviz.Selection(atlas)",
        "HBox([nfviz.HueWheel(atlas, selection=selection), nfviz.Gallery(atlas)])",
        "nfviz.explore(atlas, views=['Thresholds', 'HueWheel'], columns=['hue'])",
        "nfviz.explore(atlas, views=['Gallery', 'HueWheel'])",
    ]
    lab.open(page, "boxes", cells)
    options(page).first.wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".nfviz-range-name[title^=hue]").count() == 1
    assert page.locator(".nfviz-range-name[title^=sharpness]").count() == 0
    widths = page.evaluate(
        """() => [...document.querySelectorAll(".nfviz-view > .nfviz, .nfviz-panel")]
          .map((el) => [el.className, el.getBoundingClientRect().width])"""
    )
    wheel, gallery, whole, sliders, wheel_beside, other, half, other_half = (w for _, w in widths)
    assert wheel == pytest.approx(gallery, abs=2)
    assert wheel + gallery == pytest.approx(whole, abs=20)
    assert sliders + wheel_beside == pytest.approx(whole, abs=20)
    assert half == pytest.approx(other_half, abs=2)
    assert half + other_half == pytest.approx(other, abs=20)


def test_two_explorers_are_independent(lab, page):
    notebook = lab.open(
        page, "two", [LOAD, "one = nfviz.explore(atlas)\none", "two = nfviz.explore(atlas)\ntwo"]
    )
    slider(page, "color_selectivity from", 1).wait_for()
    press(page, "color_selectivity from", "ArrowRight", 60, number=1)
    page.wait_for_timeout(300)
    assert counted(page, 1) < counted(page, 0) == 15
    sizes = notebook.python("print(len(one.selected), len(two.selected))").split()
    assert [int(size) for size in sizes] == [15, counted(page, 1)]
    data = notebook.python("print(one.data is two.data)")
    assert data.strip() == "True"


def test_closing_a_view_frees_what_it_had(lab, page):
    notebook = lab.open(page, "close", [LOAD, "before = 0"])
    count = "from ipywidgets.widgets.widget import _instances; print(len(_instances))"
    before = notebook.python(count)
    notebook.python(
        "one = nfviz.explore(atlas)\nshared = nfviz.Selection(atlas)\n"
        "two = nfviz.Gallery(atlas, selection=shared)"
    )
    assert notebook.python(count) != before
    notebook.python("one.close(); two.close(); two.close(); shared.close()")
    assert notebook.python(count) == before
    notebook.python(
        "one = nfviz.explore(atlas)\ntwo = nfviz.Gallery(atlas, selection=one.selection)\n"
        "one.close()"
    )
    assert notebook.python("print(len(two.selected), two.selection.comm is None)") == "15 False\n"
    notebook.python("two.close()")
    assert notebook.python(count) == before
    assert notebook.python("print(len(nfviz.Gallery(atlas).selected))").strip() == "15"


def test_sliders_live_on_when_the_kernel_is_restarted(lab, page):
    notebook = lab.open(page, "restart", [LOAD, SHOW])
    expect(status(page)).to_have_text("15 of 15 neurons")
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()"
    )
    page.wait_for_timeout(3000)
    press(page, "color_selectivity from", "ArrowRight", 50)
    assert counted(page) < 15
    notebook.run()
    expect(status(page)).to_have_text("15 of 15 neurons")
    press(page, "color_selectivity from", "ArrowRight", 50)
    agree(notebook, page)


def test_a_saved_notebook_is_alive_when_it_is_opened_again(lab, page, browser):
    notebook = lab.open(page, "reopened", [LOAD, SHOW])
    expect(status(page)).to_have_text("15 of 15 neurons")
    notebook.python("explorer.selection.color_selectivity = (0.3, 1)")
    page.wait_for_timeout(500)
    shown = counted(page)
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(2000)
    saved = json.loads((lab.folder / "reopened.ipynb").read_text())
    (output,) = saved["cells"][1]["outputs"]
    assert output["data"]["image/png"].startswith("iVBOR")
    page.evaluate("window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    page.wait_for_timeout(1000)
    notebook.show()
    expect(status(page)).to_have_text(f"{shown} of 15 neurons", timeout=30_000)
    press(page, "color_selectivity from", "Home")
    expect(status(page)).to_have_text("15 of 15 neurons")


def test_what_an_observer_raises_is_shown(lab, page):
    cells = [LOAD, SHOW, "def fail(change):\n    raise RuntimeError('of the user <b>')\n"
             "explorer.selection.observe(fail, 'color_selectivity')"]  # fmt: skip
    lab.open(page, "raises", cells)
    press(page, "color_selectivity from", "ArrowRight", 3)
    alert = page.get_by_role("alert").filter(has_text="RuntimeError: of the user <b>")
    expect(alert).to_have_count(1)
    expect(alert).to_be_visible()


def test_hostile_names_are_shown_as_typed(lab, page):
    atlas = make_atlas({HOSTILE: (4, 5), "</script>": (3, 7)})
    classes = atlas.classes.assign(name=[HOSTILE, "<b>bold</b>", "&amp; ${1+1}"])
    save(replace(atlas, classes=classes), lab.folder / "hostile.nfviz")
    notebook = lab.open(
        page, "hostile", ["import nfviz\natlas = nfviz.load('hostile.nfviz')", SHOW]
    )
    options(page).first.wait_for()
    options(page).first.click()
    page.wait_for_timeout(500)
    assert page.evaluate("globalThis.hacked") is None
    assert page.locator(".nfviz img[src=x], .nfviz script").count() == 0
    assert page.locator(".nfviz b", has_text="bold").count() == 0
    assert HOSTILE in page.locator(".nfviz").first.inner_text()
    notebook.python("explorer.close()")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_is_accessible_in_light_and_dark(lab, page, theme):
    axe_sync = pytest.importorskip("axe_playwright_python.sync_playwright")
    lab.open(page, f"axe_{theme[-4:].strip()}", [LOAD, SHOW + ".focus = ('conv2', 1)\nexplorer"])
    change_theme(page, theme)
    dark = page.evaluate("document.body.dataset.jpThemeLight") == "false"
    assert dark == theme.endswith("Dark")
    found = axe_sync.Axe().run(page, context=".nfviz")
    serious = [
        (violation["id"], [node["html"][:120] for node in violation["nodes"][:4]])
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []
    change_theme(page, "JupyterLab Light")


def test_all_is_done_with_the_keyboard_alone(lab, page):
    notebook = lab.open(page, "keyboard", [LOAD, SHOW])
    slider(page, "threshold").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(slider(page, "threshold")).to_have_value("0.98")
    page.get_by_role("listbox").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert notebook.python("print(explorer.focus is not None)").strip() == "True"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    assert notebook.python("print(len(explorer.pinned))").strip() == "1"
    assert notebook.python("print(explorer.selection.threshold)").strip() == "0.98"


@pytest.mark.parametrize("width", [320, 700, 1100])
def test_nothing_is_wider_than_its_room(lab, page, width):
    show = (
        "from ipywidgets import Layout, VBox\n"
        f"VBox([nfviz.explore(atlas)], layout=Layout(width='{width}px'))"
    )
    lab.open(page, f"width{width}", [LOAD, show])
    options(page).first.wait_for()
    page.wait_for_timeout(500)
    wide = page.evaluate(
        """(width) => [...document.querySelectorAll(".nfviz, .nfviz-panel")]
          .filter((el) => el.scrollWidth > el.clientWidth + 4 ||
            el.getBoundingClientRect().width > width + 1)
          .map((el) => el.className)""",
        width,
    )
    assert wide == []
