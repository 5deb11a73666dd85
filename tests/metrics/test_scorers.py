import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_validate, validation_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
    certify_rows,
)
from skcert.metrics import (
    area_under_certified_accuracy,
    certification_scorer,
    certified_accuracy_score,
    certified_accuracy_scorer,
    certified_area_scorer,
    median_certified_radius,
    median_radius_scorer,
)


@pytest.mark.parametrize("flips", [-1, 0.0, 1.0, 1.5, np.nan, True, "3", None, [1]])
def test_bad_flips_are_named(flips):
    with pytest.raises(ValueError, match="flips="):
        certified_accuracy_scorer(flips)
    if flips is not None:
        with pytest.raises(ValueError, match="max_flips="):
            certified_area_scorer(flips)


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.mark.parametrize(
    "scorer",
    [
        certified_accuracy_scorer(3),
        certified_accuracy_scorer(3, per_class="worst"),
        median_radius_scorer(),
        certified_area_scorer(0.1),
        certified_area_scorer(per_class="mean"),
    ],
    ids=repr,
)
def test_scorers(scorer, iris):
    X, y = iris
    model = make_pipeline(StandardScaler(), NTKRegressorClassifier()).fit(X[::2], y[::2])
    result = skcert.certify(model, X[1::2])
    expected = {
        "certified_accuracy_scorer(3)": certified_accuracy_score(y[1::2], result, flips=3),
        "certified_accuracy_scorer(3, per_class='worst')": certified_accuracy_score(
            y[1::2], result, flips=3, per_class="worst"
        ),
        "certified_area_scorer(None, per_class='mean')": area_under_certified_accuracy(
            y[1::2], result, per_class="mean"
        ),
        "median_radius_scorer()": median_certified_radius(y[1::2], result),
        "certified_area_scorer(0.1)": area_under_certified_accuracy(y[1::2], result, max_flips=0.1),
    }
    for copied in (scorer, pickle.loads(pickle.dumps(scorer))):
        assert copied(model, X[1::2], y[1::2]) == expected[repr(copied)]


def test_scorers_refuse_what_voids_the_guarantee(iris):
    model = make_pipeline(SelectKBest(k=2), NTKRegressorClassifier()).fit(*iris)
    with pytest.raises(ValueError, match="selectkbest"):
        median_radius_scorer()(model, *iris)


SCORING = {"accuracy": "accuracy", "at 3": certified_accuracy_scorer(3), "median_radius": median_radius_scorer()}


@pytest.mark.parametrize("routing", [False, True])
def test_search_by_several_scores(iris, routing):
    ensemble = PartitionAggregationEnsemble(NTKRegressorClassifier(), partition="random", random_state=0)
    model = make_pipeline(StandardScaler(), PCA(2), ensemble)
    prefix = "partitionaggregationensemble__"
    grid = {
        f"{prefix}n_partitions": [1, 5],
        f"{prefix}estimator__alpha": [1.0, 30.0],
        f"{prefix}estimator__depth": [1, 2],
    }
    with config_context(enable_metadata_routing=routing):
        search = GridSearchCV(model, grid, scoring=SCORING, refit="at 3", cv=3, n_jobs=2).fit(*iris)
        assert search.score(*iris) == certified_accuracy_scorer(3)(search, *iris)
    assert len(search.cv_results_["params"]) == 8
    assert search.best_score_ == search.cv_results_["mean_test_at 3"].max() > 0
    (caveat,) = skcert.certify(search, iris[0]).caveats
    assert "GridSearchCV" in caveat


class _Counted(NTKRegressorClassifier):
    """Counts how often any of its clones certifies."""

    n_certified = 0

    def certify(self, X):
        _Counted.n_certified += 1
        return super().certify(X)


SCORERS = {
    "clean": certified_accuracy_scorer(0),
    "at 3": certified_accuracy_scorer(3),
    "median_radius": median_radius_scorer(),
    "area": certified_area_scorer(0.1),
}


def test_searches_per_class_keep_a_rare_class():
    """Nine rows to one. A model that never predicts the rare class withstands the most flips."""
    X, y = make_classification(
        n_samples=1200,
        n_features=5,
        n_informative=3,
        n_redundant=0,
        n_clusters_per_class=1,
        weights=[0.9],
        flip_y=0,
        random_state=3,
    )
    network, grid = NTKRegressorClassifier(), {"alpha": [0.1, 1.0, 10.0, 100.0, 1000.0]}

    def recall(scoring):
        search = GridSearchCV(network, grid, scoring=scoring, cv=3).fit(X[:300], y[:300])
        return recall_score(y[300:], search.predict(X[300:]))

    for scoring in (certified_accuracy_scorer(5), median_radius_scorer(), certified_area_scorer()):
        assert recall(scoring) < 0.05
    for per_class in ("mean", "worst"):
        for flips in (0, 1):
            assert recall(certified_accuracy_scorer(flips, per_class=per_class)) > 0.5
    assert recall(certified_area_scorer(per_class="mean")) < 0.05  # which counts any class as much as the rare one
    for scoring in (certified_accuracy_scorer(5, per_class="worst"), certified_area_scorer(per_class="worst")):
        assert recall(scoring) > 0.5
    assert recall("accuracy") > 0.5


