import numpy as np
import pytest

from skcert.cli.tables._cells import Cells
from skcert.cli.tables._labels import test_labels as read_test_labels
from skcert.cli.tables._labels import training_labels


def cells(column, kind="CSV"):
    return Cells("t", kind, {"y": column}, len(column))


@pytest.mark.parametrize(
    ("alike", "count"),
    [
        (["cat", " cat"], 2),
        (["1", "1.0"], 2),
        (["Yes", "yes", "YES"], 3),
        (["e\u0301", "\u00e9"], 2),
        (["a  b", "a b"], 2),
    ],
)
def test_labels_that_look_alike_are_named_once(alike, count):
    labels, notes = training_labels(cells([*alike, "other"]), "y")
    assert labels.tolist() == [*alike, "other"]  # as in the file
    assert len(notes) == 1 and sum(repr(name) in notes[0] for name in alike) == count and "other" not in notes[0]
    assert training_labels(cells(["a", "b", "10", "1.5"]), "y")[1] == []


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        (np.array([0.5, 1.0, 2.0]), np.array([1.0, 2.0]), ["1.0", "2.0"]),
        (["0.5", "1.0", "2.0"], np.array([1.0, 2.0]), ["1.0", "2.0"]),
        (np.array([1.0, 2.0]), np.array([1.0, np.inf]), None),
        (np.array([1.0, 2.0]), ["2.0", "1"], ["2", "1"]),
        (["01", "02"], ["01", "02"], ["01", "02"]),
        (["1", "1.0", "2"], ["1.0", "1", "2.00"], ["1.0", "1", "2"]),
        (["1", "1.0", "2"], ["1.00"], None),  # either
        (["a", "b"], ["c"], None),
    ],
)
def test_the_same_label_in_both_tables(train, test, expected):
    classes, _ = training_labels(cells(train), "y")
    labels, notes, unknown = read_test_labels(cells(test), "y", classes)
    assert bool(unknown) == (expected is None)
    assert expected is None or (labels.tolist() == expected and notes == [])


def test_labels_found_only_by_what_they_mean():
    classes, _ = training_labels(cells(["cat", "True"]), "y")
    labels, notes, unknown = read_test_labels(cells(["cat ", "TRUE"]), "y", classes)
    assert labels.tolist() == ["cat", "True"] and unknown == []
    assert notes == ["label 'TRUE' read as 'True'", "label 'cat ' read as 'cat'"]


@pytest.mark.parametrize(
    ("column", "kind", "n_missing"),
    [
        (["a", "", " "], "CSV", 2),
        (["a", "NA", "None"], "CSV", 2),
        (["a", "NA", ""], "Parquet", 1),
        (np.array([1.0, np.nan]), "Parquet", 1),
        (np.array([np.nan]), "Parquet", 1),
    ],
)
def test_missing(column, kind, n_missing):
    with pytest.raises(ValueError, match=f"{n_missing} of {len(column)} rows have no label in column 'y'"):
        training_labels(cells(column, kind), "y")
