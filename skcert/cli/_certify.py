"""``skcert certify``: the main job on the user's own tables."""

import sys
import warnings
from pathlib import Path

from sklearn.pipeline import make_pipeline

from ..ensemble import PartitionAggregationEnsemble
from ..learners import NTKRegressorClassifier
from ..results import flips_text
from ._attacked import attacked
from ._classes import class_lines
from ._labels_to_check import LABELS_TO_CHECK, labels_to_check, write_labels_to_check
from ._plot import save_certified_accuracy_plot
from ._readings import columns_in_short
from ._results import certificate_table, check_format, summarize, write_json, write_table
from ._results_folder import SUMMARY, ResultsFolder
from ._score_weight import BALANCED, LOWER_BOUNDS, read_score_weight, weights_by_label
from ._search import AUDITED_ALONE, as_json, is_search, search_in_words, search_over, summarize_search
from .tables import OWN_COLUMNS, Options, check_separator, preprocessed, printable, read_tables, to_preprocess

_PLOT = "certified_accuracy.png"


def run_certify(options):
    """Fit on one table, certify the rows of the other, and write everything to a folder.

    Parameters
    ----------
    options : argparse.Namespace
        The arguments of ``skcert certify``, under the names that its parser gives them.
    """
    check_format(options.format)
    check_separator(options.separator)
    table_name = f"certificates.{options.format}"
    with ResultsFolder(options.out, [table_name, "report.html", LABELS_TO_CHECK, _PLOT, SUMMARY]) as folder:
        summary = _certify_into(folder, table_name, options)
    _print_summary(summary)
    print(f"Written to {folder.out}: {', '.join(folder.files)}")
    if options.report:
        print(f"Open {folder.out / 'report.html'} in a browser.")
    if _PLOT not in folder.files:
        print("No plot: matplotlib is not installed (pip install 'skcert[plot]').")


def _certify_into(folder, table_name, options):
    """Everything but the closing messages; returns the summary."""
    _check_model(options)
    _check_names(options)
    score_weight = read_score_weight(options.score_weight)
    tables = _read(options)
    if isinstance(score_weight, dict):
        score_weight, tables = _for_these_labels(score_weight, tables, options)
    test, of_rows = tables.test, options.threat == "rows"
    if of_rows:
        X_train, X_test, transformer = to_preprocess(tables)
        model = _model(options, score_weight, classes=tables.classes(), before=transformer)
    else:
        X_train, X_test = preprocessed(tables)
        model = _model(options, score_weight)

    single = options.n_partitions == 1
    _say(f"fitting {'a single network' if single else f'{options.n_partitions} partitions'} ...")
    notes = _fit(model, X_train, tables)
    _say("certifying ...")
    result = model.certify_rows(X_test) if of_rows else model.certify(X_test)
    search = summarize_search(model, result) if is_search(options.alpha) else None
    model = model.best_estimator_ if search else model
    parameters = _stated_parameters(options, search) | {"score_weight": score_weight}
    label = options.label or ", ".join(options.annotators)
    if search and options.report:
        notes.append(AUDITED_ALONE)
    summary = summarize(
        result,
        tables,
        label=label,
        parameters=parameters,
        notes=notes,
        score_weight=model.score_weight_,
        search=search,
    )

    frame = certificate_table(result, test.labels, test.ids)
    folder.write(table_name, lambda path: write_table(frame, path, options.format))
    if options.report:
        read_apart = [*options.annotators, *([options.trusted] if options.trusted else [])]
        sampled = None
        if not of_rows:  # an audit is about labels
            sampled = _audit(model, X_test, test.labels)
            table = labels_to_check(sampled.audit, tables, options.label, read_apart)
            folder.write(
                LABELS_TO_CHECK, lambda path: write_labels_to_check(table, path, options.separator, options.encoding)
            )
        page = _page(options, sampled, tables, result, summary)
        folder.write("report.html", lambda path: path.write_text(page, encoding="utf-8"))
    folder.write(_PLOT, lambda path: _plot(test.labels, result, path))
    summary["files"] = [*folder.files, SUMMARY]
    folder.write(SUMMARY, lambda path: write_json(summary, path))
    return summary


