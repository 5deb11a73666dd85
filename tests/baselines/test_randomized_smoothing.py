import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks
from sklearn.utils.validation import validate_data

from skcert import LabelLinearClassifierMixin, NTKRegressorClassifier
from skcert.baselines import LabelFlipSmoothing, smoothing_radius


@pytest.mark.slow
@parametrize_with_checks([LabelFlipSmoothing()])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_parameter_validation():
    check_param_validation("LabelFlipSmoothing", LabelFlipSmoothing())


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=160,
        n_features=8,
        n_informative=5,
        n_classes=3,
        class_sep=2.5,
        n_clusters_per_class=1,
        random_state=0,
    )
    return X[:120], y[:120], X[120:]


def test_result(data):
    X, y, X_test = data
    base = NTKRegressorClassifier(alpha=30.0)
    smoothing = LabelFlipSmoothing(base, flip_probability=0.05).fit(X, y)
    result = smoothing.certify(X_test)
    assert result.certificate == "smoothing" and result.n_train == 120 and not result.exact.any()
    assert np.array_equal(result.prediction, smoothing.predict(X_test))
    assert np.array_equal(result.prediction, clone(base).fit(X, y).predict(X_test))
    assert (result.radius > 0).mean() > 0.5
    predicted = np.searchsorted(result.classes, result.prediction)
    assert (result.flips_to_class[np.arange(40), predicted] == 0).all()
    others = np.arange(3) != predicted[:, None]
    assert np.array_equal(result.flips_to_class[others], np.repeat(result.radius + 1, 2))


def test_results_do_not_depend_on_working_memory(data):
    X, y, X_test = data
    smoothing = LabelFlipSmoothing(flip_probability=0.02).fit(X, y)
    result = smoothing.certify(X_test)
    with config_context(working_memory=0.01):
        chunked = smoothing.certify(X_test)
        assert np.array_equal(chunked.prediction, smoothing.predict(X_test))
    assert np.array_equal(result.radius, chunked.radius)


def test_labels_of_any_type_and_kernel_matrices(data):
    X, y, X_test = data
    names = np.array(["c", "a", "b"])[y]
    by_name = LabelFlipSmoothing(flip_probability=0.05).fit(X, names)
    order = np.array([2, 0, 1])  # of the codes under the sorted names
    by_code = LabelFlipSmoothing(flip_probability=0.05).fit(X, order[y])
    assert by_name.classes_.tolist() == ["a", "b", "c"] == by_name.estimator_.classes_.tolist()
    assert np.array_equal(by_name.certify(X_test).radius, by_code.certify(X_test).radius)
    assert np.array_equal(by_name.predict(X_test), by_name.classes_[by_code.predict(X_test)])

    called = LabelFlipSmoothing(NTKRegressorClassifier(kernel=rbf_kernel)).fit(X, y)
    given = LabelFlipSmoothing(NTKRegressorClassifier(kernel="precomputed")).fit(rbf_kernel(X), y)
    np.testing.assert_allclose(given.log_error_bound(rbf_kernel(X_test, X)), called.log_error_bound(X_test), atol=1e-6)


def test_more_known_classes_need_a_larger_margin(data):
    """A class without training rows is one more that noise draws and that can overtake."""
    X, y, X_test = data
    three = LabelFlipSmoothing(flip_probability=0.05).fit(X, y)
    four = LabelFlipSmoothing(flip_probability=0.05, classes=[0, 1, 2, 7]).fit(X, y)
    assert four.certify(X_test).flips_to_class.shape == (40, 4)
    # what the base knows is not forgotten
    from_base = LabelFlipSmoothing(NTKRegressorClassifier(classes=[0, 1, 2, 7]), flip_probability=0.05).fit(X, y)
    assert from_base.classes_.tolist() == [0, 1, 2, 7]
    assert np.array_equal(from_base.log_error_bound(X_test), four.log_error_bound(X_test))
    assert (four.log_error_bound(X_test) != three.log_error_bound(X_test)).any()


def test_single_precision_and_pickle(data):
    X, y, X_test = data
    smoothing = LabelFlipSmoothing(flip_probability=0.05).fit(X.astype(np.float32), y)
    result = smoothing.certify(X_test.astype(np.float32))
    again = pickle.loads(pickle.dumps(smoothing)).certify(X_test.astype(np.float32))
    assert np.array_equal(result.radius, again.radius) and np.array_equal(result.prediction, again.prediction)


def test_base_stays_as_it_was(data):
    X, y, _ = data
    base = NTKRegressorClassifier()
    smoothing = LabelFlipSmoothing(base).fit(X, y)
    assert smoothing.estimator is base and base.classes is None and not hasattr(base, "classes_")


@pytest.mark.parametrize("base", [LogisticRegression(), make_pipeline(StandardScaler(), NTKRegressorClassifier())])
def test_base_without_label_weights_is_refused(base, data):
    X, y, _ = data
    smoothing = LabelFlipSmoothing().fit(X, y)
    with pytest.raises(ValueError, match="label_weights.*Put transformers in front"):
        smoothing.set_params(estimator=base).fit(X, y)
    with pytest.raises(NotFittedError):  # also what was fitted before is gone
        smoothing.set_params(estimator=None).predict(X)


class TakesMissingValues(LabelLinearClassifierMixin, BaseEstimator):
    """All rows weigh alike, whatever is missing."""

    def __init__(self, classes=None):
        self.classes = classes

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X, y):
        validate_data(self, X, y, ensure_all_finite=False)
        self._set_labels(y)
        return self

    def label_weights(self, X):
        return np.ones((X.shape[0], self.label_codes_.shape[0]))

    _label_weights = label_weights


def test_base_that_is_set_after_fit_changes_nothing(data):
    X, y, X_test, *_ = data
    missing = np.where(X_test > 0, X_test, np.nan)
    fitted = LabelFlipSmoothing(TakesMissingValues()).fit(X, y)
    before = fitted.certify(missing)
    fitted.set_params(estimator=NTKRegressorClassifier())
    assert np.array_equal(fitted.certify(missing).radius, before.radius)
    assert np.array_equal(fitted.predict(missing), before.prediction)


def test_transformers_go_ahead(data):
    X, y, X_test = data
    pipeline = make_pipeline(StandardScaler(), LabelFlipSmoothing()).fit(X, y)
    assert pipeline.predict(X_test).shape == (40,)


def test_too_much_noise_is_refused(data):
    X, y, _ = data
    with pytest.raises(
        ValueError, match=r"flip_probability=0.7 must be above 0 and below .* 0.666667 for n_classes=3"
    ):
        LabelFlipSmoothing(flip_probability=0.7).fit(X, y)
    LabelFlipSmoothing(flip_probability=0.7, classes=range(5)).fit(X, y)
    with pytest.raises(ValueError, match="flip_probability=0.5 must be"):
        smoothing_radius([-1.0], 0.5, 2, 10)
    with pytest.raises(ValueError, match="log_error has NaN"):
        smoothing_radius([np.nan], 0.1, 2, 10)


def test_wrong_label_weights_are_refused():
    class Wrong(TakesMissingValues):
        def label_weights(self, X):
            return np.ones((len(X), 2))

    smoothing = LabelFlipSmoothing(Wrong()).fit(np.zeros((3, 3)), [0, 1, 1])
    with pytest.raises(ValueError, match=r"shape \(4, 2\); label_weights must return \(4, 3\)"):
        smoothing.certify(np.zeros((4, 3)))
