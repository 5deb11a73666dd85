"""What is known of each class at one test row: one record per class, with a name for each number.

Compiled code takes one array of records in far less time than a dozen arrays.
"""

import numpy as np
from numba import njit

from ..._utils import compiled_part
from ._training_rows import rows_of_classes

CLASS = np.dtype(
    [
        ("score", np.float64),
        ("n_rows", np.int64),  # of the training set
        ("to_vanish", np.int64),  # flips that leave the class no row
        # a race past one class, the loser (`_overtaking`)
        ("runs", np.bool_),  # the class is to overtake the loser
        ("needed", np.float64),  # the gap that it has to close ...
        ("strict", np.bool_),  # ... or to exceed
        ("known", np.int64),  # flips that it takes in any case: how many fewer are enough does not matter
        ("flips", np.int64),  # flips after which it has overtaken, UNBOUNDED if none do
        ("closed", np.float64),  # by how much they close the gap
        ("steps", np.int64),  # how far the walk had come by then; in bulk, the level in which it overtakes
        ("keeps_a_row", np.bool_),  # whether it has a row then; unless it walks
        ("racing", np.bool_),  # it has not overtaken yet
        ("remaining", np.float64),  # what the sum that is common to all has to reach
        ("own_flips", np.int64),  # its doubles, less its singles: its flips beyond the common ones
        # certainty (`_radius`)
        ("unsure", np.bool_),  # whether it overtakes at all could hang on rounding
        # forcing one class (`_targeted`)
        ("multiplier", np.float64),  # lambda: the weight of the condition that the target comes before this class
        ("coefficient", np.float64),  # what a label weight of this class counts in the sum of these conditions
        ("lead", np.float64),  # workspace of a subgradient step
        ("closed_at", np.float64),  # the lead over the target that counts as closed
    ],
    align=True,
)


def new_classes(rows, n_classes):
    """Records for all classes, with what does not depend on the test row."""
    classes = np.zeros(n_classes, dtype=CLASS)
    classes["n_rows"], classes["to_vanish"] = rows_of_classes(rows, n_classes)
    return classes


@compiled_part
def predict(row, labels, classes, rules):
    """Fill in the scores, 0 for classes without rows; returns the class with the largest.

    Classes without rows are left out, and the first of equals wins; 0 if there are no rows at all.
    """
    for c in range(classes.shape[0]):
        classes[c].score = 0.0
    for i in range(row.shape[0]):
        classes[labels[i]].score += row[i]
    if rules is not None:
        for c in range(classes.shape[0]):
            classes[c].score *= rules.score_weight[c]
    return largest_score(classes)


@njit(inline="always")
def largest_score(classes):
    """The class with the largest score, among those that have rows."""
    best = 0
    for c in range(classes.shape[0]):
        if classes[c].n_rows > 0 and (classes[best].n_rows == 0 or classes[c].score > classes[best].score):
            best = c
    return best
