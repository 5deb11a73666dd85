"""What every label-linear classifier shares: from label weights to predictions, certificates and attacks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils import (
    SavesVersion,
    SaysWhyNoProbabilities,
    check_two_classes,
    encode_all_labels,
    encode_score_weight,
    encode_targets,
    refuse_counted,
    reported,
    row_chunks,
    same_attributes,
)
from ..certificates import (
    LARGEST_SUM,
    attack_chunks,
    certify_chunks,
    certify_collective,
    largest_absolute_sum,
    score_chunks,
)
from ..results import AttackResult, CertificationResult, CollectiveBound, with_index_of
from ._auditable import MAX_CHUNK_ROWS, Auditable, labelling_of
from ._diagnosis import is_varied, on_some_rows, warn_if_constant, warn_of_shifted_weights


class LabelLinearClassifierMixin(SaysWhyNoProbabilities, SavesVersion, Auditable, ClassifierMixin):
    """From "I can state my label weights" to ``decision_function``, ``predict``, ``certify`` and ``attack``.

    A classifier is label-linear if its scores are ``f_c(x) = sum_i a_i(x) [y_i = c]``, with label weights
    a(x) that do not depend on the labels y. It predicts the class with the largest score, the first in
    ``classes_`` among equals. Mix this in, to the left of ``BaseEstimator``, and

    - in ``fit(X, y, trusted=None, candidate_labels=None)``, call ``self._set_labels(y, trusted, candidate_labels)``,
      which sets ``classes_``, ``label_codes_``, ``trusted_`` and ``candidates_`` (a ``fit`` without the last two
      arguments takes any label for any row);
    - implement ``_label_weights(X)``: the rows a(x) of validated X, a new array of shape
      (n_rows, n_train), float32 or float64, *computed without the labels*, and for each row independently of the
      others (the rounding of BLAS products depends on the batch). A guarantee is only as good as this promise;
    - keep copies of the rows and parameters that ``_label_weights`` needs: nothing that the caller does to them after
      ``fit`` may affect it. An attribute ``X_fit_`` has to be the validated rows as ``_label_weights`` takes them:
      `skcert.inspection.audit_labels` asks for the label weights of these rows.

    A parameter ``classes=None``, if there is one, is the known set of classes. With it, the classifier
    can be the base of a white-box `PartitionAggregationEnsemble`. A parameter ``score_weight=None``, if there is one,
    multiplies scores, as in `NTKRegressorClassifier`.

    Examples
    --------
    A Nadaraya-Watson smoother, certified:

    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.metrics.pairwise import rbf_kernel
    >>> from sklearn.utils.validation import validate_data
    >>> from skcert import LabelLinearClassifierMixin
    >>> class Smoother(LabelLinearClassifierMixin, BaseEstimator):
    ...     def fit(self, X, y, trusted=None):
    ...         X, y = validate_data(self, X, y, dtype=np.float64, copy=True)
    ...         self._set_labels(y, trusted)
    ...         self.X_fit_ = X
    ...         return self
    ...
    ...     def _label_weights(self, X):
    ...         weights = rbf_kernel(X, self.X_fit_, gamma=0.5)
    ...         return weights / weights.sum(axis=1, keepdims=True)
    >>> X, y = load_iris(return_X_y=True)
    >>> Smoother().fit(X[::2], y[::2]).certify(X[1::2]).certified_accuracy(y[1::2], [0, 5]).round(2)
    array([0.92, 0.61])
    """

    certifies_refits = True
    """Certificates are about what a refit predicts: a white-box ensemble may rely on them."""

    def _set_labels(self, y, trusted=None, candidate_labels=None):
        """Encode training labels over the known classes, keep what may become of them, and what scores weigh."""
        encoded = encode_all_labels(y, getattr(self, "classes", None), trusted, candidate_labels)
        self.classes_, self.label_codes_, self.trusted_, self.candidates_ = encoded
        given = getattr(self, "score_weight", None)
        self.score_weight_, self.weights_counted_ = encode_score_weight(given, self.classes_, self.label_codes_)

    def _warn_of_unequal_classes(self, X, stacklevel, of_shift=True):
        """Say what classes of unequal size do to this model, fitted on X; a member of an ensemble says nothing."""
        if getattr(self, "_is_member", False):
            return
        if of_shift:
            warn_of_shifted_weights(self, self.label_codes_, self.classes_, stacklevel + 1)

        silent = same_attributes(self)
        silent.verbose = 0

        def predict(rows):
            return self.classes_[silent._scores(X[rows]).argmax(axis=1)]

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                predictions = on_some_rows(predict, self.label_codes_, is_varied)
        except Exception:  # what cannot be predicted says so in `predict`
            return
        warn_if_constant(predictions, self.label_codes_, type(self).__name__, stacklevel + 1)

    def label_weights(self, X: ArrayLike) -> NDArray[np.floating]:
        """The weight that each training label has in each score.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        weights : ndarray of shape (n_test, n_train)
            Row x holds a(x), which does not depend on the training labels. Takes memory for n_test * n_train
            numbers; the other methods work in chunks.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        X = self._validate_test_rows(X)
        return np.concatenate([weights for _, weights in self._label_weight_chunks(X)])

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Class scores.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        scores : ndarray of shape (n_test,) or (n_test, n_classes)
            One column per class, even for a single class; for two classes the second score minus the first.
        """
        scores = self._class_scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X: ArrayLike) -> NDArray[Any]:
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

    def certify(self, X: ArrayLike) -> CertificationResult:
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
            changes the prediction, and ``radius + 1`` well-chosen places do. Where ``exact`` is False, because of
            rounding, because a class may lose its last row, or because ``score_weight="balanced"`` counts labels that
            the attacker changes, it is a lower bound.

        Raises
        ------
        ValueError
            If only one class is known, or label weights overflow.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        rows = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        chunks = self._label_weight_chunks(rows)
        return with_index_of(X, certify_chunks(chunks, rows.shape[0], labelling_of(self)))

    def attack(self, X: ArrayLike, target: ArrayLike | None = None) -> AttackResult:
        """The fewest label flips that change each prediction: witnesses of the radius.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.
        target : class label, or array-like of shape (n_test,), default=None
            Class that the attack has to force; ``None`` allows any class other than the predicted one.

        Returns
        -------
        attack : AttackResult
            Without a target, attacks of exactly ``radius + 1`` flips. With a target, attacks that are smallest for
            two classes but not always for more: ``exact`` says where they are.

        Raises
        ------
        ValueError
            If `target` is not a known class, or given with ``score_weight="balanced"``.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        rows = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        targets = None if target is None else encode_targets(target, self.classes_, rows.shape[0])
        refuse_counted(self.weights_counted_ and targets is not None, "attack with a target")
        return with_index_of(X, attack_chunks(self._label_weight_chunks(rows), labelling_of(self), targets))

    def certify_collective(
        self, X: ArrayLike, flips: float, *, method: str = "lp", time_limit: float | None = None
    ) -> CollectiveBound:
        """Bound the number of predictions for X that one budget of label flips can change at once.

        The radii of `certify` hold for each prediction alone; an attacker who wants to change many at
        once has to divide the flips among them.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows, a few hundred at most.
        flips : int or float
            The attacker's budget for all test rows together, in label flips; a float between 0 and 1 is a share of the
            training labels, rounded down.
        method : {"lp", "milp"}, default="lp"
            Linear relaxation, or the integer program, which is exact if it finishes.
        time_limit : float, default=None
            Seconds after which the solver stops; the result is what has been proved by then.

        Returns
        -------
        bound : skcert.certificates.CollectiveBound
            A proved upper bound, and an attack that bounds the truth from below.

        Raises
        ------
        ValueError
            If an argument is not as above, or ``score_weight`` is "balanced".
        sklearn.exceptions.NotFittedError
            Before ``fit``.

        See Also
        --------
        skcert.certificates.certify_collective : The certificate, for any label weights; limits and sources.
        """
        weights = self.label_weights(X)
        check_two_classes(self.classes_)
        refuse_counted(self.weights_counted_, "certify_collective")
        return certify_collective(
            weights,
            self.label_codes_,
            self.classes_.shape[0],
            flips,
            trusted=self.trusted_,
            score_weight=self.score_weight_,
            candidates=self.candidates_,
            method=method,
            time_limit=time_limit,
            verbose=getattr(self, "verbose", 0),
        )

    def _class_scores(self, X):
        return self._scores(self._validate_test_rows(X))

    def _scores(self, X):
        """Class scores of validated rows."""
        return score_chunks(self._label_weight_chunks(X), X.shape[0], labelling_of(self))

    def _validate_test_rows(self, X):
        check_is_fitted(self, "label_codes_")
        finite = self._finite_or_missing()
        return validate_data(self, X, dtype=[np.float64, np.float32], order="C", reset=False, ensure_all_finite=finite)

    def _finite_or_missing(self):
        """What ``ensure_all_finite`` should be: "allow-nan" for learners that take missing values."""
        return "allow-nan" if get_tags(self).input_tags.allow_nan else True

    def _label_weight_chunks(self, X):
        """Slices of X with their label weights, within scikit-learn's ``working_memory``."""
        for rows in self._reported_chunks(X):
            weights = self._label_weights(X[rows])
            self._check_sums(weights)
            yield rows, weights

    def _reported_chunks(self, X):
        """`_chunks_of` X, with messages of progress where `verbose` asks for them."""
        verbose = getattr(self, "verbose", 0)
        return reported(self._chunks_of(X), type(self).__name__, X.shape[0], "test rows", verbose)

    def _chunks_of(self, X):
        """Slices of X; they depend on the shapes alone, so that all methods see the same numbers."""
        return row_chunks(X.shape[0], self._row_bytes(X.dtype), MAX_CHUNK_ROWS)

    def _row_bytes(self, dtype):
        """Bytes in use for each test row of a chunk: a kernel row, its label weights, and those of the last chunk."""
        return 3 * self.label_codes_.shape[0] * dtype.itemsize

    def _check_sums(self, weights):
        if not largest_absolute_sum(weights) <= LARGEST_SUM:
            raise ValueError(
                f"{type(self).__name__}: label weights or their sums overflow at this scale of X; scale the "
                "features, for instance with sklearn.preprocessing.StandardScaler."
            )
