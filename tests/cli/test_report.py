import re
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from skcert import UNBOUNDED, CertificationResult, NTKRegressorClassifier
from skcert.cli import main
from skcert.cli._audit import audit_within_reason
from skcert.cli._charts import certified_curve, radius_histogram
from skcert.cli._classes import class_lines, class_section
from skcert.cli._report import report_page
from skcert.cli._results import summarize
from skcert.cli.tables import Column, Table, Tables
from skcert.inspection import audit_labels

from .in_memory import tables_of

pd = pytest.importorskip("pandas")

NASTY = ["<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "a&amp;b ' $style \u202e"]


class Page(HTMLParser):
    """Tags, and the text of each element by tag."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], []
        self.feed(text)
        self.text = " ".join(" ".join(self.text).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def certified():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4)) * [3, 0.3, 0.3, 0.3]
    y = np.array(NASTY)[np.digitize(X[:, 0] + 0.3 * rng.normal(size=120), [-1.2, 1.2])]
    model = NTKRegressorClassifier(alpha=20.0).fit(X[:70], y[:70])
    return model, X[70:], y[:70], y[70:], model.certify(X[70:])


def page_of(certified, **given):
    model, X_test, y_train, y_test, result = certified
    names = {"train_name": "<b>train</b>.csv", "test_name": "test&.csv", "table_name": "certificates.csv"}
    more, columns = {NASTY[0]: [NASTY[1]] * 1200}, [Column("gone", "left out", (NASTY[1],))]
    tables = tables_of(model.X_fit_, y_train, X_test, y_test, more=more, columns=columns, notes=[NASTY[2]])
    summary = summarize(result, tables, label="<i>label</i>", parameters={"alpha": 5.0})
    sampled = audit_within_reason(model, X_test, y_test)
    given = {"keys": [f"row-{row}" for row in sampled.audit.ranking], "command": ["certify", NASTY[1]]} | given
    return report_page(result, summary, sampled, tables, **names, **given)


def test_users_text_is_text(certified):
    text = page_of(certified)
    page = Page(text)
    assert page.tags.count("script") == 1 and not {"img", "b", "i"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    for word in [*NASTY, "<b>train</b>.csv", "test&.csv", "<i>label</i>"]:
        assert " ".join(word.split()) in page.text
    script = text[text.index("<script>") : text.index("</script>")]
    assert not any(word in script for word in ("alert", "train", "onerror"))


def test_needs_nothing_else(certified):
    page = Page(page_of(certified))
    addresses = [value for name, value in page.attributes if name in ("src", "href", "action", "data", "srcset")]
    assert addresses[0] == "data:,"  # no icon is asked for
    ids = {f"#{value}" for name, value in page.attributes if name == "id"}
    assert set(addresses[1:]) <= ids and "#check" in addresses
    assert "url(" not in page.text and "@import" not in page.text


def test_says_what_the_summary_says(certified):
    *_, y_test, result = certified
    text = Page(page_of(certified)).text
    assert f"{result.certified_accuracy(y_test, 0):.1%} of the predictions are right" in text
    counted = np.where(result.prediction == y_test, result.radius, -1)
    assert f"are right and provably stay so whichever {int(np.median(counted))} labels are changed" in text
    assert f"the mean over the classes is {result.certified_accuracy(y_test, 0, per_class='mean'):.1%}" in text
    assert f"a wrong prediction counting as -1 {np.median(counted):g}" in text
    n_weak = int((result.radius == 0).sum())
    assert n_weak > 1 and f"{n_weak} predictions have no guarantee" in text
    assert "All radii are exact" in text and "All 50 rows, weakest first" in text


def test_table_of_classes(certified):
    _, _, y_train, y_test, result = certified
    text = page_of(certified)
    table = text.split('id="classes"')[1].split("</table>")[0]
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in table.split("<tr>")[2:]]
    classes, accuracy = result.certified_accuracy_per_class(y_test, [0, 1])
    n_train = [int((y_train == label).sum()) for label in classes]
    assert [int(line[1].split(" ")[0]) for line in lines] == sorted(n_train)
    for line in lines:
        (place,) = (i for i, label in enumerate(classes) if f"<bdi>{escape(label)}</bdi>" == line[0])
        assert line[1] == f"{n_train[place]} ({n_train[place] / 70:.1%})"
        assert line[2:4] == [str((labels == classes[place]).sum()) for labels in (result.prediction, y_test)]
        predicted, own = result.prediction == classes[place], y_test == classes[place]
        assert line[4:6] == [f"{accuracy[0, place]:.1%}", f"{(y_test[predicted] == classes[place]).mean():.1%}"]
        counted = np.where(predicted, result.radius, -1)[own]
        assert line[6:8] == [f"{np.median(counted):g}", f"{result.radius[own & predicted].min()}"]
        assert line[8] == f"{accuracy[1, place]:.1%}"
    assert "any 1 flip</th>" in table


def test_many_classes_show_the_rarest(certified):
    _, X_test, _, _, result = certified
    names = np.array([f"class {index:03d}" for index in range(80)])
    y_train = np.append(names, ["class 000"] * 5)
    fields = {name: getattr(result, name) for name in result.__dataclass_fields__}
    fields["prediction"] = np.full(50, names[0])
    fields["classes"], fields["flips_to_class"] = names, np.ones((50, 80), dtype=np.int64)
    many = CertificationResult(**fields)
    tables = Tables(*(Table("", X_test[:, :1], X_test[:, :0], y, None) for y in (y_train, None)), None, [], [])
    summary = summarize(many, tables, label="y", parameters={})
    section = class_section(summary)
    assert section.count("<tr>") == 51 and "Shown are 50 of 80 classes" in section and "class 000" not in section
    lines = class_lines(summary)
    assert lines[0].startswith("The 10 rarest of 80 classes (median radius over all predictions") and len(lines) == 12
    few = summarize(replace(many, classes=names[:20]), tables, label="y", parameters={})
    assert class_lines(few)[0].endswith("'class 005' and 14 more") and len(class_lines(few)) == 13


@pytest.mark.parametrize(
    ("radii", "wrong", "words"),
    [
        ([4, 5, 9], 0, "are right and provably stay so whichever 5 labels are changed"),
        ([4, 5, 9], 1, "are right and provably stay so whichever 4 labels are changed"),
        ([4, 5, 9], 2, "At least half of the predictions are wrong."),
        ([0, 0, 9], 0, "are wrong or without a guarantee"),
        ([0, 1, 9], 0, "whichever label is changed"),
        ([UNBOUNDED] * 3, 0, "are right and provably stay so whichever labels are changed"),
        ([4, 5, 9], None, "predictions provably stay the same whichever 5 labels are changed"),
        ([0, 0, 9], None, "are without a guarantee"),
    ],
)
def test_words_of_the_median(certified, radii, wrong, words):
    model, X_test, y_train, *_ = certified
    rows = np.array([0, 1, 2])
    prediction = np.array([NASTY[0]] * 3)
    y_test = None if wrong is None else np.where(rows < 3 - wrong, NASTY[0], NASTY[1])
    away = np.stack([rows * 0, rows + 1, rows + 1], axis=1)
    radius = np.array(radii)
    result = CertificationResult(prediction, radius, away, radius, model.classes_, "label-linear", 70)
    assert words in Page(page_of((model, X_test[:3], y_train, y_test, result))).text


def test_weakest_rows_come_first_and_are_the_right_ones(certified):
    *_, y_test, result = certified
    table = page_of(certified).split('<table class="wide sortable">')[1].split("</table>")[0]
    lines = re.findall(r'<tr(?: class="(wrong)")?>(.*?)</tr>', table)[1:]
    seen = []
    for wrong, line in lines:
        row, radius = (int(value) for value in re.findall(r'data-value="(\d+)"', line)[:2])
        others = np.where(result.classes == result.prediction[row], np.inf, result.flips_to_class[row])
        names = [unescape(name) for name in re.findall(r"<td><bdi>(.*?)</bdi></td>", line)]
        assert names == [result.prediction[row], y_test[row], result.classes[others.argmin()]]
        assert radius == result.radius[row] and bool(wrong) == (result.prediction[row] != y_test[row])
        seen.append(row)
    assert sorted(seen) == list(range(50)) and (np.diff(result.radius[seen]) >= 0).all()
    assert "known to suffice" not in table  # all radii are exact


def test_without_labels_of_the_test_rows(certified):
    text = Page(page_of((*certified[:3], None, certified[4]))).text
    median = np.median(certified[4].radius)
    assert f"over all predictions {median:g}" in text and "Recall" not in text and "as -1" not in text
    assert "Median and smallest radii are over all predictions of a class" in text
    assert "are right" not in text and "Certified predictions" in text and "predicted wrongly" not in text


def test_caveats_are_shown(certified):
    result = certified[-1]
    fields = {name: getattr(result, name) for name in result.__dataclass_fields__}
    fields["caveats"] = ("Chosen by <a search>.",)
    page = Page(page_of((*certified[:4], CertificationResult(**fields))))
    assert "Chosen by <a search>." in page.text


def test_unbounded_radii(certified):
    model, X_test, y_train, *_ = certified
    X_train = model.X_fit_
    trusting = NTKRegressorClassifier().fit(X_train, y_train, trusted=np.ones(70, dtype=bool))
    result = trusting.certify(X_test)
    assert (result.radius == UNBOUNDED).all()
    text = Page(page_of((trusting, X_test, y_train, certified[3], result))).text
    assert "whichever labels are changed" in text and "no limit" in text and "no label stands out" in text
    assert "All labels are trusted: there is none to check" in text
    assert str(UNBOUNDED) not in text


def test_large_test_sets_show_the_weakest(certified):
    model, _, y_train, _, _ = certified
    X_test = np.random.default_rng(1).normal(size=(1200, 4)) * 2
    result = model.certify(X_test)
    text = page_of((model, X_test, y_train, None, result))
    assert text.split('<table class="wide sortable">')[1].count("<tr>") == 1001
    assert "The 1,000 weakest of 1,200 rows" in text
    assert "1,000 of the 1,200 test rows, drawn at random" in text


def test_audit_within_reason(certified):
    model, X_test, *_ = certified
    whole = audit_within_reason(model, X_test)
    assert whole.n_audited == whole.n_test == 50
    assert np.array_equal(whole.audit.ranking, audit_labels(model, X_test).ranking)
    many = np.concatenate([X_test] * 4)
    sampled = audit_within_reason(model, many, work=1)
    assert (sampled.n_audited, sampled.n_test, sampled.audit.n_test) == (100, 200, 100)
    assert np.array_equal(sampled.audit.ranking, audit_within_reason(model, many, work=1).audit.ranking)


def test_curve_is_the_certified_accuracy(certified):
    *_, y_test, result = certified
    svg = certified_curve(result.radius, result.prediction == y_test, ylabel="certified accuracy")
    path = re.search(r'class="line" d="M([\d.]+) ([\d.]+)([^"]*)"', svg)
    heights = [float(path[2])] + [float(y) for y in re.findall(r"V([\d.]+)", path[3])]
    top = int(result.radius.max()) + 1
    expected = 222 - 208 * result.certified_accuracy(y_test, np.arange(top + 1))
    assert np.allclose(heights, expected, atol=0.06)


def test_bars_count_every_row(certified):
    *_, y_test, result = certified
    right = result.prediction == y_test
    svg = radius_histogram(result.radius, right)
    for kind, expected in (("right", right.sum()), ("wrong", (~right).sum())):
        assert sum(int(count) for count in re.findall(rf": (\d+) {kind}</title>", svg)) == expected
    wide = radius_histogram(np.arange(1000))
    assert wide.count("<rect") <= 24 and "radius 0 to 41: 42 right" in wide


@pytest.mark.parametrize("radius", [[0], [UNBOUNDED], [0, UNBOUNDED], [7] * 5])
def test_charts_of_odd_radii(radius):
    radius = np.array(radius)
    for svg in (certified_curve(radius, np.ones(len(radius), bool), ylabel="share"), radius_histogram(radius)):
        assert svg.startswith("<svg") and "nan" not in svg and "inf" not in svg


@pytest.mark.parametrize(
    "options", [[], ["--n-partitions", "1"], ["--voting", "hard"], ["--certificate", "black-box"]]
)
def test_from_the_command_line(certified, tmp_path, options, capsys):
    model, X_test, y_train, y_test, _ = certified
    pd.DataFrame(model.X_fit_, columns=list("abcd")).assign(y=y_train).to_csv(tmp_path / "train.csv", index=False)
    pd.DataFrame(X_test, columns=list("abcd")).assign(y=y_test).to_csv(tmp_path / "test.csv", index=False)
    paths = [str(tmp_path / name) for name in ("train.csv", "test.csv")]
    out = tmp_path / "out"
    assert (
        main(["certify", *paths, "--label", "y", "--out", str(out), "--n-partitions", "5", "--report", *options]) == 0
    )
    page = Page((out / "report.html").read_text(encoding="utf-8"))
    assert "report.html" in capsys.readouterr().out
    assert "Labels that predictions hang on" in page.text and "attacks that flip it" in page.text
    assert "known to suffice" not in page.text  # either exact or not known


def test_firm_and_wrong(certified):
    """Wrong predictions with at least the median radius, the largest first; no such section without any."""
    y_test, result = np.array(certified[3]), certified[4]
    firm = np.argsort(-result.radius)[:12]
    y_test[firm] = np.where(result.prediction[firm] == NASTY[0], NASTY[1], NASTY[0])
    section = page_of((*certified[:3], y_test, result)).split('id="wrong"')[1].split("</section>")[0]
    listed = [int(row) for row in re.findall(r'<tr class="wrong"><td class="number" data-value="(\d+)"', section)]
    assert "12 wrong predictions have a radius" in section and ", of which 10 are shown" in section
    assert result.radius[listed].tolist() == np.sort(result.radius)[::-1][:10].tolist()
    assert 'id="wrong"' not in page_of((*certified[:3], result.prediction, result))
