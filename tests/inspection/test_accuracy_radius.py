import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert import (
    CertifiedKNeighborsClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.inspection import AccuracyRadiusPoints, accuracy_radius_points
from skcert.results import UNBOUNDED

GRID = {"weight_center": [None, "mean", 0.7], "weight_power": [1, 0.4], "weight_clip": [None, 0.8]}
NETWORK = "ntkregressorclassifier__"


@pytest.fixture(scope="module")
def data():
    X, y = make_blobs(n_samples=120, centers=3, cluster_std=1.5, random_state=0)
    return X[:80], y[:80], X[80:], y[80:]


def soft(base=None, **parameters):
    return PartitionAggregationEnsemble(base, n_partitions=3, voting="soft", random_state=0, **parameters)


WEIGHTS = {0: 1.0, 1: 0.8, 2: 1.3}
MODELS = {
    "network": (NTKRegressorClassifier(), ""),
    "turned": (NTKRegressorClassifier(weight_center="mean", weight_power=0.3, weight_clip=0.9), ""),
    "limit": (KernelRegressorClassifier(alpha=np.inf, weight_power=0.4), ""),
    "flow": (NTKRegressorClassifier(training_time=10.0, score_weight=WEIGHTS), ""),
    "callable": (KernelRegressorClassifier(kernel=rbf_kernel, score_weight="balanced"), ""),
    "pipeline": (make_pipeline(StandardScaler(), NTKRegressorClassifier(fit_intercept=False)), NETWORK),
    "soft": (soft(NTKRegressorClassifier(score_weight=WEIGHTS), partition="random"), "estimator__"),
    "soft, balanced": (soft(KernelRegressorClassifier(score_weight="balanced")), "estimator__"),
    "soft, pipelines": (soft(make_pipeline(StandardScaler(), NTKRegressorClassifier())), f"estimator__{NETWORK}"),
    "soft in a pipeline": (
        make_pipeline(StandardScaler(), soft(NTKRegressorClassifier(weight_center=0.2))),
        "partitionaggregationensemble__estimator__",
    ),
}


def assert_equal_results(result, expected):
    for name in ("prediction", "radius", "radius_upper", "flips_to_class", "classes"):
        assert np.array_equal(getattr(result, name), getattr(expected, name))
    for name in ("certificate", "n_train", "caveats"):
        assert getattr(result, name) == getattr(expected, name)


@pytest.mark.parametrize(
    ("case", "dtype"), [*((case, np.float64) for case in MODELS), ("limit", np.float32), ("soft", np.float32)]
)
def test_points_are_those_of_refits(data, case, dtype):
    """With trusted rows and candidate labels, of which the two kinds of models are told under other names."""
    X, y, X_test, y_test = data
    X, X_test = X.astype(dtype), X_test.astype(dtype)
    model, prefix = MODELS[case]
    last = model.steps[-1][0] + "__" if hasattr(model, "steps") else ""
    candidates = np.random.default_rng(0).random((80, 3)) < 0.7
    candidates[np.arange(80), y] = True
    known = {f"{last}trusted": np.arange(80) % 7 == 0, f"{last}candidate_labels": candidates}
    model.fit(X, y, **known)
    points = accuracy_radius_points(model, X_test, y_test, **GRID)
    own = {name: model.get_params()[prefix + name] for name in GRID}
    assert points.settings[points.fitted] == own
    assert len(points.settings) == 12 + (own["weight_power"] == 0.3 or own["weight_center"] == 0.2)
    assert points.settings[:3] == (
        {"weight_center": None, "weight_power": 1, "weight_clip": None},
        {"weight_center": None, "weight_power": 1, "weight_clip": 0.8},
        {"weight_center": None, "weight_power": 0.4, "weight_clip": None},
    )
    for setting, result, accuracy, median in zip(
        points.settings, points.results, points.accuracy, points.median_radius, strict=True
    ):
        model.set_params(**{prefix + name: value for name, value in setting.items()}).fit(X, y, **known)
        expected = skcert.certify(model, X_test)
        assert_equal_results(result, expected)
        assert accuracy == np.mean(expected.prediction == y_test)
        assert median == np.median(np.where(expected.prediction == y_test, expected.radius, -1))
    model.set_params(**{prefix + name: value for name, value in own.items()})


def test_default_base(data):
    X, y, X_test, y_test = data
    points = accuracy_radius_points(soft().fit(X, y), X_test, y_test, weight_center=["mean"], weight_power=[0.5])
    base = NTKRegressorClassifier(weight_center="mean", weight_power=0.5)
    assert_equal_results(points.results[0], soft(base).fit(X, y).certify(X_test))
    assert points.names == ["centre mean, power 0.5", "plain"] and points.fitted == 1


def test_precomputed_kernels_in_chunks_and_the_model_stays(data):
    X, y, X_test, y_test = data
    K, K_test = rbf_kernel(X), rbf_kernel(X_test, X)
    for model in (base := KernelRegressorClassifier(kernel="precomputed", weight_clip=0.6), soft(base)):
        model.fit(K, y)
        before, kept = model.certify(K_test), K_test.copy()
        with config_context(working_memory=0.004):
            points = accuracy_radius_points(model, K_test, y_test, weight_center=["mean"], weight_power=[0.2, 0.2])
        assert len(points.results) == 2
        assert_equal_results(points.results[1], before)
        assert_equal_results(model.certify(K_test), before)
        assert np.array_equal(K_test, kept)


def test_a_search_leaves_its_caveat(data):
    X, y, X_test, y_test = data
    search = GridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0, 10.0]}, cv=2).fit(X, y)
    points = accuracy_radius_points(search, X_test, y_test, weight_center=[None], weight_power=[1])
    assert_equal_results(points.results[0], skcert.certify(search, X_test))
    assert "GridSearchCV" in points.results[0].caveats[0]


