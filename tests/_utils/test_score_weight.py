"""Score weights by label: what is refused, and by which words."""

import numpy as np
import pytest

from skcert import NTKRegressorClassifier
from skcert._utils import encode_score_weight

CODES = np.array([0, 0, 0, 1])


@pytest.mark.parametrize(
    ("classes", "given", "expected"),
    [
        (np.array(["a", "b"]), {"a": 2.0}, [2.0, 1.0]),
        (np.array(["a", "b"]), {"b": np.float32(0.5), "a": 3}, [3.0, 0.5]),
        (np.array([1, 2]), {2.0: 5}, [1.0, 5.0]),
        (np.array([1, 2]), {np.int64(1): 5}, [5.0, 1.0]),
        (np.array([False, True]), {True: 4.0}, [1.0, 4.0]),
        (np.array(["a", "b"], dtype=object), {"b": 2.0}, [1.0, 2.0]),
    ],
)
def test_by_label(classes, given, expected):
    weights, counted = encode_score_weight(given, classes, CODES)
    assert weights.tolist() == expected and weights.dtype == np.float64 and not counted


@pytest.mark.parametrize("nothing", [None, {}, {"a": 1}, {"a": 1.0, "b": 1.0}])
def test_weights_of_one_are_none(nothing):
    assert encode_score_weight(nothing, np.array(["a", "b"]), CODES) == (None, False)


def test_counted():
    weights, counted = encode_score_weight("balanced", np.array(["a", "b", "c"]), CODES)
    assert counted and np.allclose(weights, [4 / 9, 4 / 3, 4 / 3])  # a class without rows as if it had one


@pytest.mark.parametrize(
    ("y", "given", "message"),
    [
        (["a", "b"], {"c": 2.0}, r"labels that are not among the classes \['a', 'b'\]: \['c'\]"),
        (["a", "b"], {0: 2.0, 1: 1.0}, "score_weight holds numbers, but the classes are text"),
        ([1, 2], {"1": 2.0}, "score_weight holds text, but the classes are numbers"),
        ([1, 2], {0: 2.0}, "not class indices"),
        ([1, 2], {1.5: 2.0}, "not among the classes"),
        ([1, 2], {1: 2.0, "2": 1.0}, "mixes numbers and text"),
        ([1, 2], {1: 0}, "has 0 for label 1; weights are finite numbers above 0"),
        ([1, 2], {1: -1.0}, "has -1.0 for label 1"),
        ([1, 2], {1: np.nan}, "has nan for label 1"),
        ([1, 2], {2: np.inf}, "has inf for label 2"),
        ([1, 2], {2: "3"}, "has '3' for label 2"),
        ([1, 2], {2: True}, "has True for label 2"),
        ([1, 2], {2: None}, "has None for label 2"),
        ([1, 2], [1.0, 2.0], "The 'score_weight' parameter of NTKRegressorClassifier must be"),
        ([1, 2], "even", "The 'score_weight' parameter"),
        ([1, 2], 2.0, "The 'score_weight' parameter"),
    ],
)
def test_bad_weights_are_refused(y, given, message):
    X = np.arange(8.0).reshape(4, 2)
    with pytest.raises(ValueError, match=message):
        NTKRegressorClassifier(score_weight=given).fit(X, np.repeat(y, 2))


def test_labels_that_y_lacks_belong_into_classes():
    X = np.arange(8.0).reshape(4, 2)
    network = NTKRegressorClassifier(score_weight={"c": 2.0}, classes=["a", "b", "c"]).fit(X, ["a", "b", "a", "b"])
    assert network.score_weight_.tolist() == [1.0, 1.0, 2.0]


def test_a_dict_that_changes_after_fit_changes_nothing():
    X, given = np.arange(8.0).reshape(4, 2), {"a": 2.0}
    network = NTKRegressorClassifier(score_weight=given).fit(X, ["a", "b", "a", "b"])
    given["a"] = 7.0
    assert network.score_weight_.tolist() == [2.0, 1.0]
