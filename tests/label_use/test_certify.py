"""`skcert.certify` on whatever holds a certified classifier."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.baselines import LabelFlipSmoothing

X, Y = load_digits(n_class=3, return_X_y=True)
X = X + np.random.default_rng(0).random(X.shape)  # no pixel is constant
X_TRAIN, Y_TRAIN, X_TEST = X[:150], Y[:150], X[150:200]


def test_a_classifier_answers_for_itself():
    for model in (NTKRegressorClassifier(), PartitionAggregationEnsemble(n_partitions=3), LabelFlipSmoothing()):
        model.fit(X_TRAIN, Y_TRAIN)
        result, own = skcert.certify(model, X_TEST), model.certify(X_TEST)
        assert np.array_equal(result.radius, own.radius) and result.caveats == ()


def test_pipelines_within_pipelines():
    inner = Pipeline([("scale", StandardScaler()), ("net", NTKRegressorClassifier(alpha=10.0))])
    model = Pipeline([("nothing", "passthrough"), ("again", StandardScaler()), ("inner", inner)]).fit(X_TRAIN, Y_TRAIN)
    result = skcert.certify(model, X_TEST)
    by_hand = model["inner"]["net"].certify(model["inner"]["scale"].transform(model["again"].transform(X_TEST)))
    assert np.array_equal(result.radius, by_hand.radius)
    assert np.array_equal(result.prediction, model.predict(X_TEST))


def test_a_pipeline_with_the_classifier_alone():
    model = Pipeline([("net", NTKRegressorClassifier())]).fit(X_TRAIN, Y_TRAIN)
    assert len(skcert.certify(model, X_TEST)) == len(X_TEST)


def test_searches_carry_a_caveat():
    pipeline = make_pipeline(StandardScaler(), NTKRegressorClassifier())
    grid = {"ntkregressorclassifier__alpha": [1.0, 30.0]}
    searches = [GridSearchCV(pipeline, grid, cv=2), RandomizedSearchCV(pipeline, grid, n_iter=2, cv=2, random_state=0)]
    for search in searches:
        result = skcert.certify(search.fit(X_TRAIN, Y_TRAIN), X_TEST)
        (caveat,) = result.caveats
        assert type(search).__name__ in caveat and "looks at labels" in caveat
        assert np.array_equal(result.prediction, search.predict(X_TEST))


def test_a_search_inside_a_pipeline_inside_a_search():
    search = GridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0, 10.0]}, cv=2)
    model = make_pipeline(StandardScaler(), search)
    outer = GridSearchCV(model, {"gridsearchcv__estimator__depth": [1, 2]}, cv=2).fit(X_TRAIN, Y_TRAIN)
    assert len(skcert.certify(outer, X_TEST).caveats) == 2


def test_caveats_add_up_outermost_last():
    pipeline = make_pipeline(SelectKBest(k=20), NTKRegressorClassifier())
    search = GridSearchCV(pipeline, {"selectkbest__k": [10, 20]}, cv=2).fit(X_TRAIN, Y_TRAIN)
    with pytest.raises(ValueError, match="selectkbest"):
        skcert.certify(search, X_TEST)
    with pytest.warns(skcert.LabelUseWarning) as warned:
        caveats = skcert.certify(search, X_TEST, allow_label_use=True).caveats
    assert [warning.filename for warning in warned] == [__file__]
    assert "selectkbest" in caveats[0] and "GridSearchCV" in caveats[1]


def test_label_use_inside_a_black_box_ensemble_is_covered():
    """A member's steps see its own partition's labels only, which the vote accounts for."""
    base = make_pipeline(SelectKBest(k=20), LogisticRegression(max_iter=2000))
    model = make_pipeline(StandardScaler(), PartitionAggregationEnsemble(base, n_partitions=5)).fit(X_TRAIN, Y_TRAIN)
    assert skcert.certify(model, X_TEST).caveats == ()


def test_what_has_no_certificate_is_refused():
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(X_TRAIN, Y_TRAIN)
    with pytest.raises(TypeError, match="LogisticRegression cannot certify itself.*PartitionAggregationEnsemble"):
        skcert.certify(model, X_TEST)

    class Other:
        def certify(self, X):
            return 7

    with pytest.raises(TypeError, match="Other cannot certify itself"):
        skcert.certify(Other(), X_TEST)


def test_unfitted_estimators_are_refused():
    search = GridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0]}, cv=2)
    for model in (NTKRegressorClassifier(), make_pipeline(StandardScaler(), NTKRegressorClassifier()), search):
        with pytest.raises(NotFittedError):
            skcert.certify(model, X_TEST)
    unrefitted = GridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0]}, cv=2, refit=False).fit(X_TRAIN, Y_TRAIN)
    with pytest.raises(ValueError, match="refit=True"):
        skcert.certify(unrefitted, X_TEST)


@pytest.mark.slow
def test_radius_holds_for_refits_of_the_whole_pipeline():
    rng = np.random.default_rng(0)
    labels = (Y_TRAIN > 0).astype(int)
    model = make_pipeline(StandardScaler(), NTKRegressorClassifier(alpha=10.0)).fit(X_TRAIN, labels)
    result = skcert.certify(model, X_TEST)
    flips = int(result.radius.min())
    for _ in range(20):
        flipped = labels.copy()
        rows = rng.choice(len(labels), flips, replace=False)
        flipped[rows] = 1 - flipped[rows]
        assert np.array_equal(model.fit(X_TRAIN, flipped).predict(X_TEST), result.prediction)


def test_a_method_replaced_on_the_classifier_is_refused():
    for model in (NTKRegressorClassifier(), PartitionAggregationEnsemble(n_partitions=3)):
        fit = model.fit
        model.fit = lambda X, y, fit=fit: fit(X * y.mean(), y)
        model.fit(X_TRAIN, Y_TRAIN)
        with pytest.raises(ValueError, match="its method 'fit' was replaced on the instance"):
            skcert.certify(model, X_TEST)


def test_caveats_of_chance_stand_between_those_of_labels_and_of_searches():
    pipeline = make_pipeline(SelectKBest(k=20), Nystroem(n_components=20), NTKRegressorClassifier())
    search = GridSearchCV(pipeline, {"nystroem__n_components": [20]}, cv=2).fit(X_TRAIN, Y_TRAIN)
    with pytest.warns(skcert.LabelUseWarning):
        of_labels, of_chance, of_search = skcert.certify(search, X_TEST, allow_label_use=True).caveats
    assert "selectkbest" in of_labels and "'nystroem'" in of_chance and "GridSearchCV" in of_search
