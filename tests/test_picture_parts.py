import io

import numpy as np
import pytest
from PIL import Image

from nfviz.widgets.pictures.axes import Axes, ticks_of
from nfviz.widgets.pictures.canvas import Box, Canvas
from nfviz.widgets.pictures.lettering import ABSENT, cut_to, readable, width_of, wrap
from nfviz.widgets.pictures.png import MOST_BYTES, encode
from nfviz.widgets.pictures.word_places import SMALLEST, place_words


def pixels(data):
    assert len(data) <= MOST_BYTES
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def noise(height, width, most=256):
    return np.random.default_rng(0).integers(0, most, (height, width, 3), dtype=np.uint8)


def test_a_small_picture_is_kept_to_the_bit():
    canvas = Canvas(640, 60)
    canvas.paste(noise(40, 40), 3, 5)
    image = pixels(encode(canvas))
    assert (image[5:45, 3:43] == noise(40, 40)).all()
    assert (image[:5] == 255).all()


@pytest.mark.parametrize("height", [140, 180, 210, 240, 280])
def test_a_large_picture_is_kept_to_a_few_levels_and_white_stays_white(height):
    canvas = Canvas(640, height + 20)
    soft = np.linspace(0, 246, height * 620 * 3).reshape(height, 620, 3).astype(np.uint8)
    canvas.paste(soft + noise(height, 620, 9), 10, 10)
    before = np.asarray(canvas.image).astype(int)
    after = pixels(encode(canvas))
    assert 0 < np.abs(after - before).max() <= 12
    assert (after[:10] == 255).all()


def test_many_lines_and_dots_fit_too():
    canvas = Canvas(640, 500)
    with canvas.fine(Box(0, 0, 640, 500)) as pen:
        for x, y in np.random.default_rng(0).uniform(0, 500, (20_000, 2)).tolist():
            pen.disk(x, y, 2, f"#{int(x) % 256:02x}{int(y) % 256:02x}80")
    assert not canvas.tiles
    assert pixels(encode(canvas)).shape == (500, 640, 3)


def test_noise_gets_coarser_until_it_fits():
    canvas = Canvas(640, 640)
    canvas.paste(noise(640, 640), 0, 0)
    assert pixels(encode(canvas)).shape == (640, 640, 3)


def test_lines_and_circles_are_drawn_smoothly():
    canvas = Canvas(50, 50)
    with canvas.fine(Box(0, 0, 50, 50)) as pen:
        pen.line([(5, 5), (45, 25)], "#000000")
    assert len(np.unique(np.asarray(canvas.image)[..., 1])) >= 5
    canvas = Canvas(50, 50)
    canvas.circle((25.0, 25.0), 20, 3, np.array([[255, 0, 0]], dtype=np.uint8))
    cover = 1 - np.asarray(canvas.image)[..., 1] / 255
    row, column = np.nonzero(cover)
    far = np.hypot(row + 0.5 - 25, column + 0.5 - 25)
    assert 17.9 <= far.min() <= far.max() <= 22.1
    assert cover.sum() == pytest.approx(2 * np.pi * 20 * 3, rel=0.02)


def test_a_circle_has_its_inks_counter_clockwise_from_the_right():
    canvas = Canvas(50, 50)
    inks = np.array([[1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4]], dtype=np.uint8)
    canvas.circle((25.0, 25.0), 20, 3, inks)
    image = np.asarray(canvas.image)[..., 0]
    corners = [(10, 39), (10, 10), (39, 10), (39, 39)]
    assert [int(image[at]) for at in corners] == [1, 2, 3, 4]
    canvas = Canvas(50, 50)
    canvas.circle((25.0, 25.0), 20, 3, inks, dash=5)
    assert 0.4 < (np.asarray(canvas.image)[..., 0] < 9).sum() / (image < 9).sum() < 0.6


def test_letters_that_no_font_has_are_squares():
    assert readable("犬 Hund собака كلب") == f"{ABSENT} Hund собака كلب"
    assert readable("a\n\t b\x07\ud800") == "a b\ufffd\ufffd"
    assert readable("e" + "\u0301" * 50) == "é\u0301\u0301"
    assert readable("x" * 9999) == "x" * 400
    assert readable("\u202eabc\u200b") == "abc"


@pytest.mark.parametrize("end", [True, False])
def test_cut_texts_fit_and_keep_as_much_as_they_can(end):
    text = "features.denseblock4.denselayer16.conv2"
    for room in range(20, 300, 7):
        cut = cut_to(text, room, 12, end=end)
        assert width_of(cut, 12) <= room
        kept = cut.strip("…")
        assert text.endswith(kept) if end else text.startswith(kept)
        if cut != text:
            more = "…" + text[-len(kept) - 1 :] if end else text[: len(kept) + 1] + "…"
            assert width_of(more, 12) > room


def test_texts_are_wrapped_at_blanks():
    room = width_of("one two", 12)
    assert wrap("one two three four", room, 12, 3) == ["one two", "three", "four"]
    assert wrap("one two three four", room, 12, 2)[1].endswith("…")
    assert wrap("", room, 12, 2) == [""]
    (line,) = wrap("n" * 500, room, 12, 2)
    assert width_of(line, 12) <= room


def boxes(words):
    for word in words:
        width = width_of(word.text, word.size)
        yield word.left, word.baseline - 0.8 * word.size, width, 1.05 * word.size


@pytest.mark.parametrize("count", [0, 1, 2, 9, 30])
@pytest.mark.parametrize("size", [(300, 150), (610, 160), (90, 30)])
def test_words_of_a_cloud_stand_apart_in_proportion_to_their_weights(count, size):
    weights = [1 / (place + 1) ** 0.5 for place in range(count)]
    texts = [f"word {place}" * (1 + place % 3) for place in range(count)]
    words = place_words(texts, weights, *size)
    assert bool(words) == bool(count)
    for number, (left, top, width, height) in enumerate(boxes(words)):
        assert -0.5 <= left <= size[0] - width + 0.5
        assert -0.5 <= top <= size[1] - height + 0.5
        for x, y, across, down in list(boxes(words))[:number]:
            assert x + across <= left or left + width <= x or y + down <= top or top + height <= y
    for word in words:
        assert word.size >= SMALLEST
        assert word.size == pytest.approx(words[0].size * weights[word.number], abs=1)


def test_ticks_are_round_and_few():
    assert ticks_of(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks_of(-3, 7) == [-2, 0, 2, 4, 6]
    assert ticks_of(0, 360) == [0, 100, 200, 300]
    assert ticks_of(5, 5) == [5]
    for high in np.geomspace(1e-6, 1e9, 40):
        ticks = ticks_of(0, high)
        assert 2 <= len(ticks) <= 6
        assert ticks[-1] <= high * (1 + 1e-9)


def test_axes_put_values_where_they_belong():
    axes = Axes(Box(10, 20, 100, 50), (0, 2), (-1, 1))
    assert axes.points(np.array([0, 1, 2]), np.array([-1, 0, 1])) == [
        (10, 70), (60, 45), (110, 20)
    ]  # fmt: skip
