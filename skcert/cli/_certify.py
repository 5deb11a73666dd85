"""``skcert certify``: the main job on the user's own tables."""

from pathlib import Path

from ._labels_to_check import LABELS_TO_CHECK, labels_to_check, write_labels_to_check
from ._model import fit_model
from ._options import check_options, check_overwriting
from ._plot import Curve, save_certified_accuracy_plot
from ._print import print_summary, say
from ._readings import columns_in_short
from ._results import certificate_table, check_format, summarize, write_json, write_table
from ._results_file import ResultsFile
from ._results_folder import SUMMARY, ResultsFolder
from ._saved_model import check_skops, is_model, load_model, read_new_rows, save_model
from ._score_weight import read_score_weight, weights_by_label
from ._search import AUDITED_ALONE, summarize_search
from .tables import KEY, NUMBER, Options, check_separator, printable, read_tables

_PLOT = "certified_accuracy.png"


def run_certify(options):
    """Fit on some rows, or load a model, certify other rows, and write everything to a folder.

    Parameters
    ----------
    options : argparse.Namespace
        The arguments of ``skcert certify``, under the names that its parser gives them.
    """
    check_format(options.format)
    check_separator(options.separator)
    check_options(options)
    for option, path in (("--model", options.model), ("--save-model", options.save_model)):
        if path is not None:
            check_skops(option)
    names = [f"certificates.{options.format}", "report.html", LABELS_TO_CHECK, _PLOT, SUMMARY]
    check_overwriting(options, names)
    with ResultsFolder(options.out, names) as folder:
        with ResultsFile(options.save_model, "--save-model", is_model) as model_file:
            summary = _certify_into(folder, model_file, options)
    print_summary(summary)
    print(f"Written to {folder.out}: {', '.join(folder.files)}")
    if options.save_model is not None:
        print(f"Model: {options.save_model}")
    if options.report:
        print(f"Open {folder.out / 'report.html'} in a browser.")
    if _PLOT not in folder.files:
        print("No plot: matplotlib is not installed (pip install 'skcert[plot]').")


def _certify_into(folder, model_file, options):
    """Everything but the closing messages; returns the summary."""
    if options.model is None:
        tables, score_weight = _read(options)
        fitted = fit_model(tables, options, score_weight)
        model_file.write(lambda path: save_model(path, fitted, tables))
    else:
        fitted, tables = load_model(options.model)
        tables = read_new_rows(tables, options)
        _say_what_was_read(tables)
    test = tables.test
    X_test = fitted.features(test, tables.names(NUMBER))
    say("certifying ...")
    result = fitted.certify(X_test)
    sampled = listed = None
    if options.report and options.model is None and fitted.threat == "labels":
        sampled = _audit(fitted.classifier, X_test, test.labels)
    summary = _summary(result, tables, fitted, audited=sampled is not None)

    frame = certificate_table(result, test)
    folder.write(f"certificates.{options.format}", lambda path: write_table(frame, path, options.format))
    if sampled is not None:
        listed = labels_to_check(sampled.audit, tables)
        folder.write(
            LABELS_TO_CHECK, lambda path: write_labels_to_check(listed, path, options.separator, options.encoding)
        )
    if options.report:
        page = _page(options, sampled, listed, tables, result, summary)
        folder.write("report.html", lambda path: path.write_text(page, encoding="utf-8"))
    folder.write(_PLOT, lambda path: _plot(test.labels, result, path))
    summary["files"] = [*folder.files, SUMMARY]
    folder.write(SUMMARY, lambda path: write_json(summary, path))
    return summary


def _read(options):
    """The tables, and score weights by their labels; what was understood is said."""
    score_weight = read_score_weight(options.score_weight)
    given = Options(
        keep=tuple(options.keep),
        category=tuple(options.category),
        missing=tuple(word.strip() for word in options.missing),
        decimal=options.decimal,
        drop=tuple(options.drop),
        id=options.id,
    )
    tables = read_tables(
        options.table,
        options.test,
        options.label,
        trusted=tuple(options.trusted),
        annotators=tuple(options.annotators),
        flips=tuple(options.only_flips),
        separator=options.separator,
        encoding=options.encoding,
        options=given,
        test_size=options.test_size,
        seed=options.random_state,
    )
    if isinstance(score_weight, dict):
        score_weight, notes = weights_by_label(score_weight, printable(options.score_weight), tables.classes)
        tables = tables._replace(notes=[*tables.notes, *notes])
    _say_what_was_read(tables)
    return tables, score_weight


def _say_what_was_read(tables):
    say(f"{len(tables.train.labels)} training rows, {len(tables.test.numbers)} rows to certify")
    say(columns_in_short(tables))
    for note in tables.notes:
        say(f"warning: {note}")


def _summary(result, tables, fitted, audited):
    search = summarize_search(fitted.estimator, result) if fitted.is_search else None
    chosen = {"alpha": search["chosen"]} if search else {}
    annotators = () if tables.candidates is None else tables.candidates.annotators
    return summarize(
        result,
        tables,
        label=tables.reading.label or ", ".join(annotators),
        parameters=fitted.parameters | chosen,
        notes=[*fitted.notes, *([AUDITED_ALONE] if search and audited else [])],
        score_weight=fitted.classifier.score_weight_,
        search=search,
    )


def _audit(model, X_test, y_test):
    from ._audit import audit_within_reason

    say("looking for labels to check, and for those that predictions hang on ...")
    return audit_within_reason(model, X_test, y_test)


def _page(options, sampled, listed, tables, result, summary):
    from ._report import report_page

    return report_page(
        result,
        summary,
        sampled,
        tables,
        keys=() if listed is None else listed[KEY].tolist(),
        command=options.words,
        train_name=Path(tables.train.path).name,
        test_name=Path(tables.test.path).name,
        table_name=f"certificates.{options.format}",
    )


def _plot(y_test, result, path):
    name = f"{result.certificate} certificate"
    if y_test is not None:
        return save_certified_accuracy_plot([Curve(name, y_test, result, {})], path)
    return save_certified_accuracy_plot(
        [Curve(name, result.prediction, result, {})], path, ylabel="Certified predictions"
    )
