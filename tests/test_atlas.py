"""The record and its file: whole there and back, nothing executed, every damage named."""

import dataclasses
import io
import json
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest

import nfviz
from nfviz import bundle
from nfviz.crop_sheet import encode_strip, join_strips, tile_size
from nfviz.neuron_index import neuron_index

TABLES = ("images", "classes", "layers", "ranked", "neurons", "responses", "hues")
ARRAYS = ("features", "spread", "coverage", "class_means")


def make_atlas(layers=2, units=3, ranks=4, side=5):
    """Build a record by hand: the exploring half must not need a recording."""
    random = np.random.default_rng(0)
    names = [f"conv{i}" for i in range(layers)]
    layer, unit = np.repeat(np.arange(layers), units), np.tile(np.arange(units), layers)
    neurons = pd.DataFrame(
        {
            "max_activation": random.uniform(1, 2, len(unit)),
            "dead": unit == 1,
            "state": pd.Categorical.from_codes((unit == 1).astype(int), ["live", "silent"]),
            "n_images": np.where(unit == 1, 0, ranks),
            "nonfinite": 0,
            "auc": np.where(unit == 1, np.nan, 3.0),
            "color_selectivity": np.where(unit == 1, np.nan, np.linspace(0.1, 0.9, len(unit))),
            "class_selectivity": np.where(unit == 1, np.nan, 0.7),
            "color_name": pd.array(np.where(unit == 1, None, "red"), dtype="str"),
            "n_classes": pd.array(np.where(unit == 1, None, 2), dtype="Int64"),
        },
        index=neuron_index(names, layer, unit=unit),
    )
    many = len(unit) * ranks
    ranked = pd.DataFrame(
        {
            "image": random.integers(0, 6, many),
            "activation": random.uniform(0, 1, many).astype(np.float32),
            "weight": random.uniform(0, 1, many),
            "row": random.integers(0, 9, many).astype(np.int32),
            "col": random.integers(0, 9, many).astype(np.int32),
        },
        index=neuron_index(
            names,
            np.repeat(layer, ranks),
            unit=np.repeat(unit, ranks),
            rank=np.tile(np.arange(ranks), len(unit)),
        ),
    )
    statistics = {
        "images": np.where(unit == 2, 0, 6),
        **{
            name: np.where(unit == 2, np.nan, random.uniform(0, 1, len(unit)))
            for name in ("fires", "mean", "moment2", "moment3", "moment4")
        },
    }
    columns = ["rf_height", "rf_width", "stride_y", "stride_x", "start_y", "start_x"]
    layer_table = pd.DataFrame(
        {
            "depth": range(layers),
            "units": units,
            **dict.fromkeys(columns, side),
            "rf_status": "exact",
        },
        index=pd.Index(names, dtype="str", name="layer"),
    )
    tiles = random.integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    strips = ([encode_strip(tiles), b"", encode_strip(tiles[:1])] * units)[:units]
    shape = (units, side, side)
    return nfviz.Atlas(
        images=pd.DataFrame(
            {"label": [0, 1, 0, 1, 0, -1], "digest": np.arange(6, dtype=np.uint64) + 2**63},
            index=pd.RangeIndex(6, name="image"),
        ),
        classes=pd.DataFrame(
            {"name": pd.array(["<b>crane</b>", "ladybug"], dtype="str")},
            index=pd.Index([0, 1], name="label"),
        ),
        layers=layer_table,
        ranked=ranked,
        neurons=neurons,
        responses=pd.DataFrame(statistics, index=neurons.index),
        class_means={n: random.uniform(0, 1, (units, 2)).astype(np.float32) for n in names},
        features={n: random.uniform(0, 255, (*shape, 3)).astype(np.float32) for n in names},
        spread={n: random.uniform(0, 1, shape).astype(np.float16) for n in names},
        coverage={n: np.ones(shape, np.float32) for n in names},
        crops={n: join_strips(strips, (side, side)) for n in names},
        hues=pd.DataFrame(
            {"pixels": range(360), "chroma": 1.5}, index=pd.RangeIndex(360, name="hue")
        ),
        manifest={"parameters": {"n_max": 4}, "mean_color": [1.0, 2.0, 3.0]},
    )


@pytest.fixture
def atlas():
    return make_atlas()


@pytest.fixture
def path(atlas, tmp_path):
    return atlas.save(tmp_path / "a.nfviz")


