"""The house keeps its order: who imports whom, what needs torch, what is public and documented."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nfviz

PACKAGE = Path(nfviz.__file__).parent

# A module imports only what stands above it.
ORDER = [
    "nfviz.neuron_index",
    "nfviz.opponent",
    "nfviz.option_checks",
    "nfviz.whole_file",
    "nfviz.edge_list",
    "nfviz.class_nodes",
    "nfviz.ontology",
    "nfviz.crop_sheet",
    "nfviz.bundle",
    "nfviz.consistency",
    "nfviz.atlas",
    "nfviz.one_neuron",
    "nfviz.selectivity.neuron_rows",
    "nfviz.selectivity.neuron",
    "nfviz.selectivity.neuron_function",
    "nfviz.selectivity.response_moments",
    "nfviz.selectivity.feature_pixels",
    "nfviz.selectivity.activation_curve",
    "nfviz.selectivity.class_shares",
    "nfviz.selectivity.blind_sets",
    "nfviz.selectivity.class_bounds",
    "nfviz.selectivity.class_selectivity",
    "nfviz.selectivity.class_entropy",
    "nfviz.selectivity.population_code",
    "nfviz.selectivity.purity",
    "nfviz.selectivity.sparseness",
    "nfviz.selectivity.kurtosis",
    "nfviz.selectivity.blind_class_means",
    "nfviz.selectivity.ccmas",
    "nfviz.selectivity.color_moments",
    "nfviz.selectivity.color_statistics",
    "nfviz.selectivity.color_selectivity",
    "nfviz.selectivity.color_memberships",
    "nfviz.selectivity.color_palette",
    "nfviz.selectivity.color_names",
    "nfviz.selectivity.sharpness",
    "nfviz.selectivity.blur_effect",
    "nfviz.selectivity.standard",
    "nfviz.selectivity.given_columns",
    "nfviz.selectivity.score",
    "nfviz.selectivity",
    "nfviz.recording.gray_result",
    "nfviz.summaries.layer_choice",
    "nfviz.summaries.number_columns",
    "nfviz.summaries.layers",
    "nfviz.summaries.selectivity",
    "nfviz.summaries.curves",
    "nfviz.summaries.own_response",
    "nfviz.summaries.layer_table",
    "nfviz.summaries.gallery",
    "nfviz.summaries.hue_wheel",
    "nfviz.summaries.joint",
    "nfviz.summaries.tags",
    "nfviz.summaries.gray_test",
    "nfviz.summaries",
    "nfviz.figures.markup",
    "nfviz.figures.style",
    "nfviz.figures.raster",
    "nfviz.figures.part_words",
    "nfviz.figures.signature",
    "nfviz.figures.font",
    "nfviz.figures.paper",
    "nfviz.figures.shelves",
    "nfviz.figures.rings",
    "nfviz.figures.cloud_layout",
    "nfviz.figures.mosaic",
    "nfviz.figures.hover",
    "nfviz.figures.hue_inks",
    "nfviz.figures.sheet",
    "nfviz.figures.stepped_scale",
    "nfviz.figures.stacked_bars",
    "nfviz.figures.top_neurons",
    "nfviz.figures.enlarge",
    "nfviz.figures.browser",
    "nfviz.figures.drawing",
    "nfviz.figures.html_page",
    "nfviz.figures.svg_page",
    "nfviz.figures.pdf_page",
    "nfviz.figures.png_page",
    "nfviz.figures.provenance",
    "nfviz.figures.save",
    "nfviz.figures.selectivity",
    "nfviz.figures.activation_curves",
    "nfviz.figures.own_response",
    "nfviz.figures.gray_test",
    "nfviz.figures.gallery",
    "nfviz.figures.hue_wheel",
    "nfviz.figures.joint",
    "nfviz.figures.tag_clouds",
    "nfviz.figures.neuron_panels",
    "nfviz.figures.neuron",
    "nfviz.figures",
    "nfviz.state.column_help",
    "nfviz.state.parameters",
    "nfviz.state.columns",
    "nfviz.state.ranked_images",
    "nfviz.state.class_tree",
    "nfviz.state.image_sets",
    "nfviz.state.live_columns",
    "nfviz.state.name_search",
    "nfviz.state.address",
    "nfviz.state.in_view",
    "nfviz.state.state_text",
    "nfviz.state",
    "nfviz.page.modules",
    "nfviz.page.thumbnails",
    "nfviz.page.restriction",
    "nfviz.page.payload",
    "nfviz.page.dense_text",
    "nfviz.page.crop_strips",
    "nfviz.page.packing",
    "nfviz.page.file_page",
    "nfviz.page",
    "nfviz.widgets.state_traits",
    "nfviz.widgets.state_checks",
    "nfviz.widgets.guarded",
    "nfviz.widgets.selection",
    "nfviz.widgets.state_figure",
    "nfviz.widgets.pictures.lettering",
    "nfviz.widgets.pictures.canvas",
    "nfviz.widgets.pictures.png",
    "nfviz.widgets.pictures.seen",
    "nfviz.widgets.pictures.axes",
    "nfviz.widgets.pictures.word_places",
    "nfviz.widgets.pictures.gallery",
    "nfviz.widgets.pictures.bars",
    "nfviz.widgets.pictures.wheel",
    "nfviz.widgets.pictures.curves",
    "nfviz.widgets.pictures.joint",
    "nfviz.widgets.pictures.clouds",
    "nfviz.widgets.pictures.card",
    "nfviz.widgets.pictures.controls",
    "nfviz.widgets.pictures",
    "nfviz.widgets.picture",
    "nfviz.widgets.neuron_data",
    "nfviz.widgets.crop_service",
    "nfviz.widgets.view",
    "nfviz.widgets.gallery",
    "nfviz.widgets.hue_wheel",
    "nfviz.widgets.selectivity_histogram",
    "nfviz.widgets.tag_clouds",
    "nfviz.widgets.activation_curves",
    "nfviz.widgets.neuron_card",
    "nfviz.widgets.joint_scatter",
    "nfviz.widgets.thresholds",
    "nfviz.widgets.explorer",
    "nfviz.widgets",
    "nfviz.export",
    "nfviz.recording.heap",
    "nfviz.recording.memory",
    "nfviz.recording.locks",
    "nfviz.recording.options",
    "nfviz.recording.strict_float32",
    "nfviz.recording.borrow",
    "nfviz.recording.layer_names",
    "nfviz.recording.admission",
    "nfviz.recording.field_trace",
    "nfviz.recording.field_moves",
    "nfviz.recording.field_layout_rules",
    "nfviz.recording.field_window_rules",
    "nfviz.recording.field_propagation",
    "nfviz.recording.field_memory",
    "nfviz.recording.receptive_field",
    "nfviz.recording.windows",
    "nfviz.recording.layers",
    "nfviz.recording.noise",
    "nfviz.recording.store",
    "nfviz.recording.inputs",
    "nfviz.recording.responses",
    "nfviz.recording.ranking",
    "nfviz.recording.exact_sum",
    "nfviz.recording.statistics",
    "nfviz.recording.hues",
    "nfviz.recording.label_outputs",
    "nfviz.recording.rgb",
    "nfviz.recording.resize_crop",
    "nfviz.recording.preprocessing",
    "nfviz.recording.items",
    "nfviz.recording.jpeg",
    "nfviz.recording.images",
    "nfviz.recording.read_ahead",
    "nfviz.recording.coverage",
    "nfviz.recording.moments",
    "nfviz.recording.neuron_feature",
    "nfviz.recording.held_images",
    "nfviz.recording.crops",
    "nfviz.recording.feature_canvas",
    "nfviz.recording.shard",
    "nfviz.recording.recorder",
    "nfviz.recording.ledger",
    "nfviz.recording.stored_ledger",
    "nfviz.recording.job",
    "nfviz.recording.remote",
    "nfviz.recording.record",
    "nfviz.recording.tiles",
    "nfviz.recording.layer_features",
    "nfviz.recording.features",
    "nfviz.recording.tables",
    "nfviz.recording.provenance",
    "nfviz.recording.own_response",
    "nfviz.recording.gray_test",
    "nfviz.recording.make_atlas",
    "nfviz.recording.analyze",
    "nfviz.recording",
    "nfviz.networks.local_response_norm",
    "nfviz.networks.vgg",
    "nfviz.networks.mat_file",
    "nfviz.networks.mat_struct",
    "nfviz.networks.matconvnet_layers",
    "nfviz.networks.matconvnet",
    "nfviz.networks.torchvision_network",
    "nfviz.networks",
    "nfviz.testing.random_atlas",
    "nfviz.testing.other_order",
    "nfviz.testing.contract",
    "nfviz.testing.planted",
    "nfviz.testing",
    "nfviz.demo",
    "nfviz",
    "nfviz.figure_command",
    "nfviz.html_command",
    "nfviz.cli",
    "nfviz.__main__",
]


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def place(module):
    """Position in the order; the files of the demo are one room."""
    return ORDER.index("nfviz.demo" if module.startswith("nfviz.demo.") else module)


def imports_of(path):
    """Every module of nfviz that a file imports at its top level, but for the checker's eyes."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("nfviz"))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nfviz"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def test_every_module_has_its_place():
    rooms = {"nfviz.demo" if name.startswith("nfviz.demo.") else name for name in MODULES}
    assert rooms == set(ORDER)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_stands_before_it(module):
    for imported in imports_of(MODULES[module]):
        if module.startswith("nfviz.demo") and imported.startswith("nfviz.demo"):
            continue
        # Provenance asks the package for its version, which stands in nfviz/__init__.py.
        if (module, imported) == ("nfviz.recording.provenance", "nfviz"):
            continue
        assert place(imported) < place(module), f"{module} imports {imported}"


