"""Against rows, a step in front of the classifier must keep nothing of the rows that it was fitted on."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.kernel_approximation import Nystroem, PolynomialCountSketch, RBFSampler, SkewedChi2Sampler
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.tree import DecisionTreeClassifier

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
    certify_rows,
)
from skcert.label_use._kept_rows import row_using_steps

RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 4, size=(60, 5)).astype(float), np.arange(60) % 2
TEXT = np.array(["red sky", "blue sea", "red sea", "mud"])[RNG.integers(0, 4, size=60)]
VOTE = PartitionAggregationEnsemble(DecisionTreeClassifier(), n_partitions=5, classes=[0, 1], random_state=0)
NEIGHBORS = CertifiedKNeighborsClassifier(5, classes=[0, 1])
CENTRE = X.mean(axis=0)


class Stateful(TransformerMixin, BaseEstimator):
    uses_labels = False

    def fit(self, X, y=None):
        self.limit_ = abs(X).max()
        return self

    def transform(self, X):
        return X.clip(-self.limit_ / 2, self.limit_ / 2)


class RowByRow(Stateful):
    uses_rows = False

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X / (1 + X.sum(axis=1, keepdims=True))


class Heir(RowByRow):
    def fit(self, X, y=None):
        self.mean_ = X.mean()
        return self


class OwnPipeline(Pipeline):
    pass


def centred(X):
    return X - CENTRE


def centred_on_all(X):
    return X - X.mean(axis=0)


def doubled(X):
    return 2 * X


doubled.uses_rows = False


def about_text(X):
    return X.ravel()


VOIDED = {
    "standardscaler": StandardScaler(),
    "minmaxscaler": MinMaxScaler(),
    "robustscaler": RobustScaler(),
    "quantiletransformer": QuantileTransformer(n_quantiles=10),
    "powertransformer": PowerTransformer(),
    "kbinsdiscretizer": KBinsDiscretizer(2, strategy="uniform", encode="ordinal"),
    "splinetransformer": SplineTransformer(),
    "pca": PCA(2),
    "truncatedsvd": TruncatedSVD(2, random_state=0),
    "nmf": NMF(2, random_state=0, max_iter=1000),
    "nystroem": Nystroem(n_components=5, random_state=0),
    "rbfsampler": RBFSampler(gamma=0.5, n_components=20, random_state=0),
    "skewedchi2sampler": SkewedChi2Sampler(n_components=20, random_state=0),
    "gaussianrandomprojection": GaussianRandomProjection(3, random_state=0),
    "sparserandomprojection": SparseRandomProjection(3, density=1.0, random_state=0),
    "variancethreshold": VarianceThreshold(),
    "selectkbest": SelectKBest(k=2),
    "simpleimputer": SimpleImputer(),
    "knnimputer": KNNImputer(),
    "onehotencoder": OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    "ordinalencoder": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "kmeans": KMeans(2, n_init=1, random_state=0),
    "frozenestimator": FrozenEstimator(StandardScaler().fit(X)),
    "functiontransformer": FunctionTransformer(centred),
    "functiontransformer by all rows": FunctionTransformer(centred_on_all),
    "stateful": Stateful(),
    "heir": Heir(),
    "featureunion__pca": FeatureUnion([("norm", Normalizer()), ("pca", PCA(1))]),
    "pipeline__standardscaler": make_pipeline(Normalizer(), StandardScaler()),
    "columntransformer__b": ColumnTransformer([("a", Normalizer(), [0, 1]), ("b", MinMaxScaler(), [2])]),
    "columntransformer__remainder": ColumnTransformer([("a", Normalizer(), [0, 1])], remainder=MinMaxScaler()),
    "columntransformer": ColumnTransformer([("a", Normalizer(), lambda X: [0, 1])]),
    "ownpipeline": OwnPipeline([("norm", Normalizer())]),
}
PASSING = {
    "nothing": "passthrough",
    "Normalizer": Normalizer(),
    "Binarizer": Binarizer(threshold=1.5),
    "PolynomialFeatures": PolynomialFeatures(2),
    "a function": FunctionTransformer(doubled),
    "a function of numpy": FunctionTransformer(np.log1p),
    "PolynomialCountSketch": PolynomialCountSketch(n_components=20, random_state=0),
    "SparseRandomProjection": SparseRandomProjection(3, random_state=0),
    "a constant for gaps": SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True),
    "MissingIndicator": make_union("passthrough", MissingIndicator(features="all")),
    "known categories": OneHotEncoder(categories=[[0.0, 1.0, 2.0, 3.0]] * 5, sparse_output=False),
    "known ordinals": OrdinalEncoder(categories=[[0.0, 1.0, 2.0, 3.0]] * 5),
    "one of your own": RowByRow(),
    "a union": make_union(Normalizer(), FunctionTransformer(doubled)),
    "a pipeline": make_pipeline(Normalizer(), make_pipeline("passthrough", PolynomialFeatures(2))),
    "columns": ColumnTransformer([("a", Normalizer(), [0, 1]), ("b", "passthrough", [3, 4])]),
    "frozen, but stateless": FrozenEstimator(Normalizer().fit(X)),
}


@pytest.mark.parametrize("name", VOIDED)
@pytest.mark.filterwarnings("ignore")  # of members with few rows
def test_steps_that_keep_something_are_refused_by_name(name):
    step = clone(VOIDED[name])
    model = Pipeline([(name.partition("__")[0], step), ("last", NEIGHBORS)]).fit(X, Y)
    with pytest.raises(ValueError, match=rf"rows reach more than the classifier \(.*'{name}.*Make it a part of"):
        certify_rows(model, X[:3])
    inside = clone(VOTE).set_params(estimator=make_pipeline(clone(step), DecisionTreeClassifier())).fit(X, Y)
    if name not in ("frozenestimator", "functiontransformer", "ownpipeline"):  # which members share, or nobody knows
        assert certify_rows(inside, X[:3]).threat == "rows"
    else:
        with pytest.raises(ValueError, match=f"certify_rows needs a base without anything .*'estimator__{name}"):
            certify_rows(inside, X[:3])


@pytest.mark.parametrize("name", PASSING)
def test_steps_that_keep_nothing_pass(name):
    """And what they make of a row does not depend on the rows that they were fitted on."""
    step = PASSING[name]
    model = make_pipeline(step, clone(NEIGHBORS)).fit(X, Y)
    result = certify_rows(model, X[:5])
    assert result.threat == "rows" and result.caveats == ()
    assert np.array_equal(result.prediction, model.predict(X[:5]))
    if not isinstance(step, (str, FrozenEstimator)):
        few, many = (clone(step).fit(rows) for rows in (X[:2], X))
        assert np.array_equal(many.transform(X[:9]), few.transform(X[:9]))


@pytest.mark.parametrize(
    ("vectorizer", "refused"),
    [
        (HashingVectorizer(n_features=16), None),
        (CountVectorizer(vocabulary=["red", "sea"]), None),
        (CountVectorizer(), "CountVectorizer keeps, with these parameters, something"),
        (TfidfVectorizer(vocabulary=["red", "sea"]), "TfidfVectorizer keeps something"),
    ],
    ids=["hashing", "known words", "counts", "tf-idf"],
)
def test_text(vectorizer, refused):
    model = make_pipeline(FunctionTransformer(about_text), vectorizer, clone(VOTE)).fit(TEXT[:, None], Y)
    if refused is None:
        assert len(certify_rows(model, TEXT[:4, None])) == 4
    else:
        with pytest.raises(ValueError, match=refused):
            certify_rows(model, TEXT[:4, None])


def test_whether_columns_become_sparse_is_decided_by_all_rows():
    rows = np.column_stack([TEXT.astype(object), X.astype(object)])
    columns = ColumnTransformer([("text", HashingVectorizer(n_features=8), 0), ("numbers", "passthrough", [1, 2])])
    for threshold in (0.3, 0.99):
        model = make_pipeline(clone(columns).set_params(sparse_threshold=threshold), clone(VOTE)).fit(rows, Y)
        with pytest.raises(ValueError, match="'columntransformer': whether its output is sparse"):
            certify_rows(model, rows[:3])
    model = make_pipeline(clone(columns).set_params(sparse_threshold=0), clone(VOTE)).fit(rows, Y)
    assert len(certify_rows(model, rows[:3])) == 3


def test_columns_by_type_are_no_matter_of_rows():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcde"))
    columns = ColumnTransformer([("numbers", Normalizer(), make_column_selector(dtype_include=float))])
    model = make_pipeline(columns, clone(NEIGHBORS)).fit(frame, Y)
    assert len(certify_rows(model, frame[:3])) == 3


def test_dimensions_by_the_number_of_rows():
    wide = RNG.normal(size=(60, 200))
    for n_components, refused in (("auto", True), (5, False)):
        projection = SparseRandomProjection(n_components, eps=0.9, random_state=0).fit(wide)
        assert bool(row_using_steps(projection, "step")) is refused


def test_a_promise_about_labels_is_none_about_rows():
    assert row_using_steps(Stateful(), "step") and not row_using_steps(RowByRow(), "step")

    def scale(X):
        return X - CENTRE

    scale.uses_labels = False
    assert row_using_steps(FunctionTransformer(scale), "step")
    scale.uses_rows = False
    assert not row_using_steps(FunctionTransformer(scale), "step")


def test_a_function_that_says_nothing_leaves_a_caveat():
    """Whether it looks at rows beside a row shows only where there are some."""
    model = make_pipeline(FunctionTransformer(lambda rows: rows + 1.0), clone(NEIGHBORS)).fit(X, Y)
    (caveat,) = certify_rows(model, X[:3]).caveats
    assert caveat.startswith("Step 'functiontransformer': its function is taken to look at each row alone")
    mixing = make_pipeline(Normalizer(), FunctionTransformer(centred_on_all), clone(NEIGHBORS)).fit(X, Y)
    with pytest.raises(ValueError, match="'functiontransformer': what it makes of a row depends on the rows beside"):
        certify_rows(mixing, X[:3])
    (caveat,) = certify_rows(mixing, X[:1]).caveats
    assert "If it does not, nothing is certified" in caveat
    fails_alone = FunctionTransformer(lambda rows: rows[:, :2] if len(rows) > 1 else rows[:, :, 0])
    with pytest.raises(ValueError, match="depends on the rows beside it"):
        certify_rows(make_pipeline(fails_alone, clone(NEIGHBORS)).fit(X, Y), X[:3])


@pytest.mark.parametrize("kind", [RBFSampler, SkewedChi2Sampler, GaussianRandomProjection])
def test_products_of_matrices_are_refused_for_their_rounding(kind):
    (found,) = row_using_steps(kind(n_components=3, random_state=0).fit(X), "step")
    reason = "multiplies matrices, and last bits of a product depend on how many rows there are"
    assert found == ("step", f"{kind.__name__} {reason}")


def test_searches_chance_and_what_cannot_be_certified():
    model = make_pipeline(Normalizer(), clone(NEIGHBORS))
    search = GridSearchCV(model, {"certifiedkneighborsclassifier__n_neighbors": [3, 5]})
    (caveat,) = certify_rows(search.fit(X, Y), X[:2]).caveats
    assert caveat.startswith("Hyper-parameters were chosen by GridSearchCV")
    drawn = make_pipeline(PolynomialCountSketch(), clone(NEIGHBORS)).fit(X, Y)
    (caveat,) = certify_rows(drawn, X[:2]).caveats
    assert caveat.startswith("Step 'polynomialcountsketch': PolynomialCountSketch draws at random")
    with pytest.raises(TypeError, match="NTKRegressorClassifier cannot be certified against rows. Make it the base"):
        certify_rows(make_pipeline(Normalizer(), NTKRegressorClassifier()).fit(X, Y), X)
    metric = CertifiedKNeighborsClassifier(3, classes=[0, 1], metric=lambda a, b: abs(a - b - CENTRE).sum())
    with pytest.raises(ValueError, match="'certifiedkneighborsclassifier': its metric leads to data"):
        certify_rows(metric.fit(X, Y), X)
    finite = FiniteAggregationEnsemble(DecisionTreeClassifier(), n_partitions=3, classes=[0, 1], random_state=0)
    assert certify_rows(make_pipeline(finite).fit(X, Y), X[:2]).certificate == "black-box"
