"""Which candidates flips can make win, against all labellings of small searches and all they may do to predictions."""

from itertools import combinations, product

import numpy as np
import pytest

from skcert.certificates import (
    UNBOUNDED,
    allowed_labels,
    flips_to_select,
    largest_leads,
    open_validation,
    search_radius,
)


def random_search(rng):
    """Predictions and radii of two or three candidates, on splits that may overlap and differ in size."""
    n, n_classes, n_models = int(rng.integers(3, 7)), int(rng.integers(2, 4)), int(rng.integers(2, 4))
    sizes = rng.integers(1, n, size=int(rng.integers(1, 4)))
    if rng.random() < 0.4:
        sizes[:] = sizes[0]
    rows = np.concatenate([rng.choice(n, size, replace=False) for size in sizes])
    splits = np.repeat(np.arange(sizes.size), sizes)
    labels = rng.integers(0, n_classes, n)
    right = rng.random((n_models, rows.size)) < 0.7
    predictions = np.where(right, labels[rows], rng.integers(0, n_classes, (n_models, rows.size)))
    if rng.random() < 0.3:
        predictions[-1] = predictions[0]
    radii = rng.choice(
        [0, 1, 2, UNBOUNDED], (n_models, rows.size), p=rng.choice([[0.2, 0.2, 0.2, 0.4], [0, 0, 0.1, 0.9]])
    )
    threat = {}
    if rng.random() < 0.3:
        threat["trusted"] = rng.random(n) < 0.5
    if rng.random() < 0.3:
        threat["candidates"] = (rng.random((n, n_classes)) < 0.5) | (np.arange(n_classes) == labels[:, None])
    if rng.random() < 0.3:
        threat["accuracy_weight"] = rng.choice([0.25, 1.0, 1.7], n_classes)
    return predictions, radii, labels, rows, splits, n_classes, threat


def means(right, labels, rows, splits, worth):
    """Scores of candidates as a search computes them."""
    folds = [np.mean(worth[labels[rows[splits == s]]] * right[:, splits == s], axis=1) for s in np.unique(splits)]
    return np.average(np.array(folds).T, axis=1)


def true_flips(predictions, radii, labels, rows, splits, n_classes, threat):
    """Fewest flips after which each candidate may win, if unstable predictions become whatever helps it."""
    n_models, worth = predictions.shape[0], threat.get("accuracy_weight", np.ones(n_classes))
    allowed = allowed_labels(labels, n_classes, threat.get("trusted"), threat.get("candidates"))
    found = np.full(n_models, UNBOUNDED)
    open_rows = np.flatnonzero(allowed.sum(axis=1) > 1)
    for flips in range(open_rows.size + 1):
        unstable = radii < flips
        for changed in combinations(open_rows, flips):
            for new in product(*(np.flatnonzero(allowed[row]) for row in changed)):
                flipped = labels.copy()
                flipped[list(changed)] = new
                right = predictions == flipped[rows]
                for h in range(n_models):
                    best = np.where(unstable, np.arange(n_models)[:, None] == h, right)
                    if found[h] == UNBOUNDED and means(best, flipped, rows, splits, worth).argmax() == h:
                        found[h] = flips
    return found


@pytest.mark.parametrize("block", range(3))
def test_no_candidate_wins_with_fewer_flips(block):
    n_tight = n_all = 0
    for seed in range(30 * block, 30 * block + 30):
        rng = np.random.default_rng(seed)
        *arrays, n_classes, threat = random_search(rng)
        worth = threat.get("accuracy_weight", np.ones(n_classes))
        chosen = int(means(arrays[0] == arrays[2][arrays[3]], *arrays[2:], worth).argmax())
        bound = flips_to_select(*arrays, chosen, n_classes, **threat)
        truth = true_flips(*arrays, n_classes, threat)
        assert bound[chosen] == truth[chosen] == 0
        assert (np.delete(bound, chosen) >= 1).all()
        assert (bound <= truth).all(), (seed, bound, truth)
        n_tight, n_all = n_tight + (bound == truth).sum(), n_all + bound.size
    assert n_tight >= 0.8 * n_all


