"""Lower bounds by relaxation where an attack can empty the classes that lead."""

import numpy as np

from skcert.certificates import targeted_flips
from tests.oracles import all_labelings, flips_to_each_class, summed_scores


def test_a_class_that_loses_its_last_row_is_in_nobodys_way():
    """Mostly negative weights: relabelling the one row of the class that leads beats closing its lead."""
    rng = np.random.default_rng(5)
    n_emptied = 0
    for _ in range(300):
        n, n_classes = int(rng.integers(3, 6)), int(rng.integers(3, 5))
        weights, labels = rng.integers(-9, 4, n).astype(float), rng.integers(0, n_classes, n)
        lower, upper = targeted_flips(weights[None], labels, n_classes)
        labelings = all_labelings(n, n_classes)
        predictions = summed_scores(weights, labelings, n_classes).argmax(axis=1)
        truth = flips_to_each_class(predictions, labelings, labels, n_classes)
        assert (lower[0] <= truth).all() and (truth <= upper[0]).all()
        n_emptied += np.bincount(labels, minlength=n_classes)[truth.argmin()] <= truth[truth > 0].min()
    assert n_emptied > 30
