"""Which parts of a model keep something of the rows that they were fitted on.

A step in front of a classifier is fitted on all rows, so that one row more changes what every other row becomes: a
scaler, an imputer, an encoder, components. That voids a certificate against rows, although no label is involved. What
is not known counts as such a step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone

from ._carried import carried, carried_by_parameters
from ._known import ROWS, composite_parts, is_exactly, replaced_method, vouches
from ._steps import metadata_asked_for


def row_using_steps(transformer, name, sparse_rows=False):
    """The parts of a fitted transformer that may keep something of its rows, as ``(name, reason)``; empty if none.

    Pipelines, unions and column transformers are searched, and the names of their parts joined as in ``set_params``.
    Parameters count, too: a function that leads to a fitted scaler, or an array. `sparse_rows` says whether it takes
    sparse matrices.
    """
    if transformer is None or isinstance(transformer, str):  # "passthrough", "drop"
        return []
    parts = composite_parts(transformer, ROWS.promise)
    if parts is not None:
        found = [found for part, fitted in parts for found in row_using_steps(fitted, f"{name}__{part}", sparse_rows)]
        found += [(name, reason) for reason in _own_state(transformer, parts, sparse_rows)]
        known = {part for part, _ in found}
        return found + [more for more in carried_by_parameters(transformer, name, ROWS) if more[0] not in known]
    if is_exactly(transformer, {"FrozenEstimator"}):
        return row_using_steps(transformer.estimator, name, sparse_rows)
    if vouches(transformer, ROWS.promise):
        return []
    if not is_exactly(transformer, set(_STATELESS)) or not _STATELESS[type(transformer).__name__](transformer):
        return [(name, _why_not_known(transformer))]
    asked = metadata_asked_for(transformer)
    if asked:
        return [(name, f"it asks for {asked!r} in `fit`, which may have been made from rows")]
    return carried_by_parameters(transformer, name, ROWS)


def runs_a_function(transformer):
    """Whether it makes rows by a function that does not say of itself that it looks at each row alone."""
    if transformer is None or isinstance(transformer, str):
        return False
    parts = composite_parts(transformer, ROWS.promise)
    if parts is not None:
        return any(runs_a_function(part) for _, part in parts)
    if is_exactly(transformer, {"FrozenEstimator"}):
        return runs_a_function(transformer.estimator)
    if not is_exactly(transformer, {"FunctionTransformer"}):
        return False
    function = transformer.func
    return not (function is None or isinstance(function, np.ufunc) or _says_so(function))


def prefitted_row_use(estimator, name):
    """The parts of an unfitted base that carry what was made from rows into its clones, as ``(name, reason)``."""
    return carried(clone(estimator), name, ROWS)


def own_row_use(estimator, names):
    """Why an estimator that wraps others may keep something of the rows in its own code; None if it does not.

    `names` are the names of scikit-learn's classes that do not.
    """
    return None if is_exactly(estimator, names) or vouches(estimator, ROWS.promise) else _why_not_known(estimator)


def _why_not_known(estimator):
    kind = type(estimator).__name__
    method = replaced_method(estimator)
    if method is not None:
        return f"its method {method!r} was replaced on the instance, and what it does is not known"
    if is_exactly(estimator, _PRODUCTS):
        return f"{kind} multiplies matrices, and last bits of a product depend on how many rows there are"
    if type(estimator).__module__.startswith("sklearn."):
        some = ", with these parameters," if kind in _STATELESS else ""
        return f"{kind} keeps{some} something of the rows that it was fitted on"
    return (
        f"{kind} is not known to keep nothing of the rows that it was fitted on (if so, say: "
        f"`{ROWS.promise} = False` in its class)"
    )


def _own_state(composite, parts, sparse_rows):
    """What a column transformer decides by the rows that it is fitted on, in words."""
    for _, _, columns in getattr(composite, "transformers", []):
        if callable(columns) and type(columns).__name__ != "make_column_selector" and not _says_so(columns):
            yield "a function chooses its columns, perhaps by what is in the rows"
            break
    may_be_sparse = sparse_rows or any(_may_be_sparse(part) for _, part in parts)
    if getattr(composite, "sparse_threshold", 0) > 0 and (composite.sparse_output_ or may_be_sparse):
        yield "whether its output is sparse was decided by how many zeros all rows have: set sparse_threshold=0"


def _says_so(function):
    return vouches(function, ROWS.promise)


def _may_be_sparse(part):
    if part is None or isinstance(part, str):
        return False
    inner = composite_parts(part, ROWS.promise)
    if inner is not None:
        return any(_may_be_sparse(member) for _, member in inner)
    return type(part).__name__ in _SPARSE or not type(part).__module__.startswith("sklearn.")


def _always(transformer):
    return True


def _knows_its_categories(encoder):
    listed = not isinstance(encoder.categories, str)
    return listed and encoder.min_frequency is None and encoder.max_categories is None


def _fills_in_a_constant(imputer):
    return imputer.strategy == "constant" and imputer.keep_empty_features and not imputer.add_indicator


def _projects_row_by_row(projection):
    components = getattr(projection, "components_", None)  # dense ones are multiplied as matrices are
    return projection.n_components != "auto" and sparse.issparse(components)


# They keep nothing of rows, but where one row more moves last bits, it moves other rows to other partitions.
_PRODUCTS = frozenset({"GaussianRandomProjection", "RBFSampler", "SkewedChi2Sampler"})
_SPARSE = frozenset({"CountVectorizer", "FeatureHasher", "HashingVectorizer", "OneHotEncoder"})
# scikit-learn's transformers that learn nothing from rows but how many columns they have, and when that is so.
_STATELESS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(["AdditiveChi2Sampler", "Binarizer", "FeatureHasher", "FunctionTransformer"], _always),
    **dict.fromkeys(["HashingVectorizer", "Normalizer", "PolynomialCountSketch", "PolynomialFeatures"], _always),
    **dict.fromkeys(["OneHotEncoder", "OrdinalEncoder"], _knows_its_categories),
    "CountVectorizer": lambda vectorizer: vectorizer.vocabulary is not None,
    "MissingIndicator": lambda indicator: indicator.features == "all",
    "SimpleImputer": _fills_in_a_constant,
    "SparseRandomProjection": _projects_row_by_row,
}