def test_the_whole_of_it(data):
    pd = pytest.importorskip("pandas")
    X, y, X_test, y_test = data
    names = np.array(["a", "b", "c"])
    model = NTKRegressorClassifier(alpha=10.0).fit(X, names[y])
    points = accuracy_radius_points(model, X_test, list(names[y_test]))
    assert isinstance(points, AccuracyRadiusPoints) and len(points.results) == 16 and points.fitted == 0
    frame = points.to_frame()
    assert isinstance(frame, pd.DataFrame) and frame.columns.tolist() == [
        *GRID,
        "accuracy",
        "median_radius",
        "on_frontier",
        "fitted",
    ]
    assert frame.weight_center.tolist() == np.repeat([None, "mean", 0.8, 0.95], 4).tolist()
    assert frame.weight_power.tolist() == 4 * [1.0, 0.75, 0.5, 0.25] and frame.weight_clip.tolist() == 16 * [None]
    assert frame.fitted.tolist() == [True] + 15 * [False]
    assert frame.on_frontier.tolist() == points.on_frontier.tolist()
    assert "n_points=16, n_test=40, on_frontier=['" in repr(points)
    assert points.names[:2] == ["plain", "power 0.75"] and points.names[-1] == "centre 0.95, power 0.25"


def test_frontier():
    rng = np.random.default_rng(0)
    for _ in range(50):
        accuracy, radius = rng.integers(0, 4, (2, 8))
        points = type("", (AccuracyRadiusPoints,), {"accuracy": accuracy, "median_radius": radius})
        kept = points(settings=(), results=(), y_true=np.empty(0), fitted=0).on_frontier
        pairs = list(zip(accuracy.tolist(), radius.tolist(), strict=True))
        beaten = [any(a >= own[0] and r >= own[1] and (a, r) != own for a, r in pairs) for own in pairs]
        expected = [not beat and own not in pairs[:i] for i, (own, beat) in enumerate(zip(pairs, beaten, strict=True))]
        assert kept.tolist() == expected


def test_unbounded_medians(data):
    X, y, X_test, y_test = data
    model = NTKRegressorClassifier(alpha=5.0).fit(X, y, trusted=np.ones(80, dtype=bool))
    points = accuracy_radius_points(model, X_test, y_test, weight_center=[None], weight_power=[1, 0.5])
    assert points.median_radius.tolist() == [UNBOUNDED, UNBOUNDED] and points.on_frontier.sum() == 1


