"""The model that options describe, fitted on the training rows."""

import warnings
from typing import Any, NamedTuple

from sklearn.pipeline import make_pipeline

from .._utils import at_terminal, check_memory
from ..ensemble import PartitionAggregationEnsemble
from ..learners import NTKRegressorClassifier
from ._defaults import with_defaults
from ._print import say
from ._score_weight import LOWER_BOUNDS
from ._search import as_json, is_search, search_over
from .tables import NUMBER, Preprocessing, as_it_is, fit_preprocessing, n_features, to_preprocess

_DOUBLE = 8  # bytes
_FEW_ROWS = 20  # of a member, below which votes are several points less accurate than one network


class FittedModel(NamedTuple):
    """What certifies rows of tables."""

    estimator: Any
    """A classifier, or a search for one."""
    preprocessing: Preprocessing | None
    """None if the members of a vote preprocess their own rows."""
    threat: str
    parameters: dict
    """Those of the model, for the summary; without what a search chose."""
    notes: list[str]
    """What is to be said of it."""

    @property
    def classifier(self):
        """The one that a search chose, or the only one."""
        return self.estimator.best_estimator_ if self.is_search else self.estimator

    @property
    def is_search(self):
        return hasattr(self.estimator, "best_estimator_")

    def features(self, table, names):
        """The rows of a table as the model takes them; `names` are its columns of numbers."""
        return as_it_is(table) if self.preprocessing is None else self.preprocessing.apply(table, names)

    def certify(self, X):
        return self.estimator.certify_rows(X) if self.threat == "rows" else self.estimator.certify(X)


def fit_model(tables, options, score_weight):
    """Fit on the training rows; what is to be said of the model is said, on one line each.

    Parameters
    ----------
    tables : Tables
    options : argparse.Namespace
        The arguments of ``skcert certify``.
    score_weight : dict, "balanced" or None

    Returns
    -------
    fitted : FittedModel
    """
    options = with_defaults(options, len(tables.train.labels))
    _check_sizes(tables, options)
    before = to_preprocess(tables) if options.threat == "rows" else None
    preprocessing = fit_preprocessing(tables.train) if before is None else None
    estimator = _estimator(options, score_weight, tables.classes, before)
    fitted = FittedModel(
        estimator, preprocessing, options.threat, _stated_parameters(options) | {"score_weight": score_weight}, []
    )
    X = fitted.features(tables.train, tables.names(NUMBER))
    fitted.features(tables.test, tables.names(NUMBER))  # for what it checks, before the work
    say(f"fitting {_in_words(options)} ...")
    with warnings.catch_warnings(record=True) as given:
        for category in (UserWarning, RuntimeWarning):  # not what libraries say to programmers
            warnings.simplefilter("always", category)
        # scikit-learn's doubts whether so many labels are classes; `Tables.notes` has ours
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        candidates = None if tables.candidates is None else tables.candidates.labels
        estimator.fit(X, tables.train.labels, trusted=tables.trusted, candidate_labels=candidates)
    fitted.notes.extend(one_line_each(given))
    if fitted.classifier.weights_counted_:
        fitted.notes.append(LOWER_BOUNDS)
    fitted.notes.extend(_of_few_rows(len(tables.train.labels), options.n_partitions))
    for note in fitted.notes:
        say(f"warning: {note}")
    return fitted


def _of_few_rows(n_train, n_partitions):
    """What is to be said where members see few rows, as a list of one or none."""
    if n_partitions == 1 or n_train >= _FEW_ROWS * n_partitions:
        return []
    fewer = max(1, n_train // _FEW_ROWS)
    return [
        f"{n_partitions} networks of {n_train / n_partitions:.3g} rows each learn little: below about {_FEW_ROWS} "
        f"rows each, votes lose accuracy. Take fewer networks (--n-partitions {fewer}); for larger radii, a larger "
        "--alpha costs less."
    ]


def one_line_each(given):
    """The messages of recorded warnings, each once and on one line."""
    return list(dict.fromkeys(" ".join(str(warning.message).split()) for warning in given))


def _check_sizes(tables, options):
    """MemoryError, before any work, if features or matrices between training rows are more than memory is left."""
    n_train, n_test, n_columns = len(tables.train.labels), len(tables.test.numbers), n_features(tables)
    check_memory(
        (n_train + n_test) * n_columns * _DOUBLE,
        f"A table of {n_train + n_test:,} rows and {n_columns:,} features",
        "Leave columns out (--drop COLUMN), or take fewer rows.",
    )
    members = options.n_partitions
    what = "A single network" if members == 1 else f"A vote of {members:,} networks"
    check_memory(
        n_train**2 * _DOUBLE // max(members, 1),
        f"{what} on {n_train:,} training rows",
        f"More networks need less: --n-partitions {10 * max(members, 2)}, or more; or take fewer rows.",
    )


def _estimator(options, score_weight, classes, before):
    verbose, single = options.verbose or at_terminal(), options.n_partitions == 1
    of_model = 0 if is_search(options.alpha) else int(verbose)  # a search fits many models, some at the same time
    network = NTKRegressorClassifier(
        alpha=1.0 if is_search(options.alpha) else options.alpha,
        depth=options.depth,
        weight_center=options.weight_center,
        weight_power=options.weight_power,
        weight_clip=options.weight_clip,
        score_weight=score_weight,
        classes=classes if single else None,
        verbose=of_model if single else 0,
    )
    model = network if single else _ensemble(network, options, classes, before, of_model)
    if is_search(options.alpha):
        return search_over(model, options.alpha, options.random_state, int(verbose))
    return model


def _in_words(options):
    """What is fitted, and the options that most decide how far radii reach."""
    what = "one network" if options.n_partitions == 1 else f"{options.n_partitions} networks, {options.voting} vote"
    alpha = "several alphas" if is_search(options.alpha) else f"alpha {options.alpha:g}"
    return f"{what}, {alpha}" + ("" if options.weight_clip is None else f", weight clip {options.weight_clip:g}")


def _ensemble(network, options, classes, before, verbose):
    return PartitionAggregationEnsemble(
        network if before is None else make_pipeline(before, network),
        n_partitions=options.n_partitions,
        partition=options.partition,
        certificate=options.certificate,
        voting=options.voting,
        classes=classes,
        random_state=options.random_state,
        n_jobs=options.n_jobs,
        verbose=verbose,
    )


def _stated_parameters(options):
    names = ["n_partitions", "alpha", "depth", "weight_center", "weight_power", "weight_clip"]
    if options.n_partitions != 1:
        names += ["voting", "certificate", "partition", "random_state"]
    stated = {name: getattr(options, name) for name in names}
    if is_search(options.alpha):
        del stated["alpha"]
    if options.threat != "labels":
        stated["threat"] = options.threat
    return {name: as_json(value) for name, value in stated.items()}
