"""What is known of a class: scikit-learn's own by name, others by what they declare.

Nothing about a fitted transformer shows for certain whether it looked at labels: its ``fit`` takes a y either way. So
it has to be known. Only the exact class counts: a subclass, or a method replaced on the instance, may do anything.
"""

import sys
from types import MappingProxyType
from typing import NamedTuple

from ._libraries import is_standard_library

# scikit-learn's transformers whose ``fit`` ignores y. A test fits each of them with different labels.
LABEL_FREE = frozenset(
    """
    AdditiveChi2Sampler BernoulliRBM Binarizer Birch BisectingKMeans DictVectorizer DictionaryLearning FactorAnalysis
    FastICA FeatureAgglomeration FeatureHasher FunctionTransformer GaussianRandomProjection HashingVectorizer
    IncrementalPCA Isomap IterativeImputer KBinsDiscretizer KMeans KNNImputer KNeighborsTransformer KernelCenterer
    KernelPCA LatentDirichletAllocation LocallyLinearEmbedding MaxAbsScaler MinMaxScaler MiniBatchDictionaryLearning
    MiniBatchKMeans MiniBatchNMF MiniBatchSparsePCA MissingIndicator NMF Normalizer Nystroem OneHotEncoder
    OrdinalEncoder PCA PatchExtractor PolynomialCountSketch PolynomialFeatures PowerTransformer QuantileTransformer
    RBFSampler RadiusNeighborsTransformer RandomTreesEmbedding RobustScaler SimpleImputer SkewedChi2Sampler SparseCoder
    SparsePCA SparseRandomProjection SplineTransformer StandardScaler CountVectorizer TfidfTransformer TfidfVectorizer
    TruncatedSVD VarianceThreshold
    """.split()
)
# The same for its other estimators, which a function may use.
LABEL_FREE_OTHERS = frozenset(
    """
    AffinityPropagation AgglomerativeClustering BayesianGaussianMixture DBSCAN EllipticEnvelope GaussianMixture HDBSCAN
    IsolationForest KernelDensity LocalOutlierFactor MeanShift NearestNeighbors OPTICS OneClassSVM SpectralClustering
    """.split()
)


class Source(NamedTuple):
    """What an attacker writes, and may reach a model by a second path: labels, or whole rows."""

    promise: str
    """The attribute by which a class or a function says, with False, that it has nothing to do with it."""
    harmless: frozenset[str]
    """scikit-learn's classes that may have been fitted beforehand."""
    made: str
    """After "data that may have been"."""
    fitted: str
    """After "fitted beforehand, perhaps"."""


LABELS = Source("uses_labels", LABEL_FREE | LABEL_FREE_OTHERS, "made from labels", "with labels")
ROWS = Source("uses_rows", frozenset({"FunctionTransformer"}), "made from rows", "on such rows")

COMPOSITES = frozenset({"Pipeline", "FeatureUnion", "ColumnTransformer"})
SEARCHES = frozenset({"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"})

# what Python puts into the namespace of a class that has no code of its own
_NO_CODE = frozenset({"__dict__", "__weakref__", "__annotate__", "__annotate_func__"})
_FITS = ("fit", "fit_transform", "partial_fit", "transform")


def is_exactly(estimator, names):
    """Whether an estimator is of scikit-learn's class of one of these names, with that class's own methods."""
    kind = type(estimator)
    if kind.__name__ not in names or not kind.__module__.startswith("sklearn."):
        return False
    is_original = getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind
    of_others = (name for name in _FITS if not _module(getattr(kind, name, None)).startswith("sklearn."))
    return is_original and not any(of_others) and replaced_method(estimator) is None


def is_composite(estimator, name, promise):
    """Whether an estimator's parts can be read off: scikit-learn's class `name` itself, or a subclass that vouches for
    its own code."""
    kinds = [kind for kind in type(estimator).__mro__ if kind.__name__ == name and kind.__module__[:8] == "sklearn."]
    return bool(kinds) and (is_exactly(estimator, {name}) or vouches(estimator, promise))


def composite_parts(estimator, promise=LABELS.promise):
    """``(name, part)`` of a pipeline, union or column transformer, as fitted; None for anything else."""
    if is_composite(estimator, "Pipeline", promise):
        return list(estimator.steps)
    if is_composite(estimator, "FeatureUnion", promise):
        return list(estimator.transformer_list)
    if is_composite(estimator, "ColumnTransformer", promise):
        parts = getattr(estimator, "transformers_", None) or [
            *estimator.transformers,
            ("remainder", estimator.remainder, None),
        ]
        return [(name, part) for name, part, _ in parts]
    return None


def vouches(thing, promise=LABELS.promise):
    """Whether a function, a class or the class of an instance declares ``uses_labels = False``, about this very code.

    Or ``uses_rows = False``: `promise` is the name. A class vouches for what it defines and inherits, not for a
    subclass with methods of its own. Functions made by ``functools.wraps`` copy the wrapped function's declaration,
    which is not their own.
    """
    if getattr(thing, promise, None) is not False:
        return False
    if isinstance(thing, type):
        return _class_vouches(thing, promise)
    thing = getattr(thing, "__func__", thing)  # of a bound method
    if not hasattr(thing, "fit") and promise in state_of(thing):
        return getattr(getattr(thing, "__wrapped__", None), promise, None) is not False
    return replaced_method(thing) is None and _class_vouches(type(thing), promise)


def declaring_class(kind, promise=LABELS.promise):
    """The class, among those that `kind` inherits from, that makes the promise; None if there is none."""
    return next((base for base in kind.__mro__ if promise in vars(base)), None)


def _class_vouches(kind, promise):
    declaring = declaring_class(kind, promise)
    return declaring is not None and all(base in declaring.__mro__ for base in kind.__mro__ if _has_code(base))


def replaced_method(instance):
    """Name of a method that was replaced on the instance, or None."""
    kind = type(instance)
    for name, value in state_of(instance).items():
        if callable(value) and callable(getattr(kind, name, None)):
            return name
    return None


def state_of(thing):
    """Attributes of an object itself, if it stores them as Python objects do."""
    state = getattr(thing, "__dict__", None)
    return dict(state) if isinstance(state, (dict, MappingProxyType)) else {}


def _has_code(kind):
    """Whether a class defines anything that runs, apart from scikit-learn's bases and Python's own classes."""
    if kind.__module__ == "sklearn.base" or kind.__module__.startswith("sklearn.utils."):
        return False
    if is_standard_library(kind.__module__):
        return False
    return any(
        (callable(value) or hasattr(value, "__get__"))
        and name not in _NO_CODE
        and not (name.startswith("set_") and name.endswith("_request"))  # put there by scikit-learn's metadata routing
        for name, value in vars(kind).items()
    )


def _module(function):
    return "sklearn." if function is None else str(getattr(function, "__module__", ""))
