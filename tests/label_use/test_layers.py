"""Pipelines and searches around a classifier, unwrapped in one place."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import skcert
from skcert import NTKRegressorClassifier
from skcert.label_use import is_plain_pipeline, rows_within, unwrapped


class OwnPipeline(Pipeline):
    pass


def test_layers_come_outermost_first_and_rows_go_through_each():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(make_pipeline(StandardScaler(), NTKRegressorClassifier()), {}, cv=2)
    model = make_pipeline(MinMaxScaler(), search).fit(X, y)
    layers, classifier = unwrapped(model)
    assert layers == [model, search, search.best_estimator_]
    assert classifier is search.best_estimator_.steps[-1][1]
    scaled = model.steps[0][1].transform(X)
    assert np.array_equal(rows_within(layers, X), search.best_estimator_.steps[0][1].transform(scaled))
    assert unwrapped(classifier) == ([], classifier)
    assert rows_within([], X) is X


def test_who_looks_into_plain_pipelines_only_stops_at_all_others():
    network = NTKRegressorClassifier()
    own = OwnPipeline([("network", network)])
    search = GridSearchCV(network, {})  # not even asked whether it is fitted
    for inner in (own, search):
        assert unwrapped(make_pipeline(inner), is_plain_pipeline)[1] is inner
    assert unwrapped(own) == ([own], network)


def test_unfitted_layers_are_refused():
    network = NTKRegressorClassifier()
    for unfitted in (make_pipeline(network), GridSearchCV(network, {}), make_pipeline(GridSearchCV(network, {}))):
        with pytest.raises(NotFittedError):
            skcert.certify(unfitted, [[0.0]])


def test_there_is_no_other_place():
    root = Path(skcert.__file__).parent
    places = [path.relative_to(root).as_posix() for path in root.rglob("*.py") if ".steps[-1][1]" in path.read_text()]
    assert places == ["label_use/_layers.py"]
