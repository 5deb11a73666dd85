"""The search for an attack of a given size."""

import threading

import numpy as np

from skcert.certificates import targeted_attack


def test_deep_searches_fit_into_a_small_stack():
    """More than 200 flips, where searches go down as far as they may, in a thread with the stack that macOS gives."""
    labels = np.repeat([0, 1], 450)
    weights = np.random.default_rng(0).choice([1.0, 2.0, 3.0], labels.size)
    found = []
    targeted_attack(weights, labels, 3, 2)
    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: found.append(targeted_attack(weights, labels, 3, 2)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    rows, new_labels, possible, lower = found[0]
    assert possible and lower <= rows.size and rows.size > 200
    assert (new_labels == 2).all()
