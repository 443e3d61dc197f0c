"""Python and the page know the same views."""

import re
from importlib.resources import files

from nfviz.page import file_page
from nfviz.widgets.explorer import VIEWS
from nfviz.widgets.picture import KINDS

LIST = (files("nfviz.widgets") / "static" / "view_list.js").read_text("utf-8")
SHOWN = dict(re.findall(r'\{ kind: "(\w+)", title: "([^"]+)"', LIST))


def test_the_page_shows_the_views_that_python_names():
    assert sorted(SHOWN) == sorted(VIEWS)
    assert {kind: made.title for kind, made in KINDS.items()} == SHOWN


def test_a_file_keeps_their_places_while_it_is_read():
    assert list(SHOWN) == list(file_page._PANELS)
