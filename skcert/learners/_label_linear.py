"""What every label-linear classifier shares: from label weights to predictions and certificates."""

from abc import ABCMeta, abstractmethod

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .._chunks import row_chunks
from ..certificates import CertificationResult, certify_label_linear, class_scores

# More rows at once make the matrix products no faster, only the chunks larger.
_MAX_CHUNK_ROWS = 1024


class LabelLinearClassifierMixin(ClassifierMixin, metaclass=ABCMeta):
    """From label weights to ``decision_function``, ``predict`` and ``certify``.

    A learner that mixes this in sets, in ``fit``, ``classes_`` (sorted class labels) and
    ``label_codes_`` (class index of each training row), and implements ``_label_weights(X)``: the rows
    a(x) for validated X, shape (n_rows, n_train), float32 or float64, *computed without the labels*.
    Scores are ``f_c(x) = sum_i a_i(x) [y_i = c]``; the prediction is the class with the largest score,
    the first in ``classes_`` among equals.
    """

    @abstractmethod
    def _label_weights(self, X):
        """Label weights of validated rows, a new array of shape (n_rows, n_train)."""

    def label_weights(self, X):
        """The weight that each training label has in each score.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        weights : ndarray of shape (n_test, n_train)
            Row x holds a(x), which does not depend on the training labels. Takes n_test * n_train
            numbers of memory; the other methods work through it in chunks.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        X = self._validate_test_rows(X)
        return np.concatenate([weights for _, weights in self._label_weight_chunks(X)])

    def decision_function(self, X):
        """Class scores.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        scores : ndarray of shape (n_test,) or (n_test, n_classes)
            One column per class; for two classes the second score minus the first.
        """
        scores = self._class_scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X):
        """Predict class labels.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels; the first class in ``classes_`` among equal scores.
        """
        scores = self._class_scores(X)
        return self.classes_[scores.argmax(axis=1)]

    def certify(self, X):
        """Certify predictions against label flips, exactly.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            ``radius`` is the exact radius of each prediction, in label flips: refitting this learner,
            with the same parameters and rows, on labels that differ in at most ``radius`` places never
            changes the prediction, and ``radius + 1`` well-chosen places do.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        X = self._validate_test_rows(X)
        n_test, n_classes = X.shape[0], self.classes_.shape[0]
        prediction = np.empty(n_test, dtype=np.int64)
        radius = np.empty(n_test, dtype=np.int64)
        flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
        exact = np.empty(n_test, dtype=bool)
        for rows, weights in self._label_weight_chunks(X):
            prediction[rows], radius[rows], flips_to_class[rows], exact[rows] = certify_label_linear(
                weights, self.label_codes_, n_classes
            )
        return CertificationResult(
            prediction=self.classes_[prediction],
            radius=radius,
            flips_to_class=flips_to_class,
            exact=exact,
            classes=self.classes_,
            certificate="label-linear",
            n_train=self.label_codes_.shape[0],
        )

    def _class_scores(self, X):
        X = self._validate_test_rows(X)
        n_classes = self.classes_.shape[0]
        scores = np.empty((X.shape[0], n_classes))
        for rows, weights in self._label_weight_chunks(X):
            scores[rows] = class_scores(weights, self.label_codes_, n_classes)
        return scores

    def _validate_test_rows(self, X):
        check_is_fitted(self, "label_codes_")
        return validate_data(self, X, dtype=[np.float64, np.float32], reset=False)

    def _label_weight_chunks(self, X):
        """Slices of X with their label weights, within scikit-learn's ``working_memory``.

        The chunks depend on the shapes alone, so that `predict` and `certify` see the same numbers.
        """
        n_train = self.label_codes_.shape[0]
        row_bytes = 2 * n_train * X.itemsize  # a kernel row and the weights made of it
        for rows in row_chunks(X.shape[0], row_bytes, _MAX_CHUNK_ROWS):
            weights = self._label_weights(X[rows])
            if not np.isfinite(weights).all():
                raise ValueError(
                    f"{type(self).__name__}: label weights overflow at this scale of X; scale the features, "
                    "for instance with sklearn.preprocessing.StandardScaler."
                )
            yield rows, weights