def test_what_is_saved_is_loaded(atlas, path):
    other = nfviz.load(path)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(atlas, name), getattr(other, name))
    assert other.manifest == atlas.manifest
    for name in ARRAYS:
        for layer in atlas.layers.index:
            one, two = getattr(atlas, name)[layer], getattr(other, name)[layer]
            assert one.dtype == two.dtype
            np.testing.assert_array_equal(one, two)
            assert two.flags.aligned
    for layer, sheet in atlas.crops.items():
        for unit, count in enumerate((2, 0, 1)):
            np.testing.assert_array_equal(sheet[unit], other.crops[layer][unit])
            assert len(sheet[unit]) == count


def test_a_loaded_atlas_can_be_saved_and_selected_from(path, tmp_path):
    atlas = nfviz.load(path)
    again = atlas.save(tmp_path / "b.nfviz")
    assert again.read_bytes() == path.read_bytes(), "equal records give equal bytes"
    assert len(atlas.neurons.query("layer == 'conv1' and color_selectivity > 0.5")) == 2
    assert atlas.ranked.loc[("conv1", 2)].index.tolist() == [0, 1, 2, 3]
    atlas.save(path)
    assert nfviz.load(path).neurons.equals(atlas.neurons), "also over the file it is mapped from"


def test_a_record_without_classes_is_loaded(atlas, tmp_path):
    means = {"conv0": np.zeros((3, 0), np.float32)}
    bare = dataclasses.replace(atlas, classes=atlas.classes.iloc[:0], class_means=means)
    other = nfviz.load(bare.save(tmp_path / "bare.nfviz"))
    assert other.class_means["conv0"].shape == (3, 0)
    assert "conv1" not in other.class_means


def test_a_record_without_statistics_is_loaded_and_measures_say_so(atlas, tmp_path):
    bare = dataclasses.replace(atlas, responses=pd.DataFrame(), class_means={})
    other = nfviz.load(bare.save(tmp_path / "bare.nfviz"))
    assert other.responses.empty
    assert other.class_means == {}
    with pytest.raises(ValueError, match=r"atlas.responses has no statistics .*'conv0', .*0"):
        nfviz.score(other, nfviz.Sparseness())
    with pytest.raises(ValueError, match=r"atlas.class_means has no layer 'conv0'"):
        nfviz.score(other, nfviz.CCMAS())


def test_an_ontology_travels_with_the_atlas(atlas, tmp_path):
    assert nfviz.load(atlas.save(tmp_path / "a.nfviz")).ontology is None
    ontology = nfviz.Ontology.from_dict({"animal": ["<b>crane</b>", "ladybug"]})
    path = dataclasses.replace(atlas, ontology=ontology).save(tmp_path / "b.nfviz")
    assert nfviz.load(path).ontology.parents == ontology.parents


def test_an_ontology_that_is_none_is_refused(atlas, tmp_path):
    edges = nfviz.Ontology.from_dict({"a": ["b"]}).to_edges()

    class Crafted:
        def __init__(self, table):
            self.to_edges = lambda: table

    for table, message in (
        (edges.drop(columns="lemma"), r"the table ontology lacks \['lemma'\]"),
        (edges.iloc[:0], "names is empty"),
        (edges.assign(parent=edges["child"].to_numpy()[::-1]), "cycle"),
        (edges.assign(parent="none"), "no node of this ontology"),
    ):
        path = dataclasses.replace(atlas, ontology=Crafted(table)).save(tmp_path / "a.nfviz")
        with pytest.raises(nfviz.BundleError, match=message):
            nfviz.load(path)


def test_loaded_arrays_cannot_be_written_to(path):
    with pytest.raises(ValueError, match="read-only"):
        nfviz.load(path).features["conv0"][0] = 0


def test_representations_show_what_is_inside(atlas):
    text, page = repr(atlas), atlas._repr_html_()
    for shown in (
        "6 neurons in 2 layers (2 dead)",
        "6 images in 2 classes",
        "conv1",
        "color-selective",
    ):
        assert shown in text
        assert shown in page
    assert "75% color-selective (>= 0.40)" in text
    assert "100% class-selective (>= 0.60)" in text


def test_names_of_layers_are_escaped_in_html(atlas):
    renamed = atlas.layers.rename(index={"conv0": "<script>alert(1)</script>"})
    assert "<script>" not in dataclasses.replace(atlas, layers=renamed)._repr_html_()


def test_a_record_without_measures_has_a_representation(atlas):
    bare = dataclasses.replace(atlas, neurons=atlas.neurons[["dead"]])
    assert "6 neurons" in repr(bare)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.99, 0.9999])
