"""The findings of one problem: claims checked, refusals, refits without a prediction, and what was false."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .bases import BaseFailed


@dataclass(frozen=True)
class Failure:
    """A claim that is false, or a call that ended in an error other than ValueError.

    Parameters
    ----------
    claim : str
        Which claim, or which call.
    text : str
        What was claimed, and what is true.
    labels : list or None
        The labels that show it.
    """

    claim: str
    text: str
    labels: list | None = None


class Findings:
    """Counts of one problem, and the first failure of each claim."""

    def __init__(self):
        self.claims = Counter()
        self.false = Counter()
        self.crashes = Counter()
        self.refused = Counter()
        self.undefined = Counter()
        self.failures = []

    def call(self, name, function, *arguments, **keywords):
        """What a function of the library returns; None if it refuses the input, or fails."""
        try:
            return function(*arguments, **keywords)
        except (ValueError, BaseFailed):
            self.refused[name] += 1
        except Exception as error:
            self.crashes[name] += 1
            self._keep_first(Failure(name, f"{name}: {type(error).__name__}: {error}"))
        return None

    def claim(self, name, holds, explain):
        """Count claims, and keep the first that is false; ``explain(*index)`` returns its text and labels."""
        holds = np.asarray(holds)
        self.claims[name] += holds.size
        if not holds.all():
            self.false[name] += int((~holds).sum())
            text, labels = explain(*np.argwhere(~holds)[0])
            self._keep_first(Failure(name, text, None if labels is None else np.asarray(labels).tolist()))

    def _keep_first(self, failure):
        if all(failure.claim != known.claim for known in self.failures):
            self.failures.append(failure)
