"""One rule for every `flips`: a whole number, or a float between 0 and 1 for a share of the training labels."""

import importlib
import inspect

import numpy as np
import pytest
from sklearn.model_selection import KFold

from skcert import CertificationResult, NTKRegressorClassifier
from skcert.certificates import certify_collective
from skcert.inspection import audit_labels, checking_curve
from skcert.metrics import (
    area_under_certified_accuracy,
    certified_accuracy_per_class,
    certified_accuracy_score,
    certified_accuracy_scorer,
    certified_area_scorer,
)
from skcert.model_selection import CertifiedGridSearchCV

N_TRAIN = 40
NETWORK = NTKRegressorClassifier().fit(np.arange(40.0)[:, None], np.arange(N_TRAIN) // 20)
X, Y_TRUE = np.linspace(0, 19, 9)[:, None], np.zeros(9)
RESULT = NETWORK.certify(X)
SEARCH = CertifiedGridSearchCV(NETWORK, {}, cv=KFold(2, shuffle=True, random_state=0))
SEARCH.fit(np.arange(40.0)[:, None], np.arange(N_TRAIN) // 20)
CURVE = checking_curve(NETWORK, X, Y_TRUE, n_checked=[0, 2])


def heights_of_plot(flips, of_curve=False):
    plt = pytest.importorskip("matplotlib.pyplot")
    from skcert.display import AuditDisplay

    display = CURVE.plot(flips) if of_curve else AuditDisplay(audit_labels(NETWORK), curve=CURVE).plot_curve(flips)
    plt.close(display.figure_)
    return display.ax_.lines[0].get_ydata()


TAKE_FLIPS = {
    "certified": lambda flips: RESULT.certified(flips),
    "certified_accuracy": lambda flips: RESULT.certified_accuracy(Y_TRUE, flips),
    "certified_accuracy, several": lambda flips: RESULT.certified_accuracy(Y_TRUE, [flips]),
    "certified_accuracy_per_class": lambda flips: RESULT.certified_accuracy_per_class(Y_TRUE, flips)[1],
    "certified_accuracy_per_class, as a function": lambda flips: certified_accuracy_per_class(
        Y_TRUE, RESULT, flips=[flips]
    )[1],
    "certified_accuracy_score": lambda flips: certified_accuracy_score(Y_TRUE, RESULT, flips=flips),
    "certified_accuracy_scorer": lambda flips: certified_accuracy_scorer(flips)(NETWORK, X, Y_TRUE),
    "area_under_certified_accuracy": lambda flips: area_under_certified_accuracy(Y_TRUE, RESULT, max_flips=flips),
    "certified_area_scorer": lambda flips: certified_area_scorer(flips)(NETWORK, X, Y_TRUE),
    "certified_accuracy, of a curve": lambda flips: CURVE.certified_accuracy(flips),
    "plot_curve": lambda flips: heights_of_plot(flips),
    "plot": lambda flips: heights_of_plot(flips, of_curve=True),
    "reachable": lambda flips: SEARCH.reachable(flips).flips,
    "certify_collective": lambda flips: NETWORK.certify_collective(X, flips).flips,
    "certify_collective, of arrays": lambda flips: certify_collective(np.eye(9), [0] * 9, 2, flips).flips,
}
BAD = [-1, 0.0, 1.0, 2.0, 1.5, np.nan, np.inf, True, np.True_, "3", 2**31 - 1]


@pytest.mark.parametrize("name", TAKE_FLIPS)
def test_numbers_and_shares(name):
    take = TAKE_FLIPS[name]
    n_train = 9 if name.endswith("of arrays") else N_TRAIN
    for whole in (2, np.int8(2), np.uint64(2)):
        for share in (2 / n_train + 0.01, np.float32(2.5 / n_train), np.float64(2.9 / n_train)):
            assert np.array_equal(take(share), take(whole))
    assert not np.array_equal(take(0), take(9))


@pytest.mark.parametrize("name", TAKE_FLIPS)
@pytest.mark.parametrize("flips", BAD, ids=repr)
def test_anything_else_is_named(name, flips):
    with pytest.raises(ValueError, match="flips=.* must be a whole number of label flips, 0 or more, or a float betw"):
        TAKE_FLIPS[name](flips)


@pytest.mark.parametrize("scorer", [certified_accuracy_scorer, certified_area_scorer])
@pytest.mark.parametrize("flips", BAD, ids=repr)
def test_scorers_refuse_it_before_anything_is_fitted(scorer, flips):
    with pytest.raises(ValueError, match="flips="):
        scorer(flips)


def test_a_list_may_mix_numbers_and_shares():
    expected = [RESULT.certified_accuracy(Y_TRUE, number) for number in (0, 4, 8, 10)]
    for flips in ([0, 0.1, 8, 0.25], (0, 0.1, 8, 0.25), np.array([0, 0.1, 8, 0.25], dtype=object)):
        assert RESULT.certified_accuracy(Y_TRUE, flips).tolist() == expected
    assert RESULT.certified_accuracy(Y_TRUE, [[1], [0.1]]).shape == (2, 1)
    with pytest.raises(ValueError, match="flips=1.0 must be"):
        RESULT.certified_accuracy(Y_TRUE, [1.0, 0.1])


def test_a_share_in_a_list_is_what_is_written():
    # 0.29 * 100 is 28.999999999999996 in binary
    radius = np.array([28])
    result = CertificationResult(
        np.zeros(1), radius, np.zeros((1, 2), dtype=int), radius, np.arange(2), "smoothing", 100
    )
    for flips in ([0.29, 0], np.array([0.29]), np.array([0.29], dtype=np.float32), [np.float32(0.29), 29]):
        assert result.certified_accuracy([0], flips)[0] == 0


def test_every_public_function_of_flips_is_tested_here():
    found = set()
    wings = "baselines certificates display ensemble inspection learners metrics model_selection".split()
    for module in ("skcert", *(f"skcert.{wing}" for wing in wings)):
        for name, thing in vars(importlib.import_module(module)).items():
            methods = inspect.getmembers(thing, inspect.isfunction) if isinstance(thing, type) else [(name, thing)]
            for method, function in methods:
                public = inspect.isfunction(function) and not (name + method).startswith("_") and method[0] != "_"
                if public and {"flips", "max_flips"} & set(inspect.signature(function).parameters):
                    found.add(method)
    assert found == {name.split(",")[0] for name in TAKE_FLIPS}
