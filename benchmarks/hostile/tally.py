"""Counts over all problems of a run, as a table; and minimal failing cases."""

from collections import Counter

from .shrink import shrunk
from .snippets import snippet

_COLUMNS = ("claims", "refused", "undefined", "false", "crashes")


class Tally:
    """Counts by kind of problem and claim, and the first failure of each kind, family and claim.

    Parameters
    ----------
    most_cases : int
        How many failing cases to reduce to minimal ones.
    """

    def __init__(self, most_cases):
        self.counts = {column: Counter() for column in _COLUMNS}
        self.problems = Counter()
        self.first = {}
        self.most_cases = most_cases

    def add(self, number, problem, findings):
        """Count the findings of a problem."""
        self.problems[problem.kind] += 1
        for column in _COLUMNS:
            for what, count in getattr(findings, column).items():
                self.counts[column][problem.kind, what] += count
        for failure in findings.failures:
            claim = failure.claim.partition(",")[0]  # whichever way it was found to be false
            self.first.setdefault((problem.kind, problem.family, claim), (number, problem, failure.claim))

    @property
    def sound(self):
        """Whether nothing was false, and nothing crashed."""
        return not self.first

    def total(self, column):
        return sum(self.counts[column].values())

    def rows(self):
        """One dict for each kind of problem and claim or call."""
        keys = sorted({key for counts in self.counts.values() for key in counts})
        return [
            {"kind": kind, "what": what, **{column: self.counts[column][kind, what] for column in _COLUMNS}}
            for kind, what in keys
        ]

    def table(self):
        """The counts as text."""
        cells = [["kind", "what", *_COLUMNS]]
        for row in self.rows():
            cells.append(
                [row["kind"], row["what"], *(f"{row[column]:,}" if row[column] else "" for column in _COLUMNS)]
            )
        cells.append([f"{sum(self.problems.values()):,} problems", "", *(f"{self.total(c):,}" for c in _COLUMNS)])
        widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
        return "\n".join(
            "  ".join(
                text.ljust(width) if i < 2 else text.rjust(width) for i, (text, width) in enumerate(zip(line, widths))
            )
            for line in cells
        )

    def cases(self):
        """Minimal failing cases, one for each kind and family first, as dicts with a ``snippet``."""
        one_each, others = {}, []
        for (kind, family, _), found in self.first.items():
            if (kind, family) in one_each:
                others.append((kind, family, found))
            else:
                one_each[kind, family] = (kind, family, found)
        for kind, family, (number, problem, claim) in [*one_each.values(), *others][: self.most_cases]:
            smallest, failure = shrunk(problem, claim)
            yield {
                "kind": kind,
                "family": family,
                "claim": claim,
                "problem": number,
                "text": failure.text,
                "snippet": snippet(smallest, failure),
            }