def test_a_row_counts_once_in_splits_that_overlap():
    """Five rows, one split three times: a flip of row 0 moves all three, by no more than one row of one split."""
    rows, splits = np.array([0, 1] * 3), np.repeat([0, 1, 2], 2)
    predictions = np.array([[0, 0] * 3, [1, 0] * 3])
    certain = np.full(predictions.shape, UNBOUNDED)
    labels = np.array([0, 0, 1, 1, 1])
    for wide in (slice(0, 2), slice(None)):
        bound = flips_to_select(predictions[:, wide], certain[:, wide], labels, rows[wide], splits[wide], 0, 2)
        assert bound.tolist() == [0, 1]


def test_equal_candidates_never_overtake_an_earlier_one():
    """Not even within the margin for rounding, as long as no prediction can change."""
    predictions, labels = np.array([[0, 1, 1, 0]] * 2), np.array([0, 1, 0, 0])
    rows, splits = np.arange(4), np.array([0, 0, 0, 1])
    certain = np.full((2, 4), UNBOUNDED)
    assert flips_to_select(predictions, certain, labels, rows, splits, 0, 2).tolist() == [0, UNBOUNDED]
    shaky = certain.copy()
    shaky[1, 2] = 1
    assert flips_to_select(predictions, shaky, labels, rows, splits, 0, 2).tolist() == [0, 2]


def test_nothing_to_flip_is_nothing_to_win():
    predictions, labels = np.array([[0, 1], [0, 0]]), np.array([0, 1])
    radii, rows, splits = np.zeros((2, 2), dtype=int), np.arange(2), np.zeros(2, dtype=int)
    trusted = np.array([True, True])
    assert flips_to_select(predictions, radii, labels, rows, splits, 0, 2, trusted=trusted).tolist() == [0, UNBOUNDED]


def test_the_winner_has_to_beat_everybody():
    """The third candidate soon overtakes the chosen one, but the second is ahead of it whatever happens."""
    labels, rows, splits = np.zeros(6, dtype=int), np.arange(6), np.zeros(6, dtype=int)
    predictions = np.array([[0] * 6, [0] * 6, [0] * 5 + [1]])
    radii = np.full((3, 6), UNBOUNDED)
    radii[0] = 0  # the chosen one is shaky
    trusted = np.arange(6) == 5
    bound = flips_to_select(predictions, radii, labels, rows, splits, 0, 2, trusted=trusted)
    assert bound.tolist() == [0, 1, UNBOUNDED]
    validation = open_validation(
        predictions, radii, labels, rows, splits, allowed_labels(labels, 2, trusted), np.ones(2)
    )
    assert largest_leads(validation, 0, 0).tolist() == pytest.approx([0.0, 0.0, -1 / 6])
    assert largest_leads(validation, 0, 1).tolist() == pytest.approx([0.0, 1.0, 5 / 6])


def test_radius_of_search_and_refit():
    agree = np.array([[True] * 4, [True, False, True, True], [True] * 4])
    radii = np.array([[5, 5, 5, UNBOUNDED], [2, 9, 9, UNBOUNDED], [7, 7, 1, UNBOUNDED]])
    radius, limiting = search_radius(agree, radii, np.array([0, 4, 3]))
    assert radius.tolist() == [3, 3, 2, UNBOUNDED]
    assert limiting.tolist() == [1, 1, 2, 0]
    radius, limiting = search_radius(agree, radii, np.array([0, UNBOUNDED, UNBOUNDED]))
    assert radius.tolist() == [5, 5, 5, UNBOUNDED] and limiting.tolist() == [0] * 4


def test_blocks_of_rows_give_the_same(monkeypatch):
    """Rows go through in blocks that fit the working memory."""
    from sklearn import config_context

    rng = np.random.default_rng(0)
    rows, labels = np.concatenate([rng.permutation(300)[:200] for _ in range(3)]), rng.integers(0, 3, 300)
    right = rng.random((2, 600)) < [[0.9], [0.8]]
    predictions = np.where(right, labels[rows], (labels[rows] + 1) % 3)
    radii = rng.integers(0, 40, (2, 600))
    arguments = predictions, radii, labels, rows, np.repeat([0, 1, 2], 200), 0, 3
    at_once = flips_to_select(*arguments)
    assert 1 < at_once[1] < 100
    with config_context(working_memory=1e-3):
        assert np.array_equal(flips_to_select(*arguments), at_once)
