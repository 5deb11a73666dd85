"""Nearest neighbours against rows: all insertions, deletions and relabellings within the radius."""

import numpy as np
import pytest

from skcert import CertifiedKNeighborsClassifier
from skcert._utils import row_digests
from skcert.learners._distances import distances_in_blocks

CLASSES = [0, 1, 2]


def neighbors(k, **parameters):
    return CertifiedKNeighborsClassifier(k, classes=CLASSES, **parameters)


def plain_prediction(rows, test_row, k):
    """By sorting: distance, then content, then position."""
    X = np.array([row for row, _ in rows], dtype=float)
    order = np.lexsort((np.arange(len(rows)), row_digests(X), ((X - test_row) ** 2).sum(axis=1)))[:k]
    return np.bincount([rows[i][1] for i in order], minlength=3).argmax()


def one_operation_away(rows, pool):
    for i in range(len(rows)):
        if len(rows) > 1:
            yield rows[:i] + rows[i + 1 :]
        yield from (rows[:i] + ((rows[i][0], c),) + rows[i + 1 :] for c in CLASSES)
    for i in range(len(rows) + 1):
        yield from (rows[:i] + ((row, c),) + rows[i:] for row in pool for c in CLASSES)


def test_no_attack_within_the_radius_and_one_beyond():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(25):
        n, k = int(rng.integers(2, 7)), int(rng.integers(1, 7))
        rows = tuple((tuple(row), int(rng.random() < 0.2)) for row in rng.integers(-1, 2, size=(n, 2)).tolist())
        test_row = rng.integers(-1, 2, size=2).astype(float)
        fitted = neighbors(k).fit(np.array([row for row, _ in rows], dtype=float), [label for _, label in rows])
        result = fitted.certify_rows(test_row[None])
        prediction, radius = result.prediction[0], result.radius[0]
        assert prediction == plain_prediction(rows, test_row, k) == fitted.predict(test_row[None])[0]
        seen.add((int(radius), n < k))
        mirrored = tuple((2 * test_row - rows[0][0]).tolist())  # at the same distance
        pool = {rows[0][0], mirrored, tuple(test_row.tolist())}
        if radius >= 1:
            for attacked in one_operation_away(rows, pool):
                assert plain_prediction(attacked, test_row, k) == prediction
        elif result.exact[0]:
            assert any(
                plain_prediction(attacked, test_row, k) != prediction for attacked in one_operation_away(rows, ())
            )
    assert {(0, False), (1, False), (1, True)} <= seen


def test_fewer_rows_than_neighbours_all_vote():
    X = np.array([[0.0], [1.0], [5.0]])
    fitted = neighbors(10).fit(X, [0, 0, 1])
    assert fitted.label_weights(X).tolist() == [[1.0] * 3] * 3
    assert fitted.predict(X).tolist() == [0, 0, 0] and fitted.certify_rows(X).radius.tolist() == [0, 0, 0]


def test_equal_distances_are_in_an_order_that_no_other_row_changes():
    rng = np.random.default_rng(1)
    X = rng.integers(-1, 2, size=(40, 2)).astype(float)
    y = rng.integers(0, 3, size=40)
    chosen = neighbors(9).fit(X, y).label_weights(X)
    order = rng.permutation(40)
    shuffled = neighbors(9).fit(X[order], y[order]).label_weights(X)
    contents = row_digests(X)
    for test_row in range(40):  # the same contents; which of equal rows is a matter of their positions
        before, after = contents[chosen[test_row] == 1], contents[order][shuffled[test_row] == 1]
        assert sorted(before.tolist()) == sorted(after.tolist())
    relabelled = neighbors(9).fit(X, y[::-1])
    assert np.array_equal(relabelled.label_weights(X), chosen)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "chebyshev", "minkowski", "canberra", "braycurtis"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_distances_do_not_depend_on_other_rows(metric, dtype):
    """To the last bit."""
    rng = np.random.default_rng(0)
    X, X_test = rng.random((70, 33)).astype(dtype), rng.random((9, 33)).astype(dtype)
    ((_, all_distances),) = distances_in_blocks(X_test, X, metric, None)
    for rows in (slice(1, None), slice(0, 1), slice(3, 50), slice(None, None, 7)):
        ((_, some),) = distances_in_blocks(X_test[2:5], X[rows], metric, None)
        assert np.array_equal(some, all_distances[2:5, rows])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"classes": None}, r"needs classes=.*classes=\[0, 1, 2\]"),
        ({"n_neighbors": 0.5}, "needs a whole n_neighbors"),
        ({"far_weight": -1}, "needs far_weight=0"),
        ({"score_weight": "balanced"}, "needs score_weight=None or a dict"),
        ({"metric": "cosine"}, "needs a metric whose distances depend on the two rows alone.*metric='cosine'"),
        ({"metric": "precomputed"}, "needs a metric .*metric='precomputed'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_missing_is_named(parameters, message):
    X, y = np.random.default_rng(0).random((12, 12)), np.arange(12) % 3
    fitted = neighbors(3).set_params(**parameters).fit(X, y)
    fitted.set_params(classes=CLASSES, n_neighbors=3, far_weight=0, score_weight=None, metric="euclidean")  # too late
    with pytest.raises(ValueError, match=f"certify_rows {message}"):
        fitted.certify_rows(X)


def test_trusted_rows_and_score_weights():
    rng = np.random.default_rng(0)
    X, y = rng.random((30, 2)), np.arange(30) % 3
    trusted = neighbors(7).fit(X, y, trusted=np.ones(30, dtype=bool))
    plain = neighbors(7).fit(X, y)
    assert trusted.certify(X).certain.all()
    assert np.array_equal(trusted.certify_rows(X).radius, plain.certify_rows(X).radius)
    assert np.array_equal(plain.certify(X).radius, plain.certify_rows(X).radius)
    weighted = neighbors(7, score_weight={0: 3.0}).fit(X, y)
    result = weighted.certify_rows(X)
    assert np.array_equal(result.prediction, weighted.predict(X)) and result.certificate == "neighbors"
