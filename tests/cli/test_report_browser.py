"""The report in a real browser. CI installs Debian's chromium; elsewhere the tests are skipped if there is none."""

import json
import shlex
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

NASTY, FORMULA = "<script>alert(1)</script>", '=x" onload="alert(2)'
HUGE = '"<img src=x onerror=alert(3)>' * 4000
LONG = "a-label-without-a-single-space-that-goes-on-and-on-and-on-and-on-for-longer-than-a-telephone-is-wide"


COMMAND = ["certify", "train.csv", "test.csv", "--label", "what", "--n-partitions", "1", "--report"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"])
    table["note"] = ["=1+1 <b>bold</b> \u202e"] * 199 + [HUGE]
    table["what"] = np.array([NASTY, LONG, FORMULA])[np.digitize(table["a"] + table["b"] / 4, [-0.5, 0.5])]
    table.loc[table["a"][:120].idxmax(), "what"] = NASTY
    table[:120].to_csv(folder / "train.csv", index=False)
    table[120:].to_csv(folder / "test.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def report(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([*COMMAND, "--out", "out"]) == 0
    return folder / "out" / "report.html"


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
    labels = column(browser, "label")
    assert NASTY in labels and any(label.startswith(LONG[:59] + "…" + LONG) for label in labels)
    assert browser.run("document.querySelectorAll('td b, td img').length") == 0
    (note,) = [note for note in column(browser, "note") if note.startswith('"')]
    assert HUGE.startswith(note[:50]) and f"of {len(HUGE):,} characters" in note


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
    assert [int(text) for text in column(browser, "row")] == list(range(80))  # numbers, not text
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


# The contrast of each text with what lies behind it, where it is below what WCAG 2 asks for at level AA. A disabled
# button is exempt, and so is what nobody sees.
FAINT = """
(() => {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let e = element; e !== null; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = (color) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = color.slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = new Map();
  let seen = 0;
  for (const element of document.querySelectorAll("body *")) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!own || element.disabled || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("script, style, title") !== null) continue;
    const style = getComputedStyle(element);
    const below = behind(element);
    const color = over(parse(element.closest("svg") === null ? style.color : style.fill), below);
    const [low, high] = [light(color), light(below)].sort((a, b) => a - b);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    seen += 1;
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < (large ? 3 : 4.5)) faint.set(`${element.tagName}.${element.className}`, ratio);
  }
  return { seen, faint: Array.from(faint) };
})()
"""


@pytest.mark.parametrize("dark", [False, True])
def test_contrast(browser, report, dark):
    browser.open(report, width=1280, dark=dark)
    browser.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    tick(browser, 0)
    found = browser.run(FAINT)
    save(browser)
    assert found["seen"] > 500 and found["faint"] == []


@pytest.mark.parametrize("width", [1280, 400])
def test_long_cells_open_within_the_page(browser, report, width):
    browser.open(report, width=width)
    browser.run("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert browser.run("document.querySelectorAll('details').length") > 10
    assert browser.run("document.documentElement.scrollWidth") <= width


def tick(browser, place):
    browser.run(f"document.querySelectorAll('.worklist input')[{place}].click()")


def save(browser):
    browser.run("document.querySelector('button.save').click()")


def test_checked_labels_go_back_in(browser, folder, report, tmp_path, capsys):
    """Ticked, one of them corrected, saved and given to the command that the page says."""
    behavior = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.call("Page.setDownloadBehavior", **behavior)
    browser.open(report, width=1280)
    assert browser.run("document.querySelector('button.save').disabled")
    first = "document.querySelector('.worklist tbody tr')"
    assert browser.run(f"{first}.querySelector('select').selectedOptions[0].textContent") == NASTY
    chosen = browser.run(f"{first}.cells[3].textContent")  # the suggested one
    assert chosen == FORMULA
    browser.run(f"{first}.querySelector('select').selectedIndex = 1")
    for place in (0, 2, 5):
        tick(browser, place)
    assert browser.run("document.querySelector('.progress').textContent").startswith("3 of ")
    save(browser)
    saved = tmp_path / "checked_labels.csv"
    browser._until(saved.exists)
    rows = pd.read_csv(saved)
    assert list(rows.columns) == ["what", "skcert_checked", "skcert_row", "skcert_key"] and len(rows) == 3
    words = shlex.split(browser.run("document.querySelector('.command').textContent"))
    assert words[:-1] == ["skcert", *COMMAND, "--out", "out", "--trusted"] and words[-1] == saved.name
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([*words[1:-1], str(saved), "--out", str(tmp_path / "again")]) == 0
    assert f"{saved}: 3 rows trusted, 1 label changed" in capsys.readouterr().err
    listed = pd.read_csv(tmp_path / "again" / "labels_to_check.csv").set_index("skcert_row")
    assert (listed["skcert_checked"][rows["skcert_row"]] == "yes").all() and (
        listed["skcert_checked"] == "yes"
    ).sum() == 3
    assert listed["what"][rows["skcert_row"][0]] == f"'{FORMULA}"


def test_ticks_are_not_lost_without_a_question(browser, report):
    browser.open(report, width=1280)
    leaving = "window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert browser.run(leaving)
    tick(browser, 0)
    assert not browser.run(leaving)
    save(browser)
    assert browser.run(leaving)


def test_links_lead_somewhere(browser, report):
    browser.open(report, width=1280)
    links = browser.run("Array.from(document.querySelectorAll('a'), (link) => link.getAttribute('href'))")
    assert {"#next", "#check", "#certificates"} <= set(links)
    assert all(browser.run(f"document.querySelectorAll('{link}').length") == 1 for link in links)


def test_cells_stand_under_their_heads(browser, report):
    browser.open(report, width=1280)
    ragged = (
        "Array.from(document.querySelectorAll('table')).filter((table) => Array.from(table.tBodies[0].rows)"
        ".some((row) => row.cells.length !== table.tHead.rows[0].cells.length)).length"
    )
    assert browser.run("document.querySelectorAll('table').length") > 7 and browser.run(ragged) == 0
