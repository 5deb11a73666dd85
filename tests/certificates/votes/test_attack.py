"""Attacks on votes look only at the classes that can be the cheapest to bring about."""

import numpy as np
import pytest

from skcert.certificates import NO_VOTE, attack_votes, class_scores


def members_of(generator, n_test, n_members, n_classes):
    members, votes = {}, np.full((n_test, n_members + 1), NO_VOTE, dtype=np.int32)  # the last one is empty
    for p in range(n_members):
        n_rows = generator.integers(3, 12)
        weights, labels = generator.normal(size=(n_test, n_rows)), generator.integers(0, n_classes, n_rows)
        trusted = generator.random(n_rows) < 0.2
        members[p] = (weights, labels, trusted, None, np.arange(n_rows) + 100 * p)
        votes[:, p] = class_scores(weights, labels, n_classes).argmax(axis=1)
    return votes, members


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("targeted", [False, True])
def test_as_if_all_classes_were_looked_at(seed, targeted, monkeypatch):
    generator = np.random.default_rng(seed)
    n_classes = int(generator.integers(2, 12))
    votes, members = members_of(generator, 6, int(generator.integers(1, 8)), n_classes)
    targets = generator.integers(0, n_classes, 6) if targeted else None
    answers = []
    for at_once in (1, 3, 1000):
        monkeypatch.setattr("skcert.certificates.votes._attack._CLASSES_AT_ONCE", at_once)
        attacks, prediction, attacked, lower = attack_votes(votes, members, n_classes, targets)
        answers.append(([(rows.size, found) for rows, _, found in attacks], prediction.tolist(), lower.tolist()))
        for t, (rows, _, found) in enumerate(attacks):
            assert not found or rows.size >= lower[t]
            assert not found or (attacked[t] == targets[t] if targeted else attacked[t] != prediction[t])
    assert answers[0] == answers[1] == answers[2]
