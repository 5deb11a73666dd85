"""Votes of classifiers on disjoint partitions of the training rows, certified against label flips."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from .._utils import Rows, check_two_classes, encode_targets, fit_context, refuse_counted
from ..certificates import attack_chunks, certify_chunks, certify_votes
from ..learners import labelling_of
from ..results import AttackResult, CertificationResult, with_index_of
from ._label_weight_vote import votes_softly, voting_of
from ._partition import hashed_parts, random_parts
from ._run_off_vote import RunOffVote

if TYPE_CHECKING:
    from typing_extensions import Self


def _votes_hard(ensemble):
    return voting_of(ensemble) == "hard"


class PartitionAggregationEnsemble(RunOffVote):
    """Vote over disjoint partitions of the training rows, certified against label flips.

    The training rows are split without looking at labels, one clone of the base classifier is fitted on
    each part, and they vote. A flipped label touches one vote. The black-box certificate counts the votes
    that have to change; the white-box certificate (EnsembleCert) also counts how many flips each of
    them takes, and is never below it.

    Parameters
    ----------
    estimator : classifier, default=None
        Base classifier or pipeline, with ``fit`` and ``predict``; ``None`` stands for
        ``NTKRegressorClassifier()``. Members do on their rows what it does by itself, on arrays: names and
        dtypes of a frame's columns do not reach them.
    n_partitions : int, default=10
        Number of partitions; random ones at most as many as training rows.
    partition : {"hash", "random"}, default="hash"
        "hash": by a hash of the row's content alone, as `certify_rows` needs it; sizes vary, equal rows stay together,
        and some may be empty. "random": by `random_state`, with sizes that differ by at most one.
    certificate : {"auto", "white-box", "black-box"}, default="auto"
        "white-box" needs a base whose last step has ``certifies_refits = True`` and a parameter ``classes``, as
        skcert's learners have, and whose other steps can be fitted without labels (and then
        are). "auto" is white-box for such a base and black-box for any other.
    voting : {"hard", "run-off", "soft"}, default="hard"
        "hard": plurality vote. "run-off": members rank the classes by their scores, and of the two that most of them
        rank first, the one that more of them prefer wins; for any base with ``decision_function`` or
        ``predict_proba``, and white-box for label-linear ones. "soft": each member's label weights are scaled to
        absolute sum 1 for each test row, and averaged. The average is again label-linear, so its radius is exact, and
        usually larger; it needs a label-linear base, such as ``NTKRegressorClassifier``. Scores are weighted by the
        base's ``score_weight``, and "balanced" there counts all training labels. In other votes "balanced" is refused:
        the frequencies of one partition and those of all are two different models.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``.
    random_state : int, RandomState instance or None, default=None
        Seed of the random partition and of everything in members whose ``random_state`` is None or a generator; an
        int stays. It is fixed in ``fit``: certificates are about refits with ``random_state=ensemble.random_state_``.
    n_jobs : int, default=None
        Workers over the partitions; threads unless a ``joblib.parallel_config`` says otherwise. ``None``:
        as many as BLAS may use threads, but one for fitting kernel regressions on few rows each. Results do not
        depend on it.
    verbose : int, default=0
        Progress messages on stderr: 0 prints none; 1 to 10, of whatever takes more than a second, about ten, or a bar
        at a terminal where tqdm is installed; larger values one after every task.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : classifier
        The base of which members are clones: a copy of `estimator` as it was in ``fit``.
    estimators_ : list of length n_partitions
        Members, each fitted on the rows and labels of its partition; None for an empty partition.
    partition_indices_ : list of n_partitions ndarrays
        Training rows of each partition, in the order in which its member is fitted: that of the hash of their
        contents, equal ones ascending; random ones ascending.
    label_codes_, trusted_, candidates_, n_features_in_, feature_names_in_
        As in `NTKRegressorClassifier`.
    score_weight_ : ndarray of shape (n_classes,)
        The base's score weights, in the order of ``classes_``; None without.
    certificate_ : {"white-box", "black-box"}
        The certificate in use; "white-box" for every soft vote.
    voting_ : {"hard", "run-off", "soft"}
        The vote in use. A parameter that is set after ``fit`` changes nothing until the next ``fit``.
    random_state_ : int
        The seed in use: `random_state` if it is an int, otherwise one drawn from it. Refit with
        ``random_state=ensemble.random_state_`` to get the same model.
    caveats_ : tuple of str
        What no certificate of this ensemble covers, one sentence each: parts of a black-box base that carry
        labels in from outside, or draw anew at each fit. Every result includes them.
    label_free_members_, label_free_ : ndarray of shape (n_partitions,), bool; bool
        Which members, and whether all, are label-linear given transformers that were fitted without labels.

    See Also
    --------
    NTKRegressorClassifier : The default base classifier, and the single network with its exact radius.
    skcert.certificates.certify_votes : The certificate, for any votes and costs.
    skcert.certificates.certify_run_off : The certificate of a run-off, for any scores and costs.

    Notes
    -----
    Radii are lower bounds, exact for two classes with the white-box certificate. Ties go to the first class
    in ``classes_``. A partition with only one class, or on which a black-box base cannot be fitted (whatever its
    error), votes for its most frequent class, and so does one whose rows a white-box base cannot take, whatever their
    labels. An empty partition casts no vote. A member that returns anything other than one of the classes, such as -1
    for a row that it rejects, is refused when votes are taken; the FAQ shows how to wrap it.

    References
    ----------
    Levine & Feizi 2021 (arXiv 2006.14768), DPA and SS-DPA; Mohgaonkar et al. 2026 (arXiv 2604.11416),
    EnsembleCert; Rezaei et al. 2023 (arXiv 2302.02300), run-off election.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
    >>> X, y = load_digits(return_X_y=True)
    >>> base = NTKRegressorClassifier(alpha=10.0)
    >>> ensemble = PartitionAggregationEnsemble(base, n_partitions=10).fit(X[:1000], y[:1000])
    >>> white_box = ensemble.certify(X[1000:])
    >>> ensemble.set_params(certificate="black-box").fit(X[:1000], y[:1000])
    PartitionAggregationEnsemble(...)
    >>> black_box = ensemble.certify(X[1000:])
    >>> bool((white_box.radius >= black_box.radius).all())
    True
    """

    _no_probabilities = "only votes have shares, those of voting='hard'; averaged scores and run-offs have none"

    _parameter_constraints: dict = {
        **RunOffVote._parameter_constraints,
        "partition": [StrOptions({"hash", "random"})],
        "voting": [StrOptions({"hard", "run-off", "soft"})],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_partitions: int = 10,
        partition: str = "hash",
        certificate: str = "auto",
        voting: str = "hard",
        classes: ArrayLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_partitions = n_partitions
        self.partition = partition
        self.certificate = certificate
        self.voting = voting
        self.classes = classes
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Rows,
        y: ArrayLike,
        trusted: ArrayLike | None = None,
        candidate_labels: ArrayLike | None = None,
    ) -> Self:
        """Split the training rows and fit one member on each part.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_train, n_features)
            Training rows; sparse, missing or non-numeric values if the base takes them.
        y : array-like of shape (n_train,)
            Class labels of any type.
        trusted : array-like of shape (n_train,), bool, default=None
            Rows whose labels are known to be correct, so that the attacker cannot flip them.
        candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections, default=None
            The labels that each row may get, its own among them; as in `NTKRegressorClassifier`.

        Returns
        -------
        self : PartitionAggregationEnsemble
            The fitted ensemble.

        Raises
        ------
        ValueError
            For more random partitions than rows, labels outside `classes` or of another kind, a base that is a
            regressor, clusterer or outlier detector, values that the base does not take, and
            ``certificate="white-box"``, ``voting="soft"`` or ``voting="run-off"`` with an unsuitable base. If the base
            cannot be fitted on any partition, whatever the labels, its own error is raised. The ensemble is then not
            fitted.
        """
        self.voting_ = self.voting
        return self._fit(X, y, trusted, candidate_labels)

    @available_if(_votes_hard)
    def predict_proba(self, X: Rows) -> NDArray[np.float64]:
        """Vote shares, for ``voting="hard"``. They are not calibrated probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        shares : ndarray of shape (n_test, n_classes)
            Votes for each class, divided by the votes cast.
        """
        return self._vote_shares(X)

    @available_if(votes_softly)
    def decision_function(self, X: Rows) -> NDArray[np.float64]:
        """Averaged class scores, for ``voting="soft"``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        scores : ndarray of shape (n_test,) or (n_test, n_classes)
            One column per class, even for a single class; for two classes the second score minus the first.
        """
        scores = self._soft_scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X: Rows) -> NDArray[Any]:
        """Predict class labels by plurality vote, by run-off, or by the averaged scores of a soft vote.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels; the first class in ``classes_`` among equals.

        Raises
        ------
        ValueError
            If a member returns anything other than one of the classes.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        if _votes_hard(self):
            return self._vote_winners(X)
        if not votes_softly(self):
            return self._run_off_winners(X)
        winners = self._soft_scores(X).argmax(axis=1)
        return self.classes_[winners]

    def certify(self, X: Rows) -> CertificationResult:
        """Certify predictions against label flips.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            ``radius`` is a lower bound on each prediction's radius, in label flips: refitting this
            ensemble, with the same parameters, seed and rows, on labels that differ in at most ``radius``
            places never changes the prediction.

        Raises
        ------
        ValueError
            If there is one class only, or a member returns anything other than one of the classes.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        rows = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        if votes_softly(self):
            result = certify_chunks(self._soft_weight_chunks(rows), rows.shape[0], labelling_of(self))
            result = dataclasses.replace(result, caveats=self.caveats_)
        elif _votes_hard(self):
            result = self._certified_votes(rows, certify_votes, disjoint=True)
        else:
            result = self._certified_run_off(rows)
        return with_index_of(X, result)

    def attack(self, X: ArrayLike, target: ArrayLike | None = None) -> AttackResult:
        """The fewest label flips known to change each prediction.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.
        target : class label, or array-like of shape (n_test,), default=None
            Class that the attack has to force; ``None`` allows any class other than the predicted one.

        Returns
        -------
        attack : AttackResult
            Attacks that do change the prediction, or force the target, when the ensemble is refitted.
            ``flips_lower`` bounds their flips from below, sometimes more tightly than ``certify``; ``exact`` says
            where the two meet.

        Raises
        ------
        ValueError
            If there is one class only, `target` is not a known class, or the members do not state label weights; and
            for ``voting="run-off"``, whose attacks are not searched for.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        rows = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        targets = None if target is None else encode_targets(target, self.classes_, rows.shape[0])
        if votes_softly(self):
            refuse_counted(self.weights_counted_ and targets is not None, "attack with a target")
            return with_index_of(X, attack_chunks(self._soft_weight_chunks(rows), labelling_of(self), targets))
        if not _votes_hard(self):
            raise ValueError(
                f"attack does not search for attacks on voting={self.voting_!r}; use 'hard' or 'soft'. What certify "
                "states holds without one."
            )
        return with_index_of(X, self._attack_hard_votes(rows, targets))

    def _split(self, X, random_state):
        if self.partition == "hash":
            return hashed_parts(X, self.n_partitions)
        return random_parts(X.shape[0], self.n_partitions, random_state)
