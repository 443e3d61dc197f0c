"""The page and Python agree on what is in view, whatever the state."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import bar_atlas
import numpy as np
import pytest
from rules_fixture import case_of, make_case, make_states

import nfviz
from nfviz.state.in_view import Rules
from nfviz.testing import planted_classes

SCRIPTS = Path(__file__).parent / "js"


@pytest.fixture(scope="module")
def node():
    """The program that runs the modules of the page."""
    found = shutil.which("node")
    if found is None:
        message = "node is not installed: the modules of the page are not tested"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return found


def run(node, *arguments):
    done = subprocess.run([node, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_the_modules_of_the_page(node):
    tests = sorted(map(str, SCRIPTS.glob("*.test.mjs")))
    assert tests
    assert "# fail 0" in run(node, "--test", "--test-reporter=tap", *tests)


@pytest.mark.parametrize("seed", range(6))
def test_the_page_shows_what_python_selects(node, seed, tmp_path):
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([make_case(seed, 40)]))
    run(node, str(SCRIPTS / "in_view.mjs"), str(path))


def test_it_finds_colors_of_very_many_names(node, tmp_path):
    for count in (254, 255, 300):
        names = np.array([None, *(f"shade{number:03}" for number in range(count))], dtype=object)
        atlas = bar_atlas.make_atlas({"a": 2 * len(names)}, color_name=np.tile(names, 2))
        start = Rules(atlas).start
        states = [replace(start, search=text) for text in ("shade", "e044", "e253", "e254", "e299")]
        case = case_of(atlas, states)
        found = [len(each["rows"]) for each in case["states"]]
        assert found == [2 * count, 2, 2, 2 * (count > 254), 2 * (count > 299)]
        path = tmp_path / "cases.json"
        path.write_text(json.dumps([case]))
        run(node, str(SCRIPTS / "in_view.mjs"), str(path))


def test_it_does_so_for_a_real_recording(node, tmp_path):
    planted = planted_classes()
    atlas = nfviz.analyze(planted.network, planted.images, progress=False, **planted.options)
    states = make_states(Rules(atlas), np.random.default_rng(0), 60)
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([case_of(atlas, states)]))
    run(node, str(SCRIPTS / "in_view.mjs"), str(path))
