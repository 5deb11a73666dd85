"""What an attacker may do, to which labels or rows, in one sentence; and what is certain then."""

from typing import NamedTuple

import numpy as np

from ..results import share_text
from .tables import short

_MOST = 5  # kinds of flips that the sentence lists


class Threat(NamedTuple):
    """Who may flip what, in words."""

    sentence: str
    """What was certified against."""
    to: str
    """What changed labels become, or inserted rows are, after "whichever 5 labels are changed"."""
    whatever: str
    """After "predictions hold", where no number of flips changes them."""


_OF_ROWS = Threat(
    "Certified against any training rows inserted, deleted or relabelled; a row whose features change counts twice, "
    "as one deleted and one inserted. Which columns are used, and how they are read, is taken as it is.",
    "whatever stands in them",
    "whatever is done to rows",
)


def quoted(name):
    """A name from the user for one line of print."""
    return repr(short(name))


def threat_in_words(tables, text=quoted, attacked="labels"):
    """Which labels of the training table an attacker may change, or what it may do with its rows.

    Parameters
    ----------
    tables : Tables
    text : callable
        What makes names from the user fit to be shown.
    attacked : {"labels", "rows"}, default="labels"

    Returns
    -------
    threat : Threat
    """
    if attacked == "rows":
        return _OF_ROWS
    if tables.candidates is not None:
        return _of_candidates(tables.candidates, tables.trusted, text)
    n_trusted = 0 if tables.trusted is None else int(tables.trusted.sum())
    which, whatever = f"any training labels{_but_trusted(n_trusted)}", "whichever labels are changed"
    if n_trusted:
        whatever = "whatever the labels of rows that are not trusted are"
    return Threat(
        f"Certified against changes of {which} to any other class.", "whatever they are changed to", whatever
    )


def _of_candidates(candidates, trusted, text):
    open_rows = np.array([len(labels) > 1 for labels in candidates.labels])
    if trusted is not None:
        open_rows &= ~trusted
    but = _but_trusted(0 if trusted is None else int(trusted.sum()))
    rows = f"{int(open_rows.sum()):,} of {open_rows.size:,} rows"
    if candidates.annotators:
        names = ", ".join(map(text, candidates.annotators))
        return Threat(
            f"Certified against changes of any training labels{but} to another label that one of the row's annotators "
            f"({names}) gave it: {rows} are disputed.",
            "to whichever of its annotators' labels each of them is changed",
            "whatever the disputed labels are",
        )
    shown = [text(to) if start is None else f"{text(start)} to {text(to)}" for start, to in candidates.only]
    way = ", ".join(shown[:_MOST]) + (f" and {len(shown) - _MOST:,} more" if len(shown) > _MOST else "")
    kind = "to" if candidates.only[0][0] is None else "from"
    return Threat(
        f"Certified against changes of training labels{but} {kind} {way}, and no others: {rows} may change.",
        "whichever of these flips are made",
        "however many labels are changed in this way",
    )


def _but_trusted(count):
    return f" but those of {count:,} trusted {'row' if count == 1 else 'rows'}" if count else ""


def certain_sentence(result, threat, accuracy=None):
    """What share of predictions no number of flips changes; None if there are none.

    Parameters
    ----------
    result : CertificationResult
    threat : Threat
    accuracy : float, default=None
        Share of test rows that are certain and right, if known.

    Returns
    -------
    sentence : str or None
    """
    if not result.certain.any():
        return None
    share = share_text(result.certain.mean())
    right = "" if accuracy is None else f"; {share_text(accuracy)} are also right"
    return f"{share[0].upper()}{share[1:]} of predictions hold {threat.whatever}{right}."
