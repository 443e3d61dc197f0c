import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nfviz.state.address import from_address, to_address

FIXTURE = json.loads((Path(__file__).parent / "js" / "fixtures" / "addresses.json").read_text())
FACTS, CASES = FIXTURE["facts"], FIXTURE["cases"]
WRITTEN = [case for case in CASES if "state" in case]


def name(case):
    return case["what"]


@pytest.mark.parametrize("case", WRITTEN, ids=name)
def test_a_state_has_its_address(case):
    assert to_address(case["state"], FACTS[case["facts"]]) == case["address"]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_an_address_is_read(case):
    assert from_address(case["address"], FACTS[case["facts"]]) == case["parsed"]


@pytest.mark.parametrize("case", WRITTEN, ids=name)
def test_what_is_read_has_the_same_address(case):
    facts = FACTS[case["facts"]]
    assert to_address(from_address(case["address"], facts), facts) == case["address"]


def test_there_are_cases_of_all_sorts():
    assert len(CASES) > 50
    assert len({name(case) for case in CASES}) == len(CASES)


TEXT = st.text(max_size=30)


@settings(max_examples=100, deadline=None)
@given(st.one_of(TEXT, st.lists(st.sampled_from("#&=,/%.-+ aeht09quxé"), max_size=40)))
def test_nothing_in_an_address_is_an_error(text):
    for facts in FACTS.values():
        found = from_address("".join(text), facts)
        again = from_address(to_address(found, facts), facts)
        assert to_address(again, facts) == to_address(found, facts)


@settings(max_examples=100, deadline=None)
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.integers(1, 10**9),
    st.sets(st.sampled_from(FACTS["odd"]["layers"])),
)
def test_a_state_comes_back_from_its_address(number, text, count, layers):
    facts = FACTS["odd"]
    number = math.copysign(min(abs(number), 1e300), number)
    on = [layer for layer in facts["layers"] if layer in layers]
    state = {"search": text, "n_max": count, "ranges": {"huge": [number, 1e300]}, "layers": on}
    found = from_address(to_address(state, facts), facts)
    assert found.get("ranges", {"huge": [-1e300, 1e300]})["huge"] == [number, 1e300]
    assert found.get("search", "") == text
    assert found.get("n_max", 48) == count
    assert found.get("layers", facts["layers"]) == on
