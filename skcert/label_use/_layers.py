"""What goes around a classifier: pipelines and searches, unwrapped in one place."""

from copy import copy

from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted


def is_layer(estimator):
    """Whether it is a pipeline or a search, of whatever class, but for a search that certifies its own choice."""
    return isinstance(estimator, (BaseSearchCV, Pipeline)) and not getattr(estimator, "certifies_refits", False)


def is_plain_pipeline(estimator):
    """Whether it is a pipeline of exactly scikit-learn's class: a subclass may do with y what it likes."""
    return type(estimator) is Pipeline


def unwrapped(estimator, is_layer=is_layer):
    """The layers around an estimator, outermost first, and what the innermost holds.

    `is_layer` says what is looked into. A pipeline may be unfitted, a search not.
    """
    layers = []
    while is_layer(estimator):
        layers.append(estimator)
        estimator = _best_estimator(estimator) if isinstance(estimator, BaseSearchCV) else estimator.steps[-1][1]
    return layers, estimator


def with_innermost(estimator, change):
    """What ``change`` makes of the innermost estimator of plain pipelines, in copies that share everything else."""
    if not is_plain_pipeline(estimator):
        return change(estimator)
    copied, (name, last) = copy(estimator), estimator.steps[-1]
    copied.steps = [*estimator.steps[:-1], (name, with_innermost(last, change))]
    return copied


def steps_in_front(layers):
    """``(name, step)`` of the transformers of the pipelines, in the order in which rows pass them."""
    for layer in layers:
        steps = layer.steps[:-1] if isinstance(layer, Pipeline) else []
        yield from ((name, step) for name, step in steps if step is not None and step != "passthrough")


def rows_within(layers, X):
    """Rows as the estimator within fitted layers takes them."""
    for _, step in steps_in_front(layers):  # one by one: a pipeline of stateless steps would say that it is not fitted
        X = step.transform(X)
    return X


def _best_estimator(search):
    if not search.refit:
        raise ValueError(f"{type(search).__name__} needs refit=True: without it, nothing is fitted to certify.")
    check_is_fitted(search, "best_estimator_")
    return search.best_estimator_
