import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nfviz.opponent import OPPONENT, hue_angle, hue_to_rgb, to_opponent

QUICK = settings(max_examples=40, deadline=None)
PURE = {  # RGB, opponent coordinates less those of black, hue (authors' matrix)
    "red": ((255, 0, 0), (2 / 3, 1, 0.5), 26.56505117707799),
    "orange": ((255, 127.5, 0), (1, 0.5, 0.75), 56.309932474020215),
    "yellow": ((255, 255, 0), (4 / 3, 0, 1), 90.0),
    "green": ((0, 255, 0), (2 / 3, -1, 0.5), 153.434948822922),
    "cyan": ((0, 255, 255), (4 / 3, -1, -0.5), 206.565051177078),
    "azure": ((0, 127.5, 255), (1, -0.5, -0.75), 236.30993247402023),
    "blue": ((0, 0, 255), (2 / 3, 0, -1), 270.0),
    "magenta": ((255, 0, 255), (4 / 3, 1, -0.5), 333.434948822922),
}
PIXELS = [  # RGB, opponent coordinates about mid-gray, hue
    ((255, 0, 0), (-0.33333333333333337, 1.0, 0.5), 26.56505117707799),
    ((255, 128, 0), (0.0013071895424836555, 0.4980392156862745, 0.7509803921568627), 56.448244286),
    ((200, 180, 170), (0.4379084967320259, 0.07843137254901955, 0.07843137254901966), 45.0),
    ((0, 0, 255), (-0.33333333333333337, 0.0, -1.0), 270.0),
    ((250, 250, 245), (0.9477124183006533, 0.0, 0.019607843137254832), 90.0),
    (
        (10, 60, 200),
        (-0.2941176470588236, -0.19607843137254902, -0.6470588235294117),
        253.141601232,
    ),
    ((30, 20, 10), (-0.8431372549019608, 0.0392156862745098, 0.058823529411764705), 56.309932474),
]


@pytest.mark.parametrize("name", PURE)
def test_pure_colors_have_their_coordinates_and_hues(name):
    rgb, relative, hue = PURE[name]
    difference = to_opponent(rgb) - to_opponent([0, 0, 0])
    np.testing.assert_allclose(difference, relative, atol=1e-12)
    assert hue_angle(*difference[1:]) == pytest.approx(hue, abs=1e-9)


@pytest.mark.parametrize(("rgb", "opponent", "hue"), PIXELS)
def test_pixels_have_their_coordinates_about_mid_gray(rgb, opponent, hue):
    found = to_opponent(rgb)
    np.testing.assert_allclose(found, opponent, atol=1e-12)
    assert hue_angle(found[1], found[2]) == pytest.approx(hue, abs=1e-8)


def test_only_the_authors_space_has_mid_gray_as_its_origin():
    gray = [127.5] * 3
    np.testing.assert_allclose(to_opponent(gray), 0, atol=1e-15)
    np.testing.assert_allclose(to_opponent(gray, "orthonormal"), [np.sqrt(3) / 2, 0, 0], atol=1e-12)
    np.testing.assert_array_equal(to_opponent([0, 0, 0], "orthonormal"), 0)


def test_orthonormal_is_orthonormal_and_cic_has_its_known_row_lengths():
    matrix = OPPONENT["orthonormal"]
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-15)
    lengths = np.linalg.norm(OPPONENT["cic"], axis=1)
    np.testing.assert_allclose(lengths, [1.154701, 1.414214, 1.224745], atol=1e-6)


def test_the_matrices_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        OPPONENT["cic"][0, 0] = 7


@QUICK
@given(arrays(np.float64, (4, 3), elements=st.floats(0, 255)))
def test_the_map_is_affine(rgb):
    for space in OPPONENT:
        halfway = to_opponent(rgb.mean(axis=0), space)
        np.testing.assert_allclose(halfway, to_opponent(rgb, space).mean(axis=0), atol=1e-12)


@QUICK
@given(st.floats(0, 255, allow_subnormal=False))
def test_gray_has_no_chroma_at_all(level):
    assert (to_opponent([level] * 3)[1:] == 0).all()


def test_any_shape_and_type_is_taken_and_the_input_stays():
    rgb = np.full((2, 5, 3), 255, dtype=np.uint8)
    found = to_opponent(rgb)
    assert found.shape == (2, 5, 3)
    assert found.dtype == np.float64
    assert (rgb == 255).all()


@QUICK
@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_hue_is_in_its_range(o2, o3):
    assert 0 <= hue_angle(o2, o3) < 360


def test_a_tiny_negative_angle_is_zero_not_360():
    assert hue_angle(1.0, -1e-20) == 0


def test_missing_hue_stays_missing():
    assert np.isnan(hue_angle(np.nan, 1.0))
    assert np.isnan(hue_to_rgb(np.nan)).all()


@pytest.mark.parametrize("space", OPPONENT)
def test_a_drawn_hue_has_that_hue(space):
    hue = np.arange(0.0, 360.0, 7.5)
    rgb = hue_to_rgb(hue, space)
    found = to_opponent(255 * rgb, space)
    off = (hue_angle(found[:, 1], found[:, 2]) - hue + 180) % 360 - 180
    assert np.abs(off).max() < 3  # Clipping to colors that exist shifts most hues a little.


def test_a_drawn_hue_follows_the_formula():
    hue = np.radians([10.0, 200.0])
    o2, o3 = np.cos(hue), np.sin(hue)
    expected = np.stack([0.5 + o3 / 3 + o2 / 2, 0.5 + o3 / 3 - o2 / 2, 0.5 - 2 * o3 / 3], axis=-1)
    np.testing.assert_allclose(hue_to_rgb([10.0, 200.0]), np.clip(expected, 0, 1), atol=1e-12)


@pytest.mark.parametrize("call", [lambda s: to_opponent([1, 2, 3], s), lambda s: hue_to_rgb(10, s)])
def test_an_unknown_space_is_named_with_what_there_is(call):
    with pytest.raises(ValueError, match=r"space='lab' is not an opponent.*'cic' or 'orth"):
        call("lab")


def test_something_without_three_channels_is_refused():
    with pytest.raises(ValueError, match=r"shape \(4, 2\).*3 channels"):
        to_opponent(np.zeros((4, 2)))