def _read(options):
    """Both tables; what was understood of them is said."""
    given = Options(
        keep=tuple(options.keep),
        category=tuple(options.category),
        missing=tuple(word.strip() for word in options.missing),
        decimal=options.decimal,
    )
    tables = read_tables(
        options.train,
        options.test,
        options.label,
        trusted=options.trusted,
        annotators=tuple(options.annotators),
        flips=tuple(options.only_flips),
        separator=options.separator,
        encoding=options.encoding,
        options=given,
    )
    _say(f"{len(tables.train.labels)} training rows, {len(tables.test.numbers)} rows to certify")
    _say(columns_in_short(tables))
    for note in tables.notes:
        _say(f"warning: {note}")
    return tables


def _for_these_labels(score_weight, tables, options):
    """Score weights by label of the training table, and the tables, with what is to be said of the weights."""
    score_weight, notes = weights_by_label(score_weight, printable(options.score_weight), tables.classes())
    for note in notes:
        _say(f"warning: {note}")
    return score_weight, tables._replace(notes=[*tables.notes, *notes])


def _check_names(options):
    """ValueError for names that the columns of `labels_to_check` have."""
    for option, names in (("--label", [options.label]), ("--keep", options.keep), ("--category", options.category)):
        taken = [name for name in names if name and name.startswith(OWN_COLUMNS) and name != "skcert_label"]
        if taken:
            raise ValueError(
                f"{option} {taken[0]!r}: names that start with {OWN_COLUMNS!r} are for columns that skcert adds to "
                "tables; rename the column."
            )


def _check_model(options):
    """ValueError for options that do not go together."""
    if options.threat == "rows":
        _check_rows(options)
    if options.n_partitions == 1:
        if options.voting != "hard" or options.certificate != "auto":
            raise ValueError(
                "--voting and --certificate are about ensembles, but --n-partitions is 1, a single network: "
                "leave them out, or ask for two partitions or more."
            )
    elif options.score_weight == BALANCED and options.voting == "hard":
        raise ValueError(
            "--score-weight balanced does not go with a hard vote, where it is not clear which labels to count, those "
            "of a partition or all: add --voting soft or --n-partitions 1, or give a JSON file of weights."
        )


def _check_rows(options):
    """ValueError for options that do not go with a certificate against rows."""
    for option, given, wanted in (
        ("--n-partitions", options.n_partitions == 1, "2 or more: a single network is not certified against rows"),
        ("--voting", options.voting != "hard", "hard: votes are counted"),
        ("--partition", options.partition != "hash", "hash: a row's own content decides where it goes"),
        ("--certificate", options.certificate == "white-box", "auto or black-box"),
        ("--alpha", is_search(options.alpha), "one number: a choice among several is certified against labels only"),
    ):
        if given:
            raise ValueError(f"--threat rows needs {option} {wanted}.")
    for option, given in (
        ("--trusted", options.trusted),
        ("--annotators", options.annotators),
        ("--only-flips", options.only_flips),
    ):
        if given:
            raise ValueError(
                f"{option} says which labels can be flipped, and --threat rows is about rows that are inserted, too: "
                "leave it out."
            )


def _model(options, score_weight, classes=None, before=None):
    verbose, single = options.verbose or sys.stderr.isatty(), options.n_partitions == 1
    of_model = 0 if is_search(options.alpha) else int(verbose)  # a search fits many models, some at the same time
    network = NTKRegressorClassifier(
        alpha=1.0 if is_search(options.alpha) else options.alpha,
        depth=options.depth,
        weight_center=options.weight_center,
        weight_power=options.weight_power,
        weight_clip=options.weight_clip,
        score_weight=score_weight,
        verbose=of_model if single else 0,
    )
    model = network if single else _ensemble(network, options, classes, before, of_model)
    if is_search(options.alpha):
        return search_over(model, options.alpha, options.random_state, int(verbose))
    return model


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


