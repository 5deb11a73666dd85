"""What ``skcert certify`` writes in addition to its report: a table of certificates and a summary."""

import json
from importlib import import_module

from .. import __version__
from ..metrics import certain_accuracy_score, median_certified_radius
from ._classes import median_in_json, summarize_classes
from ._spreadsheets import mark_formulas
from ._threat import certain_sentence, threat_in_words

_BUDGETS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def check_format(file_format):
    """Raise ImportError, before any work, if tables of this format cannot be written."""
    for name in ("pandas", "pyarrow") if file_format == "parquet" else ("pandas",):
        try:
            import_module(name)
        except ImportError as error:
            what = "Parquet" if name == "pyarrow" else "tables"
            raise ImportError(f"Writing {what} needs {name}: pip install 'skcert[tables]'.") from error


def certificate_table(result, table):
    """A pandas DataFrame with one row per certified row of a table, in its order.

    Parameters
    ----------
    result : CertificationResult
        Certified predictions.
    table : Table
        Its rows.

    Returns
    -------
    frame : pandas.DataFrame
        The columns of ``result.to_frame()``, after ``row`` (the number in the file, the first below the header being
        0, where only some rows were certified), ``id`` and ``label``, where there are any.
    """
    frame = result.to_frame()
    numbers = table.rows
    for name, values in (("label", table.labels), ("id", table.ids), ("row", numbers)):
        if values is not None:
            frame.insert(0, name, values)
    return frame


def write_table(frame, path, file_format):
    """Write the table of certificates; in CSV, text that starts like a formula is marked."""
    if file_format == "csv":
        mark_formulas(frame).to_csv(path, index=False)
    elif file_format == "parquet":
        frame.to_parquet(path, index=False, engine="pyarrow")
    else:
        write_json(frame.to_dict(orient="records"), path)


def write_json(content, path):
    """Write human-readable JSON in UTF-8."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def summarize(result, tables, *, label, parameters, notes=(), score_weight=None, search=None):
    """What ``summary.json`` holds: counts of label flips, or of rows, shares between 0 and 1.

    Parameters
    ----------
    result : CertificationResult
        Certified predictions.
    tables : Tables
        What it is about.
    label : str
        Name of the label column.
    parameters : dict
        The parameters of the model.
    notes : sequence of str
        What is to be said of the model.
    score_weight : ndarray of shape (n_classes,), default=None
        What the score of each class was multiplied by; None if by nothing.
    search : dict, default=None
        What is to be said of the search that chose `alpha`; None if there was none.

    Returns
    -------
    summary : dict
        Ready for JSON.
    """
    threat = threat_in_words(tables, attacked=result.threat)
    y_test = tables.test.labels
    budgets = [budget for budget in _BUDGETS if budget <= result.n_train]
    summary = {
        "skcert_version": __version__,
        "label_column": label,
        "columns": [
            {"name": column.name, "read_as": column.kind, "notes": list(column.notes)} for column in tables.columns
        ],
        "notes": list(tables.notes),
        "classes": result.classes.tolist(),
        "n_train": result.n_train,
        "n_trusted": 0 if tables.trusted is None else int(tables.trusted.sum()),
        "attacked": result.threat,
        "threat": threat.sentence,
        "annotators": [] if tables.candidates is None else list(tables.candidates.annotators),
        "n_test": len(result),
        "split": tables.split,
        "parameters": parameters,
        "search": search,
        "certificate": result.certificate,
        "caveats": list(result.caveats),
        "model_notes": list(notes),
        "exact_rows": int(result.exact.sum()),
        "median_radius_all_predictions": median_in_json(result.median_radius),
        "certain_rows": int(result.certain.sum()),
        "certain_share": float(result.certain.mean()),
        "certain_in_words": certain_sentence(result, threat),
        "certified_share": {str(budget): float(result.certified(budget).mean()) for budget in budgets},
        "by_class": summarize_classes(result, tables.train.labels, y_test, budgets, score_weight),
    }
    if y_test is not None:
        summary["median_radius"] = median_in_json(median_certified_radius(y_test, result))
        summary["accuracy"] = result.certified_accuracy(y_test, 0)
        summary["balanced_accuracy"] = result.certified_accuracy(y_test, 0, per_class="mean")
        summary["certain_accuracy"] = certain_accuracy_score(y_test, result)
        summary["certain_in_words"] = certain_sentence(result, threat, summary["certain_accuracy"])
        summary["certified_accuracy"] = {str(budget): result.certified_accuracy(y_test, budget) for budget in budgets}
    return summary
