"""Functions of one neuron: what they are given, and that their column is one like all others."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

import nfviz
from nfviz.selectivity.neuron import live_neurons
from nfviz.state.columns import slider_columns
from nfviz.testing import random_atlas


@pytest.fixture(scope="module")
def atlas():
    return random_atlas()


def redness(neuron):
    """Mean of R over the mean of R, G and B:
    1 if gray.

    More about it.
    """
    return neuron.feature[..., 0].mean() / neuron.feature.mean()


def test_a_neuron_is_what_the_record_says_of_it(atlas):
    seen = dict(live_neurons(atlas))
    assert list(seen) == np.flatnonzero(~atlas.neurons["dead"]).tolist()
    for row, neuron in seen.items():
        name = (neuron.layer, neuron.unit)
        assert name == atlas.neurons.index[row]
        ranked = atlas.ranked.loc[name].iloc[: atlas.neurons.loc[name, "n_images"]]
        assert neuron.images.tolist() == ranked["image"].tolist()
        assert neuron.weights.tolist() == ranked["weight"].tolist()
        assert neuron.activations.tolist() == ranked["activation"].tolist()
        assert neuron.labels.tolist() == atlas.images["label"].loc[ranked["image"]].tolist()
        for part in ("feature", "spread", "coverage"):
            array = getattr(neuron, part)
            whole = getattr(atlas, part + "s" * (part == "feature"))
            assert array.dtype == np.float64
            assert np.array_equal(array, whole[neuron.layer][neuron.unit])
        assert np.array_equal(neuron.crops(), atlas.crops[neuron.layer][neuron.unit])
        assert neuron.columns["n_images"] == len(neuron.images)
        assert neuron.columns["auc"] == atlas.neurons.loc[name, "auc"]
    assert repr(seen[0]) == f"<nfviz.Neuron: layer 'conv1', unit 0, {len(seen[0].images)} images>"


def test_one_neuron_can_be_had_by_name(atlas):
    for name in (("conv1", 0), ("conv2", 7)):
        one = nfviz.Neuron.of(atlas, name)
        (other,) = (n for _, n in live_neurons(atlas) if (n.layer, n.unit) == name)
        assert one.images.tolist() == other.images.tolist()
        assert np.array_equal(one.feature, other.feature)
        assert one.columns == other.columns
        assert redness(one) == nfviz.score(atlas, redness).neurons.loc[name, "redness"]
    assert nfviz.Neuron.of(atlas, ("conv1", 3)).weights.shape == (0,)
    with pytest.raises(ValueError, match="No layer 'conv3'"):
        nfviz.Neuron.of(atlas, ("conv3", 0))


def test_nothing_of_a_neuron_can_be_written_to(atlas):
    _, neuron = next(live_neurons(atlas))
    for array in (neuron.feature, neuron.weights, neuron.labels, neuron.crops(), neuron.spread):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_order_of_the_ranking_is_by_rank_wherever_its_rows_stand(atlas):
    mixed = replace(atlas, ranked=atlas.ranked.sample(frac=1, random_state=0))
    for (_, one), (_, other) in zip(live_neurons(atlas), live_neurons(mixed), strict=True):
        assert one.images.tolist() == other.images.tolist()


def test_a_number_becomes_a_column_named_after_the_function(atlas):
    scored = nfviz.score(atlas, redness)
    column = scored.neurons["redness"]
    assert list(scored.neurons)[-1] == "redness"
    assert column.isna().equals(atlas.neurons["dead"].rename("redness"))
    feature = atlas.features["conv2"][5].astype(np.float64)
    assert column["conv2", 5] == feature[..., 0].mean() / feature.mean()
    assert scored.manifest["selectivities"][-1] == f"{__name__}.redness"
    assert "redness" not in atlas.neurons


def test_a_mapping_becomes_columns_of_the_kind_of_its_numbers(atlas):
    def several(x):
        return {
            "count": len(x.images), "share": np.float32(0.5), "even": x.unit % 2 == 0,
            "number": np.int64(x.unit), "partly": pd.NA if x.unit == 0 else 1,
            "scalar": np.array(2.5), "yes": np.bool_(True),
        }  # fmt: skip

    neurons = nfviz.score(atlas, several).neurons
    kinds = neurons[["count", "share", "even", "number", "partly", "scalar", "yes"]].dtypes
    assert kinds.astype(str).tolist() == [
        "Int64", "float64", "float64", "Int64", "Int64", "float64", "float64",
    ]  # fmt: skip
    live = neurons[~neurons["dead"]]
    assert live["count"].tolist() == live["n_images"].tolist()
    assert live["even"].tolist() == [float(unit % 2 == 0) for _, unit in live.index]
    assert live["partly"].isna().sum() == 2
    assert neurons.loc[neurons["dead"], list(kinds.index)].isna().all(axis=None)


@dataclass(frozen=True)
class Warmth:
    """How warm the feature is."""

    channel: int = 0

    def __call__(self, one):
        return one.feature[..., self.channel].mean()


@dataclass(frozen=True)
class Undocumented:
    def __call__(self, neuron):
        return 1.0


def test_each_kind_of_callable_is_told_apart_by_its_parameter(atlas):
    def annotated(x: "nfviz.Atlas"):
        return np.ones(len(x.neurons))

    def one(x: nfviz.Neuron):
        return 2.0

    def asks(x):
        return x.neurons["auc"].rename("asks")

    def with_option(neuron, channel):
        return neuron.feature[..., channel].mean()

    scored = nfviz.score(
        atlas, annotated, one, asks, Warmth(2), partial(with_option, channel=1), Undocumented()
    ).neurons.dropna()
    assert scored["annotated"].eq(1).all()
    assert scored["one"].eq(2).all()
    assert scored["asks"].equals(scored["auc"].rename("asks"))
    assert scored.loc[("conv1", 1), "Warmth"] == atlas.features["conv1"][1][..., 2].mean(
        dtype=np.float64
    )
    assert scored["with_option"].between(100, 150).all()


def test_a_function_sees_the_columns_of_those_before_it(atlas):
    def twice(neuron):
        return 2 * neuron.columns["redness"]

    neurons = nfviz.score(atlas, redness, twice).neurons.dropna()
    assert np.array_equal(neurons["twice"], 2 * neurons["redness"])


def test_a_record_of_dead_neurons_gets_an_empty_column(atlas):
    neurons = atlas.neurons.assign(dead=True)
    scored = nfviz.score(replace(atlas, neurons=neurons), redness)
    assert scored.neurons["redness"].isna().all()


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda neuron: None, TypeError, "gave '<lambda>' a NoneType: expected a number"),
        (lambda neuron: "red", TypeError, "a str: expected a number, or a mapping"),
        (lambda neuron: {"x": np.ones(2)}, TypeError, "gave 'x' a ndarray.*parameter 'atlas'"),
        (lambda neuron: 1.0, ValueError, "column named '<lambda>': use a Python identifier"),
        (lambda neuron: {"dead": 1.0}, ValueError, "'dead', which belongs to the recording"),
        (
            lambda neuron: {f"x{neuron.unit}": 1.0},
            ValueError,
            r"columns \['x1'\] for <.*unit 1.*but \['x0'\] for the first neuron: give the same",
        ),
        (lambda neuron: neuron.neurons, AttributeError, "no 'neurons'; name .* parameter 'atlas'"),
        (lambda neuron: neuron.colour, AttributeError, "no 'colour'; it has layer, unit, weights"),
    ],
)
def test_what_a_function_of_one_neuron_must_not_do_is_told(atlas, function, error, message):
    with pytest.raises(error, match=message):
        nfviz.score(atlas, function)


def test_an_error_of_a_function_names_the_neuron(atlas):
    def fails(neuron):
        return 1 / (neuron.unit - 2)

    with pytest.raises(ZeroDivisionError) as caught:
        nfviz.score(atlas, fails)
    (note,) = caught.value.__notes__
    assert note.startswith("nfviz.score was measuring <nfviz.Neuron: layer 'conv1', unit 2, ")
    assert note.endswith("fails.")


def test_a_record_without_crops_or_features_says_so(atlas):
    bare = replace(atlas, crops={}, spread={})
    with pytest.raises(ValueError, match=r"no crops of layer 'conv1': .*n_crops=16"):
        nfviz.score(bare, lambda neuron: {"x": neuron.crops().mean()})
    with pytest.raises(ValueError, match="no spread of layer 'conv1'"):
        nfviz.score(bare, lambda neuron: {"x": neuron.spread.mean()})


def test_the_docstring_is_the_help_of_the_column(atlas, tmp_path):
    scored = nfviz.score(atlas, redness, Warmth(), Undocumented(), lambda neuron: {"a": 1.0})
    scored = nfviz.score(scored, with_chance)
    texts = {"redness": "Mean of R over the mean of R, G and B: 1 if gray."}
    texts["Warmth"] = "How warm the feature is."
    texts |= {"light": "Lightness.", "light_chance": "Chance level of light."}
    texts |= {"Undocumented": "", "a": ""}
    assert scored.manifest["column_help"] == texts
    again = nfviz.load(scored.save(tmp_path / "scored.nfviz"))
    columns = {column.name: column for column in slider_columns(again)}
    for name, text in texts.items():
        assert columns[name].help == text
        assert columns[name].slider
    assert columns["light"].chance == "light_chance"
    low, high = columns["Warmth"].extent
    values = scored.neurons["Warmth"].dropna()
    assert low <= values.min() < values.max() <= high < 256
    assert columns["a"].help == columns["Undocumented"].help == ""
    # A measure of nfviz takes a name back, and its help text.
    without = replace(atlas, neurons=atlas.neurons.drop(columns="sharpness"))
    own = nfviz.score(without, partial(_sharp, power=2))
    assert {c.name: c.help for c in slider_columns(own)}["sharpness"] == "My own."
    back = nfviz.score(own, nfviz.Sharpness())
    assert "column_help" not in back.manifest


def with_chance(neuron):
    """Lightness."""
    return {"light": neuron.feature.mean() / 255, "light_chance": 0.5}


def _sharp(neuron, power):
    """My own."""
    return {"sharpness": neuron.feature.std() ** power}


@pytest.mark.parametrize("claim", [None, 3, ["redness"], {"redness": 3}])
def test_a_file_may_claim_any_help(atlas, claim):
    manifest = {**atlas.manifest, "column_help": claim}
    columns = slider_columns(replace(nfviz.score(atlas, redness), manifest=manifest))
    assert columns[-1].name == "redness"
    assert columns[-1].help == ""


def test_a_long_help_is_cut(atlas):
    scored = nfviz.score(atlas, redness)
    manifest = {**scored.manifest, "column_help": {"redness": "<b>" + "x" * 999}}
    help_text = slider_columns(replace(scored, manifest=manifest))[-1].help
    assert len(help_text) == 400
    assert help_text.endswith("x…")


def test_addresses_in_memory_do_not_enter_the_manifest(atlas):
    scored = nfviz.score(atlas, partial(redness))
    assert scored.manifest["selectivities"][-1] == "functools.partial(<function redness>)"


def whole_record(x: nfviz.Atlas):
    return {"same": x.coverage["conv1"].mean() * np.ones(14)}


def one_of_them(x: "nfviz.Neuron"):
    return len(x.images)


def test_an_annotation_tells_what_a_function_takes(atlas):
    # coverage is an array of a neuron too: without the annotation it would be given one.
    scored = nfviz.score(atlas, whole_record, one_of_them)
    assert scored.neurons["same"].eq(float(atlas.coverage["conv1"].mean())).all()
    assert scored.neurons["one_of_them"].dropna().eq(atlas.neurons.query("~dead").n_images).all()
    with pytest.raises(IndexError) as caught:
        nfviz.score(atlas, lambda x: {"same": x.coverage["conv1"].mean()})
    assert caught.value.__notes__[-1].endswith("name its parameter 'atlas'.")


def test_a_column_of_nfviz_is_not_replaced_by_accident(atlas):
    def rank_in_layer(atlas):
        return atlas.neurons.groupby("layer")["auc"].rank(pct=True)

    def hue(neuron):
        return 1.0

    # The name of a Series is often that of the column that it was made of.
    assert nfviz.score(atlas, rank_in_layer).neurons["rank_in_layer"].max() == 1
    anonymous = (lambda atlas: rank_in_layer(atlas), "auc")
    for function, name in (anonymous, (hue, "hue")):
        for measure in (lambda f: nfviz.score(atlas, f), nfviz.testing.check_selectivity):
            with pytest.raises(ValueError, match=rf"'{name}', which .* from nfviz: .*'my_{name}'"):
                measure(function)
    scored = nfviz.score(atlas, lambda atlas: {"rank": rank_in_layer(atlas)})
    assert scored.neurons["rank"].max() == 1
    # One's own can be measured again.
    again = nfviz.score(scored, lambda atlas: {"rank": 2 * rank_in_layer(atlas)})
    assert again.neurons["rank"].max() == 2


def test_infinite_values_are_refused(atlas):
    with pytest.raises(ValueError, match=r"column 'x' of neuron \('conv1', 2\) an infinite value"):
        nfviz.score(atlas, lambda neuron: {"x": np.inf if neuron.unit == 2 else 1})


def test_a_function_cannot_change_the_record(atlas):
    before = atlas.neurons["auc"].copy()

    def careless(atlas):
        atlas.neurons["auc"] = 0.0
        return {"y": atlas.neurons["auc"]}

    nfviz.score(atlas, careless)
    assert atlas.neurons["auc"].equals(before)


@pytest.mark.parametrize("name", ["class_selectivity", "n_labeled", "top_label"])
def test_columns_that_the_explorer_measures_anew_are_not_taken(atlas, name):
    with pytest.raises(ValueError, match=f"column '{name}', which the explorer measures anew"):
        nfviz.score(atlas, lambda neuron: {name: 0.123})


def test_the_built_in_class_selectivity_may_be_wrapped(atlas):
    scored = nfviz.score(atlas, partial(nfviz.ClassSelectivity(threshold=0.5)))
    own = nfviz.score(atlas, nfviz.ClassSelectivity(threshold=0.5))
    assert scored.neurons.equals(own.neurons)


def test_only_the_built_in_class_selectivity_sets_the_threshold(atlas):
    @dataclass(frozen=True)
    class ColorClassSelectivity:
        threshold: float = 0.5

        def __call__(self, neuron):
            return 0.1

    scored = nfviz.score(atlas, ColorClassSelectivity())
    assert nfviz.explore(scored).selection.threshold == 1
    scored = nfviz.score(scored, nfviz.ClassSelectivity(threshold=np.float64(0.8)))
    assert nfviz.explore(scored).selection.threshold == 0.8


def test_truth_values_of_a_whole_record_are_numbers(atlas):
    scored = nfviz.score(atlas, lambda atlas: {"often": atlas.responses["fires"] > 0.5})
    assert scored.neurons["often"].dtype == np.float64
    assert scored.neurons["often"].isin([0, 1]).all()
    assert nfviz.plot_selectivity(scored, "often").data


@pytest.mark.parametrize(
    "values", [np.full(14, 1j), np.array([{}] * 14), np.array([1, "a"] * 7, dtype=object)]
)
def test_what_no_bundle_holds_is_refused(atlas, values):
    with pytest.raises(TypeError, match=r"gave column 'x' values of the kind .*numbers, or text"):
        nfviz.score(atlas, lambda atlas: {"x": values})


def test_text_is_a_column_that_a_bundle_holds(atlas, tmp_path):
    names = np.array(["a", "b"] * 7, dtype=object)
    scored = nfviz.score(atlas, lambda atlas: {"kind": names, "sort": pd.Categorical(names)})
    again = nfviz.load(scored.save(tmp_path / "text.nfviz"))
    assert again.neurons["kind"].tolist() == names.tolist()
    assert again.neurons["sort"].astype(str).tolist() == names.tolist()


def test_arrays_of_any_library_will_do(atlas):
    for values in (torch.arange(14.0), pd.array(range(14)), pd.Index(range(14))):
        scored = nfviz.score(atlas, lambda atlas, values=values: {"x": values})
        assert scored.neurons["x"].tolist() == list(range(14))

        def bare(atlas, values=values):
            return values

        assert nfviz.score(atlas, bare).neurons["bare"].tolist() == list(range(14))


def test_large_whole_numbers_are_floats(atlas):
    scored = nfviz.score(atlas, lambda neuron: {"x": 2**70 + neuron.unit})
    assert scored.neurons["x"].dropna().eq(2.0**70).all()


@pytest.mark.parametrize("given", [{}, pd.DataFrame()])
def test_no_column_is_refused(atlas, given):
    with pytest.raises(ValueError, match="gave no column"):
        nfviz.score(atlas, lambda atlas: given)


@pytest.mark.parametrize("claim", [None, 3, ["x"], "abc"])
def test_a_record_with_an_odd_manifest_is_scored(atlas, claim):
    manifest = {**atlas.manifest, "column_help": claim, "selectivities": claim}
    scored = nfviz.score(replace(atlas, manifest=manifest), redness)
    assert scored.manifest["column_help"] == {"redness": atlas_help(redness)}
    assert scored.manifest["selectivities"][-1] == f"{__name__}.redness"
    assert nfviz.explore(replace(atlas, manifest=manifest)).selection.threshold == 1


def atlas_help(function):
    return " ".join(function.__doc__.split("\n\n")[0].split())


def test_callables_without_a_module_are_measured(atlas):
    def nowhere(neuron):
        """
        Parameters
        ----------
        neuron : nfviz.Neuron
        """
        return 1.0

    nowhere.__module__ = None
    scored = nfviz.score(atlas, nowhere)
    assert scored.manifest["selectivities"][-1].endswith("nowhere")
    assert scored.manifest["column_help"] == {"nowhere": ""}


def test_half_a_character_in_a_help_text_does_not_stop_the_explorer(atlas):
    scored = nfviz.score(atlas, redness)
    manifest = {**scored.manifest, "column_help": {"redness": "<b>\ud800</b>"}}
    column = slider_columns(replace(scored, manifest=manifest))[-1]
    assert column.help == "<b>?</b>"


def test_what_a_neuron_says_of_its_columns_cannot_be_changed(atlas):
    with pytest.raises(TypeError, match="item assignment"):
        nfviz.Neuron.of(atlas, ("conv1", 0)).columns["auc"] = 1


def test_the_column_draws_filters_and_travels_like_all_others(atlas, tmp_path):
    scored = nfviz.score(atlas, redness)
    middle = float(scored.neurons["redness"].median())
    chosen = scored.neurons.query("redness > @middle")
    figure = nfviz.plot_selectivity(scored, "redness")
    assert sum(nfviz.summarize_selectivity(scored, "redness")["count"]) == 12
    assert "redness" in str(figure.to_dict())
    assert nfviz.plot_gallery(scored, chosen, sort_by="redness").data
    assert nfviz.plot_joint(scored, x="redness", x_threshold=middle).data
    explorer = nfviz.explore(scored)
    explorer.selection.redness = (middle, None)
    explorer.selection.sort_by = "redness"
    names = explorer.selected.index.tolist()
    assert names == chosen["redness"].sort_values(ascending=False).index.tolist()
    page = nfviz.write_html(scored, tmp_path / "page.html", selection=explorer.selection)
    assert nfviz.provenance(page)["function"] == "write_html"
