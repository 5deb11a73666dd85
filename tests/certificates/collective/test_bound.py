import copy

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris

from skcert import NTKRegressorClassifier
from skcert.certificates import CollectiveBound, certify_collective, certify_label_linear, class_scores
from skcert.certificates._rules import plain_rules
from skcert.certificates.collective._bound import _with_margins
from skcert.certificates.collective._pairs import attackable_pairs
from skcert.certificates.collective._prices import violated_prices
from skcert.certificates.collective._program import Program
from skcert.certificates.label_linear import training_rows
from tests.oracles import all_labelings, summed_scores


def _tiny_case(rng):
    n, n_classes, n_test = rng.integers(1, 7), rng.integers(2, 4), rng.integers(1, 5)
    weights = rng.integers(-4, 7, (n_test, n)).astype(rng.choice([np.float64, np.float32]))
    return weights, rng.integers(0, n_classes, n), n_classes


def _most_changed(weights, labels, n_classes, trusted=None):
    """Most predictions that any r flips change, for r = 0, ..., n, by trying all labelings."""
    labelings = all_labelings(labels.size, n_classes)
    if trusted is not None:
        labelings = labelings[(labelings == labels)[:, trusted].all(axis=1)]
    predictions = np.stack([summed_scores(row, labelings, n_classes).argmax(axis=1) for row in weights], axis=1)
    changed = (predictions != class_scores(weights, labels, n_classes).argmax(axis=1)).sum(axis=1)
    distance = (labelings != labels).sum(axis=1)
    return [int(changed[distance <= r].max()) for r in range(labels.size + 1)]


def _assert_attack_holds(bound, weights, labels, n_classes, trusted=None):
    attacked = labels.copy()
    attacked[bound.attack_rows] = bound.attack_labels
    before = class_scores(weights, labels, n_classes).argmax(axis=1)
    after = class_scores(weights, attacked, n_classes).argmax(axis=1)
    assert (before != after).sum() == bound.n_changed_lower
    assert np.unique(bound.attack_rows).size == bound.attack_rows.size <= bound.flips
    assert (attacked[bound.attack_rows] != labels[bound.attack_rows]).all()
    if trusted is not None:
        assert not trusted[bound.attack_rows].any()


def _digits_weights(n_train, n_test, n_classes):
    X, y = load_digits(n_class=n_classes, return_X_y=True)
    order = np.random.default_rng(0).permutation(y.size)
    X, y = X[order] / 16, y[order]
    network = NTKRegressorClassifier(alpha=1.0).fit(X[:n_train], y[:n_train])
    return network.label_weights(X[n_train : n_train + n_test]), network.label_codes_


@pytest.mark.slow
def test_equals_exhaustive_search_on_whole_number_weights():
    """The bar: 200 cases, every budget. Both are sound, and the integer program is exact where no class can vanish."""
    rng = np.random.default_rng(0)
    budgets, tight, exact, attacks = 0, 0, 0, 0
    for _ in range(200):
        weights, labels, n_classes = _tiny_case(rng)
        radius = certify_label_linear(weights, labels, n_classes)[1]
        for flips, truth in enumerate(_most_changed(weights, labels, n_classes)):
            linear = certify_collective(weights, labels, n_classes, flips)
            integer = certify_collective(weights, labels, n_classes, flips, method="milp")
            assert truth <= integer.n_changed_upper
            if flips < np.bincount(labels, minlength=n_classes).min():
                assert integer.n_changed_upper == truth
            assert truth <= linear.n_changed_upper <= (radius < flips).sum()
            for bound in (linear, integer):
                assert bound.n_changed_lower <= truth
                assert bound.exact == (bound.n_changed_lower == bound.n_changed_upper)
                _assert_attack_holds(bound, weights, labels, n_classes)
            budgets += 1
            tight += linear.n_changed_upper == truth
            exact += integer.n_changed_upper == truth
            attacks += integer.n_changed_lower == truth
    assert budgets > 600
    assert tight > 0.85 * budgets
    assert exact > 0.95 * budgets
    assert attacks > 0.97 * budgets


