"""A partition ensemble whose rows and members stay on a Dask cluster."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import check_is_fitted

from .._utils import (
    all_or_nothing,
    blas_share,
    check_two_classes,
    fit_context,
    row_chunks,
)
from ..certificates import certify_votes
from ..ensemble import Vote, fixed_seed, member_seeds, members_votes
from ..results import with_index_of
from ._blocks import Reader, check_rows, example_rows, is_collection, paired_blocks
from ._client import the_client
from ._fitting import fit_groups, known_classes
from ._groups import Recipe, ask_group, itself
from ._lazy import lazy_certificates, lazy_votes, shares, winners

if TYPE_CHECKING:
    from typing_extensions import Self

# Test rows in memory travel inside a task, so that they are there again when a worker dies; the scheduler keeps it.
_MOST_SENT = 2**22


class DaskPartitionAggregationEnsemble(Vote):
    """Plurality vote over disjoint partitions of rows that stay on a Dask cluster, certified against label flips.

    `skcert.PartitionAggregationEnsemble` for rows that no machine holds: they go from their files to the workers, by a
    hash of their content, and members stay where they were fitted. Partitions, votes and radii are those of the
    ensemble in memory on the same rows. Only test rows, votes and costs pass through the client, whose memory does not
    grow with the number of training rows. What a worker takes along when it dies is computed again, from the files.

    Parameters
    ----------
    estimator : classifier, default=None
        Base classifier or pipeline, with ``fit`` and ``predict``; ``None`` stands for
        ``NTKRegressorClassifier()``. Members do on their rows what it does by itself, on arrays.
    n_partitions : int, default=10
        Number of partitions by hash; not used by ``partition="blocks"``.
    partition : {"hash", "blocks"}, default="hash"
        "hash": by a hash of the row's content alone, as in `skcert.PartitionAggregationEnsemble`; each row is sent
        once. "blocks": each block of X, such as a file, is a partition, and no row is sent. The certificate holds if
        the blocks were cut without a look at labels.
    certificate : {"auto", "white-box", "black-box"}, default="auto"
        As in `skcert.PartitionAggregationEnsemble`.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``, and reads all labels once more for that.
    random_state : int, RandomState instance or None, default=None
        Seed of everything in members whose ``random_state`` is None or a generator; fixed in ``fit``.
    client : distributed.Client, default=None
        The cluster; ``None`` takes the active client.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : classifier
        The base of which members are clones.
    groups_ : list of futures
        Members on the workers, those of several partitions in each. They stay as long as the ensemble or one of its
        lazy results is there; a fitted ensemble cannot be pickled.
    n_train_ : int
        Number of training rows.
    partition_sizes_ : ndarray of shape (n_partitions,), int64
        Training rows in each partition.
    n_features_in_, feature_names_in_
        As in `skcert.NTKRegressorClassifier`.
    score_weight_, certificate_, random_state_, caveats_, label_free_members_, label_free_
        As in `skcert.PartitionAggregationEnsemble`.

    See Also
    --------
    skcert.PartitionAggregationEnsemble : The same for rows in memory, also with other votes, trusted rows, candidate
        labels and attacks.

    Notes
    -----
    Votes are hard. With ``partition="hash"``, members do not depend on how the rows are cut into blocks, and never on
    the workers. ``fit`` does not warn of classes of unequal size, as the ensemble in memory does.

    References
    ----------
    Levine & Feizi 2021 (arXiv 2006.14768), DPA and SS-DPA; Mohgaonkar et al. 2026 (arXiv 2604.11416), EnsembleCert.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sklearn.datasets import load_digits
    >>> from skcert import CertifiedRidgeClassifier
    >>> from skcert.dask import DaskPartitionAggregationEnsemble
    >>> X, y = load_digits(return_X_y=True)
    >>> options = {"processes": False, "n_workers": 1, "threads_per_worker": 1}
    >>> client = Client(dashboard_address="127.0.0.1:0", **options)
    >>> base = CertifiedRidgeClassifier(alpha=100.0)
    >>> ensemble = DaskPartitionAggregationEnsemble(base, n_partitions=20)
    >>> ensemble.fit(da.from_array(X[:1500], chunks=(500, -1)), da.from_array(y[:1500], chunks=500))
    DaskPartitionAggregationEnsemble(...)
    >>> ensemble.certify(X[1500:])
    CertificationResult(n_test=297, n_train=1500, certificate='white-box', median_radius=...)
    >>> client.close()
    """

    _parameter_constraints: dict = {
        **Vote._parameter_constraints,
        "partition": [StrOptions({"hash", "blocks"})],
        "client": [HasMethods(["submit", "compute", "gather"]), None],
    }

    _machinery = ("client",)
    n_jobs: int | None = None  # threads of the client, for the vote alone

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_partitions: int = 10,
        partition: str = "hash",
        certificate: str = "auto",
        classes: ArrayLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        client: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_partitions = n_partitions
        self.partition = partition
        self.certificate = certificate
        self.classes = classes
        self.random_state = random_state
        self.client = client

    def __sklearn_clone__(self):
        copied = {
            name: value if name == "client" else clone(value, safe=False)
            for name, value in self.get_params(deep=False).items()
        }
        return type(self)(**copied)

    def __getstate__(self):
        if "groups_" in vars(self):
            raise TypeError(
                f"{type(self).__name__} cannot be pickled: its members are on the workers of a cluster. Fit a "
                "PartitionAggregationEnsemble with partition='hash' for a model in a file: its radii are the same."
            )
        return super().__getstate__()

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any) -> Self:
        """Send each row to its partition, and fit one member on each, on the workers.

        Parameters
        ----------
        X : dask array of shape (n_train, n_features), or dask dataframe
            Training rows, in blocks of whole rows. Their dtype stays. What they are computed from, such as files, has
            to stay as it is as long as the ensemble is used: a member that is lost is made from it once more.
        y : dask array of shape (n_train,), or dask series
            Class labels, in blocks as those of X, such as a column of the same frame.

        Returns
        -------
        self : DaskPartitionAggregationEnsemble
            The fitted ensemble.

        Raises
        ------
        TypeError
            If X or y are not dask collections.
        ValueError
            If there is no client, if rows and labels do not belong together in each block, and as for
            `skcert.PartitionAggregationEnsemble`. The ensemble is then not fitted.
        """
        client = the_client(self.client, "fit")
        with all_or_nothing(self):
            self.__dict__.pop("groups_", None)  # members of an earlier fit, which the workers need not keep meanwhile
            X = check_rows(X)
            self._take_base(example_rows(X))
            if self._pairwise():
                raise ValueError(
                    f"{type(self).__name__} takes rows, but estimator={self.estimator_!r} takes a kernel or distance "
                    "matrix, which has no rows of its own. Use a base that computes it from rows."
                )
            blocks = paired_blocks(X, y)
            reader = self._reader(X, reset=True)
            self.classes_ = known_classes(self.classes, client, blocks[1])
            self._take_score_weight(np.empty(0, dtype=np.intp))
            self.random_state_ = fixed_seed(self.random_state)
            n_partitions = self.n_partitions if self.partition == "hash" else len(blocks[0])
            recipe = Recipe(
                self.estimator_,
                member_seeds(np.random.RandomState(self.random_state_), n_partitions),
                self.classes_,
                n_partitions,
                self._may_be_white_box(),
                blas_share(n_partitions),
            )
            reader = reader._replace(classes=self.classes_)
            self.groups_, self.partition_sizes_, label_free = fit_groups(self, client, recipe, reader, blocks)
            self.n_train_ = int(self.partition_sizes_.sum())
            self._take_certificate(label_free, self.partition_sizes_ > 0, recipe.base(0))
        return self

    def predict(self, X: Any) -> Any:
        """Predict class labels by plurality vote.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features), dask array or dask dataframe
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,), or dask array
            Class labels; the first class in ``classes_`` among equals. Of a dask collection, a dask array that nothing
            has computed yet.

        Raises
        ------
        ValueError
            If a member returns anything other than one of the classes.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        if not is_collection(X):
            return self._vote_winners(X)
        return self._lazy_votes(X, winners, (), self.classes_.dtype)

    def predict_proba(self, X: Any) -> Any:
        """Vote shares. They are not calibrated probabilities.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features), dask array or dask dataframe
            Test rows.

        Returns
        -------
        shares : ndarray of shape (n_test, n_classes), or dask array
            Votes for each class, divided by the votes cast.
        """
        if not is_collection(X):
            return self._vote_shares(X)
        return self._lazy_votes(X, shares, (self.classes_.shape[0],), np.dtype(np.float64))

    def certify(self, X: Any) -> Any:
        """Certify predictions against label flips.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features), dask array or dask dataframe
            Test rows.

        Returns
        -------
        result : CertificationResult, or dask dataframe
            Of rows in memory, a `skcert.CertificationResult`: ``radius`` is a lower bound on each prediction's radius,
            in label flips. Of a dask collection, a dask dataframe with what ``to_frame()`` of that result would have,
            one partition for each block, which nothing has computed yet: write it with ``to_parquet``. It has the
            index of X, or row numbers. Where blocks have unknown lengths, they are counted first.

        Raises
        ------
        ValueError
            If there is one class only, or a member returns anything other than one of the classes.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "classes_")
        check_two_classes(self.classes_)
        if not is_collection(X):
            rows = self._validate_test_rows(X)
            return with_index_of(X, self._certified_votes(rows, certify_votes, disjoint=True))
        X = check_rows(X)
        return lazy_certificates(self, the_client(self.client, "certify"), X, self._reader(X, reset=False))

    def _lazy_votes(self, X, finish, shape, dtype):
        check_is_fitted(self, "classes_")
        X, client = check_rows(X), the_client(self.client, "predict")
        return lazy_votes(self, client, X, self._reader(X, reset=False), finish, shape, dtype)

    def _validate_test_rows(self, X):
        if is_collection(X):
            raise ValueError(
                f"X is a {type(X).__module__.split('.')[0]} collection, which only certify, predict and predict_proba "
                "take; pass X.compute()."
            )
        return super()._validate_test_rows(X)

    def _reader(self, X, reset):
        """How blocks of a collection are read."""
        rows = self._validate(example_rows(X), reset=reset)
        allow_missing = get_tags(self).input_tags.allow_nan
        return Reader(rows.dtype, rows.shape[1], allow_missing, type(self).__name__)

    def _over_members(self, function, X, rows, phase):
        client = the_client(self.client, phase)
        part = client.submit(itself, X[rows], pure=False)
        threads = self._threads()
        return client.gather(
            [client.submit(ask_group, function, threads, group, part, pure=False) for group in self.groups_]
        )

    def _what_predict_asks(self):
        return partial(members_votes, self.classes_)

    def _threads(self):
        return blas_share(self._n_members())

    def _n_members(self):
        return self.partition_sizes_.shape[0]

    def _n_train(self):
        return self.n_train_

    def _test_chunks(self, X, more_row_bytes=0):
        row_bytes = X.dtype.itemsize * max(X.shape[1], 1)
        return row_chunks(X.shape[0], self._ballot_bytes() + more_row_bytes, max(1, _MOST_SENT // row_bytes))

    def _without_members(self):
        """What a worker needs to judge votes."""
        judge = type(self)(self.estimator)
        for name, value in vars(self).items():
            if name not in ("client", "groups_"):
                setattr(judge, name, value)
        judge.n_jobs = 1
        return judge
