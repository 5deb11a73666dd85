"""Rows of equal length, at the scale that ridges are meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import normalize
from sklearn.utils.validation import validate_data

from ._utils import SavesVersion

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["RowScaler"]


class RowScaler(SavesVersion, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Scale each row to the Euclidean length sqrt(n_features), as standardised rows have on average.

    No training row then has more influence than others because of its length alone. The kernel of a network divides
    inner products by the number of features, so that rows of this length have the same kernel value, and a ridge
    means the same, whatever the number of features is. Rows of length 1, which `sklearn.preprocessing.Normalizer`
    makes, would multiply the ridge by the number of features. Put it behind `StandardScaler`, or PCA.

    Each row is scaled by itself, without labels and without other rows.

    Attributes
    ----------
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    sklearn.preprocessing.Normalizer : Rows of length 1.

    Notes
    -----
    A row whose largest absolute value is below about 2e-15 (for float32, 1e-6) has no direction but that of rounding
    errors. It stays as it is, as do rows of zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.preprocessing import RowScaler
    >>> X = np.array([[3.0, 0.0, 4.0, 0.0], [0.0, 0.0, 0.0, 0.0], [1e200, 0.0, 0.0, 0.0]])
    >>> RowScaler().fit_transform(X)
    array([[1.2, 0. , 1.6, 0. ],
           [0. , 0. , 0. , 0. ],
           [2. , 0. , 0. , 0. ]])
    """

    uses_labels = False  # for the guard of `skcert.certify` ...
    uses_rows = False  # ... and that of `skcert.certify_rows`

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Look at the number of features only.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : object, default=None
            Not used.

        Returns
        -------
        self : RowScaler
            The transformer.

        Raises
        ------
        ValueError
            If X has NaN or infinite entries, or is not two-dimensional.
        """
        self._validated(X, reset=True)
        return self

    def transform(self, X: ArrayLike) -> Any:
        """The rows, scaled.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        scaled : {ndarray, csr_matrix} of shape (n_samples, n_features)
            Float32 if X is, otherwise float64; sparse if X is.

        Raises
        ------
        ValueError
            If X has NaN or infinite entries, or not the number of features seen in ``fit``.
        """
        X = self._validated(X, reset=False)
        if issparse(X):
            X = X.copy()
            X.sum_duplicates()  # which also puts entries in one order
        # the largest first, or squares overflow
        scaled = normalize(normalize(X, norm="max"), copy=False)
        return scaled * scaled.dtype.type(np.sqrt(X.shape[1]))

    def _validated(self, X, *, reset):
        # in one order in memory, so that a sum over a row has one result
        return validate_data(self, X, reset=reset, accept_sparse="csr", dtype=[np.float64, np.float32], order="C")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