@pytest.mark.parametrize("n_cases", [25, pytest.param(150, marks=pytest.mark.slow)])
def test_real_weights_are_never_overclaimed(n_cases):
    """Multiples of 0.1 make ties that rounding breaks this way or that; the bound has to allow for both."""
    rng = np.random.default_rng(1)
    for _ in range(n_cases):
        weights, labels, n_classes = _tiny_case(rng)
        if rng.random() < 0.6:
            weights = weights / 10
        else:  # of one size, or of very different sizes
            exponents = rng.integers(-9, 9) if rng.random() < 0.5 else rng.integers(-12, 4, weights.shape)
            weights = rng.normal(size=weights.shape) * 10.0**exponents
        method = str(rng.choice(["lp", "milp"]))
        radius = certify_label_linear(weights, labels, n_classes)[1]
        for flips, truth in enumerate(_most_changed(weights, labels, n_classes)):
            bound = certify_collective(weights, labels, n_classes, flips, method=method)
            assert bound.n_changed_lower <= truth <= bound.n_changed_upper <= (radius < flips).sum()
            _assert_attack_holds(bound, weights, labels, n_classes)


@pytest.mark.parametrize(
    ("weights", "labels"),
    [
        (
            [
                [-1.73e-3, 7.03e-4, -1.01e2, 7.10e-3],
                [2.08e-4, -5.67e-8, 8.22e-7, -3.19e-8],
                [3.89e-11, 1.55e-7, 3.69e-12, -3.75e-5],
            ],
            [0, 1, 2, 2],
        ),
        (
            [
                [-0.007589507070530256, -1.8625831201362452e-11, -822.1009083997571],
                [2.1580592475968437e-14, 6.147371530466229e-09, -0.0005800702697410375],
                [1.8659644665189772, 797.670570240199, 501.0517695591833],
            ],
            [3, 1, 3],
        ),
    ],
)
@pytest.mark.parametrize("method", ["lp", "milp"])
def test_tiny_weights_do_not_mislead_the_solver(weights, labels, method):
    """Weights of very different sizes: passed on as they are, or to presolve, they make the solver miss attacks."""
    weights, labels = np.array(weights), np.array(labels)
    n_classes = labels.max() + 1
    for flips, truth in enumerate(_most_changed(weights, labels, n_classes)):
        assert certify_collective(weights, labels, n_classes, flips, method=method).n_changed_upper >= truth