def _fit(model, X, tables):
    """Fit; what is to be said of the model is said, on one line each, and returned."""
    with warnings.catch_warnings(record=True) as given:
        for category in (UserWarning, RuntimeWarning):  # not what libraries say to programmers
            warnings.simplefilter("always", category)
        # scikit-learn's doubts whether so many labels are classes; `Tables.notes` has ours
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        candidates = None if tables.candidates is None else tables.candidates.labels
        model.fit(X, tables.train.labels, trusted=tables.trusted, candidate_labels=candidates)
    notes = list(dict.fromkeys(" ".join(str(warning.message).split()) for warning in given))
    if getattr(model, "best_estimator_", model).weights_counted_:
        notes.append(LOWER_BOUNDS)
    for note in notes:
        _say(f"warning: {note}")
    return notes


def _stated_parameters(options, search):
    names = ["n_partitions", "alpha", "depth", "weight_center", "weight_power", "weight_clip"]
    if options.n_partitions != 1:
        names += ["voting", "certificate", "partition", "random_state"]
    stated = {name: getattr(options, name) for name in names}
    if search:
        stated["alpha"] = search["chosen"]
    if options.threat != "labels":
        stated["threat"] = options.threat
    return {name: as_json(value) for name, value in stated.items()}


def _audit(model, X_test, y_test):
    from ._audit import audit_within_reason

    _say("looking for labels to check, and for those that predictions hang on ...")
    return audit_within_reason(model, X_test, y_test)


def _page(options, sampled, tables, result, summary):
    from ._report import report_page

    return report_page(
        result,
        summary,
        sampled,
        tables,
        train_name=printable(Path(options.train).name),
        test_name=printable(Path(options.test).name),
        table_name=f"certificates.{options.format}",
    )


def _plot(y_test, result, path):
    name = f"{result.certificate} certificate"
    if y_test is not None:
        return save_certified_accuracy_plot([(name, "-", y_test, result)], path)
    return save_certified_accuracy_plot([(name, "-", result.prediction, result)], path, ylabel="Certified predictions")


def _print_summary(summary):
    """The summary for a person."""
    known = "accuracy" in summary
    print(summary["threat"])
    if summary["search"]:
        print(search_in_words(summary))
    print(_median_line(summary))
    if summary["certain_in_words"]:
        print(summary["certain_in_words"])
    if known:
        print(f"Accuracy: {summary['accuracy']:.1%}; mean over the classes: {summary['balanced_accuracy']:.1%}")
    head = "label flips" if summary["attacked"] == "labels" else "rows"
    print(f"{head:>12}  {'certified':>9}" + known * f"  {'certified accuracy':>18}")
    for budget, share in summary["certified_share"].items():
        accuracy = f"  {summary['certified_accuracy'][budget]:>18.1%}" if known else ""
        print(f"{budget:>12}  {share:>9.1%}{accuracy}")
        if share == 0:  # as it is for all larger budgets
            break
    print(*class_lines(summary), sep="\n")


def _median_line(summary):
    known = "median_radius" in summary
    median = summary["median_radius" if known else "median_radius_all_predictions"]
    which = "Median radius, wrong predictions counted as -1" if known else "Median radius over all predictions"
    what = attacked(summary)
    if median == "unbounded":
        flips = f"unbounded: no number of {what.counted}"
    else:
        flips = "-1: at least half are wrong" if median == -1 else f"{flips_text(median)} {what.counted}"
    return f"{which}: {flips} ({summary['certificate']} certificate, {summary['n_train']} training {what.noun}s)"


def _say(message):
    print(message, file=sys.stderr, flush=True)
