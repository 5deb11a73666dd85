"""Score weights that are counted in the labels, against refits on all labelings."""

import numpy as np
import pytest

from skcert.certificates import UNBOUNDED
from skcert.certificates._rules import new_rules, plain_rules
from skcert.certificates.label_linear._balanced import balanced_scores, certify_balanced
from tests.certificates.label_linear.test_overtaking_by_rules import labelings_within, tiny_case
from tests.oracles import flips_to_each_class, radius_of


def _rules(known, n_classes):
    trusted, candidates = known.get("trusted"), known.get("candidates")
    if candidates is not None:
        only_one = candidates.sum(axis=1) == 1
        trusted = only_one if trusted is None else trusted | only_one
    return {"trusted": trusted, "rules": new_rules(None, candidates, trusted, n_classes) or plain_rules(n_classes)}


def _refitted(weights, labelings, n_classes):
    """The prediction on every labeling, rounded as a refit rounds it."""
    return np.array([balanced_scores(weights[None, :], labels, n_classes)[0].argmax() for labels in labelings])


@pytest.mark.parametrize("n_cases", [100, pytest.param(250, marks=pytest.mark.slow)])
@pytest.mark.parametrize("restricted", [False, True])
def test_never_above_refits_on_all_labelings(restricted, n_cases):
    """Cases with negative weights and classes that vanish, 0 overclaims."""
    rng = np.random.default_rng(restricted)
    n_sharp, n_exact = 0, 0
    for _ in range(n_cases):
        weights, labels, n_classes, known = tiny_case(rng, False, restricted)
        weights, labels = weights[:5], labels[:5]
        known = {name: value[:5] for name, value in known.items()}
        if rng.random() < 0.3:
            weights = rng.normal(size=labels.size)
        labelings = labelings_within(labels, n_classes, known)
        truth = flips_to_each_class(_refitted(weights, labelings, n_classes), labelings, labels, n_classes)
        rules = _rules(known, n_classes)
        answer = certify_balanced(weights[None, :], labels, **rules)
        predicted, radius, upper, flips, (rows, new_labels) = (part[0] for part in answer)
        assert truth[predicted] == 0
        assert radius <= radius_of(truth, predicted) <= upper
        assert (flips <= truth).all()
        n_sharp += radius == radius_of(truth, predicted)
        n_exact += radius == upper
        assert rows.size == (upper + 1 if upper < UNBOUNDED else 0)
        if rows.size:
            attacked = labels.copy()
            attacked[rows] = new_labels
            assert (attacked != labels).sum() == rows.size
            assert balanced_scores(weights[None, :], attacked, n_classes)[0].argmax() != predicted
    assert n_sharp > 0.85 * n_cases
    assert n_exact > 0.75 * n_cases


def test_the_corner_that_looks_worst_is_not_enough():
    """With negative scores a larger weight is worse for its class: the predicted class low and the rival high claims
    2, the truth is 0."""
    weights, labels = np.array([-3.0, -3.0, -3.0, -2.0, 3.0]), np.array([1, 1, 1, 0, 0])
    _, radius, *_ = certify_balanced(weights[None, :], labels, trusted=None, rules=plain_rules(2))
    assert radius[0] == 0


def test_nothing_to_flip():
    """All rows trusted, and no rows at all."""
    labels = np.array([0, 0, 1])
    known = {"trusted": np.ones(3, dtype=bool), "rules": plain_rules(2)}
    prediction, radius, upper, flips, _ = certify_balanced(np.array([[1.0, 1.0, 1.5]]), labels, **known)
    assert (prediction[0], radius[0], upper[0]) == (1, UNBOUNDED, UNBOUNDED)  # 1.5 of 1 row against 2 of 2
    assert flips.tolist() == [[UNBOUNDED, 0]]
    none = certify_balanced(np.empty((1, 0)), np.empty(0, dtype=np.int64), trusted=None, rules=plain_rules(2))
    assert none[1][0] == UNBOUNDED