@pytest.mark.parametrize("n_cases", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_trusted_rows_are_left_alone(n_cases):
    rng = np.random.default_rng(2)
    for _ in range(n_cases):
        weights, labels, n_classes = _tiny_case(rng)
        trusted = rng.random(labels.size) < 0.4
        for flips, truth in enumerate(_most_changed(weights, labels, n_classes, trusted)):
            linear = certify_collective(weights, labels, n_classes, flips, trusted=trusted)
            integer = certify_collective(weights, labels, n_classes, flips, trusted=trusted, method="milp")
            assert truth <= integer.n_changed_upper <= linear.n_changed_upper
            if flips < np.bincount(labels, minlength=n_classes).min():
                assert integer.n_changed_upper == truth
            _assert_attack_holds(linear, weights, labels, n_classes, trusted)
            _assert_attack_holds(integer, weights, labels, n_classes, trusted)
    nobody = certify_collective(weights, labels, n_classes, 3, trusted=np.ones(labels.size, dtype=bool))
    assert nobody.n_changed_upper == nobody.n_changed_lower == 0


@pytest.mark.parametrize("n_cases", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_every_attack_satisfies_every_inequality(n_cases):
    """Also those that were added for a fractional solution; and weak duality holds for any multipliers."""
    rng = np.random.default_rng(3)
    n_added = 0
    for _ in range(n_cases):
        weights, labels, n_classes = _tiny_case(rng)
        budget = int(rng.integers(1, labels.size + 1))
        weights, margins, whole = _with_margins(weights, plain_rules(n_classes))
        pairs = attackable_pairs(weights, training_rows(labels, None), plain_rules(n_classes), margins, whole, budget)
        if pairs.point.size == 0:
            continue
        program = Program(pairs, budget)
        # random points between 0 and 1 ask for more inequalities than solutions do
        for _ in range(20):
            x, z = rng.random(program.n_options), rng.random(pairs.point.size)
            program.add(violated_prices(program, pairs, budget, x * rng.random(), z))
        n_added += program.limits.size - program.n_fixed
        multipliers = rng.exponential(size=program.limits.size) * (rng.random(program.limits.size) < 0.3)
        before = class_scores(weights, labels, n_classes).argmax(axis=1)
        for attacked in all_labelings(labels.size, n_classes):
            x = (attacked[pairs.row] == pairs.new_label).astype(float)
            if x.sum() > budget or x.sum() < (attacked != labels).sum():
                continue
            z = np.zeros(pairs.point.size)
            for t, after in enumerate(class_scores(weights, attacked, n_classes).argmax(axis=1)):
                if after != before[t]:
                    gain = (pairs.gains @ x)[pairs.point == t]
                    overtaken = gain >= pairs.needed[pairs.point == t]
                    assert overtaken.any()
                    z[np.flatnonzero(pairs.point == t)[overtaken.argmax()]] = 1
            assert (program.matrix @ np.concatenate([x, z]) <= program.limits + 1e-9).all()
            assert z.sum() <= program.bound(multipliers) + 1e-9
    assert n_added > 8 * n_cases


@pytest.mark.slow
@pytest.mark.parametrize("n_classes", [2, 3])
def test_lies_between_an_attack_and_the_count_of_radii(n_classes):
    weights, labels = _digits_weights(150, 25, n_classes)
    radius = certify_label_linear(weights, labels, n_classes)[1]
    flips = int(np.median(radius)) + 1
    count = (radius < flips).sum()
    linear = certify_collective(weights, labels, n_classes, flips)
    integer = certify_collective(weights, labels, n_classes, flips, method="milp", time_limit=3.0)
    # a slow machine may leave the integer program no better a bound than the linear one, or none but the count
    assert 0 < linear.n_changed_lower <= integer.n_changed_upper <= count
    assert integer.n_changed_lower <= min(integer.n_changed_upper, linear.n_changed_upper)
    assert linear.n_changed_upper <= 0.6 * count  # the relaxation is worth its while
    _assert_attack_holds(linear, weights, labels, n_classes)
    _assert_attack_holds(integer, weights, labels, n_classes)


def test_out_of_time_is_the_count_of_radii():
    weights, labels = _digits_weights(60, 10, 3)
    radius = certify_label_linear(weights, labels, 3)[1]
    flips = int(np.median(radius)) + 1
    for method in ("lp", "milp"):
        bound = certify_collective(weights, labels, 3, flips, method=method, time_limit=1e-9)
        assert bound.n_changed_upper == (radius < flips).sum()
        assert 0 < bound.n_changed_lower <= bound.n_changed_upper


@pytest.mark.slow
def test_refitting_on_attacked_labels_changes_as_many_predictions():
    X, y = load_iris(return_X_y=True)
    network = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2])
    before = network.predict(X[1::2])
    bound = certify_collective(network.label_weights(X[1::2]), network.label_codes_, 3, 8)
    attacked = network.label_codes_.copy()
    attacked[bound.attack_rows] = bound.attack_labels
    after = NTKRegressorClassifier(alpha=30.0).fit(X[::2], attacked).predict(X[1::2])
    assert (before != after).sum() == bound.n_changed_lower > 0


def test_one_test_point_falls_at_its_radius():
    rng = np.random.default_rng(4)
    for _ in range(20):
        weights, labels = rng.normal(size=(1, 40)), rng.integers(0, 4, 40)
        radius = certify_label_linear(weights, labels, 4)[1][0]
        for flips, changed in ((radius, 0), (radius + 1, 1)):
            bound = certify_collective(weights, labels, 4, int(flips))
            assert bound.n_changed_upper == bound.n_changed_lower == changed


