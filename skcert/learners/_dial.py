"""The dial of a learner with flat weights: one fitted model, certified at many of its settings.

Centre, power and clip act on label weights that do not depend on them, so that these, most of the work, serve all
settings. What comes out is, to the bit, what refits would certify.
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


def certify_at(model, X, dials):
    """A `CertificationResult` for each dial: what ``certify`` returns after a refit with these parameters."""
    X = model._validate_test_rows(X)
    check_two_classes(model.classes_)
    chunks = ((rows, _versions(model, X[rows], dials)) for rows in model._chunks_of(X))
    return certify_versions(chunks, len(dials), X.shape[0], labelling_of(model))


def _versions(model, X, dials):
    plain = model._plain_weights(X)
    return (label_weights_at(model, plain, dial) for dial in dials)


def plain_label_weights(model, X):
    """``label_weights`` before they are flattened."""
    X = model._validate_test_rows(X)
    return np.concatenate([model._plain_weights(X[rows]) for rows in model._chunks_of(X)])


def label_weights_at(model, plain, dial):
    """``label_weights`` at a dial, a new array."""
    weights = plain.copy()
    flatten_weights(weights, *dial)
    model._check_sums(weights)
    return weights
