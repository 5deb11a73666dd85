import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skcert.certificates._descending_order import sort_further


@given(
    st.lists(st.floats(0, 1e6) | st.sampled_from([0.0, 1.0, 2.0]), min_size=1, max_size=300),
    st.integers(1, 300),
)
def test_any_prefix_is_in_order(values, wanted):
    keys = np.array(values)
    original = keys.copy()
    order = np.arange(keys.size)
    stack = np.empty(keys.size + 1, np.int64)
    stack[0] = keys.size
    n_sorted, top = 0, 0
    while n_sorted < min(wanted, keys.size):
        n_sorted, top = sort_further(keys, order, n_sorted, stack, top)
    assert np.array_equal(keys[:n_sorted], np.sort(original)[::-1][:n_sorted])
    assert np.array_equal(original[order], keys)
    assert np.array_equal(np.sort(order), np.arange(keys.size))