def test_a_fold_without_training_rows_of_a_class():
    """Its test rows are predicted wrongly: the class does not vanish from the score."""
    X, y = np.arange(24.0).reshape(12, 2), np.array(["a"] * 5 + ["b"] * 5 + ["c"] * 2)
    train, test = np.r_[0:4, 5:9], np.r_[4, 9:12]
    network = NTKRegressorClassifier().fit(X[train], y[train])
    scorer = certified_accuracy_scorer(0, per_class="mean")
    assert scorer(network, X[test], y[test]) == pytest.approx(2 / 3)
    assert certified_accuracy_scorer(0, per_class="worst")(network, X[test], y[test]) == 0


@pytest.mark.parametrize("make_search", [GridSearchCV, RandomizedSearchCV])
def test_certification_scorer_certifies_once_and_scores_the_same(iris, make_search):
    """Two candidates and three folds: six certificates, and not six for each score."""
    many = {"n_iter": 2} if make_search is RandomizedSearchCV else {}
    searches = []
    for scoring, expected in ((certification_scorer(SCORERS), 6), (SCORERS, 6 * len(SCORERS))):
        search = make_search(_Counted(), {"alpha": [0.01, 30.0]}, scoring=scoring, refit="at 3", cv=3, **many)
        before = _Counted.n_certified
        searches.append(search.fit(*iris))
        assert _Counted.n_certified - before == expected
    once, anew = searches
    assert once.best_index_ == anew.best_index_ and once.score(*iris) == anew.score(*iris)
    for name in SCORERS:
        assert np.array_equal(once.cv_results_[f"mean_test_{name}"], anew.cv_results_[f"mean_test_{name}"])


def test_certification_scorer_follows_the_estimator_and_the_rows(iris):
    """Nothing is remembered: the same object on other rows, or fitted again, is certified again."""
    X, y = iris
    scorer = certification_scorer(SCORERS)
    network = NTKRegressorClassifier(alpha=30.0)
    for copied in (scorer, pickle.loads(pickle.dumps(scorer))):
        for train, test in ((np.s_[::2], np.s_[1::2]), (np.s_[1::2], np.s_[::2])):
            network.fit(X[train], y[train])
            for rows in (X[test], X[train]):
                scores = copied(network, rows, y[test])
                assert scores == {name: alone(network, rows, y[test]) for name, alone in SCORERS.items()}
        assert repr(copied).startswith("certification_scorer({'clean': certified_accuracy_scorer(0), 'at 3'")
    assert scorer(network, X[::2], y[::2])["clean"] == network.score(X[::2], y[::2])


def test_certification_scorer_in_cross_validation(iris):
    model = make_pipeline(StandardScaler(), NTKRegressorClassifier())
    for n_jobs in (None, 2):
        once = cross_validate(
            model, *iris, scoring=certification_scorer(SCORERS), cv=3, return_train_score=True, n_jobs=n_jobs
        )
        anew = cross_validate(model, *iris, scoring=SCORERS, cv=3, return_train_score=True)
        for name in SCORERS:
            assert np.array_equal(once[f"test_{name}"], anew[f"test_{name}"])
            assert np.array_equal(once[f"train_{name}"], anew[f"train_{name}"])


@pytest.mark.parametrize(
    ("scorers", "error", "message"),
    [
        ({}, ValueError, "scorers={} must be a dict"),
        ([median_radius_scorer()], ValueError, "scorers=.* must be a dict"),
        ({3: median_radius_scorer()}, ValueError, "by name"),
        ({"accuracy": "accuracy"}, TypeError, r"scorers\['accuracy'\]='accuracy' .*certified_accuracy_scorer\(0\)"),
        ({"all": certification_scorer(SCORERS)}, TypeError, r"scorers\['all'\]"),
    ],
)
def test_certification_scorer_names_bad_scorers(scorers, error, message):
    with pytest.raises(error, match=message):
        certification_scorer(scorers)


def test_certification_scorer_refuses_what_the_scorers_refuse(iris):
    scorer = certification_scorer(SCORERS)
    with pytest.raises(ValueError, match="selectkbest"):
        scorer(make_pipeline(SelectKBest(k=2), NTKRegressorClassifier()).fit(*iris), *iris)
    with pytest.raises(TypeError, match="cannot certify itself"):
        scorer(LogisticRegression(max_iter=1000).fit(*iris), *iris)


def test_validation_curve_and_cross_validate(iris):
    scorer = certified_area_scorer(10)
    _, scores = validation_curve(
        NTKRegressorClassifier(), *iris, param_name="alpha", param_range=[0.01, 10.0], scoring=scorer, cv=3
    )
    assert scores.shape == (2, 3) and scores[1].mean() > scores[0].mean()
    table = cross_validate(NTKRegressorClassifier(alpha=10.0), *iris, scoring=SCORING | {"area": scorer}, cv=3)
    assert np.array_equal(table["test_area"], scores[1])


