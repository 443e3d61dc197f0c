"""Intervals of the gray test: published values, the equation solved, pairs."""

import math

import numpy as np
import pandas as pd
import pytest

from nfviz.recording.gray_result import GrayTest, paired_errors
from nfviz.summaries.gray_test import summarize_gray_test


def make_result(color, gray, top=(1, 5)):
    images = pd.DataFrame({"color_rank": color, "gray_rank": gray})
    return GrayTest(paired_errors(color, gray, top), images)


COLOR = np.array([0] * 70 + [1] * 20 + [6] * 10)
GRAY = np.array([0] * 45 + [1] * 35 + [6] * 20)


def test_the_published_interval_of_wilson():
    # Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 and 15 of 148.
    for wrong, n, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)]:
        result = make_result(np.arange(n) < wrong, np.zeros(n), top=(1,))
        row = summarize_gray_test(result).loc[(1, "color")]
        assert row["value"] == wrong / n
        assert (round(row["low"], 4), round(row["high"], 4)) == (low, high)


@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.6826895, 1.0)])
def test_the_ends_are_as_far_from_the_error_as_their_own_deviation(confidence, z):
    table = summarize_gray_test(make_result(COLOR, GRAY), confidence=confidence)
    for form in ("color", "gray"):
        for _, row in table.xs(form, level="form").iterrows():
            for end in (row["low"], row["high"]):
                deviation = math.sqrt(end * (1 - end) / 100)
                assert abs(row["value"] - end) == pytest.approx(z * deviation, rel=1e-5)


def test_the_difference_is_that_of_pairs():
    result = make_result(COLOR, GRAY)
    table = summarize_gray_test(result)
    assert table.index.names == ["top", "form"]
    for top, errors in result.errors.iterrows():
        value, low, high = table.loc[(top, "difference")]
        assert value == errors["difference"]
        assert value - low == pytest.approx(1.959964 * errors["standard_error"])
        assert high - value == pytest.approx(1.959964 * errors["standard_error"])
    assert table["value"].tolist() == pytest.approx([0.3, 0.55, 0.25, 0.1, 0.2, 0.1])


def test_no_error_and_nothing_but_errors_stay_within_the_shares():
    table = summarize_gray_test(make_result(np.zeros(4), np.full(4, 9), top=(1,)))
    assert table.loc[(1, "color"), ["value", "low"]].tolist() == [0, 0]
    assert table.loc[(1, "gray"), ["value", "high"]].tolist() == [1, 1]
    assert table.loc[(1, "difference")].tolist() == [1, 1, 1]
    assert 0 < table.loc[(1, "color"), "high"] < 1


def test_confidence_is_a_share():
    for confidence in (0, 1, math.nan):
        with pytest.raises(ValueError, match=r"confidence is .* above 0 and below 1"):
            summarize_gray_test(make_result(COLOR, GRAY), confidence=confidence)
