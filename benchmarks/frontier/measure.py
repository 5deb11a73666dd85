"""One task, measured: fit the members once, then one pass over their label weights for all readings and labels."""

import time

import numpy as np
from comparison.measure import scaled_rows
from joblib import Parallel, delayed

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.certificates import (
    NO_VOTE,
    black_box_costs,
    certify_label_linear,
    certify_overlapping_votes,
    certify_run_off,
    certify_votes,
    class_scores,
    preference_flips,
)
from skcert.ensemble._members import share_of_soft_vote
from skcert.learners._flat_weights import flatten_weights
from skcert.results._median import median_flips

from .settings import DPA, FINITE, HARD, PLAIN, RUN_OFF, SCALINGS, STUDY_ROWS, WHITE_RUN_OFF

_CHUNK_ROWS = 125
_SPREAD = 2


def measure(path, task, labels):
    """The task's lines of the results file; `labels` are training labels by name, besides the true ones."""
    X, y, X_test, y_test = scaled_rows(path, *SCALINGS[task.scaling])
    X, X_test = X.astype(np.float32), X_test[: task.n_test].astype(np.float32)  # half the time of doubles
    y_test = y_test[: task.n_test]
    classes, start = np.unique(y), time.perf_counter()
    codes = {name: np.searchsorted(classes, given) for name, given in {"true": y, **labels}.items()}
    certify = _finite_aggregation if task.readings[0][0] == FINITE else _disjoint_partitions
    answers = certify(task, X, codes, len(classes), X_test)
    seconds, rows = round(time.perf_counter() - start, 3), []
    for (name, method, (center, power, clip)), (prediction, radius) in answers.items():
        certified = np.where(classes[prediction] == y_test, radius, -1)
        rows.append(
            {
                **{"part": task.part, "labels": name, "method": method},
                **{"n_partitions": task.n_partitions, "scaling": task.scaling, "alpha": task.alpha},
                **{"weight_center": "none" if center is None else center, "weight_power": power},
                **{"weight_clip": "none" if clip is None else clip, "n_train": len(X), "n_test": task.n_test},
                **_facts(certified, ""),
                **(_facts(certified[STUDY_ROWS:], "_unseen") if task.n_test > STUDY_ROWS else {}),
                **{"task_seconds": seconds, "task": task.name},
            }
        )
    return rows


def _facts(certified, rows):
    accuracy = round(float((certified >= 0).mean()), 5)
    return {f"clean_accuracy{rows}": accuracy, f"median_radius{rows}": median_flips(certified)}


def _disjoint_partitions(task, X, codes, n_classes, X_test):
    """Class indices and radii by kind of labels, method and dial."""
    model = PartitionAggregationEnsemble(
        NTKRegressorClassifier(alpha=task.alpha),
        n_partitions=task.n_partitions,
        partition="random",
        random_state=0,
        classes=np.arange(n_classes),
    ).fit(X, codes["true"])
    found = {}
    for first in range(0, len(X_test), 2 * _CHUNK_ROWS):
        rows = slice(first, min(first + 2 * _CHUNK_ROWS, len(X_test)))
        members = list(model._member_label_weights(X_test, rows))
        halves = np.array_split(np.arange(rows.stop - rows.start), 2)
        for answers in Parallel(n_jobs=2, backend="threading")(
            delayed(_readings)(task, [(model.partition_indices_[p], w[half]) for p, w in members], codes, n_classes)
            for half in halves
            if half.size
        ):
            for key, answer in answers.items():
                found.setdefault(key, []).append(answer)
    return {key: tuple(map(np.concatenate, zip(*answers))) for key, answers in found.items()}


def _readings(task, members, codes, n_classes):
    """All readings at some test rows, from the members' training rows and plain label weights."""
    answers = {}
    for dial in dict.fromkeys(dial for _, dial in task.readings):
        flat = [(rows, _flattened(weights, dial)) for rows, weights in members]
        for name, labels in codes.items():
            for method in (method for method, of in task.readings if of == dial):
                answers[name, method, dial] = _certified(method, flat, labels, n_classes)
    return answers


def _certified(method, members, labels, n_classes):
    """Class indices and radii, from the members' training rows and flattened label weights."""
    if method in (DPA, RUN_OFF):
        scores = _scores(members, labels, n_classes)
        if method == RUN_OFF:
            return certify_run_off(scores)[:2]
        votes = scores.argmax(axis=2)
        return certify_votes(votes, black_box_costs(votes, n_classes))[:2]
    if method in (HARD, WHITE_RUN_OFF):
        certified = [certify_label_linear(weights, labels[rows], n_classes) for rows, weights in members]
        votes, vote_costs = (np.stack([one[i] for one in certified], axis=1) for i in (0, 3))
        if method == HARD:
            return certify_votes(votes, vote_costs)[:2]
        scores = _scores(members, labels, n_classes)
        winner = certify_run_off(scores)[0]
        preferences = [preference_flips(weights, labels[rows], n_classes, winner) for rows, weights in members]
        return certify_run_off(scores, vote_costs=vote_costs, preference_costs=np.stack(preferences, axis=1))[:2]
    averaged = np.concatenate([share_of_soft_vote(w, len(members), p) for p, (_, w) in enumerate(members)], axis=1)
    return certify_label_linear(averaged, np.concatenate([labels[rows] for rows, _ in members]), n_classes)[:2]


def _scores(members, labels, n_classes):
    return np.stack([class_scores(weights, labels[rows], n_classes) for rows, weights in members], axis=1)


def _flattened(weights, dial):
    weights = np.array(weights, dtype=np.float64)
    flatten_weights(weights, *dial)
    return weights


def _finite_aggregation(task, X, codes, n_classes, X_test):
    answers = {}
    for name, labels in codes.items():
        model = FiniteAggregationEnsemble(
            NTKRegressorClassifier(alpha=task.alpha),
            n_partitions=task.n_partitions,
            spread=_SPREAD,
            random_state=0,
            classes=np.arange(n_classes),
        ).fit(X, labels)
        votes = model.votes(X_test)
        n_rows = np.bincount(model.bucket_of_row_, minlength=len(model.bags_of_bucket_))
        answers[name, FINITE, PLAIN] = certify_overlapping_votes(
            np.ma.filled(votes, NO_VOTE), model.bags_of_bucket_, n_classes=n_classes, rows_in_bucket=n_rows
        )[:2]
    return answers
