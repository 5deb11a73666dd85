"""Carrying an attack out: every label that was asked for arrives, and no other one changes."""

from decimal import Decimal

import numpy as np
import pytest

from skcert import UNBOUNDED, AttackResult, NTKRegressorClassifier


def attack_with(labels, rows=(1, 3)):
    none = np.empty(0, dtype=np.int64)
    return AttackResult(
        prediction=np.zeros(2),
        attacked_prediction=np.zeros(2),
        rows=(np.array(rows), none),
        labels=(np.asarray(labels), none),
        flips_lower=np.array([2, 5]),
        flips=np.array([2, UNBOUNDED]),
    )


HOLDS = [
    # y, new labels, dtype of the result
    (np.array([1, 2, 3, 4], np.int8), [300, 5], np.int64),
    (np.array([1, 2, 3, 4], np.int8), [100, 5], np.int8),
    (np.array([1, 2, 3, 4], np.uint8), [256, 5], np.int64),
    (np.array([1, 2, 3, 4], np.uint8), [-1, 5], np.int64),
    (np.array([1, 2, 3, 4], np.uint8), np.array([7, 5], np.uint64), np.uint8),
    (np.array([True, False, True, True]), [2, 0], np.int64),
    (np.array([True, False, True, True]), [1, 0], bool),
    (np.array([0, 1, 2, 3], np.float16), [3001, 1], np.float64),
    (np.array([0, 1, 2, 3], np.float16), [70000, 1], np.float64),
    (np.array([0, 1, 2, 3], np.float32), [2**24 + 1, 1], np.float64),
    (np.array([0, 1, 2, 3]), [0.5, 1.0], np.float64),
    (np.array([0, 1, 2, 2**53 + 1]), [0.5], object),
    (np.array([2**64 - 2, 1, 2, 3], np.uint64), [-1, 5], object),
    (np.array(["a", "b", "c", "d"]), ["longer", "x"], "U6"),
    (np.array([b"a", b"b", b"c", b"d"]), [b"longer", b"x"], "S6"),
    (np.array(["a", "b", "c", "d"], dtype=object), ["longer", "x"], object),
    (np.array(["2020-01-01"] * 4, dtype="M8[D]"), np.array(["2020-01-01T12"], "M8[h]"), "M8[h]"),
    (np.array([Decimal("0.1")] * 4, dtype=object), np.array([1, 2]), object),
]


@pytest.mark.parametrize(("y", "labels", "dtype"), HOLDS)
def test_no_label_is_changed_by_its_type(y, labels, dtype):
    attack = attack_with(labels, rows=(1, 3)[: len(labels)])
    before = y.copy()
    attacked = attack.relabel(y, 0)
    expected = y.tolist()
    for row, label in zip(attack.rows[0], np.asarray(labels).tolist()):
        expected[row] = label
    if attacked.dtype.kind != "M":
        assert attacked.tolist() == expected
    assert attacked[1] == np.asarray(labels)[0] and attacked[0] == y[0] and attacked[2] == y[2]
    assert attacked.dtype == dtype
    assert np.array_equal(y, before) and not np.shares_memory(attacked, y)


@pytest.mark.parametrize(
    ("values", "dtype", "labels"),
    [
        (["a", "b", "c", "a"], "category", ["longer", "x"]),
        ([1, 2, 3, 1], "category", [300, 5]),
        (["a", "b", "c", "a"], "string", ["longer", "x"]),
        ([1, 2, 3, 1], "Int8", [300, 5]),
        ([True, False, True, True], "boolean", [2, 5]),
        ([1, 2, 3, 1], "int8", [300, 5]),
    ],
)
def test_pandas_labels(values, dtype, labels):
    pd = pytest.importorskip("pandas")
    y = pd.Series(values, dtype=dtype, index=[7, 7, 0, 1])
    attacked = attack_with(labels).relabel(y, 0)
    assert isinstance(attacked, np.ndarray)
    assert attacked.tolist() == [values[0], labels[0], values[2], labels[1]]
    assert y.tolist() == values


def test_random_integers_of_all_types():
    rng = np.random.default_rng(0)
    types = [np.dtype(kind + size).type for kind in "iu" for size in "1248"]
    for _ in range(300):
        first, second = (types[i] for i in rng.integers(0, len(types), 2))
        y, labels = (
            np.array([rng.integers(np.iinfo(t).min, np.iinfo(t).max, endpoint=True, dtype=t) for _ in range(n)])
            for t, n in ((first, 4), (second, 2))
        )
        attacked = attack_with(labels).relabel(y, 0).tolist()
        assert attacked == [int(y[0]), int(labels[0]), int(y[2]), int(labels[1])]


def test_labels_that_cannot_be_those_of_fit():
    attack = attack_with([300, 5])
    with pytest.raises(ValueError, match="y has 3 labels, but the attack relabels training row 3"):
        attack.relabel([0, 1, 2], 0)
    with pytest.raises(ValueError, match=r"y has shape \(2, 2\)"):
        attack.relabel([[0, 1], [2, 3]], 0)
    with pytest.raises(ValueError, match="y holds text, but the new labels of the attack are numbers"):
        attack.relabel(["0", "1", "2", "3"], 0)
    with pytest.raises(ValueError, match="y holds numbers, but the new labels of the attack are text"):
        attack_with(["a", "b"]).relabel([0, 1, 2, 3], 0)


@pytest.mark.parametrize("index", [2, -3, 10**9])
def test_no_such_test_row(index):
    with pytest.raises(IndexError, match=f"index={index} is out of range: there are attacks on 2 test rows"):
        attack_with([1, 2]).relabel([0, 1, 2, 3], index)


@pytest.mark.parametrize("index", [0.0, True, None, "0", slice(1)])
def test_an_index_that_is_none(index):
    with pytest.raises(TypeError, match="must be a whole number"):
        attack_with([1, 2]).relabel([0, 1, 2, 3], index)


def test_rows_are_counted_from_the_end_as_well():
    attack = attack_with([1, 2])
    for index in (-2, np.int8(0)):
        assert attack.relabel([0, 0, 0, 0], index).tolist() == [0, 1, 0, 2]
    assert attack.relabel([0, 0], -1).tolist() == [0, 0]  # no attack, so nothing to relabel


def test_small_labels_with_a_larger_class():
    """A class that is listed, but that no row has: the refit on the attacked labels is the one that was meant."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2))
    y = (X[:, 0] > 0).astype(np.int8)
    network = NTKRegressorClassifier(alpha=10.0, classes=[0, 1, 300]).fit(X, y)
    attacked = network.attack(X[:3], 300).relabel(y, 0)
    assert 300 in attacked and 44 not in attacked
    assert network.fit(X, attacked).predict(X[:1]) == 300
