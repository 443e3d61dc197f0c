import numpy as np
import pandas as pd
import pytest

from nfviz.atlas import Atlas, load
from nfviz.selectivity import ActivationCurve, ClassSelectivity, ColorSelectivity, score
from nfviz.selectivity.color_memberships import COLOR_NAMES
from nfviz.selectivity.standard import STANDARD

RECORDED = ["max_activation", "dead", "state", "n_images", "nonfinite"]


def make_atlas():
    rng = np.random.default_rng(0)
    units, ranks = 4, 6
    index = pd.MultiIndex.from_product([["b", "a"], range(units)], names=["layer", "unit"])
    neurons = pd.DataFrame(
        {"max_activation": 1.0, "dead": False, "state": "live", "n_images": 5, "nonfinite": 0},
        index=index,
    )
    ranked = pd.DataFrame(
        {
            "image": np.concatenate([rng.permutation(20)[:ranks] for _ in index]),
            "activation": np.tile(np.linspace(1, 0.5, ranks), len(index)),
            "weight": np.tile(np.linspace(1, 0.5, ranks), len(index)),
            "row": 0,
            "col": 0,
        },
        index=pd.MultiIndex.from_product(
            [["b", "a"], range(units), range(ranks)], names=["layer", "unit", "rank"]
        ),
    )
    responses = np.maximum(rng.standard_normal((len(index), 20)), 0)
    means = responses.reshape(2, units, 5, 4).mean(axis=2)
    moments = {"images": 20, "fires": (responses > 0).mean(axis=1), "mean": responses.mean(axis=1)}
    moments |= {f"moment{k}": (responses**k).mean(axis=1) for k in (2, 3, 4)}
    shape = (units, 3, 3)
    return Atlas(
        images=pd.DataFrame({"label": np.arange(20) % 4}).rename_axis("image"),
        classes=pd.DataFrame({"name": list("wxyz")}).rename_axis("label"),
        layers=pd.DataFrame(
            {"depth": [0, 1], "units": units, "rf_height": 3, "rf_width": 3, "rf_status": "exact"},
            index=pd.Index(["b", "a"], name="layer"),
        ),
        ranked=ranked, neurons=neurons, crops={},
        responses=pd.DataFrame(moments, index=index),
        class_means=dict(zip("ba", means.astype(np.float32), strict=True)),
        hues=pd.DataFrame({"pixels": [], "chroma": []}, index=pd.RangeIndex(0, name="hue")),
        features={k: rng.uniform(0, 255, (*shape, 3)).astype(np.float32) for k in "ba"},
        spread={k: rng.uniform(0, 0.1, shape).astype(np.float32) for k in "ba"},
        coverage={k: np.ones(shape, dtype=np.float32) for k in "ba"},
        manifest={
            "parameters": {"n_ranked": 400, "opponent": "cic", "min_coverage": 0.1},
            "mean_color": [122.0, 116.0, 104.0],
        },
    )  # fmt: skip


def first(atlas):
    return pd.Series(np.arange(8.0), index=atlas.neurons.index)


def second(atlas):
    return {"second": 2 * atlas.neurons["first"], "third": np.ones(8)}


def test_columns_are_joined_in_order_and_each_sees_those_before_it():
    atlas = make_atlas()
    scored = score(atlas, first, second)
    assert list(scored.neurons) == [*RECORDED, "first", "second", "third"]
    assert scored.neurons["second"].tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
    assert scored.neurons.index.equals(atlas.neurons.index)
    assert scored.neurons["dead"].dtype == bool


def test_the_record_is_not_modified():
    atlas, same = make_atlas(), make_atlas()
    scored = score(atlas, *STANDARD)
    assert scored is not atlas
    pd.testing.assert_frame_equal(atlas.neurons, same.neurons)
    assert "selectivities" not in atlas.manifest


def test_the_standard_selectivities_give_the_columns_of_the_record():
    neurons = score(make_atlas(), *STANDARD).neurons
    curve = ["auc", "auc_percent", "mean_height"]
    spread = ["fires", "sparseness", "sparseness_error", "kurtosis"]
    color = ["color_selectivity", "hue", "axis", "balance", "pc1_ratio", "flat"]
    names = ["color_name", *(f"color_name_{name}" for name in COLOR_NAMES)]
    kind = "class_selectivity"
    classes = [kind, "n_classes", *(f"{kind}_{x}" for x in ("chance", "floor", "norm"))]
    top = ["n_labeled", "top_label", "top_label_share"]
    effective = ["class_entropy", "effective_classes", "effective_classes_chance"]
    entropy = [f"class_entropy_selectivity{x}" for x in ("", "_chance")]
    entropy += ["population_code", "population_code_chance"]
    means = ["purity", "purity_chance", "ccmas", "ccmas_chance", "ccmas_label"]
    expected = [*RECORDED, *curve, *spread, *color, "chroma_selectivity", *names]
    expected += ["sharpness", *classes, *top, *effective, *entropy, *means]
    assert list(neurons) == expected
    assert neurons.notna().all(axis=None)
    assert all(name.isidentifier() for name in neurons)


