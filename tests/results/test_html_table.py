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
    assert table["radius, label flips: least / median / most"] == "0 / 3 / unbounded"
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
    assert table["radius, label flips: least / median / most"] == "none"


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
