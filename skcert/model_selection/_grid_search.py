"""Search and refit, certified together."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import ParameterGrid
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import indexable
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples, check_is_fitted

from .._utils import (
    Rows,
    all_or_nothing,
    blas_threads,
    check_two_classes,
    encode_all_labels,
    encode_score_weight,
    few_of,
    fit_context,
    plain_labels,
)
from ..certificates import (
    allowed_labels,
    check_worth,
    flips_to_select_unchecked,
    largest_leads,
    open_validation,
    search_radius,
)
from ..results import UNBOUNDED, SearchCertificationResult, SelectionBound, number_of_flips
from ._accuracy import WeightedAccuracy
from ._candidates import (
    Task,
    certify_without_caveats,
    check_candidate,
    fitted_candidate,
    known_classes,
    run_limited,
    validated_candidate,
)
from ._splits import label_free_splits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self


class CertifiedGridSearchCV(BaseSearchCV):
    """Exhaustive search over parameters by cross-validated accuracy, certified together with the refit.

    A search looks at labels, so that flipped labels may make it choose other parameters. `certify` covers that: its
    radii hold for searching again on flipped labels, and refitting what is chosen then. Use it in place of
    scikit-learn's ``GridSearchCV``.

    Parameters
    ----------
    estimator : estimator
        A classifier that certifies what its refits predict, such as `NTKRegressorClassifier` or a
        `PartitionAggregationEnsemble`, or a ``Pipeline`` of steps that ignore labels with one at its end. What draws at
        random needs an int as ``random_state``.
    param_grid : dict or list of dicts
        Parameter names with lists of values to try, as for ``GridSearchCV``. A few candidates that are alike and robust
        certify best.
    scoring : {"accuracy"}, default="accuracy"
        Other scores are refused: they divide by counts of labels that the attacker changes, or sort rows by scores, and
        there is no bound on what flips do to them.
    accuracy_weight : dict, default=None
        What a right prediction is worth, by the true label; labels that it lacks have 1. With 1 / (n_classes *
        frequency), for frequencies known without these labels, scores estimate balanced accuracy.
    n_jobs : int, default=None
        Workers over the fits and over the certificates of the candidates; threads unless a ``joblib.parallel_config``
        says otherwise. ``None`` is 1. Results do not depend on it.
    refit : bool, default=True
        Only True: without refits, there is nothing to certify.
    cv : int, splitter or iterable, default=None
        ``None`` and whole numbers stand for ``KFold`` *without stratification or shuffling* (``None``: 5 folds); for rows
        in an order that has to do with their labels, pass ``KFold(5, shuffle=True, random_state=0)``. Splitters that
        look at labels or groups are refused, and so are those that draw without an int as ``random_state``. Splits that
        nothing is known about, such as a list of row numbers, are taken, and results say so in ``caveats``.
    verbose : int, default=0
        Above 0, how many fits there are is printed to stderr.
    error_score : {"raise"}, default="raise"
        Only "raise": there is no bound on which candidates can fail once labels are flipped.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None``: the parameter ``classes`` of the
        classifier within `estimator`, or the classes that occur in ``y`` or as candidates. They are fixed before splits
        are made, and reach all fits.

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
    *Cost.* Each candidate is fitted and certified once for each split, and once more on all rows; the bound on the choice
    adds next to nothing. `certify` certifies every candidate. *Memory.* Models of splits are dropped once certified;
    those on all rows are kept. Of each validated row and candidate, a prediction and a radius are kept.

    *Soundness.* With r flips in all of the data, no split trains on more than r, so validation predictions with a radius
    of at least r stay as they are. The others are taken to be whatever helps the attacker most, one by one, and so
    are r labels of validated rows. What this shows to be out of reach is; what it shows to be within reach may not be.
    Where candidates that are within reach agree, with sufficient radii of their own, it does not matter which wins.

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
    >>> search.certify(X[300:400] / 16).median_radius, search.best_estimator_.certify(X[300:400] / 16).median_radius
    (3.0, 3.0)
    >>> search.reachable(1)
    SelectionBound(flips=1, reachable=[0, 1], n_candidates=3)
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
            If the score cannot be bounded, splits depend on labels or are drawn anew, or a candidate has no certificate
            of its refits, uses labels in a step, or draws anew at each fit; for what the fit of a candidate refuses, and
            for labels outside `classes`. The search is then not fitted.
        """
        with all_or_nothing(self):
            self._check_what_can_be_bounded()
            if y is None:
                raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
            X, y = indexable(X, plain_labels(y, "y"))
            classes = known_classes(self.estimator) if self.classes is None else self.classes
            encoded = encode_all_labels(y, classes, trusted, candidate_labels)
            _, codes, self.trusted_, self.candidates_ = encoded
            worth, _ = encode_score_weight(self.accuracy_weight, encoded.classes, codes, "accuracy_weight")
            splits, caveats = label_free_splits(self.cv, X, _num_samples(X))
            self.caveats_ = tuple(caveats)
            task = Task(X, np.asarray(y), encoded)
            parameters = list(ParameterGrid(self.param_grid))
            self._announce(len(parameters), len(splits))
            self._choose(task, parameters, splits, worth)
            self._refit(task, parameters)
            if hasattr(self.best_estimator_, "feature_names_in_"):
                self.feature_names_in_ = self.best_estimator_.feature_names_in_
            self.label_codes_ = codes
            _warn_of_missing_classes(encoded, splits)
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
        flips = self.flips_to_select_[reachable]
        chosen = results[int(np.argmin(flips))]
        agree = np.stack([result.prediction == chosen.prediction for result in results])
        radius, limiting = search_radius(agree, np.stack([result.radius for result in results]), flips)
        others = np.delete(self.flips_to_select_, self.best_index_).min(initial=UNBOUNDED)
        # an attack on the chosen candidate is one on the search if it is too small to change the choice
        attacked = chosen.radius_upper + 1 < others
        test = np.arange(len(chosen))
        return SearchCertificationResult(
            prediction=chosen.prediction,
            radius=radius,
            flips_to_class=np.min(
                [np.maximum(result.flips_to_class, least) for result, least in zip(results, flips)], axis=0
            ),
            radius_upper=np.where(attacked, chosen.radius_upper, UNBOUNDED),
            classes=self.classes_,
            certificate="search",
            n_train=self.label_codes_.shape[0],
            caveats=self.caveats_,
            limited_by=_limits(radius, agree[limiting, test], flips[limiting]),
            limiting_candidate=reachable[limiting],
        )

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

    def _check_what_can_be_bounded(self):
        if not isinstance(self.scoring, str) or self.scoring != "accuracy":
            raise ValueError(
                f"scoring={self.scoring!r}: only 'accuracy' can be bounded under label flips, by itself or with "
                "accuracy_weight={label: weight}, for classes of unequal size. Scores such as 'balanced_accuracy' divide by "
                "numbers of labels, which flips change, too."
            )
        if self.refit is not True:
            raise ValueError(
                f"refit={self.refit!r}: the search is certified with its refit, and chooses by mean score; only "
                "refit=True can be certified."
            )
        if self.error_score != "raise":
            raise ValueError(
                f"error_score={self.error_score!r}: nothing bounds which candidates fail once labels are flipped; only "
                "error_score='raise' can be certified. Leave out candidates that fail."
            )
        taken = [name for grid in _grids(self.param_grid) for name in grid if name.rpartition("__")[2] == "classes"]
        if taken:
            raise ValueError(
                f"param_grid has {taken[0]!r}, but the classes are known in advance, and the same for all candidates: pass "
                "classes= to the search."
            )
        for parameters in ParameterGrid(self.param_grid):
            check_candidate(self._candidate(parameters), parameters, type(self).__name__)

    def _candidate(self, parameters):
        return clone(self.estimator).set_params(**clone(parameters, safe=False))

    def _announce(self, n_candidates, n_splits):
        if self.verbose > 0:
            n_fits = n_candidates * n_splits
            print(
                f"Fitting {n_splits} splits for each of {n_candidates} candidates, totalling {n_fits} fits",
                file=sys.stderr,
                flush=True,
            )

    def _in_parallel(self, function, arguments):
        """``function(candidate, *others)`` for each of the arguments, all with the same number of BLAS threads."""
        threads = blas_threads()
        parallel = Parallel(n_jobs=self.n_jobs, prefer="threads")
        return parallel(delayed(run_limited)(threads, function, *each) for each in arguments)

    def _choose(self, task, parameters, splits, worth):
        """Score the candidates, and set all that says which one wins, and which may."""
        _, codes, trusted, candidates = task.encoded
        classes = task.encoded.classes
        weighted = WeightedAccuracy(classes, np.ones(len(classes)) if worth is None else worth)
        check_worth(weighted.worth)
        each = [(self._candidate(of), task, split) for of in parameters for split in splits]
        validated = self._in_parallel(validated_candidate, each)
        out = [
            {
                "fit_time": fold.fit_time,
                "score_time": fold.score_time,
                "test_scores": weighted.of(codes[split.test], fold.codes),
            }
            for (*_, split), fold in zip(each, validated)
        ]
        self.cv_results_ = self._format_results(parameters, len(splits), out)
        self.best_index_ = int(self._select_best_index(True, "score", self.cv_results_))
        self.best_score_ = self.cv_results_["mean_test_score"][self.best_index_]
        self.best_params_ = parameters[self.best_index_]
        self.scorer_ = get_scorer("accuracy") if worth is None else weighted
        self.n_splits_, self.multimetric_ = len(splits), False
        self._validation = open_validation(
            _by_candidate([fold.codes for fold in validated], len(splits)),
            _by_candidate([fold.radii for fold in validated], len(splits)),
            codes,
            np.concatenate([split.test for split in splits]),
            np.repeat(np.arange(len(splits)), [split.test.size for split in splits]),
            allowed_labels(codes, len(classes), trusted, candidates),
            weighted.worth,
        )
        self.flips_to_select_ = flips_to_select_unchecked(self._validation, self.best_index_)

    def _refit(self, task, parameters):
        each = [
            (self._candidate(of), task, None, index != self.best_index_) for index, of in enumerate(parameters)
        ]
        refits = self._in_parallel(fitted_candidate, each)
        self.estimators_ = [fitted for fitted, _ in refits]
        self.best_estimator_, self.refit_time_ = refits[self.best_index_]


def _grids(param_grid):
    return [param_grid] if isinstance(param_grid, dict) else param_grid


def _by_candidate(folds, n_splits):
    """One row per candidate: its folds, one after the other."""
    return np.stack([np.concatenate(folds[i : i + n_splits]) for i in range(0, len(folds), n_splits)])


def _limits(radius, agrees, flips_to_win):
    """`SearchCertificationResult.limited_by`, from the limiting candidates."""
    limits = np.where(agrees, np.where(radius + 1 > flips_to_win, "radius", "selection"), "disagreement")
    return np.where(radius < UNBOUNDED, limits, "nothing")


def _warn_of_missing_classes(encoded, splits):
    """Say if a split trains without a class of several rows: rows are in an order that has to do with labels."""
    n_classes = len(encoded.classes)
    counts = np.bincount(encoded.codes, minlength=n_classes)
    missing = np.zeros(n_classes, dtype=bool)
    for split in splits:
        missing |= (np.bincount(encoded.codes[split.train], minlength=n_classes) == 0) & (counts > 1)
    if missing.any():
        warnings.warn(
            f"Some splits train without any row of {few_of(encoded.classes[missing])}, and are wrong about all of "
            "these rows: if the order of rows has to do with their labels, pass cv=KFold(5, shuffle=True, "
            "random_state=0).",
            UserWarning,
            stacklevel=4,
        )
