"""The dial of a kernel regression: one fitted model, certified at many of its settings.

Centre, power and clip act on label weights that do not depend on them, so a test row's kernel values and their product
with the smoother, most of the work, serve all settings. What comes out is, to the bit, what refits would certify.
"""

from typing import NamedTuple

import numpy as np

from .._utils import check_two_classes
from ..certificates import certify_versions
from ._auditable import labelling_of
from ._flat_weights import flatten_weights


class Dial(NamedTuple):
    """The parameters that trade clean accuracy for radius, under their names."""

    weight_center: float | str | None
    weight_power: float
    weight_clip: float | None


def certify_at(regression, X, dials):
    """A `CertificationResult` for each dial: what ``certify`` returns after a refit with these parameters."""
    X = regression._validate_test_rows(X)
    check_two_classes(regression.classes_)
    chunks = ((rows, _versions(regression, X[rows], dials)) for rows in regression._chunks_of(X))
    return certify_versions(chunks, len(dials), X.shape[0], labelling_of(regression))


def _versions(regression, X, dials):
    plain = regression._smoothed_kernel(X)
    return (label_weights_at(regression, plain, dial) for dial in dials)


def plain_label_weights(regression, X):
    """``label_weights`` before they are flattened."""
    X = regression._validate_test_rows(X)
    return np.concatenate([regression._smoothed_kernel(X[rows]) for rows in regression._chunks_of(X)])


def label_weights_at(regression, plain, dial):
    """``label_weights`` at a dial, a new array."""
    weights = plain.copy()
    flatten_weights(weights, *dial)
    regression._check_sums(weights)
    return weights
