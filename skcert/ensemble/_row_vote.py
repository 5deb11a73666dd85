"""Votes certified against rows: inserted, deleted, relabelled.

What it takes (Levine & Feizi 2021, Wang et al. 2022) is true of every ensemble on hash partitions. Where a row goes
depends on that row alone. A member is a function of its own rows, which it is fitted on in the order of their
contents, with a seed of its partition's own; it falls back on a majority vote, or from a white box to a black one, by
what its own rows are; and the number of its BLAS threads does not depend on which partitions are empty. So one row
touches one partition, or the bags of one bucket.
"""

from functools import partial

import numpy as np

from .._utils import few_of
from ..certificates import certify_votes_against_rows_unchecked
from ..label_use import prefitted_row_use
from ..results import UNBOUNDED, CertificationResult
from ._parallel import run_over_rows


def certified_against_rows(ensemble, X):
    """A `CertificationResult` about rows, of an ensemble that nothing keeps from it; X are validated."""
    n_test, n_classes = X.shape[0], ensemble.classes_.shape[0]
    certificate = partial(
        certify_votes_against_rows_unchecked,
        n_classes=n_classes,
        bags_of_bucket=getattr(ensemble, "bags_of_bucket_", None),
    )
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    rows_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    for rows in ensemble._test_chunks(X):
        votes = ensemble._votes(X, rows)
        prediction[rows], radius[rows], rows_to_class[rows] = run_over_rows(certificate, (votes,), ensemble.n_jobs)
    return CertificationResult(
        prediction=ensemble.classes_[prediction],
        radius=radius,
        radius_upper=np.full(n_test, UNBOUNDED),
        flips_to_class=rows_to_class,
        classes=ensemble.classes_,
        certificate="black-box",
        n_train=ensemble._n_train(),
        caveats=ensemble.caveats_,
        threat="rows",
    )


def obstacle_to_rows(ensemble, base):
    """What `certify_rows` needs and does not have, given an unfitted member, in words; None if it has everything."""
    if ensemble.classes is None:
        return (
            "classes=..., all labels that rows may have: without it, a row can bring or take a class. Fit again with "
            f"classes={few_of(ensemble.classes_)}, or more."
        )
    if getattr(ensemble, "partition", "hash") != "hash":
        return (
            "partition='hash', where a row's own content decides where it goes, but "
            f"partition={ensemble.partition!r}: one row more would move the others."
        )
    if getattr(ensemble, "voting", "hard") != "hard":
        return f"voting='hard': its certificate counts votes, but voting={ensemble.voting!r}."
    if ensemble._pairwise():
        return (
            f"a base that takes rows, but estimator={ensemble.estimator_!r} takes a kernel or distance matrix, in "
            "which one row more changes all others."
        )
    for name, reason in prefitted_row_use(base, "estimator"):
        return f"a base without anything that was made from rows beforehand, but {name!r} is: {reason}."
    return None