def test_budget_of_nothing_and_of_everything():
    weights, labels = np.eye(3), np.array([1, 1, 1])
    for method in ("lp", "milp"):
        nothing = certify_collective(weights, labels, 2, 0, method=method)
        assert nothing.n_changed_upper == nothing.n_changed_lower == nothing.attack_rows.size == 0
        for flips in (3, 1_000_000):
            everything = certify_collective(weights, labels, 2, flips, method=method)
            assert everything.n_changed_upper == everything.n_changed_lower == 3
            assert everything.flips == flips


def test_classes_without_training_rows():
    """Class 2 is in play nowhere and class 3 not among the labels; both can be flipped to."""
    rng = np.random.default_rng(5)
    exact = []
    for _ in range(20):
        weights, labels = rng.integers(-3, 6, (3, 4)).astype(float), rng.integers(0, 2, 4)
        for flips, truth in enumerate(_most_changed(weights, labels, 4)):
            bound = certify_collective(weights, labels, 4, flips, method="milp")
            assert bound.n_changed_lower <= truth <= bound.n_changed_upper
            exact.append(truth == bound.n_changed_upper)
    assert np.mean(exact) > 0.9


def test_a_prediction_falls_with_the_last_row_of_its_class():
    weights, labels = np.array([[-1.0, -1.0, 0.0], [-2.0, -1.0, -0.5]]), np.array([0, 0, 1])
    bound = certify_collective(weights, labels, 2, 1)  # both predict class 1, which has one row
    assert bound.n_changed_lower == bound.n_changed_upper == 2
    assert certify_collective(weights, labels, 2, 1, trusted=np.array([False, False, True])).n_changed_upper <= 2


def test_no_test_points_no_training_rows_and_zero_weights():
    for shape in ((0, 3), (2, 0), (2, 3)):
        bound = certify_collective(np.zeros(shape), np.zeros(shape[1], dtype=int), 2, 2, method="milp")
        assert bound.n_test == shape[0]
        assert bound.n_changed_upper == bound.n_changed_lower == 0


def test_result_is_read_only_and_tells_its_bounds():
    weights, labels = np.eye(3), np.array([1, 1, 1])
    weights.flags.writeable = labels.flags.writeable = False
    bound = certify_collective(weights, labels, 2, 2)
    assert isinstance(bound, CollectiveBound)
    assert repr(bound) == "CollectiveBound(n_test=3, flips=2, n_changed_lower=2, n_changed_upper=2, method='lp')"
    for result in (bound, copy.deepcopy(bound)):
        with pytest.raises(ValueError, match="read-only"):
            result.attack_rows[0] = 1
    with pytest.raises(AttributeError):
        bound.n_changed_upper = 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": np.ones(3)}, "weights has shape"),
        ({"weights": np.ones((2, 3), dtype=complex)}, "weights has dtype complex128; .* float32 or float64"),
        ({"weights": np.full((2, 3), np.nan)}, "weights has NaN"),
        ({"labels": np.array([0, 1])}, "labels has shape"),
        ({"labels": np.array([0.0, 1.0, 0.0])}, "labels has shape .* dtype float64"),
        ({"labels": np.array([0, 1, 2])}, "labels has values from .* must lie between 0 and"),
        ({"labels": np.array([0, 1, -1])}, "labels has values from .* must lie between 0 and"),
        ({"n_classes": 1}, "n_classes=1"),
        ({"n_classes": 2.0}, "n_classes=2.0"),
        ({"flips": -1}, "flips=-1"),
        ({"flips": 1.5}, "flips=1.5"),
        ({"trusted": np.array([0, 1, 0])}, "trusted has shape .* one bool"),
        ({"trusted": np.array([True])}, "trusted has shape"),
        ({"method": "ilp"}, "method='ilp' must be one of"),
        ({"time_limit": 0}, "time_limit=0 "),
        ({"time_limit": np.nan}, "time_limit=nan"),
        ({"time_limit": "1"}, "time_limit='1'"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"weights": np.ones((2, 3)), "labels": np.array([0, 1, 0]), "n_classes": 2, "flips": 1}
    with pytest.raises(ValueError, match=message):
        certify_collective(**(arguments | change))
