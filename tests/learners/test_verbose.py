"""Learners say how far slow work is, if they are asked to."""

import numpy as np
import pytest

from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
)
from skcert.inspection import audit_labels

LEARNERS = [NTKRegressorClassifier, KernelRegressorClassifier, CertifiedKNeighborsClassifier, CertifiedRidgeClassifier]


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr("skcert._utils._progress._SILENT_SECONDS", 0.0)


@pytest.fixture
def rows():
    generator = np.random.default_rng(0)
    return generator.normal(size=(40, 3)), generator.integers(0, 2, 40)


@pytest.mark.parametrize("learner", LEARNERS)
def test_what_is_said(learner, rows, at_once, capsys):
    X, y = rows
    model, name = learner(verbose=1).fit(X, y), learner.__name__
    fitted = capsys.readouterr().err.splitlines()
    assert all(line.startswith(f"{name}: ") for line in fitted)
    if learner is not CertifiedKNeighborsClassifier:  # which only keeps its rows
        assert fitted[-1].startswith(f"{name}: fit on 40 rows, ")
    for method in (model.certify, model.attack):
        method(X[:7])
        assert capsys.readouterr().err.startswith(f"{name}: 7 of 7 test rows, ")
    audit_labels(model.set_params(verbose=0))
    assert capsys.readouterr() == ("", "")


def test_audit(rows, at_once, capsys):
    audit_labels(NTKRegressorClassifier(verbose=1).fit(*rows))
    assert "NTKRegressorClassifier: audit: 40 of 40 training rows, " in capsys.readouterr().err


@pytest.mark.parametrize("verbose", [0, 1])
def test_collective(rows, verbose, capsys):
    X, y = rows
    network = NTKRegressorClassifier(alpha=10.0).fit(X, y).set_params(verbose=verbose)
    bound = network.certify_collective(X[:10], 3)
    assert bound.n_changed_upper > bound.n_changed_lower or not verbose  # there was something to solve
    lines = capsys.readouterr().err.splitlines()
    said = [line for line in lines if line.startswith("certify_collective: round ")]
    assert len(said) >= verbose and (verbose or not lines)
