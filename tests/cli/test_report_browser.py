"""The report in a real browser. CI installs Debian's chromium; elsewhere the tests are skipped if there is none."""

import json
from itertools import pairwise

import numpy as np
import pytest

from skcert.cli import main

from .browser import Browser, find_browser

pd = pytest.importorskip("pandas")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no Chromium or Chrome is installed"),
]

NASTY = "<script>alert(1)</script>"
LONG = "a-label-without-a-single-space-that-goes-on-and-on-and-on-and-on-for-longer-than-a-telephone-is-wide"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"])
    table["what"] = np.array([NASTY, LONG, 'x" onload="alert(2)'])[
        np.digitize(table["a"] + table["b"] / 4, [-0.5, 0.5])
    ]
    table[:120].to_csv(folder / "train.csv", index=False)
    table[120:].to_csv(folder / "test.csv", index=False)
    paths = [str(folder / "train.csv"), str(folder / "test.csv")]
    arguments = ["certify", *paths, "--label", "what", "--out", str(folder), "--report", "--n-partitions", "1"]
    assert main(arguments) == 0
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def no_problems(browser):
    """Console errors, exceptions, dialogs and requests for anything but the file fail every test."""
    browser.problems.clear()
    browser.requests.clear()
    yield
    browser.run("0")  # whatever the page has caused has been told by now
    assert browser.problems == []
    assert all(address.startswith(("file:", "data:")) for address in browser.requests)


def column(browser, head):
    """Texts of a column of the sortable table, top to bottom."""
    index = heads(browser).index(head)
    rows = f"Array.from(document.querySelectorAll('table.sortable tbody tr'), row => row.cells[{index}].textContent)"
    return browser.run(rows)


def heads(browser):
    return browser.run("Array.from(document.querySelectorAll('table.sortable thead th'), head => head.textContent)")


def press(browser, head):
    browser.run(f"document.querySelectorAll('table.sortable thead button')[{heads(browser).index(head)}].click()")


def orders(browser):
    return browser.run(
        "Array.from(document.querySelectorAll('table.sortable thead th'), head => head.getAttribute('aria-sort'))"
    )


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True])
def test_fits_the_width(browser, report, width, dark):
    browser.open(report, width=width, dark=dark)
    assert browser.run("window.innerWidth") == width
    assert browser.run("document.documentElement.scrollWidth") <= width
    for charted in browser.run("Array.from(document.querySelectorAll('svg'), s => s.getBoundingClientRect().right)"):
        assert charted <= width
    background = browser.run("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(18, 22, 29)" if dark else "rgb(246, 247, 249)")  # the style sheet is at work
    assert browser.screenshot().startswith(b"\x89PNG")


def test_users_text_is_text(browser, report):
    browser.open(report, width=1280)
    assert browser.run("document.querySelectorAll('script').length") == 1
    assert NASTY in browser.run("document.body.innerText")
    assert {NASTY, LONG} <= set(column(browser, "label"))


def test_the_table_sorts(browser, report):
    browser.open(report, width=1280)
    rows = column(browser, "row")
    radii = [int(text) for text in column(browser, "radius")]
    assert len(radii) == 80 and radii == sorted(radii)
    assert orders(browser)[heads(browser).index("radius")] == "ascending"

    press(browser, "radius")
    assert [int(text) for text in column(browser, "radius")] == sorted(radii, reverse=True)
    assert orders(browser)[heads(browser).index("radius")] == "descending"

    press(browser, "row")
    assert [int(text) for text in column(browser, "row")] == list(range(1, 81))  # numbers, not text
    assert [order for order in orders(browser) if order] == ["ascending"]

    press(browser, "prediction")
    predictions = column(browser, "prediction")
    assert sum(a != b for a, b in pairwise(predictions)) == len(set(predictions)) - 1
    assert sorted(column(browser, "row")) == sorted(rows)


def test_the_keyboard_sorts(browser, report):
    browser.open(report, width=1280)
    browser.run("document.querySelector('table.sortable thead button').focus()")
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.textContent") == heads(browser)[1]
    browser.press("Enter", 13)
    assert orders(browser)[:2] == [None, "ascending"]


def test_without_script_the_table_is_there(browser, report):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(report, width=1280)
        assert browser.run("document.querySelectorAll('table.sortable tbody tr').length") == 80
        assert browser.run("document.querySelectorAll('th button').length") == 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_a_foreign_script_would_not_run(browser, report, tmp_path):
    """The page's policy allows its own script only: the last line of defence, if escaping ever failed."""
    page = report.read_text(encoding="utf-8").replace("</main>", "<script>document.title = 'broken'</script></main>")
    (tmp_path / "broken.html").write_text(page, encoding="utf-8")
    browser.open(tmp_path / "broken.html", width=1280)
    assert browser.run("document.title") != "broken"
    assert "Content Security Policy" in json.dumps(browser.problems)
    browser.problems.clear()
