"""What classifiers on top of another one share: which one that is by default, and which rows it takes."""

from sklearn.base import MetaEstimatorMixin
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import Tags, TargetTags, get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils import plain_labels
from ._ntk import NTKRegressorClassifier


class OverBase(MetaEstimatorMixin):
    """Mixin of classifiers with a parameter ``estimator``; ``fit`` keeps its own copy as ``estimator_``."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        base = base_tags(self._base()).input_tags
        tags.input_tags.sparse = base.sparse
        tags.input_tags.allow_nan = _takes_missing(self._base())
        tags.input_tags.pairwise = base.pairwise
        tags.input_tags.positive_only = base.positive_only
        return tags

    def _base(self):
        return NTKRegressorClassifier() if self.estimator is None else self.estimator

    def _validate(self, X, y="no_validation", *, reset):
        """Rows, and labels if there are any, as far as ``estimator_`` leaves them unchecked."""
        return validate_data(
            self,
            X,
            y if isinstance(y, str) else plain_labels(y, "y"),
            reset=reset,
            dtype=None,
            accept_sparse="csr",  # a base that does not take it says so
            ensure_all_finite=not _takes_missing(self.estimator_),
        )

    def _validate_test_rows(self, X):
        check_is_fitted(self, "classes_")
        return self._validate(X, reset=False)


# Transformers of these take missing values and leave them where they are.
_KEEP_MISSING = ("sklearn.preprocessing._data", "sklearn.feature_selection")


def _takes_missing(estimator):
    """Whether missing values are for a base to judge; tags of scikit-learn's composites do not say so."""
    if isinstance(estimator, Pipeline):
        for step in (step for _, step in estimator.steps if step is not None and step != "passthrough"):
            if not _takes_missing(step):
                return False
            if not type(step).__module__.startswith(_KEEP_MISSING):  # it fills them in, or predicts from them
                return True
        return True
    if isinstance(estimator, (ColumnTransformer, FeatureUnion)):
        parts = [
            part for _, part, *_ in getattr(estimator, "transformers", getattr(estimator, "transformer_list", []))
        ]
        return all(_takes_missing(part) for part in parts if not isinstance(part, str) and part is not None)
    return base_tags(estimator).input_tags.allow_nan


def base_tags(estimator):
    """The tags of a base; of one that has none, because it only behaves like an estimator, those of any."""
    try:
        return get_tags(estimator)
    except AttributeError:
        kind = getattr(estimator, "_estimator_type", None)
        return Tags(estimator_type=kind, target_tags=TargetTags(required=False))
