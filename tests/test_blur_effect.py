import numpy as np
import pytest
from scipy import ndimage

import nfviz
from nfviz.selectivity.blur_effect import feature_blur
from nfviz.state.columns import slider_columns
from nfviz.testing import check_selectivity, random_atlas

RNG = np.random.default_rng(0)


def slow(gray, size):
    """The formula, read direction by direction."""
    found = []
    for axis in (0, 1):
        blurred = ndimage.uniform_filter1d(gray, size, axis=axis)
        both = (np.abs(ndimage.sobel(each, axis=axis)) for each in (gray, blurred))
        sharp, dull = (each[2:-1, 2:-1] for each in both)
        found.append(1 - np.maximum(0, sharp - dull).sum() / sharp.sum())
    return max(found)


def test_it_is_the_formula():
    features = RNG.uniform(0, 255, (5, 9, 12, 3))
    gray = features @ [0.2125, 0.7154, 0.0721] / 255
    for size in (3, 11):
        expected = [slow(each, size) for each in gray]
        assert feature_blur(features, size) == pytest.approx(expected, abs=1e-9)


def test_it_rises_as_a_feature_is_blurred():
    sharp = RNG.uniform(0, 255, (40, 40, 3))
    steps = [ndimage.gaussian_filter(sharp, (sigma, sigma, 0)) for sigma in (0.1, 1, 2, 4)]
    values = feature_blur(np.stack(steps))
    assert (np.diff(values) > 0.02).all()
    assert 0 <= values.min() < values.max() <= 1


def test_what_has_no_inside_or_no_number_is_unknown():
    assert np.isnan(feature_blur(np.ones((2, 3, 9, 3)))).all()
    features = RNG.uniform(0, 255, (2, 9, 9, 3))
    features[0, 4, 4, 1] = np.nan
    assert np.isnan(feature_blur(features)).tolist() == [True, False]
    assert feature_blur(np.full((1, 9, 9, 3), 80.0)).tolist() == [1]


def test_it_is_a_column_that_keeps_the_contract():
    check_selectivity(nfviz.BlurEffect())
    atlas = nfviz.score(random_atlas(), nfviz.BlurEffect(h_size=3))
    column = atlas.neurons["blur_effect"]
    assert column.isna().equals(atlas.neurons["dead"].rename("blur_effect"))
    one = feature_blur(atlas.features["conv2"][5:6], 3)[0]
    assert column["conv2", 5] == pytest.approx(one)
    shown = {each.name: each for each in slider_columns(atlas)}["blur_effect"]
    assert shown.slider
    assert shown.help.startswith("Near 0 if the feature is sharp")
    assert atlas.manifest["selectivities"][-1] == "BlurEffect(h_size=3)"


@pytest.mark.parametrize("size", [1, 2.5, True, "11"])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match=r"h_size is .*; it accepts an integer from 2"):
        nfviz.BlurEffect(h_size=size)
