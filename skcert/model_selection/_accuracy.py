"""Accuracy, and accuracy in which right predictions are worth more in some classes: the scores that can be bounded."""

import numpy as np

from .._utils import class_indices, few_of
from .._utils import plain_labels


class WeightedAccuracy:
    """``scorer(estimator, X, y_true)``: the mean over rows of the worth of their class, 0 where the prediction is wrong.

    The weights are fixed, and so is the number of rows: flipped labels move nothing else than the terms of this mean.
    """

    def __init__(self, classes, worth):
        self.classes = classes
        self.worth = worth

    def __call__(self, estimator, X, y_true):
        y_true = np.asarray(plain_labels(y_true, "y"))
        codes = class_indices(y_true, self.classes)
        if (codes < 0).any():
            raise ValueError(
                f"y has labels without a weight, {few_of(np.unique(y_true[codes < 0]))}: classes are "
                f"{few_of(self.classes)}."
            )
        return self.of(codes, class_indices(estimator.predict(X), self.classes))

    def of(self, true_codes, predicted_codes):
        """The score of predictions, from class indices."""
        return float(np.mean(self.worth[true_codes] * (true_codes == predicted_codes)))

    def __repr__(self):
        return f"WeightedAccuracy({dict(zip(self.classes.tolist(), self.worth.tolist()))})"
