"""Rows counted in bulk against the walk, exhaustive search and exact arithmetic: the same answers to the last bit."""

import numpy as np
import pytest

from skcert.certificates import UNBOUNDED, certify_label_linear, smallest_attack
from skcert.certificates.label_linear import _overtaking_in_bulk
from skcert.certificates.label_linear._classes import new_classes
from skcert.certificates.label_linear._overtaking_in_bulk import new_bulk, start_bulk
from skcert.certificates.label_linear._training_rows import training_rows
from tests.certificates.label_linear import test_radius, test_rounding


@pytest.fixture
def in_bulk(monkeypatch):
    """However few rows there are."""
    monkeypatch.setattr(_overtaking_in_bulk, "_FEWEST_ROWS", 1)
    monkeypatch.setattr(_overtaking_in_bulk, "_FEWEST_OF_CLASS", 0)


def walking(*arguments):
    """The answers of the walk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_overtaking_in_bulk, "_MOST_CLASSES", 0)
        return certify_label_linear(*arguments)


def assert_same(weights, labels, n_classes):
    answers = certify_label_linear(weights, labels, n_classes)
    for answer, expected in zip(answers, walking(weights, labels, n_classes)):
        assert np.array_equal(answer, expected)
    return answers


@pytest.mark.parametrize(
    "test",
    [
        test_radius.test_whole_number_weights_equal_exhaustive_search,
        test_radius.test_real_weights_are_never_overclaimed,
        test_radius.test_near_tie_costs_one_flip_and_is_marked,
        test_radius.test_wholly_zero_weights_are_attacked_through_the_rows_of_the_class,
        test_radius.test_class_without_training_rows_is_never_predicted_and_can_be_reached,
        test_radius.test_the_last_row_of_the_predicted_class_is_worth_one_flip,
        test_radius.test_many_equal_weights,
        test_radius.test_huge_weights_come_to_an_end,
    ],
)
def test_what_holds_for_the_walk(in_bulk, test):
    test()


@pytest.mark.parametrize("unit", [5e-324, 1e-310, 1e-140, 1e290])
def test_magnitudes_change_nothing(in_bulk, unit):
    test_radius.test_magnitudes_change_nothing(unit)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_never_above_the_rational_radius(in_bulk, dtype):
    rng = np.random.default_rng(0)
    for _ in range(500):
        weights, labels, n_classes = test_rounding.near_ties(rng, dtype)
        prediction, radius, upper, _ = assert_same(weights[None], labels, n_classes)
        truth = test_rounding.rational_radius(weights, labels, n_classes, int(prediction[0]))
        assert radius[0] <= max(truth, 0) and upper[0] >= truth


def some_weights(rng, n):
    """Weights of one size or of all sizes, with ties, zeros and whole numbers among them."""
    spread = rng.choice([0.02, 0.3, 3.0, 15.0])
    row = rng.choice([-1.0, 1.0], n, p=[0.3, 0.7]) * np.exp(spread * rng.normal(size=n))
    row = np.clip(row, *np.quantile(row, [0.1, rng.choice([0.8, 1.0])])) * rng.choice([0.0, 1.0], n, p=[0.1, 0.9])
    return np.round(row) if rng.random() < 0.3 else row


@pytest.mark.parametrize("n_cases", [60, pytest.param(600, marks=pytest.mark.slow)])
@pytest.mark.parametrize("most", [12, 100, 4000])
def test_equals_the_walk(in_bulk, most, n_cases):
    """Classes of unequal size, empty ones among them."""
    rng = np.random.default_rng(most)
    bounded, n_pairs = 0, 0
    for _ in range(n_cases):
        n, n_classes = int(rng.integers(1, most)), int(rng.choice([2, 3, 6, 30, 64]))
        weights = np.stack([some_weights(rng, n) for _ in range(2)]).astype(rng.choice([np.float32, np.float64]))
        labels = rng.choice(n_classes, n, p=rng.dirichlet(np.full(n_classes, rng.choice([0.2, 2.0]))))
        _, radius, upper, flips = assert_same(weights, labels, n_classes)
        bounded += (radius < UNBOUNDED).sum()
        n_pairs += (flips < UNBOUNDED).sum()
        if upper[0] < UNBOUNDED:
            assert smallest_attack(weights[0], labels, n_classes)[0].size == upper[0] + 1
    assert bounded > n_cases and n_pairs > bounded


def test_many_flips_of_all_kinds(in_bulk):
    """Rows of some classes weigh more, so that whole levels of singles and doubles are flipped before the gap closes.

    A sum that is off by a ten thousandth is seen.
    """
    rng, n_many = np.random.default_rng(1), 0
    for _ in range(60):
        n, n_classes = 4000, int(rng.integers(3, 6))
        labels = rng.choice(n_classes, n, p=rng.dirichlet(np.full(n_classes, 5.0)))
        size = np.exp(0.4 * rng.normal(size=(4, n))) * np.exp(rng.normal(size=n_classes))[labels]
        weights = size * rng.choice([-1.0, 1.0], (4, n), p=[0.15, 0.85])
        *_, flips = assert_same(weights, labels, n_classes)
        n_many += ((flips > 200) & (flips < UNBOUNDED)).sum()
    assert n_many > 200


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_at_the_threshold(dtype):
    """One row more or less decides how rows are counted, and nothing else."""
    rng, n = np.random.default_rng(0), _overtaking_in_bulk._FEWEST_ROWS
    labels, weights = rng.integers(0, 3, n), rng.normal(0.01, 1.0, size=(3, n)).astype(dtype)
    for n_rows, pays in ((n, True), (n - 1, False)):
        assert (new_bulk(training_rows(labels[:n_rows], None), 3) is not None) == pays
        assert_same(weights[:, :n_rows], labels[:n_rows], 3)


def test_only_where_it_pays_and_rows_are_all_alike(in_bulk, monkeypatch):
    labels = np.arange(200) % 3
    assert new_bulk(training_rows(labels, np.zeros(200, dtype=bool)), 3) is not None
    assert new_bulk(training_rows(labels, labels == 0), 3) is None
    assert new_bulk(training_rows(labels, None), 65) is None
    monkeypatch.setattr(_overtaking_in_bulk, "_FEWEST_OF_CLASS", 100)
    assert new_bulk(training_rows(labels, None), 2) is not None
    assert new_bulk(training_rows(labels, None), 3) is None


def test_every_row_is_in_its_cell(in_bulk):
    rng = np.random.default_rng(0)
    for _ in range(30):
        n, n_classes = int(rng.integers(1, 300)), int(rng.integers(2, 6))
        row, labels = some_weights(rng, n), rng.integers(0, n_classes, n)
        training = training_rows(labels, None)
        bulk, classes = new_bulk(training, n_classes), new_classes(training, n_classes)
        for _ in range(2):  # used again
            start_bulk(bulk, row, labels, classes)
        assert np.array_equal(classes["score"], np.bincount(labels, weights=row, minlength=n_classes))
        bins, cells = np.divmod(bulk.cell_of.astype(int), 2 * n_classes + 2)
        weighs, size = row != 0.0, np.abs(row)
        assert np.array_equal(cells, labels + n_classes * (row < 0))
        assert (bins[~weighs] == 257).all() and (bins[weighs] <= 256).all()
        largest, inner = size.max(initial=0.0), weighs & (bins < 256)
        # whoever is an octave smaller is 16 bins further down
        halved = row.copy()
        halved[size < largest] *= 0.5
        start_bulk(bulk, halved, labels, classes)
        further = bulk.cell_of.astype(int) // (2 * n_classes + 2) - bins
        assert (further[inner & (size < largest)] == np.minimum(16, 256 - bins)[inner & (size < largest)]).all()
        for level in (0, 1, 20, 256):
            start_bulk(bulk, row, labels, classes)
            before = weighs & (bins <= level)
            for which, part in enumerate((before & (row > 0), before & (row < 0))):
                of_class = [part & (labels == c) for c in range(n_classes)]
                cell = bulk.larger[level]
                found = [cell["n"][which * n_classes + c] for c in range(n_classes)]
                assert found == [rows.sum() for rows in of_class] and cell["n"][2 * n_classes + which] == part.sum()
                sums = [cell["sum"][which * n_classes + c] for c in range(n_classes)]
                assert np.allclose(sums, [size[rows].sum() for rows in of_class])
                assert np.isclose(cell["sum"][2 * n_classes + which], size[part].sum())
