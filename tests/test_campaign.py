"""A slice of the campaign against false certificates; and that it would notice some."""

import dataclasses

import pytest
from campaign import campaign

from skcert import KernelRegressorClassifier, NTKRegressorClassifier, certificates

FEW, MANY = range(40), range(1000, 1120)


@pytest.mark.slow
def test_a_slice_of_it_finds_nothing():
    tally = campaign(0, MANY, most_cases=3)
    assert tally.sound, "\n".join(case["snippet"] for case in tally.cases())
    assert tally.total("claims") > 10_000
    assert len(tally.problems) == 6  # all kinds


@pytest.mark.parametrize("name", ["certify_label_linear", "certify_votes", "certify_overlapping_votes"])
def test_a_radius_too_large_by_one_is_found(monkeypatch, name):
    certify = getattr(certificates, name)

    def overclaims(*args, **kwargs):
        prediction, radius, *others = certify(*args, **kwargs)
        return prediction, radius + 1, *others

    monkeypatch.setattr(certificates, name, overclaims)
    tally = campaign(0, FEW)
    assert any("radius" in what for (_, what), n in tally.counts["false"].items() if n)


@pytest.mark.slow
def test_a_learner_that_overclaims_is_found(monkeypatch):
    certify = KernelRegressorClassifier.certify

    def overclaims(self, X):
        result = certify(self, X)
        return dataclasses.replace(result, radius=result.radius + 1)

    for learner in (KernelRegressorClassifier, NTKRegressorClassifier):
        monkeypatch.setattr(learner, "certify", overclaims)
    tally = campaign(0, range(120))
    assert any(kind == "learners" and n for (kind, _), n in tally.counts["false"].items())


@pytest.mark.slow
def test_too_few_predictions_in_a_collective_bound_are_found(monkeypatch):
    bound = certificates.certify_collective

    def overclaims(*args, **kwargs):
        result = bound(*args, **kwargs)
        return dataclasses.replace(result, n_changed_upper=max(result.n_changed_upper - 1, 0))

    monkeypatch.setattr(certificates, "certify_collective", overclaims)
    assert not campaign(0, range(80)).sound
