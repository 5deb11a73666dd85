"""Arguments of `flips_to_select`, and what is wrong with each kind of them, for `test_doors.py`."""

import numpy as np

SELECTION = {
    "predictions": np.array([[0, 1, 2, 0, 1], [2, 1, 2, 0, 0]]),
    "radii": np.array([[0, 1, 2, 0, 3], [1, 1, 0, 0, 2]]),
    "rows": np.array([0, 1, 2, 3, 0]),
    "splits": np.array([0, 0, 7, 7, 7]),
    "chosen": 0,
    "accuracy_weight": np.array([1.5, 1.0, 0.25]),
}


def wrong_selection(change, whole, finite, number):
    """What is wrong with each argument, from what is wrong with arrays of whole numbers, of floats, and numbers."""
    beyond = {name: wrong for name, wrong in whole.items() if name != "beyond int64"}
    return {
        "predictions": {"-1": change(-1), "K": change(3), "none": lambda array: array[:0], **whole},
        "radii": {"-1": change(-1), "too few": lambda array: array[:, 1:], **beyond},
        "rows": {"-1": change(-1), "n": change(4), "too few": lambda array: array[1:], **whole},
        "splits": {"too few": lambda array: array[1:], **whole},
        "chosen": {str(value): lambda _, value=value: value for value in (-1, 2, 0.0, True, None)},
        "accuracy_weight": {
            "0": change(0.0),
            "negative": change(-1.0),
            "too few": lambda array: array[:-1],
            "too large": lambda array: array * 2.0**510,
            "too small": lambda array: array * 2.0**-510,
            **finite,
        },
        "n_classes": number,
    }
