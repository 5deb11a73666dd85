"""A fitted model in a file, with how its table was read: new rows are read in the same way, and certified.

skops writes the file, and loads only types that it knows to be harmless and those that are listed here: no code in a
file is run. Anything else is refused.
"""

import json
import warnings
import zipfile

import numpy as np

from .._utils import check_memory
from ..ensemble import PartitionAggregationEnsemble
from ..learners import NTKRegressorClassifier
from ..model_selection import CertifiedGridSearchCV
from ._model import FittedModel, one_line_each
from ._print import say
from .tables import (
    MODEL_FILE,
    Candidates,
    Preprocessing,
    Reading,
    Table,
    Tables,
    check_there,
    printable,
    read_cells,
    read_rows,
)

_FORMAT = 1
_ESTIMATORS = (PartitionAggregationEnsemble, NTKRegressorClassifier, CertifiedGridSearchCV)
_TYPES = (
    "skcert.ensemble._partition_aggregation.PartitionAggregationEnsemble",
    "skcert.learners._ntk.NTKRegressorClassifier",
    "skcert.model_selection._grid_search.CertifiedGridSearchCV",
    # of preprocessing
    "numpy.dtype",
    # of a search
    "skcert.certificates._selection.Validation",
    "sklearn.metrics._classification.accuracy_score",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.KFold",
)


def check_skops(option):
    """Raise ImportError, before any work, if models can be neither saved nor loaded."""
    try:
        import skops.io  # noqa: F401
    except ImportError as error:
        raise ImportError(f"{option} needs skops: pip install 'skcert[models]'.") from error


def is_model(path):
    """Whether a file looks like a saved model."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MODEL_FILE in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def save_model(path, fitted, tables):
    """Write a file that `load_model` reads.

    Parameters
    ----------
    path : path-like
    fitted : FittedModel
    tables : Tables
        What it was fitted on.
    """
    import skops.io

    candidates = tables.candidates
    about = {
        "format": _FORMAT,
        "reading": tables.reading.as_plain(),
        "labels": tables.train.labels.tolist(),
        "trusted": None if tables.trusted is None else tables.trusted.tolist(),
        "candidates": None
        if candidates is None
        else {**candidates._asdict(), "labels": [sorted(labels) for labels in candidates.labels]},
        "threat": fitted.threat,
        "parameters": fitted.parameters,
        "notes": fitted.notes,
    }
    preprocessing = None if fitted.preprocessing is None else list(fitted.preprocessing)
    parts = {"about": json.dumps(about), "estimator": fitted.estimator, "preprocessing": preprocessing}
    with open(path, "wb") as file:
        skops.io.dump(parts, file)


def load_model(path):
    """A model, and tables without rows to certify.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    fitted : FittedModel
    tables : Tables
        Of the training rows, only labels are known.

    Raises
    ------
    ValueError
        If the file is no model that `save_model` wrote, or holds other types.
    """
    import skops.io

    shown = f"--model {printable(path)}"
    check_there(path)
    if not is_model(path):
        raise ValueError(f"{shown} is no model; give a file that --save-model has written.")
    with zipfile.ZipFile(path) as file:
        n_bytes = sum(member.file_size for member in file.infolist())
    check_memory(n_bytes, shown, "Save a model of less memory: a vote of more networks.")
    try:
        unknown = sorted(set(skops.io.get_untrusted_types(file=path)) - set(_TYPES))
        if not unknown:
            with warnings.catch_warnings(record=True) as given:
                warnings.simplefilter("always", UserWarning)
                parts = skops.io.load(path, trusted=list(_TYPES))
            fitted, tables = _opened(parts)
    except Exception as error:  # whatever a file of another kind leads to
        raise ValueError(
            f"{shown} cannot be read ({type(error).__name__}): it is damaged, or not from --save-model of this "
            "version. Save the model again."
        ) from error
    if unknown:
        raise ValueError(
            f"{shown} holds what --save-model never writes, and is not loaded: {', '.join(unknown[:5])}. Save the "
            "model again, or take one from a source that you trust."
        )
    for note in one_line_each(given):
        say(f"warning: {note}")
    return fitted, tables


def read_new_rows(tables, options):
    """The tables of a model with new rows to certify, read as its training rows were."""
    reading = tables.reading
    if options.label not in (None, reading.label):
        raise ValueError(
            f"--label {options.label!r}: the model was trained on labels in column {reading.label!r}; leave --label "
            "out, or rename the column."
        )
    cells = read_cells(options.table, separator=options.separator, encoding=options.encoding)
    test, columns, notes = read_rows(cells, reading, options.id)
    return tables._replace(test=test, test_cells=cells, columns=columns, notes=notes)


def _opened(parts):
    about = json.loads(parts["about"])
    if about["format"] != _FORMAT:
        raise ValueError(f"format {about['format']}")
    if not isinstance(parts["estimator"], _ESTIMATORS):
        raise TypeError(f"estimator {type(parts['estimator'])}")
    preprocessing = None if parts["preprocessing"] is None else Preprocessing(*parts["preprocessing"])
    fitted = FittedModel(parts["estimator"], preprocessing, about["threat"], about["parameters"], about["notes"])
    reading, candidates, trusted = Reading.from_plain(about["reading"]), about["candidates"], about["trusted"]
    labels = np.array(about["labels"])
    nothing = np.empty((len(labels), 0))
    if candidates is not None:
        candidates = Candidates(
            tuple(map(frozenset, candidates["labels"])),
            tuple(candidates["annotators"]),
            tuple((start, to) for start, to in candidates["only"]),
        )
    tables = Tables(
        train=Table(reading.path, nothing, nothing, labels, None),
        test=None,  # type: ignore[arg-type]  # until there are rows to certify
        trusted=None if trusted is None else np.array(trusted, dtype=bool),
        columns=reading.columns,
        notes=[],
        candidates=candidates,
        classes=np.array(reading.classes),
        reading=reading,
    )
    return fitted, tables
