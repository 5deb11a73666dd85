from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from skcert import NTKRegressorClassifier
from skcert.cli._audit import audit_within_reason
from skcert.cli._audit_sections import guard_section, suspects_section
from skcert.cli._values import Values

from .in_memory import tables_of


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2)) * [3, 1]
    y = np.where(X[:, 0] > 0, "<yes>", "no")
    y[5] = "no" if X[5, 0] > 0 else "<yes>"
    model = NTKRegressorClassifier(alpha=5.0).fit(X[:70], y[:70])
    tables = tables_of(X[:70], y[:70], X[70:], y[70:])
    return audit_within_reason(model, X[70:], y[70:]), tables, Values(tables.train, tables.train_cells, tables)


def suspects(audited):
    sampled, tables, values = audited
    return suspects_section(sampled, tables, values, [f"row-{row}" for row in sampled.audit.ranking], "list.csv")


def test_labels_to_check_come_with_a_suggestion(audited):
    sampled, *_ = audited
    section = suspects(audited)
    first = section.split("<tr ")[1]
    assert sampled.audit.ranking[0] == 5 and first.startswith('data-row="5" data-key="row-5">') and ">5<" in first
    assert ["<yes>" in unescape(first), ">no<" in first] == [True, True] and "<yes>" not in section
    n_suspect = (sampled.audit.suspicion > 0).sum()
    assert f"<strong>{n_suspect}</strong> of 70 training rows" in section
    assert "labels_to_check.csv" in section and "--trusted labels_to_check.csv" in section


def test_what_checking_buys(audited):
    sampled, tables, values = audited
    curve = sampled.curve
    assert curve.n_checked.tolist() == [0, 3, 7, 14] and len(set(curve.median_radius)) == 1
    section = suspects(audited)
    assert f"the first 14 labels turn out to be correct, the median radius stays {curve.median_radius[0]:g}" in section
    assert "wrong predictions counted as -1" in section and "Nobody promises" in section
    grown = [replace(of, radius=of.radius + 2 * place) for place, of in enumerate(curve.results)]
    sampled = replace(sampled, curve=replace(curve, results=tuple(grown)))
    section = suspects((sampled, tables, values))
    for n, median in zip(sampled.curve.n_checked, sampled.curve.median_radius):
        assert f">{n}<" in section and f">{median:g}<" in section


def test_labels_to_guard(audited):
    sampled, tables, values = audited
    section = guard_section(sampled, tables.train, values)
    first = sampled.audit.guard_ranking[0]
    assert f">{first}<" in section.split("<tr>")[2] and "no list of likely errors" in section
