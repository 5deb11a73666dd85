"""What to do next: each line only where the figures support it, and the figures are those of the result."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from skcert import UNBOUNDED, NTKRegressorClassifier
from skcert.cli._audit import audit_within_reason
from skcert.cli._next_steps import next_steps
from skcert.cli._results import summarize

from .in_memory import tables_of


@pytest.fixture(scope="module")
def certified():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = np.where(X[:, 0] + rng.normal(size=400) / 2 > 0.9, "rare", "often")
    tables = tables_of(X[:250], y[:250], X[250:], y[250:])
    model = NTKRegressorClassifier(alpha=10.0).fit(X[:250], y[:250])
    return model.certify(X[250:]), tables, audit_within_reason(model, X[250:], y[250:])


def steps(certified, command=("certify", "a b.csv"), **parameters):
    result, tables, sampled = certified
    summary = summarize(result, tables, label="y", parameters={"alpha": 10.0} | parameters)
    return [
        step for step in next_steps(result, summary, sampled, tables, command, "checked_labels.csv").split("<li>")[1:]
    ]


def text(html):
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_shares_of_wrong_labels(certified):
    result, tables, sampled = certified
    first = text(steps(certified)[0])
    right = result.prediction == tables.test.labels
    suspect = int((sampled.audit.suspicion > 0).sum())
    for count, which in (
        (2, "1% of all"),
        (12, "5% of all"),
        (25, "10% of all"),
        (suspect, "as many as the model doubts"),
    ):
        held = result.radius >= count
        shares = [f"{part.mean():.1%}" for part in (held, held & right)]
        assert f"{count} ({which}) {shares[0]} {shares[1]}" in first
    assert (
        "A prediction is the one that correct labels would have given, if no more training labels are wrong" in first
    )


def test_what_holds_is_what_correct_labels_give(certified):
    """Twelve wrong labels, which is 5 % of 250: predictions that hold at 12 are those of a fit on the correct ones."""
    _, tables, _ = certified
    X, y, X_test = tables.train.numbers, tables.train.labels, tables.test.numbers
    wrong = y.copy()
    rows = np.argsort(np.abs(X[:, 0] - 0.9))[:12]
    wrong[rows] = np.where(y[rows] == "rare", "often", "rare")
    of_correct = NTKRegressorClassifier(alpha=10.0).fit(X, y).predict(X_test)
    result = NTKRegressorClassifier(alpha=10.0).fit(X, wrong).certify(X_test)
    held = result.radius >= 12
    assert (result.prediction != of_correct).any() and (result.prediction == of_correct)[held].all()
    summary = summarize(result, tables, label="y", parameters={})
    assert f"12 (5% of all) {held.mean():.1%}" in text(next_steps(result, summary, None, tables, (), ""))


def test_labels_to_check_and_the_command(certified):
    second = text(steps(certified)[1])
    suspect = int((certified[2].audit.suspicion > 0).sum())
    assert second.startswith(f"Check labels. The model doubts {suspect} training labels; start at the top of")
    assert "skcert certify 'a b.csv' --trusted checked_labels.csv" in second
    curve = certified[2].curve
    grows = np.flatnonzero(curve.median_radius > curve.median_radius[0])
    assert ("turn out to be correct" in second) == bool(grows.size)


def test_rare_classes_and_larger_radii(certified):
    result, tables, _ = certified
    said = " ".join(map(text, steps(certified)))
    recall = (result.prediction == "rare")[tables.test.labels == "rare"].mean()
    assert recall < 0.8 and f"training labels, recall {recall:.1%})" in said and "--score-weight" in said
    assert "larger ridge" not in said and (result.radius >= 12).mean() > 0.5
    weak = (replace(result, radius=result.radius // 2, radius_upper=result.radius // 2), *certified[1:])
    assert "A larger ridge than --alpha 10 tends to enlarge radii" in " ".join(map(text, steps(weak)))
    assert "larger ridge" not in " ".join(map(text, steps(weak, alpha="inf")))


def test_only_what_the_figures_support(certified):
    result, tables, _ = certified
    firm = replace(result, prediction=tables.test.labels, radius=np.full(len(result), UNBOUNDED))
    firm = replace(firm, radius_upper=firm.radius)
    said = [text(step).split(".")[0] for step in steps((firm, tables, None))]
    assert said == ["Rely on the predictions that would survive the errors you expect"]
    said = text(steps((firm, tables, None))[0])
    assert "25 (10% of all) 100.0% 100.0%" in said and "doubts" not in said
    few = replace(firm, n_train=9)
    assert steps((few, tables, None)) == []


def test_without_labels_of_the_test_rows(certified):
    result, tables, sampled = certified
    unknown = tables._replace(test=tables.test._replace(labels=None))
    sampled = replace(sampled, points=None)
    said = " ".join(map(text, steps((result, unknown, sampled))))
    assert "right, and hold" not in said and "Look at" not in said and "Help rare" not in said
