"""One browser for all tests of the explorer; without one they skip, but not where CI is set."""

import os
import sys
from pathlib import Path

import pytest

# The atlases of the other tests.
sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import CHROMIUM_ARGS, find_browser


@pytest.fixture(scope="session")
def browser():
    """Chromium or Chrome, driven by Playwright."""
    path = find_browser()
    if path is None:
        _lack("no browser: install chromium, or name one in NFVIZ_BROWSER")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _lack("no Playwright: pip install 'nfviz[test]'")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


def _lack(reason):
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; in CI these tests have to run")
    pytest.skip(reason)