def test_a_truncated_bundle_is_refused(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(nfviz.BundleError, match="truncated, damaged or no nfviz bundle"):
        nfviz.load(path)


def test_a_flipped_bit_anywhere_in_the_contents_is_found(path):
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        spans = [
            (
                info.filename,
                bundle._data_offset(np.frombuffer(data, np.uint8), info),
                info.file_size,
            )
            for info in archive.infolist()
        ]
    for name, start, size in spans:
        damaged = bytearray(data)
        damaged[start + size // 2] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(nfviz.BundleError) as error:
            nfviz.load(path)
        assert name in str(error.value) or "damaged" in str(error.value)


def test_verification_can_be_left_out(path):
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("arrays/features/000.npy")
    start = bundle._data_offset(np.frombuffer(bytes(data), np.uint8), info)
    data[start + info.file_size - 1] ^= 4
    path.write_bytes(data)
    nfviz.load(path, verify=False)
    with pytest.raises(nfviz.BundleError, match="checksum of arrays/features/000"):
        nfviz.load(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(100), pickle.dumps(1)])
def test_a_foreign_file_is_refused(tmp_path, content):
    path = tmp_path / "x.nfviz"
    path.write_bytes(content)
    with pytest.raises(nfviz.BundleError, match="no nfviz bundle"):
        nfviz.load(path)


def rewrite(path, change):
    """Write the bundle again, each member changed by `change` (name, bytes); None leaves it out."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            changed = change(name, data)
            if changed is not None:
                archive.writestr(name, changed)


def test_a_zip_that_is_no_bundle_is_refused(path):
    rewrite(path, lambda name, data: None if name == "manifest.json" else data)
    with pytest.raises(nfviz.BundleError, match="no manifest"):
        nfviz.load(path)


def test_a_newer_bundle_asks_for_an_upgrade(path):
    def newer(name, data):
        if name != "manifest.json":
            return data
        return json.dumps({**json.loads(data), "format_version": 99})

    rewrite(path, newer)
    with pytest.raises(nfviz.BundleError, match="has bundle format 99; this nfviz reads format 1"):
        nfviz.load(path)


@pytest.mark.parametrize("lost", ["tables/neurons.parquet", "arrays/features/001.npy"])
def test_a_missing_member_is_named(path, lost):
    rewrite(path, lambda name, data: None if name == lost else data)
    with pytest.raises(nfviz.BundleError, match=lost):
        nfviz.load(path)


def test_compressed_members_are_refused_unread(path):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["manifest.json"] += b" " * 10**7
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    for verify in (True, False):
        with pytest.raises(nfviz.BundleError, match="members are compressed"):
            nfviz.load(path, verify=verify)


def test_a_table_that_would_fill_the_memory_is_refused(path):
    table = pd.DataFrame({"image": np.zeros(3_000_000, np.int64)})
    trap = table.to_parquet(index=False, compression="zstd")
    rewrite(path, lambda name, data: trap if name == "tables/images.parquet" else data)
    with pytest.raises(nfviz.BundleError, match="claims 3000000 rows"):
        nfviz.load(path)


def change(atlas, field, **changes):
    value = getattr(atlas, field)
    value = value.assign(**changes) if isinstance(value, pd.DataFrame) else {**value, **changes}
    return dataclasses.replace(atlas, **{field: value})


@pytest.mark.parametrize(
    ("field", "changes", "message"),
    [
        ("layers", {"units": 4}, "does not list the units"),
        ("layers", {"units": -1}, "counts its units wrongly"),
        ("neurons", {"dead": "no"}, "does not list the units"),
        ("class_means", {"conv0": np.zeros((3, 3), np.float32)}, "class means of layer 'conv0'"),
        ("class_means", {"conv1": np.zeros((2, 2), np.float32)}, "class means of layer 'conv1'"),
        ("ranked", {"image": 6}, "names images that there are not"),
        ("features", {"conv0": np.zeros((1,), np.float32)}, "shapes that do not fit"),
        ("spread", {"conv1": np.zeros((3, 5, 4), np.float16)}, "shapes that do not fit"),
        ("crops", {"conv0": join_strips([b"x"], (5, 5))}, "crop sheet of layer 'conv0'"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(atlas, tmp_path, field, changes, message):
    path = change(atlas, field, **changes).save(tmp_path / "b.nfviz")
    with pytest.raises(nfviz.BundleError, match=message):
        nfviz.load(path)


def test_statistics_of_other_neurons_are_refused(atlas, tmp_path):
    for other in (atlas.responses.iloc[1:], atlas.responses.iloc[::-1]):
        path = dataclasses.replace(atlas, responses=other).save(tmp_path / "b.nfviz")
        with pytest.raises(nfviz.BundleError, match="responses does not list the neurons"):
            nfviz.load(path)
    path = dataclasses.replace(atlas, responses=atlas.responses.drop(columns="mean")).save(path)
    with pytest.raises(nfviz.BundleError, match=r"the table responses lacks \['mean'\]"):
        nfviz.load(path)


def test_tables_without_their_columns_are_refused(atlas, tmp_path):
    bare = dataclasses.replace(atlas, neurons=atlas.neurons.drop(columns="dead"))
    path = bare.save(tmp_path / "b.nfviz")
    with pytest.raises(nfviz.BundleError, match=r"the table neurons lacks \['dead'\]"):
        nfviz.load(path)


def test_saving_into_a_folder_that_is_not_there_says_so(atlas, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere"):
        atlas.save(tmp_path / "nowhere" / "a.nfviz")


class Bomb:
    def __reduce__(self):
        return print, ("executed",)


def test_a_pickle_in_an_array_is_never_loaded(path, capsys):
    stream = io.BytesIO()
    np.save(stream, np.array([Bomb()], dtype=object), allow_pickle=True)
    rewrite(path, lambda name, data: stream.getvalue() if name.startswith("arrays/s") else data)
    with pytest.raises(nfviz.BundleError):
        nfviz.load(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("tables/layers.parquet", b"PAR1" + bytes(20) + b"PAR1"),
        ("arrays/features/000.npy", b"\x93NUMPY\x01\x00nonsense"),
        ("manifest.json", b'{"format": "nfviz bundle", "format_version": 1}'),
        ("manifest.json", b'{"format": "nfviz bundle", "format_version": 1, "members": 3}'),
        ("manifest.json", b"[1]"),
    ],
)
def test_contents_that_make_no_sense_are_refused(path, member, content):
    rewrite(path, lambda name, data: content if name == member else data)
    with pytest.raises(nfviz.BundleError):
        nfviz.load(path)


def test_arrays_of_layers_that_do_not_exist_are_refused(path):
    def longer(name, data):
        if name != "manifest.json":
            return data
        head = json.loads(data)
        head["members"].append("arrays/features/777.npy")
        return json.dumps(head)

    rewrite(path, longer)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("arrays/features/777.npy", archive.read("arrays/features/000.npy"))
    with pytest.raises(nfviz.BundleError):
        nfviz.load(path)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        nfviz.load(tmp_path / "nowhere.nfviz")


def test_a_failed_save_leaves_what_was_there(atlas, path):
    before = path.read_bytes()
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(atlas, manifest={"bad": {1, 2}}).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_large_arrays_open_without_being_read(tmp_path):
    atlas = make_atlas(layers=3, units=40, side=60)
    loaded = nfviz.load(atlas.save(tmp_path / "large.nfviz"), verify=False)
    base = loaded.features["conv2"]
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert not base.flags.owndata


class TestCropSheet:
    @pytest.mark.parametrize("side", [3, 7, 8, 30])
    def test_small_crops_are_kept_to_the_bit(self, side):
        random = np.random.default_rng(side)
        tiles = random.integers(0, 256, (5, side, side + 1, 3), dtype=np.uint8)
        sheet = join_strips([b"", encode_strip(tiles)], (side, side + 1))
        np.testing.assert_array_equal(sheet[1], tiles)
        assert sheet[0].shape == (0, side, side + 1, 3)

    def test_large_crops_do_not_bleed_into_their_neighbors(self):
        tiles = np.zeros((3, 60, 61, 3), np.uint8)
        tiles[1] = 255
        sheet = join_strips([encode_strip(tiles)], (60, 61))
        np.testing.assert_array_equal(sheet[0], tiles)

    def test_natural_crops_are_close(self):
        x, y = np.meshgrid(np.linspace(0, 6, 64), np.linspace(0, 6, 64))
        picture = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], axis=-1) * 100 + 127
        tiles = picture[None].astype(np.uint8)
        found = join_strips([encode_strip(tiles)], (64, 64))[0]
        assert np.abs(found.astype(int) - tiles).max() < 12

    def test_units_that_do_not_exist(self, atlas):
        with pytest.raises(IndexError, match="No unit 3: this layer has the units 0 to 2"):
            atlas.crops["conv0"][3]

    @pytest.mark.parametrize(
        ("field", "tile"),
        [((3, 3), (3, 3)), ((64, 64), (64, 64)), ((128, 128), (64, 64)), ((100, 200), (32, 64))],
    )
    def test_fields_above_64_pixels_are_reduced(self, field, tile):
        assert tile_size(*field) == tile
