"""The table of layers, and what LaTeX reads of it."""

import math

import pytest
from bar_atlas import make_atlas

from nfviz.summaries import summarize_layers
from nfviz.summaries.layer_table import layers_to_latex, table_of_layers

ATLAS = make_atlas(
    {"conv_1": 4, "b&c": 2000},
    dead=[True] + [False] * 3 + [True] * 2000,
    color_selectivity=[math.nan, 0.4, 0.5, 0.1] + [math.nan] * 2000,
    class_selectivity=[math.nan, 0.6, 0.5, 0.1] + [math.nan] * 2000,
)


def test_what_was_recorded_and_found():
    table = table_of_layers(ATLAS)
    assert table.index.tolist() == ["conv_1", "b&c"]
    assert table.iloc[0].to_dict() == {
        "neurons": 4,
        "dead": 1,
        "map": "10x12",
        "field": "7x9",
        "stride": "2x1",
        "field_status": "exact",
        "color_selective": 0.667,
        "class_selective": 0.333,
    }
    assert table.iloc[1][["color_selective", "class_selective"]].isna().all()


def test_thresholds_change_the_shares():
    table = table_of_layers(ATLAS, color_threshold=0.45, class_threshold=0.05)
    assert table.iloc[0][["color_selective", "class_selective"]].tolist() == [0.333, 1]
    with pytest.raises(ValueError, match="color_threshold is 2; it accepts"):
        table_of_layers(ATLAS, color_threshold=2)


def test_latex():
    lines = layers_to_latex(table_of_layers(ATLAS)).split("\n")
    assert lines == [
        r"\begin{tabular}{lrrllllrr}",
        r"\toprule",
        r"layer & neurons & dead & map & field & stride & field is & color-selective (\%) & "
        r"class-selective (\%) \\",
        r"\midrule",
        r"conv\_1 & 4 & 1 & $10 \times 12$ & $7 \times 9$ & $2 \times 1$ & exact & 66.7 & 33.3 \\",
        r"b\&c & 2,000 & 2,000 & $10 \times 12$ & $7 \times 9$ & $2 \times 1$ & exact & -- & -- \\",
        r"\bottomrule",
        r"\end{tabular}",
        "",
    ]


def test_latex_of_a_part_and_of_another_table():
    part = layers_to_latex(table_of_layers(ATLAS).loc[["conv_1"], ["field", "neurons"]])
    assert r"\begin{tabular}{llr}" in part
    assert r"conv\_1 & $7 \times 9$ & 4 \\" in part
    found = layers_to_latex(summarize_layers(ATLAS))
    assert "median images" in found
    assert found.count(r"\\") == 3


def test_every_special_character_is_escaped():
    name = "a\\b~c^d<e>f&g%h$i#j_k{l}"
    cells = layers_to_latex(table_of_layers(make_atlas({name: 1}))).split("\n")[4]
    assert cells.startswith(
        r"a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d\textless{}e\textgreater{}f"
        r"\&g\%h\$i\#j\_k\{l\} & "
    )
