"""Words for what an attacker changes, labels or rows, in print and in the report."""

from typing import NamedTuple


class Attacked(NamedTuple):
    """What is changed, and what happens to it."""

    noun: str
    """One of what is changed."""
    done: str
    """What is done to it."""
    flip: str
    """One such change, in a word."""
    counted: str
    """What radii count."""
    question: str
    """What the report answers."""
    kind: str
    """Of which certificates it is a report."""

    def some(self, count):
        """How many of them."""
        return f"one {self.noun}" if count == 1 else f"{count:,} {self.noun}s"

    def whichever(self, count):
        """Whichever so many are changed, in front of "changed"."""
        return f"whichever {self.noun} is" if count == 1 else f"whichever {count:,} {self.noun}s are"


ATTACKED = {
    "labels": Attacked(
        "label", "changed", "flip", "label flips", "How many labels would have to be wrong?", "Label-flip"
    ),
    "rows": Attacked(
        "row",
        "inserted, deleted or relabelled",
        "row",
        "rows inserted, deleted or relabelled",
        "How many rows would have to be foul?",
        "Row",
    ),
}


def attacked(summary):
    """The words for what ``summary.json`` is about."""
    return ATTACKED[summary["attacked"]]