def test_a_column_that_was_there_is_replaced_where_it_stands():
    once = score(make_atlas(), ClassSelectivity(), first)
    twice = score(once, ClassSelectivity(threshold=0.5))
    assert list(twice.neurons) == list(once.neurons)
    assert (twice.neurons["n_classes"] < once.neurons["n_classes"]).all()
    pd.testing.assert_series_equal(twice.neurons["first"], once.neurons["first"])


def test_the_manifest_lists_each_selectivity_once_the_latest_last():
    atlas = score(make_atlas(), ActivationCurve(), ColorSelectivity())
    atlas = score(atlas, first, ActivationCurve())
    color = "ColorSelectivity(std_floor=0.00392156862745098, flat_contrast=0.03, center='mean')"
    curve = "ActivationCurve(auc_ranks=400)"
    assert atlas.manifest["selectivities"] == [color, f"{__name__}.first", curve]
    assert atlas.manifest["mean_color"] == [122.0, 116.0, 104.0]


@pytest.mark.parametrize(
    "values", [np.arange(8), list(range(8)), tuple(range(8)), pd.Series(range(8)).array]
)
def test_bare_values_are_named_after_the_function(values):
    def redness(atlas):
        return (
            {"redness": values} if isinstance(values, pd.api.extensions.ExtensionArray) else values
        )

    neurons = score(make_atlas(), redness).neurons
    assert neurons["redness"].tolist() == list(range(8))


def test_a_series_is_aligned_by_its_index():
    def shuffled(atlas):
        return first(atlas).sample(frac=1, random_state=0).rename("shuffled")

    def mean_weight(atlas):
        return atlas.ranked["weight"].groupby(["layer", "unit"]).mean()

    atlas = score(make_atlas(), shuffled, mean_weight)
    assert atlas.neurons["shuffled"].tolist() == list(range(8))
    assert list(atlas.neurons)[-1] == "mean_weight"
    assert atlas.neurons["mean_weight"].tolist() == [pytest.approx(0.75)] * 8


def give(result):
    def measure(atlas):
        return result(atlas) if callable(result) else result

    return measure


@pytest.mark.parametrize(
    ("result", "error", "message"),
    [
        (np.arange(7), ValueError, r"measure gave values of shape \(7,\) for .*expected \(8,\)"),
        ({"x": np.ones((8, 2))}, ValueError, r"shape \(8, 2\) for column 'x'"),
        ({"x": 3.0}, ValueError, r"shape \(\) for column 'x'"),
        ({"class": np.ones(8)}, ValueError, "column named 'class': use a Python identifier"),
        ({"<lambda>": np.ones(8)}, ValueError, "column named '<lambda>': use a Python"),
        ({"unit": np.ones(8)}, ValueError, "column 'unit', which belongs to the recording"),
        (pd.DataFrame(np.ones((8, 2)), columns=["a", "a"]), ValueError, "two columns of the same"),
        ({3: np.ones(8)}, ValueError, "column named 3: use a Python identifier"),
        ({"dead": np.ones(8)}, ValueError, "column 'dead', which belongs to the recording"),
        (lambda a: first(a).iloc[2:].rename("x"), ValueError, "lacks 2 of the 8 neurons.*reindex"),
        (pd.Series(np.ones(8), name="x"), ValueError, "lacks 8 of the 8 neurons and has 8 entries"),
        (
            lambda a: pd.concat([first(a), first(a)]).rename("x"),
            ValueError,
            "more than one value per neuron for column 'measure'",
        ),
        (None, TypeError, "measure gave a NoneType: expected a DataFrame"),
        (0.5, TypeError, "measure gave a float: expected a DataFrame"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(result, error, message):
    with pytest.raises(error, match=message):
        score(make_atlas(), give(result))


def test_a_class_or_a_value_in_place_of_a_selectivity_is_refused():
    with pytest.raises(TypeError, match=r"ClassSelectivity is a class: .*ClassSelectivity\(\)"):
        score(make_atlas(), ClassSelectivity)
    with pytest.raises(TypeError, match=r"selectivity 0\.9 cannot be called"):
        score(make_atlas(), 0.9)


def test_no_selectivity_changes_nothing():
    atlas = make_atlas()
    assert score(atlas) is atlas


def test_a_scored_record_survives_the_disk(tmp_path):
    atlas = score(make_atlas(), *STANDARD)
    again = load(atlas.save(tmp_path / "scored.nfviz"))
    pd.testing.assert_frame_equal(again.neurons, atlas.neurons, check_index_type=False)
