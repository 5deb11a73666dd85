"""The advice of the docs: each sentence stands where the benchmark says, and holds on the data that it is about."""

import argparse

import numpy as np
import pytest
import tables
from advice import RESULTS
from advising.checks import Check, Claim, Measured
from advising.claims import CLAIMS, HELP, ONE
from advising.data import worded_by
from advising.measure import measure
from advising.pages import PAGE, data_sets, sections
from advising.settings import settings
from writing import DOCS, load_json, section

from skcert.cli._arguments import add_certify

DATA, UNSEEN = (data_sets(load_json(RESULTS)[part]) for part in ("worded by", "unseen"))


@pytest.mark.parametrize("claim", CLAIMS, ids=[f"{n}" for n in range(len(CLAIMS))])
def test_sentence_stands_in_the_docs(claim):
    text = help_of_certify() if claim.page == HELP else (DOCS / claim.page).read_text()
    assert claim.sentence in " ".join(text.split())


def help_of_certify():
    commands = argparse.ArgumentParser().add_subparsers()
    add_certify(commands, None)
    return commands.choices["certify"].format_help()


@pytest.mark.parametrize("claim", CLAIMS, ids=[f"{n}" for n in range(len(CLAIMS))])
def test_sentence_holds_on_three_quarters_of_the_data(claim):
    for data in (DATA, UNSEEN):
        held = [found for found in map(claim.holds, data.values()) if found is not None]
        assert len(held) >= 3
        assert np.mean(held) >= 0.75


def test_docs_show_the_results_file():
    page = PAGE.read_text()
    for name, text in sections(load_json(RESULTS), load_json(tables.RESULTS)).items():
        assert section(page, name) == text


def test_settings_that_claims_name_are_tried():
    tried = {name for data in DATA.values() for name in data.readings}
    named = {name for claim in CLAIMS for check in claim.checks for name in (check.setting, check.base)}
    assert named - {None} <= tried
    X, y = np.random.default_rng(0).normal(size=(600, 5)), np.arange(600) % 3
    trusted = {name for name in tried if name.endswith("trusted")}
    assert set(settings(X, y)) == tried - trusted


def test_checks_of_differences_multiples_and_shares():
    data = Measured(100, 5, 2, 1.0, {ONE: {"accuracy": 0.9, "radius": 4.0}, "b": {"accuracy": 0.87, "radius": -1.0}})
    less = Check("accuracy", "b", ONE, at_least=-2.0)
    assert less.value(data) == pytest.approx(-3.0)
    assert not less.holds(less.value(data))
    assert Check("radius", "b", ONE).value(data) == 0.0
    assert Check("radius", ONE, "b").value(data) is None  # no radius to be a multiple of
    assert Check("accuracy", "b").value(data) == pytest.approx(87.0)
    assert Check("accuracy", "not tried", ONE).value(data) is None
    assert Claim("", "", (less,), lambda data: data.classes > 2).holds(data) is None


def test_a_data_set_can_be_measured(monkeypatch):
    iris = next(worded_by())
    monkeypatch.setattr("advising.data._REPEATS", 1)
    few = ("alpha = 1", "landmarks", "trees of 25 rows", "logistic regression")
    monkeypatch.setattr("advising.measure.settings", lambda X, y: {name: settings(X, y)[name] for name in few})
    readings = measure(iris)["readings"]
    assert set(few) < set(readings)
    assert readings[ONE]["accuracy"] > 0.8
    assert "radius" not in readings["logistic regression"]
