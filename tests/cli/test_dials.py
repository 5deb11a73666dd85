"""What other settings would give: in a report on one network or a soft vote, where true labels are known."""

import re

import numpy as np
import pytest

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.cli._audit import audit_within_reason
from skcert.cli._dials import dials_section, other_dials
from skcert.inspection import accuracy_radius_points


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2)) * [3, 1]
    return X[:60], np.where(X[:60, 0] > 1, "<yes>", "no"), X[60:], np.where(X[60:, 0] > 1, "<yes>", "no")


def cells(section):
    rows = section.split("<tbody>")[1].split("<tr>")[1:]
    return [re.findall("<td[^>]*>(.*?)</td>", row) for row in rows]


def test_section(data):
    X, y, X_test, y_test = data
    model = NTKRegressorClassifier(alpha=5.0, weight_center="mean", weight_power=0.1).fit(X, y)
    points = audit_within_reason(model, X_test, y_test).points  # without a word about unequal classes
    kept = points.on_frontier
    kept[points.fitted] = True
    section = dials_section(points, "all 30 test rows")
    shown = cells(section)
    assert len(shown) == kept.sum() >= 2
    assert sorted(float(row[3][:-1]) for row in shown) == [round(100 * a, 1) for a in sorted(points.accuracy[kept])]
    assert sorted(float(row[4]) for row in shown) == sorted(points.median_radius[kept])
    (own,) = (row for row in shown if row[5])
    assert own[:3] == ["mean", "0.1", "none"] and own[5] == "this model"
    assert "--weight-center" in section and "Measured on all 30 test rows" in section and "25 settings" in section


def test_only_where_it_can_be_said(data):
    X, y, X_test, y_test = data
    soft, hard = (
        PartitionAggregationEnsemble(n_partitions=2, voting=voting, partition="random", random_state=0).fit(X, y)
        for voting in ("soft", "hard")
    )
    assert other_dials(soft, X_test, None) is None and other_dials(hard, X_test, y_test) is None
    points = other_dials(soft, X_test, y_test)
    with pytest.warns(UserWarning, match="shifts all label weights"):
        dial = {"weight_power": [1.0, 0.5], "weight_clip": [None, 0.95, 0.05]}
        assert np.array_equal(points.accuracy, accuracy_radius_points(soft, X_test, y_test, **dial).accuracy)
    counted = NTKRegressorClassifier(score_weight="balanced").fit(X, y)
    assert other_dials(counted, X_test, y_test) is None and dials_section(None, "") == ""


def test_no_limit(data):
    X, y, X_test, y_test = data
    model = NTKRegressorClassifier().fit(X, y, trusted=np.ones(60, dtype=bool))
    assert {row[4] for row in cells(dials_section(other_dials(model, X_test, y_test), ""))} == {"unbounded"}
