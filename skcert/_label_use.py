"""Which transformers were fitted without looking at labels.

A transformer that looks at labels while it is fitted would be another one on other labels, and a certificate
downstream of it would be about the wrong thing. Nothing about a fitted transformer tells for sure whether it did: its
``fit`` takes a y either way. So it has to be known: scikit-learn's own transformers by name, others by saying so
themselves, with an attribute ``uses_labels = False``. Whatever is not known counts as using labels.
"""

from numbers import Integral

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import get_tags

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


def label_using_steps(transformer, name):
    """The parts of a fitted transformer that may have used labels, as ``(name, reason)``; none if it is label-free.

    Pipelines, unions and column transformers are looked through, and the names of their parts put together as in
    ``set_params``.
    """
    if transformer is None or isinstance(transformer, str):  # "passthrough", "drop"
        return []
    if isinstance(transformer, Pipeline):
        return _of_parts(name, transformer.steps)
    if isinstance(transformer, FeatureUnion):
        return _of_parts(name, transformer.transformer_list)
    if isinstance(transformer, ColumnTransformer):
        return _of_parts(name, [(part, fitted) for part, fitted, _ in transformer.transformers_])
    if _is_of_scikit_learn(transformer, {"FrozenEstimator"}):
        return label_using_steps(transformer.estimator, name)
    if _is_of_scikit_learn(transformer, LABEL_FREE) or getattr(transformer, "uses_labels", None) is False:
        return []
    kind = type(transformer).__name__
    if get_tags(transformer).target_tags.required or type(transformer).__module__.startswith("sklearn."):
        return [(name, f"{kind} uses labels when it is fitted")]
    return [(name, f"{kind} is not known to ignore labels (if it does, say so: `uses_labels = False` in its class)")]


def prefitted_label_use(estimator, name):
    """The parts of an unfitted estimator that were fitted with labels beforehand, as ``(name, reason)``.

    ``fit`` leaves them as they are, so that they carry labels from outside into whatever is fitted with them.
    """
    return [
        found
        for part, value in _parameters(estimator, name)
        if _is_of_scikit_learn(value, {"FrozenEstimator"})
        for found in label_using_steps(value, part)
    ]


def unseeded_parts(estimator, name):
    """The parts of an unfitted estimator that draw anew at each ``fit``, as ``(name, reason)``."""
    return [
        (part, f"random_state of {type(value).__name__} is {value.random_state!r}, not an int")
        for part, value in _parameters(estimator, name)
        if not isinstance(getattr(value, "random_state", 0), Integral)
    ]


def _parameters(estimator, name):
    return [(name, estimator)] + [(f"{name}__{part}", value) for part, value in estimator.get_params().items()]


def _of_parts(name, parts):
    return [found for part, fitted in parts for found in label_using_steps(fitted, f"{name}__{part}")]


def _is_of_scikit_learn(transformer, names):
    # the exact class: a subclass may have a `fit` of its own
    kind = type(transformer)
    return kind.__module__.startswith("sklearn.") and kind.__name__ in names
