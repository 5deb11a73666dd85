import dataclasses
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from skcert import UNBOUNDED, AttackResult, CertificationResult


@pytest.fixture
def result():
    return CertificationResult(
        prediction=np.array(["<script>alert(1)</script>", '"&', '"&']),
        radius=np.array([0, 3, UNBOUNDED]),
        flips_to_class=np.array([[0, 1], [4, 0], [0, UNBOUNDED]]),
        radius_upper=np.array([0, 5, UNBOUNDED]),
        classes=np.array(["<script>alert(1)</script>", '"&']),
        certificate="white-box",
        n_train=10,
        caveats=("Chosen <b>by</b> a search.",),
    )


def cells(html):
    return {row[0].text: row[1].text for row in ElementTree.fromstring(html).iter("tr")}


def test_certification_result(result):
    html = result._repr_html_()
    table = cells(html)
    assert "<script" not in html
    assert table["classes"] == '<script>alert(1)</script>, "&'
    assert table["test rows"] == "3" and table["training labels"] == "10" and table["certificate"] == "white-box"
    assert table["radius over all predictions, label flips: least / median / most"] == "0 / 3 / unbounded"
    assert table["no number of flips changes"] == "1 predictions"
    assert table["radius known to be exact"].startswith("2 ")
    assert [note.text for note in ElementTree.fromstring(html).iter("p")] == ["Chosen <b>by</b> a search."]


def test_many_classes_and_no_rows(result):
    empty = np.array([], dtype=np.int64)
    result = dataclasses.replace(
        result,
        prediction=empty,
        radius=empty,
        radius_upper=empty,
        flips_to_class=np.empty((0, 12)),
        classes=np.arange(12),
    )
    table = cells(result._repr_html_())
    assert table["classes"] == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
    assert table["radius over all predictions, label flips: least / median / most"] == "none"
    assert "Predictions" not in result._repr_html_()  # of no rows


def columns(html):
    """The cells of the table that has a head, line by line."""
    table = next(table for table in ElementTree.fromstring(html).iter("table") if table.find("thead") is not None)
    return table[0][0].text, [[cell.text for cell in row] for row in table.iter("tr")][1:]


def test_predictions_by_class(result):
    title, lines = columns(result._repr_html_())
    assert title == "Predictions by class"
    assert lines == [["<script>alert(1)</script>", "1", "0"], ['"&', "2", "3"]]


def test_predictions_of_many_classes(result):
    many = dataclasses.replace(
        result,
        prediction=np.full(30, 3),
        radius=np.full(30, 5),
        radius_upper=np.full(30, 5),
        flips_to_class=np.empty((30, 30)),
        classes=np.arange(30),
    )
    title, lines = columns(many._repr_html_())
    assert title == "Predictions, first 10 of 30 classes" and len(lines) == 10
    assert lines[3] == ["3", "30", "5"] and lines[0] == ["0", "0", "none"]
    assert cells(many._repr_html_())["no row is predicted as"] == "0, 1, 2, 4, 5, 6, 7, 8, 9, 10 and 19 more"


def test_attack_result():
    rows = (np.array([1, 2]), np.array([], dtype=np.int64))
    attack = AttackResult(
        prediction=np.zeros(2),
        attacked_prediction=np.array([1, 0]),
        rows=rows,
        labels=rows,
        flips_lower=np.array([2, 5]),
        flips=np.array([2, UNBOUNDED]),
    )
    table = cells(attack._repr_html_())
    assert list(table.values()) == ["2", "1 predictions", "2 / 2 / 2", "1 predictions"]