def test_quantiles_and_unequal_classes(data, recwarn):
    X, y, X_test, y_test = data
    kept = (y != 0) | (np.arange(80) % 3 == 0)
    model = NTKRegressorClassifier().fit(X[kept], y[kept])
    accuracy_radius_points(model, X_test, y_test, weight_center=[None, "mean"], weight_power=[0.5])
    weighted = NTKRegressorClassifier(score_weight=WEIGHTS).fit(X[kept], y[kept])
    accuracy_radius_points(weighted, X_test, y_test, weight_center=[0.8], weight_power=[0.5])
    assert not recwarn
    with pytest.warns(UserWarning, match=r"weight_center=\[0.8, 0.95\] shifts all label weights") as given:
        accuracy_radius_points(model, X_test, y_test)
    assert len(given) == 1 and given[0].filename == __file__


def test_errors(data):
    X, y, X_test, y_test = data
    network = NTKRegressorClassifier().fit(X, y)
    for wrong, words in (
        ({"weight_center": "mean"}, r"weight_center='mean' must be a list.*such as \['mean'\]"),
        ({"weight_power": 0.5}, r"weight_power=0.5 must be a list"),
        ({"weight_clip": None}, r"weight_clip=None must be a list"),
        ({"weight_clip": []}, "weight_clip=.* has no setting"),
        ({"weight_clip": [0.0]}, "The 'weight_clip' parameter of accuracy_radius_points must be"),
        ({"weight_power": [0.5, 1.5]}, "The 'weight_power' parameter of accuracy_radius_points must be"),
        ({"weight_power": [None]}, "The 'weight_power' parameter"),
        ({"weight_power": [np.nan]}, "The 'weight_power' parameter"),
        ({"weight_power": [[0.5]]}, "The 'weight_power' parameter"),
        ({"weight_center": ["median"]}, "The 'weight_center' parameter"),
    ):
        with pytest.raises(ValueError, match=words):
            accuracy_radius_points(network, X_test, y_test, **wrong)
    with pytest.raises(ValueError, match=r"y has shape \(39,\), but a label is needed for each of 40 rows"):
        accuracy_radius_points(network, X_test, y_test[1:])
    with pytest.raises(ValueError, match="y holds text"):
        accuracy_radius_points(network, X_test, y_test.astype(str))
    with pytest.raises(NotFittedError):
        accuracy_radius_points(NTKRegressorClassifier(), X_test, y_test)
    with pytest.raises(NotFittedError):
        accuracy_radius_points(soft(), X_test, y_test)
    supervised = make_pipeline(SelectKBest(k=1), NTKRegressorClassifier()).fit(X, y)
    with pytest.raises(ValueError, match="selectkbest"):
        accuracy_radius_points(supervised, X_test, y_test)
    with pytest.raises(ValueError, match=r"two classes|one class|only"):
        accuracy_radius_points(NTKRegressorClassifier().fit(X, np.zeros(80)), X_test, np.zeros(40))


class OwnWeights(NTKRegressorClassifier):
    def _label_weights(self, X):
        return 2.0 * super()._label_weights(X)


@pytest.mark.parametrize(
    "model",
    [
        CertifiedKNeighborsClassifier(5),
        PartitionAggregationEnsemble(n_partitions=3),
        soft(CertifiedKNeighborsClassifier(5)),
        OwnWeights(),
        soft(OwnWeights()),
        LogisticRegression(),
    ],
    ids=repr,
)
def test_models_without_a_dial(data, model):
    X, y, X_test, y_test = data
    with pytest.raises(TypeError, match="(?s)needs a kernel regression.*is neither"):
        accuracy_radius_points(model.fit(X, y), X_test, y_test)


def test_sums_that_overflow_are_refused(data):
    """As by a refit; a power keeps others within bounds."""
    _, y, _, y_test = data
    K = np.eye(80)
    model = KernelRegressorClassifier(kernel="precomputed", alpha=np.inf, fit_intercept=False, weight_power=0.5)
    for fitted in (model.fit(K, y), soft(model).fit(K, y)):
        large = np.full((40, 80), 1e300)
        with pytest.raises(ValueError, match="label weights or their sums overflow"):
            accuracy_radius_points(fitted, large, y_test, weight_center=[None], weight_power=[1.0])
        points = accuracy_radius_points(fitted, large, y_test, weight_center=[None], weight_power=[0.5])
        assert_equal_results(points.results[0], fitted.certify(large))
