"""Soft votes, trusted rows, attacks and Finite Aggregation."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import (
    UNBOUNDED,
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, radius_of


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600] / 16, y[:600], X[600:640] / 16, y[600:640]


def ensemble_of(base=None, **parameters):
    parameters = {"n_partitions": 5, "random_state": 0, "partition": "random"} | parameters
    return PartitionAggregationEnsemble(base, **parameters)


class TestSoftVote:
    def test_scores_are_averages_of_scaled_weights(self, data):
        X, y, X_test, _ = data
        base = make_pipeline(StandardScaler(), NTKRegressorClassifier(alpha=0.3))
        ensemble = ensemble_of(base, voting="soft").fit(X, y)
        expected = np.zeros((60, 3))
        for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
            weights = member[-1].label_weights(member[:-1].transform(X_test))
            weights /= 5 * np.abs(weights).sum(axis=1, keepdims=True)
            expected += weights @ np.eye(3)[y[rows]]
        np.testing.assert_allclose(ensemble.decision_function(X_test), expected, atol=1e-12)
        result = ensemble.certify(X_test)
        assert np.array_equal(result.prediction, ensemble.predict(X_test))
        assert result.exact.all() and result.certificate == "label-linear"
        assert not hasattr(ensemble, "predict_proba") and not hasattr(ensemble_of(), "decision_function")

    @pytest.mark.parametrize("n_cases", [20, pytest.param(60, marks=pytest.mark.slow)])
    def test_radius_against_every_labeling(self, n_cases):
        rng = np.random.default_rng(0)
        for case in range(n_cases):
            X, x, labels = rng.normal(size=(6, 2)), rng.normal(size=(1, 2)), rng.integers(0, 3, 6)
            ensemble = ensemble_of(n_partitions=3, voting="soft", classes=[0, 1, 2], random_state=case, n_jobs=1)
            result = ensemble.fit(X, labels).certify(x)
            ((_, weights),) = ensemble._soft_weight_chunks(x)
            labelings = all_labelings(6, 3)
            truth = flips_to_each_class(linear_predictions(weights[0], labelings, 3), labelings, labels, 3)
            assert result.radius[0] == radius_of(truth, result.prediction[0])

    def test_bases_and_options_that_cannot_serve(self, data):
        X, y, _, _ = data
        with pytest.raises(ValueError, match="voting='soft' needs a base"):
            ensemble_of(LogisticRegression(), voting="soft").fit(X, y)
        with pytest.raises(ValueError, match="voting='soft' needs a base that states its label weights"):
            ensemble_of(PartitionAggregationEnsemble(n_partitions=2), voting="soft").fit(X, y)
        with pytest.raises(ValueError, match="voting='soft' has no black-box"):
            ensemble_of(voting="soft", certificate="black-box").fit(X, y)


class TestAttack:
    @pytest.mark.slow
    @pytest.mark.parametrize("voting", ["hard", "soft"])
    @pytest.mark.parametrize("n_classes", [2, 10])
    def test_witnesses_change_the_refitted_vote(self, digits, voting, n_classes):
        """The bar: 100 % of the attacks change the vote of a whole refit; bounds never cross."""
        X, y, X_test, _ = digits
        y = y % n_classes
        ensemble = ensemble_of(NTKRegressorClassifier(alpha=0.5), n_partitions=8, voting=voting).fit(X, y)
        result, attack = ensemble.certify(X_test), ensemble.attack(X_test)
        assert np.array_equal(attack.prediction, result.prediction)
        assert (attack.flips_lower >= result.flips_to_change).all() and (attack.flips >= attack.flips_lower).all()
        assert attack.exact.mean() > 0.95
        for t in range(0, len(attack), 3):
            refit = clone(ensemble).fit(X, attack.relabel(y, t))
            assert attack.rows[t].size == attack.flips[t] == np.unique(attack.rows[t]).size
            assert refit.predict(X_test[t : t + 1])[0] == attack.attacked_prediction[t] != attack.prediction[t]

    def test_targets(self, digits):
        X, y, X_test, _ = digits
        ensemble = ensemble_of(n_partitions=8, n_jobs=1).fit(X, y)
        result = ensemble.certify(X_test)
        targets = (result.prediction + 1) % 10
        attack = ensemble.attack(X_test, target=targets)
        assert np.array_equal(attack.attacked_prediction, targets)
        assert (attack.flips_lower >= result.flips_to_class[np.arange(len(targets)), targets]).all()
        for t in range(0, len(attack), 8):
            assert clone(ensemble).fit(X, attack.relabel(y, t)).predict(X_test[t : t + 1])[0] == targets[t]

    @pytest.mark.parametrize("n_cases", [20, pytest.param(80, marks=pytest.mark.slow)])
    def test_against_every_labeling(self, n_cases):
        """Upper and lower bounds of ensembles enclose the truth on tiny cases."""
        rng = np.random.default_rng(1)
        n_exact = 0
        for case in range(n_cases):
            n, n_classes = int(rng.integers(3, 7)), int(rng.integers(2, 4))
            X, x, labels = rng.normal(size=(n, 2)), rng.normal(size=(1, 2)), rng.integers(0, n_classes, n)
            trusted = rng.random(n) < 0.25
            ensemble = ensemble_of(n_partitions=3, classes=np.arange(n_classes), random_state=case, n_jobs=1)
            attack = ensemble.fit(X, labels, trusted=trusted).attack(x)
            labelings = all_labelings(n, n_classes)
            labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
            counts = np.zeros((len(labelings), n_classes))
            for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
                votes = linear_predictions(member.label_weights(x)[0], labelings[:, rows], n_classes)
                counts[np.arange(len(labelings)), votes] += 1
            truth = flips_to_each_class(counts.argmax(axis=1), labelings, labels, n_classes)
            radius = radius_of(truth, attack.prediction[0])
            assert attack.radius[0] <= radius <= attack.radius_upper[0]
            n_exact += attack.exact[0]
        assert n_exact > 0.85 * n_cases

    def test_members_without_label_weights(self, data):
        for base in (LogisticRegression(), PartitionAggregationEnsemble(n_partitions=2)):
            with pytest.raises(ValueError, match="attack needs label-linear members"):
                ensemble_of(base).fit(data[0], data[1]).attack(data[2])


class TestTrusted:
    @pytest.mark.parametrize("base", [None, LogisticRegression(), CertifiedKNeighborsClassifier(3)])
    @pytest.mark.parametrize("voting", ["hard", "soft"])
    def test_radii_grow_and_become_unbounded(self, data, base, voting):
        X, y, X_test, _ = data
        if voting == "soft" and isinstance(base, LogisticRegression):
            base = None
        ensemble = ensemble_of(base, voting=voting)
        free = ensemble.fit(X, y).certify(X_test)
        indices = ensemble.partition_indices_
        some = np.zeros(200, dtype=bool)
        some[np.concatenate(indices[:4])] = True
        held = ensemble.fit(X, y, trusted=some).certify(X_test)
        assert np.array_equal(held.prediction, free.prediction)
        assert (held.radius >= free.radius).all() and (held.radius > free.radius).any()
        whole = ensemble.fit(X, y, trusted=np.ones(200, dtype=bool)).certify(X_test)
        assert (whole.radius == UNBOUNDED).all() and whole.exact.all()

    @pytest.mark.parametrize("voting", ["hard", "soft"])
    def test_nothing_to_attack(self, data, voting):
        X, y, X_test, _ = data
        ensemble = ensemble_of(voting=voting).fit(X, y, trusted=np.ones(200, dtype=bool))
        prediction = ensemble.predict(X_test)
        for target in (None, (prediction + 1) % 3):
            attack = ensemble.attack(X_test, target=target)
            assert (attack.flips == UNBOUNDED).all() and (attack.flips_lower == UNBOUNDED).all()
            assert all(rows.size == 0 for rows in attack.rows)
            assert np.array_equal(attack.attacked_prediction, prediction)

    def test_routing_through_a_pipeline(self, data):
        X, y, X_test, _ = data
        trusted = np.arange(200) < 120
        scaled = StandardScaler().fit(X)
        with sklearn.config_context(enable_metadata_routing=True):
            for model in (NTKRegressorClassifier(), ensemble_of()):
                pipeline = make_pipeline(StandardScaler(), clone(model).set_fit_request(trusted=True))
                pipeline.fit(X, y, trusted=trusted)
                direct = clone(model).fit(scaled.transform(X), y, trusted=trusted)
                expected = direct.certify(scaled.transform(X_test)).radius
                assert np.array_equal(pipeline[-1].certify(scaled.transform(X_test)).radius, expected)


class TestFiniteAggregation:
    @pytest.mark.parametrize("base", [None, LogisticRegression()])
    def test_spread_one_is_partition_aggregation(self, data, base):
        """The bar: d = 1 equals DPA, and the white-box ensemble."""
        X, y, X_test, _ = data
        for certificate in ("auto", "black-box"):
            disjoint = ensemble_of(base, partition="hash", n_partitions=7, certificate=certificate).fit(X, y)
            bags = FiniteAggregationEnsemble(base, n_partitions=7, spread=1, certificate=certificate, random_state=0)
            expected, result = disjoint.certify(X_test), bags.fit(X, y).certify(X_test)
            assert np.array_equal(expected.prediction, result.prediction)
            assert np.array_equal(expected.radius, result.radius)

    def test_every_row_is_in_as_many_bags_as_said(self, data):
        X, y, X_test, _ = data
        ensemble = FiniteAggregationEnsemble(n_partitions=4, spread=3, random_state=0).fit(X, y)
        counts = np.bincount(np.concatenate(ensemble.partition_indices_), minlength=200)
        assert len(ensemble.estimators_) == 12 and (counts == 3).all()
        assert np.array_equal(ensemble.certify(X_test).prediction, ensemble.predict(X_test))
        relabelled = clone(ensemble).fit(X, np.roll(y, 3))
        assert np.array_equal(relabelled.bags_of_bucket_, ensemble.bags_of_bucket_)

    def test_white_box_is_never_below_black_box(self, data):
        X, y, X_test, _ = data
        radii = [
            FiniteAggregationEnsemble(n_partitions=6, spread=2, certificate=c, random_state=0)
            .fit(X, y)
            .certify(X_test)
            for c in ("white-box", "black-box")
        ]
        assert (radii[0].radius >= radii[1].radius).all()

    @pytest.mark.parametrize("n_cases", [20, pytest.param(80, marks=pytest.mark.slow)])
    def test_against_every_labeling(self, n_cases):
        rng = np.random.default_rng(0)
        for case in range(n_cases):
            n, n_classes = int(rng.integers(3, 7)), int(rng.integers(2, 4))
            X, x, labels = rng.normal(size=(n, 2)), rng.normal(size=(1, 2)), rng.integers(0, n_classes, n)
            trusted = rng.random(n) < 0.2
            ensemble = FiniteAggregationEnsemble(
                n_partitions=2, spread=2, classes=np.arange(n_classes), random_state=case, n_jobs=1
            )
            result = ensemble.fit(X, labels, trusted=trusted).certify(x)
            labelings = all_labelings(n, n_classes)
            labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
            counts = np.zeros((len(labelings), n_classes))
            for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
                if rows.size:
                    votes = linear_predictions(member.label_weights(x)[0], labelings[:, rows], n_classes)
                    counts[np.arange(len(labelings)), votes] += 1
            truth = flips_to_each_class(counts.argmax(axis=1), labelings, labels, n_classes)
            assert truth[result.prediction[0]] == 0
            assert result.radius[0] <= radius_of(truth, result.prediction[0])
            assert (result.flips_to_class[0] <= truth).all()
