"""Bins against sums over all rows."""

import numpy as np
import pytest

from skcert.certificates._rules import new_rules
from skcert.certificates.label_linear._bins import (
    LOWERING,
    RAISING,
    fill_both,
    fill_changes,
    new_bins,
    rows_of_both,
    start_bins,
)
from skcert.certificates.label_linear._training_rows import training_rows


def case(rng, restricted):
    n, n_classes = int(rng.integers(1, 200)), int(rng.integers(2, 6))
    labels = rng.integers(0, n_classes, n)
    row = rng.normal(size=n) * 10.0 ** rng.integers(-30, 1, n) * rng.choice([0.0, 1.0], n, p=[0.1, 0.9])
    trusted = rng.random(n) < 0.2
    candidates = rng.random((n, n_classes)) < (0.4 if restricted else 1.0)
    candidates[np.arange(n), labels] = True
    rules = new_rules(np.arange(1.0, n_classes + 1.0), candidates, trusted, n_classes)
    return row, labels, training_rows(labels, trusted), rules, candidates, ~trusted & (row != 0.0)


@pytest.mark.parametrize("restricted", [False, True])
def test_every_row_is_in_its_bin(restricted):
    rng = np.random.default_rng(0)
    for _ in range(50):
        row, _, training, rules, _, weighs = case(rng, restricted)
        bins = new_bins(training, rules)
        for scale in (1.0, 2.0**-1000):  # used again, with subnormal numbers
            scaled = row * scale
            start_bins(bins, scaled, training)
            n_used = bins.state[0]
            assert set(bins.rows[: bins.starts[n_used]]) == set(np.flatnonzero(weighs & (scaled != 0.0)))
            for b in range(n_used):
                sizes = np.abs(scaled[bins.rows[bins.starts[b] : bins.starts[b + 1]]])
                assert ((bins.upper[b + 1] <= sizes) & (sizes < bins.upper[b])).all()


@pytest.mark.parametrize("restricted", [False, True])
def test_what_rows_can_do(restricted):
    rng = np.random.default_rng(1)
    for _ in range(30):
        row, labels, training, rules, candidates, weighs = case(rng, restricted)
        n_classes = candidates.shape[1]
        bins = new_bins(training, rules)
        start_bins(bins, row, training)
        n_used = bins.state[0]
        for wanted in {0, n_used // 2, n_used - 1} if n_used else ():
            fill_changes(bins, row, training, rules, wanted)
        own = labels[:, None] == np.arange(n_classes)
        up = (row[:, None] > 0) == ~own
        raises, lowers = candidates & up & weighs[:, None], candidates & ~up & weighs[:, None]
        size = np.abs(row)
        for b in range(n_used):
            in_bin = np.zeros(len(row), dtype=bool)
            in_bin[bins.rows[bins.starts[b] : bins.starts[b + 1]]] = True
            for which, able in ((RAISING, raises), (LOWERING, lowers)):
                assert np.array_equal(bins.changes["n"][b, which], able[in_bin].sum(axis=0))
                assert np.allclose(bins.changes["sum"][b, which], size[in_bin] @ able[in_bin])
            loser, target = rng.permutation(n_classes)[:2]
            fill_both(bins, row, training, rules, loser, target)
            able = raises[:, target] & lowers[:, loser] & in_bin
            n, total = rows_of_both(bins.both, bins.own, b, loser, target)
            assert n == able.sum() and np.isclose(total, size[able].sum())
