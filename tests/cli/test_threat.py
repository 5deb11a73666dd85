import numpy as np
import pytest

from skcert import UNBOUNDED, CertificationResult
from skcert.cli._threat import certain_sentence, threat_in_words
from skcert.cli.tables import Candidates, Tables


def tables_with(trusted, candidates=None):
    return Tables(None, None, trusted, [], [], candidates)


@pytest.mark.parametrize(
    ("trusted", "sentence", "whatever"),
    [
        (None, "any training labels to any other class.", "whichever labels are changed"),
        ([False, False], "any training labels to any other class.", "whichever labels are changed"),
        ([True, False], "any training labels but those of 1 trusted row to any", "that are not trusted are"),
        ([True, True], "any training labels but those of 2 trusted rows to any", "that are not trusted are"),
    ],
)
def test_trusted_rows(trusted, sentence, whatever):
    threat = threat_in_words(tables_with(None if trusted is None else np.array(trusted)))
    assert threat.sentence.startswith("Certified against changes of " + sentence)
    assert threat.whatever.endswith(whatever)


SETS = (frozenset("ab"), frozenset("a"), frozenset("bc"))


@pytest.mark.parametrize(
    ("candidates", "trusted", "sentence"),
    [
        (
            Candidates(SETS, annotators=("x", "y\n")),
            None,
            "any training labels to another label that one of the row's annotators ('x', 'y\\n') gave it: 2 of 3 rows "
            "are disputed.",
        ),
        (
            Candidates(SETS, annotators=("x", "y")),
            [True, True, False],
            "any training labels but those of 2 trusted rows to another label that one of the row's annotators "
            "('x', 'y') gave it: 1 of 3 rows are disputed.",
        ),
        (
            Candidates(SETS, only=((None, "b"), (None, "c"))),
            None,
            "training labels to 'b', 'c', and no others: 2 of 3 rows may change.",
        ),
        (
            Candidates(SETS, only=(("a", "b"), ("b", "c"))),
            None,
            "training labels from 'a' to 'b', 'b' to 'c', and no others: 2 of 3 rows may change.",
        ),
        (
            Candidates(SETS, only=tuple((None, str(to)) for to in range(7))),
            None,
            "training labels to '0', '1', '2', '3', '4' and 2 more, and no others: 2 of 3 rows may change.",
        ),
    ],
)
def test_candidates(candidates, trusted, sentence):
    threat = threat_in_words(tables_with(None if trusted is None else np.array(trusted), candidates))
    assert threat.sentence == "Certified against changes of " + sentence
    shown = threat_in_words(tables_with(None, candidates), lambda name: f"<{name}>").sentence
    assert "<" in shown and "'" not in shown.replace("row's", "")


def test_what_is_certain():
    radius = np.array([0, 3, UNBOUNDED])
    result = CertificationResult(radius * 0, radius, np.zeros((3, 2)), radius, np.arange(2), "label-linear", 10)
    threat = threat_in_words(tables_with(np.array([True, False])))
    assert certain_sentence(result, threat) == (
        "33.3% of predictions hold whatever the labels of rows that are not trusted are."
    )
    assert certain_sentence(result, threat, 0.0).endswith("; 0% are also right.")
    bounded = CertificationResult(radius * 0, radius * 0, np.zeros((3, 2)), radius, np.arange(2), "label-linear", 10)
    assert certain_sentence(bounded, threat) is None
