"""Truth before result, everywhere, as in scikit-learn."""

import inspect

import numpy as np
import pytest

from skcert import NTKRegressorClassifier
from skcert.display import CertifiedAccuracyDisplay, PartitionTradeOffDisplay, RadiusHistogramDisplay
from skcert.metrics import (
    area_under_certified_accuracy,
    certified_accuracy_curve,
    certified_accuracy_score,
    median_certified_radius,
)


@pytest.fixture(autouse=True)
def close_figures():
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    yield
    plt.close("all")


TAKE_BOTH = [
    certified_accuracy_score,
    median_certified_radius,
    certified_accuracy_curve,
    area_under_certified_accuracy,
    CertifiedAccuracyDisplay.from_predictions,
    RadiusHistogramDisplay.from_predictions,
]


@pytest.mark.parametrize("function", TAKE_BOTH, ids=lambda function: function.__qualname__)
def test_true_labels_come_first(function):
    assert list(inspect.signature(function).parameters)[:2] == ["y_true", "result"]
    flips = {"flips": 1} if function is certified_accuracy_score else {}
    X, y = np.arange(8.0)[:, None], np.repeat([0, 1], 4)
    result = NTKRegressorClassifier().fit(X, y).certify(X)
    function(y, result, **flips)
    with pytest.raises(TypeError, match=r"result has type ndarray; .* True labels come first: \(y_true, result\)"):
        function(result, y, **flips)


def test_so_they_do_in_results_by_number_of_partitions():
    X, y = np.arange(8.0)[:, None], np.repeat([0, 1], 4)
    result = NTKRegressorClassifier().fit(X, y).certify(X)
    assert PartitionTradeOffDisplay.from_results({1: (y, result)}).clean_accuracy == [1.0]
    with pytest.raises(TypeError, match="True labels come first"):
        PartitionTradeOffDisplay.from_results({1: (result, y)})
