"""Search and refit, certified together."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer
from sklearn.model_selection import ParameterGrid
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import indexable
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples, check_is_fitted

from .._utils import (
    Rows,
    SavesVersion,
    all_or_nothing,
    blas_threads,
    check_two_classes,
    encode_all_labels,
    fit_context,
    plain_labels,
)
from ..certificates import flips_to_select_unchecked, largest_leads
from ..results import UNBOUNDED, SearchCertificationResult, SelectionBound, number_of_flips, with_index_of
from ._accuracy import fixed_accuracy
from ._candidates import (
    Task,
    certify_without_caveats,
    fitted_candidate,
    known_classes,
    run_limited,
    validated_candidate,
)
from ._checks import candidate_of, check_search
from ._result import search_result
from ._splits import label_free_splits
from ._validation import validation_of, warn_of_missing_classes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self


class CertifiedGridSearchCV(SavesVersion, BaseSearchCV):
    """Exhaustive search over parameters by cross-validated accuracy, certified together with the refit.

    A search looks at labels, so that flipped labels may make it choose other parameters. `certify` covers that: its
    radii hold for searching again on flipped labels, and refitting what is chosen then. Use it in place of
    scikit-learn's ``GridSearchCV``.

    Parameters
    ----------
    estimator : estimator
        A classifier that certifies what its refits predict, such as `NTKRegressorClassifier` or a
        `PartitionAggregationEnsemble`, or a ``Pipeline`` of steps that ignore labels with one at its end. What draws
        at random needs an int as ``random_state``.
    param_grid : dict or list of dicts
        Parameter names with lists of values to try, as for ``GridSearchCV``. A few candidates that are alike and
        robust certify best.
    scoring : {"accuracy"}, default="accuracy"
        Other scores are refused: they divide by counts of labels that the attacker changes, or sort rows by scores,
        and there is no bound on what flips do to them.
    accuracy_weight : dict, default=None
        What a right prediction is worth, by the true label; labels that it lacks have 1. With 1 / (n_classes *
        frequency), for frequencies known without these labels, scores estimate balanced accuracy.
    n_jobs : int, default=None
        Workers over the fits and over the certificates of the candidates; threads unless a ``joblib.parallel_config``
        says otherwise. ``None`` is 1. Results do not depend on it.
    refit : bool, default=True
        Only True: without refits, there is nothing to certify.
    cv : int, splitter or iterable, default=None
        ``None`` and whole numbers stand for ``KFold`` *without stratification or shuffling* (``None``: 5 folds); for
        rows in an order that has to do with their labels, pass ``KFold(5, shuffle=True, random_state=0)``. Splitters
        that look at labels or groups are refused, and so are those that draw without an int as ``random_state``.
        Splits that nothing is known about, such as a list of row numbers, are taken, and results say so in
        ``caveats``.
    verbose : int, default=0
        Above 0, how many fits there are is printed to stderr.
    error_score : {"raise"}, default="raise"
        Only "raise": there is no bound on which candidates can fail once labels are flipped.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None``: the parameter ``classes`` of the
        classifier within `estimator`, or the classes that occur in ``y`` or as candidates. They are fixed before
        splits are made, and reach all fits.

    Attributes
    ----------
    cv_results_ : dict of ndarrays
        As that of ``GridSearchCV``, with ``mean_test_score``, ``rank_test_score``, ``params`` and so on.
    best_estimator_ : estimator
        The chosen candidate, refitted on all rows; one of `estimators_`.
    best_params_ : dict
        Its parameters.
    best_index_ : int
        Its index in ``cv_results_["params"]``: the first with the largest mean score.
    best_score_ : float
        Its mean score over the splits.
    estimators_ : list of n_candidates estimators
        All candidates, refitted on all rows.
    flips_to_select_ : ndarray of shape (n_candidates,), int64
        Lower bound on the label flips that make the search choose each candidate; 0 for the chosen one,
        `skcert.UNBOUNDED` where no number of flips does.
    scorer_ : callable
        The scorer.
    n_splits_ : int
        Number of splits.
    refit_time_ : float
        Seconds for refitting the chosen candidate.
    multimetric_ : bool
        False.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    label_codes_, trusted_, candidates_, n_features_in_, feature_names_in_
        As in `NTKRegressorClassifier`.
    caveats_ : tuple of str
        What no certificate of this search covers, one sentence each; every result includes them.

    See Also
    --------
    skcert.certificates.flips_to_select : Which candidates flips can make win, for any validation predictions.
    skcert.certify : Certifies pipelines that hold such a search, too.

    Notes
    -----
    Each candidate is fitted and certified once for each split, and once more on all rows; the bound on the
    choice adds next to nothing. `certify` certifies every candidate. Models of splits are dropped once
    certified; those on all rows are kept. Of each validated row and candidate, a prediction and a radius are kept.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.model_selection import CertifiedGridSearchCV
    >>> X, y = load_digits(return_X_y=True)
    >>> grid = {"alpha": [3.0, 10.0, 30.0]}
    >>> search = CertifiedGridSearchCV(NTKRegressorClassifier(), grid, cv=3).fit(X[:300] / 16, y[:300])
    >>> search.best_params_
    {'alpha': 3.0}
    >>> alone = search.best_estimator_.certify(X[300:400] / 16)
    >>> search.certify(X[300:400] / 16).median_radius, alone.median_radius
    (2.0, 3.0)
    >>> search.reachable(1)
    SelectionBound(flips=1, reachable=[0, 1, 2], n_candidates=3)
    """

    certifies_refits = True
    """Certificates are about what a second search predicts."""

    _answers_for_its_base = True  # reports itself how labels and chance enter through its candidates

    _parameter_constraints: dict = {
        **{name: BaseSearchCV._parameter_constraints[name] for name in ("estimator", "n_jobs", "cv", "verbose")},
        "param_grid": [dict, list],
        "scoring": BaseSearchCV._parameter_constraints["scoring"],
        "accuracy_weight": [dict, None],
        "refit": BaseSearchCV._parameter_constraints["refit"],
        "error_score": BaseSearchCV._parameter_constraints["error_score"],
        "classes": ["array-like", None],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]],
        *,
        scoring: str = "accuracy",
        accuracy_weight: Mapping[Any, float] | None = None,
        n_jobs: int | None = None,
        refit: bool = True,
        cv: Any = None,
        verbose: int = 0,
        error_score: str = "raise",
        classes: ArrayLike | None = None,
    ) -> None:
        super().__init__(
            estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            error_score=error_score,
            return_train_score=False,
        )
        self.param_grid = param_grid
        self.accuracy_weight = accuracy_weight
        self.classes = classes

    def get_metadata_routing(self) -> Any:
        """What ``fit`` can be asked to take by metadata routing: `trusted` and `candidate_labels`.

        Returns
        -------
        routing : MetadataRequest
        """
        return BaseEstimator.get_metadata_routing(self)

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Rows,
        y: ArrayLike,
        trusted: ArrayLike | None = None,
        candidate_labels: ArrayLike | None = None,
    ) -> Self:
        """Score all candidates, choose one, and refit all of them.

        Parameters
        ----------
        X : array-like of shape (n_train, n_features)
            Training rows, as `estimator` takes them; or a kernel matrix (n_train, n_train), if it takes that.
        y : array-like of shape (n_train,)
            Class labels of any type.
        trusted : array-like of shape (n_train,), bool, default=None
            Rows whose labels are known to be correct, so that the attacker cannot flip them.
        candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections, default=None
            The labels that each row may get, its own among them; as in `NTKRegressorClassifier`.

        Returns
        -------
        self : CertifiedGridSearchCV
            The fitted search.

        Raises
        ------
        ValueError
            If the score cannot be bounded, splits depend on labels or are drawn anew, or a candidate has no
            certificate of its refits, uses labels in a step, or draws anew at each fit; for what the fit of a
            candidate refuses, and for labels outside `classes`. The search is then not fitted.
        """
        with all_or_nothing(self):
            check_search(self)
            if y is None:
                raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
            X, y = indexable(X, plain_labels(y, "y"))
            classes = known_classes(self.estimator) if self.classes is None else self.classes
            encoded = encode_all_labels(y, classes, trusted, candidate_labels)
            _, codes, self.trusted_, self.candidates_ = encoded
            score = fixed_accuracy(self.accuracy_weight, encoded)
            splits, caveats = label_free_splits(self.cv, X, _num_samples(X))
            task, parameters = Task(X, np.asarray(y), encoded), list(ParameterGrid(self.param_grid))
            if self.verbose > 0:
                n, k = len(parameters), len(splits)
                print(f"Fitting {k} splits for each of {n} candidates, {n * k} fits", file=sys.stderr, flush=True)
            self._choose(task, parameters, splits, score)
            refits = [(candidate_of(self, of), task, None, h != self.best_index_) for h, of in enumerate(parameters)]
            refits = self._in_parallel(fitted_candidate, refits)
            self.estimators_ = [fitted for fitted, _ in refits]
            self.best_estimator_, self.refit_time_ = refits[self.best_index_]
            if hasattr(self.best_estimator_, "feature_names_in_"):
                self.feature_names_in_ = self.best_estimator_.feature_names_in_
            self.scorer_ = get_scorer("accuracy") if self.accuracy_weight is None else score
            self.n_splits_, self.multimetric_, self.caveats_ = len(splits), False, tuple(caveats)
            self.label_codes_ = codes
            if not getattr(self, "_is_member", False):
                warn_of_missing_classes(encoded, splits, stacklevel=3)
        return self

    def certify(self, X: Rows) -> SearchCertificationResult:
        """Certify predictions against label flips that reach search and refit.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows, as ``predict`` takes them.

        Returns
        -------
        result : SearchCertificationResult
            ``radius`` is a lower bound on each prediction's radius: searching and refitting again, with the same
            parameters and rows, on labels that differ in at most ``radius`` places never changes the prediction.
            ``limited_by`` and ``limiting_candidate`` say why it is no larger.

        Raises
        ------
        ValueError
            If only one class is known.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "label_codes_")
        check_two_classes(self.classes_)
        reachable = np.flatnonzero(self.flips_to_select_ < UNBOUNDED)
        results = self._in_parallel(certify_without_caveats, [(self.estimators_[h], X) for h in reachable])
        n_train = self.label_codes_.shape[0]
        result = search_result(results, reachable, self.flips_to_select_, n_train, self.caveats_)
        return with_index_of(X, result)

    def reachable(self, flips: float) -> SelectionBound:
        """Which candidates an attack may make win: those, at most, that some attack of this size makes win.

        Parameters
        ----------
        flips : int or float
            Number of label flips, or a float between 0 and 1: that share of the training labels, rounded down.

        Returns
        -------
        bound : SelectionBound

        Raises
        ------
        ValueError
            If `flips` is neither a whole number, 0 or more, nor a float between 0 and 1.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "label_codes_")
        number = number_of_flips(flips, self.label_codes_.shape[0])
        return SelectionBound(
            flips=number,
            reachable=self.flips_to_select_ <= number,
            flips_to_select=self.flips_to_select_,
            largest_lead=largest_leads(self._validation, self.best_index_, number),
            n_unstable=(self._validation.radii < number).sum(axis=1),
        )

    def _run_search(self, evaluate_candidates: Callable[..., Any], **_: Any) -> None:
        evaluate_candidates(ParameterGrid(self.param_grid))

    def _in_parallel(self, function, arguments):
        """``function(candidate, *others)`` for each of the arguments, all with the same number of BLAS threads."""
        threads = blas_threads()
        parallel = Parallel(n_jobs=self.n_jobs, prefer="threads")
        return parallel(delayed(run_limited)(threads, function, *each) for each in arguments)

    def _choose(self, task, parameters, splits, score):
        """Score the candidates, and set all that says which one wins, and which may."""
        each = [(candidate_of(self, of), task, split) for of in parameters for split in splits]
        validated = self._in_parallel(validated_candidate, each)
        out = [
            {
                "fit_time": fold.fit_time,
                "score_time": fold.score_time,
                "test_scores": score.of(task.encoded.codes[split.test], fold.codes),
            }
            for (*_, split), fold in zip(each, validated)
        ]
        self.cv_results_ = self._format_results(parameters, len(splits), out)
        self.best_index_ = int(self._select_best_index(True, "score", self.cv_results_))
        self.best_score_ = self.cv_results_["mean_test_score"][self.best_index_]
        self.best_params_ = parameters[self.best_index_]
        self._validation = validation_of(validated, splits, task.encoded, score.worth)
        self.flips_to_select_ = flips_to_select_unchecked(self._validation, self.best_index_)
