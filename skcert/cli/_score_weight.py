"""``--score-weight``: a file of weights by label, or weights that are counted in the training labels."""

import json
from math import isfinite

import numpy as np

from .tables import as_in_training, short, some

BALANCED = "balanced"
LOWER_BOUNDS = (
    "Score weights were counted in the training labels, which an attacker changes. Radii allow for that, and are "
    "lower bounds."
)


def read_score_weight(given):
    """What the user gives, before any label is known.

    Parameters
    ----------
    given : str or None
        "balanced", or the path of a JSON file with an object from labels to weights.

    Returns
    -------
    score_weight : dict, "balanced" or None
        The dict is from labels, as the file writes them, to weights.

    Raises
    ------
    ValueError
        If the file is no such object.
    """
    if given is None or given == BALANCED:
        return given
    try:
        with open(given, encoding="utf-8-sig") as file:
            content = json.load(file, object_pairs_hook=_Pairs)
    except FileNotFoundError:
        raise ValueError(f"--score-weight: there is no file {given}; give a JSON file, or {BALANCED}.") from None
    except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8
        raise ValueError(f"{given} (--score-weight) cannot be read as JSON: {error}.") from None
    if not isinstance(content, _Pairs) or not content:
        raise ValueError(
            f"{given} (--score-weight) must hold one JSON object from labels to weights, such as "
            '{"cat": 0.6, "dog": 3}, but holds '
            + ("none." if isinstance(content, _Pairs) else f"{_KINDS.get(type(content), 'something else')}.")
        )
    for label, weight in content:
        # exact types: true is an int to Python
        if type(weight) not in (int, float) or not 0 < weight or not isfinite(_as_float(weight)):
            raise ValueError(
                f"{given} (--score-weight) has {_shown(weight)} for label {short(label)!r}; weights are finite "
                "numbers above 0."
            )
    return _without_repetition(given, [(label, float(weight)) for label, weight in content])


def weights_by_label(score_weight, given, labels):
    """Weights by label, in the words of the training table.

    Parameters
    ----------
    score_weight : dict
        From labels, as the file writes them, to weights.
    given : str
        The file, for messages.
    labels : ndarray of str
        Labels of the training table.

    Returns
    -------
    weights : dict
    notes : list of str
        Labels that were found only by what they have in common with one of the table, and those without a weight.

    Raises
    ------
    ValueError
        If the file has labels that the training table lacks, or two that mean the same.
    """
    classes = np.unique(labels)
    meant, notes, unknown = as_in_training(list(score_weight), classes)
    if unknown:
        raise ValueError(
            f"{given} (--score-weight) has labels that the training table never has, or that may mean several of its "
            f"labels: {some(unknown)}. The table's labels are {some(classes.tolist())}."
        )
    weights = _without_repetition(given, [(meant[label], weight) for label, weight in score_weight.items()])
    without = [label for label in classes.tolist() if label not in weights]
    notes = [f"{given}: {note}" for note in notes]
    if without:
        notes.append(f"{given} has no weight for {some(without)}: their scores are multiplied by 1")
    return weights, notes


class _Pairs(list):
    """The members of a JSON object, repeated ones too."""


_KINDS = {list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false", type(None): "null"}


def _as_float(number):
    try:
        return float(number)
    except OverflowError:  # a whole number of hundreds of digits
        return float("inf")


def _shown(weight):
    return "an object" if isinstance(weight, _Pairs) else short(json.dumps(weight, ensure_ascii=False))


def _without_repetition(given, pairs):
    """A dict of the pairs; ValueError if two are of the same label."""
    weights = {}
    for label, weight in pairs:
        if label in weights:
            raise ValueError(f"{given} (--score-weight) has more than one weight for label {short(label)!r}.")
        weights[label] = weight
    return weights
