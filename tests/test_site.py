"""Every page of the built site in a real browser: it fits, it can be read, and nothing is missing from it."""

import json
from pathlib import Path

import pytest

from tests.cli.browser import Browser, find_browser

SITE = Path(__file__).parents[1] / "docs" / "_build" / "html"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium or Chrome is installed"),
    pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the site is not built; CONTRIBUTING.md says how"),
]
LOOK = Path(__file__).with_name("site_look.js").read_text()


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_look_right(tmp_path, width, dark):
    browser, wrong = Browser(tmp_path), {}
    try:
        for page in sorted(page for page in SITE.rglob("*.html") if "_static" not in page.parts):
            browser.problems.clear()
            browser.requests.clear()
            browser.open(page, width=width, dark=dark)
            found = json.loads(browser.run(LOOK))
            found += browser.problems
            found += [address for address in browser.requests if not address.startswith(("file:", "data:"))]
            if found:
                wrong[str(page.relative_to(SITE))] = found
    finally:
        browser.close()
    assert wrong == {}
