"""Majority labels and candidates from tables of every kind that annotators' labels come in."""

import numpy as np
import pytest

from skcert import NTKRegressorClassifier
from skcert.annotators import AnnotatorLabels, labels_from_annotators

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

NAN, NA = float("nan"), pd.NA
DAYS = np.array(["2020-01-01", "2021-01-01"], dtype="M8[D]")

# a table, and the type of its labels; each says (first, second) / (second, second) / (second, missing) of three rows
TABLES = {
    "list with None": ([[1, 2], [2, 2], [2, None]], "i"),
    "list with NaN": ([[1, 2], [2, 2], [2, NAN]], "i"),
    "floats that were integers": (np.array([[1, 2], [2, 2], [2, np.nan]]), "i"),
    "floats": (np.array([[0.5, 2], [2, 2], [2, np.nan]]), "f"),
    "large integers": ([[2**60, 2**60 + 1], [2**60 + 1] * 2, [2**60 + 1, None]], "i"),
    "masked": (np.ma.masked_array([[1, 2], [2, 2], [2, 9]], mask=[[0, 0], [0, 0], [0, 1]]), "i"),
    "text": (np.array([["a", "b"], ["b", "b"], ["b", None]], dtype=object), "U"),
    "tuples of text": ((("a", "b"), ("b", "b"), ("b", NAN)), "U"),
    "booleans": ([[False, True], [True, True], [True, None]], "b"),
    "bytes": ([[b"a", b"b"], [b"b", b"b"], [b"b", None]], "S"),
    "dates": (np.array([DAYS, DAYS[[1, 1]], [DAYS[1], np.datetime64("NaT")]]), "M"),
    "frame of floats": (pd.DataFrame({"A": [1, 2, 2], "B": [2, 2, None]}), "i"),
    "frame of Int64": (pd.DataFrame({"A": [1, 2, 2], "B": [2, 2, NA]}).astype("Int64"), "i"),
    "frame of both": (pd.DataFrame({"A": pd.array([1, 2, 2], dtype="Int8"), "B": [2.0, 2.0, NAN]}), "i"),
    "frame of boolean": (pd.DataFrame({"A": [False, True, True], "B": [True, True, NA]}).astype("boolean"), "b"),
    "frame of string": (pd.DataFrame({"A": ["a", "b", "b"], "B": ["b", "b", NA]}).astype("string"), "U"),
    "frame of objects": (pd.DataFrame({"A": ["a", "b", "b"], "B": ["b", "b", None]}, index=[9, 3, 5]), "U"),
    "frame of categories": (pd.DataFrame({"A": ["a", "b", "b"], "B": ["b", "b", None]}).astype("category"), "U"),
    "frame of dates": (pd.DataFrame({"A": DAYS[[0, 1, 1]], "B": [*DAYS[[1, 1]], pd.NaT]}), "M"),
    "polars, numbers": (pl.DataFrame({"A": [1, 2, 2], "B": [2, 2, None]}), "i"),
    "polars, text": (pl.DataFrame({"A": ["a", "b", "b"], "B": ["b", "b", None]}), "U"),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_kind_of_table(name):
    table, kind = TABLES[name]
    votes = labels_from_annotators(table)
    assert isinstance(votes, AnnotatorLabels) and len(votes) == 3
    assert votes.labels.dtype.kind == votes.classes.dtype.kind == kind
    first, second = votes.classes
    assert votes.labels.tolist() == votes.classes[[0, 1, 1]].tolist()  # the tie goes to the first
    assert votes.candidate_labels == ({first, second}, {second}, {second})
    assert votes.tied.tolist() == votes.disputed.tolist() == [True, False, False]
    assert repr(votes) == "AnnotatorLabels(n_rows=3, n_classes=2, disputed=1, tied=1)"
    if kind in "fS":
        return  # classifiers take neither fractions nor bytes
    network = NTKRegressorClassifier().fit(np.eye(3), votes.labels, candidate_labels=votes.candidate_labels)
    assert network.candidates_.tolist() == [[True, True], [False, True], [False, True]]
    assert network.classes_.tolist() == votes.classes.tolist()


def test_majorities_and_ties():
    votes = labels_from_annotators([list("bab"), list("cab"), list("ccb"), list("dda"), ["e", None, None]])
    assert "".join(votes.labels) == "bacde"
    assert votes.tied.tolist() == [False, True, False, False, False]
    assert votes.disputed.tolist() == [True, True, True, True, False]
    assert "".join(votes.classes) == "abcde"
    with pytest.raises(ValueError, match="read-only"):
        votes.labels[0] = "a"


def test_against_counting():
    rng = np.random.default_rng(0)
    for _ in range(20):
        table = rng.integers(0, 4, (30, rng.integers(1, 6))).astype(float)
        table[:, 1:][rng.random(table[:, 1:].shape) < 0.3] = np.nan
        votes = labels_from_annotators(table)
        for row, label, candidates, tied in zip(table, votes.labels, votes.candidate_labels, votes.tied):
            given = [int(value) for value in row if value == value]
            counts = {value: given.count(value) for value in given}
            best = [value for value in sorted(counts) if counts[value] == max(counts.values())]
            assert (label, candidates, tied) == (best[0], set(given), len(best) > 1)


def test_one_annotator_leaves_nothing_open():
    votes = labels_from_annotators(pd.DataFrame({"A": ["x", "y"]}))
    assert not votes.disputed.any() and not votes.tied.any() and votes.candidate_labels == ({"x"}, {"y"})


def test_rows_without_labels_are_named():
    table = [["a", "b"]] + [[None, NAN]] * 2 + [["b", "a"], [NA, pd.NaT]]
    with pytest.raises(
        ValueError, match=r"table has no label from any annotator in 3 of 5 rows, such as rows \[1, 2, 4"
    ):
        labels_from_annotators(table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([["a", 1], ["b", 2]], "table mixes numbers and text"),
        (pd.DataFrame({"A": ["a", "b"], "B": [1, 2]}), "table mixes numbers and text"),
        ([["a", b"a"]], "table mixes bytes and text"),
        (np.array([[2.0**53, np.nan]] * 2)[:, ::-1], "can no longer be told apart"),
        ([[1], [1, 2]], "table has rows of 1 to 2 entries"),
        ([1, 2], r"shape \(n_rows, n_annotators\)"),
        (["ab", "cd"], r"shape \(n_rows, n_annotators\)"),
        (pd.Series([1, 2]), r"shape \(n_rows, n_annotators\)"),
        (np.zeros((2, 2, 2)), r"shape \(n_rows, n_annotators\)"),
        (np.zeros((0, 2)), r"shape \(n_rows, n_annotators\)"),
        (np.zeros((2, 0)), r"shape \(n_rows, n_annotators\)"),
        (pl.DataFrame(), r"shape \(n_rows, n_annotators\)"),
        (None, r"shape \(n_rows, n_annotators\)"),
        ([], r"shape \(n_rows, n_annotators\)"),
    ],
)
def test_what_is_no_table_of_labels(table, message):
    with pytest.raises(ValueError, match=message):
        labels_from_annotators(table)


def test_lists_of_booleans_for_boolean_labels_could_be_both():
    """As a table the second row is fixed; as collections of labels it may become True."""
    X, y = np.eye(3), np.array([True, False, True])
    for ambiguous in ([[False, True], [True, False], [False, True]], [(False, True)] * 3):
        with pytest.raises(ValueError, match="candidate_labels is a list of booleans, and so are the labels"):
            NTKRegressorClassifier().fit(X, y, candidate_labels=ambiguous)
    as_table = NTKRegressorClassifier().fit(X, y, candidate_labels=np.array(ambiguous) | (y[:, None] == [False, True]))
    as_sets = NTKRegressorClassifier().fit(X, y, candidate_labels=[{True}, {False, True}, {True}])
    assert np.array_equal(as_table.candidates_, [[False, True], [True, True], [False, True]])
    assert np.array_equal(as_sets.candidates_, as_table.candidates_)
