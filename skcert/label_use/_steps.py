"""Which parts of a model may have seen labels: fitted steps, what wraps them, and bases that are not yet fitted.

A transformer that looks at labels while it is fitted would be a different one on other labels, and a certificate
downstream of it would be about the wrong model. Whatever is not known counts as using labels.
"""

from sklearn.base import clone
from sklearn.utils import get_tags

from ._carried import carried, carried_by_parameters
from ._known import (
    LABEL_FREE,
    composite_parts,
    declaring_class,
    is_exactly,
    replaced_method,
    vouches,
)


def label_using_steps(transformer, name):
    """The parts of a fitted transformer that may have used labels, as ``(name, reason)``; empty if it is label-free.

    Pipelines, unions and column transformers are searched, and the names of their parts joined as in ``set_params``.
    Parameters count, too: a function that leads to a fitted selector, or an array.
    """
    if transformer is None or isinstance(transformer, str):  # "passthrough", "drop"
        return []
    parts = composite_parts(transformer)
    if parts is not None:
        found = [found for part, fitted in parts for found in label_using_steps(fitted, f"{name}__{part}")]
        return found + _unnamed(carried_by_parameters(transformer, name), found)
    if is_exactly(transformer, {"FrozenEstimator"}):
        return label_using_steps(transformer.estimator, name)
    if vouches(transformer):
        return []
    if not is_exactly(transformer, LABEL_FREE):
        return [(name, _why_not_known(transformer))]
    asked = metadata_asked_for(transformer)
    if asked:
        return [(name, f"it asks for {asked!r} in `fit`, which may have been made from labels")]
    return carried_by_parameters(transformer, name)


def own_code(estimator, names):
    """Why an estimator that wraps others may use labels in its own code; None if it does not.

    `names` are the names of scikit-learn's classes that do not.
    """
    return None if is_exactly(estimator, names) or vouches(estimator) else _why_not_known(estimator)


def parameters_label_use(classifier, name):
    """How a classifier's parameters may carry labels: functions (a kernel, a metric) and fitted estimators.

    Returns ``(name, reason)`` pairs. Arrays among the parameters do not count: a certified classifier itself defines
    what they are.
    """
    method = replaced_method(classifier)
    if method is not None:
        return [(name, _why_not_known(classifier))]
    machinery = getattr(type(classifier), "_machinery", ())  # parameters that say where, and not what, it computes
    return carried_by_parameters(classifier, name, arrays_count=False, without=machinery)


def prefitted_label_use(estimator, name):
    """The parts of an unfitted base that carry labels into its clones, as ``(name, reason)``; empty if there are none.

    A clone forgets what was fitted, but not what is frozen, nor what functions and parameters lead to.
    """
    return carried(clone(estimator), name)


def _unnamed(found, known):
    names = {name for name, _ in known}
    return [(name, reason) for name, reason in found if name not in names]


def _why_not_known(estimator):
    kind = type(estimator)
    method = replaced_method(estimator)
    if method is not None:
        return (
            f"its method {method!r} was replaced on the instance, and what it does is not known (make it a method of "
            "your own class; if it ignores labels, say so there: `uses_labels = False`)"
        )
    if "uses_labels" in vars(estimator):
        return f"{kind.__name__} declares it for one instance only: set `uses_labels = False` in its class"
    declaring = declaring_class(kind)
    if declaring is not None and getattr(estimator, "uses_labels", None) is False:
        return (
            f"{kind.__name__} has methods that {declaring.__name__}, from which it inherits `uses_labels = False`, "
            "does not know (if they ignore labels, repeat it in the class itself)"
        )
    if kind.__module__.startswith("sklearn.") or _requires_labels(estimator):
        return f"{kind.__name__} uses labels when it is fitted"
    return f"{kind.__name__} is not known to ignore labels (if it does, say so: `uses_labels = False` in its class)"


def _requires_labels(estimator):
    return hasattr(estimator, "__sklearn_tags__") and get_tags(estimator).target_tags.required


def metadata_asked_for(transformer):
    """Name of anything other than X and y that metadata routing passes to ``fit``, or None."""
    if "_metadata_request" not in vars(transformer):
        return None
    requests = transformer.get_metadata_routing()
    for method in ("fit", "partial_fit"):
        for name, alias in getattr(requests, method).requests.items():
            if alias is True or (isinstance(alias, str) and alias.isidentifier()):
                return name
    return None
