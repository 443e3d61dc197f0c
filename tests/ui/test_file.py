"""The explorer in one HTML file, opened from a disk without a network."""

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from odd_atlases import HOSTILE as NAMES
from odd_atlases import ODD, rename
from picture_atlas import make_atlas
from PIL import Image
from test_export import HOSTILE, hostile_atlas, ranked_atlas

import nfviz
from nfviz.export import write_html
from nfviz.state.columns import LIVE
from nfviz.widgets.picture import KINDS

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
expect = playwright.expect

READY = "Boolean(globalThis.nfviz?.store.tiles.ready)"


class Opened:
    """A file in a page that must not complain, nor ask for anything."""

    def __init__(self, context, path):
        self.page, self.path = context.new_page(), path
        self.errors, self.requests, self.alerts = [], [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.alerts.append(1), dialog.dismiss()))
        self.go()

    def go(self, address=""):
        """Load the file, at an address, and wait for its pictures."""
        self.page.goto("about:blank")
        self.page.goto(self.path.as_uri() + address)
        self.wait(READY)

    def wait(self, condition):
        """Wait until something is so: what polls in the page itself is against its rules."""
        for _ in range(400):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"never: {condition}")

    def settle(self):
        """Wait until a change is drawn and written to the address."""
        self.page.wait_for_timeout(400)

    @property
    def counted(self):
        """How many neurons the page says are in view."""
        text = self.page.get_by_role("status").first.inner_text()
        return int(text.split()[0].replace(",", ""))

    @property
    def address(self):
        return self.page.evaluate("location.hash")

    def saved(self, button):
        """What a button hands over: its name and its bytes."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=button, exact=True).click()
        download = waiting.value
        return download.suggested_filename, download.path().read_bytes()

    def slider(self, name):
        return self.page.get_by_role("slider", name=name, exact=True).first


@pytest.fixture
def open_file(browser, tmp_path):
    """Write an atlas to a file and open it; it must end without a complaint and a request."""
    opened = []

    def open_atlas(atlas, *, color_scheme="light", width=1500, **options):
        path = write_html(atlas, tmp_path / f"file{len(opened)}.html", **options)
        context = browser.new_context(
            viewport={"width": width, "height": 1000}, offline=True, color_scheme=color_scheme,
            accept_downloads=True,
        )  # fmt: skip
        opened.append((context, Opened(context, path)))
        return opened[-1][1]

    yield open_atlas
    for context, file in opened:
        context.close()
        assert file.errors == []
        assert file.alerts == []
        own = (file.path.as_uri(), "about:blank", "blob:null/", "data:")
        assert [url for url in file.requests if not url.startswith(own)] == []


# What it shows


def test_it_opens_from_a_disk_with_every_neuron(open_file):
    file = open_file(make_atlas(), title="Small & fine")
    assert file.counted == 15
    assert file.page.title() == "Small & fine"
    expect(file.page.get_by_role("heading", level=1)).to_have_text("Small & fine")
    expect(file.page.get_by_text("15 neurons in 3 layers")).to_be_visible()
    assert file.page.get_by_text("If nothing appears here").count() == 0
    assert file.page.get_by_role("alert").filter(visible=True).count() == 0


def test_a_slider_moves_the_count(open_file):
    atlas = make_atlas()
    file = open_file(atlas)
    file.slider("color_selectivity from").focus()
    for _ in range(45):
        file.page.keyboard.press("ArrowRight")
    file.settle()
    low = float(file.slider("color_selectivity from").input_value())
    column = atlas.neurons["color_selectivity"].to_numpy(np.float32)
    assert file.counted == (column >= np.float32(low)).sum() < 15


def live_columns(file, atlas):
    """Columns that follow the thresholds, as the page and as the atlas has them."""
    for name in LIVE:
        if name in atlas.neurons:
            found = file.page.evaluate(f"Array.from(nfviz.store.column('{name}'))")
            wanted = atlas.neurons[name].to_numpy(np.float64, na_value=np.nan).astype(np.float32)
            yield name, np.array(found, dtype=np.float32), wanted


@pytest.mark.parametrize(("threshold", "least"), [(1.0, 0.7), (0.9, 0.123456), (0.5, 0.0)])
def test_at_the_own_parameters_the_columns_are_those_of_the_atlas(open_file, threshold, least):
    atlas = ranked_atlas(
        300, classes=20, parameters={"min_activation": least},
        selectivities=[repr(nfviz.ClassSelectivity(threshold=threshold))],
    )  # fmt: skip
    weight = atlas.ranked["weight"].to_numpy().reshape(300, 60)
    size = ((weight > 0) & (weight >= least - 1e-6)).sum(axis=1)
    atlas = replace(atlas, neurons=atlas.neurons.assign(n_images=size))
    atlas = nfviz.score(atlas, nfviz.ClassSelectivity(threshold=threshold))
    file = open_file(atlas, thumbnails=16)
    seen = 0
    for name, found, wanted in live_columns(file, atlas):
        if name == "top_label_share":
            assert np.nanmax(np.abs(found - wanted)) < 0.00005
        else:
            np.testing.assert_array_equal(found, wanted, name)
        seen += 1
    assert seen == len(LIVE)


def test_some_neurons_keep_their_numbers_and_chance_levels(open_file):
    atlas = nfviz.score(ranked_atlas(parameters={"min_activation": 0.0}), nfviz.ClassSelectivity())
    few = atlas.neurons.iloc[[3, 22, 39]]
    file = open_file(atlas, neurons=few)
    assert file.counted == 3
    names = file.page.evaluate("[0, 1, 2].map((row) => nfviz.store.name(row))")
    assert names == [f"{layer}/{unit}" for layer, unit in few.index]
    chance = file.page.evaluate("Array.from(nfviz.store.column('class_selectivity_chance'))")
    full = open_file(atlas)
    everyone = full.page.evaluate("Array.from(nfviz.store.column('class_selectivity_chance'))")
    assert chance == [everyone[row] for row in (3, 22, 39)]


def test_crops_are_shown(open_file):
    file = open_file(make_atlas())
    found = file.page.evaluate(
        "nfviz.store.crops(7).then(({ count, height, width }) => [count, height, width])"
    )
    assert found == [3, 8, 8]
    without = open_file(make_atlas(), crops=0)
    assert without.page.evaluate("nfviz.store.crops(7)") == {"reason": "this file holds no crops"}


# Its address


def test_the_state_stands_in_the_address(open_file):
    file = open_file(make_atlas())
    assert file.address == ""
    file.page.get_by_label("search", exact=True).fill("conv2")
    file.settle()
    assert file.address == "#q=conv2"
    file.go("#q=conv3/1")
    assert file.counted == 1
    file.page.evaluate("location.hash = '#layers=conv1'")
    file.settle()
    assert file.counted == 6
    file.page.evaluate("nfviz.store.reset()")
    file.settle()
    assert file.counted == 15
    assert file.page.evaluate("location.href").endswith("#")


def test_it_starts_where_it_was_told_to(open_file):
    file = open_file(make_atlas(), selection="#layers=conv2&focus=conv2/3")
    assert file.counted == 5
    assert file.page.evaluate("nfviz.store.name(nfviz.store.state.focus)") == "conv2/3"
    file.go("#q=conv3")
    assert file.counted == 4
    assert file.page.evaluate("nfviz.store.state.focus") == -1
    file.go("#")
    assert file.counted == 15
    file.go("#nothing=known")
    assert file.counted == 5


def test_an_address_is_written_only_when_the_state_has_settled(open_file):
    file = open_file(make_atlas())
    written = file.page.evaluate(
        """async () => {
          let count = 0;
          const replace = history.replaceState;
          history.replaceState = (...given) => { count++; replace.apply(history, given); };
          for (let step = 1; step <= 40; step++) {
            nfviz.store.set({ ranges: { color_selectivity: [step / 100, 1] } });
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          const during = count;
          await new Promise((resolve) => setTimeout(resolve, 400));
          return [during, count];
        }"""
    )
    assert written == [0, 1]
    assert file.address == "#color_selectivity=0.4..1"


# What it hands over


def test_the_selection_is_saved_as_csv(open_file):
    atlas = make_atlas(**{'=odd, "column"': np.arange(15) / 7})
    file = open_file(atlas, selection="#layers=conv2,conv3&sort=unit")
    name, data = file.saved("CSV of the selection")
    assert name == "file0-neurons.csv"
    assert data.count(b"\r\n") == 10
    table = pd.read_csv(io.BytesIO(data))
    found = list(zip(table["layer"], table["unit"], strict=True))
    wanted = atlas.neurons.loc[["conv2", "conv3"]]
    assert sorted(found) == sorted(wanted.index)
    assert table["unit"].is_monotonic_increasing
    for column in ("hue", "color_selectivity", '=odd, "column"'):
        given = atlas.neurons.loc[pd.MultiIndex.from_tuples(found), column].to_numpy(np.float32)
        header = f"'{column}" if column.startswith("=") else column
        assert np.array_equal(table[header].to_numpy(np.float32), given)
    assert set(table["color_name"]) <= {"red", "blue"}
    (header, *_) = csv.reader(io.StringIO(data.decode()))
    assert not [cell for cell in header if cell[0] in "=+-@"]


def test_a_view_is_saved_as_picture(open_file):
    file = open_file(make_atlas(), selection="#focus=conv2/1")
    file.settle()
    choice = file.page.get_by_role("combobox", name="view to save")
    titles = [kind.title.lower() for kind in KINDS.values()]
    assert sorted(choice.locator("option").all_inner_texts()) == sorted(titles)
    for kind in ("neuron features", "degrees by layer", "neuron"):
        choice.select_option(label=kind)
        name, data = file.saved("save view as SVG")
        assert name == f"file0-{kind.replace(' ', '-')}.svg"
        root = ElementTree.fromstring(data)
        width, height = (float(root.get(side).removesuffix("px")) for side in ("width", "height"))
        assert not re.search(rb'href="(?!data:|#)', data)
        name, data = file.saved("save view as PNG")
        assert name.endswith(".png")
        picture = Image.open(io.BytesIO(data))
        assert np.allclose(picture.size, (2 * width, 2 * height), atol=2), kind
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 20, kind
        expect(file.page.get_by_text(f"{kind} saved")).to_be_visible()


def test_it_says_what_it_was_made_of(open_file):
    file = open_file(make_atlas())
    facts = file.page.locator("dl")
    expect(facts).to_be_hidden()
    file.page.get_by_text("provenance", exact=True).click()
    made = nfviz.provenance(file.path)
    expect(facts).to_contain_text(made["atlas"])
    expect(facts).to_contain_text("manifest.parameters.opponent")
    file.page.get_by_text("provenance", exact=True).click()
    file.page.emulate_media(media="print")
    file.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(facts).to_be_visible()


# What it withstands


def test_hostile_names_are_shown_as_typed(open_file):
    file = open_file(hostile_atlas(), title=HOSTILE[1] + HOSTILE[4])
    expect(file.page.get_by_role("heading", level=1)).to_contain_text(HOSTILE[1])
    assert file.page.evaluate("nfviz.store.layers.map((layer) => layer.name)") == HOSTILE[:2]
    classes = file.page.evaluate("nfviz.store.meta.classes.map((each) => escape(each.name))")
    assert "half%20%uD800%20and%20nothing%20%00" in classes
    file.page.get_by_text("provenance", exact=True).click()
    expect(file.page.locator("dl")).to_contain_text(HOSTILE[0])
    file.page.evaluate("nfviz.store.set({ focus: 4, pinned: [1, 5] })")
    file.settle()
    assert file.page.locator("img[src=x], script:not([type])").count() == 0
    assert HOSTILE[0] in file.page.locator("body").inner_text()
    _, data = file.saved("CSV of the selection")
    rows = list(csv.reader(io.StringIO(data.decode(errors="replace"))))
    assert {row[0] for row in rows[1:]} == set(HOSTILE[:2])


PICTURES = """async () => {
  const found = [];
  for (const [kind, view] of nfviz.store.views) {
    if (kind === "Explorer") continue;
    const text = await view.svg();
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    const drawn = text && (await image.decode().then(() => true, () => false));
    found.push([kind, text, drawn]);
  }
  return found;
}"""
TELLING = ("pictures of one layer", "no labels", "few columns", "dead", "endless", "one neuron")


def strange_atlases():
    """Atlases that lack much of what others have, and one of strange names alone."""
    yield from ((name, ODD[name]) for name in TELLING)
    atlas = rename(make_atlas({f"layer {n}": (2, 5) for n in range(len(NAMES))}), NAMES)
    yield "hostile", replace(atlas, classes=atlas.classes.assign(name=[NAMES[0], *NAMES[3:5]]))


def test_strange_atlases_open_and_every_view_of_them_is_saved(open_file):
    for name, atlas in strange_atlases():
        file = open_file(atlas, thumbnails=16, width=1000)
        assert file.counted == len(atlas.neurons), name
        file.page.evaluate("nfviz.store.set({ focus: 0, pinned: [0, nfviz.store.n - 1] })")
        file.page.evaluate("nfviz.store.flush()")
        pictures = file.page.evaluate(PICTURES)
        assert sorted(kind for kind, *_ in pictures) == sorted(KINDS), name
        for kind, text, drawn in pictures:
            # A wheel without hues has nothing to save.
            assert drawn or not text, (name, kind)
            assert not text or ElementTree.fromstring(text).get("width"), (name, kind)
        assert file.page.get_by_role("alert").filter(visible=True).count() == 0, name
        file.page.context.close()


ONE_FAILS = "globalThis.IntersectionObserver = class { constructor() { throw new Error('no') } };"


def test_a_view_that_fails_leaves_the_others_alone(open_file):
    file = open_file(make_atlas())
    file.page.add_init_script(ONE_FAILS)
    file.go()
    (said,) = file.page.get_by_role("alert").filter(visible=True).all_inner_texts()
    assert said == "This view could not be drawn: no"
    assert file.page.evaluate("nfviz.store.views.size") == len(KINDS)
    assert file.page.evaluate("nfviz.store.count") == 15
    assert file.errors
    file.errors.clear()


def test_without_scripts_it_says_so(browser, tmp_path):
    path = write_html(make_atlas(), tmp_path / "f.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    note = page.locator("noscript p")
    expect(note).to_be_visible()
    expect(note).to_contain_text("JavaScript, which is turned off")
    context.close()


def test_an_old_browser_is_told_what_the_page_needs(browser, tmp_path):
    path = write_html(make_atlas(), tmp_path / "f.html")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(path.as_uri())
    expect(page.get_by_text("this browser is too old for the page")).to_be_visible(timeout=15_000)
    context.close()


def test_a_damaged_file_says_so(browser, tmp_path):
    path = write_html(make_atlas(), tmp_path / "f.html")
    text = path.read_text()
    head, _, tail = text.partition('id="nfviz-arrays">')
    path.write_text(f'{head}id="nfviz-arrays">{"!" * 400}{tail[400:]}')
    page = browser.new_page()
    page.goto(path.as_uri())
    expect(page.get_by_role("alert")).to_contain_text("This page could not be opened")
    page.close()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_it_is_accessible_in_light_and_dark(open_file, color_scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    file = open_file(make_atlas(), color_scheme=color_scheme, selection="#focus=conv2/1")
    file.page.get_by_text("provenance", exact=True).click()
    ground = file.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(255, 255, 255)" if color_scheme == "light" else "rgb(17, 17, 17)")
    found = axe.Axe().run(file.page)
    serious = [
        (violation["id"], [node["html"][:120] for node in violation["nodes"][:4]])
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("width", [320, 700, 1400])
def test_nothing_is_wider_than_the_page(open_file, width):
    file = open_file(make_atlas(), width=width, title="A title that is very long " * 6)
    file.settle()
    assert file.page.evaluate("document.documentElement.scrollWidth") <= width