@pytest.mark.parametrize("module", MODULES)
def test_names_say_something_and_files_stay_small(module):
    stem = MODULES[module].stem
    assert stem not in {"utils", "helpers", "common", "misc", "base", "config"}
    assert MODULES[module].read_text().count("\n") <= 300


TORCH_FREE = """
import importlib.abc, sys

class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torchvision"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Block())
import nfviz, nfviz.cli, nfviz.selectivity, nfviz.summaries, nfviz.testing
import pandas as pd
from nfviz.recording.gray_result import paired_errors
atlas = nfviz.load(sys.argv[1])
repr(atlas), atlas._repr_html_(), atlas.save(sys.argv[1] + ".copy")
print(atlas.crops["planted"][0].shape, nfviz.summarize_layers(atlas).shape)
scored = nfviz.score(atlas, nfviz.ColorSelectivity(), nfviz.ClassSelectivity(threshold=0.9))
assert scored.neurons["hue"].equals(atlas.neurons["hue"])
assert nfviz.cli.main(["info", sys.argv[1]]) == 0
neuron = [("planted", 0)]
needed = {
    "plot_neuron": neuron, "plot_tag_clouds": neuron, "plot_selectivity": ["own_layer"]
}
for name in nfviz.__all__:
    if name.startswith("plot_") and name != "plot_gray_test":
        figure = getattr(nfviz, name)(atlas, *needed.get(name, []))
        path = nfviz.save_figure(figure, sys.argv[1] + ".html")
        assert nfviz.provenance(path)["function"] == name
images = pd.DataFrame({"color_rank": [0, 1], "gray_rank": [3, 9]})
gray = nfviz.GrayTest(paired_errors(*images.to_numpy().T), images)
assert len(nfviz.plot_gray_test(gray).data) == 6
explorer = nfviz.explore(atlas, threshold=0.9)
assert len(explorer.selected) == len(atlas.neurons) and explorer._repr_mimebundle_()
assert len(explorer.figure("gallery").data)
page = nfviz.write_html(atlas, sys.argv[1] + ".html", selection=explorer.selection)
assert nfviz.provenance(page)["function"] == "write_html"
try:
    nfviz.analyze
except ImportError as error:
    print(error)
assert "torch" not in sys.modules
"""


def test_exploring_needs_no_torch(tmp_path):
    from nfviz.testing import planted_hues

    planted = planted_hues()
    atlas = nfviz.analyze(planted.network, planted.images, progress=False, **planted.options)
    atlas = nfviz.respond_to_features(atlas, planted.network, progress=False)
    path = atlas.save(tmp_path / "planted.nfviz")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TORCH_FREE, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "(16, 7, 7, 3) (1, 8)" in done.stdout
    assert "torch is blocked" in done.stdout


def test_importing_nfviz_does_not_import_torch():
    code = "import sys, nfviz; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("module", ["nfviz", "nfviz.selectivity", "nfviz.testing", "nfviz.demo"])
def test_public_names_are_listed_in_order_and_documented(module):
    room = __import__(module, fromlist=["__all__"])
    assert list(room.__all__) == sorted(room.__all__, key=lambda name: (not name.isupper(), name))
    for name in room.__all__:
        value = getattr(room, name)
        assert callable(value) is False or value.__doc__, name
        assert name in dir(room)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        nfviz.analyse  # noqa: B018
