"""The scores that can be bounded: accuracy, and accuracy in which some classes are worth more."""

import numpy as np

from .._utils import class_indices, encode_score_weight, few_of, plain_labels
from ..certificates import check_worth


def fixed_accuracy(accuracy_weight, encoded):
    """`WeightedAccuracy` of weights by label, None for 1 each."""
    worth, _ = encode_score_weight(accuracy_weight, encoded.classes, encoded.codes, "accuracy_weight")
    worth = np.ones(len(encoded.classes)) if worth is None else worth
    check_worth(worth)
    return WeightedAccuracy(encoded.classes, worth)


class WeightedAccuracy:
    """``scorer(estimator, X, y_true)``: the mean of what the class of each row is worth, 0 if predicted wrong.

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
