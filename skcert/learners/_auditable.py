"""What an audit of the training labels asks a label-linear classifier."""

from abc import ABCMeta, abstractmethod
from copy import copy

import numpy as np

from .._utils import reported, row_chunks, trusted_mask
from ..certificates import Labelling, scores_without_own
from ._without_own import without_own

# More rows at once do not make the matrix products faster, only the chunks larger.
MAX_CHUNK_ROWS = 1024


def labelling_of(fitted):
    """What a fitted classifier knows of labels: a learner, or an ensemble that votes softly."""
    return Labelling(
        fitted.label_codes_,
        fitted.classes_,
        fitted.trusted_,
        fitted.candidates_,
        fitted.score_weight_,
        fitted.weights_counted_,
    )


def with_trusted(fitted, trusted):
    """A copy of a fitted classifier that shares everything with it, but trusts these rows, too."""
    copied = copy(fitted)
    copied.trusted_ = trusted | trusted_mask(fitted.trusted_, trusted.shape[0])
    return copied


class Auditable(metaclass=ABCMeta):
    """Mixin of `LabelLinearClassifierMixin`: scores without the own label, and the same model with more trust."""

    label_codes_: np.ndarray

    @abstractmethod
    def _label_weights(self, X):
        """Label weights of validated rows, a new array of shape (n_rows, n_train)."""

    def _audit_needs_rows(self):
        """Whether `_weights_without_own` needs the features of the training rows."""
        return True

    def _training_rows(self):
        """The training rows as `_label_weights` takes them; None if they are not kept."""
        return getattr(self, "X_fit_", None)

    def _weights_without_own(self, rows, X):
        """Label weights at some training rows, whose features are X, of a fit without the row; 0 for the row itself.

        Where that has no closed form: the label weights as they are, with 0 for the row itself.
        """
        return without_own(np.array(self._label_weights(X)), rows)

    def _scores_without_own(self, X):
        """Class scores of each training row without its own label; X are all of them, or None if not needed."""
        n_train = self.label_codes_.shape[0]

        def chunks():
            slices, verbose = row_chunks(n_train, 4 * n_train * 8, MAX_CHUNK_ROWS), getattr(self, "verbose", 0)
            for rows in reported(slices, f"{type(self).__name__}: audit", n_train, "training rows", verbose):
                own = np.arange(rows.start, rows.stop)
                yield rows, self._weights_without_own(own, None if X is None else X[rows])

        return scores_without_own(chunks(), labelling_of(self))

    def _with_trusted(self, trusted):
        """The fitted classifier as if these rows, too, had been marked as trusted."""
        return with_trusted(self, trusted)
