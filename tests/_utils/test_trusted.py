"""Trusted rows: None or a mask at the door, a mask inside."""

import numpy as np
import pytest

from skcert import FiniteAggregationEnsemble, PartitionAggregationEnsemble
from skcert._utils import check_trusted, trusted_mask
from skcert.baselines import NTKSVMClassifier
from skcert.results import UNBOUNDED


def test_what_is_checked_is_a_copy_or_none():
    mask = np.array([True, False])
    checked = check_trusted(mask, 2)
    mask[:] = False
    assert checked.tolist() == [True, False]
    assert check_trusted(mask, 2) is None
    assert check_trusted(None, 2) is None
    with pytest.raises(ValueError, match="trusted must be a mask: a bool for each of the 3 training rows"):
        check_trusted(checked, 3)


def test_inside_it_is_a_mask_in_any_case():
    assert trusted_mask(None, 3).tolist() == [False, False, False]
    assert trusted_mask(np.array([True, False]), 2).tolist() == [True, False]


@pytest.mark.parametrize(
    "model",
    [
        PartitionAggregationEnsemble(n_partitions=3, partition="random", random_state=0),
        PartitionAggregationEnsemble(n_partitions=3, partition="random", random_state=0, voting="soft"),
        PartitionAggregationEnsemble(n_partitions=3, certificate="black-box", random_state=0),
        FiniteAggregationEnsemble(n_partitions=3, spread=2, random_state=0),
        NTKSVMClassifier(C=0.1),
    ],
    ids=repr,
)
def test_no_trusted_row_is_as_none_at_all(model):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((24, 2)), np.arange(24) % 2
    results = [model.fit(X[:18], y[:18], trusted=mask).certify(X[18:]) for mask in (None, np.zeros(18, dtype=bool))]
    assert model.trusted_ is None
    assert np.array_equal(results[0].radius, results[1].radius)
    assert np.array_equal(results[0].flips_to_class, results[1].flips_to_class)
    everything = model.fit(X[:18], y[:18], trusted=np.ones(18, dtype=bool)).certify(X[18:])
    assert (everything.radius == UNBOUNDED).all()