def test_validation_curve_display_names_the_score(iris):
    pytest.importorskip("matplotlib.pyplot").switch_backend("agg")
    from sklearn.model_selection import ValidationCurveDisplay

    display = ValidationCurveDisplay.from_estimator(
        NTKRegressorClassifier(),
        *iris,
        param_name="alpha",
        param_range=[0.1, 1.0],
        scoring=median_radius_scorer(),
        cv=3,
    )
    assert display.ax_.get_ylabel() == "Median certified radius"
    assert certified_accuracy_scorer(3, per_class="mean").__name__ == "certified_accuracy_score_per_class_mean"


@pytest.mark.parametrize(
    "classifier",
    [
        NTKRegressorClassifier(),
        CertifiedKNeighborsClassifier(5),
        PartitionAggregationEnsemble(n_partitions=3),
        PartitionAggregationEnsemble(make_pipeline(PCA(2), NTKRegressorClassifier()), n_partitions=3, voting="soft"),
        FiniteAggregationEnsemble(n_partitions=3, random_state=0),
    ],
    ids=repr,
)
def test_trusted_rows_are_routed(iris, classifier):
    X, y = iris
    trusted = np.arange(150) % 2 == 0
    rows = {"train": np.flatnonzero(np.arange(150) % 3 > 0), "test": np.flatnonzero(np.arange(150) % 3 == 0)}
    with config_context(enable_metadata_routing=True):
        model = make_pipeline(StandardScaler(), classifier.set_fit_request(trusted=True))
        fitted = model.fit(X, y, trusted=trusted)
        assert np.array_equal(fitted[-1].trusted_, trusted)
        step = fitted.steps[-1][0]
        grid = {
            f"{step}__{'n_neighbors' if 'kneighbors' in step else 'classes'}": [7 if "kneighbors" in step else None]
        }
        search = GridSearchCV(model, grid, scoring=SCORING, refit="at 3", cv=[(rows["train"], rows["test"])])
        search.fit(X, y, trusted=trusted)
        assert np.array_equal(search.best_estimator_[-1].trusted_, trusted)
        scores = cross_validate(
            model,
            X,
            y,
            params={"trusted": trusted},
            scoring=certification_scorer(SCORERS),
            cv=[(rows["train"], rows["test"])],
        )
        alone = model.fit(X[rows["train"]], y[rows["train"]], trusted=trusted[rows["train"]])
        expected = median_radius_scorer()(alone, X[rows["test"]], y[rows["test"]])
    assert scores["test_median_radius"] == [expected]


def test_trusted_rows_that_nobody_asked_for_are_refused(iris):
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0]}, scoring=median_radius_scorer())
        with pytest.raises(ValueError, match="trusted"):
            search.fit(*iris, trusted=np.ones(150, dtype=bool))


@pytest.mark.slow
def test_search_over_partitions_on_digits():
    X, y = load_digits(return_X_y=True)
    model = make_pipeline(
        StandardScaler(),
        PCA(30),
        PartitionAggregationEnsemble(NTKRegressorClassifier(), partition="random", random_state=0),
    )
    prefix = "partitionaggregationensemble__"
    grid = {f"{prefix}n_partitions": [5, 20, 50], f"{prefix}estimator__alpha": [1.0, 30.0]}
    search = GridSearchCV(model, grid, scoring=certified_accuracy_scorer(0.01), cv=3, n_jobs=2).fit(X[:1200], y[:1200])
    result = skcert.certify(search, X[1200:])
    assert np.array_equal(result.prediction, search.predict(X[1200:])) and result.caveats
    chosen = search.best_estimator_[-1]
    assert (
        len(chosen.estimators_) == search.best_params_[f"{prefix}n_partitions"] and chosen.certificate_ == "white-box"
    )
    assert certified_accuracy_score(y[1200:], result, flips=0.01) > 0.3


def test_scorers_of_rows(iris):
    X, y = iris[:2]
    neighbors = CertifiedKNeighborsClassifier(9, classes=[0, 1, 2]).fit(X, y)
    result = certify_rows(neighbors, X)
    scorers = {
        "at 2": certified_accuracy_scorer(2, threat="rows"),
        "radius": median_radius_scorer(threat="rows"),
        "area": certified_area_scorer(3, threat="rows"),
        "flips": certified_accuracy_scorer(2),
    }
    scores = certification_scorer(scorers)(neighbors, X, y)
    assert scores == {name: scorer(neighbors, X, y) for name, scorer in scorers.items()}
    assert scores["at 2"] == result.certified_accuracy(y, 2)
    assert repr(scorers["at 2"]) == "certified_accuracy_scorer(2, threat='rows')"
    assert scorers["radius"].__name__ == "median_certified_radius_rows"
    with pytest.raises(ValueError, match="threat='both'"):
        median_radius_scorer(threat="both")
