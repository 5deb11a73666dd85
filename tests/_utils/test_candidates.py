"""Candidate labels as users give them: what they mean, and what is refused by which words."""

import numpy as np
import pandas as pd
import pytest

from skcert._utils import encode_all_labels

Y = np.array(["a", "b", "a", "c"])
SETS = [["a", "b"], ["b"], ["a", "c", "a"], ["c", "b"]]
TABLE = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=bool)


@pytest.mark.parametrize(
    "given",
    [
        SETS,
        [set(labels) for labels in SETS],
        [tuple(labels) for labels in SETS],
        [np.array(labels) for labels in SETS],
        [dict.fromkeys(labels) for labels in SETS],
        pd.Series(SETS, index=[7, 3, 5, 1]),
        np.array([frozenset(labels) for labels in SETS], dtype=object),
        TABLE,
        TABLE.tolist(),
        pd.DataFrame(TABLE, columns=["a", "b", "c"]),
        pd.DataFrame(TABLE, columns=["a", "b", "c"])[["c", "a", "b"]],
        pd.DataFrame(TABLE),
        np.asfortranarray(TABLE),
    ],
    ids=[
        "lists",
        "sets",
        "tuples",
        "arrays",
        "dicts",
        "series",
        "objects",
        "table",
        "nested",
        "frame",
        "order",
        "0..",
        "F",
    ],
)
def test_the_same_candidates(given):
    classes, codes, trusted, candidates = encode_all_labels(Y, None, None, given)
    assert classes.tolist() == ["a", "b", "c"] and codes.tolist() == [0, 1, 0, 2]
    assert np.array_equal(candidates, TABLE)
    assert trusted.tolist() == [False, True, False, False]


def test_labels_that_are_only_candidates_are_classes():
    classes, codes, _, candidates = encode_all_labels([1, 3], None, None, [[1, 2], [3]])
    assert classes.tolist() == [1, 2, 3] and codes.tolist() == [0, 2]
    assert candidates.tolist() == [[True, True, False], [False, False, True]]
    classes, *_ = encode_all_labels([1.0, 3.0], None, None, [[1, 2], [3]])
    assert classes.tolist() == [1.0, 2.0, 3.0]


def test_trusted_and_candidates_together_are_their_intersection():
    trusted = np.array([True, False, False, False])
    assert encode_all_labels(Y, None, trusted, SETS).trusted.tolist() == [True, True, False, False]
    assert encode_all_labels(Y, None, None, np.ones((4, 3), dtype=bool)).trusted is None


def test_what_the_caller_changes_later_does_not_matter():
    table = TABLE.copy()
    candidates = encode_all_labels(Y, None, None, table).candidates
    table[:] = True
    assert np.array_equal(candidates, TABLE)


@pytest.mark.parametrize(
    ("given", "classes", "message"),
    [
        ([["b"], ["b"], ["a"], ["c"]], None, r"row 0 are \['b'\], without its own label, 'a'"),
        (TABLE[:, ::-1], None, r"in this order: \['a', 'b', 'c'\]"),
        (TABLE[:, :2], None, r"shape \(4, 2\), but \(4, 3\) is needed"),
        (TABLE[:3], None, r"shape \(3, 3\), but \(4, 3\) is needed"),
        (np.ones((4, 4), dtype=bool), None, "only as candidates belong into `classes`"),
        (TABLE.astype(int), None, "a table has to hold booleans"),
        (pd.DataFrame(TABLE, columns=["a", "b", "d"]), None, r"columns \['a', 'b', 'd'\], but the classes are"),
        ([["a"], ["b"], [], ["c"]], None, r"row 2 are \[\]"),
        (["ab", "b", "a", "c"], None, "row 0 are 'ab', but a collection of labels is needed"),
        ([["a"], None, ["a"], ["c"]], None, "row 1 are None"),
        ([["a"], ["b"], ["a"]], None, "length 3"),
        ("abac", None, "row 0 are 'a', but a collection"),
        ([["a", "d"], ["b"], ["a"], ["c"]], ["a", "b", "c"], r"lacks: \['d'\]"),
        ([["a", 1], ["b"], ["a"], ["c"]], None, "mixes"),
        ([[0], [1], [0], [2]], None, "holds numbers, but the labels in y are text"),
        (iter(SETS), None, "no length"),
        (3, None, "no length"),
    ],
)
def test_what_is_refused(given, classes, message):
    with pytest.raises(ValueError, match=message):
        encode_all_labels(Y, classes, None, given)
