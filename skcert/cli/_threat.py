"""Which labels an attacker may change, in one sentence; and what is certain then."""

from typing import NamedTuple

from ..results import share_text
from .tables import short


class Threat(NamedTuple):
    """Who may flip what, in words."""

    sentence: str
    """What was certified against."""
    to: str
    """What changed labels become, after "whichever 5 labels are changed"."""
    whatever: str
    """After "predictions hold", where no number of flips changes them."""


def quoted(name):
    """A name from the user for one line of print."""
    return repr(short(name))


def threat_in_words(tables, text=quoted):
    """Which labels of the training table an attacker may change.

    Parameters
    ----------
    tables : Tables
    text : callable
        What makes names from the user fit to be shown.

    Returns
    -------
    threat : Threat
    """
    n_trusted = 0 if tables.trusted is None else int(tables.trusted.sum())
    which, whatever = "any training labels", "whichever labels are changed"
    if n_trusted:
        which += f" but those of {n_trusted:,} trusted {'row' if n_trusted == 1 else 'rows'}"
        whatever = "whatever the labels of rows that are not trusted are"
    return Threat(
        f"Certified against changes of {which} to any other class.", "whatever they are changed to", whatever
    )


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
