import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skcert.certificates.label_linear._order import SORTED, extend_order, new_order, start_order
from skcert.certificates.label_linear._training_rows import TrainingRows

_SOME = st.floats(-1e6, 1e6, allow_subnormal=False) | st.sampled_from([0.0, 1.0, -1.0, 2.0])


def _check_prefix(row, flippable, wanted):
    labels = np.arange(row.size) % 5
    order = new_order(flippable.size)
    for _ in range(2):  # the arrays are used from row to row
        start_order(order, row, flippable)
        while order.state[SORTED] < min(wanted, flippable.size):
            extend_order(order, row, TrainingRows(labels, flippable))
    n_sorted = order.state[SORTED]
    keys, rows, tags = (part[:n_sorted] for part in order[:3])
    assert np.array_equal(keys, np.sort(np.abs(row[flippable]))[::-1][:n_sorted])
    assert np.array_equal(np.abs(row[rows]), keys)
    assert np.unique(rows).size == n_sorted and np.isin(rows, flippable).all()
    assert np.array_equal(tags, 2 * labels[rows] + (row[rows] < 0))


@settings(max_examples=25, deadline=None)
@given(st.lists(_SOME, min_size=200, max_size=400), st.integers(1, 400), st.integers(1, 3))
def test_any_prefix_is_in_order(values, wanted, step):
    row = np.array(values)
    _check_prefix(row, np.arange(row.size)[::step], wanted)


def test_rows_of_many_shapes_are_sorted_to_the_end():
    rng = np.random.default_rng(0)
    for n in (40, 63, 64, 65, 66, 500, 5000):
        rows = [
            rng.normal(size=n),
            rng.standard_cauchy(n),  # heavy tails
            1.0 + 1e-12 * rng.normal(size=n),  # all but equal
            np.ones(n),
            np.zeros(n),
            rng.integers(0, 3, n).astype(float),
            np.r_[np.full(n // 2, 1e30), rng.normal(size=n - n // 2)],
            np.sort(rng.normal(size=n)),
        ]
        for row in rows:
            for wanted in (1, n):
                _check_prefix(row, np.arange(n), wanted)
            _check_prefix(row.astype(np.float32), np.arange(n), n // 2 + 1)
